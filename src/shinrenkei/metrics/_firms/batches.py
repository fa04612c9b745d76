"""Columns of any dataframe, a batch of rows at a time: numbers as NumPy arrays, everything else as Arrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from numbers import Number
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pyarrow as pa
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.errors import InputError
from shinrenkei.metrics._frames import lazy, require_columns

Column: TypeAlias = np.ndarray | Any  # a NumPy array, or an Arrow array
Batch: TypeAlias = dict[str, Column]
Read: TypeAlias = Callable[[], Batch]

ROWS = 1 << 19  # rows a batch: large enough for the kernels, small enough for several to be in memory


def batches(frame: IntoFrame, names: Sequence[str], keep: nw.Expr | None = None) -> Iterator[Read]:
    """Yield functions that return the columns ``names`` of some rows; calling them may be left to threads.

    The engine picks the columns and the rows that ``keep`` is true for, except where the data already lies
    in pandas: there the rows are all handed on as they are, without a copy.
    """
    if isinstance(frame, pd.DataFrame):
        require_columns(nw.from_native(frame.iloc[:0]).lazy(), names)
        yield from _from_pandas(frame, names)
        return
    query = lazy(frame, "firms")
    require_columns(query, names)
    query = query.select(*names) if keep is None else query.filter(keep).select(*names)
    native = query.to_native()
    kind = query.implementation
    if kind.is_polars():
        _refuse_wide(query.collect_schema())
        for part in native.collect_batches(chunk_size=ROWS):
            yield partial(_from_polars, part)
    elif kind.is_duckdb():
        for part in native.to_arrow_reader(ROWS):
            yield partial(_from_arrow, part)
    elif kind.is_dask():
        for part in native.to_delayed():
            yield from _from_pandas(part.compute(), names)
    else:
        for part in query.collect("pyarrow").to_native().to_batches(max_chunksize=ROWS):
            yield partial(_from_arrow, part)


def _without_views(array: Any) -> Any:
    """Return views of text, alone or in lists, as plain text."""
    kind = array.type
    if pa.types.is_string_view(kind):
        return array.cast(pa.large_string())
    of_lists = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    if of_lists and pa.types.is_string_view(kind.value_type):
        return array.cast(pa.large_list(pa.large_string()))
    return array


def _refuse_wide(schema: Mapping[str, Any]) -> None:
    for name, dtype in schema.items():
        if dtype in (nw.Int128, nw.UInt128):
            message = f"Column {name!r} holds {dtype}; expected whole numbers of 64 bits, or text for ids."
            raise InputError(message)


def _from_pandas(frame: pd.DataFrame, names: Sequence[str]) -> Iterator[Read]:
    columns = {name: _pandas_column(frame[name]) for name in dict.fromkeys(names)}
    for start in range(0, len(frame), ROWS):
        yield partial(_rows, columns, start)


def _rows(columns: Batch, start: int) -> Batch:
    return {name: column[start : start + ROWS] for name, column in columns.items()}


def _pandas_column(series: pd.Series) -> Column:
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "biuf":
        return series.to_numpy()
    try:
        array = pa.array(series, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise _mixed(series, error) from None
    return _arrow_column(_one_array(array))


def _mixed(series: pd.Series, error: Exception) -> InputError:
    """Return the error for a column of Python objects, naming the first cell that is not of the usual kind."""
    known = series.dropna()
    kinds = known.map(_kind_of)
    usual = kinds.mode().iloc[0]
    odd = kinds != usual
    if not odd.any():
        return InputError(
            f"Column {series.name!r} holds what cannot be read as values of one type ({error})."
        )
    first = known[odd.to_numpy()]
    row, value = first.index.tolist()[0], first.tolist()[0]
    return InputError(
        f"Column {series.name!r} holds {value!r} in row {row!r}, but {usual} in "
        f"{int((~odd).sum())} of {len(known)} rows; expected one type in all cells that are not empty."
    )


def _kind_of(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "true and false"
    if isinstance(value, Number):
        return "numbers"
    return "text" if isinstance(value, str) else type(value).__name__


def _from_polars(part: Any) -> Batch:
    return _from_arrow(part.to_arrow())


def _from_arrow(part: Any) -> Batch:
    return {name: _arrow_column(_one_array(part.column(name))) for name in part.schema.names}


def _arrow_column(array: pa.Array) -> Column:
    kind = array.type
    plain = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    if plain and not array.null_count:
        return array.to_numpy(zero_copy_only=False)
    return array


def _one_array(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    return _without_views(array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array)


def size(batch: Batch) -> int:
    """Return the number of rows of a batch."""
    return len(next(iter(batch.values())))


def numbers(column: Column) -> np.ndarray:
    """Return a column as int64 or float64, NaN where missing; raise TypeError where it holds no numbers."""
    if isinstance(column, np.ndarray):
        if column.dtype.kind == "b":
            message = f"it holds {column.dtype}"
            raise TypeError(message)
        wide = np.dtype(np.int64) if column.dtype.kind == "i" else np.dtype(np.float64)
        return column.astype(wide, copy=False)
    kind = column.type
    if not (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_null(kind)
    ):
        message = f"it holds {kind}"
        raise TypeError(message)
    return column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
