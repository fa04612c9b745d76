"""Figures and tables as files that carry their source, the same bytes every time."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.figures.layout import add_foot, house_layout, laid_out, resize
from shinrenkei.figures.marks import WORDS, is_marked, is_synthetic, write_mark
from shinrenkei.figures.style import PNG_DPI, check_lang, keep_png, style_context
from shinrenkei.files import replace_file

FORMATS = ("png", "svg", "pdf")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_SOURCE = {"ja": "出典：", "en": "Source: "}


def source_line(source: str, lang: str = "ja") -> str:
    """Return the line under a figure that names its source.

    Examples
    --------
    >>> source_line("中小企業庁（2005）")
    '出典：中小企業庁（2005）'
    """
    mark = _SOURCE[check_lang(lang)]
    return source if source.startswith(tuple(m.strip() for m in _SOURCE.values())) else mark + source


def save(
    fig: Figure,
    output_dir: str | os.PathLike[str],
    name: str,
    *,
    source: str,
    lang: str = "ja",
    formats: Iterable[str] = ("png", "svg"),
    format: str | None = None,  # noqa: A002 - the word that matplotlib's savefig uses
    width_mm: float | None = None,
    synthetic: bool = False,
) -> list[Path]:
    """Write a figure to ``output_dir/figures`` with its source line under it.

    The source line (and the mark of synthetic data) becomes part of the figure, so that what a notebook
    shows afterwards is what was saved. The same figure gives the same bytes.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        A chart of this package, or any other figure.
    output_dir : path
        Folder of the run.
    name : str
        File name without its ending: small letters, digits, ``.``, ``_`` and ``-``.
    source : str
        Where the numbers come from; long lines are wrapped.
    lang : {"ja", "en"}
        Language of the source line.
    formats : iterable of {"png", "svg", "pdf"}
        What to write. In SVG letters are outlines; in PDF the type is embedded.
    format : {"png", "svg", "pdf"}, optional
        The one format to write, instead of ``formats``.
    width_mm : float, optional
        Width of the figure in millimetres, 60 to 400, as a journal asks for it.
    synthetic : bool
        Whether the numbers come from synthetic data, which is then said under the figure.  A chart of a table that says
        so itself (``attrs["synthetic"]``, as metrics of synthetic data have it) is marked in any case.

    Returns
    -------
    list of pathlib.Path
        The files, in the order of ``formats``.

    Raises
    ------
    InputError
        Where the name, the source or the width cannot be used.
    UnknownNameError
        Where a format or the language is unknown.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for path in save(Figure(), folder, "empty", source="METI (2005)", lang="en")]
    ['empty.png', 'empty.svg']
    """
    lang = check_lang(lang)
    wanted = _check_formats([format] if format else formats)
    folder = output_folder(output_dir, "figures", name, source)
    if width_mm is not None and not 60 <= width_mm <= 400:
        msg = f"Parameter 'width_mm' is {width_mm!r}; expected 60 to 400 millimetres."
        raise InputError(msg)
    with style_context(lang):
        add_foot(fig, "source", source_line(source.strip(), lang))
        write_mark(fig, lang, synthetic=synthetic or is_marked(fig))
        house_layout(fig).fit_height(fig)
        if width_mm is not None:
            resize(fig, width_mm)
        with laid_out(fig, PNG_DPI):
            files = {ending: _drawn(fig, ending) for ending in wanted}
    if "png" in files:
        keep_png(fig, files["png"])
    for ending, content in files.items():
        replace_file(folder / f"{name}.{ending}", content)
    return [folder / f"{name}.{ending}" for ending in wanted]


def save_table(
    frame: pd.DataFrame, output_dir: str | os.PathLike[str], name: str, *, source: str, lang: str = "ja"
) -> Path:
    r"""Write a table to ``output_dir/tables/<name>.csv`` with its source in the first line, after ``# ``.

    A table that says it is synthetic (``attrs["synthetic"]``, or a column of this name) has that in the line too.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table; its index is left out.
    output_dir : path
        Folder of the run.
    name : str
        File name without its ending.
    source : str
        Where the numbers come from.
    lang : {"ja", "en"}
        Language of the source line.

    Returns
    -------
    pathlib.Path
        The file: UTF-8, LF. ``pandas.read_csv(path, comment="#")`` reads it back.

    Raises
    ------
    InputError
        Where the name or the source cannot be used.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = save_table(pd.DataFrame({"plans": [321]}), folder, "plans", source="METI", lang="en")
    ...     path.read_text(encoding="utf-8")
    '# Source: METI\nplans\n321\n'
    """
    told = [source_line(source.strip(), lang), *([WORDS[lang]] if is_synthetic(frame) else [])]
    line = " ".join(" ".join(told).split())
    path = output_folder(output_dir, "tables", name, source) / f"{name}.csv"
    body = frame.to_csv(index=False, lineterminator="\n")
    replace_file(path, f"# {line}\n{body}".encode())
    return path


def _check_formats(formats: Iterable[str]) -> list[str]:
    wanted = [formats] if isinstance(formats, str) else list(formats)
    for ending in wanted:
        if ending not in FORMATS:
            raise unknown_name(kind="figure format", name=ending, known=FORMATS)
    return wanted


def output_folder(output_dir: str | os.PathLike[str], kind: str, name: str, source: str) -> Path:
    """Return, and make, the folder for figures or tables, after checking the file's name and source."""
    if not _NAME.fullmatch(name):
        msg = f"File name {name!r} was given; expected small letters, digits, '.', '_' and '-' only."
        raise InputError(msg)
    if not source.strip():
        msg = f"Parameter 'source' is empty for {name!r}; expected where the numbers come from."
        raise InputError(msg)
    folder = Path(output_dir) / kind
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"The folder {folder} cannot be made: {error.strerror or error}."
        raise InputError(msg) from error
    return folder


def _drawn(fig: Figure, ending: str) -> bytes:
    from io import BytesIO

    # Dates and versions in the file would make two equal figures differ.
    metadata: dict[str, dict[str, Any]] = {
        "png": {"Software": None},
        "svg": {"Date": None, "Creator": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }
    buffer = BytesIO()
    fig.savefig(buffer, format=ending, dpi=PNG_DPI, metadata=metadata[ending])
    return buffer.getvalue()
