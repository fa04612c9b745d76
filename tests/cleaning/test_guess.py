"""A first codebook: what a column looks like, and that it cleans the file it was guessed from."""

import tomllib
from pathlib import Path

import pytest

from shinrenkei.cleaning.cleaner import clean
from shinrenkei.cleaning.guess import guess_codebook

DATA = Path(__file__).parent / "data"


def guessed(path):
    return {column["name"]: column for column in tomllib.loads(guess_codebook(path))["columns"]}


def test_a_list_of_plans_is_understood():
    columns = guessed(DATA / "plans.xlsx")
    assert {name: column["kind"] for name, column in columns.items()} == {
        "plan_id": "text", "certified_on": "date", "region": "region", "prefecture": "prefecture", "firm": "company",
        "capital_yen": "money", "employees": "integer", "partner_type": "answers", "sales_yen": "money",
    }  # fmt: skip
    assert columns["capital_yen"]["unit"] == "千円"
    assert columns["sales_yen"]["unit"] == "百万円"
    assert columns["partner_type"]["categories"] == "partner_types"
    assert columns["plan_id"]["unique"]


def test_a_survey_is_understood():
    columns = guessed(DATA / "survey_sjis.csv")
    assert columns["employees_lower"]["kind"] == "range_lower"
    assert columns["employees_upper"]["kind"] == "range_upper"
    assert columns["sales"]["kind"] == "share"
    assert (columns["answered_on"]["kind"], columns["answered_on"]["era"]) == ("date", "平成")


@pytest.mark.parametrize(
    "name",
    ["plans.xlsx", "survey_sjis.csv", "survey_euc.csv", "panel.tsv", "regions.xls", "merged_regions.xlsx"],
)
def test_what_is_guessed_cleans_the_file(tmp_path, name):
    (tmp_path / "book.toml").write_text(guess_codebook(DATA / name), encoding="utf-8")
    done = clean(DATA / name, tmp_path / "book.toml", tmp_path / "out.parquet")
    assert done.rows_out > 0
    assert done.lines == done.rows_out + done.rows_rejected + done.lines_cut


@pytest.mark.parametrize(
    ("heading", "cells", "expected"),
    [
        ("法人番号", ["7000012050002", "2000012020001"], {"kind": "corporate_number"}),
        ("コード", ["001", "002", "002"], {"kind": "text"}),
        ("補助金の有無", ["有", "無", "有"], {"kind": "boolean"}),
        ("年度", ["平成17年度", "FY2006"], {"kind": "fiscal_year"}),
        ("設立年", ["1989", "平成2年"], {"kind": "year"}),
        ("更新日", ["38455", "38456"], {"kind": "date", "excel": 1900}),
        ("開始時刻", ["18:00", "午後1時30分"], {"kind": "time"}),
        ("規模", ["大企業", "中小企業"], {"kind": "size_class"}),
        ("業種", ["製造業", "卸売業"], {"kind": "industry"}),
        ("比率（％）", ["38.0", "41.5"], {"kind": "percent"}),
        ("比率（％）", ["0.38", "0.41"], {"kind": "percent"}),
        ("割合", ["0.38", "0.41"], {"kind": "share"}),
        ("法人番号", ["7000012050002", "2000012020001", "1234567890123"], {"kind": "corporate_number"}),
        ("所在地", ["大阪", "東京都", "不明", "－"], {"kind": "prefecture", "missing": ["不明", "－"]}),
        ("連携先", ["大学", "公設試"], {"kind": "partner_type", "name": "partner_type"}),
        ("人口（千人）", ["1,234", "999"], {"kind": "integer", "unit": "千人"}),
        ("指数", ["100.5", "99"], {"kind": "number"}),
        ("満足度", ["満足", "普通", "不満"] * 10, {"kind": "category"}),
        ("好きな色", ["赤、青", "青", "赤、白", "白、青", "赤"] * 4, {"kind": "answers"}),
        ("相手", ["株式会社あ", "(有)い"], {"kind": "company"}),
        ("感想", ["よかった", "まあまあ"], {"kind": "normalized"}),
        ("空", ["", ""], {"kind": "text"}),
    ],
)
def test_columns_are_told_by_heading_and_cells(tmp_path, heading, cells, expected):
    path = tmp_path / "a.csv"
    path.write_text(
        "\n".join(["見出し,その他", *(f'"{cell}",x' for cell in cells)]).replace("見出し", heading),
        encoding="utf-8",
    )
    column = tomllib.loads(guess_codebook(path))["columns"][0]
    assert {name: column[name] for name in expected} == expected


def test_names_are_told_apart(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        '売上（円）,売上（千円）,Sales "x"\n1,2,3\n'.replace('"', '""').replace(
            'Sales ""x""', '"Sales ""x"""'
        ),
        encoding="utf-8",
    )
    assert list(guessed(path)) == ["sales_yen", "sales_yen_2", "sales_x"]
