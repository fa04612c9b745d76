"""The tidy tables hold what the two documents print, read again from the documents' own text."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

import shinrenkei as sr

SOURCES = Path(__file__).parents[3] / "shared" / "sources"


def text(name: str) -> str:
    path = SOURCES / f"{name}.txt"
    if not path.is_file():
        pytest.skip("the source documents are not beside the repository")
    return unicodedata.normalize("NFKC", path.read_text(encoding="utf-8"))


def tab_rows(document: str) -> dict[str, str]:
    return dict(re.findall(r"^([^\t\n]+)\t([^\t\n]+)$", document, flags=re.MULTILINE))


@pytest.mark.parametrize(
    "name",
    [
        "core_firm_capital",
        "core_firm_employees",
        "consortium_members",
        "consortium_area",
        "support_measures",
        "finance_sources",
        "loan_recipients",
        "partner_relationship",
    ],
)
def test_every_row_of_a_meti_table_is_printed_so(name: str) -> None:
    printed = {re.sub(r"\s", "", label): cell for label, cell in tab_rows(text("meti-2005")).items()}
    raw = sr.raw(f"meti-2005/{name}")
    label, value = raw.columns
    for row in raw.itertuples(index=False):
        key = re.sub(r"\s", "", unicodedata.normalize("NFKC", row[0]))
        found = printed[key]
        if row[0] == "合計":
            assert unicodedata.normalize("NFKC", row[1]) == "69"
        else:
            assert re.sub(r"\s", "", unicodedata.normalize("NFKC", row[1])) == re.sub(r"\s", "", found), (
                label,
                value,
            )


def test_the_agreements_are_printed_so() -> None:
    printed = tab_rows(text("meti-2005"))
    for label, count in sr.raw("meti-2005/consortium_agreements").itertuples(index=False):
        if count:
            assert printed[label].replace(" ", "") == count


def test_the_security_of_loans_is_printed_so() -> None:
    document = text("meti-2005")
    counts = re.findall(r"第三者保証(?:有り|なし)\t(\d+)", document)
    assert sr.load("loan_security")["loans"].tolist() == [int(count) for count in counts]


def test_the_academic_partners_are_printed_so() -> None:
    document = text("smrj-2007")
    raw = sr.raw("smrj-2007/academic_partners")
    for row in raw.itertuples(index=False):
        assert re.search(rf"{row[0]} {row[1]} {row[2]} {row[3]}", document)


def test_the_shares_and_counts_of_smrj_stand_in_its_text() -> None:
    document = re.sub(r"\s", "", text("smrj-2007"))
    for share in [*sr.raw("smrj-2007/consortium_area")["割合"], *sr.raw("smrj-2007/academic_themes")["割合"]]:
        assert unicodedata.normalize("NFKC", share) in document
    for counts in sr.raw("smrj-2007/partner_relationship")[["平成17年度", "平成18年度"]].to_numpy():
        for count in counts:
            assert count in document


@pytest.mark.parametrize("source", ["meti-2005", "smrj-2007"])
def test_every_named_organization_of_a_case_stands_in_the_text(source: str) -> None:
    document = re.sub(r"[\s()株有財]", "", text(source))
    partners = sr.load("case_partners")
    prefix = source.split("-")[0]
    own = partners[partners["case_id"].str.startswith(prefix) & partners["named"]]
    assert len(own) > 3
    for name in own["organization"]:
        plain = re.sub(r"[\s()株有財]", "", unicodedata.normalize("NFKC", name))
        assert plain in document, name


def test_there_are_seventeen_cases_each_with_one_core_firm() -> None:
    cases, partners = sr.load("case_plans"), sr.load("case_partners")
    cores = partners[partners["involvement"] == "core"].set_index("case_id")["organization"]
    assert len(cases) == 17
    assert cores.to_dict() == cases.set_index("case_id")["lead_firm"].to_dict()


def test_the_public_figures_are_those_of_the_list() -> None:
    path = SOURCES / "public_figures.md"
    if not path.is_file():
        pytest.skip("the source documents are not beside the repository")
    listed = path.read_text(encoding="utf-8")
    counts = sr.load("plan_counts")
    own = counts[
        counts["source_id"].isin(["meti-2007", "taxcom-2007", "hokkaido-2007", "kansai-2019", "doyu-2006"])
    ]
    for column in ("certified", "commercialized", "in_negotiation"):
        for row in own.dropna(subset=[column]).to_dict("records"):
            line = next(line for line in listed.splitlines() if line.startswith(f"| `{row['source_id']}`"))
            assert re.search(rf"\b{row[column]}\b", line), (row["source_id"], row[column])


def test_the_range_of_a_class_is_inclusive_and_open_where_the_source_leaves_it_open() -> None:
    capital = sr.load("core_firm_capital")
    assert capital["lower"].isna().tolist() == [True, False, False, False, False]
    assert capital["upper"].isna().tolist() == [False, False, False, False, True]
    assert (capital["lower"].iloc[1:].to_numpy() == capital["upper"].iloc[:-1].to_numpy() + 1).all()
