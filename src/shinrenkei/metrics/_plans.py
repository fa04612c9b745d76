"""Plan microdata (a row a plan): which plans count, and which of them reached sales, told by any engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from shinrenkei.errors import InputError
from shinrenkei.metrics._coded import ROWS, coded_sums
from shinrenkei.metrics._counts import Tally, whole
from shinrenkei.metrics._frames import Columns, collect, collect_columns, in_order, refuse_zone
from shinrenkei.metrics._keys import grouped

_UNDATED, _UNKNOWN = "without a certification date", "of unknown certification"
_CAST = "cast text to a type of dates first"
HIDDEN = (ROWS, "__done", "__counted", "__undated", "__early", "__unknown")
"""Columns that the query makes for itself, whose names no key can have."""


@dataclass(frozen=True)
class PlanColumns:
    """The columns of a plan table that say when a plan was certified and when, or whether, it had sales."""

    certified: str | None
    outcome: str
    certified_is_date: bool
    outcome_is_date: bool


def plan_columns(plans: nw.LazyFrame[Any]) -> PlanColumns:
    """Find the columns of certification and first sales by name and type, or say what is missing."""
    schema = plans.collect_schema()
    certified = _find(plans, ("certified_on", "certified"))
    outcome = _find(plans, ("first_sales_on", "commercialized"))
    if outcome is None:
        message = (
            "plans has neither counts (certified, commercialized) nor a row a plan (certified_on with "
            f"first_sales_on, or a boolean commercialized); its columns are: {', '.join(schema)}."
        )
        raise InputError(message)
    return PlanColumns(certified, outcome, _is_date(schema, certified), _is_date(schema, outcome))


def _find(plans: nw.LazyFrame[Any], names: Sequence[str]) -> str | None:
    schema = plans.collect_schema()
    for name in names:
        if name in schema:
            if not (_is_date(schema, name) or schema[name] == nw.Boolean or schema[name] == nw.Unknown):
                how = "pandas.to_datetime makes them from text" if plans.implementation.is_pandas() else _CAST
                hint = f" ({how})" if schema[name] == nw.String else ""
                message = f"Column {name!r} holds {schema[name]}; expected dates{hint} or true and false."
                raise InputError(message)
            refuse_zone(name, schema[name])
            return name
    return None


def _is_date(schema: Mapping[str, Any], name: str | None) -> bool:
    return name is not None and (schema[name] == nw.Date or schema[name] == nw.Datetime)


def tally_plans(
    plans: nw.LazyFrame[Any], by: Sequence[str], as_of: dt.date | None, *, skip_missing: bool
) -> tuple[Tally, dict[str, int]]:
    """Return the plans counted by group, and the plans left out by reason.

    One query does it all: the counts and the checks are sums of flags within the groups.
    """
    schema = plans.collect_schema()
    columns = plan_columns(plans)
    if as_of is not None and not columns.outcome_is_date:
        message = f"as_of needs a date of first sales; {columns.outcome!r} only says whether there were any."
        raise InputError(message)
    flags = _flags(columns, schema, as_of)
    totals = {name: flag.sum() for name, flag in flags.items()}
    if "unknown" in flags and columns.certified is None:
        if _known_whole(plans, columns.outcome):
            del totals["unknown"]
        else:
            # an engine need not look at each row
            totals["unknown"] = nw.len() - nw.col(columns.outcome).count()
    sums = _sum_flags(plans, by, _hidden(flags), _hidden(totals))
    counts = {name: np.asarray(sums[f"__{name}"], dtype="int64") for name in flags if f"__{name}" in sums}
    rows = np.asarray(sums[ROWS], dtype="int64")
    nothing = np.zeros_like(rows)
    undated, unknown, early = (counts.get(name, nothing) for name in ("undated", "unknown", "early"))
    if early.any():
        raise early_sales(plans, columns, int(early.sum()))
    certified = counts.get("counted", rows)
    uncertain = _UNDATED if columns.certified_is_date else _UNKNOWN
    tally = Tally(
        {name: sums[name] for name in by},
        whole(certified - unknown if skip_missing else certified),
        whole(counts["done"], nothing > 0 if skip_missing else unknown > 0),
        _notes(undated, unknown, uncertain, skip_missing=skip_missing),
    )
    left_out = {
        uncertain: undated.sum(),
        "certified after as_of" if columns.certified_is_date else "not certified": (
            rows - certified - undated
        ).sum(),
    }
    return tally, {reason: int(count) for reason, count in left_out.items() if count}


def _known_whole(plans: nw.LazyFrame[Any], name: str) -> bool:
    """Whether the engine holds it ready that no value of a column is missing, as Polars does for what it stores."""
    if not plans.implementation.is_polars():
        return False
    stored = plans.to_native().explain(optimized=False).startswith(("DF [", "Parquet SCAN"))
    return stored and not plans.select(nw.col(name).null_count()).collect().item()


def _hidden(expressions: Mapping[str, nw.Expr]) -> dict[str, nw.Expr]:
    """Return the expressions by names that no column of plans has."""
    return {f"__{name}": expression for name, expression in expressions.items()}


def _sum_flags(
    plans: nw.LazyFrame[Any], by: Sequence[str], flags: Mapping[str, nw.Expr], totals: Mapping[str, nw.Expr]
) -> Columns:
    """Add up the flags by group, in the engine or, where the rows are in memory as they are, by coded keys."""
    if not by or plans.implementation.is_polars() or plans.implementation.is_duckdb():
        sums = [nw.len().alias(ROWS), *(total.alias(name) for name, total in totals.items())]
        return collect_columns(grouped(plans, by, sums) if by else plans.select(*sums), by)
    chosen = plans.select(*by, **flags)
    if plans.implementation.is_pandas() or plans.implementation.is_pyarrow():
        table = coded_sums(chosen.collect(), by, list(flags))
        if table is not None:
            return in_order(table, chosen.collect_schema(), by)
    sums = [nw.len().alias(ROWS), *(nw.col(name).sum() for name in flags)]
    return collect_columns(grouped(chosen, by, sums), by)


def _flags(columns: PlanColumns, schema: Mapping[str, Any], as_of: dt.date | None) -> dict[str, nw.Expr]:
    """Return the boolean columns whose sums are the counts: done, counted, undated, early, unknown."""
    flags: dict[str, nw.Expr] = {}
    certified = nw.col(columns.certified) if columns.certified else None
    outcome = nw.col(columns.outcome)
    counted = None
    if certified is not None:
        counted = ~certified.is_null() if columns.certified_is_date else certified
        flags["undated"] = certified.is_null()
        if as_of is not None:
            counted = counted & by_date(certified, schema[str(columns.certified)], as_of)
        flags["counted"] = counted
    if columns.outcome_is_date:
        done = ~outcome.is_null()
        if as_of is not None:
            done = done & by_date(outcome, schema[columns.outcome], as_of)
        if certified is not None and columns.certified_is_date:
            flags["early"] = sold_early(columns, schema)
    else:
        done = outcome
        unknown = outcome.is_null()
        flags["unknown"] = unknown if counted is None else unknown & counted
    flags["done"] = done if counted is None else done & counted
    return flags


def by_date(column: nw.Expr, dtype: Any, as_of: dt.date) -> nw.Expr:
    """Return whether a date, or any time of that day, lies on or before ``as_of``."""
    if dtype == nw.Date:
        return column <= nw.lit(as_of)
    return column < nw.lit(dt.datetime.combine(as_of, dt.time.min) + dt.timedelta(days=1))


def sold_early(columns: PlanColumns, schema: Mapping[str, Any]) -> nw.Expr:
    """Return whether first sales precede certification, which some engines cannot tell of a date and a time."""
    dates = [columns.outcome, str(columns.certified)]
    outcome, certified = (nw.col(name) for name in dates)
    if len({bool(schema[name] == nw.Date) for name in dates}) > 1:
        outcome, certified = (column.cast(nw.Datetime("us")) for column in (outcome, certified))
    return outcome < certified


def refuse_early_sales(plans: nw.LazyFrame[Any], columns: PlanColumns) -> None:
    """Refuse plans whose first sales precede their certification, whatever the day about which is asked."""
    early = plans.filter(sold_early(columns, plans.collect_schema())).select(nw.len().alias("n"))
    count = int(collect(early)["n"].iloc[0])
    if count:
        raise early_sales(plans, columns, count)


def early_sales(plans: nw.LazyFrame[Any], columns: PlanColumns, count: int) -> InputError:
    """Return the error for plans whose first sales precede their certification, naming the first one."""
    early = plans.filter(sold_early(columns, plans.collect_schema()))
    row = collect(early.head(1)).iloc[0]
    name = f"plan {row['plan_id']}: " if "plan_id" in row.index else ""
    return InputError(
        f"{count} plan(s) have {columns.outcome} before {columns.certified} ({name}"
        f"{row[columns.outcome]:%Y-%m-%d} before {row[str(columns.certified)]:%Y-%m-%d}); "
        "correct the dates, or leave those rows out."
    )


def _notes(undated: np.ndarray, unknown: np.ndarray, uncertain: str, *, skip_missing: bool) -> list[str]:
    text = "plan(s) of unknown outcome" + (" left out" if skip_missing else "")
    pairs = zip(undated.tolist(), unknown.tolist(), strict=True)
    return [
        "; ".join([f"{a} plan(s) {uncertain} left out"] * bool(a) + [f"{b} {text}"] * bool(b))
        for a, b in pairs
    ]
