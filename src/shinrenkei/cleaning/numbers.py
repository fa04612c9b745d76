"""Numbers, amounts of money and shares in cells: `parse_number`, `parse_money`, `parse_share`, ..."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from shinrenkei.cleaning.errors import CleaningError, Unreadable
from shinrenkei.cleaning.numerals import (
    COUNTERS,
    LARGE,
    SMALL,
    Amount,
    exact,
    read_amount,
    read_body,
)
from shinrenkei.cleaning.series import (
    Column,
    Errors,
    Reader,
    is_missing,
    numbers,
    read,
    strings,
    whole_numbers,
)
from shinrenkei.cleaning.symbols import MEANING, SYMBOLS, symbol_of

_UNIT = re.compile(
    rf"([{''.join((*SMALL, *LARGE))}]*)(円|{'|'.join(sorted(COUNTERS, key=len, reverse=True))})?"
)
_ALPHABET = "".join(MEANING) + "-‐‑‒–—―−ー─━¥\\+eE"


class Number(NamedTuple):
    """A cell's number and what stood with it: ``約``, ``以上``, ...; the symbol's meaning; the unit."""

    value: int | float | None
    qualifier: str | None = None
    symbol: str | None = None
    unit: str | None = None


class Unit(NamedTuple):
    """What a bare number in a column counts: its factor and its name."""

    factor: int = 1
    name: str | None = None


@cache
def read_unit(unit: str | None) -> Unit:
    """Return a heading's unit: 千円 is a thousand 円.

    Examples
    --------
    >>> read_unit("百万円"), read_unit("千人"), read_unit(None)
    (Unit(factor=1000000, name='円'), Unit(factor=1000, name='人'), Unit(factor=1, name=None))
    """
    if unit is None:
        return Unit()
    found = _UNIT.fullmatch("円" if unit == "yen" else unicodedata.normalize("NFKC", unit).strip())
    if not unit or found is None:
        msg = f"Unknown unit {unit!r}; expected such as 円, 千円, 百万円, 億円, 人, 千人, 社 or 件."
        raise CleaningError(msg)
    return Unit(read_body("1" + found[1])[0], found[2])


def amount_of(value: object) -> Amount:
    """Return the amount in a cell, be it text or already a number."""
    if isinstance(value, str):
        return read_amount(value)
    if isinstance(value, (bool, np.bool_)):
        msg = "it is a truth value"
        raise Unreadable(msg)
    if isinstance(value, (int, np.integer)):
        return Amount(int(value))
    if isinstance(value, (float, np.floating, Decimal)):
        if not math.isfinite(value):
            msg = "it is not finite"
            raise Unreadable(msg)
        sign, digits, exponent = Decimal(
            repr(float(value)) if not isinstance(value, Decimal) else value
        ).as_tuple()
        mantissa = int("".join(map(str, digits)))
        return Amount(-mantissa if sign else mantissa, int(exponent))
    msg = f"it is a {type(value).__name__}, not a number"
    raise Unreadable(msg)


def in_base_units(amount: Amount, unit: Unit) -> int | float:
    """Return an amount in base units, a bare number being counted in ``unit``."""
    if unit.name and amount.unit and amount.unit != unit.name:
        msg = f"it counts {amount.unit}, not {unit.name}"
        raise Unreadable(msg)
    if amount.unit is None and unit.factor != 1 and amount.scale < 10_000:
        if amount.scale > 1:
            msg = f"it may or may not be counted in units of {unit.factor:,}"
            raise Unreadable(msg)
        return exact(amount.mantissa * unit.factor, amount.exponent)
    return exact(amount.mantissa, amount.exponent)


def nothing(_meaning: str) -> None:
    """Stand in for a symbol where it says no more than that there is no number."""


def or_symbol(value: object, stand_in: Callable[[str], Any]) -> Any:
    """Return the amount, or what stands in for the symbol that is printed instead of a number."""
    try:
        return amount_of(value)
    except Unreadable:
        meaning = symbol_of(value) if isinstance(value, str) else None
        if meaning is None:
            raise
        return stand_in(meaning)


def _stand_ins(symbols: Mapping[str, float | None] | None) -> dict[str, Any]:
    given = dict(symbols or {})
    if unknown := set(given) - set(SYMBOLS):
        msg = f"Unknown meaning of a symbol {sorted(unknown)[0]!r}; known: {', '.join(SYMBOLS)}."
        raise CleaningError(msg)
    return {meaning: None if is_missing(value) else value for meaning, value in given.items()}


def check_whole(number: int | float) -> int:
    """Return a number that is whole and fits 64 bits, or refuse it."""
    if not isinstance(number, int):
        msg = "it is not whole"
        raise Unreadable(msg)
    if not -(2**63) <= number < 2**63:
        msg = "it is beyond 64 bits"
        raise Unreadable(msg)
    return number


def _number_reader(
    unit: Unit, symbols: Mapping[str, float | None] | None, what: str, *, whole_only: bool = False
) -> Reader:
    stand_ins = _stand_ins(symbols)

    def one(value: object) -> Any:
        amount = or_symbol(value, stand_ins.get)
        number = in_base_units(amount, unit) if isinstance(amount, Amount) else amount
        return check_whole(number) if whole_only and number is not None else number

    def whole(cells: pd.Series, single: Callable[[Any], Any]) -> tuple[Column, np.ndarray]:
        # Compiled code costs a second to load, and only long columns of distinct cells are worth it.
        from shinrenkei.cleaning.kernel import read_column

        power = len(str(unit.factor)) - 1
        return read_column(
            cells, single, power=power, unit=unit.name, alphabet=_ALPHABET, whole_only=whole_only
        )

    return Reader(what, one, whole_numbers if whole_only else numbers, whole)


def parse_number(
    values: Any,
    *,
    unit: str | None = None,
    symbols: Mapping[str, float | None] | None = None,
    errors: Errors = "raise",
) -> Any:
    """Read numbers as Japanese offices write them.

    Full-width and half-width digits, commas, ▲ △ − for minus, 漢数字 and 大字, mixed (1億2,345万), and the
    units 円 千円 百万円 億円 兆円 人 名 社 件 ..., which are turned into base units. Whole numbers come
    back as exact ints, others as the float nearest to the printed decimal. A qualifier (約, 程度, 以上, ...)
    is read over: `number_parts` or `parse_qualifier` keep it. A share (38%, 3割) is refused: see
    `parse_share`.

    Parameters
    ----------
    values : str, number or pandas.Series
        Cells as printed.
    unit : str, optional
        What a bare number counts, as a heading says (千円, 百万円, 千人); one with its own unit keeps it.
    symbols : mapping, optional
        Numbers to stand for "-" (``none``), "***" (``not_applicable``), "…" (``unknown``) and "x"
        (``suppressed``); those not named are missing.
    errors : {"raise", "coerce"}
        ``raise`` names the distinct values that cannot be read and their rows; ``coerce`` makes them missing.

    Returns
    -------
    int, float, None or pandas.Series
        In base units. A Series is ``Int64`` where every number is whole, else ``Float64``; ``object`` only
        where neither would hold every number exactly.

    Raises
    ------
    CleaningError
        When a value cannot be read, or the unit or a symbol's meaning is unknown.

    Examples
    --------
    >>> parse_number("１，９７２億円"), parse_number("▲1,234.5"), parse_number("一億二千三百四十五万")
    (197200000000, -1234.5, 123450000)
    >>> parse_number(pd.Series(["1,234", "－", "…"]), unit="千円", symbols={"none": 0}).tolist()
    [1234000, 0, <NA>]
    """
    return read(values, _number_reader(read_unit(unit), symbols, "a number"), errors)


def parse_integer(
    values: Any,
    *,
    unit: str | None = None,
    symbols: Mapping[str, float | None] | None = None,
    errors: Errors = "raise",
) -> Any:
    """Read whole numbers; one with a fraction is refused.

    Parameters
    ----------
    values, unit, symbols, errors
        As for `parse_number`.

    Returns
    -------
    int, None or pandas.Series
        In base units; a Series is ``Int64``.

    Raises
    ------
    CleaningError
        When a value cannot be read, has a fraction, or is beyond 64 bits.

    Examples
    --------
    >>> parse_integer("１，２３４社"), parse_integer("1.5", errors="coerce")
    (1234, None)
    """
    return read(values, _number_reader(read_unit(unit), symbols, "a whole number", whole_only=True), errors)


def parse_money(
    values: Any,
    *,
    unit: str = "円",
    symbols: Mapping[str, float | None] | None = None,
    errors: Errors = "raise",
) -> Any:
    """Read amounts of money, in yen.

    Parameters
    ----------
    values : str, number or pandas.Series
        Cells as printed.
    unit : str, default "円"
        The unit of a bare number, as the heading says: 円, 千円, 百万円, 億円. A cell that writes 円
        or a scale of 万 or above has its own.
    symbols, errors
        As for `parse_number`.

    Returns
    -------
    int, float, None or pandas.Series
        Yen; ``Int64`` or ``Float64`` as for `parse_number`.

    Raises
    ------
    CleaningError
        When a value cannot be read, counts something else, or the unit is not one of money.

    Examples
    --------
    >>> parse_money("1,234", unit="百万円"), parse_money("3億", unit="千円"), parse_money("¥1,980-")
    (1234000000, 300000000, 1980)
    """
    known = read_unit(unit)
    if known.name != "円":
        msg = f"Unknown unit of money {unit!r}; expected such as 円, 千円, 百万円 or 億円."
        raise CleaningError(msg)
    return read(values, _number_reader(known, symbols, "an amount of money"), errors)


def number_parts(values: Any, *, unit: str | None = None, errors: Errors = "raise") -> Any:
    """Read numbers together with their qualifier, unit, and the meaning of a symbol in their place.

    Parameters
    ----------
    values, unit, errors
        As for `parse_number`.

    Returns
    -------
    Number, None or pandas.DataFrame
        ``value``, ``qualifier`` (as printed: 約, 程度, 以上, ...), ``symbol`` (``none``, ``not_applicable``,
        ``unknown``, ``suppressed``) and ``unit``.

    Raises
    ------
    CleaningError
        When a value cannot be read.

    Examples
    --------
    >>> number_parts("約97億円")
    Number(value=9700000000, qualifier='約', symbol=None, unit='円')
    >>> number_parts("Ｘ").symbol
    'suppressed'
    """
    known = read_unit(unit)

    def one(value: object) -> Number:
        amount = or_symbol(value, lambda meaning: Number(None, symbol=meaning))
        if isinstance(amount, Number):
            return amount
        return Number(in_base_units(amount, known), amount.qualifier, None, amount.unit or known.name)

    return read(values, Reader("a number", one, _part_columns), errors)


def _part_columns(results: list[Number | None]) -> dict[str, Column]:
    parts = [result or Number(None) for result in results]
    return {
        "value": numbers([part.value for part in parts]),
        "qualifier": strings([part.qualifier for part in parts]),
        "symbol": strings([part.symbol for part in parts]),
        "unit": strings([part.unit for part in parts]),
    }
