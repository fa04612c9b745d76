"""Any office file as rows of text: workbooks, CSV and TSV, and the files of statistics packages."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from shinrenkei.cleaning.encodings import find_encoding
from shinrenkei.cleaning.errors import CleaningError
from shinrenkei.cleaning.rows import CHUNK, Row, Rows, cell_text, chunked, file_errors
from shinrenkei.cleaning.workbooks import workbook_rows

LARGEST_CELL = 1 << 24
"""Characters of the largest cell of a CSV."""

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
TEXTS = (".csv", ".tsv", ".txt")
PACKAGES = (".dta", ".sav", ".zsav", ".por", ".sas7bdat", ".xpt")
ENDINGS = (*WORKBOOKS, *TEXTS, *PACKAGES, ".parquet")


def open_rows(path: Path, *, sheet: str | int | None = None, encoding: str | None = None) -> Rows:
    """Open a file as rows of text.

    Parameters
    ----------
    path
        The file; its ending says what it is, and must be right.
    sheet
        A workbook's sheet by name or by number from 1; the first that is not empty by default.
    encoding
        A text file's encoding, where it is known better than it can be found.

    Raises
    ------
    CleaningError
        When the file is missing, empty, of another kind than it says, protected or broken.
    """
    with file_errors(path):
        _check(path)
        ending = path.suffix.lower()
        if sheet is not None and ending not in WORKBOOKS:
            msg = f"{path} has no sheets; leave out sheet = {sheet!r}."
            raise CleaningError(msg)
        if encoding is not None and ending not in TEXTS:
            msg = f"{path} is no text file; leave out encoding = {encoding!r}."
            raise CleaningError(msg)
        if ending in WORKBOOKS:
            return workbook_rows(path, sheet)
        if ending in TEXTS:
            return _text_rows(path, encoding)
        return _package_rows(path)


def _check(path: Path) -> None:
    """Refuse what is not there, is empty, or is not what its ending says."""
    with path.open("rb") as file:
        start = file.read(8)
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        msg = f"{path} has the ending {ending or 'none'}; expected one of {', '.join(ENDINGS)}."
        raise CleaningError(msg)
    if not start:
        msg = f"{path} is empty."
        raise CleaningError(msg)
    found = "a zipped file (as .xlsx and .ods are)" if start.startswith(b"PK\x03\x04") else ""
    found = "an old Office file (as .xls is)" if start.startswith(b"\xd0\xcf\x11\xe0") else found
    found = "Parquet" if start.startswith(b"PAR1") else found
    right = {"Parquet": (".parquet",), "an old Office file (as .xls is)": WORKBOOKS}.get(found, WORKBOOKS)
    if (found and ending not in (*right, *PACKAGES)) or (not found and ending in (*WORKBOOKS, ".parquet")):
        msg = f"{path} is named {ending} but is {found or 'neither a workbook nor Parquet'}; give it its right ending."
        raise CleaningError(msg)


def _text_rows(path: Path, encoding: str | None) -> Rows:
    try:
        codecs.lookup(encoding or "utf-8")
    except LookupError:
        msg = f"{path} cannot be read as {encoding}, which is no encoding; expected such as utf-8, cp932 or euc_jp."
        raise CleaningError(msg) from None
    found = None if encoding else find_encoding(path)
    name = encoding or (found.name if found else "utf-8")
    about = []
    if found and name != "utf-8":
        about.append(f"encoding {found.label}" + (", though it might be another" if found.doubtful else ""))
    separator = "\t" if path.suffix.lower() == ".tsv" else _separator(path, name)
    return Rows(_decoded(path, name, separator), about=tuple(about))


def _separator(path: Path, encoding: str) -> str:
    """Return what parts the cells: the mark that stands equally often in most of the first lines."""
    with path.open(encoding=encoding, errors="replace") as file:
        start = file.read(1 << 16).splitlines()[:100]

    def agreement(mark: str) -> tuple[int, int]:
        times = Counter(line.count(mark) for line in start if mark in line)
        return max(((lines, count) for count, lines in times.items()), default=(0, 0))

    return max(",\t;", key=agreement)


def _decoded(path: Path, encoding: str, separator: str) -> Iterator[list[Row]]:
    before = csv.field_size_limit()
    with file_errors(path), path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=separator, strict=True)
        chunks = chunked(reader)
        while True:
            # The limit is the csv module's own and global, so that it is put back between two chunks.
            csv.field_size_limit(LARGEST_CELL)
            try:
                chunk = next(chunks, None)
            except csv.Error as error:
                msg = f"{path}, line {reader.line_num}: {_csv_reason(str(error))}."
                raise CleaningError(msg) from None
            except UnicodeError as error:
                msg = f"{path} cannot be read as {encoding} after line {reader.line_num}: {error}."
                raise CleaningError(msg) from None
            finally:
                csv.field_size_limit(before)
            if chunk is None:
                return
            yield chunk


def _csv_reason(error: str) -> str:
    if "field larger than" in error:
        return f"a cell is longer than {LARGEST_CELL:,} characters; perhaps a quotation mark is never closed"
    if "unexpected end of data" in error:
        return "a quotation mark is never closed"
    return f"it is not proper CSV ({error})"


def _package_rows(path: Path) -> Rows:
    ending = path.suffix.lower()
    if ending == ".parquet":
        return Rows(_parquet_rows(path), named=True)
    try:
        import pyreadstat
    except ModuleNotFoundError:
        msg = f"{path}: reading {ending} needs pyreadstat; install shinrenkei[data]."
        raise CleaningError(msg) from None
    labelled: dict[str, Callable[..., Any]] = {
        ".dta": pyreadstat.read_dta,
        ".sav": pyreadstat.read_sav,
        ".zsav": pyreadstat.read_sav,
        ".por": pyreadstat.read_por,
    }
    plain: dict[str, Callable[..., Any]] = {
        ".sas7bdat": pyreadstat.read_sas7bdat,
        ".xpt": pyreadstat.read_xport,
    }
    try:
        if ending in plain:
            frame, _ = plain[ending](str(path))
            return Rows(_frame_rows(frame), named=True)
        frame, _ = labelled[ending](str(path), apply_value_formats=True, formats_as_category=False)
    except Exception as error:
        msg = f"{path} cannot be read as {ending}: {error}."
        raise CleaningError(msg) from None
    return Rows(_frame_rows(frame), named=True, about=("value labels stand for codes",))


def _frame_rows(frame: pd.DataFrame) -> Iterator[list[Row]]:
    columns = [
        [str(name), *map(cell_text, frame.iloc[:, place].tolist())] for place, name in enumerate(frame)
    ]
    yield from chunked(map(list, zip(*columns, strict=True)))


def _parquet_rows(path: Path) -> Iterator[list[Row]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            yield [list(map(str, file.schema_arrow.names))]
            for batch in file.iter_batches(CHUNK):
                columns = [list(map(cell_text, column.to_pylist())) for column in batch.columns]
                yield list(map(list, zip(*columns, strict=True)))
    except pa.ArrowException as error:
        msg = f"{path} cannot be read as Parquet: {error}."
        raise CleaningError(msg) from None
