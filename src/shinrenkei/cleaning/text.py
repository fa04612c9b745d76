"""Text in one form: width, spaces, dashes and long vowels, and the legal form in a company's name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from shinrenkei.cleaning.series import Column, Errors, Reader, is_missing, read, strings, text_of

# NFKC would make these plain digits and so change what the cell says: 5² is not 52, ①② not 12, 2½ not 21/2.
RAISED = re.compile(
    "[\u00aa\u00b2\u00b3\u00b9\u00ba\u00bc-\u00be\u2070-\u209c\u2150-\u215f\u2189\u2460-\u24ff]"
)

# NFKC would make a blank and a combining mark of these (´ ¨ ¯ ¸ ‾ ゛ ゜ ￣), and the blank would part a word.
_SPACING = "\u00a8\u00af\u00b4\u00b8\u02d8-\u02dd\u2017\u203e\u309b\u309c\uffe3"
_KEPT = re.compile(f"[{RAISED.pattern[1:-1]}{_SPACING}]")
_VOICED = {"\u309b": "\u3099", "\u309c": "\u309a"}


def _bearers(mark: str) -> str:
    """Return the kana that a voicing mark joins into one letter."""
    return "".join(
        kana
        for kana in map(chr, range(0x3041, 0x30FF))
        if len(unicodedata.normalize("NFC", kana + mark)) == 1
    )


# A voicing mark that stands apart, as converters of half-width kana leave it, joins the kana that can bear it.
_APART = re.compile("|".join(f"(?<=[{_bearers(mark)}]){apart}" for apart, mark in _VOICED.items()))

_INVISIBLE = (
    *(0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF),
    *(*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)),
)
_CONTROL = (*range(0x09), *range(0x0E, 0x1C), *range(0x7F, 0x85), *range(0x86, 0xA0))
_CUT = dict.fromkeys((*_INVISIBLE, *_CONTROL))
_DASHES = (0x2D7, *range(0x2010, 0x2016), 0x2043, 0x2212, 0x2500, 0x2501, 0xFE58, 0xFE63)
_WAVES = (0x301C, 0x223C, 0x223E, 0x3030)
_ONE_FORM = dict.fromkeys(_DASHES, "-") | dict.fromkeys(_WAVES, "~")
_TO_CUT = re.compile(f"[{''.join(map(re.escape, map(chr, _CUT)))}]")
_OTHER_FORM = re.compile(f"[{''.join(map(chr, _ONE_FORM))}]")
_KANA = "\u3041-\u3096\u30a1-\u30fa\u30fc\u31f0-\u31ff"
_HALF_KANA = "\uff66-\uff9f"
_NO_VOWEL = "\u3063\u3093\u30c3\u30f3\u30fc\uff6f\uff70\uff9d"  # after っ ん ー no vowel can be lengthened
# A dash typed for the long vowel: in half-width kana the half-width hyphen, in kana the full-width one.
_LONG = re.compile(
    f"(?<=[{_HALF_KANA}])(?<![{_NO_VOWEL}])-(?=[{_HALF_KANA}\\s]|$)"
    f"|(?<=[{_KANA}])(?<![{_NO_VOWEL}])[\u2010\u2015\u2212\u2500\uff0d](?=[{_KANA}]|$)"
)
# A long vowel typed for the dash: after a digit or a Latin letter there is no vowel to lengthen.
_NOT_LONG = re.compile("(?<=[0-9A-Za-z])\u30fc(?=[0-9A-Za-z])")


def plain(text: str) -> str:
    """Return text in one form; see `normalize_text`."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    # A search costs a fifth of a translation, and few texts need one.
    if _TO_CUT.search(text):
        text = text.translate(_CUT)
    if "\u309b" in text or "\u309c" in text:
        text = _APART.sub(lambda mark: _VOICED[mark[0]], text)
    text = _nfkc(_LONG.sub("\u30fc", text))
    if _OTHER_FORM.search(text):
        text = text.translate(_ONE_FORM)
    if "\u30fc" in text:
        text = _NOT_LONG.sub("-", text)
    return " ".join(text.split())


# Columns are normalized at once but for the cells that hold anything beyond the common blocks (in which Arrow's
# Unicode tables and Python's are one), or a dash or long vowel that the rules above may turn.
_COMMON = "\t\n\r -~\u3000-\u3029\u3041-\u3096\u30a1-\u30ff\u4e00-\u9fa5\u25a0-\u25ff\uff01-\uff9f"
_STRANGE = (
    f"[^{_COMMON}]|[\uff66-\uff9f]-|[\u3041-\u3096\u30a1-\u30fa\u30fc]\uff0d|\u301c"
    "|[0-9A-Za-z\uff10-\uff19\uff21-\uff3a\uff41-\uff5a][\u30fc\uff70]"
)
# What _LONG does to cells of the common blocks, in Arrow's dialect, which cannot look back.
_LENGTHENED = (
    "([\uff66-\uff6e\uff71-\uff9c\uff9e\uff9f])-([\uff66-\uff9f\t\n\r \u3000]|$)",
    "([\u3041-\u3062\u3064-\u3092\u3094-\u3096\u30a1-\u30c2\u30c4-\u30f2\u30f4-\u30fa])\uff0d([\u3041-\u3096\u30a1-\u30fa\u30fc]|\n?$)",
)


def _whole(cells: pd.Series, one: Callable[[Any], Any]) -> tuple[Column, np.ndarray]:
    """Normalize a column of mostly distinct text; see `Reader`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    arrow = pa.array(cells, from_pandas=True)
    strange = pc.fill_null(pc.match_substring_regex(arrow, _STRANGE), False)
    lengthened = arrow.filter(strange)
    for pattern in _LENGTHENED * 2:  # a letter that ends one match may begin the next
        lengthened = pc.replace_substring_regex(lengthened, pattern, "\\1\u30fc\\2")
    arrow = pc.replace_with_mask(arrow, strange, lengthened)
    left = np.flatnonzero(strange)[pc.match_substring_regex(lengthened, _STRANGE)]
    text = pc.utf8_trim_whitespace(pc.utf8_normalize(arrow, form="NFKC"))
    if pc.any(pc.match_substring_regex(text, "[\t\n\r]|  ")).as_py():
        text = pc.replace_substring_regex(text, "[ \t\n\r]+", " ")
    column = pd.array(pc.if_else(pc.equal(text, ""), None, text), dtype="str")
    if left.size:
        codes, distinct = pd.factorize(cells.iloc[left])
        column[left] = strings([None if is_missing(cell) else one(cell) for cell in distinct]).take(codes)
    return column, np.empty(0, dtype=np.intp)


def _nfkc(text: str) -> str:
    if not _KEPT.search(text):
        return unicodedata.normalize("NFKC", text)
    pieces = re.split(f"({_KEPT.pattern})", text)
    return "".join(p if _KEPT.fullmatch(p) else unicodedata.normalize("NFKC", p) for p in pieces)


def normalize_text(values: Any, *, errors: Errors = "raise") -> Any:
    """Bring text into one form: width by NFKC, single spaces, one dash, the long vowel where one is meant.

    Nothing but width, space and form is changed: letters keep their case, raised figures (m²) stay raised,
    and words stay words. A hyphen typed for the long vowel inside half-width kana becomes the long vowel, a
    long vowel between digits becomes a hyphen.

    Parameters
    ----------
    values : str or pandas.Series
        Text; a number in a cell is taken as its digits.
    errors : {"raise", "coerce"}
        What to do with what is not text.

    Returns
    -------
    str, None or pandas.Series
        Text (dtype ``str``); missing stays missing.

    Raises
    ------
    CleaningError
        When a value is neither text nor a number.

    Examples
    --------
    >>> normalize_text("　ﾃﾞ-ﾀ　ベース（第１版） ")
    'データ ベース(第1版)'
    >>> normalize_text("０４５ー６３３ー５１９２")
    '045-633-5192'
    """
    return read(values, _TEXT, errors)


FORMS = {
    "株式会社": ("(株)",),
    "有限会社": ("(有)",),
    "合同会社": ("(同)",),
    "合資会社": ("(資)",),
    "合名会社": ("(名)",),
    "一般社団法人": ("(一社)",),
    "公益社団法人": ("(公社)",),
    "一般財団法人": ("(一財)",),
    "公益財団法人": ("(公財)",),
    "社団法人": ("(社)",),
    "財団法人": ("(財)",),
    "学校法人": ("(学)",),
    "社会福祉法人": ("(福)", "(社福)"),
    "医療法人": ("(医)",),
    "特定非営利活動法人": ("(特非)", "(NPO)", "NPO法人"),
    "独立行政法人": ("(独)", "(独法)"),
    "国立大学法人": ("(大)",),
    "協同組合": ("(協)", "(協組)"),
    "農事組合法人": ("(農)",),
}
"""Legal forms in full, and how lists shorten them (after NFKC, which opens ㈱ to (株))."""

_SHORT = {short.strip("()"): full for full, shorts in FORMS.items() for short in shorts}
_BRACKETED = "|".join(sorted((short for short in _SHORT if short != "NPO法人"), key=len, reverse=True))
_SHORTS = re.compile(rf"[(\[〔【<]\s*({_BRACKETED})\s*[)\]〕】>]|(NPO法人)")
_FORM_SPACE = re.compile(rf"\s*({'|'.join(sorted(FORMS, key=len, reverse=True))})\s*")


def company(text: str) -> str:
    """Return a company's name in one form; see `normalize_company`."""
    name = _SHORTS.sub(lambda found: _SHORT[found[1] or found[2]], plain(text))
    return _FORM_SPACE.sub(r"\1", name)


def normalize_company(values: Any, *, errors: Errors = "raise") -> Any:
    """Bring companies' names into one form: ㈱, (株) and 株式会社 are one, without a space beside them.

    The form's place is kept: 株式会社楠橋 and 楠橋株式会社 are two names.

    Parameters
    ----------
    values : str or pandas.Series
        Names.
    errors : {"raise", "coerce"}
        What to do with what is not text.

    Returns
    -------
    str, None or pandas.Series
        Names (dtype ``str``); missing stays missing.

    Raises
    ------
    CleaningError
        When a value is neither text nor a number.

    Examples
    --------
    >>> normalize_company("㈱ 小松プロセス"), normalize_company("（株）小松プロセス")
    ('株式会社小松プロセス', '株式会社小松プロセス')
    """
    return read(values, _COMPANY, errors)


_TEXT = Reader("text", lambda value: plain(text_of(value)) or None, strings, _whole)
_COMPANY = Reader("a company's name", lambda value: company(text_of(value)) or None, strings)
