"""Both ways of reading a column give the same answers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shinrenkei import cleaning
from shinrenkei.cleaning import CleaningError, normalize_text, parse_money, parse_number, series
from tests.cleaning.test_numbers import ANY, mixed, spelled

NUMBERS = st.integers(-(10**17), 10**17).map(lambda n: f"{n:,}")
CELLS = st.lists(
    ANY
    | NUMBERS
    | NUMBERS.map(lambda text: text.replace("-", "▲") + "円")
    | st.integers(0, 10**12).map(mixed)
    | st.integers(0, 10**12).map(spelled)
    | st.decimals(0, 10**7, places=3).map(lambda d: f"{d:,}億円")
    | st.sampled_from(
        ["", " ", "　", "-", "…", "x", "千円", "\u200b1", "1\u3000", "ｶﾞ", "ﾌﾟﾗｽ5", "か\u3099", "フ\u309a5"]
    ),
    max_size=30,
)


def both_ways(monkeypatch, parse, cells):
    by_distinct = parse(cells)
    with monkeypatch.context() as patched:
        patched.setattr(series, "_mostly_distinct", lambda _: True)
        at_once = parse(cells)
    return by_distinct, at_once


@settings(max_examples=150)
@given(texts=CELLS, unit=st.sampled_from(["円", "千円", "億円"]))
def test_numbers_read_from_bytes_are_those_read_one_by_one(texts, unit):
    cells = pd.Series(texts, dtype="str", name="x")
    with pytest.MonkeyPatch.context() as patch:
        for parse in (
            lambda c: parse_number(c, errors="coerce"),
            lambda c: parse_number(c, errors="coerce", unit="千人"),
            lambda c: parse_money(c, unit=unit, errors="coerce"),
            lambda c: parse_number(c, errors="coerce", symbols={"none": 0}),
        ):
            one, other = both_ways(patch, parse, cells)
            pd.testing.assert_series_equal(one, other)


MALFORMED = [
    "1234,567", "12,34", "1,23", "1,2345", ",123", "1,,234", "1,234,", "1,234.",
    "1.,5", ".5", "5.", "1.2.3", "--5", "5-", "-", "▲▲5",
    "1 2", "5 円", "円5",
    "5円円", "5人円", "5千百", "5百千", "5億万", "5万億", "億", "5億5", "千円", "1e5", "9" * 18, "9" * 19,
    "9" * 25,
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "9007199254740993.5", "0.1234567890123456789",
    "92233720369億",
    "5　", "　5", "５．０", "0.10億", "1.23456789012万", "−0", "+5", "¥5", "5%", "5社", "5か所",
]  # fmt: skip


@pytest.mark.parametrize("parse", [parse_number, cleaning.parse_integer], ids=lambda parse: parse.__name__)
@pytest.mark.parametrize("unit", [None, "千人", "百万円"])
def test_numbers_that_are_almost_right_are_judged_alike(monkeypatch, parse, unit):
    cells = pd.Series(MALFORMED, dtype="str")
    one, other = both_ways(monkeypatch, lambda c: parse(c, unit=unit, errors="coerce"), cells)
    pd.testing.assert_series_equal(one, other)


@given(texts=CELLS)
def test_both_ways_refuse_the_same_cells_for_the_same_reasons(texts):
    cells = pd.Series(texts, dtype="str")

    def told(c):
        try:
            return parse_number(c).size
        except CleaningError as error:
            return error.rows, error.reasons, str(error)

    with pytest.MonkeyPatch.context() as patch:
        one, other = both_ways(patch, told, cells)
    if isinstance(one, tuple):
        assert one[0] == other[0]
        assert one[1] == other[1]
    else:
        assert one == other


@settings(max_examples=300)
@given(
    st.lists(
        st.text(max_size=12)
        | st.text(alphabet=" 　ﾃﾞ-ﾀｰｯ－ー‐―〜～A1ａ１アンﾊﾟ(（)²①\u200b\n・番。か\u3099", max_size=12),
        max_size=20,
    )
)
def test_text_normalized_at_once_is_text_normalized_one_by_one(texts):
    cells = pd.Series(texts, dtype="str")
    with pytest.MonkeyPatch.context() as patch:
        one, other = both_ways(patch, normalize_text, cells)
    pd.testing.assert_series_equal(one, other)


def test_the_way_is_chosen_by_a_sample():
    size = 2 * series.SAMPLE
    distinct = pd.Series(np.arange(size).astype(str), dtype="str")
    assert series._mostly_distinct(distinct)
    assert not series._mostly_distinct(distinct.iloc[:-1])
    assert not series._mostly_distinct(pd.Series(np.resize(["1", "2"], size), dtype="str"))
    assert parse_number(distinct).tolist() == list(range(size))
    assert parse_number(distinct.astype(object)).dtype == "Int64"


def test_values_of_different_types_are_different_values():
    codes, distinct = series.factorize(pd.Series([1, "1", True, 1.0, None, [1]], dtype=object))
    assert codes.tolist() == [0, 1, 2, 3, 4, 5]
    assert len(distinct) == 6
    with pytest.raises(CleaningError, match=r"'\[1\]' \(row 1; it is a str|\[1\]"):
        parse_number(pd.Series([1, [1]], dtype=object))


def test_a_categorical_column_is_read_by_its_categories():
    cells = pd.Series(["1", "２", None], dtype="category")
    assert parse_number(cells).tolist() == [1, 2, pd.NA]
    assert parse_number(pd.Series([], dtype="str")).dtype == "Int64"


PARSERS = [
    cleaning.normalize_text, cleaning.normalize_company, cleaning.parse_number, cleaning.parse_integer,
    cleaning.parse_money,
    cleaning.parse_share, cleaning.parse_percent, cleaning.parse_qualifier, cleaning.parse_date, cleaning.parse_time,
    cleaning.parse_year, cleaning.parse_fiscal_year, cleaning.fiscal_year, cleaning.prefecture, cleaning.region,
    cleaning.partner_type, cleaning.size_class, cleaning.industry, cleaning.corporate_number,
]  # fmt: skip


@pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: parse.__name__)
@settings(max_examples=40)
@given(
    texts=st.lists(
        ANY | st.sampled_from(["平成17年度", "H17.4.13", "大阪", "大学", "製造業", "18:00", None, "9" * 40]),
        max_size=8,
    )
)
def test_a_column_is_read_as_its_cells_are(parse, texts):
    cells = pd.Series(texts, dtype="str", index=range(10, 10 + len(texts)))
    column = parse(cells, errors="coerce")
    assert column.index.equals(cells.index)
    for got, text in zip(column, texts, strict=True):
        one = parse(text, errors="coerce")
        assert (pd.isna(got) and pd.isna(one)) or got == one


@pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: parse.__name__)
def test_missing_stays_missing_and_types_do_not_depend_on_it(parse):
    empty = parse(pd.Series([None, "", "　"], dtype="str"))
    assert empty.isna().all()
    assert pd.isna(parse(None))
    assert str(empty.dtype) in {"str", "Int64", "Float64", "category", "datetime64[us]", "object"}
