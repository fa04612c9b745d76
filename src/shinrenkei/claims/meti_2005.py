"""The statements of meti-2005, recomputed."""

from __future__ import annotations

from shinrenkei.claims.facts import Recompute, Tables, one, total


def _plans(t: Tables) -> float:
    return one(t, "plan_counts", "certified", as_of="2005-09-16", region="all")


def _with_finance(t: Tables) -> float:
    return total(t, "finance_sources", "plans") - one(
        t, "finance_sources", "plans", government=False, private=False
    )


def _measure(t: Tables, *measures: str) -> list[float]:
    return [one(t, "support_measures", "plans", measure=measure) for measure in measures]


def _subsidy_and_loans_over_others(t: Tables) -> float:
    first = _measure(t, "commercialization_subsidy", "government_loan")
    others = _measure(t, "investment_tax_break", "credit_guarantee", "patent_fee_cut")
    return min(first) / max(others)


def _first_time_over_prior(t: Tables) -> float:
    first = one(t, "partner_relationship", "plans", cohort="2005-09-16", relationship="first_time")
    return first / one(t, "partner_relationship", "plans", cohort="2005-09-16", relationship="prior_dealings")


def _three_to_six_members(t: Tables) -> float:
    table = t("consortium_members")
    chosen = table["members_min"].ge(3) & table["members_max"].le(6).fillna(value=False)
    return 100 * float(table.loc[chosen, "plans"].sum()) / float(table["plans"].sum())


def _firms_outside(t: Tables, *, most: int | None = None, least: int | None = None) -> float:
    table = t("core_firm_employees")
    chosen = table["upper"].le(most) if most is not None else table["lower"].gt(least)
    return float(table.loc[chosen.fillna(value=False), "firms"].sum())


def _small(t: Tables) -> float:
    return _firms_outside(t, most=int(one(t, "indicators", "value", indicator="core_firm_employees_small")))


def _large(t: Tables) -> float:
    return _firms_outside(t, least=int(one(t, "indicators", "value", indicator="core_firm_employees_large")))


def _unsecured(t: Tables) -> float:
    return (
        100
        * one(t, "loan_security", "loans", collateral=False, guarantor=False)
        / total(t, "loan_security", "loans")
    )


def _same_prefecture(t: Tables) -> float:
    same = one(t, "consortium_area", "plans", source_id="meti-2005", area="same_prefecture")
    return 100 * same / total(t, "consortium_area", "plans", source_id="meti-2005")


def _selected_share(t: Tables) -> float:
    selected = one(t, "support_measures", "selected", measure="commercialization_subsidy")
    return 100 * selected / _measure(t, "commercialization_subsidy")[0]


RECOMPUTE: dict[str, Recompute] = {
    "certified-0916": lambda t: total(t, "core_firm_capital", "firms"),
    "certified-1003": lambda t: _plans(t) + one(t, "indicators", "value", indicator="plans_added"),
    "added-32": lambda t: one(t, "plan_counts", "certified", as_of="2005-10-03", region="all") - _plans(t),
    "capital-total": lambda t: total(t, "core_firm_capital", "firms"),
    "employees-total": lambda t: total(t, "core_firm_employees", "firms"),
    "employees-small": _small,
    "employees-large": _large,
    "relationship-total": lambda t: total(t, "partner_relationship", "plans", cohort="2005-09-16"),
    "relationship-first-time-more": _first_time_over_prior,
    "members-total": lambda t: total(t, "consortium_members", "plans"),
    "members-3-to-6": _three_to_six_members,
    "area-total": lambda t: total(t, "consortium_area", "plans", source_id="meti-2005"),
    "area-half-and-half": _same_prefecture,
    "agreements-all": lambda t: _plans(t),
    "agreements-within-plans": lambda t: 100 * float(t("consortium_agreements")["plans"].max()) / _plans(t),
    "subsidy-selected-within": _selected_share,
    "measures-subsidy-and-loans-common": _subsidy_and_loans_over_others,
    "measures-subsidy-share": lambda t: 100 * _measure(t, "commercialization_subsidy")[0] / _plans(t),
    "measures-loans-share": lambda t: 100 * _measure(t, "government_loan")[0] / _plans(t),
    "government-loans-agree": lambda t: total(t, "finance_sources", "plans", government=True),
    "finance-total": lambda t: total(t, "finance_sources", "plans"),
    "finance-none": lambda t: _plans(t) - total(t, "loan_recipients", "plans"),
    "finance-private-many": lambda t: 100 * total(t, "finance_sources", "plans", private=True) / _plans(t),
    "loans-recipients-total": lambda t: total(t, "loan_recipients", "plans") - _with_finance(t),
    "loans-partner-wide": lambda t: (
        100
        * total(t, "loan_recipients", "plans", recipient=["core_and_partner", "partner_only"])
        / _with_finance(t)
    ),
    "security-total": lambda t: total(t, "loan_security", "loans"),
    "security-unsecured-half": _unsecured,
    "security-within-loans": lambda t: 100 * total(t, "loan_security", "loans") / _with_finance(t),
}
