"""The command that writes synthetic microdata to a file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from shinrenkei.errors import InputError

_ENDINGS = (".csv", ".parquet")


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
    out: Annotated[Path, typer.Option(help="CSV or Parquet file, best with synthetic in its name.")],
    n: Annotated[int | None, typer.Option(min=1, help="Plans or firms; 321 or 10000 by default.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random numbers.")] = 0,
) -> None:
    """Write synthetic plans or firms that carry the published margins, labelled as synthetic."""
    if out.suffix not in _ENDINGS:
        msg = f"--out {out} ends in {out.suffix or 'nothing'}; expected {' or '.join(_ENDINGS)}."
        raise InputError(msg)
    from shinrenkei import synthetic
    from shinrenkei.files import replace_file
    from shinrenkei.tabular import csv_bytes

    make = synthetic.plans if what is What.plans else synthetic.firms
    frame = make(seed=seed) if n is None else make(n=n, seed=seed)
    content = csv_bytes(frame) if out.suffix == ".csv" else frame.to_parquet(index=False)
    replace_file(out, content)
    typer.echo(f"{len(frame)} rows of synthetic data in {out}")
    if "synthetic" not in out.name.lower():
        typer.echo("The name of the file does not say that it is synthetic; the column does.", err=True)
