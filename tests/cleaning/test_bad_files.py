"""Files that are not what they should be: one clear sentence each, and never a hang."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shinrenkei.cleaning import CleaningError, parse_date, parse_number, readers
from shinrenkei.cleaning.files import read_table

DATA = Path(__file__).parent / "data"
ONE_SENTENCE = r"^[^\n]+\.$"


def refused(path, match):
    with pytest.raises(CleaningError, match=match) as caught:
        read_table(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def written(path, content):
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(path, fill):
    book = openpyxl.Workbook()
    fill(book.active)
    book.save(path)
    return path


def test_a_file_that_is_not_there(tmp_path):
    refused(tmp_path / "a.csv", r"a\.csv does not exist")
    refused(tmp_path, "is a folder; expected a file")


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.parquet"])
def test_an_empty_file(tmp_path, name):
    refused(written(tmp_path / name, ""), "is empty")


def test_a_file_of_blanks(tmp_path):
    refused(written(tmp_path / "a.csv", "\n,,\n　\n"), "There is no line with an entry; expected a table")
    refused(
        workbook(tmp_path / "a.xlsx", lambda sheet: None), r"a\.xlsx is empty: none of its sheets .*'\)\.$"
    )


def test_a_wrong_ending(tmp_path):
    refused(
        written(tmp_path / "a.xlsx", "a,b\n1,2\n"), "is named .xlsx but is neither a workbook nor Parquet"
    )
    refused(
        written(tmp_path / "a.csv", (DATA / "plans.xlsx").read_bytes()), "is named .csv but is a zipped file"
    )
    refused(
        written(tmp_path / "a.tsv", (DATA / "regions.xls").read_bytes()),
        "is named .tsv but is an old Office file",
    )
    refused(written(tmp_path / "a.pdf", "%PDF"), r"has the ending \.pdf; expected one of \.xlsx")
    refused(written(tmp_path / "a.parquet", "no parquet"), "is named .parquet but is neither")


def test_a_protected_workbook():
    refused(DATA / "protected.xlsx", "is protected by a password; save it without one")


def test_a_broken_workbook(tmp_path):
    whole = (DATA / "plans.xlsx").read_bytes()
    refused(
        written(tmp_path / "a.xlsx", whole[: len(whole) // 2]),
        "is damaged and cannot be opened as a workbook",
    )
    refused(
        written(tmp_path / "b.xls", (DATA / "regions.xls").read_bytes()[:700]),
        "not a workbook that can be read",
    )
    middle = bytearray(whole)
    middle[300:900] = bytes(600)
    refused(written(tmp_path / "c.xlsx", bytes(middle)), "is damaged|not a workbook|reads as")
    with zipfile.ZipFile(tmp_path / "d.xlsx", "w") as file:
        file.writestr("letter.txt", "no workbook")
    refused(tmp_path / "d.xlsx", "is a zipped file but holds no workbook")


def test_a_zip_bomb_is_not_opened(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/workbook.xml", "<workbook/>")
        with file.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(120):
                part.write(bytes(1 << 20))
    assert (tmp_path / "bomb.xlsx").stat().st_size < 1 << 20
    refused(tmp_path / "bomb.xlsx", "unfolds to 0.1 GiB, as a zip bomb does; it was not opened")


def test_one_stray_cell_at_the_far_end(tmp_path):
    def fill(sheet):
        sheet["A1"], sheet["A2"], sheet["XFD1048576"] = "a", 1, "stray"

    refused(
        workbook(tmp_path / "a.xlsx", fill), "reaches to cell XFD1048576; delete the empty rows and columns"
    )


def test_three_hundred_columns_of_formulas(tmp_path):
    def fill(sheet):
        sheet.append([f"c{number}" for number in range(300)])
        sheet.append([f"={number}+1" for number in range(300)])

    refused(workbook(tmp_path / "a.xlsx", fill), "has 300 formulas without a saved value; open it in Excel")


def test_three_hundred_columns_of_saved_formulas_are_read(tmp_path):
    path = workbook(
        tmp_path / "a.xlsx",
        lambda sheet: [sheet.append([f"c{n}" for n in range(300)]), sheet.append(["=1+1"] * 300)],
    )
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    sheet = (
        parts["xl/worksheets/sheet1.xml"]
        .replace(b"<v></v>", b"<v>2</v>")
        .replace(b"<v />", b"<v>2</v>")
        .replace(b"<v/>", b"<v>2</v>")
    )
    with zipfile.ZipFile(path, "w") as file:
        for name, content in (parts | {"xl/worksheets/sheet1.xml": sheet}).items():
            file.writestr(name, content)
    assert read_table(path).cells.iloc[0].tolist() == ["2"] * 300


def test_a_formula_may_give_an_empty_text(tmp_path):
    path = workbook(
        tmp_path / "a.xlsx", lambda sheet: [sheet.append(["a", "b"]), sheet.append([1, '=IF(A2="","","")'])]
    )
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    name = "xl/worksheets/sheet1.xml"
    assert b'<c r="B2">' in parts[name]
    parts[name] = parts[name].replace(b'<c r="B2">', b'<c r="B2" t="str">')
    with zipfile.ZipFile(path, "w") as file:
        for part, content in parts.items():
            file.writestr(part, content)
    assert read_table(path).cells["b"].isna().tolist() == [True]


def test_a_line_of_a_million_cells(tmp_path):
    path = written(tmp_path / "a.csv", "a,b\n" + "1," * 1_000_000 + "\n")
    refused(path, "A line has 1,000,001 cells; expected 16,384 at most")


def test_a_file_of_remarks_alone(tmp_path):
    refused(written(tmp_path / "a.csv", "※ 準備中\n注：なし\n"), "no line that looks like a heading")


def test_a_file_in_two_encodings():
    refused(DATA / "mixed_encodings.csv", "mixes encodings or is no text: it reads as UTF-8 up to line 3")


def test_a_marked_file_that_is_not_what_its_mark_says(tmp_path):
    content = b"\xef\xbb\xbf" + "地域\n東北\n".encode() + "関東\n".encode("cp932")
    refused(
        written(tmp_path / "a.csv", content), "begins as UTF-8 with BOM but line 3 is in another encoding"
    )


def test_quotation_marks_that_are_never_closed(tmp_path):
    refused(written(tmp_path / "a.csv", 'a,b\n1,"2\n3,4\n'), "a quotation mark is never closed")
    refused(written(tmp_path / "b.csv", 'a,b\n1,"2"x\n'), "it is not proper CSV")


def test_a_cell_of_a_megabyte(tmp_path, monkeypatch):
    long = "あ" * (1 << 20)
    path = written(tmp_path / "a.csv", f"a,b\n1,{long}\n")
    assert read_table(path).cells.loc[2, "b"] == long
    for parse in (parse_number, parse_date):
        assert parse(long, errors="coerce") is parse(None)
    monkeypatch.setattr(readers, "LARGEST_CELL", 1000)
    refused(path, "a cell is longer than 1,000 characters; perhaps a quotation mark is never closed")


def test_a_path_without_permission(tmp_path, monkeypatch):
    path = written(tmp_path / "a.csv", "a\n1\n")

    def denied(*_args, **_kwargs):
        raise PermissionError

    monkeypatch.setattr(Path, "open", denied)
    refused(path, "may not be read or written by this user")


def test_an_encoding_that_is_told_wrongly(tmp_path):
    path = written(tmp_path / "a.csv", "地域\n東北\n".encode("cp932"))
    with pytest.raises(CleaningError, match="cannot be read as ascii"):
        read_table(path, encoding="ascii")
    with pytest.raises(CleaningError, match="cannot be read as klingon"):
        read_table(path, encoding="klingon")


def test_a_file_of_a_package_that_is_none(tmp_path):
    pytest.importorskip("pyreadstat")
    refused(written(tmp_path / "a.sav", "no SPSS"), r"cannot be read as \.sav")


@settings(max_examples=60)
@given(
    content=st.binary(min_size=1, max_size=300),
    ending=st.sampled_from(["csv", "tsv", "xlsx", "xls", "ods", "parquet"]),
)
def test_any_bytes_are_read_or_refused(tmp_path_factory, content, ending):
    path = written(tmp_path_factory.mktemp("f") / f"a.{ending}", content)
    try:
        table = read_table(path)
    except CleaningError as error:
        assert "\n" not in str(error)  # noqa: PT017 - both ends are right, and nothing else
    else:
        assert len(table.cells) + len(table.cuts) == table.lines


@settings(max_examples=40)
@given(place=st.integers(0, 6000), change=st.binary(min_size=1, max_size=4))
def test_a_workbook_with_a_few_bytes_changed_is_read_or_refused(tmp_path_factory, place, change):
    content = bytearray((DATA / "plans.xlsx").read_bytes())
    content[place : place + len(change)] = change
    path = written(tmp_path_factory.mktemp("f") / "a.xlsx", bytes(content))
    try:
        read_table(path)
    except CleaningError as error:
        assert "\n" not in str(error)  # noqa: PT017 - both ends are right, and nothing else


def test_reading_leaves_the_csv_modules_limit_alone(tmp_path):
    import csv

    before = csv.field_size_limit()
    read_table(written(tmp_path / "a.csv", "a\n1\n"))
    assert csv.field_size_limit() == before
    assert list(csv.reader(io.StringIO("a"))) == [["a"]]
