"""Which tables exist, what they mean and where each number came from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.paths import data_dir
from shinrenkei.tabular import read_csv_bytes, typed

Lang = Literal["ja", "en"]


def tables() -> pd.DataFrame:
    """Return a row a tidy table: its name, titles, sources and number of rows.

    Returns
    -------
    pandas.DataFrame
        Columns ``name``, ``title_ja``, ``title_en``, ``source_ids`` (joined by a comma) and ``rows``.

    Examples
    --------
    >>> tables().set_index("name").loc["core_firm_capital", "rows"].item()
    5
    """
    rows = [
        (entry["name"], entry["title"], entry["title_en"], ", ".join(entry["source_ids"]), entry["rows"])
        for entry in _entries("processed").values()
    ]
    return pd.DataFrame(rows, columns=["name", "title_ja", "title_en", "source_ids", "rows"])


def load(name: str) -> pd.DataFrame:
    """Return a tidy table with its dtypes; ``attrs`` carries title, units, sources and locators.

    Parameters
    ----------
    name
        One of the names that :func:`tables` lists.

    Returns
    -------
    pandas.DataFrame
        Dates are ``datetime64``, whole numbers nullable ``Int64``, categories categorical in the order of
        the source, yes and no nullable ``boolean``; a value that the source does not print is missing.

    Raises
    ------
    UnknownNameError
        Where there is no such table; the closest name is offered.

    Examples
    --------
    >>> load("core_firm_capital")["firms"].sum()
    np.int64(69)
    """
    entry = _entry("processed", name)
    table = typed(_cells("processed", entry), entry["schema"]["fields"])
    table.attrs = {
        "name": name,
        "title": entry["title"],
        "title_en": entry["title_en"],
        "units": {field["name"]: field["unit"] for field in entry["schema"]["fields"] if "unit" in field},
        "sources": [dict(source) for source in entry["sources"]],
        "locators": {raw: dict(locator) for raw, locator in entry["locators"].items()},
        "notes": {lang: note for lang, note in entry["notes"].items() if note},
        "source_line": {"ja": cite(name, lang="ja"), "en": cite(name, lang="en")},
    }
    return table


def raw(name: str) -> pd.DataFrame:
    """Return a printed table as strings, cell for cell.

    Parameters
    ----------
    name
        ``<source_id>/<table>``, such as ``meti-2005/core_firm_capital``.

    Returns
    -------
    pandas.DataFrame
        Strings; an empty cell is an empty string. ``attrs`` carries title, unit, as-of date, locator and note.

    Raises
    ------
    UnknownNameError
        Where there is no such table; the closest name is offered.

    Examples
    --------
    >>> raw("meti-2005/core_firm_capital").iloc[0].tolist()
    ['1千万円以下', '21']
    """
    entry = _entry("raw", name)
    table = _cells("raw", entry)
    table.attrs = {key: entry[key] for key in ("name", "title", "source_id", "locator")}
    table.attrs |= {key: entry.get(key) for key in ("as_of", "unit", "note")}
    return table


def describe(name: str) -> pd.DataFrame:
    """Return a row a column of a tidy table: its type, unit, labels and what is missing.

    Parameters
    ----------
    name
        One of the names that :func:`tables` lists.

    Returns
    -------
    pandas.DataFrame
        Columns ``column``, ``type``, ``unit``, ``label_ja``, ``description``, ``values`` and ``missing``.
        ``attrs`` is that of :func:`load`.

    Examples
    --------
    >>> describe("core_firm_capital")["column"].tolist()
    ['size_class', 'lower', 'upper', 'firms']
    """
    entry, table = _entry("processed", name), load(name)
    rows = [
        {
            "column": field["name"],
            "type": field.get("kind", field["type"]),
            "unit": field.get("unit", ""),
            "label_ja": field["title"],
            "description": field["description"],
            "values": ", ".join(field.get("constraints", {}).get("enum", [])),
            "missing": int(table[field["name"]].isna().sum()),
        }
        for field in entry["schema"]["fields"]
    ]
    described = pd.DataFrame(rows)
    described.attrs = table.attrs
    return described


def cite(name: str, lang: str = "ja", *, source_ids: Iterable[str] | None = None) -> str:
    """Return the source line to put under a figure or a table.

    Parameters
    ----------
    name
        A tidy table (``plan_counts``) or a printed one (``meti-2005/core_firm_capital``).
    lang
        ``ja`` or ``en``.
    source_ids
        Those of the table's sources that what is shown comes from; all of them by default.

    Raises
    ------
    UnknownNameError
        Where there is no such table, or the table does not come from a source that is asked for.
    InputError
        Where ``lang`` is neither ``ja`` nor ``en``.

    Examples
    --------
    >>> cite("core_firm_capital", lang="ja")
    '出典：中小企業庁 経営支援課「新連携支援の実施状況」（2005-10-03）2.(3) コア企業の特徴 資本金'
    """
    if lang not in ("ja", "en"):
        msg = f"lang is {lang!r}; expected 'ja' or 'en'."
        raise InputError(msg)
    kind = "raw" if "/" in name else "processed"
    entry = _entry(kind, name)
    locators = entry["locators"] if kind == "processed" else {name: entry["locator"]}
    sources = {source["name"]: source for source in _package("raw")["sources"]}
    parts: dict[str, list[str]] = {}
    for table, locator in locators.items():
        parts.setdefault(table.split("/")[0], []).append(locator[lang])
    if source_ids is not None:
        wanted = dict.fromkeys(map(str, source_ids))
        for source_id in wanted:
            if source_id not in parts:
                kind = f"source of {name}"
                raise unknown_name(kind, source_id, parts)
        parts = {source_id: found for source_id, found in parts.items() if source_id in wanted}
    if not parts:
        return "出典：本パッケージの符号表" if lang == "ja" else "Source: a code table of this package"
    cited = [_cite_source(sources[source_id], found, lang) for source_id, found in parts.items()]
    return "出典：" + "；".join(cited) if lang == "ja" else "Source: " + "; ".join(cited)


def _cite_source(source: dict[str, Any], locators: list[str], lang: str) -> str:
    places = list(dict.fromkeys(locators))
    if lang == "ja":
        return f"{source['issuer']}「{source['title']}」（{source['issued']}）{'、'.join(places)}"
    return f'{source["issuer_en"]}, "{source["title_en"]}" ({source["issued"]}), {", ".join(places)}'


def sources() -> pd.DataFrame:
    """Return a row a source document: its id, titles, issuers, date and address.

    Examples
    --------
    >>> "meti-2005" in sources()["source_id"].tolist()
    True
    """
    frame = pd.DataFrame(_package("raw")["sources"]).rename(columns={"name": "source_id", "path": "address"})
    return frame[["source_id", "title", "title_en", "issuer", "issuer_en", "issued", "address"]]


def raw_tables() -> list[str]:
    """Return the names of the printed tables.

    Examples
    --------
    >>> "meti-2005/core_firm_capital" in raw_tables()
    True
    """
    return list(_entries("raw"))


@cache
def _package(kind: str) -> dict[str, Any]:
    path = data_dir() / kind / "datapackage.json"
    try:
        package: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        msg = f"{_shown(path)} is missing; run `shinrenkei build`."
        raise InputError(msg) from None
    except json.JSONDecodeError as error:
        msg = f"{_shown(path)} is not valid JSON ({error}); run `shinrenkei build`."
        raise InputError(msg) from None
    return package


def _entries(kind: str) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in _package(kind)["resources"]}


def _entry(kind: str, name: str) -> dict[str, Any]:
    entries = _entries(kind)
    if name not in entries:
        raise unknown_name("table" if kind == "processed" else "raw table", name, entries)
    return entries[name]


def _cells(kind: str, entry: dict[str, Any]) -> pd.DataFrame:
    path = data_dir() / kind / entry["path"]
    try:
        return read_csv_bytes(path.read_bytes())
    except FileNotFoundError:
        msg = f"{_shown(path)} is missing; expected the table {entry['name']}."
        raise InputError(msg) from None
    except (UnicodeDecodeError, IndexError, ValueError) as error:
        msg = f"{_shown(path)} cannot be read as CSV in UTF-8 ({error}); run `shinrenkei build --check`."
        raise InputError(msg) from None


def _shown(path: Path) -> str:
    return "/".join(path.parts[-3:])
