"""All tables and the ledger in one Excel workbook: numbers as numbers, dates as dates, text as text."""

from __future__ import annotations

import datetime as dt
import os
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from shinrenkei.errors import InputError

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.styles import Font
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

NAME = "shinrenkei.xlsx"
_CONTENTS = "目次 Contents"
_LEDGER = "検証台帳 Claims"
_MOMENT = dt.datetime(2000, 1, 1)
_ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)
_LONGEST_CELL = 32_767
_LONGEST_NAME = 31
_WIDEST = 60
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_workbook(
    path: str | os.PathLike[str],
    tables: Mapping[str, pd.DataFrame],
    *,
    claims: pd.DataFrame | None = None,
) -> Path:
    """Write tables and the ledger to one workbook, the same bytes for the same tables.

    Parameters
    ----------
    path : path
        The file, usually ``reports/shinrenkei.xlsx``; its folder is made.
    tables : mapping of str to pandas.DataFrame
        Name of the sheet and table, in the order of the sheets. ``attrs`` as the catalog gives them
        (``title``, ``title_en``, ``units``, ``source_line``, ``notes``) head the sheet.
    claims : pandas.DataFrame, optional
        The ledger, a sheet of its own at the end.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        Where two tables would have one sheet's name, or the file cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_workbook(f"{folder}/all.xlsx", {"plans": pd.DataFrame({"plans": [321]})}).name
    'all.xlsx'
    """
    from openpyxl import Workbook

    frames = dict(tables)
    if claims is not None:
        frames[_LEDGER] = _with_title(claims, "検証台帳", "The ledger of claims")
    sheets = _sheet_names(frames)
    book = Workbook()
    contents = book.active
    for name, title in sheets.items():
        _write_table(book.create_sheet(title), frames[name])
    for sheet in book:
        _for_paper(sheet)
    _write_contents(contents, {sheets[name]: frame for name, frame in frames.items()})
    return _save(book, Path(path))


def _with_title(frame: pd.DataFrame, title: str, title_en: str) -> pd.DataFrame:
    out = frame.copy(deep=False)
    out.attrs = {"title": title, "title_en": title_en}
    return out


def _sheet_names(frames: Iterable[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for name in frames:
        # Excel takes at most 31 characters, none of []:*?/\, and counts capitals as small letters.
        sheet = re.sub(r"[\[\]:*?/\\]", "-", name)[:_LONGEST_NAME].strip("'") or "-"
        if sheet.casefold() in {known.casefold() for known in names.values()} | {_CONTENTS.casefold()}:
            msg = f"Table {name!r} would share the sheet {sheet!r}; expected names that differ in 31 characters."
            raise InputError(msg)
        names[name] = sheet
    return names


def _write_table(sheet: Worksheet, frame: pd.DataFrame) -> None:
    from openpyxl.utils import get_column_letter

    for line in _head(frame):
        _put(sheet, sheet.max_row + 1 if sheet["A1"].value else 1, 1, line)
    sheet["A1"].font = _font(bold=True, size=13)
    units: Mapping[str, str] = frame.attrs.get("units") or {}
    top = sheet.max_row + 2
    for column, name in enumerate(map(str, frame.columns), 1):
        if units.get(name):
            _put(sheet, top, column, f"[{units[name]}]").font = _font(italic=True, color="566070")
        _put(sheet, top + 1, column, name).font = _font(bold=True)
    for column, name in enumerate(frame.columns, 1):
        values = _cells(frame[name])
        for row, value in enumerate(values, top + 2):
            _put(sheet, row, column, value, _number_format(str(name), value))
        width = max([_width(str(name)), *(_width(value) for value in values)]) + 2
        sheet.column_dimensions[get_column_letter(column)].width = min(max(width, 8), _WIDEST)
    sheet.freeze_panes = f"A{top + 2}"
    if len(frame.columns):
        sheet.auto_filter.ref = f"A{top + 1}:{get_column_letter(len(frame.columns))}{top + 1 + len(frame)}"


def _font(**look: Any) -> Font:
    from openpyxl.styles import Font

    # Without a name a spreadsheet takes any font for it, often one with serifs.
    return Font(**{"name": "Calibri", "size": 11, **look})


def _for_paper(sheet: Worksheet) -> None:
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _head(frame: pd.DataFrame) -> list[str]:
    attrs = frame.attrs
    source, notes = attrs.get("source_line") or {}, attrs.get("notes") or {}
    title = " / ".join(filter(None, [attrs.get("title"), attrs.get("title_en")]))
    lines = [title, source.get("ja"), source.get("en"), notes.get("ja"), notes.get("en")]
    return [str(line) for line in lines if line] or ["–"]


def _cells(column: pd.Series) -> list[Any]:
    return [_plain(value) for value in column]


def _plain(value: Any) -> Any:
    """Return a value as Excel knows it; what is missing is an empty cell."""
    if isinstance(value, list | tuple | set | dict):
        return str(value)
    if value is None or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        moment = value.tz_localize(None) if value.tzinfo else value
        return moment.date() if moment == moment.normalize() else moment.to_pydatetime()
    return value.item() if hasattr(value, "item") else value


def _number_format(name: str, value: Any) -> str | None:
    if isinstance(value, dt.datetime):
        return "yyyy-mm-dd hh:mm"
    if isinstance(value, dt.date):
        return "yyyy-mm-dd"
    if isinstance(value, dt.time):
        return "hh:mm"
    return "#,##0" if name.endswith("_yen") and isinstance(value, int) else None


def _put(sheet: Worksheet, row: int, column: int, value: Any, form: str | None = None) -> Cell:
    cell: Cell = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value = _CONTROL.sub("\ufffd", value)[:_LONGEST_CELL]
        # Text that begins with =, +, - or @ is text, also for whoever edits the cell later.
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in ("=", "+", "-", "@")
    elif value is not None:
        known = isinstance(value, bool | int | float | dt.date | dt.time | dt.timedelta)
        cell.value = value if known else str(value)
    if form:
        cell.number_format = form
    return cell


def _width(value: Any) -> int:
    # A Japanese letter is as wide as two Latin ones.
    return sum(1 + (ord(letter) > 0x2E7F) for letter in str(value)) if value is not None else 0


def _write_contents(sheet: Worksheet, frames: Mapping[str, pd.DataFrame]) -> None:
    from openpyxl.worksheet.hyperlink import Hyperlink

    sheet.title = _CONTENTS
    _put(
        sheet, 1, 1, "新連携の公表数値：表と検証台帳 / The published record: tables and ledger"
    ).font = _font(bold=True, size=13)
    heads: Sequence[str] = ("表 Table", "題", "Title", "行 Rows", "出典", "Source")
    for column, head in enumerate(heads, 1):
        _put(sheet, 3, column, head).font = _font(bold=True)
    for row, (name, frame) in enumerate(frames.items(), 4):
        source = frame.attrs.get("source_line") or {}
        line = (name, frame.attrs.get("title"), frame.attrs.get("title_en"), len(frame), source.get("ja"))
        for column, value in enumerate((*line, source.get("en")), 1):
            _put(sheet, row, column, value)
        cell = sheet.cell(row, 1)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{name.replace(chr(39), chr(39) * 2)}'!A1")
        cell.font = _font(color="1D4F7C", underline="single")
    for letter, width in zip("ABCDEF", (28, 40, 48, 10, _WIDEST, _WIDEST), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A4"


def _save(book: Workbook, path: Path) -> Path:
    book.properties.creator = "shinrenkei"
    book.properties.created = _MOMENT
    buffer = BytesIO()
    book.save(buffer)
    beside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(_without_time(buffer.getvalue()))
        beside.replace(path)
    except OSError as error:
        msg = f"The workbook {path} cannot be written: {error.strerror or error}."
        raise InputError(msg) from error
    return path


def _without_time(content: bytes) -> bytes:
    # openpyxl writes the present moment into the file's properties and into every entry of the archive.
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                stamp = f"{_MOMENT.isoformat()}Z".encode()
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, data)
            entry = zipfile.ZipInfo(name, _ZIP_MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            new.writestr(entry, data)
    return out.getvalue()
