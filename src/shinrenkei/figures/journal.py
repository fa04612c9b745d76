"""Tables as a manuscript takes them: LaTeX, and HTML that a word processor pastes as a table."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
from pandas.api.types import is_bool_dtype, is_float_dtype, is_integer_dtype

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.figures.files import output_folder, source_line
from shinrenkei.figures.style import check_lang
from shinrenkei.files import replace_file

FORMATS = ("tex", "html")


def save_manuscript_table(
    frame: pd.DataFrame,
    output_dir: str | os.PathLike[str],
    name: str,
    *,
    source: str,
    title: str | None = None,
    headings: Mapping[str, str] | None = None,
    decimals: int = 1,
    lang: str = "ja",
    formats: Iterable[str] = FORMATS,
) -> list[Path]:
    """Write a table to ``output_dir/tables`` as LaTeX and as HTML, with its title and its source line.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table; its index is left out, an empty cell becomes a dash.
    output_dir : path
        Folder of the run.
    name : str
        File name without its ending.
    source : str
        Where the numbers come from.
    title : str, optional
        Caption.
    headings : mapping, optional
        Words over the columns, where they are not the columns' names.
    decimals : int
        Decimals of the columns that are not whole numbers.
    lang : {"ja", "en"}
        Language of the source line.
    formats : iterable of {"tex", "html"}
        What to write. LaTeX with Japanese needs LuaLaTeX or upLaTeX, and the package ``booktabs``.

    Returns
    -------
    list of pathlib.Path
        The files, in the order of ``formats``.

    Raises
    ------
    InputError
        Where great_tables is not installed, or the name or the source cannot be used.
    UnknownNameError
        Where a format, a heading's column or the language is unknown.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> table = pd.DataFrame({"region": ["Kinki"], "rate": [49.22]})
    >>> with TemporaryDirectory() as folder:
    ...     (path,) = save_manuscript_table(table, folder, "rate", source="METI", lang="en", formats=["tex"])
    ...     "Kinki & 49.2" in path.read_text(encoding="utf-8")
    True
    """
    line = source_line(source.strip(), check_lang(lang))
    wanted = [formats] if isinstance(formats, str) else list(formats)
    for ending in wanted:
        if ending not in FORMATS:
            raise unknown_name(kind="table format", name=ending, known=FORMATS)
    for column in headings or {}:
        if column not in frame.columns:
            raise unknown_name(kind="column", name=column, known=map(str, frame.columns))
    folder = output_folder(output_dir, "tables", name, source)
    written = []
    for ending in wanted:
        table = _table(frame, name, title, line, dict(headings or {}), decimals)
        text = table.as_raw_html() if ending == "html" else table.as_latex()
        path = folder / f"{name}.{ending}"
        replace_file(path, (text.rstrip() + "\n").encode())
        written.append(path)
    return written


def _table(
    frame: pd.DataFrame, name: str, title: str | None, line: str, headings: dict[str, str], decimals: int
) -> Any:
    whole = [column for column in frame if _is_whole(frame[column])]
    broken = [column for column in frame if is_float_dtype(frame[column])]
    table = _great_tables().GT(frame, id=f"table-{name}").cols_label(**headings)
    if whole:
        table = table.fmt_integer(columns=whole)
    if broken:
        table = table.fmt_number(columns=broken, decimals=decimals)
    if title:
        table = table.tab_header(title=title)
    return table.sub_missing(missing_text="–").tab_source_note(line)


def _is_whole(column: pd.Series) -> bool:
    return is_integer_dtype(column) and not is_bool_dtype(column)


def _great_tables() -> ModuleType:
    try:
        return import_module("great_tables")
    except ImportError as error:
        msg = "Tables for a manuscript need great_tables: pip install 'shinrenkei[docs]', or take save_table's CSV."
        raise InputError(msg) from error
