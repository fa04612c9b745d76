"""The tables and the ledger as one Excel workbook: typed cells, no formula, the same bytes every time."""

from __future__ import annotations

import io
import math
import os
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from shinrenkei import claims
from shinrenkei.errors import InputError
from shinrenkei.files import replace_file
from shinrenkei.report.sheets import CONTENTS, CONTROL, Sheet, all_sheets, sheet_names

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

HEADER_ROW = 10
"""The row of the column names on every sheet but the contents; the table stands below it."""

_LABELS_ROW, _UNITS_ROW = HEADER_ROW - 2, HEADER_ROW - 1
_MOMENT = datetime(1980, 1, 1)  # the first that a zip archive can hold
_SIZE, _TITLE_SIZE = 11, 14
_NARROWEST, _WIDEST, _HEADING, _PAPER = 8, 60, 110, 220
_CELL_LIMIT, _MOST_ROWS = 32767, 2**20 - 1
_FORMULA_STARTS = tuple("=+-@＝＋－＠")
_ABOUT = (
    "新連携の公表資料：整形済みの表と、資料の主張の台帳",
    "The published record of Japan's new-partnership scheme: tidy tables, and the ledger of what it claims",
    "数値は各シートに示す資料からの事実です。引用するときは出典の行を添えてください。",
    "The numbers are facts from the documents named on each sheet; quote them with the source line.",
    "空欄は、資料に印刷されていないか、当てはまらない値です。",
    "An empty cell is a value that the source does not print, or that does not apply.",
)


def write_workbook(path: str | os.PathLike[str], *, ledger: pd.DataFrame | None = None) -> Path:
    """Write every table and the ledger of claims as one Excel workbook.

    The first sheet lists the others with links. Each table has its sheet with titles, source lines, notes,
    labels and units above the column names, which stand in row 10, frozen and with filters:
    ``pandas.read_excel(path, "plan_counts", header=9, engine="calamine")`` reads one back. Numbers, dates,
    times and yes/no are cells of those types, text is never taken for a formula, and what is missing is an
    empty cell.

    Parameters
    ----------
    path : path
        The file, ``shinrenkei.xlsx`` in the reports; its folder is made. Written beside its place and renamed.
    ledger : pandas.DataFrame, optional
        The claims as :func:`shinrenkei.claims.check` gives them; checked now if not given.

    Returns
    -------
    pathlib.Path
        The file. The same tables and the same ledger give the same bytes.

    Raises
    ------
    InputError
        Where the file cannot be written, or a cell holds what a workbook cannot.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = write_workbook(Path(folder) / "shinrenkei.xlsx", ledger=claims.check("meti-2005"))
    ...     table = pd.read_excel(path, "core_firm_capital", header=9, engine="calamine")
    >>> table["firms"].sum()
    np.int64(69)
    """
    ledger = claims.check() if ledger is None else ledger
    path = Path(path)
    replace_file(path, _workbook_bytes(all_sheets(ledger)))
    return path


def plain_workbook(table: pd.DataFrame) -> bytes:
    """Return a table alone as a workbook, its column names in the first row; the same bytes for the same table.

    Examples
    --------
    >>> content = plain_workbook(pd.DataFrame({"firm": ["a"], "founded": [1987]}))
    >>> pd.read_excel(io.BytesIO(content), engine="calamine").to_dict('records')
    [{'firm': 'a', 'founded': 1987}]
    """
    from openpyxl import Workbook

    if len(table) > _MOST_ROWS:
        msg = (
            f"The table has {len(table):,} rows; a sheet of Excel takes {_MOST_ROWS:,}: write CSV or Parquet."
        )
        raise InputError(msg)
    book = Workbook(write_only=True)
    book.properties.creator = "shinrenkei"
    book.properties.created = _MOMENT
    sheet = book.create_sheet("data")
    cells = table.astype(object)
    for name in table.select_dtypes("datetime"):
        cells[name] = table[name].dt.date
    sheet.append(list(table.columns))
    for row in cells.where(table.notna(), None).itertuples(index=False, name=None):
        sheet.append(row)
    return _archive(book)


def text_width(text: str) -> int:
    """Return how many columns of type a text takes: a full-width letter takes two.

    Examples
    --------
    >>> text_width("連携 2005"), text_width("ﾚﾝｹｲ")
    (9, 4)
    """
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def _workbook_bytes(sheets: Sequence[Sheet]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.properties.title = "新連携の公表資料 / The published record of the new-partnership scheme"
    book.properties.creator = "shinrenkei"
    book.properties.created = _MOMENT
    contents, *names = sheet_names([CONTENTS, *(sheet.name for sheet in sheets)])
    book.active.title = contents
    _write_contents(book.active, sheets, names)
    for sheet, name in zip(sheets, names, strict=True):
        _write_sheet(book.create_sheet(name), sheet)
    return _archive(book)


def _archive(book: Workbook) -> bytes:
    """Return the file's bytes with every time in it fixed; saving puts the present time into some."""
    saved, fixed = io.BytesIO(), io.BytesIO()
    book.save(saved)
    stamp = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(fixed, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "docProps/core.xml":
                content = stamp.sub(rb"\g<1>" + f"{_MOMENT.isoformat()}Z".encode(), content)
            info = zipfile.ZipInfo(entry.filename, _MOMENT.timetuple()[:6])
            info.external_attr, info.create_system = 0o644 << 16, 3  # the same on every system
            new.writestr(info, content, zipfile.ZIP_DEFLATED, 6)
    return fixed.getvalue()


def _write_contents(place: Worksheet, sheets: Sequence[Sheet], names: Sequence[str]) -> None:
    for row, line in enumerate(_ABOUT, start=1):
        _text(place.cell(row, 1), line, bold=row == 1, size=_TITLE_SIZE if row == 1 else _SIZE)
    header = len(_ABOUT) + 2
    headings = ("シート / Sheet", "題名", "Title", "行 / Rows", "資料 / Sources")
    for number, heading in enumerate(headings, start=1):
        _heading(place.cell(header, number), heading)
    for row, (sheet, name) in enumerate(zip(sheets, names, strict=True), start=header + 1):
        _link(place.cell(row, 1), name, name)
        for number, text in ((2, sheet.titles[0]), (3, sheet.titles[1]), (5, sheet.source_ids)):
            _text(place.cell(row, number), text, wrap=True)
        _write_cell(place.cell(row, 4), len(sheet.table), "#,##0", side="right")
    widths = [28, 44, 60, 10, 44]
    _set_widths(place, widths)
    _set_heights(place, widths, header + 1)
    _set_view(place, header, len(headings), header + len(sheets))


def _write_sheet(place: Worksheet, sheet: Sheet) -> None:
    names = [str(name) for name in sheet.table]
    columns = [_cells(sheet, number) for number in range(len(names))]
    above = list(
        zip(sheet.labels, sheet.units, [f"{name}   " for name in names], strict=True)
    )  # for the arrow
    widths = [_width([*texts, *cells]) for texts, cells in zip(above, columns, strict=True)]
    _set_widths(place, widths)
    _write_above(place, sheet, widths)
    for number, (name, cells) in enumerate(zip(names, columns, strict=True), start=1):
        label, unit, kind = sheet.labels[number - 1], sheet.units[number - 1], sheet.kinds[number - 1]
        side = "right" if kind in ("integer", "number") else "left"
        number_format, wrap = _number_format(kind, unit, cells), widths[number - 1] == _WIDEST
        _text(place.cell(_LABELS_ROW, number), label, side=side)
        _text(place.cell(_UNITS_ROW, number), unit, side=side, color="666666")
        _heading(place.cell(HEADER_ROW, number), name, side=side)
        for row, value in enumerate(cells, start=HEADER_ROW + 1):
            _write_cell(place.cell(row, number), value, number_format, side=side, wrap=wrap)
    _set_heights(place, widths, HEADER_ROW + 1)
    _set_view(place, HEADER_ROW, len(names), HEADER_ROW + len(sheet.table))


def _width(cells: Iterable[Any]) -> int:
    shown = (f"{cell:,}" if type(cell) in (int, float) else str(cell) for cell in cells if cell is not None)
    return min(_WIDEST, max([_NARROWEST, *(text_width(text) + 3 for text in shown)]))


def _write_above(place: Worksheet, sheet: Sheet, widths: Sequence[int]) -> None:
    """Write titles, sources and notes over the table, wrapped over its width or a little more."""
    columns, total = 0, 0
    while total < _HEADING:
        if columns == len(widths):
            widths = [*widths, _NARROWEST]
        columns, total = columns + 1, total + widths[columns]
    _set_widths(place, widths)
    _link(place.cell(1, 1), CONTENTS, "← 目次 / Contents")
    for row, line in enumerate([*sheet.titles, *sheet.sources, *sheet.notes], start=2):
        size = _TITLE_SIZE if row == 2 else _SIZE
        _text(place.cell(row, 1), line, bold=row == 2, size=size, wrap=True)
        place.merge_cells(start_row=row, end_row=row, start_column=1, end_column=columns)
        place.row_dimensions[row].height = _height(line, total, size)


def _cells(sheet: Sheet, number: int) -> list[Any]:
    """Return a column as what its cells shall hold; None where a value is missing."""
    kind = sheet.kinds[number]
    return [None if pd.isna(value) else _value(value, kind) for value in sheet.table.iloc[:, number]]


def _value(value: Any, kind: str) -> Any:
    if kind == "integer":
        return int(value)
    if kind == "number":
        return float(value) if math.isfinite(value) else str(value)
    if kind == "boolean":
        return bool(value)
    if kind == "date":
        moment = pd.Timestamp(value).tz_localize(None).to_pydatetime()  # a workbook knows no zones
        return moment.date() if moment.time() == time() else moment
    return time.fromisoformat(value) if kind == "time" else str(value)


def _number_format(kind: str, unit: str, cells: Sequence[Any]) -> str:
    """Return how a column is shown: the same decimals in every row, thousands apart where it has a unit."""
    if kind == "date":
        return "yyyy-mm-dd hh:mm:ss" if any(isinstance(cell, datetime) for cell in cells) else "yyyy-mm-dd"
    if kind == "time":
        return "hh:mm"
    if kind == "boolean":
        return '"TRUE";"TRUE";"FALSE"'  # some programs show a plain one as 1
    if kind == "integer":
        return "#,##0" if unit else "0"
    texts = [repr(cell).removesuffix(".0") for cell in cells if isinstance(cell, float)]
    decimals = max((len(text.partition(".")[2]) for text in texts), default=0)
    if kind != "number" or not unit or decimals > 3:
        return "General"
    return f"#,##0.{'0' * decimals}" if decimals else "#,##0"


def _write_cell(cell: Cell, value: Any, number_format: str, *, side: str, wrap: bool = False) -> None:
    from openpyxl.styles import Alignment

    if isinstance(value, str):
        _text(cell, value, side=side, wrap=wrap)
    elif value is not None:
        cell.value = value
        cell.alignment = Alignment(side, vertical="top", indent=int(side == "left"))
        cell.number_format = number_format


def _text(
    cell: Cell,
    text: str,
    *,
    side: str = "left",
    wrap: bool = False,
    bold: bool = False,
    size: int = _SIZE,
    color: str | None = None,
) -> None:
    from openpyxl.styles import Alignment, Font

    if not text:
        return
    if len(text) > _CELL_LIMIT or CONTROL.search(text):
        msg = (
            f"Sheet {cell.parent.title!r}, cell {cell.coordinate}: {text[:40]!r} of {len(text)} characters came; "
            f"expected at most {_CELL_LIMIT}, none of them a control character."
        )
        raise InputError(msg)
    cell.value = text
    cell.data_type = "s"  # "=1+1" would be a formula and "#N/A" an error otherwise
    cell.alignment = Alignment(side, vertical="top", wrap_text=wrap, indent=int(side == "left"))
    if bold or size != _SIZE or color:
        cell.font = Font(name="Calibri", bold=bold, size=size, color=color)
    if text.startswith(_FORMULA_STARTS):
        cell.quotePrefix = True  # it stays text also for whoever edits the cell


def _heading(cell: Cell, text: str, side: str = "left") -> None:
    from openpyxl.styles import Border, PatternFill, Side

    _text(cell, text, side=side, bold=True)
    cell.fill = PatternFill("solid", fgColor="E8EEF4")
    cell.border = Border(bottom=Side("thin", color="44546A"))


def _link(cell: Cell, sheet: str, text: str) -> None:
    from openpyxl.worksheet.hyperlink import Hyperlink

    _text(cell, text, color="0B5394")
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{sheet}'!A1")


def _set_widths(place: Worksheet, widths: Sequence[int]) -> None:
    from openpyxl.utils import get_column_letter

    for number, width in enumerate(widths, start=1):
        place.column_dimensions[get_column_letter(number)].width = width


def _set_heights(place: Worksheet, widths: Sequence[int], first: int) -> None:
    """Make rows as high as their wrapped text needs, for not every program does so when it opens a file."""
    for row in place.iter_rows(min_row=first, max_col=len(widths)):
        texts = [
            (cell.value, width) for cell, width in zip(row, widths, strict=True) if cell.alignment.wrap_text
        ]
        height = max((_height(text, width) for text, width in texts), default=0)
        if height > _height("", 1):
            place.row_dimensions[row[0].row].height = height


def _height(text: str, width: int, size: int = _SIZE) -> float:
    needed = text_width(text)
    lines = 1 if needed <= width else math.ceil(1.1 * needed / width)  # words do not fill their line
    return 1.4 * size * lines


def _set_view(place: Worksheet, header: int, columns: int, last: int) -> None:
    """Freeze the header row, give it filters, and print it on every page."""
    from openpyxl.utils import get_column_letter

    place.freeze_panes = f"A{header + 1}"
    place.auto_filter.ref = f"A{header}:{get_column_letter(max(1, columns))}{last}"
    place.print_title_rows = f"{header}:{header}"
    place.sheet_properties.pageSetUpPr.fitToPage = True
    place.page_setup.orientation, place.page_setup.paperSize = "landscape", place.PAPERSIZE_A4
    width = sum(place.column_dimensions[get_column_letter(number + 1)].width for number in range(columns))
    place.page_setup.fitToWidth, place.page_setup.fitToHeight = math.ceil(width / _PAPER), 0
