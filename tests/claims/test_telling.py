"""The ledger in plain words: both numbers, both places, in both languages."""

import pytest

from shinrenkei.claims import check
from shinrenkei.claims.telling import cite, tables_behind, tell
from shinrenkei.errors import InputError, UnknownNameError


@pytest.fixture(scope="module")
def ledger():
    return check()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_difference_is_told_with_two_numbers_and_two_places(ledger, lang):
    differs = ledger[ledger["status"] == "differs"]
    items = tell(differs, lang).split("\n")
    heads = [line for line in items if not line.startswith("    - ")]
    assert len(heads) == len(differs)
    for index, claim in enumerate(differs.to_dict("records")):
        own = items[items.index(heads[index]) :][1:4]
        assert heads[index].startswith(f"{index + 1}. **{claim[f'statement_{lang}']}**")
        assert [line.count("**") for line in own[:2]] == [2, 2]  # a number in bold each
        assert own[2] == f"    - {claim[f'note_{lang}']}"


def test_a_comparison_between_sources_gives_each_source_its_own_number(ledger):
    name = "across/same-day/certified/all/2006-03-31/2006-03-31/doyu-2006/smrj-2007"
    lines = tell(ledger[ledger["claim_id"] == name]).split("\n")
    # the newspaper of 2006 says 165, the table of the article of 2007 sums to 121 + 42
    assert lines[1] == "    - doyu-2006 (plan_counts)：**165件**"
    assert lines[2] == "    - smrj-2007 (partner_relationship: sum)：**163件**"


def test_a_comparison_of_compositions_gives_each_source_its_own_counts(ledger):
    name = "across/part-in-proportion/relationship/2005-09-16/FY2005/meti-2005/smrj-2007"
    lines = tell(ledger[ledger["claim_id"] == name], "en").split("\n")
    assert lines[1] == "    - meti-2005 (partner_relationship): **29＋40**"
    assert lines[2] == "    - smrj-2007 (partner_relationship): **121＋42**"


def test_a_claim_that_nothing_recomputes_is_told_without_a_second_number(ledger):
    lines = tell(ledger[ledger["claim_id"] == "meti-2005/certified-by-region"], "en").split("\n")
    assert lines[1:] == [
        "    - Printed: **no number**, meti-2005, 2.(1)",
        "    - The numbers on the map are not in the text.",
    ]
    assert tables_behind("meti-2005/certified-by-region") == []


def test_the_tables_behind_a_claim_are_those_it_reads():
    assert tables_behind("tohoku-2005/projects-pilot") == ["program_budgets"]
    with pytest.raises(UnknownNameError, match="meti-2006"):
        tables_behind("meti-2006/x")


def test_the_source_line_names_the_documents_that_the_claims_come_from(ledger):
    some = ledger[ledger["source_id"].isin(["meti-2005", "smrj-2007"])]
    assert cite(some) == (
        "出典：meti-2005（中小企業庁 経営支援課、2005-10-03）；smrj-2007（茂木文雄・桑名清美・岡田望"
        "（中小企業基盤整備機構）、2007）。再計算は本パッケージの表による。"
    )
    compared = cite(ledger[ledger["source_id"] == "across"], "en")
    assert all(name in compared for name in set(ledger["source_id"]) - {"across"})


@pytest.mark.parametrize("face", [cite, tell])
def test_another_language_is_refused(ledger, face):
    with pytest.raises(InputError, match="lang is 'fr'; expected 'ja' or 'en'"):
        face(ledger, "fr")
