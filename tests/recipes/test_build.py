"""The build: whole or not at all, the same bytes each time, and one clear sentence where a file is wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from shinrenkei.errors import BuildError
from shinrenkei.recipes import build, check, write

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    shutil.copytree(DATA, copy)
    return copy


def change(data: Path, raw: str, old: str, new: str) -> None:
    path = data / "raw" / f"{raw}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture(scope="module")
def built() -> dict[str, bytes]:
    return build(DATA)


def test_the_processed_tables_in_the_repository_are_what_the_build_gives(built: dict[str, bytes]) -> None:
    assert check(built, DATA / "processed") == []


def test_building_twice_gives_the_same_bytes(built: dict[str, bytes]) -> None:
    assert build(DATA) == built


def test_a_second_write_changes_no_file(built: dict[str, bytes], tmp_path: Path) -> None:
    assert sorted(write(built, tmp_path)) == sorted(built)
    assert write(built, tmp_path) == []


def test_a_table_that_no_codebook_makes_any_more_is_removed(built: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("a\n1\n")
    assert "old.csv" in check(built, tmp_path)[-1]
    write(built, tmp_path)
    assert not (tmp_path / "old.csv").exists()


def test_check_names_the_table_and_the_row_that_differ(built: dict[str, bytes], tmp_path: Path) -> None:
    write(built, tmp_path)
    path = tmp_path / "core_firm_capital.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",29\n", ",30\n"), encoding="utf-8")
    (problem,) = check(built, tmp_path)
    assert "core_firm_capital.csv, row 2 (line 3)" in problem
    assert ",30'" in problem
    assert ",29'" in problem


def test_check_tells_a_missing_row_and_a_missing_table(built: dict[str, bytes], tmp_path: Path) -> None:
    write(built, tmp_path)
    path = tmp_path / "core_firm_capital.csv"
    path.write_text(
        "".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8"
    )
    (tmp_path / "loan_amounts.csv").unlink()
    problems = check(built, tmp_path)
    assert "has 4 rows; the build gives 5" in problems[0]
    assert "loan_amounts.csv is missing" in problems[1]


@pytest.mark.parametrize(
    ("raw", "old", "new", "sentence"),
    [
        (
            "meti-2005/core_firm_employees",
            "11~20人,14",
            "11~20人,十四件？",
            r"raw/meti-2005/core_firm_employees.csv, row 3 \(line 4\), column 件数: '十四件？' is not a whole number",
        ),
        (
            "meti-2005/core_firm_capital",
            "3億円超,2",
            "たくさん,2",
            r"core_firm_capital.csv, row 5 \(line 6\), column 規模: 'たくさん' is not a range",
        ),
        (
            "meti-2005/core_firm_capital",
            "3億円超,2",
            "3億円超,2.5",
            r"row 5 \(line 6\), column 件数: '2.5' is not a whole number",
        ),
        (
            "meti-2005/finance_sources",
            "金融支援なし",
            "その他の金融",
            r"finance_sources.csv, row 4 \(line 5\), column 分類: 'その他の金融' is not one of 政府系金融機関のみ, ",
        ),
        (
            "smrj-2007/academic_partners",
            "公設試,15,39,54",
            "公設試,15,x,54",
            r"academic_partners.csv, row 2 \(line 3\), column 協力: 'x' is not a whole number",
        ),
        (
            "taxcom-2007/plan_counts",
            "2007年2月28日,近畿",
            "2007年2月30日,近畿",
            r"taxcom-2007/plan_counts.csv, row 2 \(line 3\), column 時点: '2007年2月30日' is not a date",
        ),
        (
            "taxcom-2007/plan_counts",
            "2007年2月28日,近畿",
            "2007年2月28日,南極",
            r"row 2 \(line 3\), column 地域: '南極' is not a METI block",
        ),
    ],
)
def test_a_bad_cell_stops_the_build_with_file_row_column_cell_and_expectation(
    data: Path, raw: str, old: str, new: str, sentence: str
) -> None:
    change(data, raw, old, new)
    with pytest.raises(BuildError, match=sentence):
        build(data)


@pytest.mark.parametrize(
    ("raw", "old", "new", "sentence"),
    [
        (
            "meti-2005/core_firm_capital",
            "合計,69",
            "合計,70",
            r"row 6 .*the printed total is 70, but its parts sum to 69",
        ),
        (
            "meti-2005/loan_security",
            "32件",
            "33件",
            r"row 5 .*the printed total is 33, but its parts sum to 32",
        ),
        (
            "smrj-2007/academic_partners",
            "30,90,120",
            "30,91,120",
            r"row 1 .*column 合計.* is 120, but its parts sum to 121",
        ),
        (
            "smrj-2007/academic_partners",
            "合計,50,141,191",
            "合計,51,140,191",
            r"row 4 .* is 51, but its parts sum to 50",
        ),
        (
            "kansai-2019/plan_counts_by_prefecture",
            "合計,230,7",
            "合計,230,6",
            r"is 6, but its parts sum to 7",
        ),
        ("tohoku-2005/plan_counts", "118", "119", r"is 119, but its parts sum to 118"),
    ],
)
def test_a_printed_total_must_be_the_sum_of_its_parts(
    data: Path, raw: str, old: str, new: str, sentence: str
) -> None:
    change(data, raw, old, new)
    with pytest.raises(BuildError, match=sentence):
        build(data)


def test_printed_totals_are_left_out_of_the_tidy_tables(built: dict[str, bytes]) -> None:
    totals = {name: content.decode() for name, content in built.items() if name.endswith(".csv")}
    for name in ("core_firm_capital.csv", "academic_partners.csv", "plan_counts_by_prefecture.csv"):
        assert "合計" not in totals[name]
    assert len(totals["academic_partners.csv"].splitlines()) == 1 + 3 * 2


def test_a_missing_raw_file_is_named(data: Path) -> None:
    (data / "raw/meti-2005/loan_amounts.csv").unlink()
    with pytest.raises(BuildError, match=r"data/raw/meti-2005/loan_amounts.csv is missing"):
        build(data)


@pytest.mark.parametrize(
    ("keep", "sentence"),
    [
        (0, "is empty; expected the heading 規模,件数"),
        (40, r"ends in the middle of line \d"),
        (None, "has 5 rows under its heading; expected 6"),
    ],
)
def test_a_half_written_raw_file_is_refused(data: Path, keep: int | None, sentence: str) -> None:
    path = data / "raw/meti-2005/core_firm_capital.csv"
    content = path.read_text(encoding="utf-8")
    cut = "".join(content.splitlines(keepends=True)[:-1]) if keep is None else content[:keep]
    path.write_text(cut, encoding="utf-8")
    with pytest.raises(BuildError, match=sentence):
        build(data)


def test_a_row_with_too_few_cells_is_named(data: Path) -> None:
    change(data, "meti-2005/core_firm_capital", "3億円超,2\n", "3億円超\n")
    with pytest.raises(BuildError, match=r"row 5 \(line 6\) has 1 cells; expected 2"):
        build(data)


def test_another_heading_is_refused(data: Path) -> None:
    change(data, "meti-2005/core_firm_capital", "規模,件数", "規模,社数")
    with pytest.raises(BuildError, match=r"line 1: the heading is 規模,社数; expected 規模,件数"):
        build(data)


def test_a_file_in_another_encoding_is_refused(data: Path) -> None:
    path = data / "raw/meti-2005/core_firm_capital.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp932"))
    with pytest.raises(BuildError, match="is not UTF-8 at byte 0"):
        build(data)


def test_a_broken_datapackage_is_named(data: Path) -> None:
    path = data / "raw/datapackage.json"
    path.write_text(path.read_text(encoding="utf-8")[:500], encoding="utf-8")
    with pytest.raises(BuildError, match=r"data/raw/datapackage.json is not valid JSON"):
        build(data)


def test_a_codebook_with_an_unknown_key_or_field_is_named(data: Path) -> None:
    path = data / "codebooks/loan_amounts.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('key = ["recipient"]', 'key = ["borrower"]'), encoding="utf-8")
    with pytest.raises(BuildError, match=r"loan_amounts.toml, key: no field is called borrower"):
        build(data)
    path.write_text(text.replace('kind = "money"', 'kind = "cash"'), encoding="utf-8")
    with pytest.raises(BuildError, match=r"loan_amounts.toml: parts.0.columns.1.kind"):
        build(data)


def test_a_key_that_stands_twice_is_refused(data: Path) -> None:
    change(data, "meti-2005/loan_amounts", "連携企業への融資,100百万円", "コア企業への融資,100百万円")
    with pytest.raises(
        BuildError, match=r"row 2: the key of loan_amounts \(recipient = core_firm\) stands in .*row 1"
    ):
        build(data)


def test_a_case_partner_of_no_case_is_refused(data: Path) -> None:
    change(data, "smrj-2007/case_partners", "smrj-01,(株)シオン", "smrj-09,(株)シオン")
    with pytest.raises(
        BuildError, match=r"case_partners.case_id names smrj-09; no row of case_plans.case_id has it"
    ):
        build(data)


def test_nothing_is_half_written_where_the_folder_cannot_be_made(
    built: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "processed").write_text("a file stands where the folder should be")
    with pytest.raises(BuildError, match="cannot be written to"):
        write(built, tmp_path / "processed")
    assert [path.name for path in tmp_path.iterdir()] == ["processed"]


def test_every_printed_table_is_used_and_every_used_one_is_described(built: dict[str, bytes]) -> None:
    raw = json.loads((DATA / "raw/datapackage.json").read_text(encoding="utf-8"))
    names = {entry["name"] for entry in raw["resources"]}
    files = {
        path.relative_to(DATA / "raw").with_suffix("").as_posix() for path in (DATA / "raw").glob("*/*.csv")
    }
    assert names == files
    processed = json.loads(built["datapackage.json"])
    used = {name for entry in processed["resources"] for name in entry["locators"]}
    claims = {name for name in names if name.endswith("/claims")}
    assert used | claims == names
