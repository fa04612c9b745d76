"""The command that writes synthetic microdata to a file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shinrenkei.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_ENDINGS = (".csv", ".parquet", ".xlsx")


class What(StrEnum):
    """What can be made."""

    plans = "plans"
    firms = "firms"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(synth)


def synth(
    what: Annotated[What, typer.Argument(help="plans: a plan register; firms: a firm panel.")],
    *,
    out: Annotated[Path, typer.Option(help="CSV, Parquet or Excel file, best with synthetic in its name.")],
    n: Annotated[int | None, typer.Option(min=1, help="Plans or firms; 321 or 10000 by default.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random numbers.")] = 0,
) -> None:
    """Write synthetic plans or firms that carry the published margins, labelled as synthetic."""
    ending = out.suffix.lower()
    if ending not in _ENDINGS:
        msg = f"--out {out} ends in {out.suffix or 'nothing'}; expected {', '.join(_ENDINGS[:-1])} or {_ENDINGS[-1]}."
        raise InputError(msg)
    from shinrenkei import synthetic
    from shinrenkei.files import replace_file

    make = synthetic.plans if what is What.plans else synthetic.firms
    frame = make(seed=seed) if n is None else make(n=n, seed=seed)
    replace_file(out, _content(frame, ending))
    typer.echo(f"{len(frame)} rows of synthetic data in {out}")
    if "synthetic" not in out.name.lower():
        typer.echo("The name of the file does not say that it is synthetic; the column does.", err=True)


def _content(frame: pd.DataFrame, ending: str) -> bytes:
    """Return the file, the same bytes for the same table."""
    if ending == ".csv":
        from shinrenkei.tabular import csv_bytes

        return csv_bytes(frame)
    if ending == ".xlsx":
        from shinrenkei.report.workbook import plain_workbook

        return plain_workbook(frame)
    return frame.to_parquet(index=False)
