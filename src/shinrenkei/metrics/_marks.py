"""What is made of synthetic data says so: the mark goes from a dataframe to the table that a metric makes of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec

import narwhals.stable.v2 as nw
import pandas as pd
import pyarrow as pa

from shinrenkei.metrics._frames import collect, lazy

P = ParamSpec("P")
MARK = "synthetic"


def carries_mark(metric: Callable[P, pd.DataFrame]) -> Callable[P, pd.DataFrame]:
    """Let a metric's table have ``attrs["synthetic"]`` where its first argument says that it is synthetic."""
    first = next(iter(signature(metric).parameters))

    @wraps(metric)
    def marked(*args: P.args, **kwargs: P.kwargs) -> pd.DataFrame:
        table = metric(*args, **kwargs)
        if _is_synthetic(args[0] if args else kwargs[first]):
            table.attrs[MARK] = True
        return table

    return marked


def _is_synthetic(frame: Any) -> bool:
    """Return whether ``attrs``, or a true or a 1 in a column ``synthetic``, say that a dataframe is synthetic."""
    if isinstance(frame, pd.DataFrame) and frame.attrs.get(MARK):
        return True
    if isinstance(frame, pd.DataFrame | pa.Table):  # whose other columns need not be made ready again
        names = frame.columns if isinstance(frame, pd.DataFrame) else frame.column_names
        if MARK not in names:
            return False
        frame = frame[[MARK]] if isinstance(frame, pd.DataFrame) else frame.select([MARK])
    query = lazy(frame, "frame")
    kind = query.collect_schema().get(MARK)
    if kind is None or not (kind == nw.Boolean or kind.is_numeric()):
        return False
    highest = collect(query.select(nw.col(MARK).cast(nw.Int8).max()))[MARK].iloc[0]
    return not pd.isna(highest) and bool(highest)
