"""Ranges and counts with a part: 1千万超5千万以下, 1～5人, 63 (うち採択済み43件)."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from shinrenkei.cleaning.errors import Unreadable
from shinrenkei.cleaning.numbers import (
    Unit,
    amount_of,
    check_whole,
    in_base_units,
    read_unit,
)
from shinrenkei.cleaning.numerals import COUNTERS, Amount, read_amount, squeeze
from shinrenkei.cleaning.series import Column, Errors, Reader, numbers, read, whole_numbers
from shinrenkei.cleaning.symbols import symbol_of


class Range(NamedTuple):
    """Both bounds belong to the range; None is an open end."""

    lower: int | float | None
    upper: int | float | None


class CountOfWhich(NamedTuple):
    """A count, and the part of it that is given in brackets."""

    count: int  # type: ignore[assignment]  # the word for it, though tuples have a method so named
    of_which: int | None


_UNITS = "|".join(sorted(("円", *COUNTERS), key=len, reverse=True))
_NUMBER = rf"[▲△]?[¥]?[0-9.,〇一二三四五六七八九十百千万億兆京]+(?:{_UNITS})?"
_RANGE = re.compile(
    rf"(?P<low>{_NUMBER})?(?P<above>以上|を?超え(?:る|て)?|超過|超|から)?[、,・]?(?P<to>[~〜∼]|[-−‐‑‒–—―ー])?"
    rf"(?P<high>{_NUMBER})?(?P<below>以下|以内|まで|迄|未満)?(?:程度)?(?:の(?:会社|企業|者|法人))?"
)
_OPEN = tuple("~〜∼")


def parse_range(values: Any, *, unit: str | None = None, errors: Errors = "raise") -> Any:
    """Read ranges of whole numbers or amounts, with both bounds inclusive.

    ``超`` and ``未満`` are turned into inclusive bounds of whole numbers: 3億円超 starts at 300,000,001.
    A scale or unit written on the right only (1～3億円) holds for both sides.

    Parameters
    ----------
    values : str, number or pandas.Series
        Cells as printed: 1千万超5千万以下, 1～5人, 8～, 3億円超, 20人以下; a single number is both bounds.
    unit : str, optional
        What a bare number counts, as a heading says (千円, 百万円, 千人).
    errors : {"raise", "coerce"}
        As for `parse_number`.

    Returns
    -------
    Range, None or pandas.DataFrame
        ``lower`` and ``upper`` in base units; an open end is missing.

    Raises
    ------
    CleaningError
        When a value cannot be read as a range.

    Examples
    --------
    >>> parse_range("1千万超5千万以下")
    Range(lower=10000001, upper=50000000)
    >>> parse_range("８～"), parse_range("1,000～5,000人"), parse_range("5人以上10人未満")
    (Range(lower=8, upper=None), Range(lower=1000, upper=5000), Range(lower=5, upper=9))
    """
    known = read_unit(unit)
    return read(values, Reader("a range", lambda value: _read_range(value, known), _range_columns), errors)


def _range_columns(results: list[Range | None]) -> dict[str, Column]:
    ranges = [result or Range(None, None) for result in results]
    return {"lower": numbers([r.lower for r in ranges]), "upper": numbers([r.upper for r in ranges])}


def _read_range(value: object, unit: Unit) -> Range | None:
    if not isinstance(value, str):
        number = in_base_units(amount_of(value), unit)
        return Range(number, number)
    if symbol_of(value):
        return None
    found = _RANGE.fullmatch(squeeze(value))
    if found is None or not (found["low"] or found["high"]):
        msg = "it is not written as a range"
        raise Unreadable(msg)
    low, above, to, high, below = found["low"], found["above"], found["to"], found["high"], found["below"]
    if high is None and below and not above and not to:
        return Range(None, _inclusive(in_base_units(read_amount(low), unit), below))
    if low is None:
        return _open_below(to, above, high, below, unit)
    lower, upper = _bounds(low, high, unit)
    if high is None and not above and to is None:
        return Range(lower, lower)
    _check_joint(above, to, high, below)
    if not (isinstance(lower, int) and isinstance(upper, int | None)) and (
        below == "未満" or "超" in (above or "")
    ):
        msg = "超 and 未満 beside a fraction have no inclusive bound"
        raise Unreadable(msg)
    result = Range(_inclusive(lower, above), None if upper is None else _inclusive(upper, below))
    if result.upper is not None and result.lower is not None and result.lower > result.upper:
        msg = "its lower bound is above its upper one"
        raise Unreadable(msg)
    return result


def _open_below(to: str | None, above: str | None, high: str, below: str | None, unit: Unit) -> Range:
    if to not in _OPEN or above:
        msg = "it is not written as a range"
        raise Unreadable(msg)
    return Range(None, _inclusive(in_base_units(read_amount(high), unit), below))


def _check_joint(above: str | None, to: str | None, high: str | None, below: str | None) -> None:
    """Refuse two numbers that nothing joins, and an open end that a hyphen (a minus?) would make."""
    if (high is None and (below or (to and to not in _OPEN))) or (high is not None and not (above or to)):
        msg = "it is not written as a range"
        raise Unreadable(msg)


def _bounds(low: str, high: str | None, unit: Unit) -> tuple[int | float, int | float | None]:
    left = read_amount(low)
    if high is None:
        return in_base_units(left, unit), None
    right = read_amount(high)
    upper = in_base_units(right, unit)
    if left.unit is None and left.scale == 1 and (right.unit or right.scale > 1):
        return _shared_scale(left, right, high, upper), upper
    if left.unit is None and right.unit:
        left = left._replace(unit=right.unit)
    return in_base_units(left, unit), upper


def _shared_scale(left: Amount, right: Amount, high: str, upper: int | float) -> int | float:
    """Return the left of 1～3億円 as 1億円, which the scale on the right makes of it."""
    scales = re.search("[十百千万億兆京]+(?=[^0-9十百千万億兆京]*$)", high)
    if right.scale == 1 or left.mantissa == 0:
        return in_base_units(left._replace(unit=right.unit), Unit())
    number = in_base_units(read_amount(f"1{scales[0]}"), Unit()) if scales else None
    scaled = None if number is None else in_base_units(left, Unit(int(number)))
    if scaled is None or scaled > upper:
        msg = "it may or may not share the scale of its upper bound"
        raise Unreadable(msg)
    return scaled


def _inclusive(bound: int | float, word: str | None) -> int | float:
    """Return the bound that belongs to the range: 超 and 未満 step one whole number inwards."""
    step = 0
    if word == "未満":
        step = -1
    elif word and "超" in word:
        step = 1
    if step and not isinstance(bound, int):
        msg = f"{word} a fraction has no inclusive bound"
        raise Unreadable(msg)
    return bound + step


_OF_WHICH = re.compile(
    rf"(?P<count>[0-9,〇一二三四五六七八九十百千万]+(?:{_UNITS})?)"
    rf"(?:\((?:うち|内)?[^0-9()]*?(?P<part>[0-9,]+)(?:{_UNITS})?[^0-9()]*\)|(?:うち|内)[^0-9()]*(?P<bare>[0-9,]+)(?:{_UNITS})?)?"
)


def parse_count_of_which(values: Any, *, errors: Errors = "raise") -> Any:
    """Read counts that give a part in brackets: 63 (うち採択済み43件).

    Parameters
    ----------
    values : str, number or pandas.Series
        Cells as printed.
    errors : {"raise", "coerce"}
        As for `parse_number`.

    Returns
    -------
    CountOfWhich, None or pandas.DataFrame
        ``count`` and ``of_which`` (``Int64``); the part is missing where none is given.

    Raises
    ------
    CleaningError
        When a value cannot be read so, or the part is more than the whole.

    Examples
    --------
    >>> parse_count_of_which("63 (うち採択済み43件)"), parse_count_of_which("14")
    (CountOfWhich(count=63, of_which=43), CountOfWhich(count=14, of_which=None))
    """
    return read(values, Reader("a count with or without a part", _read_count, _count_columns), errors)


def _read_count(value: object) -> CountOfWhich | None:
    if isinstance(value, str) and symbol_of(value):
        return None
    found = _OF_WHICH.fullmatch(squeeze(value)) if isinstance(value, str) else None
    count = in_base_units(read_amount(found["count"]) if found else amount_of(value), Unit())
    part = found["part"] or found["bare"] if found else None
    of_which = None if part is None else in_base_units(read_amount(part), Unit())
    if check_whole(count) < 0:
        msg = "a count is not below nought"
        raise Unreadable(msg)
    if of_which is not None and of_which > count:
        msg = f"the part, {of_which}, is more than the whole, {count}"
        raise Unreadable(msg)
    return CountOfWhich(int(count), None if of_which is None else int(of_which))


def _count_columns(results: list[CountOfWhich | None]) -> dict[str, Column]:
    return {
        "count": whole_numbers([result and result.count for result in results]),
        "of_which": whole_numbers([result and result.of_which for result in results]),
    }
