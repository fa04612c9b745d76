"""Words for the codes that figures show, in Japanese and in English, and short forms of amounts."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from shinrenkei.cleaning.tables import rows
from shinrenkei.errors import unknown_name
from shinrenkei.figures.style import check_lang

NOT_PRINTED = {"ja": "原典に数値なし", "en": "not printed"}

# Coded tables that the cleaning functions keep; their words are taken from there.
_CODED = {"region": "regions", "partner_type": "partner_types", "prefecture": "prefectures"}
# JIS codes are bare numbers, which other columns hold too.
_BY_KIND_ONLY = ("prefecture",)

Words = Mapping[str, tuple[str, str]]


@cache
def kinds() -> Mapping[str, Words]:
    """Return the words (ja, en) of every code, by kind.

    Examples
    --------
    >>> kinds()["relationship"]["first_time"]
    ('初めての連携', 'First time together')
    """
    found: dict[str, dict[str, tuple[str, str]]] = {
        kind: {row["code"]: (row["ja"], row["en"]) for row in rows(table)} for kind, table in _CODED.items()
    }
    text = (files("shinrenkei.figures") / "labels.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        found.setdefault(row["kind"], {})[row["code"]] = (row["ja"], row["en"])
    return found


def label(code: Any, lang: str = "ja", kind: str | None = None) -> str:
    """Return the words for a code.

    Parameters
    ----------
    code : str or bool
        A code of the tables; without ``kind``, text that is no code (a name, a printed label) comes back
        as it is.
    lang : {"ja", "en"}
        Language.
    kind : str, optional
        One of :func:`kinds`; an unknown code is then an error. Prefectures (JIS codes) need it.

    Returns
    -------
    str
        The words.

    Raises
    ------
    UnknownNameError
        Where the kind, the language, or a code of a named kind is unknown.

    Examples
    --------
    >>> label("kinki"), label("first_time", "en"), label("株式会社")
    ('近畿', 'First time together', '株式会社')
    """
    column = ("ja", "en").index(check_lang(lang))
    key = str(code)
    if kind is not None:
        if kind not in kinds():
            raise unknown_name(kind="kind of label", name=kind, known=kinds())
        if key not in kinds()[kind]:
            raise unknown_name(kind, key, kinds()[kind])
        return kinds()[kind][key][column]
    for name, words in kinds().items():
        if key in words and name not in _BY_KIND_ONLY:
            return words[key][column]
    return key


def labels(codes: Iterable[Any], lang: str = "ja", words: Mapping[Any, str] | None = None) -> list[str]:
    """Return the words for several codes; ``words`` goes before the tables of this module.

    Examples
    --------
    >>> labels(["kinki", "x"], "en", {"x": "Elsewhere"})
    ['Kinki', 'Elsewhere']
    """
    own = words or {}
    return [own[code] if code in own else label(code, lang) for code in codes]


def yen(amount: float, lang: str = "ja") -> str:
    """Return an amount of yen in its shortest usual form.

    Examples
    --------
    >>> yen(50_000_000), yen(150_000_000), yen(50_000_000, "en"), yen(1_972e8, "en")
    ('5千万円', '1.5億円', '50 million yen', '197.2 billion yen')
    """
    steps = (
        [(1e12, "兆円"), (1e8, "億円"), (1e7, "千万円"), (1e4, "万円"), (1, "円")]
        if check_lang(lang) == "ja"
        else [(1e12, " trillion yen"), (1e9, " billion yen"), (1e6, " million yen"), (1, " yen")]
    )
    for size, name in steps:
        if abs(amount) >= size or size == 1:
            return f"{amount / size:,.10g}{name}"
    raise AssertionError


def range_label(lower: Any, upper: Any, unit: str, lang: str = "ja") -> str:
    """Return the words for a class with inclusive bounds; an empty bound is open.

    Parameters
    ----------
    lower, upper : float or missing
        Bounds in yen or persons.
    unit : {"yen", "persons"}
        Unit of the bounds.
    lang : {"ja", "en"}
        Language.

    Returns
    -------
    str
        The words, ``超`` where the lower bound is one above a round amount.

    Examples
    --------
    >>> range_label(10_000_001, 50_000_000, "yen"), range_label(301, None, "persons")
    ('1千万円超5千万円以下', '301人以上')
    >>> range_label(10_000_001, 50_000_000, "yen", "en"), range_label(None, 20, "persons", "en")
    ('over 10 to 50 million yen', 'up to 20')
    """
    if unit not in ("yen", "persons"):
        raise unknown_name(kind="unit", name=unit, known=("yen", "persons"))
    low = None if _missing(lower) else float(lower)
    high = None if _missing(upper) else float(upper)
    words = _japanese_range if check_lang(lang) == "ja" else _english_range
    return words(low, high, unit)


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or math.isnan(value)


def _above(low: float | None, unit: str) -> bool:
    return low is not None and unit == "yen" and low % 10 == 1


def _japanese_range(low: float | None, high: float | None, unit: str) -> str:
    def amount(value: float) -> str:
        return yen(value) if unit == "yen" else f"{value:,.0f}人"

    floor = ""
    if low is not None and not (low == 0 and high is not None):
        floor = f"{amount(low - 1)}超" if _above(low, unit) else amount(low)
    if high is None:
        return floor if floor.endswith("超") else f"{floor}以上"
    if not floor:
        return f"{amount(high)}以下"
    return f"{floor}{amount(high)}以下" if floor.endswith("超") else f"{floor}～{amount(high)}"


def _english_range(low: float | None, high: float | None, unit: str) -> str:
    def amount(value: float) -> str:
        return yen(value, "en") if unit == "yen" else f"{value:,.0f}"

    over = "over " if _above(low, unit) else ""
    floor = None if low is None or (low == 0 and high is not None) else amount(low - 1 if over else low)
    if high is None:
        return f"{over}{floor}" if over else f"{floor} or more"
    if floor is None:
        return f"up to {amount(high)}"
    number, _, scale = floor.partition(" ")
    # "over 10 to 50 million yen": a scale that both bounds share is said once.
    start = number if scale and amount(high).endswith(f" {scale}") else floor
    return f"{over}{start} to {amount(high)}" if unit == "yen" else f"{floor}–{amount(high)}"
