"""The workbook: types kept, text never a formula, the same bytes twice, accepted by LibreOffice."""

import datetime as dt
import re
import shutil
import subprocess
import zipfile

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shinrenkei.errors import InputError
from shinrenkei.report.workbook import write_workbook
from tests.report.trees import claims

TABLE = pd.DataFrame(
    {
        "firm": pd.array(["=SUM(A1)", "+1", "-1", "@x", "普通の文"], dtype="str"),
        "capital_yen": pd.array([10_000_000, None, 5, 6, 7], dtype="Int64"),
        "share_pct": [38.0, 34.5, float("nan"), 0.0, 1.0],
        "as_of": [pd.Timestamp("2005-09-16"), pd.NaT, *[pd.Timestamp("2007-03-31")] * 3],
        "selected": pd.array([True, False, None, True, True], dtype="boolean"),
        "region": pd.Categorical(["kanto", None, "kinki", "kinki", "kinki"]),
        "start_time": [dt.time(10, 30), None, None, None, None],
    }
)
TABLE.attrs = {
    "title": "企業",
    "title_en": "Firms",
    "units": {"capital_yen": "yen", "share_pct": "%"},
    "source_line": {"ja": "出典：中小企業庁", "en": "Source: SME Agency"},
    "notes": {"ja": "注"},
}


def read(path, sheet):
    rows = [list(row) for row in openpyxl.load_workbook(path)[sheet].iter_rows()]
    start = next(i for i, row in enumerate(rows) if row[0].value == "firm")
    return rows, start


@pytest.fixture
def book(tmp_path):
    return write_workbook(tmp_path / "new" / "all.xlsx", {"firms": TABLE, "plans": TABLE}, claims=claims())


def test_each_table_has_a_sheet_after_the_contents_and_the_ledger_is_last(book):
    assert openpyxl.load_workbook(book).sheetnames == ["目次 Contents", "firms", "plans", "検証台帳 Claims"]


def test_a_sheet_is_headed_by_title_source_notes_and_units(book):
    rows, start = read(book, "firms")
    assert [row[0].value for row in rows[:4]] == [
        "企業 / Firms",
        "出典：中小企業庁",
        "Source: SME Agency",
        "注",
    ]
    assert [cell.value for cell in rows[start - 1]][:3] == [None, "[yen]", "[%]"]
    assert [cell.value for cell in rows[start]] == list(TABLE.columns)


def test_numbers_are_numbers_dates_dates_and_missing_values_empty(book):
    rows, start = read(book, "firms")
    first = [cell.value for cell in rows[start + 1]]
    assert first[1:] == [10_000_000, 38.0, dt.datetime(2005, 9, 16), True, "kanto", dt.time(10, 30)]
    assert [cell.value for cell in rows[start + 2]][1:] == [None, 34.5, None, False, None, None]
    assert rows[start + 1][3].number_format == "yyyy-mm-dd"
    assert rows[start + 1][1].number_format == "#,##0"


def test_no_cell_is_a_formula(book):
    for sheet in openpyxl.load_workbook(book):
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    rows, start = read(book, "firms")
    assert [row[0].value for row in rows[start + 1 :]] == list(TABLE["firm"])
    assert [bool(row[0].quotePrefix) for row in rows[start + 1 :]] == [True, True, True, True, False]
    with zipfile.ZipFile(book) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_any_text_comes_back_as_text(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("book") / "a.xlsx"
    write_workbook(path, {"t": pd.DataFrame({"firm": texts})})
    rows, start = read(path, "t")
    back = [row[0].value or "" for row in rows[start + 1 :]]
    for given_text, text in zip(texts, back, strict=True):
        kept = [(a, b) for a, b in zip(given_text, text, strict=False) if a != b]
        assert all(b in "\ufffd\n" for _, b in kept)


def test_the_same_tables_give_the_same_bytes_and_no_moment_of_writing(tmp_path):
    first = write_workbook(tmp_path / "a.xlsx", {"firms": TABLE}, claims=claims())
    second = write_workbook(tmp_path / "b.xlsx", {"firms": TABLE}, claims=claims())
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert {entry.date_time[:3] for entry in archive.infolist()} == {(1980, 1, 1)}
        moments = set(re.findall(r"\d{4}-\d\d-\d\dT", archive.read("docProps/core.xml").decode()))
    assert moments == {"2000-01-01T"}


def test_the_contents_lead_to_every_sheet(book):
    sheet = openpyxl.load_workbook(book)["目次 Contents"]
    links = [row[0].hyperlink.location for row in sheet.iter_rows(min_row=4)]
    assert links == ["'firms'!A1", "'plans'!A1", "'検証台帳 Claims'!A1"]
    assert [row[3].value for row in sheet.iter_rows(min_row=4)] == [5, 5, 3]


def test_two_tables_of_one_sheet_name_are_refused(tmp_path):
    name = "a" * 31
    with pytest.raises(InputError, match="would share the sheet"):
        write_workbook(tmp_path / "a.xlsx", {f"{name}1": TABLE, f"{name}2": TABLE})
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError, match="cannot be written"):
        write_workbook(tmp_path / "file" / "a.xlsx", {"firms": TABLE})


@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice on this machine")
def test_libreoffice_reads_every_cell_as_it_was_written(book, tmp_path):
    profile = (tmp_path / "profile").as_uri()
    done = subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={profile}",
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2",
            "--outdir",
            str(tmp_path),
            str(book),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    complaints = [line for line in done.stderr.splitlines() if "javaldx" not in line]
    assert complaints == []
    text = (tmp_path / "all-firms.csv").read_text(encoding="utf-8")
    for cell in ("=SUM(A1)", "+1", "-1", "@x", "2005-09-16", "普通の文", "10000000"):
        assert cell in text
