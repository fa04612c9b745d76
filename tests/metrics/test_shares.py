"""Shares of a known base: reference intervals from outside, and what is refused."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.metrics.shares import share_intervals
from tests.metrics.engines import ENGINES

MEASURES = pd.DataFrame({"measure": ["subsidy", "loan", "patents"], "plans": [63, 49, 7]})


@pytest.mark.parametrize("engine", ENGINES)
def test_the_interval_is_the_one_that_solves_wilsons_equation(engine):
    table = share_intervals(ENGINES[engine](MEASURES), "plans", 69)
    assert table["measure"].tolist() == ["subsidy", "loan", "patents"]
    # the ends are where |share - p| = z sqrt(p (1 - p) / n), z of 95 per cent = 1.959964 (printed tables)
    for end in ("lower", "upper"):
        distance = (table["share"] - table[end]).abs() / (table[end] * (1 - table[end]) / 69) ** 0.5
        assert distance.to_numpy() == pytest.approx(1.959964, abs=1e-5)


def test_a_base_may_stand_in_a_column():
    counts = pd.DataFrame({"private": [18, 7], "plans": [49, 20]})
    table = share_intervals(counts, "private", "plans")
    assert table["n"].tolist() == [49, 20]
    assert table["share"].round(3).tolist() == [0.367, 0.35]


def test_what_is_not_known_stays_empty():
    counts = pd.DataFrame({"plans": [None, 3, 0], "n": [10, None, 0]}, dtype="Int64")
    table = share_intervals(counts.rename(columns={"n": "asked"}), "plans", "asked")
    assert table[["share", "lower", "upper"]].isna().all(axis=None)


@settings(deadline=None, max_examples=30)
@given(n=st.integers(1, 500), data=st.data())
def test_the_interval_holds_the_share_and_a_higher_level_is_wider(n, data):
    counts = pd.DataFrame({"plans": [data.draw(st.integers(0, n))]})
    narrow, wide = (share_intervals(counts, "plans", n, confidence=level).iloc[0] for level in (0.8, 0.99))
    assert 0 <= wide["lower"] <= narrow["lower"] + 1e-12 <= narrow["share"] + 2e-12
    assert narrow["share"] <= narrow["upper"] + 1e-12 <= wide["upper"] + 2e-12
    assert not math.isnan(wide["upper"])


def test_what_cannot_be_a_share_is_refused():
    with pytest.raises(InputError, match="plans is 63 in row 0, above its base of 60"):
        share_intervals(MEASURES, "plans", 60)
    with pytest.raises(InputError, match=r"base is -1 in row 0; expected a whole number"):
        share_intervals(MEASURES, "plans", -1)
    with pytest.raises(UnknownNameError, match="plan"):
        share_intervals(MEASURES, "plan", 69)
    with pytest.raises(InputError, match=r"count: \['plans'\] is no column name"):
        share_intervals(MEASURES, ["plans"], 69)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="'n' has the name of a column of the result"):
        share_intervals(MEASURES.assign(n=69), "plans", "n")
    with pytest.raises(InputError, match="confidence=95"):
        share_intervals(MEASURES, "plans", 69, confidence=95)
