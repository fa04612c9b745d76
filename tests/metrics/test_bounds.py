"""What counts of other days say of a rate."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shinrenkei as sr
from shinrenkei.errors import InputError
from shinrenkei.metrics.bounds import bounded_rate


def counts(*rows: tuple[str, int | None, int | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["as_of", "certified", "commercialized"])
    frame["as_of"] = pd.to_datetime(frame["as_of"])
    return frame.astype({"certified": "Int64", "commercialized": "Int64"}).assign(region="all")


def test_the_135_of_december_2006_lie_between_the_counts_around_them() -> None:
    bounds = bounded_rate(sr.load("plan_counts"))
    row = bounds[(bounds["region"] == "all") & (bounds["as_of"] == pd.Timestamp("2006-12-31"))].iloc[0]
    assert row[["commercialized", "certified_min", "certified_max"]].tolist() == [135, 165, 315]
    assert row["rate_min"] == pytest.approx(135 / 315)
    assert row["rate_max"] == pytest.approx(135 / 165)
    assert row["source_ids"] == "meti-2007, doyu-2006"


def test_the_interval_reaches_from_the_wilson_limit_of_one_end_to_that_of_the_other() -> None:
    # Wilson limits of 135/315 and 135/165 at 95 %: Newcombe (1998), method 3, by hand from its equation
    bounds = bounded_rate(
        counts(("2006-03-31", 165, None), ("2006-12-31", None, 135), ("2007-02-28", 315, None))
    )
    row = bounds.iloc[0]
    z = 1.959963984540054

    def wilson(x: int, n: int, sign: int) -> float:
        p = x / n
        return float((2 * n * p + z**2 + sign * z * (z**2 + 4 * n * p * (1 - p)) ** 0.5) / (2 * (n + z**2)))

    assert row["lower"] == pytest.approx(wilson(135, 315, -1))
    assert row["upper"] == pytest.approx(wilson(135, 165, 1))


def test_a_base_of_the_same_day_gives_one_rate() -> None:
    row = bounded_rate(counts(("2007-03-31", 321, 158))).iloc[0]
    assert row["rate_min"] == row["rate_max"] == pytest.approx(158 / 321)


def test_without_a_count_before_the_rate_may_be_one_and_without_one_after_it_zero() -> None:
    after = bounded_rate(counts(("2006-12-31", None, 5), ("2007-01-31", 10, None))).iloc[0]
    assert (after["rate_min"], after["rate_max"]) == (0.5, 1.0)
    assert after["certified_min"] is pd.NA
    before = bounded_rate(counts(("2006-01-31", 10, None), ("2006-12-31", None, 5))).iloc[0]
    assert (before["rate_min"], before["rate_max"]) == (0.0, 0.5)
    assert before["lower"] == 0.0


def test_counts_that_fall_are_refused() -> None:
    with pytest.raises(InputError, match="certified falls from 20 to 10"):
        bounded_rate(counts(("2006-01-31", 20, None), ("2006-12-31", None, 5), ("2007-01-31", 10, None)))


def test_a_missing_column_and_a_wrong_level_are_refused() -> None:
    with pytest.raises(InputError, match="counts has no column certified"):
        bounded_rate(counts(("2006-01-31", 1, 1)).drop(columns="certified"))
    with pytest.raises(InputError, match="confidence is 95"):
        bounded_rate(counts(("2006-01-31", 1, 1)), confidence=95)


@given(st.integers(1, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_the_true_rate_always_lies_in_the_range(base: int, less: int, more: int, done: int) -> None:
    earlier, later, done = max(base - less, 1), base + more, min(done, base)
    row = bounded_rate(
        counts(("2006-01-01", earlier, None), ("2006-06-01", None, done), ("2007-01-01", later, None))
    ).iloc[0]
    slack = 1e-12
    assert row["rate_min"] - slack <= done / base
    if row["rate_max"] == row["rate_max"]:
        assert done / base <= row["rate_max"] + slack
