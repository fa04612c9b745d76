"""Files that are written beside their place and moved into it when they are whole."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shinrenkei.cleaning.errors import CleaningError

FORMATS = (".parquet", ".csv")

_TYPES: dict[str, pa.DataType] = {
    "Int64": pa.int64(),
    "int64": pa.int64(),
    "Float64": pa.float64(),
    "boolean": pa.bool_(),
    "datetime64[us]": pa.timestamp("us"),
    "object": pa.time32("s"),
}


class Outputs:
    """Some files that come into being together: all at the end, or none.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> with Outputs() as files:
    ...     _ = files.temporary(folder / "a.txt").write_text("whole")
    ...     sorted(path.name for path in folder.glob("[!.]*"))
    []
    >>> sorted(path.name for path in folder.iterdir())
    ['a.txt']
    """

    def __init__(self) -> None:
        self._moves: list[tuple[Path, Path]] = []

    def temporary(self, place: Path) -> Path:
        """Return a path beside ``place`` to write to; the file moves to ``place`` when all are whole."""
        descriptor, name = tempfile.mkstemp(
            dir=place.parent, prefix=f".{place.stem[:40]}.", suffix=place.suffix
        )
        os.close(descriptor)
        self._moves.append((Path(name), place))
        return Path(name)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Move every file to its place, or remove them all where something went wrong."""
        try:
            if kind is None:
                for temporary, place in self._moves:
                    temporary.chmod(0o644)
                    temporary.replace(place)
        finally:
            for temporary, _ in self._moves:
                temporary.unlink(missing_ok=True)


def check_place(place: Path, source: Path) -> None:
    """Refuse an output of unknown format, without a folder, or in the source's own place."""
    if place.suffix.lower() not in FORMATS:
        msg = f"{place} has the ending {place.suffix or 'none'}; expected {' or '.join(FORMATS)}."
        raise CleaningError(msg)
    if not place.parent.is_dir():
        msg = f"{place.parent} is no folder; expected one to write {place.name} in."
        raise CleaningError(msg)
    if place.exists() and source.exists() and place.samefile(source):
        msg = f"{place} is the source itself; choose another place for the tidy file."
        raise CleaningError(msg)


def arrow_table(frame: pd.DataFrame) -> pa.Table:
    """Return a tidy piece as Arrow, with types that depend on the dtypes alone and not on the values.

    Examples
    --------
    >>> arrow_table(pd.DataFrame({"n": pd.array([None], dtype="Int64")})).schema.field("n").type
    DataType(int64)
    """
    arrays, fields = [], []
    for name, column in frame.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            categories = pa.array(column.cat.categories.astype("str"), pa.string())
            codes = pa.array(column.cat.codes.to_numpy(dtype="int32"), mask=column.isna().to_numpy())
            array = pa.DictionaryArray.from_arrays(codes, categories)
        else:
            array = pa.array(column, type=_TYPES.get(str(column.dtype), pa.string()), from_pandas=True)
        arrays.append(array)
        fields.append(pa.field(str(name), array.type))
    # With this note pandas gives back Int64 and boolean, and not float and object, where values are missing.
    about = pa.Schema.from_pandas(frame.head(0), preserve_index=False).metadata
    return pa.Table.from_arrays(
        [_one_chunk(array) for array in arrays], schema=pa.schema(fields, metadata=about)
    )


def _one_chunk(array: Any) -> Any:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


class TidyWriter:
    """Writes tidy pieces one after another, as Parquet or CSV (UTF-8, days as 2005-04-13)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parquet: pq.ParquetWriter | None = None
        self._text = path.open("w", encoding="utf-8", newline="") if path.suffix.lower() == ".csv" else None
        self._headed = False

    def write(self, table: pa.Table) -> None:
        """Write one piece."""
        if self._text is None:
            self._parquet = self._parquet or pq.ParquetWriter(self._path, table.schema, compression="zstd")
            self._parquet.write_table(table)
            return
        writer = csv.writer(self._text, lineterminator="\n")
        if not self._headed:
            writer.writerow(table.column_names)
            self._headed = True
        columns = [text_column(column).to_pylist() for column in table.columns]
        writer.writerows(zip(*columns, strict=True))

    def close(self) -> None:
        """Finish the file."""
        if self._text is not None:
            self._text.close()
        if self._parquet is not None:
            self._parquet.close()


def text_column(column: Any) -> Any:
    """Return a column's values as the text that stands for them in CSV."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return pc.cast(column, pa.string())
    if pa.types.is_timestamp(kind):
        return pc.cast(pc.cast(column, pa.date32()), pa.string())
    return column if pa.types.is_string(kind) else pc.cast(column, pa.string())


class RejectsWriter:
    """Writes what was set aside, for a person: UTF-8 with BOM, which spreadsheets open rightly."""

    def __init__(self, path: Path, headings: Iterable[str]) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(["source_row", "column", "heading", "cell", "reason", *headings])

    def write(self, facts: Iterable[Any], row: Iterable[str]) -> None:
        """Write one rejected cell, and its row untouched."""
        self._writer.writerow([*facts, *row])

    def close(self) -> None:
        """Finish the file."""
        self._file.close()
