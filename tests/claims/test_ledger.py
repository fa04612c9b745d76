"""The ledger over all sources: what is recorded, what a change turns red, how it is printed."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from rich.console import Console

import shinrenkei as sr
from shinrenkei.claims import STATUSES, check, contradicted
from shinrenkei.claims import ledger as engine
from shinrenkei.claims.show import print_ledger
from shinrenkei.errors import BuildError, InputError, UnknownNameError


@pytest.fixture(scope="module")
def ledger() -> pd.DataFrame:
    return check()


def test_every_claim_stands_as_recorded(ledger: pd.DataFrame) -> None:
    assert contradicted(ledger).empty


def test_there_are_claims_enough_of_each_source(ledger: pd.DataFrame) -> None:
    counts = ledger["source_id"].value_counts()
    assert counts["meti-2005"] + counts["smrj-2007"] >= 40
    assert len(ledger) >= 150
    assert ledger["claim_id"].is_unique


def test_every_claim_is_told_in_both_languages_with_its_place(ledger: pd.DataFrame) -> None:
    assert not ledger[["statement_ja", "statement_en"]].isna().any(axis=None)
    for column in ("statement_ja", "statement_en", "locator", "status", "recorded"):
        assert (ledger[column].astype("str").str.strip() != "").all()
    assert set(ledger["recorded"]) <= set(STATUSES)


def test_what_cannot_be_checked_or_differs_says_why(ledger: pd.DataFrame) -> None:
    told = ledger[ledger["status"] != "reproduced"]
    assert (told["note_ja"] != "").all()
    assert (told["note_en"] != "").all()


def test_the_shares_of_the_area_are_recomputed_from_the_whole_counts(ledger: pd.DataFrame) -> None:
    row = ledger.set_index("claim_id").loc["smrj-2007/area-same"]
    assert row["recomputed"] == pytest.approx(100 * 122 / 321)
    assert row["allowed"] == "[37.95, 38.05]"


def test_two_sources_that_disagree_are_found(ledger: pd.DataFrame) -> None:
    row = ledger.set_index("claim_id").loc["doyu-2006/fy2005-165"]
    assert (row["printed"], row["recomputed"], row["status"]) == ("165", 163, "differs")


@pytest.mark.parametrize(
    ("table", "column", "row", "claims"),
    [
        ("core_firm_capital", "firms", 0, {"capital-total", "certified-0916"}),
        ("consortium_members", "plans", 1, {"members-total"}),
        ("loan_security", "loans", 3, {"security-total"}),
        (
            "finance_sources",
            "plans",
            0,
            {"finance-total", "government-loans-agree", "loans-recipients-total"},
        ),
    ],
)
def test_a_wrong_number_turns_its_claims_red(
    monkeypatch: pytest.MonkeyPatch, table: str, column: str, row: int, claims: set[str]
) -> None:
    load = sr.load

    def wrong(name: str) -> pd.DataFrame:
        frame = load(name)
        if name == table:
            frame.loc[row, column] += 1
        return frame

    monkeypatch.setattr("shinrenkei.catalog.load", wrong)
    red = contradicted(check("meti-2005"))["claim_id"].str.removeprefix("meti-2005/")
    assert claims <= set(red)


def test_one_source_can_be_asked_for(ledger: pd.DataFrame) -> None:
    own = check("smrj-2007")
    assert set(own["source_id"]) == {"smrj-2007"}
    assert len(own) == (ledger["source_id"] == "smrj-2007").sum()


def test_an_unknown_source_gets_the_closest_one() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'smrj-2007'"):
        check("smrj-2008")


def test_a_claim_that_nothing_recomputes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_recomputations", lambda source: {})
    with pytest.raises(BuildError, match="claim 'certified-0916': nothing recomputes it"):
        check("meti-2005")


def test_a_recomputation_without_a_claim_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_recomputations", lambda source: {"nowhere-claimed": lambda tables: 1.0})
    with pytest.raises(BuildError, match=r"nowhere-claimed: recomputed for meti-2005, but not among"):
        check("meti-2005")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_printed_ledger_has_every_claim_and_the_counts(ledger: pd.DataFrame, lang: str) -> None:
    text = io.StringIO()
    print_ledger(ledger, lang, Console(file=text, width=200, soft_wrap=True))
    printed = text.getvalue()
    assert all(claim in printed for claim in ledger["claim_id"])
    assert f"{len(ledger)} claims:" in printed
    assert "[37.95, 38.05]" in printed


def test_the_printed_ledger_refuses_another_language(ledger: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="--lang is 'fr'; expected ja or en"):
        print_ledger(ledger, "fr")
