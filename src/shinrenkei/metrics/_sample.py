"""The rows a model is fitted to: a row a plan, or a row a plan and period."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from shinrenkei.errors import InputError
from shinrenkei.metrics._frames import check_whole, collect
from shinrenkei.metrics._keys import require_keys
from shinrenkei.metrics._plans import PlanColumns, plan_columns, refuse_early_sales
from shinrenkei.metrics.survival import days_and_event, days_followed


@dataclass(frozen=True)
class Sample:
    """The rows to be fitted: a row a plan, or a plan and period, and what was left out by reason."""

    rows: pd.DataFrame
    left_out: dict[str, int]


def plan_rows(
    plans: nw.LazyFrame[Any], covariates: list[str], as_of: dt.date | None, cluster: str | None
) -> Sample:
    """Return a row a plan with ``plan`` (its number) and ``outcome``.

    With ``as_of`` also with ``days`` to first sales or ``as_of``, and the days ``followed`` to ``as_of`` in any case.
    """
    extra = [cluster] if cluster and cluster not in covariates else []
    reserved = ("outcome", "days", "followed", "plan", "period", "certified")
    require_keys(plans, [*covariates, *extra], reserved=reserved)
    schema = plans.collect_schema()
    columns = plan_columns(plans)
    for name in covariates:
        if schema[name].is_temporal():
            message = (
                f"Covariate {name!r} holds {schema[name]}; expected numbers, true and false, or categories."
            )
            raise InputError(message)
    if as_of is None:
        return _certified_rows(plans, columns, [*covariates, *extra])
    days, event = days_and_event(columns, schema, as_of)
    followed = days_followed(columns, schema, as_of)
    rows = collect(plans.select(*covariates, *extra, days=days, followed=followed, outcome=event))
    refuse_early_sales(plans, columns)
    late = (
        rows["days"].lt(0).fillna(value=False).astype(bool)
    )  # missing where the engine says so of unknown days
    reasons = {
        "without a certification date": rows["days"].isna(),
        "certified after as_of": late,
    }
    return _complete(rows, reasons, [*covariates, *extra])


def _certified_rows(plans: nw.LazyFrame[Any], columns: PlanColumns, needed: list[str]) -> Sample:
    """Return the plans that were certified at all, with whether there have been any sales."""
    outcome, certified = nw.col(columns.outcome), nw.lit(value=True)
    if columns.certified:
        certified = nw.col(columns.certified)
        certified = ~certified.is_null() if columns.certified_is_date else certified
    if columns.certified_is_date and columns.outcome_is_date:
        refuse_early_sales(plans, columns)
    outcome = ~outcome.is_null() if columns.outcome_is_date else outcome
    rows = collect(plans.select(*needed, outcome=outcome, certified=certified))
    known = rows["certified"].fillna(value=False).astype(bool)
    reasons = {
        "of unknown certification": rows["certified"].isna(),
        "without a certification date" if columns.certified_is_date else "not certified": ~known,
        "of unknown outcome": rows["outcome"].isna(),
    }
    return _complete(rows.drop(columns="certified"), reasons, needed)


def _complete(rows: pd.DataFrame, reasons: dict[str, pd.Series], needed: list[str]) -> Sample:
    """Leave out the rows for which a reason holds or a covariate is missing, each for its first reason."""
    reasons = {**reasons, **{f"without {name}": rows[name].isna() for name in needed}}
    out = pd.Series(False, index=rows.index)
    counts: dict[str, int] = {}
    for reason, holds in reasons.items():
        counts[reason] = int((holds & ~out).sum())
        out |= holds
    kept = rows[~out].reset_index(drop=True).assign(plan=np.arange(int((~out).sum())))
    return Sample(kept, {reason: count for reason, count in counts.items() if count})


def plan_periods(sample: Sample, period: int) -> Sample:
    """Return a row a plan and period that ended by ``as_of``, up to the one in which the plan had its first sales.

    A period that ``as_of`` cuts off counts for no plan: to keep those of its plans that had sales already, and not
    those that may yet have them, would make young plans look quick.
    """
    check_whole("period", period, 1)
    rows, left_out = sample.rows, dict(sample.left_out)
    event = rows["outcome"].to_numpy(dtype=bool)
    if len(event) and not event.any():
        message = f"No plan of the {len(event)} followed has sales by as_of; there is nothing to explain."
        raise InputError(message)
    sold_in = rows["days"].to_numpy(dtype=int) // period
    ended = (rows["followed"].to_numpy(dtype=int) + 1) // period  # the day of certification is day 0
    seen = event & (sold_in < ended)
    length = np.where(seen, sold_in + 1, ended)
    counts = {
        "followed for less than one period": ended == 0,
        "first sales in a period that as_of cuts off": event & ~seen & (ended > 0),
    }
    left_out |= {reason: int(held.sum()) for reason, held in counts.items() if held.any()}
    long = rows.loc[rows.index.repeat(length)].reset_index(drop=True)
    start = np.cumsum(length) - length
    long["period"] = np.arange(len(long)) - np.repeat(start, length)
    long["outcome"] = np.repeat(seen, length) & (long["period"] == np.repeat(sold_in, length)).to_numpy()
    # a period in which none or all of the plans had sales has an infinite baseline and says nothing else
    hazard = long.groupby("period")["outcome"].transform("mean")
    said = hazard.gt(0) & hazard.lt(1)
    if not said.all():
        left_out["plan-periods in which none or all had sales"] = int((~said).sum())
    return Sample(long[said].reset_index(drop=True), left_out)
