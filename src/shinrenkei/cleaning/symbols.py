"""What stands in a cell instead of a number: a dash, an ellipsis, an x."""

from __future__ import annotations

import re
import unicodedata

SYMBOLS: dict[str, tuple[str, ...]] = {
    "none": ("皆無", "該当数値なし"),
    "not_applicable": ("***", "・", "該当なし", "非該当", "N/A", "n/a", "n.a."),
    "unknown": ("...", "..", ".", "・・・", "不詳", "不明", "無回答", "未詳", "NA"),
    "suppressed": ("x", "X", "χ", "Χ", "秘匿", "非公表", "非公開"),
}
"""What stands where a number is not printed, by the statistics bureaus' use; a dash is ``none``."""

MEANING = {text: meaning for meaning, texts in SYMBOLS.items() for text in texts}
_DASH = re.compile("[-‐‑‒–—―−ー─━]{1,3}")


def symbol_of(text: str) -> str | None:
    """Return what a symbol in place of a number means, or None where it is no such symbol.

    Examples
    --------
    >>> [symbol_of(text) for text in ("－", "…", "Ｘ", "***", "12")]
    ['none', 'unknown', 'suppressed', 'not_applicable', None]
    """
    if len(text) > 100:
        return None
    plain = unicodedata.normalize("NFKC", text).strip()
    return "none" if _DASH.fullmatch(plain) else MEANING.get(plain)
