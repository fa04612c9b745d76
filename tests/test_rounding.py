from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.rounding import bases_behind, counts_behind


def printed(count: int, n: int, decimals: int, rounding: str) -> Decimal:
    """Round a percentage by decimal arithmetic, which is exact enough to see a tie."""
    return (Decimal(100) * count / n).quantize(Decimal(1).scaleb(-decimals), rounding=rounding)


@given(st.integers(1, 400), st.integers(0, 2), st.data())
def test_the_counts_are_those_within_half_a_printed_step(n, decimals, data):
    share = printed(data.draw(st.integers(0, n)), n, decimals, ROUND_HALF_UP)
    half_step = Fraction(1, 2 * 10**decimals)
    by_search = [k for k in range(n + 1) if abs(Fraction(100 * k, n) - Fraction(share)) <= half_step]
    assert list(counts_behind(float(share), n, decimals)) == by_search


@given(st.integers(1, 10_000), st.data())
def test_the_count_that_was_printed_is_always_among_them(n, data):
    count = data.draw(st.integers(0, n))
    for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN):
        assert count in counts_behind(float(printed(count, n, 1, rounding)), n)


def test_a_share_at_either_end_stays_within_the_base():
    # 0.0 % of 3,000 is 0 or 1 (0.033 %), and 100.0 % is 2,999 (99.967 %) or 3,000
    assert list(counts_behind(0.0, 3000)) == [0, 1]
    assert list(counts_behind(100.0, 3000)) == [2999, 3000]


def test_a_tie_belongs_to_both_neighbours():
    # 1 of 8 is 12.5 %: it prints as 13 (half up) or as 12 (half even)
    assert list(counts_behind(13, 8, decimals=0)) == [1]
    assert list(counts_behind(12, 8, decimals=0)) == [1]


def test_a_share_that_no_count_gives_has_no_count():
    # 13 of 44 is 29.5 %, 14 of 44 is 31.8 %
    assert not counts_behind(31.7, 44)


def test_a_base_must_fit_every_share():
    # 9/19 is 47.4 % but 6/19 is 31.6 %; 27/57 and 19/57 are 47.4 % and 33.3 %
    assert bases_behind([47.4], [19, 57]) == [19, 57]
    assert bases_behind([47.4, 33.3], [19, 57]) == [57]


def test_an_empty_base_is_refused():
    with pytest.raises(ValueError, match="n is 0; a base is expected to be at least 1"):
        counts_behind(50.0, 0)


def test_more_decimals_than_printed_are_refused():
    with pytest.raises(ValueError, match=r"share_pct is 23\.15; at most 1 decimal"):
        counts_behind(23.15, 311)
