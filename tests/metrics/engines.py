"""The same table in every dataframe library that the metrics read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd


def _dask(frame: pd.DataFrame) -> Any:
    import dask.dataframe as dd

    return dd.from_pandas(frame, npartitions=2)


def _duckdb(frame: pd.DataFrame) -> Any:
    import duckdb

    return duckdb.connect().from_arrow(_pyarrow(frame))


def _polars(frame: pd.DataFrame) -> Any:
    import polars as pl

    return pl.from_pandas(frame)


def _pyarrow(frame: pd.DataFrame) -> Any:
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False)


ENGINES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda frame: frame,
    "polars": _polars,
    "polars_lazy": lambda frame: _polars(frame).lazy(),
    "pyarrow": _pyarrow,
    "duckdb": _duckdb,
    "dask": _dask,
}
