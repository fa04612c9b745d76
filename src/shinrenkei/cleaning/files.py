"""A table as an office made it: its cells as text, and every other line accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from shinrenkei.cleaning.errors import CleaningError
from shinrenkei.cleaning.headings import (
    LOOKED_AT,
    Cut,
    Layout,
    find_layout,
    is_trailing,
    told,
    total_words,
    why_cut,
)
from shinrenkei.cleaning.readers import open_rows
from shinrenkei.cleaning.rows import Row, file_errors

TAIL = 100
"""Lines kept back until the end is known, so that remarks under the table are told from data."""

OVERLONG = "it has an entry in a column without a heading"


@dataclass(frozen=True)
class Piece:
    """Some lines of a file: the data among them, those cut away, and those with more cells than the heading."""

    cells: pd.DataFrame
    cuts: list[Cut]
    overlong: list[tuple[int, Row]] = field(default_factory=list)


@dataclass(frozen=True)
class OfficeTable:
    """A table and what stood around it.

    Attributes
    ----------
    cells : pandas.DataFrame
        Every cell as text (dtype ``str``; an empty cell is missing), indexed by its line in the file from 1.
    cuts : pandas.DataFrame
        The lines that are not data: ``row``, ``reason`` (title, heading, blank, note, total, ...), ``text``.
    about : tuple of str
        What was found out about the file: its encoding, the sheet, headings that stand twice.
    lines : int
        The lines of the file; each is a row of ``cells`` or of ``cuts``.
    """

    cells: pd.DataFrame
    cuts: pd.DataFrame
    about: tuple[str, ...]
    lines: int


@dataclass(frozen=True)
class OpenTable:
    """A table that is being read piece by piece, so that a long one needs little memory."""

    layout: Layout
    about: tuple[str, ...]
    pieces: Iterator[Piece]


def open_table(
    path: str | Path,
    *,
    sheet: str | int | None = None,
    heading: tuple[int, int] | None = None,
    totals: Sequence[str] | None = None,
    encoding: str | None = None,
) -> OpenTable:
    """Open a table to be read piece by piece; see `read_table`."""
    path = Path(path)
    rows = open_rows(path, sheet=sheet, encoding=encoding)
    with file_errors(path):
        start = next(rows.chunks, [])
    try:
        layout = find_layout(
            start[: LOOKED_AT if not rows.named else 1], rows.merges, (1, 1) if rows.named else heading
        )
    except CleaningError as error:
        msg = f"{path}: {error}"
        raise CleaningError(msg) from None
    twice = tuple(
        f"the heading {name!r} stands more than once: {', '.join(new)}" for name, new in layout.twice.items()
    )
    words = total_words([] if rows.named else totals)
    return OpenTable(layout, (*rows.about, *twice), _pieces(start, rows.chunks, layout, words, path))


def read_table(
    path: str | Path,
    *,
    sheet: str | int | None = None,
    heading: tuple[int, int] | None = None,
    totals: Sequence[str] | None = None,
    encoding: str | None = None,
) -> OfficeTable:
    r"""Read a table from an office file, with every line of the file accounted for.

    Parameters
    ----------
    path : str or pathlib.Path
        A workbook (.xlsx, .xls, .ods), a text (.csv, .tsv), a file of Stata, SPSS or SAS, or Parquet.
    sheet : str or int, optional
        A workbook's sheet by name or number from 1; the first that is not empty by default.
    heading : (int, int), optional
        First and last line of the heading, from 1, where they are known better than they can be found.
    totals : sequence of str, optional
        What a row of totals begins with; 合計, 計, 小計, 総数, ... by default, none where it is empty.
    encoding : str, optional
        A text's encoding, where it is known better than it can be found.

    Returns
    -------
    OfficeTable
        The cells as text, and the lines that were cut away.

    Raises
    ------
    CleaningError
        When the file cannot be read as a table, in a sentence that says why.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "plans.csv"
    >>> _ = path.write_bytes("認定計画一覧\n地域,件数\n東北,８\n合計,８\n".encode("cp932"))
    >>> table = read_table(path)
    >>> table.cells.to_dict("index"), table.about
    ({3: {'地域': '東北', '件数': '８'}}, ('encoding Shift_JIS (CP932)',))
    >>> table.cuts["reason"].tolist()
    ['title', 'heading', 'total']
    """
    table = open_table(path, sheet=sheet, heading=heading, totals=totals, encoding=encoding)
    pieces = list(table.pieces)
    overlong = [line for piece in pieces for line in piece.overlong]
    if overlong:
        msg = f"{path}, line {overlong[0][0]}: {OVERLONG}."
        raise CleaningError(msg)
    cuts = pd.DataFrame([cut for piece in pieces for cut in piece.cuts], columns=list(Cut._fields))
    cells = pd.concat([piece.cells for piece in pieces])
    return OfficeTable(cells, cuts, table.about, len(cells) + len(cuts))


def _pieces(
    start: list[Row], more: Iterator[list[Row]], layout: Layout, words: frozenset[str], path: Path
) -> Iterator[Piece]:
    """Part every line into data and what is not; the first piece also has what stands above the table."""
    number = layout.first
    above = list(layout.cuts)
    waiting = start[layout.first - 1 :]
    with file_errors(path):
        for chunk in more:
            waiting += chunk
            ready, waiting = waiting[:-TAIL], waiting[-TAIL:]
            yield _part(ready, number, layout, words, above)
            number += len(ready)
            above = []
    end = len(waiting)
    while end and (why_cut(waiting[end - 1], layout, words) or is_trailing(waiting[end - 1], layout)):
        end -= 1
    rest = _part(waiting[:end], number, layout, words, above)
    for place, row in enumerate(waiting[end:], number + end):
        rest.cuts.append(Cut(place, why_cut(row, layout, words) or "note", told(row)))
    yield rest


def _part(rows: list[Row], number: int, layout: Layout, words: frozenset[str], above: list[Cut]) -> Piece:
    cuts, numbers, kept = list(above), [], []
    overlong: list[tuple[int, Row]] = []
    width = layout.columns[-1] + 1
    outside = sorted(set(range(width)) - set(layout.columns))
    for place, row in enumerate(rows, number):
        reason = why_cut(row, layout, words)
        if reason:
            cuts.append(Cut(place, reason, told(row)))
        elif any(text.strip() for text in row[width:]) or any(
            row[p].strip() for p in outside if p < len(row)
        ):
            overlong.append((place, row))
        else:
            numbers.append(place)
            kept.append(row if len(row) == width else [*row, *[""] * (width - len(row))][:width])
    return Piece(_frame(kept, numbers, layout), cuts, overlong)


def _frame(rows: list[Row], numbers: list[int], layout: Layout) -> pd.DataFrame:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) or [()] * (layout.columns[-1] + 1)
    data = {}
    for name, place in zip(layout.names, layout.columns, strict=True):
        # A cell without an entry is missing; that is all that is changed here.
        texts = [text or None for text in columns[place]]
        data[name] = pd.array(pa.array(texts, pa.large_string()), dtype="str")
    return pd.DataFrame(data, index=pd.Index(np.array(numbers, dtype=np.int64), name="source_row"))
