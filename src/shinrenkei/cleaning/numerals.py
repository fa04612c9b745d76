"""Numbers as Japanese offices write them: one text in, one exact number out."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from shinrenkei.cleaning.errors import Unreadable
from shinrenkei.cleaning.text import RAISED

LONGEST = 120
"""Characters of the longest text taken for a number; longer ones are refused unread."""

DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")}
SMALL = {"十": 10, "百": 100, "千": 1000}
LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12, "京": 10**16}
FORMAL = {
    **dict.fromkeys("零", "〇"),
    **dict.fromkeys("壱壹弌", "一"),
    **dict.fromkeys("弐貳貮", "二"),
    **dict.fromkeys("参參", "三"),
    **dict.fromkeys("肆", "四"),
    **dict.fromkeys("伍", "五"),
    **dict.fromkeys("陸", "六"),
    **dict.fromkeys("漆柒", "七"),
    **dict.fromkeys("捌", "八"),
    **dict.fromkeys("玖", "九"),
    **dict.fromkeys("拾", "十"),
    **dict.fromkeys("佰陌", "百"),
    **dict.fromkeys("仟阡", "千"),
    **dict.fromkeys("萬", "万"),
    "廿": "二十",
    "卅": "三十",
}
"""大字 and other spellings of the numerals, and the plain ones."""

COUNTERS = (
    *("人", "名", "社", "件", "者", "個", "台", "校", "回", "票", "点", "戸", "組", "歳", "所", "店"),
    *("世帯", "団体", "機関", "企業", "組合", "事業所", "事業者", "施設", "品目", "グループ", "プロジェクト"),
    *(ka + what for ka in ("か", "カ", "ヵ", "ヶ", "ケ", "箇") for what in ("所", "年", "月", "国")),
    *("年間", "年"),
)
"""Units that count one by one, so that the number itself is in base units."""

MINUS = "-−‐‑‒–▲△"
BEFORE = (
    "およそ",
    "おおよそ",
    "おおむね",
    "ほぼ",
    "約",
    "凡そ",
    "概ね",
    "推定",
    "最大",
    "最高",
    "最低",
    "最小",
    "延べ",
    "のべ",
    "計",
)
AFTER = (
    "程度",
    "以上",
    "以下",
    "以内",
    "未満",
    "超え",
    "超",
    "前後",
    "余り",
    "余",
    "強",
    "弱",
    "ほど",
    "くらい",
    "ぐらい",
    "台",
    "内外",
)

_UNITS = "|".join(sorted(("円", *COUNTERS), key=len, reverse=True))
_SIGN = "|".join(map(re.escape, (*MINUS, "+", "マイナス", "プラス")))
_NUMERALS = "".join((*DIGITS, *SMALL, *LARGE))
_FORMAL = str.maketrans(FORMAL)
_PLAIN = re.compile(r"(-?)([0-9]+|(?=\.))(?:\.([0-9]+))?")
_GAP = "[\\s\u200b\u2060\ufeff]+"
_SPACE = re.compile(f"(?<![0-9]){_GAP}|{_GAP}(?![0-9])")
_AMOUNT = re.compile(
    rf"(?:金(?=.*円))?(?P<before>(?:{'|'.join(BEFORE)})*)(?P<sign>{_SIGN})?(?P<yen>[¥\\])?(?P<sign2>{_SIGN})?"
    rf"(?P<body>[0-9.,{_NUMERALS}]+)(?P<unit>{_UNITS})?(?:(?<=円)也)?(?P<tail>(?(yen)-?))(?P<after>(?:{'|'.join(AFTER)})*)"
)
_POWER = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]+))?[eE]([+-]?[0-9]{1,2})")
_SCALES = "".join((*SMALL, *LARGE))
_TOKEN = re.compile(
    rf"[0-9]{{1,3}}(?:,[0-9]{{3}})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|[{''.join(DIGITS)}]+|[{_SCALES}]"
)
_HEADING = re.compile(r"[千万億兆]|[十百千][万億兆]")
_TWO_NUMBERS = re.compile(rf"[{''.join(DIGITS)}]{{2,}}[{''.join(SMALL)}]")


class Amount(NamedTuple):
    """A number as written: ``mantissa`` times ten to the ``exponent``, exactly, and what stood around it.

    ``scale`` is the largest of 千, 万, 億, ... written in it, or 1.
    """

    mantissa: int
    exponent: int = 0
    scale: int = 1
    unit: str | None = None
    qualifier: str | None = None


def exact(mantissa: int, exponent: int) -> int | float:
    """Return the number: an int where it is whole, else the float nearest to the printed decimal.

    Examples
    --------
    >>> exact(12345678901, -2), exact(15, 7), exact(1200, -2)
    (123456789.01, 150000000, 12)
    """
    if exponent >= 0:
        return mantissa * 10**exponent
    whole, rest = divmod(mantissa, 10**-exponent)
    return mantissa / 10**-exponent if rest else whole


def squeeze(text: str) -> str:
    """Return text with one width, numerals in their plain form, and no space but between two digits."""
    if len(text) > LONGEST and len(text := text.strip()) > LONGEST:
        msg = f"it is {len(text):,} characters long"
        raise Unreadable(msg)
    if text.isascii():
        return _SPACE.sub("", text)
    if RAISED.search(text):
        msg = "it has a raised, circled or fraction figure, which may be the mark of a note"
        raise Unreadable(msg)
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).translate(_FORMAL)


def read_amount(text: str) -> Amount:
    """Read one amount, with its sign, scale, unit and qualifier.

    Examples
    --------
    >>> read_amount("約１，９７２億円")
    Amount(mantissa=197200000000, exponent=0, scale=100000000, unit='円', qualifier='約')
    >>> read_amount("▲3.5")
    Amount(mantissa=-35, exponent=-1, scale=1, unit=None, qualifier=None)
    """
    simple = _PLAIN.fullmatch(text) if len(text) <= LONGEST else None
    if simple:
        return _decimal(*simple.groups())
    if text.strip() == "〇":
        msg = "it may be a tick, not a nought"
        raise Unreadable(msg)
    text = squeeze(text)
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return _power(text)
    sign = found["sign"] or found["sign2"]
    if found["sign"] and found["sign2"]:
        msg = "it has two signs"
        raise Unreadable(msg)
    unit = found["unit"] or ("円" if found["yen"] else None)
    if unit and not found["yen"] and _HEADING.fullmatch(found["body"]):
        msg = "it is a unit without a number"
        raise Unreadable(msg)
    mantissa, exponent, scale = read_body(found["body"])
    if sign in ("マイナス", *MINUS):
        mantissa = -mantissa
    return Amount(mantissa, exponent, scale, unit, (found["before"] + found["after"]) or None)


def _decimal(sign: str, whole: str, decimals: str | None) -> Amount:
    mantissa = int(whole + (decimals or ""))
    return Amount(-mantissa if sign == "-" else mantissa, -len(decimals or ""))


def _power(text: str) -> Amount:
    found = _POWER.fullmatch(text)
    if found is None:
        raise Unreadable(_reason(text))
    amount = _decimal(found[1], found[2], found[3])
    return amount._replace(exponent=amount.exponent + int(found[4]))


def _reason(text: str) -> str:
    if not re.search(f"[0-9{_NUMERALS}]", text):
        return "it has no digit"
    if text.endswith(("%", "割", "分", "厘")):
        return "it is a share, not a number"
    if text.startswith("(") and text.endswith(")"):
        return "it stands in brackets, which may mean a negative, a part or a remark"
    if re.search(r"[0-9] +[0-9]", text):
        return "it has a space between two digits"
    return "it is not written as one number"


def read_body(body: str) -> tuple[int, int, int]:
    """Read digits, commas and numerals: the mantissa, the exponent and the largest scale written.

    Examples
    --------
    >>> read_body("1億2,345万"), read_body("一億二千三百四十五万"), read_body("1.5千万")
    ((123450000, 0, 100000000), (123450000, 0, 100000000), (150000000, -1, 10000))
    """
    if _TWO_NUMBERS.search(body):
        msg = "it may give two numbers, as 二三百 does"
        raise Unreadable(msg)
    body = f"0{body}" if body.startswith(".") else body
    tokens = _TOKEN.findall(body)
    if "".join(tokens) != body:
        msg = (
            "its commas do not part groups of three digits"
            if "," in body
            else "it is not written as one number"
        )
        raise Unreadable(msg)
    places = [len(token.partition(".")[2]) for token in tokens]
    if sum(map(bool, places)) > 1 or (any(places[:-1]) and not set(tokens[1:]) <= {*SMALL, *LARGE}):
        msg = "a decimal is followed by more digits"
        raise Unreadable(msg)
    decimals = max(places)
    mantissa, scale = _sum(tokens, 10**decimals)
    return mantissa, -decimals, scale


def _sum(tokens: list[str], one: int) -> tuple[int, int]:
    """Add up sections (below 万) and scales; each scale must be smaller than the one before."""
    total = section = 0
    pending: int | None = None
    small = large = top = 10**20
    largest = 1
    for token in tokens:
        if token in SMALL:
            _descend(SMALL[token], small)
            small = SMALL[token]
            section += (one if pending is None else pending) * small
            pending = None
            largest = max(largest, small)
        elif token in LARGE:
            _descend(LARGE[token], large)
            amount = section + (pending or 0)
            if (pending is None and section == 0) or amount >= top * one:
                msg = f"there is no number before {token}" if amount == 0 else "its scales do not descend"
                raise Unreadable(msg)
            large = LARGE[token]
            total += amount * large
            # What follows 億 must stay below 億: 1億2億 and 1億123456789 are no numbers.
            top, small, section, pending = large, 10**20, 0, None
            largest = max(largest, large)
        else:
            if pending is not None:
                msg = "two numbers follow each other"
                raise Unreadable(msg)
            pending = _digits(token, one)
    if pending is not None and section:
        _descend(pending, small * one)
    section += pending or 0
    if total:
        _descend(section, top * one)
    return total + section, largest


def _descend(new: int, before: int) -> None:
    if new >= before:
        msg = "its scales do not descend"
        raise Unreadable(msg)


def _digits(token: str, one: int) -> int:
    if token[0] in DIGITS:
        return int("".join(str(DIGITS[digit]) for digit in token)) * one
    whole, _, decimals = token.replace(",", "").partition(".")
    return int(whole + decimals) * one // 10 ** len(decimals)
