"""Shares of a known base, each with its own interval: answers of which a plan may have several."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.errors import InputError
from shinrenkei.metrics._frames import check_confidence, collect, lazy, require_columns, whole_counts
from shinrenkei.metrics._intervals import wilson
from shinrenkei.metrics._keys import check_column

_RESULT = ("n", "share", "lower", "upper")


def share_intervals(
    frame: IntoFrame, count: str, base: int | str, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Return each row's share of its base with Wilson's interval; the shares need not sum to 1.

    Parameters
    ----------
    frame : dataframe of pandas, Polars, PyArrow, DuckDB or Dask
        A row a share, in the order to be kept.
    count : str
        The column of counts (0 or more; empty where not known).
    base : int or str
        What every count is a share of, or the column that says so row by row.
    confidence : float, default 0.95
        Level of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        The columns of ``frame`` and ``n`` (Int64, the base), ``share``, ``lower`` and ``upper`` (0-1; empty
        where the count or the base is not known or the base is 0).

    Raises
    ------
    InputError
        Where a count or a base is no count, or a count is above its base.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the
    American Statistical Association 22, 209-212.

    Examples
    --------
    >>> import pandas as pd
    >>> used = pd.DataFrame({"measure": ["subsidy", "loan"], "plans": [63, 49]})
    >>> share_intervals(used, "plans", 69).round(3)
       measure  plans   n  share  lower  upper
    0  subsidy     63  69  0.913  0.823  0.960
    1     loan     49  69  0.710  0.594  0.804
    """
    check_confidence(confidence)
    query = lazy(frame, "frame")
    require_columns(query, query.collect_schema().names(), reserved=_RESULT)
    check_column(count, "count")
    require_columns(query, [count, base] if isinstance(base, str) else [count])
    table = collect(query)
    bases = table[base] if isinstance(base, str) else pd.Series(base, index=table.index)
    table[count] = whole_counts(table[count], count, lambda row: f"row {row}")
    table["n"] = whole_counts(bases, base if isinstance(base, str) else "base", lambda row: f"row {row}")
    _check_within(table[count], table["n"], count)
    known = (table[count].notna() & table["n"].gt(0)).fillna(value=False).astype(bool)
    n = table["n"].where(known).to_numpy("float64", na_value=np.nan)
    share = table[count].to_numpy("float64", na_value=np.nan) / n
    lower, upper = wilson(share, n, confidence)
    return table.assign(share=share, lower=lower, upper=upper)


def _check_within(counts: pd.Series, bases: pd.Series, name: str) -> None:
    above = (counts > bases).fillna(value=False).astype(bool)
    if above.any():
        row: Any = above.idxmax()
        message = f"{name} is {counts[row]} in row {row}, above its base of {bases[row]}."
        raise InputError(message)
