"""One line of a codebook: which printed column becomes which tidy column, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from shinrenkei.cleaning.categories import partner_type, prefecture, region
from shinrenkei.cleaning.dates import parse_date, parse_fiscal_year, parse_time, parse_year
from shinrenkei.cleaning.numbers import parse_money, parse_number, parse_percent, parse_qualifier
from shinrenkei.cleaning.ranges import parse_count_of_which, parse_range

Kind = Literal[
    "text",
    "integer",
    "number",
    "money",
    "percent",
    "boolean",
    "date",
    "time",
    "year",
    "fiscal_year",
    "region",
    "prefecture",
    "partner_type",
    "range_lower",
    "range_upper",
    "count",
    "count_of_which",
    "qualifier",
    "category",
    "constant",
    "as_of",
]

EXPECTED: dict[str, str] = {
    "text": "text",
    "integer": "a whole number",
    "number": "a number",
    "money": "an amount of money",
    "percent": "a percentage",
    "date": "a date",
    "time": "a time of day",
    "year": "a year",
    "fiscal_year": "a fiscal year",
    "region": "a METI block",
    "prefecture": "a prefecture",
    "partner_type": "one of the fourteen partner types",
    "range_lower": "a range",
    "range_upper": "a range",
    "count": "a count, as in 63 (うち採択済み43件)",
    "count_of_which": "a count, as in 63 (うち採択済み43件)",
    "qualifier": "a number with or without a qualifier such as 約",
}
"""What a cell of each kind must be, as the end of the sentence 'expected ...'."""


class Column(BaseModel):
    """How one tidy column is read from a printed one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1)]
    kind: Kind
    source: str | None = None
    unit: str | None = None
    unit_out: str | None = None
    values: dict[str, Any] | None = None
    value: Any = None

    @model_validator(mode="after")
    def _complete(self) -> Column:
        if self.kind not in ("constant", "as_of") and self.source is None:
            msg = f"column {self.name!r} of kind {self.kind!r} needs a source column"
            raise ValueError(msg)
        if self.kind in ("category", "boolean") and not self.values:
            msg = f"column {self.name!r} of kind {self.kind!r} needs values = {{ printed = code }}"
            raise ValueError(msg)
        return self


def expected(column: Column) -> str:
    """Return what a cell of this column must be, for the end of an error sentence."""
    if column.values is not None:
        return "one of " + ", ".join(column.values)
    return EXPECTED[column.kind]


def read_cells(cells: pd.Series, column: Column) -> pd.Series:
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
    return _READERS[column.kind](text, column)


def _whole(text: pd.Series, _column: Column) -> pd.Series:
    number = parse_number(text, errors="coerce")
    return number.where((number % 1 == 0).fillna(value=False)).astype("Int64")


def _money(text: pd.Series, column: Column) -> pd.Series:
    unit = column.unit or "円"
    yen = parse_money(text, unit=unit, errors="coerce")
    return yen / parse_money(f"1{column.unit_out}") if column.unit_out else yen


def _bound(side: str) -> Callable[[pd.Series, Column], pd.Series]:
    def read(text: pd.Series, column: Column) -> pd.Series:
        return parse_range(text, unit=column.unit, errors="coerce")[side]

    return read


def _count(side: str) -> Callable[[pd.Series, Column], pd.Series]:
    def read(text: pd.Series, _column: Column) -> pd.Series:
        return parse_count_of_which(text, errors="coerce")[side]

    return read


def _coercing(parse: Callable[..., Any]) -> Callable[[pd.Series, Column], pd.Series]:
    def read(text: pd.Series, _column: Column) -> pd.Series:
        return parse(text, errors="coerce")

    return read


_READERS: dict[str, Callable[[pd.Series, Column], pd.Series]] = {
    "text": lambda text, _column: text,
    "integer": _whole,
    "number": _coercing(parse_number),
    "money": _money,
    "percent": _coercing(parse_percent),
    "date": _coercing(parse_date),
    "time": _coercing(parse_time),
    "year": _coercing(parse_year),
    "fiscal_year": _coercing(parse_fiscal_year),
    "region": _coercing(region),
    "prefecture": _coercing(prefecture),
    "partner_type": _coercing(partner_type),
    "range_lower": _bound("lower"),
    "range_upper": _bound("upper"),
    "count": _count("count"),
    "count_of_which": _count("of_which"),
    "qualifier": _coercing(parse_qualifier),
}


def unreadable(cells: pd.Series, values: pd.Series, column: Column) -> pd.Series:
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
