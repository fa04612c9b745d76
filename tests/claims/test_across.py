"""Comparisons between sources: found by general checks, whatever the numbers are."""

from __future__ import annotations

import pandas as pd
import pytest

import shinrenkei as sr
from shinrenkei.claims import across, check


def statuses(changed: dict[str, pd.DataFrame]) -> dict[str, str]:
    rows = across.across(lambda name: changed.get(name, sr.load(name)))
    return {str(row["claim_id"]): str(row["status"]) for row in rows}


def test_the_two_known_contradictions_are_found_and_on_record() -> None:
    differing = check("across").query("status == 'differs'")
    assert [claim.split("/")[1] for claim in differing["claim_id"]] == ["same-day", "part-in-proportion"]
    assert (differing["recorded"] == "differs").all()
    assert (differing["note_en"] != "").all()


@pytest.mark.parametrize(
    ("source", "region", "column", "value", "claim"),
    [
        (
            "smrj-2007",
            "all",
            "certified",
            300,
            "across/does-not-fall/certified/all/2007-02-28/2007-03-31/meti-2007/smrj-2007",
        ),
        (
            "smrj-2007",
            "all",
            "commercialized",
            134,
            "across/does-not-fall/commercialized/all/2006-12-31/2007-03-31",
        ),
        (
            "taxcom-2007",
            "kanto",
            "certified",
            316,
            "across/part-of-the-whole/certified/kanto/2007-02-28/2007-02-28",
        ),
        ("taxcom-2007", "kyushu", "commercialized", 60, "across/parts-of-the-whole/commercialized/"),
        ("kansai-2019", "kinki", "certified", 231, "across/same-day/certified/kinki/2019-06-07"),
    ],
)
def test_a_planted_contradiction_is_found(
    source: str, region: str, column: str, value: int, claim: str
) -> None:
    counts = sr.load("plan_counts")
    chosen = (counts["source_id"] == source) & (counts["region"] == region) & counts[column].notna()
    assert chosen.any()
    counts.loc[chosen, column] = value
    found = {name for name, status in statuses({"plan_counts": counts}).items() if status == "differs"}
    assert [name for name in found if name.startswith(claim)], found


def test_without_the_contradiction_nothing_differs() -> None:
    counts, relationship = sr.load("plan_counts"), sr.load("partner_relationship")
    counts.loc[counts["source_id"] == "doyu-2006", "certified"] = 163
    relationship.loc[relationship["cohort"] == "2005-09-16", "plans"] = [51, 18]
    assert "differs" not in statuses({"plan_counts": counts, "partner_relationship": relationship}).values()


def test_two_sources_of_one_indicator_are_compared() -> None:
    indicators = sr.load("indicators")
    row = (
        indicators[indicators["source_id"] == "meti-2007"].iloc[[0]].assign(source_id="doyu-2006", value=3.0)
    )
    changed = pd.concat([indicators.astype({"source_id": "str"}), row.astype({"source_id": "str"})])
    found = {name for name, status in statuses({"indicators": changed}).items() if status == "differs"}
    assert [name for name in found if name.startswith("across/same-indicator/plans_above_1_billion_yen")]


def test_every_claim_on_record_is_a_comparison_that_is_made() -> None:
    made = set(check("across")["claim_id"])
    assert set(across._recorded()) <= made
