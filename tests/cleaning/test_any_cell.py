"""Every public parser, with every setting, reads any cell or refuses it by our error: it never falls over."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shinrenkei import cleaning
from shinrenkei.cleaning import CleaningError
from tests.cleaning.test_numbers import ANY

# What is public beside the parsers: types, and what reads files or tables.
OTHERS = {
    *("Cleaned", "CleaningError", "CountOfWhich", "Number", "OfficeTable", "Range"),
    *("clean", "code_table", "guess_codebook", "read_table"),
}

c = cleaning
ZERO = {"none": 0}
PARSERS: dict[str, list[Callable[..., Any]]] = {
    "normalize_text": [c.normalize_text],
    "normalize_company": [c.normalize_company],
    "parse_number": [c.parse_number, partial(c.parse_number, unit="千人"), partial(c.parse_number, symbols=ZERO)],
    "parse_integer": [c.parse_integer, partial(c.parse_integer, unit="百万円")],
    "parse_money": [c.parse_money, partial(c.parse_money, unit="億円")],
    "parse_share": [c.parse_share, partial(c.parse_share, unit="%"), partial(c.parse_share, unit="割")],
    "parse_percent": [c.parse_percent],
    "parse_qualifier": [c.parse_qualifier],
    "number_parts": [c.number_parts],
    "parse_range": [c.parse_range, partial(c.parse_range, unit="千円")],
    "parse_count_of_which": [c.parse_count_of_which],
    "parse_date": [
        c.parse_date,
        partial(c.parse_date, era="令和"),
        partial(c.parse_date, excel=1900),
        partial(c.parse_date, excel=1904, era="明治"),
    ],
    "parse_time": [c.parse_time],
    "parse_year": [c.parse_year, partial(c.parse_year, era="大正")],
    "parse_fiscal_year": [c.parse_fiscal_year, partial(c.parse_fiscal_year, era="昭和")],
    "fiscal_year": [c.fiscal_year],
    "prefecture": [c.prefecture, partial(c.prefecture, to="kana")],
    "region": [c.region, partial(c.region, to="ja")],
    "partner_type": [c.partner_type],
    "size_class": [c.size_class],
    "industry": [c.industry, partial(c.industry, revision=11)],
    "corporate_number": [c.corporate_number],
    "split_answers": [
        partial(c.split_answers, categories="partner_types"),
        partial(c.split_answers, categories=["A", "B/C"], to="list"),
    ],
    "is_small_business": [
        lambda cell, **errors: c.is_small_business(cell, 5, "E", **errors),
        lambda cell, **errors: c.is_small_business(5, cell, "小売業", **errors),
        lambda cell, **errors: c.is_small_business(5, 5, cell, **errors),
    ],
    "is_small_scale_business": [
        lambda cell, **errors: c.is_small_scale_business(cell, "E", **errors),
        lambda cell, **errors: c.is_small_scale_business(5, cell, **errors),
    ],
}  # fmt: skip

CELLS = (
    ANY
    | st.text(alphabet="平成令和HR0123456789元年月日度./-:()時分ABEX株㈱（）大学、公設試・", max_size=14)
    | st.integers(-(10**20), 10**20)
    | st.integers(0, 3_000_000)
    | st.integers(0, 3_000_000).map(str)
    | st.floats()
    | st.decimals().filter(lambda number: not number.is_snan())
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.binary(max_size=4)
    | st.sampled_from([None, True, pd.NA, pd.NaT, dt.timedelta(1), 1j])
)


def test_every_public_parser_is_asked():
    assert set(PARSERS) == set(cleaning.__all__) - OTHERS


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=30)
@given(cell=CELLS)
def test_any_cell_is_read_or_refused(name, cell):
    for parse in PARSERS[name]:
        try:
            parse(cell)
        except CleaningError as error:
            assert "\n" not in str(error)  # noqa: PT017 - both ends are right, and nothing else


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=15)
@given(cells=st.lists(CELLS, max_size=5))
def test_any_column_can_be_coerced(name, cells):
    column = pd.Series(cells, dtype=object, index=range(7, 7 + len(cells)))
    for parse in PARSERS[name]:
        assert parse(column, errors="coerce").index.equals(column.index)
