"""Time from certification to first sales: Kaplan-Meier curves, medians and the log-rank test."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal, get_args

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.errors import InputError
from shinrenkei.metrics._frames import (
    By,
    as_date,
    check_confidence,
    check_whole,
    collect,
    lazy,
    one_of,
)
from shinrenkei.metrics._intervals import Floats, remark
from shinrenkei.metrics._keys import column_names, grouped, require_keys, with_plain_keys
from shinrenkei.metrics._marks import carries_mark
from shinrenkei.metrics._plans import PlanColumns, by_date, plan_columns, refuse_early_sales

Interval = Literal["log-log", "greenwood"]
_CURVE = ("days", "at_risk", "commercialized", "censored", "not_yet", "std_error", "share", "lower", "upper")
_SUMMARY = ("plans", "commercialized", "median_days", "median_lower", "median_upper", "note")


@dataclass(frozen=True)
class _Curve:
    """A Kaplan-Meier estimate at T days.

    Attributes
    ----------
    days, at_risk, events, censored : array of float, shape (T,)
        The days on which something happened, and the plans to which it did.
    surviving, std_error, lower, upper : array of float, shape (T,)
        The share without sales (0-1), Greenwood's standard error of it, and the ends of its interval.
    least : array of float, shape (T,)
        The exact lower end where no plan has sales yet: of as many plans as were followed so long.
    """

    days: Floats
    at_risk: Floats
    events: Floats
    censored: Floats
    surviving: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    least: Floats


@carries_mark
def commercialization_curve(
    plans: IntoFrame,
    by: By = None,
    *,
    as_of: str | dt.date,
    confidence: float = 0.95,
    interval: Interval = "log-log",
    small: int = 30,
) -> pd.DataFrame:
    """Return the share of plans with first sales by days since certification, group by group.

    A plan without sales by ``as_of`` is censored on that day, so that young plans, which have had less time,
    pull no rate down (Kaplan and Meier).

    Parameters
    ----------
    plans : dataframe of pandas, Polars, PyArrow, DuckDB or Dask
        A row a plan: ``certified_on`` and ``first_sales_on`` (dates; no date means no sales yet).
    by : str or list of str, optional
        Columns to group by, categories in the order that :func:`commercialization_rate` gives them.
    as_of : date or ISO text
        The last day about which the table knows.  Plans certified later do not count.
    confidence : float, default 0.95
        Level of the intervals.
    interval : {"log-log", "greenwood"}, default "log-log"
        Pointwise intervals on the scale of log(-log S), or symmetric ones by Greenwood's formula, cut at 0
        and 1.  Before the first sales, where both have no width, the upper end is the exact one of 0 in so many plans.
    small : int, default 30
        Groups with fewer plans are called small in their note.

    Returns
    -------
    pandas.DataFrame
        A row a group and day on which something happened, from day 0: ``by``, ``days``, ``at_risk``,
        ``commercialized`` and ``censored`` (Int64, plans), ``not_yet`` (the share without sales, 0-1) with
        its ``std_error``, ``share`` = 1 - ``not_yet`` with ``lower`` and ``upper``; where
        ``share`` is 1 Greenwood's formula divides by 0, and ``std_error`` and the interval are empty.
        In ``attrs``: ``as_of``, ``confidence``, ``interval``, ``left_out`` (plans by reason), ``summary`` (a
        dict a group: the keys, ``plans``, ``commercialized``, ``median_days`` with ``median_lower`` and
        ``median_upper``, None where not reached, ``note``) and ``log_rank`` (``statistic``, ``df``,
        ``p_value``; None where there is nothing to compare, and ``notes`` says why).

    Raises
    ------
    InputError
        Where the dates of certification or first sales are missing as columns, sales precede certification,
        or no plan was certified by ``as_of``.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). Nonparametric estimation from incomplete observations. Journal of the
    American Statistical Association 53, 457-481.
    Kalbfleisch, J. D. and Prentice, R. L. (2002). The Statistical Analysis of Failure Time Data, 2nd ed.,
    section 1.4 (eq. 1.12 and the log-log interval).
    Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of the
    binomial. Biometrika 26, 404-413 (before the first sales).
    Brookmeyer, R. and Crowley, J. (1982). A confidence interval for the median survival time. Biometrics 38,
    29-41.
    Peto, R. and Peto, J. (1972). Asymptotically efficient rank invariant test procedures. Journal of the
    Royal Statistical Society A 135, 185-207. The equations are in
    docs/methods/time.md.

    Examples
    --------
    >>> import pandas as pd
    >>> plans = pd.DataFrame({
    ...     "certified_on": pd.to_datetime(["2005-09-01"] * 4),
    ...     "first_sales_on": pd.to_datetime(["2005-09-11", "2005-09-21", "NaT", "2005-10-01"]),
    ... })
    >>> curve = commercialization_curve(plans, as_of="2005-09-26")
    >>> curve[["days", "at_risk", "commercialized", "censored", "share"]]
       days  at_risk  commercialized  censored  share
    0     0        4               0         0   0.00
    1    10        4               1         0   0.25
    2    20        3               1         0   0.50
    3    25        2               0         2   0.50
    >>> curve.attrs["summary"][0]["median_days"]
    20
    """
    names = column_names(by)
    check_confidence(confidence)
    check_whole("small", small, 0)
    one_of(interval, get_args(Interval), "interval")
    frame = lazy(plans, "plans")
    require_keys(frame, names, reserved=(*_CURVE, *_SUMMARY, "event"))
    frame = with_plain_keys(frame, names)
    date = as_date(as_of, "as_of")
    times, left_out = plan_times(frame, names, date)
    groups = list(times.groupby(names, dropna=False, observed=True)) if names else [((), times)]
    curves = [(key, _kaplan_meier(group, confidence, interval)) for key, group in groups]
    table = pd.concat([_lay_out(names, key, curve) for key, curve in curves], ignore_index=True)
    table = table.astype({name: times[name].dtype for name in names})
    table.attrs = {
        "as_of": date.isoformat(),
        "confidence": confidence,
        "interval": interval,
        "left_out": left_out,
        "summary": [_summary(names, key, curve, small) for key, curve in curves],
        "log_rank": _log_rank(times.dropna(subset=names), names),
    }
    table.attrs["notes"] = _notes(table.attrs["log_rank"], times, names)
    return table


def _notes(test: dict[str, Any] | None, times: pd.DataFrame, by: list[str]) -> list[str]:
    """Say why there is no test of groups that were asked for."""
    if test is not None or not by:
        return []
    if not times["event"].any():
        return ["no log-rank test: no plan has sales by then"]
    if len(times.dropna(subset=by).groupby(by, observed=True)) < 2:
        return ["no log-rank test: there are no two groups with plans to compare"]
    return [
        "no log-rank test: on each day with sales those still followed were of one group, or all had theirs"
    ]


def plan_times(
    plans: nw.LazyFrame[Any], by: list[str], as_of: dt.date
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return days to first sales or ``as_of``, counted by the engine, and the plans left out by reason.

    The table has a row for each ``by``, ``days`` and ``event`` (bool), with ``plans`` (int).
    """
    schema = plans.collect_schema()
    columns = plan_columns(plans)
    days, event = days_and_event(columns, schema, as_of)
    refuse_early_sales(plans, columns)
    rows = plans.select(*by, days=days, event=event)
    table = collect(grouped(rows, [*by, "days", "event"], [nw.len().alias("plans")]), [*by, "days"])
    undated, late = table["days"].isna(), table["days"] < 0
    left_out = {"without a certification date": undated, "certified after as_of": late}
    counts = {reason: int(table.loc[rows, "plans"].sum()) for reason, rows in left_out.items()}
    kept = table[~undated & ~late].astype({"days": "int64", "event": bool, "plans": "int64"})
    if kept.empty:
        message = f"No plan was certified by as_of={as_of}; there is nothing to follow."
        raise InputError(message)
    return kept, {reason: count for reason, count in counts.items() if count}


def days_and_event(columns: PlanColumns, schema: Any, as_of: dt.date) -> tuple[nw.Expr, nw.Expr]:
    """Return the days a plan was followed, negative if certified later, and whether they ended in sales."""
    if not (columns.certified_is_date and columns.outcome_is_date and columns.certified):
        message = "Time to first sales needs the dates of both, certified_on and first_sales_on."
        raise InputError(message)
    outcome = nw.col(columns.outcome)
    event = ~outcome.is_null() & by_date(outcome, schema[columns.outcome], as_of)
    end = nw.when(event).then(_midnight(outcome, schema[columns.outcome])).otherwise(_day(as_of))
    return _days_since_certified(end, columns, schema), event


def days_followed(columns: PlanColumns, schema: Any, as_of: dt.date) -> nw.Expr:
    """Return the days from certification to ``as_of``, whether the plan has sales or not."""
    return _days_since_certified(_day(as_of), columns, schema)


def _days_since_certified(end: nw.Expr, columns: PlanColumns, schema: Any) -> nw.Expr:
    length = end - _midnight(nw.col(str(columns.certified)), schema[str(columns.certified)])
    return length.dt.total_minutes() // (24 * 60)


def _day(date: dt.date) -> nw.Expr:
    return nw.lit(dt.datetime.combine(date, dt.time.min)).cast(nw.Datetime("us"))


def _midnight(column: nw.Expr, dtype: Any) -> nw.Expr:
    return (column if dtype == nw.Date else column.dt.truncate("1d")).cast(nw.Datetime("us"))


def _normal_quantile(confidence: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf((1 + confidence) / 2))


def _counts(times: pd.DataFrame) -> pd.DataFrame:
    """Return plans with and without sales by day, from day 0."""
    wide = times.pivot_table(index="days", columns="event", values="plans", aggfunc="sum", fill_value=0)
    wide = wide.reindex(columns=[True, False], fill_value=0)
    return wide.reindex(wide.index.union([0]), fill_value=0).sort_index()


def _kaplan_meier(times: pd.DataFrame, confidence: float, interval: Interval) -> _Curve:
    z = _normal_quantile(confidence)
    counts = _counts(times)
    events, censored = (counts[column].to_numpy(dtype=float) for column in (True, False))
    at_risk = (events + censored)[::-1].cumsum()[::-1]
    surviving = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
        std_error = surviving * np.sqrt(greenwood)
        if interval == "greenwood":
            lower, upper = surviving - z * std_error, surviving + z * std_error
        else:
            width = z * np.sqrt(greenwood) / np.log(surviving)
            lower, upper = surviving ** np.exp(-width), surviving ** np.exp(width)
    lower, upper = (np.where(surviving < 1, np.clip(end, 0, 1), 1.0) for end in (lower, upper))
    least = ((1 - confidence) / 2) ** (1 / at_risk)
    days = counts.index.to_numpy(dtype=float)
    return _Curve(days, at_risk, events, censored, surviving, std_error, lower, upper, least)


def _lay_out(by: list[str], key: Any, curve: _Curve) -> pd.DataFrame:
    columns = {
        "days": curve.days,
        "at_risk": curve.at_risk,
        "commercialized": curve.events,
        "censored": curve.censored,
        "not_yet": curve.surviving,
        "std_error": curve.std_error,
        "share": 1 - curve.surviving,
        "lower": 1 - curve.upper,
        "upper": 1 - np.where(curve.surviving < 1, curve.lower, curve.least),
    }
    table = pd.DataFrame(columns).astype(dict.fromkeys(_CURVE[:4], "Int64"))
    for place, (name, value) in enumerate(zip(by, key, strict=True)):
        table.insert(place, name, value)
    return table


def _summary(by: list[str], key: Any, curve: _Curve, small: int) -> dict[str, Any]:
    plans, events = int(curve.at_risk[0]), int(curve.events.sum())
    median = _first_day(curve.days, curve.surviving)
    notes = [
        remark(plans, small, ""),
        "" if events else "no sales by then",
        "" if median is not None else _UNREACHED,
    ]
    return {
        **dict(zip(by, key, strict=True)),
        "plans": plans,
        "commercialized": events,
        "median_days": median,
        "median_lower": _first_day(curve.days, curve.lower),
        "median_upper": _first_day(curve.days, curve.upper),
        "note": "; ".join(filter(None, notes)),
    }


_UNREACHED = "median not reached"


def _first_day(days: Floats, shares: Floats) -> int | None:
    """Return the first day on which at most half are without sales."""
    reached = np.flatnonzero(shares <= 0.5 + 1e-12)
    return int(days[reached[0]]) if len(reached) else None


def _log_rank(times: pd.DataFrame, by: list[str]) -> dict[str, Any] | None:
    """Test whether the known groups have the same curve: observed less expected sales, day by day."""
    if not by or not times["event"].any():
        return None
    grouped = times.assign(group=times.groupby(by, observed=True, sort=True).ngroup())
    days = np.unique(times["days"])
    events, left = (
        rows.pivot_table(index="days", columns="group", values="plans", aggfunc="sum")
        .reindex(index=days, columns=range(grouped["group"].max() + 1))
        .fillna(0)
        .to_numpy(dtype=float)
        for rows in (grouped[grouped["event"]], grouped)
    )
    at_risk = left[::-1].cumsum(axis=0)[::-1]
    happened = events.sum(axis=1) > 0
    statistic, df = _log_rank_statistic(events[happened], at_risk[happened])
    if df == 0:
        return None
    from scipy.stats import chi2

    return {"method": "log-rank", "statistic": statistic, "df": df, "p_value": float(chi2.sf(statistic, df))}


def _log_rank_statistic(events: Floats, at_risk: Floats) -> tuple[float, int]:
    """Return the statistic and its degrees of freedom from arrays of shape (days, groups)."""
    total, sales = at_risk.sum(axis=1), events.sum(axis=1)
    share = at_risk / total[:, None]
    difference = (events - sales[:, None] * share).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(total > 1, sales * (total - sales) / (total - 1), 0.0)
    covariance = np.diag(factor @ share) - (share.T * factor) @ share
    df = difference.size - _unconnected(share[factor > 0] > 0)
    scales, axes = np.linalg.eigh(
        covariance
    )  # as many of them are zero, but for rounding, as df is short of groups
    along = (difference @ axes)[difference.size - df :]
    return float(np.sum(along * along / scales[difference.size - df :])), df


def _unconnected(followed: np.ndarray) -> int:
    """Return into how many sets groups fall that are never followed on one day (days, groups; bool)."""
    from scipy.sparse.csgraph import connected_components

    together = followed.T.astype(np.int64) @ followed
    return int(connected_components(together, directed=False)[0])
