"""Printed percentages: the counts and the bases behind them, and plain distributions."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.errors import InputError
from shinrenkei.metrics._frames import By, check_whole, collect, lazy, require_columns, whole_counts
from shinrenkei.metrics._keys import column_names, grouped, require_keys, with_plain_keys
from shinrenkei.rounding import counts_behind

_SHARE_RESULT = ("count", "share", "share_pct", "n")


def recover_counts(
    share_pct: Iterable[object], n: int, *, decimals: int = 1, total: int | None = None
) -> pd.DataFrame:
    """Return the whole counts out of ``n`` that a source would print as these percentages.

    A printed 38.0 stands for any percentage from 37.95 up to 38.05.  A percentage on the tie between two
    printed ones belongs to the upper one when halves are rounded up, and to the one with the even last digit
    when halves are rounded to even; sources do not say which they do, so a count may be that of either.

    Parameters
    ----------
    share_pct : iterable of float, str or Decimal
        Percentages as printed (0-100); a missing one stands for a share that is not printed.  The index of a
        pandas Series is kept.
    n : int
        The base of the percentages.
    decimals : int, default 1
        Decimals printed.
    total : int, optional
        The sum the counts are known to have, ``n`` for the answers of a single-answer question: it narrows
        the candidates of each share.

    Returns
    -------
    pandas.DataFrame
        A row a share: ``share_pct``, ``count`` (Int64, empty where several or no counts fit), ``lowest`` and
        ``highest`` count that fits (empty where none does), ``unique``.  In ``attrs``: ``n``, ``total``,
        ``fits`` (each share has a count), ``sums_to_n`` (some choice of counts sums to n) and
        ``jointly_unique`` (only one choice does), as a single-answer question needs it.

    Raises
    ------
    InputError
        Where a share is no percentage of that many decimals, or no choice of counts has the sum ``total``.

    Examples
    --------
    >>> recover_counts([38.0, 34.0, 28.0], n=321)
       share_pct  count  lowest  highest  unique
    0       38.0    122     122      122    True
    1       34.0    109     109      109    True
    2       28.0     90      90       90    True
    """
    check_whole("n", n, 1)
    scaled = _scaled(share_pct, check_whole("decimals", decimals, 0))
    candidates = [_candidates(share, n, decimals) for share in scaled]
    low = np.array([counts.start for counts in candidates], dtype=np.int64)
    high = np.array([counts.stop - 1 for counts in candidates], dtype=np.int64)
    fits = bool((low <= high).all())
    attrs: dict[str, Any] = {"n": n, "total": total, "fits": fits, **_joint(low, high, n)}
    if total is not None:
        low, high = _narrow(low, high, check_whole("total", total, 0), n)
    table = pd.DataFrame({"share_pct": [np.nan if s is None else s / 10**decimals for s in scaled]})
    unique = low == high
    for name, values, shown in (
        ("count", low, unique),
        ("lowest", low, low <= high),
        ("highest", high, low <= high),
    ):
        table[name] = pd.array(values, dtype="Int64")
        table.loc[~shown, name] = pd.NA
    table["unique"] = unique
    if isinstance(share_pct, pd.Series):
        table.index = share_pct.index
    table.attrs.update(attrs)
    return table


def fitting_bases(share_pct: Iterable[object], n_max: int, *, decimals: int = 1, n_min: int = 1) -> list[int]:
    """Return every base from ``n_min`` to ``n_max`` for which each printed percentage has a whole count.

    Parameters
    ----------
    share_pct : iterable of float, str or Decimal
        Percentages as printed (0-100).
    n_max, n_min : int
        Largest and smallest base to try.
    decimals : int, default 1
        Decimals printed.

    Returns
    -------
    list of int
        The bases that fit, in order; see :func:`recover_counts` for the rounding allowed for.

    Examples
    --------
    The shares of four academic themes, printed without their base:

    >>> bases = fitting_bases([14.1, 13.6, 13.6, 12.0], n_max=200)
    >>> bases
    [184, 191]
    """
    check_whole("n_min", n_min, 1)
    check_whole("n_max", n_max, n_min)
    scaled = set(_scaled(share_pct, check_whole("decimals", decimals, 0)))
    return [n for n in range(n_min, n_max + 1) if all(_candidates(share, n, decimals) for share in scaled)]


def share_table(frame: IntoFrame, category: str, count: str | None = None, *, by: By = None) -> pd.DataFrame:
    """Return each category's count and share of its group, from counts or from microdata.

    Parameters
    ----------
    frame : dataframe of pandas, Polars, PyArrow, DuckDB or Dask
        A row a category with its count, in the order to be kept; or, without ``count``, a row an observation.
    category : str
        The column of categories.  A missing category of microdata is a category of its own.
    count : str, optional
        The column of counts (0 or more; empty where not known).
    by : str or list of str, optional
        Columns within whose groups the shares sum to 1.

    Returns
    -------
    pandas.DataFrame
        ``by``, the category, ``count`` (Int64), ``share`` (0-1), ``share_pct`` (0-100, not rounded) and ``n``
        (Int64, the group's sum).  A group with an unknown count has an empty ``n`` and empty shares.
        Microdata come in the order of the categories of a categorical column, otherwise sorted.

    Raises
    ------
    InputError
        Where a count is no count, or a category stands twice in one group.

    Examples
    --------
    >>> import pandas as pd
    >>> members = pd.DataFrame({"relationship": ["prior", "first"], "plans": [29, 40]})
    >>> share_table(members, "relationship", "plans").round(3)
      relationship  count  share  share_pct   n
    0        prior     29   0.42     42.029  69
    1        first     40   0.58     57.971  69
    """
    names = column_names(by)
    if category in names:
        message = f"category={category!r} stands in by as well; the shares of each group would all be 1."
        raise InputError(message)
    query = lazy(frame, "frame")
    require_keys(query, [*names, category], reserved=_SHARE_RESULT)
    query = with_plain_keys(query, [*names, category])
    if count is None:
        table = _count_rows(query, [*names, category])
    else:
        require_columns(query, [count])
        table = _given_counts(query, [*names, category], count)
    group = table.groupby(names, dropna=False, observed=True) if names else table.assign(_=0).groupby("_")
    table["n"] = group["count"].transform(lambda counts: counts.sum(skipna=False)).astype("Int64")
    share = (table["count"].astype("Float64") / table["n"].where(table["n"] > 0)).astype("float64")
    return table.assign(share=share, share_pct=100 * share)[[*names, category, *_SHARE_RESULT]]


def _count_rows(query: nw.LazyFrame[Any], keys: list[str]) -> pd.DataFrame:
    table = collect(grouped(query.select(*keys), keys, [nw.len().alias("count")]), keys)
    return table.astype({"count": "Int64"})


def _given_counts(query: nw.LazyFrame[Any], keys: list[str], count: str) -> pd.DataFrame:
    table = collect(query.select(*keys, nw.col(count).alias("count")))
    table["count"] = whole_counts(table["count"], count, lambda row: f"row {row}")
    twice = table.duplicated(keys)
    if twice.any():
        row: Any = twice.idxmax()
        cell = ", ".join(f"{key}={table.loc[row, key]}" for key in keys)
        message = f"Row {row} gives {cell} a second time; add the column that tells the two apart to by."
        raise InputError(message)
    return table


def _candidates(scaled: int | None, n: int, decimals: int) -> range:
    """Return the counts of ``n`` that print as ``scaled`` units of the last digit, all where it is None."""
    if scaled is None:
        return range(n + 1)
    counts = counts_behind(scaled / 10**decimals, n, decimals)
    # neither rounding takes an upper tie down to an odd digit
    odd_tie = scaled % 2 == 1 and 200 * 10**decimals * (counts.stop - 1) == n * (2 * scaled + 1)
    return counts[:-1] if odd_tie else counts


def _joint(low: np.ndarray, high: np.ndarray, total: int) -> dict[str, bool]:
    """Say whether counts between ``low`` and ``high`` can sum to ``total``, and in one way only."""
    slack, width = total - low.sum(), high - low
    possible = bool((width >= 0).all() and 0 <= slack <= width.sum())
    only = slack == 0 or slack == width.sum() or (width > 0).sum() == 1
    return {"sums_to_n": possible, "jointly_unique": bool(possible and only)}


def _narrow(low: np.ndarray, high: np.ndarray, total: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    if not _joint(low, high, total)["sums_to_n"]:
        message = (
            f"No counts of {n} with these shares sum to {total}; they sum to {low.sum()} to {high.sum()}."
            if (low <= high).all()
            else f"Some share has no count of {n}, so that none sum to {total}."
        )
        raise InputError(message)
    return np.maximum(low, total - (high.sum() - high)), np.minimum(high, total - (low.sum() - low))


def _scaled(share_pct: Iterable[object], decimals: int) -> list[int | None]:
    """Return the shares in units of the last printed digit, None where not printed."""
    if isinstance(share_pct, str) or not isinstance(share_pct, Iterable):
        message = f"share_pct={share_pct!r} is a single value; expected a list of percentages."
        raise InputError(message)
    return [_scaled_one(share, row, decimals) for row, share in enumerate(share_pct)]


def _scaled_one(share: Any, row: int, decimals: int) -> int | None:
    if pd.isna(share):
        return None
    try:
        number = Decimal(str(share)).scaleb(decimals)
        valid = number == int(number) and 0 <= number <= 100 * 10**decimals and not isinstance(share, bool)
    except (InvalidOperation, ValueError, OverflowError):
        valid = False
    if not valid:
        message = f"share_pct[{row}] is {share!r}; expected 0 to 100 with at most {decimals} decimal(s)."
        raise InputError(message)
    return int(number)
