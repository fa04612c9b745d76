"""What the sheets of the workbook hold: each table with its titles, sources, notes, labels and units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from shinrenkei import catalog

CONTENTS, LEDGER, COLUMNS = "contents", "claims", "columns"

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no cell and no name of a sheet can hold."""

_LEDGER_LABELS = {
    "claim_id": "主張", "source_id": "資料", "locator": "箇所", "statement_ja": "内容", "statement_en": "内容（英語）",
    "printed": "印刷された値", "unit": "単位", "recomputed": "再計算した値", "allowed": "許される範囲",
    "status": "結果", "recorded": "記録された結果", "note_ja": "注", "note_en": "注（英語）",
}  # fmt: skip
_COLUMN_LABELS = {
    "table": "表", "column": "列", "type": "型", "unit": "単位", "label_ja": "項目", "description": "説明（英語）",
    "values": "値の一覧", "missing": "空欄の数",
}  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A table with what stands above it; ``kinds`` are ``text``, ``integer``, ``number``, ``date``, ..."""

    name: str
    titles: tuple[str, str]
    sources: tuple[str, str]
    notes: tuple[str, str]
    table: pd.DataFrame
    kinds: Sequence[str]
    labels: Sequence[str]
    units: Sequence[str]
    source_ids: str = ""


def all_sheets(ledger: pd.DataFrame) -> list[Sheet]:
    """Return a sheet a table of the catalog, then the ledger, then what every column means.

    Examples
    --------
    >>> [sheet.name for sheet in all_sheets(pd.DataFrame({"claim_id": []}))][-3:]
    ['survey_profile', 'claims', 'columns']
    """
    entries = catalog.tables().to_dict("records")
    described = {entry["name"]: catalog.describe(entry["name"]) for entry in entries}
    tables = [_table_sheet(entry, described[entry["name"]]) for entry in entries]
    return [*tables, _ledger_sheet(ledger), _columns_sheet(described)]


def sheet_names(wanted: Iterable[str]) -> list[str]:
    """Return a valid name of a sheet for each of ``wanted``: no two alike, 31 characters at most.

    Examples
    --------
    >>> sheet_names(["plans", "Plans", "a/b: [x]", "history", "plans_" * 6])
    ['plans', 'Plans_2', 'a_b_ _x_', 'history_2', 'plans_plans_plans_plans_plans_p']
    """
    names: list[str] = []
    taken = {"history"}  # a name that Excel keeps for itself
    for text in wanted:
        plain = CONTROL.sub("_", re.sub(r"[\[\]:*?/\\']", "_", text)) or "_"
        name, number = plain[:31], 1
        while name.casefold() in taken:
            number += 1
            name = plain[: 31 - len(f"_{number}")] + f"_{number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _table_sheet(entry: Mapping[Any, Any], columns: pd.DataFrame) -> Sheet:
    name, notes = entry["name"], columns.attrs["notes"]
    return Sheet(
        name=name,
        titles=(entry["title_ja"], entry["title_en"]),
        sources=(catalog.cite(name, "ja"), catalog.cite(name, "en")),
        notes=(notes.get("ja", ""), notes.get("en", "")),
        table=catalog.load(name),
        kinds=columns["type"].tolist(),
        labels=columns["label_ja"].tolist(),
        units=columns["unit"].tolist(),
        source_ids=entry["source_ids"],
    )


def _ledger_sheet(ledger: pd.DataFrame) -> Sheet:
    return Sheet(
        name=LEDGER,
        titles=("資料の主張の台帳", "Ledger of what the sources claim"),
        sources=(
            "出典：各行の資料と箇所（across は資料どうしの比較）",
            "Source: the document and place of each row (across: comparisons between documents)",
        ),
        notes=(
            "印刷された値は資料の表記のままの文字列。許される範囲は、その表記の丸めから読み取ったもの。",
            "printed is the text of the source; allowed is the range that its rounding leaves.",
        ),
        table=ledger,
        **_plain_columns(ledger, _LEDGER_LABELS),
    )


def _columns_sheet(described: Mapping[str, pd.DataFrame]) -> Sheet:
    parts = [columns.assign(table=name) for name, columns in described.items()]
    table = pd.concat(parts, ignore_index=True)[list(_COLUMN_LABELS)]
    return Sheet(
        name=COLUMNS,
        titles=("列の説明", "What each column means"),
        sources=("出典：本パッケージの符号表", "Source: the codebooks of this package"),
        notes=("", ""),
        table=table,
        **_plain_columns(table, _COLUMN_LABELS),
    )


def _plain_columns(table: pd.DataFrame, known: Mapping[str, str]) -> dict[str, Any]:
    """Return kinds, labels and units of a table that no codebook describes."""
    kinds = [_kind(table.iloc[:, number].dtype) for number in range(table.shape[1])]
    labels = [known.get(str(column), "") for column in table]
    return {"kinds": kinds, "labels": labels, "units": [""] * len(labels)}


def _kind(dtype: Any) -> str:
    checks = {
        "boolean": pd.api.types.is_bool_dtype,
        "integer": pd.api.types.is_integer_dtype,
        "number": pd.api.types.is_float_dtype,
        "date": pd.api.types.is_datetime64_any_dtype,
    }
    return next((kind for kind, holds in checks.items() if holds(dtype)), "text")
