"""The catalog: which tables there are, their dtypes, and where each number came from."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import shinrenkei as sr
from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.paths import data_dir

REQUIRED = {
    "plan_counts": "as_of region certified commercialized in_negotiation sales_million_yen source_id",
    "plan_counts_by_prefecture": "as_of prefecture certified newly_certified source_id",
    "partner_relationship": "cohort relationship plans source_id",
    "core_firm_capital": "size_class lower upper firms",
    "core_firm_employees": "size_class lower upper firms",
    "consortium_members": "members_min members_max plans",
    "consortium_area": "source_id area plans share_pct recovered",
    "consortium_agreements": "agreement plans",
    "support_measures": "measure plans selected",
    "finance_sources": "government private plans",
    "loan_recipients": "recipient plans",
    "loan_amounts": "recipient mean_million_yen",
    "loan_security": "collateral guarantor loans",
    "case_plans": "case_id title region lead_firm pattern_group pattern source_id",
    "case_partners": "case_id organization organization_type role",
    "academic_partners": "institution involvement count",
    "academic_themes": "theme share_pct count n",
    "program_budgets": "program fiscal_year projects budget_million_yen applied selected source_id",
    "survey_answers": "question_id question answer_type n answer share_pct count recovered",
    "survey_profile": "item value unit",
    "collaboration_forms": "form label_ja benefit",
    "activities": "activity_id date start_time end_time title project kind venue attendance attendance_note fee_yen",
    "network_projects": "project field status",
    "network_functions": "order function",
    "gnt_firms_by_employees": "size_class lower upper firms",
    "gnt_firms_by_prefecture": "prefecture firms",
    "startup_ties": "firm_size status share_pct",
    "startup_reasons": "order label share_pct",
    "startup_channels": "order label share_pct",
    "partner_use": "partner_type rank share_pct",
    "partner_productivity": "partner_type rank change",
    "startup_case_firms": "firm head_office founded capital_yen employees as_of business",
    "startup_case_ties": "firm startup",
    "bridging_programs": "host_kind host program period firms startups operator",
    "bridging_types": "code start_from mode example",
    "indicators": "indicator period group value unit qualifier source_id locator",
}


@pytest.mark.parametrize(("name", "columns"), REQUIRED.items())
def test_every_table_of_the_design_has_its_columns(name: str, columns: str) -> None:
    assert set(columns.split()) <= set(sr.load(name).columns)


def test_tables_lists_every_table_with_titles_sources_and_rows() -> None:
    tables = sr.tables().set_index("name")
    assert set(REQUIRED) <= set(tables.index)
    assert list(tables.columns) == ["title_ja", "title_en", "source_ids", "rows"]
    assert tables.loc["core_firm_capital"].tolist() == [
        "コア企業の資本金",
        "Capital of core firms",
        "meti-2005",
        5,
    ]
    assert all(tables.loc[name, "rows"] == len(sr.load(name)) for name in tables.index)


def test_columns_have_the_dtypes_of_their_schema() -> None:
    counts = sr.load("plan_counts")
    assert pd.api.types.is_datetime64_any_dtype(counts["as_of"])
    assert counts["certified"].dtype == "Int64"
    assert counts["sales_million_yen"].dtype == "float64"
    assert isinstance(counts["region"].dtype, pd.CategoricalDtype)
    assert sr.load("loan_security")["collateral"].dtype == "boolean"
    assert sr.load("case_plans")["title"].dtype == "str"


def test_a_count_that_is_not_printed_is_missing_never_zero() -> None:
    counts = sr.load("plan_counts").set_index(["as_of", "region"])
    row = counts.loc[(pd.Timestamp("2006-12-31"), "all")]
    assert row["commercialized"] == 135
    assert row["certified"] is pd.NA


def test_regions_come_in_the_order_of_the_blocks() -> None:
    regions = sr.load("plan_counts")["region"].cat.categories.tolist()
    assert regions == [
        "hokkaido",
        "tohoku",
        "kanto",
        "chubu",
        "kinki",
        "chugoku",
        "shikoku",
        "kyushu",
        "okinawa",
        "all",
    ]


def test_attrs_carry_title_units_sources_and_locators_and_can_be_written_as_json() -> None:
    attrs = sr.load("plan_counts").attrs
    assert attrs["units"]["sales_million_yen"] == "百万円"
    assert "smrj-2007" in {source["name"] for source in attrs["sources"]}
    assert attrs["locators"]["meti-2005/plan_counts"]["en"] == "section 2.(1), certified plans"
    assert json.loads(json.dumps(attrs, ensure_ascii=False)) == attrs


def test_what_a_caller_does_to_a_table_stays_with_the_caller() -> None:
    first = sr.load("core_firm_capital")
    first["firms"] = 0
    first.attrs["units"].clear()
    assert sr.load("core_firm_capital")["firms"].sum() == 69
    assert sr.load("core_firm_capital").attrs["units"]


def test_raw_gives_the_printed_cells_totals_included() -> None:
    raw = sr.raw("meti-2005/core_firm_capital")
    assert raw.iloc[-1].tolist() == ["合計", "69"]
    assert raw.attrs["as_of"] == "2005-09-16"
    assert raw.attrs["unit"] == "件"
    assert sr.raw("meti-2005/consortium_agreements").iloc[-1].tolist() == ["その他", ""]


def test_describe_has_a_row_a_column_with_unit_and_missing_values() -> None:
    described = sr.describe("plan_counts").set_index("column")
    assert described.loc["sales_million_yen", "unit"] == "百万円"
    assert described.loc["commercialized", "missing"] == sr.load("plan_counts")["commercialized"].isna().sum()
    assert (described["description"] != "").all()


@pytest.mark.parametrize(
    ("call", "suggestion"),
    [
        (lambda: sr.load("plan_count"), "did you mean 'plan_counts'"),
        (lambda: sr.describe("core_firms_capital"), "did you mean 'core_firm_capital'"),
        (lambda: sr.raw("meti-2005/capital"), "did you mean 'meti-2005/core_firm_capital'"),
        (lambda: sr.cite("partner_uses"), "did you mean 'partner_use'"),
        (lambda: sr.cite("plan_counts", source_ids=["meti-2006"]), "did you mean 'meti-200"),
    ],
)
def test_an_unknown_name_gets_the_closest_one(call: object, suggestion: str) -> None:
    with pytest.raises(UnknownNameError, match=suggestion):
        call()


def test_an_unknown_name_is_a_key_error_too() -> None:
    with pytest.raises(KeyError):
        sr.load("nothing")


def test_cite_names_issuer_title_date_and_place_in_both_languages() -> None:
    ja, en = sr.cite("core_firm_capital"), sr.cite("core_firm_capital", lang="en")
    assert (
        ja == "出典：中小企業庁 経営支援課「新連携支援の実施状況」（2005-10-03）2.(3) コア企業の特徴 資本金"
    )
    assert en.startswith("Source: SME Agency")
    assert sr.cite("meti-2005/core_firm_capital") == ja


def test_cite_can_be_held_to_the_sources_used() -> None:
    line = sr.cite("plan_counts", source_ids=["smrj-2007", "smrj-2007"])
    assert "中小企業基盤整備機構" in line
    assert "taxcom" not in line


def test_cite_refuses_another_language() -> None:
    with pytest.raises(InputError, match="lang is 'fr'; expected 'ja' or 'en'"):
        sr.cite("plan_counts", lang="fr")


def test_every_table_can_be_cited_and_described() -> None:
    for name in sr.tables()["name"]:
        assert sr.cite(name, "ja").startswith("出典：")
        assert sr.cite(name, "en").startswith("Source: ")
        assert len(sr.describe(name)) == len(sr.load(name).columns)


def test_a_table_that_was_deleted_is_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr("shinrenkei.catalog.data_dir", lambda: tmp_path)
    with pytest.raises(InputError, match=r"loan_amounts.csv is missing"):
        sr.load("loan_amounts")


def test_the_data_package_holds_digests_of_the_files_it_describes() -> None:
    from hashlib import sha256

    package = json.loads((data_dir() / "processed/datapackage.json").read_text(encoding="utf-8"))
    for entry in package["resources"]:
        content = (data_dir() / "processed" / entry["path"]).read_bytes()
        assert entry["hash"] == f"sha256:{sha256(content).hexdigest()}"
        assert entry["bytes"] == len(content)
