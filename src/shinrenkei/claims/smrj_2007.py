"""The statements of smrj-2007, recomputed."""

from __future__ import annotations

import pandas as pd

from shinrenkei.claims.facts import Recompute, Tables, one, rows, total


def _certified(t: Tables) -> float:
    return one(t, "plan_counts", "certified", as_of="2007-03-31", region="all")


def _commercialized(t: Tables, as_of: str) -> float:
    return one(t, "plan_counts", "commercialized", as_of=as_of, region="all")


def _years_since_the_act(t: Tables) -> float:
    act = pd.Timestamp(rows(t, "indicators", indicator="law_enforced")["period"].iloc[0])
    return (pd.Timestamp("2007-03-31") - act).days / 365.25


def _area_share(area: str) -> Recompute:
    def recompute(t: Tables) -> float:
        return 100 * one(t, "consortium_area", "plans", source_id="smrj-2007", area=area) / _certified(t)

    return recompute


def _wide_area(t: Tables) -> float:
    wide = ["one_partner_elsewhere", "two_or_more_elsewhere"]
    return 100 * total(t, "consortium_area", "plans", source_id="smrj-2007", area=wide) / _certified(t)


def _relationship(t: Tables, cohort: str, relationship: str) -> float:
    return one(t, "partner_relationship", "plans", cohort=cohort, relationship=relationship)


def _growth(relationship: str) -> Recompute:
    return lambda t: _relationship(t, "FY2006", relationship) / _relationship(t, "FY2005", relationship)


def _theme_share(theme: str) -> Recompute:
    def recompute(t: Tables) -> float:
        count = one(t, "academic_themes", "count", theme=theme)
        return 100 * count / total(t, "academic_partners", "count")

    return recompute


def _prior_by_the_years_total(t: Tables) -> float:
    in_year = one(t, "plan_counts", "certified", source_id="doyu-2006", region="all")
    return in_year - _relationship(t, "FY2005", "first_time")


RECOMPUTE: dict[str, Recompute] = {
    "certified-321": lambda t: total(t, "partner_relationship", "plans", cohort=["FY2005", "FY2006"]),
    "certified-two-years": _years_since_the_act,
    "commercialized-within": lambda t: 100 * _commercialized(t, "2007-03-31") / _certified(t),
    "commercialized-grows": lambda t: _commercialized(t, "2007-03-31") - _commercialized(t, "2006-12-31"),
    "area-same": _area_share("same_prefecture"),
    "area-one": _area_share("one_partner_elsewhere"),
    "area-two": _area_share("two_or_more_elsewhere"),
    "area-sums-to-321": lambda t: total(t, "consortium_area", "plans", source_id="smrj-2007"),
    "area-shares-100": lambda t: total(t, "consortium_area", "share_pct", source_id="smrj-2007"),
    "area-wide-60": _wide_area,
    "prior-fy2005": _prior_by_the_years_total,
    "prior-falls": _growth("prior_dealings"),
    "first-time-grows": _growth("first_time"),
    "academic-total": lambda t: total(t, "academic_partners", "count"),
    "academic-formal": lambda t: total(t, "academic_partners", "count", involvement="formal"),
    "academic-cooperation": lambda t: total(t, "academic_partners", "count", involvement="cooperation"),
    "academic-university": lambda t: total(t, "academic_partners", "count", institution="university"),
    "academic-kosetsushi": lambda t: total(
        t, "academic_partners", "count", institution="public_research_institute"
    ),
    "academic-aist": lambda t: total(t, "academic_partners", "count", institution="aist"),
    "theme-daily-life": _theme_share("daily_life"),
    "theme-basic": _theme_share("basic_technology"),
    "theme-environment": _theme_share("environment"),
    "theme-next-generation": _theme_share("next_generation_technology"),
    "theme-order": lambda t: float((t("academic_themes")["share_pct"].diff() > 0).sum()),
    "councils-9": lambda t: float((t("regions")["region"] != "all").sum()),
}
