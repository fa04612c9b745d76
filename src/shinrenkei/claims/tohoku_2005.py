"""The statements of tohoku-2005, recomputed."""

from __future__ import annotations

import pandas as pd

from shinrenkei.claims.facts import Recompute, Tables, one, rows, total
from shinrenkei.rounding import counts_behind

_AT = "2005-12-15"
_ANSWERS = {"Q1": 5, "Q2": 6, "Q3": 5, "Q7": 13, "Q10": 5, "Q11": 6}
"""The questions with a printed base, and their answers."""


def _blocks(t: Tables) -> pd.DataFrame:
    table = rows(t, "plan_counts", as_of=_AT, source_id="tohoku-2005")
    return table[table["region"] != "all"]


def _certified(t: Tables) -> float:
    return float(_blocks(t)["certified"].sum())


def _smallest_growth_of_a_block(t: Tables) -> float:
    later = rows(t, "plan_counts", as_of="2007-02-28", source_id="taxcom-2007").set_index("region")[
        "certified"
    ]
    growth = later.astype("float64") - _blocks(t).set_index("region")["certified"].astype("float64")
    return float(growth.min())


def _kanto_over_the_next(t: Tables) -> float:
    certified = _blocks(t).set_index("region")["certified"].astype("float64")
    return float(certified["kanto"] / certified.drop("kanto").max())


def _subsidy_less(program: str) -> Recompute:
    def recompute(t: Tables) -> float:
        budget = one(t, "indicators", "value", indicator="subsidy_budget")
        return (
            budget
            - one(t, "program_budgets", "budget_million_yen", program=program, source_id="tohoku-2005") / 100
        )

    return recompute


def _selected(program: str) -> Recompute:
    return lambda t: one(t, "program_budgets", "selected", program=program, source_id="subsidy-2005")


def _period(t: Tables, indicator: str) -> pd.Timestamp:
    found = rows(t, "indicators", indicator=indicator)
    return pd.Timestamp(found["period"].iloc[0])


def _days_to_the_end(t: Tables) -> float:
    end_of_month = _period(t, "research_end") + pd.offsets.MonthEnd(1)
    return (end_of_month - _period(t, "questionnaire_end")).days


def _profile(t: Tables, item: str) -> float:
    return one(t, "survey_profile", "value", item=item)


def _of_answered(item: str) -> Recompute:
    return lambda t: 100 * _profile(t, item) / _profile(t, "answered")


def _answered_by_the_rate(t: Tables) -> float:
    (count,) = counts_behind(_profile(t, "response_rate"), int(_profile(t, "asked")))
    return float(count)


def _place_of_the_mean(t: Tables) -> float:
    smallest, mean, largest = (_profile(t, f"employees_{item}") for item in ("min", "mean", "max"))
    return (mean - smallest) / (largest - smallest)


def _counts(t: Tables, question: str, *orders: int) -> float:
    return total(t, "survey_answers", "count", question_id=question, order=list(orders))


def _share(question: str, order: int) -> Recompute:
    def recompute(t: Tables) -> float:
        answer = {"question_id": question, "order": order}
        return 100 * one(t, "survey_answers", "count", **answer) / one(t, "survey_answers", "n", **answer)

    return recompute


def _nearest_share(t: Tables, question: str, order: int, base: float) -> float:
    printed = one(t, "survey_answers", "share_pct", question_id=question, order=order)
    return 100 * round(printed * base / 100) / base


def _shares(t: Tables, question: str) -> pd.Series:
    return rows(t, "survey_answers", question_id=question)["share_pct"]


def _hopeful_share(t: Tables) -> float:
    return 100 * _counts(t, "Q10", 1, 2) / _profile(t, "answered")


RECOMPUTE: dict[str, Recompute] = {
    "law-enacted": lambda t: _period(t, "law_enforced").month,
    "blocks-9": lambda t: len(_blocks(t)),
    "programs-2": lambda t: len(rows(t, "program_budgets", source_id="tohoku-2005")),
    "budget-pilot": _subsidy_less("formation"),
    "budget-formation": _subsidy_less("pilot"),
    "projects-pilot": _selected("pilot"),
    "projects-formation": _selected("formation"),
    "certified-118": _certified,
    "certified-since-october": lambda t: (
        _certified(t) - one(t, "plan_counts", "certified", as_of="2005-10-03", region="all")
    ),
    "certified-by-march": lambda t: one(t, "plan_counts", "certified", source_id="doyu-2006") - _certified(t),
    "certified-blocks-grow": _smallest_growth_of_a_block,
    "certified-kanto-most": _kanto_over_the_next,
    "prefectures-6": lambda t: len(rows(t, "prefectures", region="tohoku")),
    "response-rate": lambda t: 100 * _profile(t, "answered") / _profile(t, "asked"),
    "answered-311": _answered_by_the_rate,
    "questionnaire-after-start": lambda t: (
        (_period(t, "questionnaire_start") - _period(t, "research_start")).days
    ),
    "questionnaire-before-end": _days_to_the_end,
    "capital-10m": _of_answered("capital_10m_firms"),
    "employees-51-100": _of_answered("employees_51_100_firms"),
    "employees-mean-between": _place_of_the_mean,
    "q1-shares-100": lambda t: float(_shares(t, "Q1").sum()),
    "q1-n": lambda t: _counts(t, "Q1", 1, 2, 3, 4, 5),
    "q1-quarter": lambda t: 100 * _counts(t, "Q1", 1, 2) / _profile(t, "answered"),
    "q2-n": lambda t: _counts(t, "Q1", 1, 2),
    "q3-n": lambda t: _counts(t, "Q1", 1, 2),
    "profile-1": lambda t: _nearest_share(t, "partner_profile", 1, _counts(t, "Q1", 1, 2)),
    "profile-2": lambda t: _nearest_share(t, "partner_profile", 2, _counts(t, "Q1", 1, 2)),
    "profile-most": lambda t: float(
        _shares(t, "partner_profile").iloc[0] / _shares(t, "partner_profile").iloc[1]
    ),
    "q7-n": lambda t: _counts(t, "Q1", 1, 2, 3),
    "q10-shares-100": lambda t: float(_shares(t, "Q10").sum()),
    "q10-n": lambda t: _counts(t, "Q10", 1, 2, 3, 4, 5),
    "q10-strong-needs": _hopeful_share,
    "q11-n": lambda t: _profile(t, "answered"),
    "reasons-equal": lambda t: float(_shares(t, "reasons_no_expectation").diff().iloc[1]),
    "reasons-of-44": lambda t: _nearest_share(t, "reasons_no_expectation", 1, _counts(t, "Q10", 3)),
    "reasons-of-124": lambda t: _nearest_share(t, "reasons_no_expectation", 1, _counts(t, "Q10", 3, 4)),
    "interviewed-12": lambda t: (
        100 * one(t, "indicators", "value", indicator="interviewed_firms") / _profile(t, "answered")
    ),
    "forms-6": lambda t: len(t("collaboration_forms")),
    "bureaus-9": lambda t: len(_blocks(t)),
} | {
    f"{question.lower()}-{order}": _share(question, order)
    for question, answers in _ANSWERS.items()
    for order in range(1, answers + 1)
}
