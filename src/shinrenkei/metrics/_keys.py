"""Keys: the columns that tell groups apart, by names and values that every engine groups alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from shinrenkei.errors import InputError
from shinrenkei.metrics._frames import By, as_names, refuse_zone, require_columns


def column_names(by: By, parameter: str = "by") -> list[str]:
    """Return one column name, several or none as a list, refusing what is no text and a name given twice."""
    names = as_names(by, parameter, what="column name")
    for name in names:
        check_column(name, parameter)
    return names


def check_column(name: object, parameter: str) -> None:
    """Refuse what cannot be the name of one column."""
    if not isinstance(name, str) or not name:
        message = f"{parameter}: {name!r} is no column name; expected text."
        raise InputError(message)


def require_keys(frame: nw.LazyFrame[Any], names: Iterable[str], *, reserved: Iterable[str] = ()) -> None:
    """Refuse what :func:`require_columns` refuses, cells of several values, and times of a zone."""
    names = list(names)
    require_columns(frame, names, reserved=reserved)
    schema = frame.collect_schema()
    for name in names:
        if schema[name].is_nested() or holds_several(frame, name):
            held = schema[name] if schema[name].is_nested() else "several values in a cell"
            message = f"Column {name!r} holds {held}; expected one value a cell."
            raise InputError(message)
        refuse_zone(name, schema[name])


def holds_several(frame: nw.LazyFrame[Any], name: str) -> bool:
    """Whether a column of Python objects holds lists and the like, by its first value."""
    dask = frame.implementation.is_dask()  # whose objects narwhals calls text
    if not (frame.to_native()[name].dtype == object if dask else frame.collect_schema()[name] == nw.Object):
        return False
    first = frame.select(name).drop_nulls().head(1).collect().to_pandas()[name]
    return any(isinstance(value, list | tuple | set | dict | np.ndarray) for value in first)


def with_plain_keys(frame: nw.LazyFrame[Any], names: Sequence[str]) -> nw.LazyFrame[Any]:
    """Make no number (NaN) of a floating key a missing value and -0.0 zero: some engines tell these apart."""
    schema = frame.collect_schema()
    floats = {name: _plain_float(nw.col(name)) for name in names if schema[name].is_float()}
    return frame.with_columns(**floats) if floats else frame


def _plain_float(key: nw.Expr) -> nw.Expr:
    return nw.when(key == 0).then(key.abs()).otherwise(nw.when(~key.is_nan()).then(key))


def grouped(frame: nw.LazyFrame[Any], by: Sequence[str], sums: Sequence[nw.Expr]) -> nw.LazyFrame[Any]:
    """Return the sums by group; narwhals gives DuckDB the names of keys unquoted, so unusual ones change for it."""
    unusual = [name for name in by if not re.fullmatch(r"\w+", name)]
    if not (unusual and frame.implementation.is_duckdb()):
        return frame.group_by(*by).agg(*sums)
    taken = {*frame.collect_schema().names()}
    spare = (name for name in (f"key_{place}" for place in range(len(taken) + len(by))) if name not in taken)
    plain = dict(zip(unusual, spare, strict=False))
    groups = frame.rename(plain).group_by(*(plain.get(name, name) for name in by)).agg(*sums)
    return groups.rename({name: key for key, name in plain.items()})
