"""Text in one form: width, spaces, dashes and long vowels, and the legal form in a company's name."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from shinrenkei.cleaning.series import Errors, Reader, read, strings, text_of

# NFKC would make these plain digits and so change what the cell says: 5² is not 52, ①② not 12, 2½ not 21/2.
RAISED = re.compile(
    "[\u00aa\u00b2\u00b3\u00b9\u00ba\u00bc-\u00be\u2070-\u209c\u2150-\u215f\u2189\u2460-\u24ff]"
)

_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SPACES = re.compile(r"\s+")
_DASHES = re.compile("[\u02d7\u2010-\u2015\u2043\u2212\u2500\u2501\ufe58\ufe63]")
_WAVES = re.compile("[\u301c\u223c\u223e\u3030]")
_KANA = "\u3041-\u3096\u30a1-\u30fa\u30fc\u31f0-\u31ff"
_HALF_KANA = "\uff66-\uff9f"
# A dash typed for the long vowel: in half-width kana the half-width hyphen, in kana the full-width one.
_HALF_LONG = re.compile(f"(?<=[{_HALF_KANA}])-(?=[{_HALF_KANA}\\s]|$)")
_FULL_LONG = re.compile(f"(?<=[{_KANA}])[\u2010\u2015\u2212\u2500\uff0d](?=[{_KANA}]|$)")
# A long vowel typed for the dash: after a digit or a Latin letter there is no vowel to lengthen.
_NOT_LONG = re.compile("(?<=[0-9A-Za-z])\u30fc(?=[0-9A-Za-z])")


def plain(text: str) -> str:
    """Return text in one form; see `normalize_text`."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = _CONTROL.sub("", _INVISIBLE.sub("", text))
    text = _FULL_LONG.sub("\u30fc", _HALF_LONG.sub("\uff70", text))
    text = _nfkc(text)
    text = _WAVES.sub("~", _DASHES.sub("-", text))
    text = _NOT_LONG.sub("-", text)
    return _SPACES.sub(" ", text).strip()


def _nfkc(text: str) -> str:
    if not RAISED.search(text):
        return unicodedata.normalize("NFKC", text)
    pieces = re.split(f"({RAISED.pattern})", text)
    return "".join(p if RAISED.fullmatch(p) else unicodedata.normalize("NFKC", p) for p in pieces)


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
    "合同会社": ("(同)", "(合)"),
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

_SHORT = {short: full for full, shorts in FORMS.items() for short in shorts}
_SHORTS = re.compile("|".join(re.escape(short) for short in sorted(_SHORT, key=len, reverse=True)))
_FORM_SPACE = re.compile(rf"\s*({'|'.join(sorted(FORMS, key=len, reverse=True))})\s*")


def company(text: str) -> str:
    """Return a company's name in one form; see `normalize_company`."""
    name = re.sub(r"\(\s*(\S+?)\s*\)", r"(\1)", plain(text))
    name = _SHORTS.sub(lambda found: _SHORT[found[0]], name)
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


_TEXT = Reader("text", lambda value: plain(text_of(value)), strings)
_COMPANY = Reader("a company's name", lambda value: company(text_of(value)), strings)
