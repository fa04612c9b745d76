"""Claims of one's own: any report's statements, held against any tables."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import shinrenkei as sr
from shinrenkei.claims import check_own
from shinrenkei.claims.facts import one, total
from shinrenkei.errors import InputError

CLAIMS = pd.DataFrame(
    [
        ("capital", "69", "exact", None, "p. 2"),
        ("first-time", "58.0％", "rounded", None, "p. 4"),
        ("about-half", "ほぼ半数ずつ", "reading", "[40, 60]", "p. 5"),
        ("wide", "多くの", "unchecked", None, "p. 6"),
    ],
    columns=["claim_id", "printed", "kind", "reading", "page"],
)
WAYS = {
    "capital": lambda tables: total(tables, "core_firm_capital", "firms"),
    "first-time": lambda tables: (
        100
        * one(tables, "partner_relationship", "plans", cohort="2005-09-16", relationship="first_time")
        / total(tables, "partner_relationship", "plans", cohort="2005-09-16")
    ),
    "about-half": lambda tables: 61.0,
}


def test_each_claim_gets_its_number_its_range_and_its_verdict() -> None:
    checked = check_own(CLAIMS, WAYS).set_index("claim_id")
    assert checked["recomputed"].tolist()[:3] == pytest.approx([69, 100 * 40 / 69, 61])
    assert checked["allowed"].tolist() == ["69", "[57.95, 58.05]", "[40, 60]", ""]
    assert checked["status"].tolist() == ["reproduced", "reproduced", "differs", "cannot be checked"]
    assert checked["page"].tolist() == CLAIMS["page"].tolist()


def test_claims_are_held_against_the_tables_that_are_given() -> None:
    other = {"core_firm_capital": pd.DataFrame({"firms": [30, 40]})}
    row = check_own(CLAIMS.head(1), {"capital": WAYS["capital"]}, other.__getitem__).iloc[0]
    assert (row["recomputed"], row["status"]) == (70, "differs")


def test_the_ledgers_own_claims_come_out_the_same() -> None:
    from shinrenkei.claims.meti_2005 import RECOMPUTE

    ledger = sr.claims.check("meti-2005")
    checked = check_own(sr.raw("meti-2005/claims"), RECOMPUTE)
    assert checked["status"].tolist() == ledger["status"].tolist()
    assert checked["allowed"].tolist() == ledger["allowed"].tolist()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"kind": "about"}, "claims, claim 'capital': kind 'about'; expected one of exact, rounded, reading"),
        ({"kind": "reading", "reading": "55-65"}, "claim 'capital': '55-65' is not an interval"),
        ({"kind": "reading", "reading": None}, "claim 'capital': '' is not an interval"),
        ({"printed": "about"}, "claim 'capital': 'about' holds no numbers; expected one figure"),
        ({"printed": "3～6社"}, "claim 'capital': '3～6社' holds 2 numbers; expected one figure"),
        ({"claim_id": "capitol"}, "Unknown claim_id in recompute 'capital'; did you mean 'capitol'"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_claim(change: dict[str, Any], problem: str) -> None:
    claims = CLAIMS.head(1).assign(**change)
    with pytest.raises(InputError) as caught:
        check_own(claims, {"capital": WAYS["capital"]})
    assert problem in str(caught.value)


def test_a_missing_column_a_doubled_id_and_a_missing_function_are_told() -> None:
    with pytest.raises(InputError, match="Unknown column of claims 'printed'"):
        check_own(CLAIMS.drop(columns="printed"), WAYS)
    with pytest.raises(InputError, match="claim_id 'capital' stands in more than one row of claims"):
        check_own(pd.concat([CLAIMS, CLAIMS]), WAYS)
    with pytest.raises(
        InputError, match="claim 'about-half': nothing recomputes it; kind reading needs that"
    ):
        check_own(CLAIMS, {name: way for name, way in WAYS.items() if name != "about-half"})
