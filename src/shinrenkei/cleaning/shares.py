"""Shares and percentages in cells: `parse_share`, `parse_percent`."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd

from shinrenkei.cleaning.errors import CleaningError, Unreadable, shown
from shinrenkei.cleaning.numbers import nothing, or_symbol
from shinrenkei.cleaning.numerals import AFTER, BEFORE, read_body, squeeze
from shinrenkei.cleaning.series import Column, Errors, Reader, read

_NUM = r"[0-9.,〇一二三四五六七八九十百]+"
_BEFORE = f"(?P<before>(?:{'|'.join(BEFORE)})*)(?P<sign>[-−▲△+]?)"
_AFTER = f"(?P<after>(?:{'|'.join(AFTER)})*)"
_PERCENT = re.compile(rf"{_BEFORE}(?P<number>{_NUM})(?:%|パーセント|ポイント){_AFTER}")
_TENTHS = {"割": 10, "分": 100, "厘": 1000, "毛": 10_000}
_WARI = re.compile(
    rf"{_BEFORE}(?=.*[割分厘毛])" + "".join(f"(?:(?P<{part}>{_NUM}){part})?" for part in _TENTHS) + _AFTER
)
_FRACTION = re.compile(rf"([0-9]{{1,9}})/([0-9]{{1,9}})|({_NUM})分の({_NUM})")
_HALF = re.compile(f"{_BEFORE}(?:半数|半分){_AFTER}")
_PER = {"%": 100, "割": 10, "share": 1}


def _ratio(value: object, unit: str | None) -> tuple[int, int] | None:
    """Return a share as numerator and denominator, both whole, so that it is rounded once only."""
    text = squeeze(value) if isinstance(value, str) else None
    if text is not None:
        if found := _PERCENT.fullmatch(text):
            return _signed(found["sign"], _over(found["number"], 100))
        if found := _WARI.fullmatch(text):
            return _signed(found["sign"], _add(*(_over(found[part], per) for part, per in _TENTHS.items())))
        if found := _FRACTION.fullmatch(text):
            return _divide(found[1] or found[4], found[2] or found[3])
        if _HALF.fullmatch(text):
            return 1, 2
    amount = or_symbol(value, nothing)
    if amount is None:
        return None
    if amount.unit:
        msg = f"it counts {amount.unit} and is not a share"
        raise Unreadable(msg)
    top, bottom = _as_ratio(amount.mantissa, amount.exponent)
    if unit is None and not 0 <= top <= bottom:
        msg = "a bare number outside 0 to 1 may be a percentage; say unit='%'"
        raise Unreadable(msg)
    return top, bottom * _PER[unit or "share"]


def is_share(text: str) -> re.Match[str] | None:
    """Return the parts of a share written as one, ``before`` and ``after`` being its qualifiers.

    Examples
    --------
    >>> is_share("約3割")["before"], is_share("50％以上")["after"], is_share("約3社")
    ('約', '以上', None)
    """
    plain = squeeze(text)
    return _PERCENT.fullmatch(plain) or _WARI.fullmatch(plain) or _HALF.fullmatch(plain)


def _as_ratio(mantissa: int, exponent: int) -> tuple[int, int]:
    return mantissa * 10 ** max(exponent, 0), 10 ** max(-exponent, 0)


def _over(number: str | None, per: int) -> tuple[int, int]:
    mantissa, exponent, _ = read_body(number or "0")
    top, bottom = _as_ratio(mantissa, exponent)
    return top, bottom * per


def _add(*ratios: tuple[int, int]) -> tuple[int, int]:
    bottom = math.lcm(*(low for _, low in ratios))
    return sum(top * (bottom // low) for top, low in ratios), bottom


def _divide(top: str, bottom: str) -> tuple[int, int]:
    (above, a), (below, b) = _over(top, 1), _over(bottom, 1)
    if below == 0:
        msg = "it divides by nought"
        raise Unreadable(msg)
    return above * b, below * a


def _signed(sign: str, ratio: tuple[int, int]) -> tuple[int, int]:
    return (-ratio[0] if sign in tuple("-−▲△") else ratio[0]), ratio[1]


def _check_share_unit(unit: str | None) -> None:
    if unit is not None and unit not in _PER:
        msg = f"Unknown unit of a share {shown(unit)}; expected '%', '割', 'share' or None."
        raise CleaningError(msg)


def parse_share(values: Any, *, unit: str | None = None, errors: Errors = "raise") -> Any:
    """Read shares, from 0 to 1: 38.0％, 3割5分, 5厘, 4分の1, 1/4, 半数, 0.38.

    Parameters
    ----------
    values : str, number or pandas.Series
        Cells as printed.
    unit : {"%", "割", "share"}, optional
        What a bare number is; without it one from 0 to 1 is a share and another is refused.
    errors : {"raise", "coerce"}
        As for `parse_number`.

    Returns
    -------
    float, None or pandas.Series
        Shares, rounded once from the printed decimal; a Series is ``Float64``.

    Raises
    ------
    CleaningError
        When a value cannot be read as a share.

    Examples
    --------
    >>> [parse_share(text) for text in ("38.0％", "３割５分", "４分の１", "0.07")]
    [0.38, 0.35, 0.25, 0.07]
    """
    _check_share_unit(unit)
    return read(values, Reader("a share", lambda value: _quotient(_ratio(value, unit), 1), floats), errors)


def parse_percent(values: Any, *, errors: Errors = "raise") -> Any:
    """Read percentages as printed, from 0 to 100: a bare number is one, 3割 is 30.

    Parameters
    ----------
    values, errors
        As for `parse_share`.

    Returns
    -------
    float, None or pandas.Series
        Percentages; a Series is ``Float64``.

    Raises
    ------
    CleaningError
        When a value cannot be read as a percentage.

    Examples
    --------
    >>> parse_percent("38.0％"), parse_percent("41.5"), parse_percent("２割５分")
    (38.0, 41.5, 25.0)
    """
    reader = Reader("a percentage", lambda value: _quotient(_ratio(value, "%"), 100), floats)
    return read(values, reader, errors)


def _quotient(ratio: tuple[int, int] | None, times: int) -> float | None:
    return None if ratio is None else ratio[0] * times / ratio[1]


def floats(results: list[Any]) -> Column:
    """Return numbers as a column of dtype ``Float64``."""
    return pd.array(results, dtype="Float64")
