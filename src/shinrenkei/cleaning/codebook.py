"""One line of a codebook: which printed column becomes which tidy column, and how it is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from shinrenkei.cleaning.answers import split_answers
from shinrenkei.cleaning.categories import (
    corporate_number,
    keyed,
    look_up,
    partner_type,
    prefecture,
    region,
    size_class,
)
from shinrenkei.cleaning.dates import parse_date, parse_fiscal_year, parse_time, parse_year
from shinrenkei.cleaning.industries import industry
from shinrenkei.cleaning.numbers import (
    parse_integer,
    parse_money,
    parse_number,
)
from shinrenkei.cleaning.qualifiers import parse_qualifier
from shinrenkei.cleaning.ranges import parse_count_of_which, parse_range
from shinrenkei.cleaning.series import Errors, Reader, booleans, one_of, read
from shinrenkei.cleaning.shares import parse_percent, parse_share
from shinrenkei.cleaning.text import normalize_company, normalize_text

Kind = Literal[
    "text",
    "normalized",
    "company",
    "integer",
    "number",
    "money",
    "percent",
    "share",
    "boolean",
    "date",
    "time",
    "year",
    "fiscal_year",
    "region",
    "prefecture",
    "partner_type",
    "industry",
    "size_class",
    "corporate_number",
    "answers",
    "range_lower",
    "range_upper",
    "count",
    "count_of_which",
    "qualifier",
    "category",
    "constant",
    "as_of",
]

WHOLE = ("integer", "year", "fiscal_year", "count", "count_of_which", "range_lower", "range_upper")
REAL = ("number", "money", "percent", "share")

_SETTINGS: dict[str, tuple[str, ...]] = {
    "unit": ("integer", "number", "money", "share", "range_lower", "range_upper"),
    "unit_out": ("money",),
    "values": ("category", "boolean", "answers"),
    "categories": ("category", "answers"),
    "value": ("constant", "as_of"),
    "era": ("date", "year", "fiscal_year"),
    "excel": ("date",),
    "revision": ("industry",),
}
"""The kinds that a setting says something about; in a column of another kind it would be read over."""

EXPECTED: dict[str, str] = {
    "text": "text",
    "normalized": "text",
    "company": "a company's name",
    "integer": "a whole number",
    "number": "a number",
    "money": "an amount of money",
    "percent": "a percentage",
    "share": "a share",
    "date": "a date",
    "time": "a time of day",
    "year": "a year",
    "fiscal_year": "a fiscal year",
    "region": "a METI block",
    "prefecture": "a prefecture",
    "partner_type": "one of the fourteen partner types",
    "industry": "an industry of the JSIC",
    "size_class": "a size of firm",
    "corporate_number": "a corporate number",
    "answers": "declared answers",
    "range_lower": "a range",
    "range_upper": "a range",
    "count": "a count, as in 63 (うち採択済み43件)",
    "count_of_which": "a count, as in 63 (うち採択済み43件)",
    "qualifier": "a number with or without a qualifier such as 約",
}
"""What a cell of each kind must be, as the end of the sentence 'expected ...'."""


class Reading(BaseModel):
    """How the cells of one tidy column are read, wherever they stand."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1)]
    kind: Kind
    unit: str | None = None
    unit_out: str | None = None
    values: dict[str, Any] | None = None
    categories: list[str] | str | None = None
    value: bool | int | float | dt.date | str | None = None
    era: str | None = None
    excel: Literal[1900, 1904] | None = None
    revision: Literal[11, 12, 13, 14] = 13

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind not in ("constant", "as_of") and not getattr(self, "source", None):
            msg = f"column {self.name!r} of kind {self.kind!r} needs a source column"
            raise ValueError(msg)
        for setting in sorted(self.model_fields_set & set(_SETTINGS)):
            if self.kind not in _SETTINGS[setting]:
                kinds = ", ".join(_SETTINGS[setting])
                msg = f"{setting} says nothing about the kind {self.kind!r}; it goes with {kinds}"
                raise ValueError(msg)
        if self.kind == "boolean" and not all(
            isinstance(value, bool) for value in (self.values or {}).values()
        ):
            msg = f"the values of column {self.name!r} of kind 'boolean' must be true or false"
            raise ValueError(msg)
        if self.kind == "boolean" and not self.values:
            msg = f"column {self.name!r} of kind 'boolean' needs values = {{ printed = true or false }}"
            raise ValueError(msg)
        if self.kind in ("category", "answers") and not (self.values or self.categories):
            msg = f"column {self.name!r} of kind {self.kind!r} needs values = {{ printed = code }} or categories"
            raise ValueError(msg)
        return self


class Column(Reading):
    """How one tidy column is read from a printed one."""

    source: str | None = None


def expected(column: Reading) -> str:
    """Return what a cell of this column must be, for the end of an error sentence."""
    if column.values is not None:
        return "one of " + ", ".join(column.values)
    return EXPECTED[column.kind]


def read_cells(cells: pd.Series, column: Reading) -> pd.Series:
    """Read printed cells as one column of a codebook says; what cannot be read is missing.

    Parameters
    ----------
    cells
        Strings as printed; an empty string or a missing value is a cell without an entry.
    column
        The line of the codebook; its kind is neither ``constant`` nor ``as_of``.

    Returns
    -------
    pandas.Series
        The values, with the index of ``cells``.

    Examples
    --------
    >>> column = Column(name="firms", source="件数", kind="integer")
    >>> read_cells(pd.Series(["２１", "1,234", "？"]), column).tolist()
    [21, 1234, <NA>]
    """
    text = cells.str.strip().replace("", None)
    if column.values is not None:
        return text.map(column.values)
    return parse_cells(text, column, errors="coerce")


def parse_cells(cells: pd.Series, column: Reading, errors: Errors = "raise") -> Any:
    """Read a column's cells by their kind; see `parse_number` and its like.

    Returns
    -------
    pandas.Series or pandas.DataFrame
        A table, a boolean column a category, for the kind ``answers``.
    """
    return _PARSERS[column.kind](column)(cells, errors=errors)


def declared(column: Reading) -> dict[str, Any]:
    """Return what each declared spelling of a category stands for."""
    if column.values is not None:
        return column.values
    return {name: name for name in (column.categories if isinstance(column.categories, list) else [])}


def _same(_column: Reading) -> Callable[..., Any]:
    return lambda cells, **_: cells


def _plainly(parse: Callable[..., Any], *options: str) -> Callable[[Reading], Callable[..., Any]]:
    """Return what passes a column's settings on to a parser under the same names."""

    def make(column: Reading) -> Callable[..., Any]:
        return partial(parse, **{name: getattr(column, name) for name in options})

    return make


def _money(column: Reading) -> Callable[..., Any]:
    def parse(cells: pd.Series, errors: Errors) -> pd.Series:
        yen = parse_money(cells, unit=column.unit or "円", errors=errors)
        return yen / parse_money(1, unit=column.unit_out) if column.unit_out else yen

    return parse


def _side(parse: Callable[..., Any], side: str, *options: str) -> Callable[[Reading], Callable[..., Any]]:
    def make(column: Reading) -> Callable[..., Any]:
        both = _plainly(parse, *options)(column)
        return lambda cells, errors: both(cells, errors=errors)[side].rename(cells.name)

    return make


def _declared(column: Reading) -> Callable[..., Any]:
    """Return the parser of a closed list: spellings are compared without width, case and blanks."""
    values = declared(column)
    codes = {str(code): code for code in values.values()}
    find = look_up(keyed((spelling, str(code)) for spelling, code in values.items()), "it is not in the list")
    truths = all(isinstance(code, bool) for code in codes.values())
    reader = Reader(
        expected(column), lambda cell: codes[find(cell)], booleans if truths else one_of(list(codes.values()))
    )
    return partial(read, reader=reader)


def _answers(column: Reading) -> Callable[..., Any]:
    categories = column.categories if isinstance(column.categories, str) else declared(column)
    return partial(split_answers, categories=categories)


_PARSERS: dict[str, Callable[[Reading], Callable[..., Any]]] = {
    "text": _same,
    "normalized": _plainly(normalize_text),
    "company": _plainly(normalize_company),
    "integer": _plainly(parse_integer, "unit"),
    "number": _plainly(parse_number, "unit"),
    "money": _money,
    "percent": _plainly(parse_percent),
    "share": _plainly(parse_share, "unit"),
    "boolean": _declared,
    "category": _declared,
    "answers": _answers,
    "date": _plainly(parse_date, "era", "excel"),
    "time": _plainly(parse_time),
    "year": _plainly(parse_year, "era"),
    "fiscal_year": _plainly(parse_fiscal_year, "era"),
    "region": _plainly(region),
    "prefecture": _plainly(prefecture),
    "partner_type": _plainly(partner_type),
    "industry": _plainly(industry, "revision"),
    "size_class": _plainly(size_class),
    "corporate_number": _plainly(corporate_number),
    "range_lower": _side(parse_range, "lower", "unit"),
    "range_upper": _side(parse_range, "upper", "unit"),
    "count": _side(parse_count_of_which, "count"),
    "count_of_which": _side(parse_count_of_which, "of_which"),
    "qualifier": _plainly(parse_qualifier),
}


def unreadable(cells: pd.Series, values: pd.Series, column: Reading) -> pd.Series:
    """Return where a cell has an entry that could not be read as the column's kind."""
    filled = cells.str.strip() != ""
    if column.kind in ("text", "qualifier"):
        return filled & False
    if column.kind.startswith("range_"):
        other = {"range_lower": "range_upper", "range_upper": "range_lower"}[column.kind]
        return filled & values.isna() & read_cells(cells, column.model_copy(update={"kind": other})).isna()
    if column.kind == "count_of_which":
        return filled & read_cells(cells, column.model_copy(update={"kind": "count"})).isna()
    return filled & values.isna()
