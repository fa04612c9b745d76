"""The statements of iguren-2004, recomputed."""

from __future__ import annotations

import pandas as pd

from shinrenkei.claims.facts import Recompute, Tables, one, rows

_WITH_WEEKDAY = ("01", "03", "04", "05", "07", "08", "09", "10", "13", "14", "15", "16", "17")
_SALON = "iguren-17"


def _date(t: Tables, number: str, column: str = "date") -> pd.Timestamp:
    return rows(t, "activities", activity_id=f"iguren-{number}")[column].iloc[0]


def _weekday(number: str) -> Recompute:
    return lambda t: _date(t, number).isoweekday()


def _hours(clock: pd.Series) -> pd.Series:
    return pd.to_timedelta(clock.astype("str")).dt.total_seconds() / 3600


def _schedule(t: Tables) -> pd.Series:
    return _hours(rows(t, "activity_agenda", activity_id=_SALON).sort_values("order")["start_time"])


def _indicator(t: Tables, name: str) -> float:
    return one(t, "indicators", "value", indicator=name, source_id="iguren-2004")


def _grant_share_of_budget(t: Tables) -> float:
    return 100 * 10_000 * _indicator(t, "consortium_grant") / _indicator(t, "network_project_budget")


def _earlier_meetings_in_kannai(t: Tables) -> float:
    first = rows(t, "activities", activity_id="iguren-07")
    dates = rows(t, "activities", project=first["project"].iloc[0])["date"]
    return float(((dates.dt.year == _date(t, "07").year) & (dates < _date(t, "07"))).sum())


def _attended_less_organizations(t: Tables) -> float:
    agenda = rows(t, "activity_agenda", activity_id="iguren-09")
    return one(t, "activities", "attendance", activity_id="iguren-09") - agenda["organization"].nunique()


def _inferred_year(t: Tables) -> float:
    """Return the year of the dates without a printed one; it is an error for them to have several."""
    table = t("activities")
    (year,) = table.loc[~table["activity_id"].isin([_SALON, "iguren-16"]), "date"].dropna().dt.year.unique()
    return float(year)


RECOMPUTE: dict[str, Recompute] = {
    "consortium-fields-5": lambda t: float(t("network_projects")["field"].notna().sum()),
    "functions-last": lambda t: len(t("network_functions")),
    "grant-within-budget": _grant_share_of_budget,
    "manten-grows": lambda t: _indicator(t, "manten_firms_target") / _indicator(t, "manten_firms_at_start"),
    "subsidy-seminars-order": lambda t: (_date(t, "04") - _date(t, "03")).days,
    "kannai-first": _earlier_meetings_in_kannai,
    "korea-attendance": _attended_less_organizations,
    "exhibition-days": lambda t: (_date(t, "11", "end_date") - _date(t, "11")).days + 1,
    "salon-year": _inferred_year,
    "salon-tour": lambda t: float(_schedule(t).iloc[0]),
    "salon-start": lambda t: float(_schedule(t).iloc[1]),
    "salon-end": lambda t: float(_schedule(t).iloc[-1]),
    "salon-agenda-order": lambda t: float((_schedule(t).diff() <= 0).sum()),
    "salon-new": lambda t: len(rows(t, "network_projects", status="new")),
} | {f"weekday-{number}": _weekday(number) for number in _WITH_WEEKDAY}
