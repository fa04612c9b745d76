"""Ranges with inclusive bounds, and counts with a part."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.cleaning import CleaningError, parse_count_of_which, parse_range
from tests.cleaning.test_numbers import ANY


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("1千万円以下", (None, 10_000_000)),
        ("1千万超5千万以下", (10_000_001, 50_000_000)),
        ("5千万円超1億円以下", (50_000_001, 100_000_000)),
        ("1億円超3億円以下", (100_000_001, 300_000_000)),
        ("3億円超", (300_000_001, None)),
        ("1~5人", (1, 5)),
        ("201～300人", (201, 300)),
        ("８〜", (8, None)),
        ("～100人", (None, 100)),
        ("1万人～", (10_000, None)),
        ("1,000～5,000人", (1_000, 5_000)),
        ("51～100 人", (51, 100)),
        ("1～3億円程度", (100_000_000, 300_000_000)),
        ("500～800万円", (5_000_000, 8_000_000)),
        ("5人以上10人未満", (5, 9)),
        ("5人以上", (5, None)),
        ("10人未満", (None, 9)),
        ("20人まで", (None, 20)),
        ("1から5まで", (1, 5)),
        ("100人", (100, 100)),
        ("5-10人", (5, 10)),
        ("－", (None, None)),
    ],
)
def test_ranges_have_inclusive_bounds(text, bounds):
    assert (parse_range(text) or (None, None)) == bounds


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("10～5人", "its lower bound is above its upper one"),
        ("500～1千万円", "may or may not share the scale"),
        ("8-", "not written as a range"),
        ("-5人～", "not written as a range"),
        ("1.5超", "beside a fraction have no inclusive bound"),
        ("0.5以上1未満", "beside a fraction have no inclusive bound"),
        ("少数", "not written as a range"),
        ("5人10人", "not written as"),
    ],
)
def test_what_is_no_range_is_refused(text, reason):
    with pytest.raises(CleaningError, match=reason):
        parse_range(text)


def test_a_heading_counts_the_bare_bounds():
    assert parse_range("1,000～5,000", unit="千円") == (1_000_000, 5_000_000)
    assert parse_range("1億超", unit="千円") == (100_000_001, None)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_printed_range_gives_its_bounds_back(first, second):
    low, high = sorted((first, second))
    assert parse_range(f"{low:,}～{high:,}人") == (low, high)
    assert parse_range(f"{low}人以上{high}人以下") == (low, high)


def test_a_column_of_ranges_gives_two_columns():
    cells = pd.Series(["1~5人", None, "6人～"], index=[3, 4, 5])
    result = parse_range(cells)
    assert result["lower"].tolist() == [1, pd.NA, 6]
    assert result["upper"].tolist() == [5, pd.NA, pd.NA]
    assert result.index.equals(cells.index)
    assert set(result.dtypes.astype(str)) == {"Int64"}


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("63 (うち採択済み43件)", (63, 43)),
        ("20（2）", (20, 2)),
        ("14", (14, None)),
        ("１，２３４件（うち新規５件）", (1234, 5)),
        ("63うち43", (63, 43)),
    ],
)
def test_a_count_and_its_part(text, counts):
    assert parse_count_of_which(text) == counts


def test_a_part_above_the_whole_is_refused():
    with pytest.raises(CleaningError, match="the part, 64, is more than the whole, 63"):
        parse_count_of_which("63 (うち64件)")
    with pytest.raises(CleaningError, match="a count is not below nought"):
        parse_count_of_which("-3")
    with pytest.raises(CleaningError, match="it is beyond 64 bits"):
        parse_count_of_which(pd.Series(["9" * 30]))


@pytest.mark.parametrize("parse", [parse_range, parse_count_of_which])
@given(text=ANY | st.text(alphabet="0123456789～~-超以上下未満まで万億円人(うち)", max_size=16))
def test_any_text_is_read_or_refused(parse, text):
    try:
        result = parse(text)
    except CleaningError:
        return
    if result is not None and parse is parse_range and None not in result:
        assert result[0] <= result[1]
