"""Counts and bases behind printed percentages, against brute force in exact decimal arithmetic."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.errors import InputError
from shinrenkei.metrics.survey import fitting_bases, recover_counts


def printed(count: int, n: int, decimals: int, rounding: str) -> Decimal:
    """Round 100 count / n exactly: the fraction is scaled to a decimal tie or rounded far beyond it."""
    exact = Fraction(100 * count, n) * 10**decimals
    whole, rest = divmod(exact, 1)
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and (rounding == ROUND_HALF_UP or whole % 2 == 1))
    return Decimal(int(whole) + int(up)).scaleb(-decimals)


def candidates(share: str, n: int, decimals: int) -> list[int]:
    return [
        k
        for k in range(n + 1)
        if Decimal(share) in {printed(k, n, decimals, rule) for rule in (ROUND_HALF_UP, ROUND_HALF_EVEN)}
    ]


def test_the_area_shares_of_321_plans_are_122_109_and_90() -> None:
    table = recover_counts([38.0, 34.0, 28.0], n=321)
    assert table["count"].tolist() == [122, 109, 90]
    assert table["unique"].all()
    assert table["count"].sum() == 321
    assert table.attrs["sums_to_n"]
    assert table.attrs["jointly_unique"]
    assert str(table["count"].dtype) == "Int64"


@given(st.integers(1, 250), st.integers(0, 2), st.data())
def test_the_counts_are_those_that_print_so_under_either_rounding(n: int, decimals: int, data: Any) -> None:
    share = str(Decimal(data.draw(st.integers(0, 100 * 10**decimals))).scaleb(-decimals))
    expected = candidates(share, n, decimals)
    row = recover_counts([share], n, decimals=decimals).iloc[0]
    if expected:
        assert (row["lowest"], row["highest"]) == (expected[0], expected[-1])
        assert expected == list(range(expected[0], expected[-1] + 1))
    else:
        assert pd.isna(row["lowest"])
    assert row["unique"] == (len(expected) == 1)
    assert pd.isna(row["count"]) == (len(expected) != 1)


@given(st.integers(1, 100000), st.data())
def test_the_true_count_is_always_among_the_candidates(n: int, data: Any) -> None:
    count = data.draw(st.integers(0, n))
    row = recover_counts([printed(count, n, 1, ROUND_HALF_UP)], n).iloc[0]
    assert row["lowest"] <= count <= row["highest"]


def test_a_tie_is_a_candidate_of_both_neighbours_only_where_the_even_digit_allows() -> None:
    """1 of 16 is 6.25 %: 6.3 by halves up, 6.2 to even.  3 of 16 is 18.75 %: 18.8 by both, 18.7 by none."""
    assert recover_counts([6.3, 6.2, 18.8, 18.7], n=16)["count"].isna().tolist() == [
        False,
        False,
        False,
        True,
    ]


@given(
    st.lists(st.integers(0, 6), min_size=2, max_size=4).filter(lambda counts: sum(counts) > 0),
    st.integers(0, 1),
)
def test_joint_candidates_are_those_of_all_choices_that_sum_to_n(counts: list[int], decimals: int) -> None:
    n = sum(counts)
    shares = [printed(count, n, decimals, ROUND_HALF_UP) for count in counts]
    choices = [c for c in product(*(candidates(str(s), n, decimals) for s in shares)) if sum(c) == n]
    table = recover_counts(shares, n, decimals=decimals, total=n)
    assert table.attrs["jointly_unique"] == (len(choices) == 1)
    assert table["lowest"].tolist() == [min(c[i] for c in choices) for i in range(len(counts))]
    assert table["highest"].tolist() == [max(c[i] for c in choices) for i in range(len(counts))]


def test_a_total_settles_what_single_shares_leave_open() -> None:
    """Of 1500, 33.3 % is 499 or 500, 66.7 % is 1000 or 1001, and 0.0 % may be 0: sums 1499 to 1501."""
    open_ = recover_counts([33.3, 66.7], n=1500)
    assert not open_["unique"].any()
    assert not open_.attrs["jointly_unique"]
    with pytest.raises(
        InputError, match="No counts of 1500 with these shares sum to 1600; they sum to 1499 to 1501"
    ):
        recover_counts([33.3, 66.7], n=1500, total=1600)
    known = recover_counts([33.3, None], n=1500, total=500)
    assert known["lowest"].tolist()[0] == 499


def test_a_share_that_no_count_gives_stays_empty_and_is_told() -> None:
    table = recover_counts([38.0, 50.0], n=10)
    assert table.loc[0, ["count", "lowest", "highest"]].isna().all()
    assert not table.attrs["fits"]
    assert not table.attrs["sums_to_n"]
    with pytest.raises(InputError, match="Some share has no count of 10"):
        recover_counts([38.0, 62.0], n=10, total=10)


def test_a_share_that_is_not_printed_stays_empty() -> None:
    table = recover_counts([50.0, None, float("nan")], n=10)
    assert table["share_pct"].isna().tolist() == [False, True, True]
    assert table["count"].isna().tolist() == [False, True, True]
    assert table["highest"].tolist() == [5, 10, 10]


def test_the_index_of_a_series_is_kept() -> None:
    shares = pd.Series([9.6, 45.3], index=["expects", "interested"])
    assert recover_counts(shares, n=311).loc["interested", "count"] == 141


@pytest.mark.parametrize("share", [38.05, -0.1, 100.1, "x", True, float("inf")])
def test_what_is_no_printed_percentage_is_refused(share: Any) -> None:
    with pytest.raises(InputError, match=r"share_pct\[1\] is .*; expected 0 to 100 with at most 1 decimal"):
        recover_counts([38.0, share], n=321)


@pytest.mark.parametrize(("name", "value"), [("n", 0), ("n", 3.5), ("decimals", -1), ("total", -1)])
def test_a_base_or_total_that_is_no_number_of_that_kind_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"{name}={value} is no whole number"):
        recover_counts([38.0], **{"n": 321, name: value})


def test_a_single_share_or_text_is_refused() -> None:
    for share in (38.0, "38.0"):
        with pytest.raises(InputError, match="expected a list of percentages"):
            recover_counts(share, n=321)  # type: ignore[arg-type]


def test_the_bases_of_the_academic_themes_include_the_191_partners() -> None:
    bases = fitting_bases([14.1, 13.6, 13.6, 12.0], n_max=400)
    assert 191 in bases
    assert all(recover_counts([14.1, 13.6, 12.0], n).attrs["fits"] for n in bases)
    assert not any(
        recover_counts([14.1, 13.6, 12.0], n).attrs["fits"] for n in set(range(1, 401)) - set(bases)
    )


def test_the_bases_start_at_the_smallest_asked_for() -> None:
    assert fitting_bases([50.0], n_max=6, n_min=4) == [4, 6]
    with pytest.raises(InputError, match="n_max=3 is no whole number of 4 or more"):
        fitting_bases([50.0], n_max=3, n_min=4)
