"""The ledger in plain words: where its claims come from, and each difference told one by one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from shinrenkei import catalog
from shinrenkei.claims import ledger as engine
from shinrenkei.claims.show import number
from shinrenkei.errors import InputError, unknown_name

_WORDS = {
    "ja": {
        "printed": "印刷", "recomputed": "再計算", "nothing": "数値なし",
        "colon": "：", "comma": "、", "semicolon": "；",
    },
    "en": {
        "printed": "Printed", "recomputed": "Recomputed", "nothing": "no number",
        "colon": ": ", "comma": ", ", "semicolon": "; ",
    },
}  # fmt: skip


def tables_behind(claim_id: str) -> list[str]:
    """Return the tidy tables that a claim is recomputed from, in the order in which they are read.

    Parameters
    ----------
    claim_id : str
        As in the ledger: ``doyu-2006/fy2005-165``.

    Returns
    -------
    list of str
        Names of tables; none where nothing is recomputed.

    Raises
    ------
    UnknownNameError
        Where no source of that name has claims.

    Examples
    --------
    >>> tables_behind("doyu-2006/fy2005-165")
    ['partner_relationship']
    """
    source, _, name = claim_id.partition("/")
    known = engine.sources_with_claims()
    if source not in known:
        raise unknown_name(kind="source", name=source, known=known)
    recompute = engine._recomputations(source).get(name)
    read: list[str] = []

    def reading(table: str) -> pd.DataFrame:
        read.append(table)
        return catalog.load(table)

    if recompute is not None:
        recompute(reading)
    return list(dict.fromkeys(read))


def cite(ledger: pd.DataFrame, lang: str = "ja") -> str:
    """Return the source line of a ledger: the documents whose claims it holds.

    Parameters
    ----------
    ledger : pandas.DataFrame
        As :func:`shinrenkei.claims.check` returns it, whole or in part.
    lang : {"ja", "en"}
        Language.

    Returns
    -------
    str
        Each source id with issuer and date; every one of the sources where claims compare them.

    Raises
    ------
    InputError
        Where ``lang`` is neither ``ja`` nor ``en``.

    Examples
    --------
    >>> from shinrenkei.claims import check
    >>> cite(check("meti-2007"), "en")
    'Source: meti-2007 (SME Agency, 2007-03-01); recomputed from the tables of this package.'
    """
    _check_lang(lang)
    held = set(ledger["source_id"])
    wanted = set(engine.sources_with_claims()) if engine.ACROSS in held else held
    known = catalog.sources()
    rows = known[known["source_id"].isin(wanted)].to_dict("records")
    if lang == "ja":
        listed = "；".join(f"{row['source_id']}（{row['issuer']}、{row['issued']}）" for row in rows)
        return f"出典：{listed}。再計算は本パッケージの表による。"
    listed = "; ".join(f"{row['source_id']} ({row['issuer_en']}, {row['issued']})" for row in rows)
    return f"Source: {listed}; recomputed from the tables of this package."


def tell(ledger: pd.DataFrame, lang: str = "ja") -> str:
    r"""Return each claim as a short text in Markdown: both numbers, both places, and what lies behind them.

    Parameters
    ----------
    ledger : pandas.DataFrame
        Claims as :func:`shinrenkei.claims.check` returns them.
    lang : {"ja", "en"}
        Language.

    Returns
    -------
    str
        A numbered item a claim.

    Raises
    ------
    InputError
        Where ``lang`` is neither ``ja`` nor ``en``.

    Examples
    --------
    >>> from shinrenkei.claims import check
    >>> claims = check("doyu-2006")
    >>> text = tell(claims[claims["claim_id"] == "doyu-2006/fy2005-165"], "en")
    >>> print("\n".join(line[:60] for line in text.splitlines()[:4]))
    1. **Plans certified in FY2005** (`doyu-2006/fy2005-165`)
        - Printed: **165**, doyu-2006, 本文
        - Recomputed: **163**, table partner_relationship (meti-
        - The counts by relationship in smrj-2007 sum to 163. Th
    """
    _check_lang(lang)
    claims = enumerate(ledger.to_dict("records"), 1)
    return "\n".join(_told(place, claim, lang) for place, claim in claims)


def _told(place: int, claim: Mapping[Hashable, Any], lang: str) -> str:
    head = f"{place}. **{claim[f'statement_{lang}']}** (`{claim['claim_id']}`)"
    sides = _two_sources if claim["source_id"] == engine.ACROSS else _print_and_tables
    lines = [*sides(claim, lang), str(claim[f"note_{lang}"])]
    return "\n".join([head, *(f"    - {line}" for line in lines if line)])


def _two_sources(claim: Mapping[Hashable, Any], lang: str) -> list[str]:
    """Return a line a source: what it gives, and in which table that stands."""
    first, second = str(claim["locator"]).split("; ")
    # A comparison of compositions prints both; of counts, the first stands as recomputed.
    of_first, slash, of_second = str(claim["printed"]).partition(" / ")
    if not slash:
        of_first, of_second = number(claim["recomputed"]), str(claim["printed"])
    return [_side(first, of_first, claim, lang), _side(second, of_second, claim, lang)]


def _print_and_tables(claim: Mapping[Hashable, Any], lang: str) -> list[str]:
    """Return what the source prints and where, and what was recomputed and from which tables."""
    words = _WORDS[lang]
    place = f"{claim['source_id']}{words['comma']}{claim['locator']}"
    lines = [_side(words["printed"], str(claim["printed"]) or words["nothing"], claim, lang) + place]
    value = number(claim["recomputed"])
    if value:
        tables = words["comma"].join(_located(name, lang) for name in tables_behind(str(claim["claim_id"])))
        lines.append(_side(words["recomputed"], value, claim, lang) + tables)
    return lines


def _side(who: str, value: str, claim: Mapping[Hashable, Any], lang: str) -> str:
    # What is printed with its unit stays as it is; the units of the ledger are Japanese words, % apart.
    bare = value.replace(".", "").isascii() and value.replace(".", "").isdecimal()
    unit = str(claim["unit"]) if bare and (lang == "ja" or claim["unit"] == "%") else ""
    words = _WORDS[lang]
    end = "" if claim["source_id"] == engine.ACROSS else words["comma"]
    return f"{who}{words['colon']}**{value}{unit}**{end}"


def _located(table: str, lang: str) -> str:
    """Return a table's name with the places of the sources that it comes from."""
    words = _WORDS[lang]
    locators: dict[str, dict[str, str]] = catalog.load(table).attrs["locators"]
    places = dict.fromkeys(f"{name.split('/')[0]} {place[lang]}" for name, place in locators.items())
    listed = words["semicolon"].join(places)
    return f"表 {table}（{listed}）" if lang == "ja" else f"table {table} ({listed})"


def _check_lang(lang: str) -> None:
    if lang not in _WORDS:
        msg = f"lang is {lang!r}; expected 'ja' or 'en'."
        raise InputError(msg)
