"""The static site made from finished runs: plain files, nothing from outside, every text escaped."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import pandas as pd

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.files import replace_file
from shinrenkei.report.finished import Run, read_runs
from shinrenkei.report.words import words

LANGUAGES = ("ja", "en")
CLAIM_COLUMNS = ("claim_id", "source_id", "locator", "printed", "recomputed", "status")
CLAIM_STATUSES = ("differs", "cannot be checked", "reproduced")
DOWNLOADS = {"shinrenkei.xlsx": "workbook", "ro-crate-metadata.json": "crate"}


def build(
    reports_dir: str | os.PathLike[str],
    *,
    claims: pd.DataFrame | None = None,
    key_figures: pd.DataFrame | None = None,
    downloads: Collection[str] = (),
) -> Path:
    """Write the report of all runs under a folder: an index, a page a notebook, the ledger; ja and en.

    Parameters
    ----------
    reports_dir : path
        Folder with the runs (``<notebook>/<parameters>/manifest.json``); the pages are written into it.
    claims : pandas.DataFrame, optional
        The ledger: ``claim_id``, ``source_id``, ``locator``, ``statement_ja``, ``statement_en``, ``printed``,
        ``unit``, ``recomputed``, ``allowed``, ``status``, ``recorded``, ``note_ja``, ``note_en``.
    key_figures : pandas.DataFrame, optional
        The numbers shown first: ``label_ja``, ``label_en``, ``value``, and optionally ``detail_ja``,
        ``detail_en``, ``source_ja`` and ``source_en``.
    downloads : collection of str
        Which of ``shinrenkei.xlsx`` and ``ro-crate-metadata.json`` will be written after the pages; those
        that stand in the folder already are offered in any case.

    Returns
    -------
    pathlib.Path
        ``index.html`` in Japanese; ``index.en.html`` is the same in English.

    Raises
    ------
    InputError
        Where the folder cannot be written, a column of ``claims`` or ``key_figures`` is missing, or one of
        ``downloads`` is none that the report knows.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     build(folder).name
    'index.html'
    """
    folder = Path(reports_dir)
    _require(claims, CLAIM_COLUMNS, "claims")
    _require(key_figures, ("label_ja", "label_en", "value"), "key_figures")
    for name in downloads:
        if name not in DOWNLOADS:
            raise unknown_name(kind="download", name=name, known=DOWNLOADS)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        runs = read_runs(folder)
        offered = [name for name in DOWNLOADS if name in downloads or (folder / name).is_file()]
        for lang in LANGUAGES:
            for name, html in _pages(runs, claims, key_figures, offered, lang).items():
                replace_file(folder / name, html.encode())
    except OSError as error:
        msg = f"The report cannot be written to {folder}: {error.strerror or error}."
        raise InputError(msg) from error
    return folder / "index.html"


def _require(table: pd.DataFrame | None, columns: tuple[str, ...], what: str) -> None:
    for column in columns if table is not None else ():
        if column not in table.columns:  # type: ignore[union-attr]
            raise unknown_name(kind=f"column of {what}", name=column, known=map(str, table.columns))  # type: ignore[union-attr]


def _pages(
    runs: list[Run],
    claims: pd.DataFrame | None,
    key_figures: pd.DataFrame | None,
    offered: list[str],
    lang: str,
) -> dict[str, str]:
    notebooks: dict[str, list[Run]] = {}
    for run in runs:
        notebooks.setdefault(run.place.split("/", 1)[0], []).append(run)
    ledger = _ledger(claims, lang)
    common: dict[str, Any] = {"lang": lang, "t": words(lang), "has_claims": claims is not None}
    index: dict[str, Any] = {
        "runs": runs,
        "notebooks": [_notebook(stem, group, lang) for stem, group in notebooks.items()],
        "key_figures": _key_figures(key_figures, lang),
        "summary": _summary(ledger),
        "differences": [claim for claim in ledger if claim["status"] == "differs" or claim["otherwise"]],
        "downloads": {name: DOWNLOADS[name] for name in offered},
    }
    pages = {page("index", lang): _render("index.html", common, "index", index)}
    for stem, group in notebooks.items():
        view = {"notebook": _notebook(stem, group, lang)}
        pages[page(stem, lang)] = _render("notebook.html", common, stem, view)
    if claims is not None:
        whole = {"claims": ledger, "summary": index["summary"]}
        pages[page("claims", lang)] = _render("claims.html", common, "claims", whole)
    return pages


def page(name: str, lang: str) -> str:
    """Return the file name of a page.

    Examples
    --------
    >>> page("claims", "ja"), page("claims", "en")
    ('claims.html', 'claims.en.html')
    """
    return f"{name}.html" if lang == "ja" else f"{name}.{lang}.html"


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("shinrenkei.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["address"] = address
    environment.filters["moment"] = moment
    environment.filters["one_language"] = one_language
    environment.filters["total"] = lambda counts: sum(counts.values())
    environment.globals["page"] = page
    return environment


def _render(template: str, common: Mapping[str, Any], name: str, view: Mapping[str, Any]) -> str:
    lang = common["lang"]
    other = page(name, "en" if lang == "ja" else "ja")
    return _environment().get_template(template).render(**common, **view, other_page=other)


def address(path: str) -> str:
    """Return a relative path as a link: a name may hold spaces, ``#``, ``=`` or Japanese.

    Examples
    --------
    >>> address("02-rate/region=kinki,year#1/index.html")
    '02-rate/region%3Dkinki%2Cyear%231/index.html'
    """
    return quote(path, safe="/-._~")


def moment(started: str) -> str:
    """Return a time of a manifest, to the minute in UTC; what is no time comes back as it is.

    Examples
    --------
    >>> moment("2026-11-21T23:30:05+09:00")
    '2026-11-21 14:30'
    """
    try:
        when = datetime.fromisoformat(started)
    except ValueError:
        return started
    return (when if when.tzinfo is None else when.astimezone(UTC)).strftime("%Y-%m-%d %H:%M")


def one_language(title: str, lang: str) -> str:
    """Return the part of a title in one language, where it has the form ``日本語 / English``.

    Examples
    --------
    >>> one_language("事業化率 / The commercialization rate", "en"), one_language("事業化率", "en")
    ('The commercialization rate', '事業化率')
    """
    parts = title.split(" / ")
    return parts[LANGUAGES.index(lang)] if len(parts) == len(LANGUAGES) else title


def _notebook(stem: str, runs: list[Run], lang: str) -> dict[str, Any]:
    # The run that a reader of this language wants to see first, else the one with the default parameters.
    shown = min(runs, key=lambda run: (run.status != "done", run.lang not in (None, lang), len(run.name)))
    return {
        "stem": stem,
        "title": one_language(shown.title, lang),
        "runs": [shown, *(run for run in runs if run is not shown)],
        "shown": shown,
        "failed": sum(run.status == "failed" for run in runs),
    }


def _key_figures(table: pd.DataFrame | None, lang: str) -> list[dict[str, str]]:
    if table is None:
        return []
    return [
        {name: _text(row.get(f"{name}_{lang}")) for name in ("label", "detail", "source")}
        | {"value": _text(row["value"])}
        for row in table.to_dict("records")
    ]


def _ledger(table: pd.DataFrame | None, lang: str) -> list[dict[str, Any]]:
    if table is None:
        return []
    ordered = sorted(table.to_dict("records"), key=lambda row: _rank(str(row["status"])))
    return [_claim(row, lang) for row in ordered]


def _rank(status: str) -> int:
    return CLAIM_STATUSES.index(status) if status in CLAIM_STATUSES else -1


def _claim(row: Mapping[Any, Any], lang: str) -> dict[str, Any]:
    status = str(row["status"])
    return {
        "id": _text(row["claim_id"]),
        "source": _text(row["source_id"]),
        "locator": _text(row["locator"]),
        "statement": _text(row.get(f"statement_{lang}")),
        "printed": _text(row["printed"]),
        "unit": _text(row.get("unit")),
        "recomputed": _number(row["recomputed"]),
        "allowed": _text(row.get("allowed")),
        "status": status,
        "otherwise": "recorded" in row and str(row["recorded"]) != status,
        "note": _text(row.get(f"note_{lang}")),
    }


def _text(value: Any) -> str:
    return "" if value is None or (not isinstance(value, str) and pd.isna(value)) else str(value)


def _number(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or pd.isna(value) or not math.isfinite(value):
        return ""
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"


def _summary(ledger: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Count claims by source and status, the sources in the order of their names."""
    table: dict[str, dict[str, int]] = {}
    for claim in sorted(ledger, key=lambda claim: (claim["source"] == "across", claim["source"])):
        row = table.setdefault(claim["source"], dict.fromkeys(CLAIM_STATUSES, 0))
        row[claim["status"]] = row.get(claim["status"], 0) + 1
    return table
