"""The command that turns people's own files into tidy ones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from shinrenkei.errors import InputError

# readable=False leaves it to us to say in one sentence that a file may not be read.
Source = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", readable=False, help="Excel, OpenDocument, CSV, TSV, Stata, SPSS, SAS or Parquet."
    ),
]
Codebook = Annotated[
    Path | None, typer.Option("--codebook", readable=False, help="The codebook, in TOML or YAML.")
]
Out = Annotated[Path | None, typer.Option("--out", readable=False, help="The tidy file, .parquet or .csv.")]
Guess = Annotated[bool, typer.Option("--guess", help="Write a first codebook from the file instead.")]
Sheet = Annotated[str | None, typer.Option("--sheet", help="With --guess: the workbook's sheet, by name.")]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="With --guess: the text's encoding, where known.")
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(clean)


def clean(
    file: Source,
    codebook: Codebook = None,
    out: Out = None,
    *,
    guess: Guess = False,
    sheet: Sheet = None,
    encoding: Encoding = None,
) -> None:
    """Turn an office file into a tidy one by a codebook; what cannot be read is set aside and explained."""
    if guess:
        if out is not None:
            msg = "--guess writes a codebook and no tidy file; leave out --out."
            raise InputError(msg)
        _guess(file, codebook or Path(f"{file.stem}.toml"), sheet, encoding)
        return
    if codebook is None or out is None:
        msg = "Say --codebook FILE and --out FILE, or --guess to get a first codebook."
        raise InputError(msg)
    if sheet is not None or encoding is not None:
        msg = "--sheet and --encoding go with --guess; for cleaning they stand in the codebook."
        raise InputError(msg)
    _clean(file, codebook, out)


def _guess(file: Path, codebook: Path, sheet: str | None, encoding: str | None) -> None:
    from shinrenkei.cleaning.guess import guess_codebook
    from shinrenkei.cleaning.outfile import Outputs
    from shinrenkei.cleaning.rows import file_errors

    with file_errors(codebook):
        if codebook.exists():
            msg = f"{codebook} exists already and is not overwritten; name another with --codebook."
            raise InputError(msg)
        if codebook.suffix.lower() != ".toml" or not codebook.parent.is_dir():
            msg = f"{codebook} is no place for a codebook; expected a .toml file in a folder that exists."
            raise InputError(msg)
        text = guess_codebook(file, sheet=sheet, encoding=encoding)
        with Outputs() as outputs:
            outputs.temporary(codebook).write_text(text, encoding="utf-8")
    typer.echo(
        f"{codebook}: a first codebook of {text.count('[[columns]]')} columns; read it through and correct it."
    )


def _clean(file: Path, codebook: Path, out: Path) -> None:
    from shinrenkei.cleaning.cleaner import clean as run

    progress = _show if sys.stderr.isatty() else None
    done = run(file, codebook, out, progress=progress)
    if progress:
        typer.echo("\r", nl=False, err=True)
    for fact in done.about:
        typer.echo(f"{file.name}: {fact}.")
    typer.echo(
        f"{done.lines:,} lines = {done.rows_out:,} rows in {done.out} + {done.rows_rejected:,} rows in {done.rejects} "
        f"+ {done.lines_cut:,} lines cut away; see {done.report}."
    )


def _show(lines: int) -> None:
    typer.echo(f"\r{lines:,} lines", nl=False, err=True)
