"""What was changed in a file, and how often: counted piece by piece, told in a report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from shinrenkei.cleaning.filebook import FileColumn
from shinrenkei.cleaning.headings import Cut
from shinrenkei.cleaning.numerals import AFTER, BEFORE
from shinrenkei.cleaning.outfile import arrow_table, text_column
from shinrenkei.cleaning.qualifiers import parse_qualifier

KEPT = 2_000
"""Distinct changes that are told apart in a column; of the rarer ones the number alone is kept."""
SHOWN = 8

_QUALIFIER = "|".join((*BEFORE, *AFTER))
_QUALIFIED = ("number", "integer", "money", "percent", "share")


@dataclass
class ColumnTally:
    """One column's counts."""

    filled: int = 0
    empty: int = 0
    rejected: int = 0
    changed: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    qualifiers: Counter[str] = field(default_factory=Counter)
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, printed: pd.Series, values: Any, column: FileColumn) -> None:
        """Count a piece's cells that were read: printed text beside the tidy value."""
        codes, distinct = pd.factorize(printed)
        times = np.bincount(codes[codes >= 0], minlength=len(distinct))
        self.empty += int((codes < 0).sum())
        self.filled += int(times.sum())
        if isinstance(values, pd.DataFrame) or not len(distinct):
            return
        places = np.flatnonzero(codes >= 0)
        first = np.empty(len(distinct), dtype=np.intp)
        first[codes[places[::-1]]] = places[::-1]
        tidy = _texts(values.iloc[first])
        texts = pd.Series(distinct, dtype="str")
        self._count_missing(texts, tidy, times)
        if column.kind in _QUALIFIED:
            self._count_qualifiers(texts, times)
        differs = (tidy.notna() & (tidy != texts)).to_numpy()
        self.changed += int(times[differs].sum())
        most = np.flatnonzero(differs)[np.argsort(-times[differs], kind="stable")[:KEPT]]
        old, new = texts.iloc[most].tolist(), tidy.iloc[most].tolist()
        self.changes.update(dict(zip(zip(old, new, strict=True), times[most].tolist(), strict=True)))
        if len(self.changes) > 2 * KEPT:
            self.changes = Counter(dict(self.changes.most_common(KEPT)))

    def _count_missing(self, texts: pd.Series, tidy: pd.Series, times: np.ndarray) -> None:
        for place in np.flatnonzero(tidy.isna().to_numpy())[:KEPT]:
            self.missing[texts.iloc[place].strip()] += int(times[place])

    def _count_qualifiers(self, texts: pd.Series, times: np.ndarray) -> None:
        beyond = np.flatnonzero(texts.str.contains(_QUALIFIER, regex=True).to_numpy(dtype=bool))
        if beyond.size:
            found = parse_qualifier(texts.iloc[beyond], errors="coerce")
            for place, qualifier in zip(beyond, found, strict=True):
                if isinstance(qualifier, str):
                    self.qualifiers[qualifier] += int(times[place])


def _texts(values: pd.Series) -> pd.Series:
    column = text_column(arrow_table(values.to_frame("value")).column(0))
    return pd.Series(pd.array(pa.chunked_array(column), dtype="str"))


@dataclass
class FileTally:
    """A file's counts."""

    columns: dict[str, ColumnTally] = field(default_factory=dict)
    cuts: Counter[str] = field(default_factory=Counter)
    shown: dict[str, list[Cut]] = field(default_factory=dict)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    lines: int = 0
    kept: int = 0
    rejected: int = 0

    @property
    def cut(self) -> int:
        """The lines cut away."""
        return sum(self.cuts.values())

    def count_cuts(self, cuts: list[Cut]) -> None:
        """Count lines that are not data, keeping the first of each reason."""
        for cut in cuts:
            self.cuts[cut.reason] += 1
            if len(kept := self.shown.setdefault(cut.reason, [])) < SHOWN:
                kept.append(cut)
