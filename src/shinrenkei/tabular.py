"""Tables of strings and typed tables: the dtypes behind a schema, and CSV bytes that repeat."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

_MAKERS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "integer": lambda cells: cells.astype("Int64"),
    "number": lambda cells: pd.to_numeric(cells).astype("float64"),
    "boolean": lambda cells: cells.map({"true": True, "false": False}).astype("boolean"),
    "date": lambda cells: pd.to_datetime(cells, format="%Y-%m-%d").astype("datetime64[s]"),
}


def typed(cells: pd.DataFrame, fields: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Return a table of strings with the dtypes its schema declares.

    Parameters
    ----------
    cells
        Strings in canonical form: ``true``, ``2005-09-16``, ``1000``; empty where missing.
    fields
        Frictionless fields; ``kind`` = ``category`` makes a categorical with the schema's order.

    Examples
    --------
    >>> table = typed(pd.DataFrame({"plans": ["69", ""]}), [{"name": "plans", "type": "integer"}])
    >>> table["plans"].tolist()
    [69, <NA>]
    """
    columns = {field["name"]: _typed_column(cells[field["name"]], field) for field in fields}
    return pd.DataFrame(columns, index=cells.index)


def _typed_column(cells: pd.Series, field: dict[str, Any]) -> pd.Series:
    present = cells.astype("str").replace("", None)
    if field.get("kind") == "category":
        order = field.get("constraints", {}).get("enum") or list(dict.fromkeys(present.dropna()))
        return present.astype(pd.CategoricalDtype(order))
    make = _MAKERS.get(field["type"])
    return make(present) if make else present


def strings(table: pd.DataFrame) -> pd.DataFrame:
    """Return every value of a typed table as its canonical string; a missing value is empty."""
    return pd.DataFrame({name: table[name].map(_cell).astype("str") for name in table}, index=table.index)


def _cell(value: Any) -> str:
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def csv_bytes(table: pd.DataFrame) -> bytes:
    """Return a typed table as CSV: UTF-8, line feeds, the same bytes for the same values."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(zip(*(map(_cell, table[name].tolist()) for name in table), strict=True))
    return text.getvalue().encode("utf-8")


def read_csv_bytes(content: bytes) -> pd.DataFrame:
    """Return the cells of a CSV as strings, an empty cell as an empty string."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    return pd.DataFrame(rows[1:], columns=rows[0], dtype="str")
