"""The statements of tohoku-2005, iguren-2004 and subsidy-2005 fail where a table is not what is printed."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from shinrenkei import catalog, claims

DIFFERENT = {
    "tohoku-2005": {"projects-pilot", "projects-formation", "reasons-of-44", "reasons-of-124"},
    "iguren-2004": {"salon-end"},
    "subsidy-2005": set[str](),
}


def red(source: str) -> set[str]:
    return set(claims.contradicted(claims.check(source))["claim_id"].str.removeprefix(f"{source}/"))


@pytest.mark.parametrize(
    ("source", "table", "where", "column", "value", "failing"),
    [
        (
            "tohoku-2005",
            "survey_answers",
            {"question_id": "Q1", "order": 3},
            "count",
            128,
            {"q1-3", "q1-n", "q7-n"},
        ),
        (
            "tohoku-2005",
            "survey_answers",
            {"question_id": "Q10", "order": 2},
            "share_pct",
            54.3,
            {"q10-shares-100"},
        ),
        ("tohoku-2005", "survey_answers", {"question_id": "Q11", "order": 6}, "count", 137, {"q11-6"}),
        (
            "tohoku-2005",
            "survey_profile",
            {"item": "answered"},
            "value",
            321.0,
            # The share of 51 to 100 employees is 41.1 per cent of 321, the 63 firms are 19.6
            {"response-rate", "capital-10m", "employees-51-100", "q11-n"},
        ),
        (
            "tohoku-2005",
            "plan_counts",
            {"as_of": "2005-12-15", "region": "kanto"},
            "certified",
            23,
            {"certified-118", "certified-kanto-most"},
        ),
        (
            "tohoku-2005",
            "program_budgets",
            {"program": "pilot", "source_id": "tohoku-2005"},
            "budget_million_yen",
            3700.0,
            {"budget-formation"},
        ),
        (
            "iguren-2004",
            "activities",
            {"activity_id": "iguren-05"},
            "date",
            pd.Timestamp("2004-02-16"),
            {"weekday-05"},
        ),
        (
            "iguren-2004",
            "activity_agenda",
            {"activity_id": "iguren-17", "order": 6},
            "start_time",
            "20:30:00",
            {"salon-end"},
        ),
        (
            "iguren-2004",
            "activity_agenda",
            {"activity_id": "iguren-17", "order": 2},
            "start_time",
            "17:00:00",
            {"salon-start", "salon-agenda-order"},
        ),
        (
            "subsidy-2005",
            "program_budgets",
            {"program": "formation", "source_id": "subsidy-2005"},
            "selected",
            253,
            {"selected-213", "selected-within-formation"},
        ),
    ],
)
def test_a_wrong_cell_turns_the_claims_that_rest_on_it_red(
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    table: str,
    where: dict[str, Any],
    column: str,
    value: Any,
    failing: set[str],
) -> None:
    load = catalog.load

    def wrong(name: str) -> pd.DataFrame:
        frame = load(name)
        if name == table:
            chosen = pd.concat([frame[key].astype("str") == str(cell) for key, cell in where.items()], axis=1)
            assert chosen.all(axis=1).sum() == 1
            frame.loc[chosen.all(axis=1), column] = value
        return frame

    monkeypatch.setattr(catalog, "load", wrong)
    assert red(source) == failing


@pytest.mark.parametrize("source", DIFFERENT)
def test_what_differs_is_what_is_known_to_differ(source: str) -> None:
    ledger = claims.check(source)
    assert red(source) == set()
    differs = ledger.loc[ledger["status"] == "differs", "claim_id"].str.removeprefix(f"{source}/")
    assert set(differs) == DIFFERENT[source]


def test_every_printed_share_with_a_base_is_a_claim() -> None:
    answers = catalog.load("survey_answers")
    with_base = answers[answers["recovered"]]
    ids = set(claims.check("tohoku-2005")["claim_id"].str.removeprefix("tohoku-2005/"))
    assert {
        f"{question.lower()}-{order}"
        for question, order in zip(with_base["question_id"].astype("str"), with_base["order"], strict=True)
    } <= ids
