"""Cells of a file into tidy columns, and every cell that is not what its codebook says, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from shinrenkei.cleaning.categories import key
from shinrenkei.cleaning.codebook import REAL, WHOLE, parse_cells
from shinrenkei.cleaning.errors import CleaningError
from shinrenkei.cleaning.filebook import ROW, Filebook, FileColumn
from shinrenkei.cleaning.series import LARGEST_EXACT

EMPTY = "it is empty, and a value is required"


class Rejection(NamedTuple):
    """A cell that is not what its column must be, by its line in the source."""

    row: int
    column: str
    source: str
    cell: str
    reason: str


@dataclass
class Seen:
    """The values of a unique column so far: digests in sorted runs, 24 bytes a value.

    Runs are merged when one has grown as long as the one before it, so that there are few of them.
    """

    runs: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    def add(self, cells: pd.Series) -> pd.Series:
        """Add values, indexed by their lines; return the earlier line for each that stood there already."""
        digests = _digests(cells)
        lines = cells.index.to_numpy(dtype=np.int64)
        order = np.argsort(digests, kind="stable")
        digests, lines = digests[order], lines[order]
        first = (
            np.concatenate([[True], digests[1:] != digests[:-1]]) if len(digests) else np.empty(0, dtype=bool)
        )
        earlier = np.where(first, 0, lines[np.maximum.accumulate(np.where(first, np.arange(len(lines)), 0))])
        for known, places in self.runs:
            spot = np.searchsorted(known, digests).clip(max=len(known) - 1)
            earlier = np.where(known[spot] == digests, places[spot], earlier)
        self._keep(digests[earlier == 0], lines[earlier == 0])
        return pd.Series(earlier, index=lines)[earlier > 0].sort_index()

    def _keep(self, digests: np.ndarray, lines: np.ndarray) -> None:
        while self.runs and len(self.runs[-1][0]) <= len(digests):
            known, places = self.runs.pop()
            digests, lines = np.concatenate([known, digests]), np.concatenate([places, lines])
            order = np.argsort(digests, kind="stable")
            digests, lines = digests[order], lines[order]
        if len(digests):
            self.runs.append((digests, lines))


def _digests(cells: pd.Series) -> np.ndarray:
    """Return 128 bits a value, which no two values of a file will share by chance."""
    halves = [
        pd.util.hash_array(cells.to_numpy(dtype=object), hash_key=salt, categorize=False).astype(">u8")
        for salt in ("0123456789123456", "6543219876543210")
    ]
    return np.stack(halves, axis=1).copy().view("S16").ravel()


@dataclass
class Checker:
    """A codebook at work on one file; it remembers what must be unique from piece to piece."""

    book: Filebook
    sources: Mapping[str, str]
    seen: dict[str, Seen] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)

    def tidy(self, cells: pd.DataFrame) -> tuple[pd.DataFrame, list[Rejection]]:
        """Return a piece's tidy rows, and what is wrong with those that are left out."""
        columns: dict[str, pd.Series] = {}
        rejections: list[Rejection] = []
        for column in self.book.columns:
            printed = self.printed(cells, column)
            values, reasons = _attempt(printed, column)
            reasons |= _rule_reasons(printed, values, column, reasons)
            rejections += [self._rejection(row, column, printed, reasons[row]) for row in sorted(reasons)]
            named = _named(values, column)
            if both := set(named) & set(columns):
                msg = f"Two columns of the codebook would be called {min(both)!r}; rename one."
                raise CleaningError(msg)
            self.names[column.name] = list(named)
            columns |= named
        tidy = _without(pd.DataFrame(columns, index=cells.index), rejections)
        again = self._again(tidy, _without(cells, rejections))
        tidy = _without(tidy, again)
        tidy[ROW] = tidy.index.to_numpy(dtype=np.int64)
        return tidy, rejections + again

    def printed(self, cells: pd.DataFrame, column: FileColumn) -> pd.Series:
        """Return the cells that a column is read from; several are joined, blanks left out."""
        headings = [self.sources[source] for source in column.sources]
        if column.kind in ("constant", "as_of"):
            return pd.Series(str(column.value), index=cells.index, dtype="str", name=column.name)
        if len(headings) == 1:
            return cells[headings[0]]
        parts = cells[headings].to_numpy(dtype=object)
        joined = [
            column.join.join(text for text in row if isinstance(text, str) and text.strip()) for row in parts
        ]
        return pd.Series(joined, index=cells.index, dtype="str", name=" + ".join(headings)).replace("", None)

    def _rejection(self, row: int, column: FileColumn, printed: pd.Series, reason: str) -> Rejection:
        cell = printed.loc[row]
        return Rejection(row, column.name, str(printed.name), cell if isinstance(cell, str) else "", reason)

    def _again(self, tidy: pd.DataFrame, cells: pd.DataFrame) -> list[Rejection]:
        """Return the rows whose value or key stands in an earlier row that was kept."""
        found: list[Rejection] = []
        for column in self.book.columns:
            if column.unique:
                values = _without(tidy[[column.name]], found)[column.name].dropna().astype("str")
                printed = self.printed(cells, column)
                for row, earlier in self.seen.setdefault(column.name, Seen()).add(values).items():
                    reason = f"it must be unique, and stands in row {earlier} already"
                    found.append(self._rejection(int(str(row)), column, printed, reason))
        if self.book.key:
            rest = _without(tidy[self.book.key], found)
            keys = (
                rest.astype("str").fillna("").agg("\x1f".join, axis=1)
                if len(rest)
                else pd.Series(dtype="str")
            )
            for row, earlier in self.seen.setdefault("", Seen()).add(keys).items():
                name = ", ".join(self.book.key)
                told = str(keys[keys.index == row].iloc[0]).replace("\x1f", ", ")
                reason = f"the key must be unique, and stands in row {earlier} already"
                found.append(Rejection(int(str(row)), name, "", told, reason))
        return found


def _without(rows: pd.DataFrame, rejections: list[Rejection]) -> pd.DataFrame:
    return rows[~rows.index.isin([rejection.row for rejection in rejections])] if rejections else rows


def _attempt(printed: pd.Series, column: FileColumn) -> tuple[Any, dict[int, str]]:
    """Read cells; return the values, missing where there is none, and the reasons by line."""
    if column.kind in ("constant", "as_of"):
        return pd.Series(
            [column.value] * len(printed), index=printed.index, dtype=_constant_type(column.value)
        ), {}
    printed = _without_missing(printed, column)
    try:
        values, reasons = parse_cells(printed, column), {}
    except CleaningError as error:
        if not error.rows:
            raise
        values = parse_cells(printed, column, errors="coerce")
        reasons = {int(str(row)): error.reasons[value] for value, rows in error.rows.items() for row in rows}
    if column.kind in (*WHOLE, *REAL):
        values, more = _typed_numbers(values, whole=column.kind in WHOLE)
        reasons |= more
    return values, reasons


def _without_missing(printed: pd.Series, column: FileColumn) -> pd.Series:
    """Leave out the cells that the codebook declares to be no answer: 不明, 無回答, 99."""
    if not column.missing:
        return printed
    declared = {key(str(text)) for text in column.missing}
    return printed.mask(printed.isin([text for text in printed.dropna().unique() if key(text) in declared]))


def _constant_type(value: Any) -> str:
    return {bool: "boolean", int: "Int64", float: "Float64"}.get(type(value), "str")


def _typed_numbers(values: pd.Series, *, whole: bool) -> tuple[pd.Series, dict[int, str]]:
    """Return numbers in the one type that the kind has in every piece, refusing what it cannot hold exactly."""
    wanted: Literal["Int64", "Float64"] = "Int64" if whole else "Float64"
    if str(values.dtype) == wanted:
        return values, {}
    if values.dtype == object:
        exact = values.map(
            lambda v: pd.isna(v) or (-(2**63) <= v < 2**63 and v == int(v) if whole else float(v) == v)
        )
        held = [None if pd.isna(v) or not ok else v for v, ok in zip(values, exact, strict=True)]
        values = pd.Series(held, index=values.index, name=values.name, dtype=wanted)
    else:
        exact = (values % 1 == 0) & (values.abs() < 2**63) if whole else values.abs() <= LARGEST_EXACT
        exact = exact.fillna(value=True)
    exact = exact.astype(bool)
    reason = "it is not whole" if whole else "it has more digits than can be held exactly"
    reasons = {int(str(row)): reason for row in values.index[~exact]}
    return values.where(exact).astype(wanted), reasons


def _rule_reasons(
    printed: pd.Series, values: Any, column: FileColumn, known: Mapping[int, str]
) -> dict[int, str]:
    """Return why cells break the rules of their column, by line: empty though required, out of bounds."""
    reasons: dict[int, str] = {}
    if column.required:
        missing = (
            values.isna().all(axis=1) if isinstance(values, pd.DataFrame) else values.isna()
        ).to_numpy()
        reasons |= {int(str(row)): EMPTY for row in printed.index[missing] if row not in known}
    for bound, word in ((column.min, "below"), (column.max, "above")):
        if bound is not None:
            limit = column.limit(bound)
            out = (
                (values < limit if word == "below" else values > limit)
                .fillna(value=False)
                .to_numpy(dtype=bool)
            )
            reasons |= {int(str(row)): f"it is {word} {bound}" for row in printed.index[out]}
    return reasons


def _named(values: Any, column: FileColumn) -> dict[str, pd.Series]:
    """Return the tidy columns by name: one, or one a category for several answers in a cell."""
    if isinstance(values, pd.DataFrame):
        return {f"{column.name}_{category}": values[category] for category in values}
    return {column.name: values}
