"""The ledger's engine: read each printed claim, recompute it, say whether the two agree."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pandas as pd

from shinrenkei import catalog
from shinrenkei.claims.facts import Recompute, Tables
from shinrenkei.claims.reading import Reading, exact, parse_interval, rounded
from shinrenkei.cleaning.errors import CleaningError
from shinrenkei.errors import BuildError, unknown_name

STATUSES = ("reproduced", "differs", "cannot be checked")
"""What the ledger says of a claim."""

ACROSS = "across"
"""What stands for the source of a comparison between sources."""

COLUMNS = [
    "claim_id",
    "source_id",
    "locator",
    "statement_ja",
    "statement_en",
    "printed",
    "unit",
    "recomputed",
    "allowed",
    "status",
    "recorded",
    "note_ja",
    "note_en",
]


def check(source: str | None = None) -> pd.DataFrame:
    """Return the ledger: a row a claim, what was printed, what was recomputed and whether they agree.

    Parameters
    ----------
    source
        One source's claims alone, or ``across`` for the comparisons between sources; all by default.

    Returns
    -------
    pandas.DataFrame
        ``printed`` is the text of the source; ``recomputed`` a float, missing where nothing can be
        recomputed; ``allowed`` the range that the printed figure or phrase was read as (its rounding);
        ``status`` is ``reproduced``, ``differs`` or ``cannot be checked``; ``recorded`` the status that
        is on record. ``statement_*`` and ``note_*`` are in Japanese and English.

    Raises
    ------
    UnknownNameError
        Where no source of that name has claims.

    Examples
    --------
    >>> ledger = check("meti-2005")
    >>> ledger.set_index("claim_id").loc["meti-2005/capital-total", ["printed", "status"]].tolist()
    ['69', 'reproduced']
    """
    known = [*sources_with_claims(), ACROSS]
    if source is not None and source not in known:
        raise unknown_name(kind="source", name=source, known=known)
    tables = cache(_plain)
    rows = [row for name in known if source in (None, name) for row in _check_source(name, tables)]
    ledger = pd.DataFrame(rows, columns=COLUMNS)
    return ledger.assign(status=pd.Categorical(ledger["status"], STATUSES))


def _plain(name: str) -> pd.DataFrame:
    """Return a tidy table without its attrs, which pandas would copy with every selection."""
    table = catalog.load(name)
    table.attrs = {}
    return table


def contradicted(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return the claims that stand otherwise than recorded."""
    return ledger[ledger["status"].astype("str") != ledger["recorded"]]


def sources_with_claims() -> list[str]:
    """Return the ids of the sources that have claims on record."""
    return [name.removesuffix("/claims") for name in catalog.raw_tables() if name.endswith("/claims")]


def _check_source(source: str, tables: Tables) -> list[dict[str, object]]:
    if source == ACROSS:
        compared: list[dict[str, object]] = importlib.import_module("shinrenkei.claims.across").across(tables)
        return compared
    claims = catalog.raw(f"{source}/claims")
    recompute = _recomputations(source)
    unknown = sorted(set(recompute) - set(claims["claim_id"]))
    if unknown:
        msg = f"{', '.join(unknown)}: recomputed for {source}, but not among data/raw/{source}/claims.csv."
        raise BuildError(msg)
    rows = ({str(key): str(value) for key, value in row.items()} for row in claims.to_dict("records"))
    place = f"data/raw/{source}/claims.csv"
    return [
        check_claim(place, claim, recompute, tables)
        | {"claim_id": f"{source}/{claim['claim_id']}", "source_id": source}
        for claim in rows
    ]


def _recomputations(source: str) -> dict[str, Recompute]:
    """Return how each claim of a source is recomputed: in its own module, or with the public figures."""
    name = f"shinrenkei.claims.{source.replace('-', '_')}"
    if importlib.util.find_spec(name):
        own: dict[str, Recompute] = importlib.import_module(name).RECOMPUTE
        return own
    public: dict[str, dict[str, Recompute]] = importlib.import_module(
        "shinrenkei.claims.public_figures"
    ).RECOMPUTE
    return public.get(source, {})


def check_claim(
    place: str, claim: dict[str, Any], recompute: Mapping[str, Recompute], tables: Tables
) -> dict[str, Any]:
    """Return a claim with the number found again, the range its words were read as, and the status.

    Raises
    ------
    BuildError
        Where its kind or its words cannot be read, or nothing recomputes it; ``place`` says where the claim stands.
    """
    named = f"{place}, claim {claim['claim_id']!r}"
    allowed = _allowed(named, claim)
    function = recompute.get(claim["claim_id"])
    if allowed is not None and function is None:
        msg = f"{named}: nothing recomputes it; kind {claim['kind']} needs that."
        raise BuildError(msg)
    value = float(function(tables)) if function else None
    status = "cannot be checked"
    if allowed is not None and value is not None:
        status = "reproduced" if allowed.holds(value) else "differs"
    return claim | {"recomputed": value, "allowed": str(allowed) if allowed else "", "status": status}


def _allowed(named: str, claim: dict[str, Any]) -> Reading | None:
    readers: dict[str, Callable[[], Reading | None]] = {
        "exact": lambda: exact(str(claim["printed"])),
        "rounded": lambda: rounded(str(claim["printed"])),
        "reading": lambda: parse_interval(str(claim.get("reading", ""))),
        "unchecked": lambda: None,
    }
    if claim["kind"] not in readers:
        msg = f"{named}: kind {claim['kind']!r}; expected one of {', '.join(readers)}."
        raise BuildError(msg)
    try:
        return readers[claim["kind"]]()
    except (BuildError, CleaningError) as error:
        msg = f"{named}: {error}"
        raise BuildError(msg) from None
