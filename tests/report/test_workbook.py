"""The workbook: every value of its own type, text never a formula, the same bytes twice."""

import datetime as dt
import os
import shutil
import subprocess
import sys
import zipfile

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from shinrenkei import catalog, claims
from shinrenkei.errors import InputError
from shinrenkei.report.sheets import sheet_names
from shinrenkei.report.workbook import HEADER_ROW, plain_workbook, text_width, write_workbook
from tests.report.trees import claims as small_ledger

NAMES = catalog.tables()["name"].tolist()
NASTY = ["=1+1", "+81", "-", "@x", "＝A1", "#N/A", "TRUE", "1", "01", "2005-09-16", " a ", "改\n行", "<&>'\""]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_workbook(tmp_path_factory.mktemp("new") / "reports" / "shinrenkei.xlsx")


@pytest.fixture(scope="module")
def book(path):
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def by_calamine(path):
    return CalamineWorkbook.from_path(path)


def expected(name):
    """Return a table as cells: what pandas and the schema say each value is, None where it is missing."""
    table, kinds = catalog.load(name), catalog.describe(name).set_index("column")["type"]
    make = {"date": lambda value: value.to_pydatetime(), "time": dt.time.fromisoformat, "boolean": bool}
    make |= {"integer": int, "number": float}
    return [
        [None if pd.isna(value) else make.get(kinds[column], str)(value) for column, value in row.items()]
        for row in table.to_dict("records")
    ]


def cells(sheet):
    rows = sheet.iter_rows(min_row=HEADER_ROW, values_only=True)
    width = sum(
        cell is not None for cell in next(iter(sheet.iter_rows(HEADER_ROW, HEADER_ROW, values_only=True)))
    )
    return [list(row)[:width] for row in rows]


def is_bool(value):
    return isinstance(value, bool)  # for True equals 1


@pytest.mark.parametrize("name", NAMES)
def test_openpyxl_reads_every_value_back_as_it_was_loaded(book, name):
    header, *rows = cells(book[name])
    assert header == list(catalog.load(name))
    assert rows == expected(name)
    assert [list(map(is_bool, row)) for row in rows] == [list(map(is_bool, row)) for row in expected(name)]


@pytest.mark.parametrize("name", NAMES)
def test_calamine_reads_every_value_back_as_it_was_loaded(by_calamine, name):
    rows = by_calamine.get_sheet_by_name(name).to_python(skip_empty_area=False)
    width = len(catalog.load(name).columns)
    for row, wanted in zip(rows[HEADER_ROW:], expected(name), strict=True):
        plain = [
            "" if value is None else value.date() if isinstance(value, dt.datetime) else value
            for value in wanted
        ]
        assert row[:width] == plain
        assert [isinstance(a, str) for a in row[:width]] == [isinstance(b, str) for b in plain]


def test_the_ledger_is_a_sheet_with_what_the_check_says(book):
    header, *rows = cells(book["claims"])
    ledger = claims.check()
    assert header == list(ledger)
    assert [row[0] for row in rows] == ledger["claim_id"].tolist()
    assert [row[header.index("printed")] or "" for row in rows] == ledger["printed"].tolist()
    again = [row[header.index("recomputed")] for row in rows]
    assert [value for value in again if value is not None] == pytest.approx(
        ledger["recomputed"].dropna().tolist()
    )
    assert [value is None for value in again] == ledger["recomputed"].isna().tolist()


def test_titles_sources_notes_labels_and_units_stand_above_a_table(book):
    sheet, attrs = book["plan_counts"], catalog.load("plan_counts").attrs
    above = [sheet.cell(row, 1).value for row in range(2, 8)]
    assert above[:2] == [attrs["title"], attrs["title_en"]]
    assert above[2:4] == [catalog.cite("plan_counts", "ja"), catalog.cite("plan_counts", "en")]
    assert above[4:] == [attrs["notes"]["ja"], attrs["notes"]["en"]]
    certified = list(catalog.load("plan_counts")).index("certified") + 1
    assert [sheet.cell(row, certified).value for row in (8, 9, 10)] == ["認定件数", "件", "certified"]


def test_the_contents_lead_to_every_sheet_and_every_sheet_leads_back(book):
    contents, *others = book.sheetnames
    links = [row[0] for row in book[contents].iter_rows() if row[0].hyperlink]
    assert [link.hyperlink.location for link in links] == [f"'{name}'!A1" for name in others]
    assert others == [*NAMES, "claims", "columns"]
    assert {book[name]["A1"].hyperlink.location for name in others} == {f"'{contents}'!A1"}
    assert [link.offset(column=3).value for link in links] == [
        book[name].max_row - HEADER_ROW for name in others
    ]


def test_the_header_is_frozen_and_filters_the_whole_table(book):
    for name in NAMES:
        table = catalog.load(name)
        assert book[name].freeze_panes == f"A{HEADER_ROW + 1}"
        last = openpyxl.utils.get_column_letter(len(table.columns))
        assert book[name].auto_filter.ref == f"A{HEADER_ROW}:{last}{HEADER_ROW + len(table)}"


def test_dates_money_and_shares_are_shown_as_such(book):
    def shown(name, column):
        return book[name].cell(HEADER_ROW + 1, list(catalog.load(name)).index(column) + 1).number_format

    assert shown("plan_counts", "as_of") == "yyyy-mm-dd"
    assert shown("survey_answers", "share_pct") == "#,##0.0"
    assert shown("startup_case_firms", "capital_yen") == "#,##0"
    assert shown("startup_case_firms", "founded") == "0"  # a year has no comma


def test_columns_are_as_wide_as_their_text_up_to_a_limit(book):
    widths = {key: column.width for key, column in book["case_partners"].column_dimensions.items()}
    table = catalog.load("case_partners")
    for letter, name in zip(widths, table, strict=False):
        longest = max(text_width(text) for text in [name, *table[name].dropna().astype("str")])
        assert min(longest, 56) < widths[letter] <= 60


def test_no_cell_is_a_formula_an_error_or_a_link_outside(path):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert not any(b"<f>" in part or b"<f " in part or b't="e"' in part for part in parts.values())
    assert not any(b"TargetMode" in part for part in parts.values())


@pytest.fixture(scope="module")
def nasty(tmp_path_factory):
    ledger = pd.DataFrame({"claim_id": NASTY, "recomputed": [float("inf")] * len(NASTY)})
    ledger["at"] = pd.Timestamp("2007-03-31 12:30", tz="Asia/Tokyo")
    return write_workbook(tmp_path_factory.mktemp("nasty") / "a.xlsx", ledger=ledger)


def test_text_stays_text_whatever_it_begins_with(nasty):
    rows = list(openpyxl.load_workbook(nasty)["claims"].iter_rows(min_row=HEADER_ROW + 1))
    assert [row[0].value for row in rows] == NASTY
    assert {row[0].data_type for row in rows} == {"s"}
    quoted = [row[0].value for row in rows if row[0].quotePrefix]
    assert quoted == ["=1+1", "+81", "-", "@x", "＝A1"]


def test_what_excel_has_no_number_for_is_text_and_a_moment_keeps_its_clock(nasty):
    row = cells(openpyxl.load_workbook(nasty)["claims"])[1]
    assert row[1:] == ["inf", dt.datetime(2007, 3, 31, 12, 30)]


def test_the_same_tables_give_the_same_bytes_and_no_time_but_a_fixed_one(tmp_path):
    first = write_workbook(tmp_path / "a.xlsx", ledger=small_ledger())
    assert write_workbook(tmp_path / "b.xlsx", ledger=small_ledger()).read_bytes() == first.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert core.count("1980-01-01T00:00:00Z") == 2
    other = small_ledger().assign(printed="70")
    assert write_workbook(tmp_path / "b.xlsx", ledger=other).read_bytes() != first.read_bytes()


@pytest.mark.parametrize("text", ["a\x00b", "x" * 32768], ids=["control", "long"])
def test_what_no_cell_can_hold_is_refused_and_the_old_file_stays(tmp_path, text):
    place = tmp_path / "a.xlsx"
    place.write_bytes(b"old")
    with pytest.raises(
        InputError, match=r"Sheet 'claims', cell A11: .* characters came; expected at most 32767"
    ):
        write_workbook(place, ledger=pd.DataFrame({"claim_id": [text]}))
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.xlsx", b"old")]


def test_a_place_that_cannot_be_written_is_one_sentence_and_leaves_nothing(tmp_path):
    (tmp_path / "a.xlsx").mkdir()
    with pytest.raises(InputError, match=r"a\.xlsx cannot be written: "):
        write_workbook(tmp_path / "a.xlsx", ledger=small_ledger())
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]


@given(st.lists(st.text(max_size=40)))
def test_names_of_sheets_are_valid_and_differ(wanted):
    names = sheet_names(wanted)
    assert len(names) == len(wanted)
    assert len({name.casefold() for name in names}) == len(names)
    assert all(1 <= len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)


def test_openpyxl_is_imported_only_when_a_workbook_is_written():
    code = "import sys, shinrenkei.report.workbook; sys.exit('openpyxl' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice on this machine")
def test_libreoffice_shows_every_sheet_without_a_warning(nasty, tmp_path):
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        every_sheet,
        "--outdir",
        str(tmp_path),
        str(nasty),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    told = [
        line for line in done.stderr.splitlines() if "javaldx" not in line
    ]  # no Java is of no matter here
    assert told == []
    rows = pd.read_csv(tmp_path / "a-claims.csv", header=HEADER_ROW - 1, dtype="str", keep_default_na=False)
    assert rows["claim_id"].tolist() == NASTY
    counts = pd.read_csv(tmp_path / "a-plan_counts.csv", header=HEADER_ROW - 1, dtype="str")
    assert counts["as_of"].tolist() == catalog.load("plan_counts")["as_of"].dt.strftime("%Y-%m-%d").tolist()
    recovered = pd.read_csv(tmp_path / "a-academic_themes.csv", header=HEADER_ROW - 1, dtype="str")[
        "recovered"
    ]
    assert set(recovered) == {"TRUE"}


def test_a_table_too_long_for_a_sheet_is_refused():
    with pytest.raises(InputError, match=r"has 1,048,576 rows; a sheet of Excel takes 1,048,575: write CSV"):
        plain_workbook(pd.DataFrame({"a": range(2**20)}))
