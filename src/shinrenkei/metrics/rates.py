"""The commercialization rate: plans with confirmed sales among certified plans, with Wilson intervals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal, get_args

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.metrics._counts import COUNTS, Tally, tally_counts
from shinrenkei.metrics._frames import (
    By,
    as_date,
    check_confidence,
    check_whole,
    collect,
    lazy,
    one_of,
)
from shinrenkei.metrics._intervals import remark, wilson
from shinrenkei.metrics._keys import column_names, require_keys, with_plain_keys
from shinrenkei.metrics._marks import carries_mark
from shinrenkei.metrics._plans import HIDDEN, tally_plans

Adjustment = Literal["none", "bonferroni", "sidak"]
Missing = Literal["empty", "skip"]
_RESULT = (*COUNTS, "rate", "lower", "upper", "note")


@carries_mark
def commercialization_rate(
    plans: IntoFrame,
    by: By = None,
    *,
    confidence: float = 0.95,
    as_of: str | dt.date | None = None,
    missing: Missing = "empty",
    adjust: Adjustment = "none",
    small: int = 30,
) -> pd.DataFrame:
    """Return the share of certified plans that reached sales, with its Wilson interval, group by group.

    Parameters
    ----------
    plans : dataframe of pandas, Polars, PyArrow, DuckDB or Dask
        Either a counts table, with whole numbers in ``certified`` and ``commercialized`` (an empty cell is a
        count that is not known), or microdata, a row a plan: ``certified_on`` and ``first_sales_on`` (dates;
        no date of first sales means none yet), or a boolean ``commercialized``.  A counts table is small and
        is read whole; microdata is grouped and counted by the engine that holds it.
    by : str or list of str, optional
        Columns to group by; without it there is one row.  Categories come in the order in which the engine holds
        them, that of an Arrow dictionary as ``Table.to_pandas`` shows it; a Polars Categorical has none but the
        alphabet (an Enum has).
    confidence : float, default 0.95
        Level of the intervals, between 0 and 1.
    as_of : date or ISO text, optional
        Microdata: plans certified later do not count, and sales that began later are not sales yet.
        Counts table: the rows of that date.
    missing : {"empty", "skip"}, default "empty"
        What a count without its partner, or a plan of unknown outcome, does to its group: the rate is empty,
        or the row is left out and the note says so.
    adjust : {"none", "bonferroni", "sidak"}, default "none"
        Widen the intervals so that all of them hold together at the level ``confidence``.  Whether groups differ is
        told by :func:`shinrenkei.compare_rates`.
    small : int, default 30
        Groups with fewer certified plans are called small in their note.

    Returns
    -------
    pandas.DataFrame
        ``by``, ``certified`` and ``commercialized`` (Int64, plans), ``rate``, ``lower``, ``upper`` (0-1),
        ``note``.  In ``attrs``: ``confidence``, ``method``, ``adjustment``, ``comparisons`` (the number of
        intervals), ``interval_confidence`` (the level of each of them) and ``left_out`` (plans by reason).

    Raises
    ------
    InputError
        Where a count is no count, commercialized is above certified, first sales precede certification, or
        cumulative counts that overlap would be added up.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the
    American Statistical Association 22, 209-212.
    Šidák, Z. (1967). Rectangular confidence regions for the means of multivariate normal distributions.
    Journal of the American Statistical Association 62, 626-633. The equations are in
    docs/methods/rates.md.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"certified": [321], "commercialized": [158]})
    >>> commercialization_rate(counts).round(3)
       certified  commercialized   rate  lower  upper note
    0        321             158  0.492  0.438  0.547
    """
    names = column_names(by)
    check_confidence(confidence)
    check_whole("small", small, 0)
    one_of(missing, get_args(Missing), "missing")
    one_of(adjust, get_args(Adjustment), "adjust")
    frame = lazy(plans, "plans")
    require_keys(frame, names, reserved=(*_RESULT, *HIDDEN))
    frame = with_plain_keys(frame, names)
    date = None if as_of is None else as_date(as_of, "as_of")
    skip = missing == "skip"
    left_out: dict[str, int] = {}
    if _holds_counts(frame.collect_schema()):
        tally = tally_counts(collect(frame), names, date, skip_missing=skip)
    else:
        tally, left_out = tally_plans(frame, names, date, skip_missing=skip)
    table, level = _estimate(tally, confidence, adjust, small)
    table.attrs = {
        "confidence": confidence,
        "method": "Wilson",
        "adjustment": adjust,
        "comparisons": int(table["rate"].notna().sum()),
        "interval_confidence": level,
        "left_out": left_out,
    }
    return table


def _estimate(tally: Tally, confidence: float, adjust: Adjustment, small: int) -> tuple[pd.DataFrame, float]:
    """Return the rates with their intervals, and the level of each interval."""
    base, done = (
        counts.to_numpy(dtype=float, na_value=np.nan) for counts in (tally.certified, tally.commercialized)
    )
    known = (base > 0) & ~np.isnan(done)
    level = _interval_level(confidence, int(known.sum()), adjust)
    share = np.where(known, done, np.nan) / np.where(known, base, np.nan)
    lower, upper = np.full(len(base), np.nan), np.full(len(base), np.nan)
    lower[known], upper[known] = wilson(share[known], base[known], level)
    columns: dict[str, Any] = dict(tally.keys)
    columns |= {"certified": tally.certified, "commercialized": tally.commercialized}
    columns |= {"rate": share, "lower": lower, "upper": upper}
    columns["note"] = pd.array(_with_remarks(tally, small), dtype="str")
    return pd.DataFrame(columns), level


def _holds_counts(schema: Mapping[str, Any]) -> bool:
    """Tell counts from microdata: one of both columns holds numbers, the other no dates and no booleans."""
    kinds = [schema[name] for name in COUNTS if name in schema]
    plans = any(kind == other for kind in kinds for other in (nw.Boolean, nw.Date, nw.Datetime))
    return len(kinds) == len(COUNTS) and not plans and any(kind.is_numeric() for kind in kinds)


def _interval_level(confidence: float, comparisons: int, adjust: Adjustment) -> float:
    """Return the level at which each of several intervals must hold for all to hold at ``confidence``."""
    if comparisons < 2 or adjust == "none":
        return confidence
    return 1 - (1 - confidence) / comparisons if adjust == "bonferroni" else confidence ** (1 / comparisons)


def _with_remarks(tally: Tally, small: int) -> list[str]:
    return [
        "; ".join(filter(None, [note, remark(certified, small, "no certified plans")]))
        for certified, note in zip(tally.certified, tally.notes, strict=True)
    ]
