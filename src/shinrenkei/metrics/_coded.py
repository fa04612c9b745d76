"""Flags added up by group where the rows are in memory: keys become whole numbers, and those are counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# above it a table of all combinations costs more than sorting the rows would
_MOST_CELLS = 1 << 20
ROWS = "__rows"


def coded_sums(rows: nw.DataFrame[Any], by: Sequence[str], flags: Sequence[str]) -> nw.DataFrame[Any] | None:
    """Return ``by``, the number of rows and the sum of each flag, a row a group; None where the keys do not suit.

    Text and whole numbers suit, with up to a million combinations.
    """
    codes: np.ndarray | None = None
    keys: list[pa.Array] = []
    cells = 1
    for name in by:
        coded = _coded(rows[name])
        if coded is None or cells * len(coded[1]) > _MOST_CELLS:
            return None
        cells *= len(coded[1])
        keys.append(coded[1])
        codes = coded[0] if codes is None else codes * len(coded[1]) + coded[0]
    if codes is None:
        return None
    columns = {flag: _flag_sums(codes, rows[flag], cells) for flag in flags}
    counts = np.bincount(codes, minlength=cells) if not flags else next(iter(columns.values())).sum(axis=1)
    present = np.flatnonzero(counts)
    places = np.unravel_index(present, [len(key) for key in keys])
    table = {name: key.take(pa.array(place)) for name, key, place in zip(by, keys, places, strict=True)}
    sums = {flag: values[present, 1] for flag, values in columns.items()}
    return nw.from_native(pa.table({**table, ROWS: counts[present], **sums}), eager_only=True)


def _coded(column: nw.Series[Any]) -> tuple[np.ndarray, pa.Array] | None:
    """Return the codes of a column from 0 (int64) and the values they stand for, a missing one among them."""
    if not (column.dtype == nw.String or column.dtype.is_integer()):
        return None
    values = column.to_arrow()
    if column.dtype.is_integer() and not values.null_count and len(values):
        least, most = (bound.as_py() for bound in pc.min_max(values).values())
        if most - least < _MOST_CELLS:
            codes = values.to_numpy().astype(np.int64) - least
            return codes, pa.array(np.arange(least, most + 1), type=values.type)
    encoded = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    encoded = encoded.dictionary_encode(null_encoding="encode")
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary


def _flag_sums(codes: np.ndarray, column: nw.Series[Any], cells: int) -> np.ndarray:
    """Return how often a flag is false or missing, and true, of shape (cells, 2)."""
    flag = column.to_arrow() if column.null_count() else column
    held = flag.to_numpy() if flag is column else pc.fill_null(flag, False).to_numpy(zero_copy_only=False)
    return np.bincount(2 * codes + held.astype(bool), minlength=2 * cells).reshape(cells, 2)
