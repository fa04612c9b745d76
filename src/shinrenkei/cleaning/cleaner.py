"""A file as an office made it, into a tidy one by a codebook, with every line accounted for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from shinrenkei.cleaning.checks import Checker, Rejection
from shinrenkei.cleaning.errors import CleaningError
from shinrenkei.cleaning.filebook import Filebook, find_sources, make_filebook, read_filebook
from shinrenkei.cleaning.files import OVERLONG, OpenTable, Piece, open_table
from shinrenkei.cleaning.outfile import Outputs, RejectsWriter, TidyWriter, arrow_table, check_place
from shinrenkei.cleaning.report import write_report
from shinrenkei.cleaning.rows import file_errors
from shinrenkei.cleaning.tally import ColumnTally, FileTally


@dataclass(frozen=True)
class Cleaned:
    """What became of a file's lines: ``lines`` = ``rows_out`` + ``rows_rejected`` + ``lines_cut``."""

    lines: int
    rows_out: int
    rows_rejected: int
    lines_cut: int
    about: tuple[str, ...]
    out: Path
    rejects: Path
    report: Path


def clean(
    path: str | Path,
    codebook: Filebook | dict[str, Any] | str | Path,
    out: str | Path,
    *,
    progress: Callable[[int], None] | None = None,
) -> Cleaned:
    r"""Turn an office file into a tidy, typed one, by a codebook.

    Beside the tidy file are written ``<out>.rejects.csv`` (a line a cell that is not what the codebook says:
    its line in the source, the reason, and the untouched row) and ``<out>.report.md`` (what was cut, changed
    and set aside, and how often). The three appear together when all are whole, or not at all.

    Parameters
    ----------
    path : str or pathlib.Path
        The file; see `read_table` for the kinds.
    codebook : Filebook, dict, str or pathlib.Path
        A codebook, what one says, or the path of one in TOML or YAML.
    out : str or pathlib.Path
        The tidy file, .parquet or .csv.
    progress : callable, optional
        Called with the number of lines done, now and then.

    Returns
    -------
    Cleaned
        The counts and the three paths.

    Raises
    ------
    CleaningError
        When the file, the codebook or the output is not what is expected, in one sentence.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "plans.csv").write_text("地域,件数\n東北,８\n関東,多数\n合計,８\n", encoding="utf-8")
    >>> book = {"columns": [{"name": "region", "source": "地域", "kind": "region"},
    ...                     {"name": "plans", "source": "件数", "kind": "integer", "required": True}]}
    >>> done = clean(folder / "plans.csv", book, folder / "tidy.csv")
    >>> done.lines, done.rows_out, done.rows_rejected, done.lines_cut
    (4, 1, 1, 2)
    >>> print((folder / "tidy.csv").read_text(), end="")
    region,plans,source_row
    tohoku,8,2
    """
    path, out = Path(path), Path(out)
    book = _book(codebook)
    with file_errors(out):
        check_place(out, path)
    table = open_table(
        path, sheet=book.sheet, heading=book.heading, totals=book.totals, encoding=book.encoding
    )
    sources = find_sources(book, table.layout, str(path))
    rejects, report = out.with_suffix(".rejects.csv"), out.with_suffix(".report.md")
    with file_errors(out), Outputs() as outputs:
        tally = _run(
            table, Checker(book, sources), outputs.temporary(out), outputs.temporary(rejects), progress
        )
        text = write_report(path.name, book, sources, table.about, tally)
        outputs.temporary(report).write_text(text, encoding="utf-8")
    return Cleaned(tally.lines, tally.kept, tally.rejected, tally.cut, table.about, out, rejects, report)


def _book(codebook: Filebook | dict[str, Any] | str | Path) -> Filebook:
    if isinstance(codebook, Filebook):
        return codebook
    return make_filebook(codebook) if isinstance(codebook, dict) else read_filebook(codebook)


def _run(
    table: OpenTable, checker: Checker, out: Path, rejects: Path, progress: Callable[[int], None] | None
) -> FileTally:
    """Clean a table piece by piece; return the counts."""
    tally = FileTally({column.name: ColumnTally() for column in checker.book.columns})
    with closing(TidyWriter(out)) as tidy, closing(RejectsWriter(rejects, table.layout.names)) as aside:
        for piece in table.pieces:
            kept, rejections = checker.tidy(piece.cells)
            tidy.write(arrow_table(kept))
            _write_rejects(aside, piece, rejections, table.layout.columns)
            _count(tally, checker, piece, kept, rejections)
            if progress:
                progress(tally.lines)
    return tally


def _write_rejects(
    aside: RejectsWriter, piece: Piece, rejections: list[Rejection], columns: tuple[int, ...]
) -> None:
    if rejections:
        rows = piece.cells.loc[sorted({rejection.row for rejection in rejections})].fillna("")
        by_line = dict(zip(rows.index, rows.itertuples(index=False, name=None), strict=True))
        for rejection in sorted(rejections):
            aside.write(rejection, by_line[rejection.row])
    for line, row in piece.overlong:
        known = [row[place] if place < len(row) else "" for place in columns]
        rest = [text for place, text in enumerate(row) if place not in columns and text.strip()]
        aside.write((line, "", "", " | ".join(rest), OVERLONG), [*known, *rest])


def _count(
    tally: FileTally, checker: Checker, piece: Piece, kept: pd.DataFrame, rejections: list[Rejection]
) -> None:
    """Add a piece to the counts, and hold it to the rule that no line is lost or told twice."""
    refused = {rejection.row for rejection in rejections}
    overlong = [line for line, _ in piece.overlong]
    lines = sorted([*kept.index, *refused, *overlong, *(cut.row for cut in piece.cuts)])
    expected = list(range(tally.lines + 1, tally.lines + len(lines) + 1))
    if lines != expected or len(kept) + len(refused) != len(piece.cells):
        msg = f"From line {tally.lines + 1} on not every line is accounted for once; please report it to shinrenkei."
        raise CleaningError(msg)
    tally.lines += len(lines)
    tally.kept += len(kept)
    tally.rejected += len(refused) + len(overlong)
    tally.count_cuts(piece.cuts)
    tally.reasons.update((rejection.column, rejection.reason) for rejection in rejections)
    tally.reasons.update([("", OVERLONG)] * len(overlong))
    for column in checker.book.columns:
        counts = tally.columns[column.name]
        counts.rejected += sum(rejection.column == column.name for rejection in rejections)
        values = kept[column.name] if column.name in kept else kept[checker.names[column.name]]
        counts.count(checker.printed(piece.cells.loc[kept.index], column), values, column)
