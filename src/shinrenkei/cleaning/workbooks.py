"""Workbooks as rows of text, looked over first: no bomb, no far cell, no formula without its value."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from shinrenkei.cleaning.errors import CleaningError
from shinrenkei.cleaning.rows import Row, Rows, cell_text, chunked

LARGEST = 4 << 30
"""Bytes that a workbook may unfold to."""
LARGEST_RATIO = 400
"""How many times its size a large part of a workbook may unfold to; sheets come to 10 to 50."""
MOST_CELLS = 200_000_000
"""Cells of the rectangle that a sheet spans: one stray cell at the far end makes it enormous."""

_BLOCK = 1 << 20


def workbook_rows(path: Path, sheet: str | int | None) -> Rows:
    """Open a sheet of a workbook; see `readers.open_rows`."""
    import python_calamine as calamine

    with path.open("rb") as file:
        zipped = file.read(4) == b"PK\x03\x04"
    if zipped:
        _look_over(path)
    try:
        book = calamine.CalamineWorkbook.from_path(path)
        found, about = _choose(path, book, sheet)
    except CleaningError:
        raise
    except calamine.PasswordError:
        raise _protected(path) from None
    except (calamine.CalamineError, OSError, ValueError) as error:
        if _is_encrypted(path):
            raise _protected(path) from None
        msg = f"{path} is not a workbook that can be read: {error}."
        raise CleaningError(msg) from None
    corrections = _corrections(path, found.name) if path.suffix.lower() in (".xlsx", ".xlsm") else {}
    merges = _merges(found)
    return Rows(chunked(_filled_down(_rows(found, corrections), merges)), merges, about=about)


def _merges(sheet: Any) -> tuple[tuple[int, int, int, int], ...]:
    try:
        ranges = sheet.merged_cell_ranges or ()
    except ValueError:  # a kind of workbook for which calamine does not know them
        ranges = ()
    return tuple((first[0], first[1], last[0], last[1]) for first, last in ranges)


def _protected(path: Path) -> CleaningError:
    return CleaningError(f"{path} is protected by a password; save it without one.")


def _is_encrypted(path: Path) -> bool:
    return "EncryptedPackage".encode("utf-16-le") in path.read_bytes()[: 1 << 20]


def _choose(path: Path, book: Any, sheet: str | int | None) -> tuple[Any, tuple[str, ...]]:
    """Return the sheet that is meant: by name, by number, or the first with cells."""
    names = list(book.sheet_names)
    told = ", ".join(map(repr, names))
    if isinstance(sheet, int) and not 1 <= sheet <= len(names):
        msg = f"{path} has no sheet number {sheet}; it has {len(names)}: {told}."
        raise CleaningError(msg)
    if isinstance(sheet, str) and sheet not in names:
        msg = f"{path} has no sheet {sheet!r}; it has {told}."
        raise CleaningError(msg)
    if sheet is not None:
        found = (
            book.get_sheet_by_index(sheet - 1) if isinstance(sheet, int) else book.get_sheet_by_name(sheet)
        )
        return found, (f"sheet {found.name!r}",)
    for place, name in enumerate(names):
        found = book.get_sheet_by_index(place)
        if found.height:
            others = ", ".join(repr(other) for other in names if other != name)
            return found, (f"sheet {name!r}", *([f"other sheets were not read: {others}"] if others else []))
    msg = f"{path} is empty: none of its sheets has a cell ({told})."
    raise CleaningError(msg)


def _rows(sheet: Any, corrections: dict[int, dict[int, str]]) -> Iterator[Row]:
    """Return every row from the first on; calamine leaves out the columns before the first value."""
    before = [""] * (sheet.start[1] if sheet.start else 0)
    for number, row in enumerate(sheet.iter_rows()):
        cells = before + [value if type(value) is str else cell_text(value) for value in row]
        for place, text in corrections.get(number, {}).items():
            cells += [""] * (place + 1 - len(cells))
            cells[place] = text
        yield cells


def _filled_down(rows: Iterator[Row], merges: tuple[tuple[int, int, int, int], ...]) -> Iterator[Row]:
    """Let what is merged downwards stand in each of its rows: a region beside all its plans."""
    starts: dict[int, list[tuple[int, int]]] = {}
    for first, left, last, _ in merges:
        if last > first:
            starts.setdefault(first, []).append((left, last))
    held: dict[int, tuple[str, int]] = {}
    for number, row in enumerate(rows):
        held = {place: (text, last) for place, (text, last) in held.items() if last >= number}
        for place, (text, _) in held.items():
            if place < len(row) and not row[place]:
                row[place] = text
        held |= {place: (row[place], last) for place, last in starts.get(number, []) if place < len(row)}
        yield row


def _look_over(path: Path) -> None:
    """Refuse a zipped file that is broken or unfolds too far."""
    with _opened(path) as file:
        parts = file.infolist()
        total = sum(part.file_size for part in parts)
        steep = [
            p for p in parts if p.file_size > 100 * _BLOCK and p.file_size > LARGEST_RATIO * p.compress_size
        ]
        if total > LARGEST or steep:
            msg = f"{path} unfolds to {total / (1 << 30):.1f} GiB, as a zip bomb does; it was not opened."
            raise CleaningError(msg)
        if not {part.filename for part in parts} & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
            msg = f"{path} is a zipped file but holds no workbook."
            raise CleaningError(msg)
        for part in parts:
            if re.fullmatch(r"xl/worksheets/[^/]+\.xml", part.filename):
                _look_over_sheet(path, file, part)
            else:
                _unfold(file, part)


def _unfold(file: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Read a part to its end, where its checksum is compared: damage anywhere tells that the file is not whole."""
    with file.open(part) as stream:
        while stream.read(_BLOCK):
            pass


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as file:
            yield file
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        msg = f"{path} is damaged and cannot be opened as a workbook: {error}."
        raise CleaningError(msg) from None


_FAR = re.compile(rb'<c r="([A-Z]{3})[0-9]')
_NEAR = re.compile(rb'<c r="([A-Z]{1,2})[0-9]')
_LAST_ROW = re.compile(rb'<row [^>]*?r="([0-9]+)"')
# A formula may well give an empty text, as =IF(A1="","",...) does; Excel then says t="str".
_NO_VALUE = re.compile(rb'<c (?![^>]*\bt="str")[^>]*>\s*<f[^>]*(?:/>|>[^<]*</f>)\s*(?:</c>|<v\s*/>|<v></v>)')


def _blocks(file: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Return a sheet's text in blocks that end between two cells."""
    tail = b""
    with file.open(part) as stream:
        while block := stream.read(_BLOCK):
            text = tail + block
            cut = text.rfind(b"<c ") if len(block) == _BLOCK else len(text)
            text, tail = (text[:cut], text[cut:]) if cut > 0 else (b"", text)
            yield text
            if len(tail) > 64 * _BLOCK:
                tail = b""
    yield tail


def _look_over_sheet(path: Path, file: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Read a sheet's text once: how far it reaches, and whether formulas come with their values."""
    last_row = unfolded = without = 0
    last_column = b"A"
    for text in _blocks(file, part):
        unfolded += len(text)
        rows = _LAST_ROW.findall(text, max(0, len(text) - 65536)) or _LAST_ROW.findall(text)
        last_row = max([last_row, *map(int, rows[-1:])])
        columns = _FAR.findall(text) or _NEAR.findall(text, 0, 65536)
        last_column = max([last_column, *columns], key=lambda letters: (len(letters), letters))
        without += len(_NO_VALUE.findall(text)) if b"<f" in text else 0
    if unfolded > LARGEST or last_row * column_number(last_column.decode()) > MOST_CELLS:
        msg = (
            f"{path}: a sheet reaches to cell {last_column.decode()}{last_row}; delete the empty rows and columns "
            "beyond the table and save it again."
        )
        raise CleaningError(msg)
    if without:
        formulas = "a formula" if without == 1 else f"{without:,} formulas"
        msg = f"{path} has {formulas} without a saved value; open it in Excel and save it again."
        raise CleaningError(msg)


@lru_cache(maxsize=20_000)
def column_number(letters: str) -> int:
    """Return a column's number by its letters, from 1.

    Examples
    --------
    >>> column_number("A"), column_number("AB"), column_number("XFD")
    (1, 28, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


_ERROR = re.compile(rb'<c r="([A-Z]{1,3})([0-9]+)"[^>]*\bt="e"[^>]*>(?:(?!</c>).)*?<v>([^<]*)</v>', re.DOTALL)


def _corrections(path: Path, sheet: str) -> dict[int, dict[int, str]]:
    """Return the cells that calamine does not show as Excel does: errors (#N/A), 0012 and 38%."""
    found: dict[int, dict[int, str]] = {}
    with _opened(path) as file:
        part = _part_of(file, sheet)
        shown = _shown_otherwise(file)
        numbers = _numbers_of(shown)
        for text in _blocks(file, part) if part else ():
            for column, row, error in _ERROR.findall(text) if b't="e"' in text else ():
                found.setdefault(int(row) - 1, {})[column_number(column.decode()) - 1] = error.decode()
            for column, row, style, number in numbers.findall(text) if numbers else ():
                told = _as_shown(number.decode(), shown[style])
                found.setdefault(int(row) - 1, {})[column_number(column.decode()) - 1] = told
    return found


def _shown_otherwise(file: zipfile.ZipFile) -> dict[bytes, str]:
    """Return the formats that pad with zeros or show a percentage, by the number of their style."""
    try:
        styles = ElementTree.fromstring(file.read("xl/styles.xml"))  # noqa: S314 - looked over, as above
    except (KeyError, ElementTree.ParseError):
        return {}
    formats = {one.get("numFmtId"): one.get("formatCode", "") for one in styles.iterfind(".//{*}numFmt")}
    formats |= {"9": "0%", "10": "0.00%"}
    used = [formats.get(style.get("numFmtId"), "") for style in styles.iterfind(".//{*}cellXfs/{*}xf")]
    return {
        str(place).encode(): code
        for place, code in enumerate(used)
        if re.fullmatch("0{2,}", code) or "0%" in code
    }


def _numbers_of(styles: dict[bytes, str]) -> re.Pattern[bytes] | None:
    """Return what finds the numbers in these styles: column, row, style, number."""
    if not styles:
        return None
    return re.compile(
        rb'<c r="([A-Z]{1,3})([0-9]+)"(?![^>]*\bt="[^n])[^>]*\bs="(%b)"[^>]*>(?:<f(?:(?!</c>).)*?)?<v>([^<]*)</v>'
        % b"|".join(styles),
        re.DOTALL,
    )


@lru_cache(maxsize=100_000)
def _as_shown(number: str, code: str) -> str:
    """Return a number as its format shows it, with all its digits: 12 as 0012, 0.385 as 38.5%."""
    if "%" in code:
        return f"{(Decimal(f'{float(number):.15g}') * 100).normalize():f}%"  # Excel, too, holds 15 digits
    return number.zfill(len(code)) if number.isdigit() else number


def _part_of(file: zipfile.ZipFile, sheet: str) -> zipfile.ZipInfo | None:
    """Return the part that holds a sheet, by way of the workbook's list and its relations."""
    try:
        book = ElementTree.fromstring(file.read("xl/workbook.xml"))  # noqa: S314 - looked over, and expat bars entity bombs
        links = ElementTree.fromstring(file.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    except (KeyError, ElementTree.ParseError):
        return None
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for entry in book.iter():
        if entry.tag.endswith("}sheet") and entry.get("name") == sheet:
            link = next((value for name, value in entry.items() if name.endswith("}id")), "")
            name = targets.get(link, "")
            full = name.lstrip("/") if name.startswith("/") else f"xl/{name}"
            return file.getinfo(full) if full in file.namelist() else None
    return None
