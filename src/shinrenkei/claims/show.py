"""The ledger as people read it in a terminal: a line a claim, then how many there are of each status."""

from __future__ import annotations

from collections.abc import Hashable

import pandas as pd
from rich.console import Console
from rich.text import Text

from shinrenkei.errors import InputError

_STYLES = {"reproduced": "green", "differs": "red", "cannot be checked": "yellow"}


def print_ledger(ledger: pd.DataFrame, lang: str = "ja", console: Console | None = None) -> None:
    """Print every claim with what was printed, what was recomputed and the rounding allowed for.

    Raises
    ------
    InputError
        Where ``lang`` is neither ``ja`` nor ``en``.
    """
    if lang not in ("ja", "en"):
        msg = f"--lang is {lang!r}; expected ja or en."
        raise InputError(msg)
    console = console or Console(soft_wrap=True)
    for claim in ledger.to_dict("records"):
        status = str(claim["status"])
        line = Text.assemble((f"{status:<18}", _STYLES[status]), (str(claim["claim_id"]), "bold"))
        line.append(f": {claim[f'statement_{lang}']}; {_figures(claim)}; {claim['locator']}")
        if status != claim["recorded"]:
            line.append(f"; on record as {claim['recorded']}", style="bold red")
        if status != "reproduced" and claim[f"note_{lang}"]:
            line.append(f"\n{'':<18}{claim[f'note_{lang}']}", style="dim")
        console.print(line)
    counts = ledger["status"].value_counts()
    console.print(f"{len(ledger)} claims: " + ", ".join(f"{counts[status]} {status}" for status in _STYLES))


def _figures(claim: dict[Hashable, object]) -> str:
    shown = f"printed {claim['printed'] or 'nothing'}"
    recomputed = number(claim["recomputed"])
    if recomputed:
        shown += f", recomputed {recomputed}"
    return f"{shown} (allowed {claim['allowed']})" if claim["allowed"] else shown


def number(value: object) -> str:
    """Return a recomputed figure with at most two decimals; nothing where there is none.

    Examples
    --------
    >>> number(38.006230529595015), number(69.0), number(None)
    ('38.01', '69', '')
    """
    if not isinstance(value, float | int) or pd.isna(value):
        return ""
    return f"{value:.2f}".rstrip("0").rstrip(".")
