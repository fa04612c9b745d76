"""A first codebook for a file: what its columns look like, to be read and corrected by a person."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from shinrenkei.cleaning.answers import SEPARATORS, split_answers
from shinrenkei.cleaning.categories import corporate_number, partner_type, prefecture, region, size_class
from shinrenkei.cleaning.dates import parse_date, parse_fiscal_year, parse_time, parse_year
from shinrenkei.cleaning.errors import CleaningError
from shinrenkei.cleaning.files import open_table
from shinrenkei.cleaning.industries import industry
from shinrenkei.cleaning.numbers import (
    parse_integer,
    parse_money,
    parse_number,
    read_unit,
)
from shinrenkei.cleaning.ranges import parse_range
from shinrenkei.cleaning.shares import parse_share
from shinrenkei.cleaning.symbols import symbol_of
from shinrenkei.cleaning.text import plain

LOOKED_AT = 5_000
"""Rows that are looked at."""
MOST = 1_000
"""Distinct values of a column that are looked at."""
FITS = 0.9
"""The share of distinct values that a kind must be able to read (one of a few may fail); the others are rejected."""

Settings = dict[str, Any]

_OF_NAMES = ("region", "prefecture", "partner_type", "size_class", "industry", "answers")
_YES_NO = (
    {"有": True, "無": False},
    {"あり": True, "なし": False},
    {"はい": True, "いいえ": False},
    {"○": True, "×": False},
)
_UNIT = re.compile(
    r"\(\s*(?:単位\s*:?\s*)?([^()]*?(?:円|人|名|社|件))\s*\)|単位\s*:?\s*(\S*(?:円|人|名|社|件))"
)
_NAMES = (
    ("法人番号", "corporate_number"),
    ("(認定|計画).*番号", "plan_id"),
    ("認定.*日", "certified_on"),
    ("(初|最初).*(売上|販売).*日", "first_sales_on"),
    ("回答日", "answered_on"),
    ("(企業|会社|事業者).*(コード|番号|ID)", "firm_id"),
    ("(企業|会社|事業者|法人)名|名称|社名|商号", "firm"),
    ("都道府県|所在地|住所", "prefecture"),
    ("地域|ブロック|局", "region"),
    ("資本金|出資", "capital_yen"),
    ("従業員|従業者|社員数", "employees"),
    ("付加価値", "value_added_yen"),
    ("売上|販売額", "sales_yen"),
    ("業種|産業", "industry"),
    ("設立|創業", "founded"),
    ("年度", "fiscal_year"),
    ("年$", "year"),
    ("事業名|テーマ|計画名|題名", "title"),
    ("備考|自由記述|メモ", "note"),
    ("番号|コード|ID|No", "id"),
)


def guess_codebook(path: str | Path, *, sheet: str | int | None = None, encoding: str | None = None) -> str:
    r"""Return a first codebook for a file, as TOML.

    Parameters
    ----------
    path : str or pathlib.Path
        The file; see `read_table` for the kinds.
    sheet, encoding
        As for `read_table`.

    Returns
    -------
    str
        A codebook that `clean` takes, with examples of each column's cells as comments.

    Raises
    ------
    CleaningError
        When the file cannot be read as a table.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "plans.csv"
    >>> _ = file.write_text("認定年月日,資本金（千円）\nH17.6.1,10000\nH17.7.22,3000\n", encoding="utf-8")
    >>> print(guess_codebook(file).partition("[[columns]]")[2])
    <BLANKLINE>
    name = "certified_on"
    source = "認定年月日"
    kind = "date"
    # H17.6.1 | H17.7.22
    <BLANKLINE>
    [[columns]]
    name = "capital_yen"
    source = "資本金(千円)"
    kind = "money"
    unit = "千円"
    # 10000 | 3000
    <BLANKLINE>
    """
    table = open_table(path, sheet=sheet, encoding=encoding)
    cells = next(table.pieces).cells.head(LOOKED_AT)
    columns = [column for heading in table.layout.names for column in _guess_columns(heading, cells[heading])]
    _name_apart(columns)
    first, last = table.layout.first - len(table.layout.heading), table.layout.first - 1
    chosen = next(
        (fact.removeprefix("sheet ").strip("'\"") for fact in table.about if fact.startswith("sheet ")), None
    )
    lines = [
        f"# A first codebook for {Path(path).name}, guessed from its cells: read it through and correct it.",
        "# required = true, unique = true, min = ... and max = ... may be added to any column.",
        *([f"sheet = {_toml(chosen)}"] if chosen else []),
        f"heading = [{first}, {last}]",
    ]
    for column in columns:
        examples = column.pop("examples")
        lines += ["", "[[columns]]", *(f"{name} = {_toml(value)}" for name, value in column.items())]
        lines += [f"# {examples}"] if examples else []
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _name_apart(columns: list[Settings]) -> None:
    taken: dict[str, int] = {}
    for column in columns:
        name = column["name"]
        while column["name"] in taken:
            taken[name] += 1
            column["name"] = f"{name}_{taken[name]}"
        taken[column["name"]] = 1


def _guess_columns(heading: str, cells: pd.Series) -> Iterator[Settings]:
    """Return the settings of the columns that a heading gives: one, or two for a range."""
    distinct = cells.dropna().drop_duplicates().head(MOST)
    settings = _guess(heading, distinct, cells)
    examples = " | ".join(" ".join(text.split())[:30] for text in distinct.head(4))
    of_partners = settings.get("categories") == "partner_types"
    name = _name(heading, "partner_type" if of_partners else settings["kind"])
    if settings["kind"] == "range":
        unit = {key: value for key, value in settings.items() if key != "kind"}
        yield {
            "name": f"{name}_lower",
            "source": heading,
            "kind": "range_lower",
            **unit,
            "examples": examples,
        }
        yield {
            "name": f"{name}_upper",
            "source": heading,
            "kind": "range_upper",
            **unit,
            "examples": examples,
        }
    else:
        yield {"name": name, "source": heading, **settings, "examples": examples}


def _name(heading: str, kind: str) -> str:
    if kind == "partner_type":
        return kind
    found = next((name for pattern, name in _NAMES if re.search(pattern, heading)), None)
    if found and found.endswith("_yen") and kind not in ("money", "range"):
        found = found.removesuffix("_yen")
    if found == "prefecture" and kind != "prefecture":
        found = "address"
    plainly = re.sub(r"[^0-9a-z]+", "_", heading.casefold()).strip("_")
    return found or (plainly if re.match("[a-z]", plainly) else kind)


def _guess(heading: str, distinct: pd.Series, cells: pd.Series) -> Settings:
    if distinct.empty:
        return {"kind": "text"}
    for rule in (_codes, _truths, _times, _places, _ranges, _amounts, _lists, _names):
        if settings := rule(heading, distinct, cells):
            return settings | _no_answers(distinct, settings["kind"])
    return {"kind": "normalized"}


def _no_answers(distinct: pd.Series, kind: str) -> Settings:
    """Declare 不明, － and such to be missing, for the kinds that know only names."""
    told = [text for text in distinct if symbol_of(text)] if kind in _OF_NAMES else []
    return {"missing": told} if told else {}


def _fits(distinct: pd.Series, parse: Callable[..., Any]) -> bool:
    """Tell whether a parser reads most of a column's distinct values."""
    try:
        parse(distinct)
    except CleaningError as error:
        return len(error.values) <= max((1 - FITS) * len(distinct), len(distinct) >= 4)
    return any(symbol_of(text) is None for text in distinct)


def _share(distinct: pd.Series, pattern: str) -> float:
    return float(distinct.str.contains(pattern, regex=True).mean())


def _codes(heading: str, distinct: pd.Series, cells: pd.Series) -> Settings | None:
    thirteen = _share(distinct, r"^\s*[0-9０-９]{13}\s*$") > 0.5
    if _fits(distinct, corporate_number) or ("法人番号" in heading and thirteen):
        return {"kind": "corporate_number"}
    zeros = _share(distinct, "^[0０][0-9０-９]+$") > 0
    every = len(distinct) == len(cells) and bool(re.search("番号|コード|ID|No", heading))
    if zeros or every:
        return {"kind": "text", "required": True, "unique": True} if every else {"kind": "text"}
    return None


def _truths(_heading: str, distinct: pd.Series, _cells: pd.Series) -> Settings | None:
    said = {
        unicodedata.normalize("NFKC", text).strip().replace("〇", "○").replace("◯", "○") for text in distinct
    }
    for pair in _YES_NO:
        if said <= set(pair):
            return {"kind": "boolean", "values": pair}
    return None


def _times(heading: str, distinct: pd.Series, _cells: pd.Series) -> Settings | None:
    if _share(distinct, "年度|FY|ＦＹ") > 0.5 and _fits(distinct, parse_fiscal_year):
        return {"kind": "fiscal_year"}
    if _fits(distinct, parse_date):
        return {"kind": "date"}
    if "日" in heading and _fits(distinct, partial(parse_date, era="平成")):
        return {"kind": "date", "era": "平成"}
    if "日" in heading and _share(distinct, r"^[2-6][0-9]{4}$") > FITS:
        return {"kind": "date", "excel": 1900}
    if _share(distinct, "[:：時]") > 0.5 and _fits(distinct, parse_time):
        return {"kind": "time"}
    if (
        "年" in heading
        and _share(distinct, "年|^[12１２][0-9０-９]{3}$") > 0.5
        and _fits(distinct, parse_year)
    ):
        return {"kind": "fiscal_year" if "年度" in heading else "year"}
    return None


def _places(heading: str, distinct: pd.Series, _cells: pd.Series) -> Settings | None:
    distinct = distinct[[symbol_of(text) is None for text in distinct]]
    if _share(distinct, r"^[\s0-9０-９]+$") > 0.5:
        return None
    kinds: tuple[tuple[str, Callable[..., Any]], ...] = (
        ("prefecture", prefecture), ("region", region), ("partner_type", partner_type), ("size_class", size_class),
    )  # fmt: skip
    for kind, parse in kinds:
        if _fits(distinct, parse):
            return {"kind": kind}
    if re.search("業種|産業", heading) and _fits(distinct, industry):
        return {"kind": "industry"}
    marks = f"[{re.escape(SEPARATORS)}]"
    if _share(distinct, marks) > 0.1 and _fits(distinct, partial(split_answers, categories="partner_types")):
        return {"kind": "answers", "categories": "partner_types"}
    return None


def _unit_of(heading: str) -> str | None:
    found = _UNIT.search(plain(heading))
    unit = (found[1] or found[2]).strip() if found else None
    try:
        read_unit(unit)
    except CleaningError:
        return None
    return unit


def _ranges(heading: str, distinct: pd.Series, _cells: pd.Series) -> Settings | None:
    if _share(distinct, "[~～〜]|以上|以下|未満|超") < 0.5 or not _fits(distinct, parse_range):
        return None
    unit = _unit_of(heading)
    return {"kind": "range", "unit": unit} if unit else {"kind": "range"}


def _amounts(heading: str, distinct: pd.Series, _cells: pd.Series) -> Settings | None:
    if _share(distinct, "[%％割]") > 0.5 and _fits(distinct, parse_share):
        return {"kind": "share"}
    if re.search("[%％]|割合|率|シェア", heading) and _fits(distinct, partial(parse_share, unit="%")):
        # 0.38 under 割合 is a share; under （％） it is what it says.
        is_share = not re.search("[%％]", heading) and _fits(distinct, parse_share)
        return {"kind": "share" if is_share else "percent"}
    unit = _unit_of(heading)
    money = (unit or "").endswith("円") or _share(distinct, "[円¥￥]") > 0.5
    if money and _fits(distinct, partial(parse_money, unit=unit or "円")):
        return {"kind": "money", "unit": unit or "円"}
    for kind, parse in (("integer", parse_integer), ("number", parse_number)):
        if _fits(distinct, parse):
            return {"kind": kind, "unit": unit} if unit and read_unit(unit).factor > 1 else {"kind": kind}
    return None


def _lists(_heading: str, distinct: pd.Series, cells: pd.Series) -> Settings | None:
    filled = int(cells.notna().sum())
    pieces = distinct.str.split(f"[{re.escape(SEPARATORS)}]", regex=True).explode().str.strip()
    options = [option for option in dict.fromkeys(pieces) if option]
    if (
        _share(distinct, f"[{re.escape(SEPARATORS)}]") > 0.2
        and len(options) <= 20
        and filled >= 3 * len(options)
    ):
        return {"kind": "answers", "categories": options}
    same = list(dict.fromkeys(plain(text) for text in distinct))
    if len(same) <= 12 and filled >= 5 * len(same):
        return {"kind": "category", "categories": same}
    return None


def _names(heading: str, distinct: pd.Series, _cells: pd.Series) -> Settings | None:
    is_name = re.search("(企業|会社|事業者|法人)名|名称|社名|商号", heading)
    return (
        {"kind": "company"}
        if is_name or _share(distinct, r"[㈱㈲]|[(（]株[)）]|株式会社|有限会社") > 0.3
        else None
    )
