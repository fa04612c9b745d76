"""A counts table (certified, commercialized and what they are counts of) added up without adding overlaps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from shinrenkei.errors import InputError
from shinrenkei.metrics._frames import Columns, whole_counts

COUNTS = ("certified", "commercialized")
# columns that say nothing about which plans a row counts
_NOT_A_CELL = {
    *COUNTS,
    "in_negotiation",
    "newly_certified",
    "sales_million_yen",
    "source_id",
    "locator",
}
_REMARKS = ("note", "qualifier", "_ja", "_en")


@dataclass(frozen=True)
class Tally:
    """Plans counted by group, G groups.

    Attributes
    ----------
    keys : dict of arrays
        The columns that tell the groups apart, of shape (G,).
    certified, commercialized : array of Int64, shape (G,)
        Plans, missing where not known.
    notes : list of str
        What to know of each group.
    """

    keys: Columns
    certified: pd.arrays.IntegerArray
    commercialized: pd.arrays.IntegerArray
    notes: list[str]


def whole(counts: np.ndarray, missing: np.ndarray | None = None) -> pd.arrays.IntegerArray:
    """Return counts as nullable whole numbers."""
    missing = np.zeros(len(counts), dtype=bool) if missing is None else missing
    return pd.arrays.IntegerArray(counts.astype("int64"), missing)


def tally_counts(
    table: pd.DataFrame, by: Sequence[str], as_of: dt.date | None, *, skip_missing: bool
) -> Tally:
    """Add up a counts table by group, a count missing where a part of it is."""
    table = table.assign(
        **{name: whole_counts(table[name], name, lambda row: _row(table, row)) for name in COUNTS}
    )
    _check_order(table)
    if table.empty:
        message = "plans has no rows; expected one or more counts."
        raise InputError(message)
    if as_of is not None:
        table = _at_date(table, as_of)
    groups = table.groupby(list(by) or _one_group(table), dropna=False, observed=True, sort=True)
    for _, group in groups:
        _check_overlap(group, by)
    added = [_add(group, skip_missing=skip_missing) for _, group in groups]
    keys = pd.DataFrame(
        [_as_tuple(key) for key, _ in groups] if by else None, columns=list(by), index=range(len(added))
    )
    certified, commercialized = (pd.array([row[name] for row in added], dtype="Int64") for name in COUNTS)
    return Tally(
        {name: keys[name].astype(table[name].dtype).array for name in by},
        certified,
        commercialized,
        [row["note"] for row in added],
    )


def _one_group(table: pd.DataFrame) -> np.ndarray:
    return np.zeros(len(table), dtype=int)


def _as_tuple(key: Hashable) -> tuple:
    return key if isinstance(key, tuple) else (key,)


def _check_order(table: pd.DataFrame) -> None:
    above = (table["commercialized"] > table["certified"]).fillna(value=False).astype(bool)
    if above.any():
        row: Any = above.idxmax()
        message = (
            f"commercialized ({table.loc[row, 'commercialized']}) is above certified "
            f"({table.loc[row, 'certified']}) in {_row(table, row)}; expected a part of the certified plans."
        )
        raise InputError(message)


def _cell(table: pd.DataFrame) -> list[str]:
    """Return the columns that say which plans a row counts."""
    return [name for name in table.columns if name not in _NOT_A_CELL and not name.endswith(_REMARKS)]


def _row(table: pd.DataFrame, row: Any) -> str:
    """Say which row is meant: its number and the cells that tell it apart."""
    known = [name for name in _cell(table) if pd.notna(table.loc[row, name])]
    cells = ", ".join(f"{name}={_text(table.loc[row, name])}" for name in known)
    return f"row {row} ({cells})" if cells else f"row {row}"


def _text(value: object) -> str:
    return value.date().isoformat() if isinstance(value, dt.datetime) else str(value)


def _at_date(table: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    if "as_of" not in table.columns:
        message = "as_of was given, but the counts have no column 'as_of' to choose rows by."
        raise InputError(message)
    dates = pd.to_datetime(table["as_of"]).dt.date
    chosen = table[dates == as_of]
    if chosen.empty:
        known = ", ".join(sorted({date.isoformat() for date in dates.dropna()}))
        message = f"No counts as of {as_of}; the table has: {known}."
        raise InputError(message)
    return chosen


def _check_overlap(group: pd.DataFrame, by: Sequence[str]) -> None:
    """Refuse a group whose rows count some plan twice: the counts are cumulative."""
    if len(group) < 2:
        return
    for name in [name for name in _cell(group) if name not in by]:
        values = [_text(value) for value in group[name].unique()]
        if name == "as_of" and len(values) > 1:
            message = (
                f"Counts of several dates ({', '.join(values)}) would be added up in one group, but they are "
                "cumulative; add 'as_of' to by, or filter to one date."
            )
            raise InputError(message)
        if "all" in values and len(values) > 1:
            parts = ", ".join(value for value in values if value != "all")
            message = (
                f"The {name} 'all' would be added to its parts ({parts}) in one group; add {name!r} to by, "
                "or filter."
            )
            raise InputError(message)
    _check_same_cell(group)


def _check_same_cell(group: pd.DataFrame) -> None:
    if not {"as_of", "source_id"} & set(group.columns):
        return
    cell = _cell(group)
    again = group.duplicated(cell, keep=False) if cell else pd.Series(True, index=group.index)
    if not again.any():
        return
    first = group.loc[again].index[0]
    twins = group if not cell else group[group[cell].eq(group.loc[first, cell]).all(axis=1)]
    sources = ", ".join(twins["source_id"].astype(str).unique()) if "source_id" in group.columns else ""
    told = f"from {sources}; add 'source_id' to by, or filter" if "," in sources else "; keep one of the rows"
    message = f"The same plans are counted more than once in one group, in {_row(group, first)}, {told}."
    raise InputError(message.replace(", ;", ";"))


def _add(group: pd.DataFrame, *, skip_missing: bool) -> dict[str, Any]:
    """Add up one group; a count that is missing anywhere leaves the sum empty, or its whole row out."""
    missing = group[list(COUNTS)].isna()
    rows = len(group)
    if skip_missing and rows > 1 and missing.any(axis=None):
        kept = group[~missing.any(axis=1)]
        note = f"{rows - len(kept)} of {rows} rows without both counts left out"
        return {**{name: kept[name].sum() if len(kept) else pd.NA for name in COUNTS}, "note": note}
    told = [
        f"{name} not given" + (f" in {missing[name].sum()} of {rows} rows" if rows > 1 else "")
        for name in COUNTS
        if missing[name].any()
    ]
    return {**{name: group[name].sum(skipna=False) for name in COUNTS}, "note": "; ".join(told)}
