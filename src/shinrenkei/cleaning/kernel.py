"""Columns of mostly distinct numbers, read from their bytes: the plain cells at once, the rest one by one."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

import numba
import numpy as np
import pandas as pd
import pyarrow as pa

from shinrenkei.cleaning.errors import Unreadable
from shinrenkei.cleaning.numerals import AFTER, BEFORE, COUNTERS, DIGITS, FORMAL, LARGE, LONGEST, MINUS, SMALL
from shinrenkei.cleaning.series import LARGEST_EXACT, Column, is_missing, numbers, objects

# What a character may be. Digits are 0 to 9; a scale is SCALE plus its power of ten; units follow UNIT.
COMMA, POINT, SIGN, BLANK, SCALE, UNIT, SLOW, NEVER = 10, 11, 12, 13, 20, 60, 254, 255

# What became of a cell.
LEFT, WHOLE, FRACTION, UNREADABLE, MISSING = 0, 1, 2, 3, 4

SINGLE_UNITS = tuple(unit for unit in ("円", *COUNTERS) if len(unit) == 1)

# Latin letters, kana and kanji.
_LETTERS = (
    *(*range(0x41, 0x5B), *range(0x61, 0x7B)),
    *(*range(0x3041, 0x3097), *range(0x30A1, 0x30FB), *range(0x4E00, 0x9FA6)),
)
_SCALE_SIGNS = {"百": 2, "千": 3, "万": 4, "億": 8, "兆": 12}
_SIGNS = {str(digit): digit for digit in range(10)} | {",": COMMA, ".": POINT}
_SIGNS |= dict.fromkeys(MINUS, SIGN) | dict.fromkeys(" \t\n\r\u3000", BLANK)
_SIGNS |= {sign: SCALE + power for sign, power in _SCALE_SIGNS.items()}


@cache
def character_classes(alphabet: str) -> np.ndarray:
    """Return the class of every character of the basic plane; ``alphabet`` holds those a number may have.

    A character is NEVER when no readable cell can hold it, and SLOW when that is not certain.
    """
    table = np.full(0x10000, SLOW, dtype=np.uint8)
    parts = "".join(
        (
            *DIGITS,
            *SMALL,
            *LARGE,
            *FORMAL,
            *BEFORE,
            *AFTER,
            *COUNTERS,
            MINUS,
            "円金也マイナスプラス",
            alphabet,
        )
    )
    # A base and a mark may join into one of them under NFKC, so that the base alone is no proof.
    known = set(parts) | set(unicodedata.normalize("NFD", parts)) | set(unicodedata.normalize("NFKC", parts))
    for code in _LETTERS:
        if chr(code) not in known:
            table[code] = NEVER
    classes = _SIGNS | {unit: UNIT + place for place, unit in enumerate(SINGLE_UNITS)}
    for character, found in classes.items():
        table[ord(character)] = found
        if 0x21 <= ord(character) <= 0x7E:
            table[ord(character) + 0xFEE0] = found
    return table


@numba.njit(cache=True, nogil=True)
def _scan(data, offsets, null, table, power, unit, whole, fraction, state):  # type: ignore[no-untyped-def]  # noqa: C901
    """Read each cell as blanks, sign, digits, scales, unit, blanks; leave it at the first surprise."""
    tens = np.empty(19, dtype=np.int64)
    tens[0] = 1
    for step in range(1, 19):
        tens[step] = tens[step - 1] * 10
    for row in range(len(null)):
        state[row] = MISSING
        if null[row]:
            continue
        place, end = offsets[row], offsets[row + 1]
        mantissa, digits, group, decimals = np.int64(0), 0, 0, 0
        negative = comma = point = strange = never = closed = False
        small, large, found_unit = 0, 0, -1
        filled = False
        # 0 before the number, 1 in it, 2 after its digits, 3 after its unit.
        stage = 0
        length = 0
        while place < end:
            byte = data[place]
            if byte < 0x80:
                code, place = np.int64(byte), place + 1
            elif byte < 0xE0:
                code, place = ((byte & 0x1F) << 6) | (data[place + 1] & 0x3F), place + 2
            elif byte < 0xF0:
                code = ((byte & 0x0F) << 12) | ((data[place + 1] & 0x3F) << 6) | (data[place + 2] & 0x3F)
                place += 3
            else:
                code, place = np.int64(-1), place + 4
            length += 1
            kind = table[code] if code >= 0 else SLOW
            if kind == BLANK:
                closed = filled
                continue
            filled = True
            if kind == NEVER:
                never = True
                break
            if closed or kind == SLOW:
                strange = True
            elif kind < 10:
                if stage > 1 or digits == 18:
                    strange = True
                else:
                    stage = 1
                    mantissa = mantissa * 10 + kind
                    digits += 1
                    group += 1
                    decimals += point
            elif kind == COMMA:
                if stage != 1 or point or (group != 3 if comma else group > 3):
                    strange = True
                comma, group = True, 0
            elif kind == POINT:
                if stage != 1 or point or (comma and group != 3):
                    strange = True
                point = True
            elif kind == SIGN:
                if stage != 0 or negative:
                    strange = True
                negative = True
            elif kind >= UNIT:
                if stage not in (1, 2):
                    strange = True
                found_unit = kind - UNIT
                stage = 3
            else:
                if stage not in (1, 2) or large or (small and kind - SCALE < 4):
                    strange = True
                if kind - SCALE < 4:
                    small = kind - SCALE
                else:
                    large = kind - SCALE
                stage = 2
        if not filled:
            continue
        if never or length > LONGEST:
            # A cell that is too long may still be a number within many blanks.
            state[row] = UNREADABLE if never else LEFT
            continue
        if strange or digits == 0 or (comma and not point and group != 3) or (point and decimals == 0):
            state[row] = LEFT
            continue
        shift = small + large - decimals
        if found_unit >= 0:
            strange = unit != -1 and found_unit != unit
        elif power and large == 0:
            strange = small > 0
            shift += power
        if negative:
            mantissa = -mantissa
        if shift >= 0:
            if strange or shift > 18 or abs(mantissa) > (2**63 - 1) // tens[min(shift, 18)]:
                state[row] = LEFT
            else:
                whole[row] = mantissa * tens[shift]
                state[row] = WHOLE
        elif strange or shift < -18:
            state[row] = LEFT
        elif mantissa % tens[-shift] == 0:
            whole[row] = mantissa // tens[-shift]
            state[row] = WHOLE
        elif abs(mantissa) < 2**53:
            # Both are exact as floats (ten to the 18 is below ten to the 22), so that this rounds once.
            fraction[row] = mantissa / np.float64(tens[-shift])
            state[row] = FRACTION
        else:
            state[row] = LEFT


def read_column(
    cells: pd.Series,
    one: Callable[[Any], Any],
    *,
    power: int,
    unit: str | None,
    alphabet: str,
    whole_only: bool = False,
) -> tuple[Column, np.ndarray]:
    """Read a column of strings as numbers.

    Parameters
    ----------
    cells
        Of dtype ``str``.
    one
        Reads a single cell; it is asked about every cell that is not plain.
    power, unit
        A bare number counts ten to the ``power`` of ``unit``; None where any unit will do.
    alphabet
        The characters that a readable cell may have beside those of `numerals`.
    whole_only
        Whether a number with a fraction is one that cannot be read.

    Returns
    -------
    array, array
        The numbers as a column, and the positions of the cells that cannot be read.
    """
    state, whole, fraction = _scanned(cells, power, unit, alphabet)
    if whole_only:
        state[state == FRACTION] = UNREADABLE
    left = np.flatnonzero(state == LEFT)
    codes, distinct = pd.factorize(cells.iloc[left])
    answers = [_ask(one, value) for value in distinct]
    results = [answer for answer, _ in answers]
    refused = np.array([bad for _, bad in answers], dtype=bool)
    failed = np.flatnonzero(state == UNREADABLE)
    if refused.any():
        failed = np.sort(np.concatenate([failed, left[refused[codes]]]))
    return _merge(state, whole, fraction, left, codes, results), failed


def _scanned(
    cells: pd.Series, power: int, unit: str | None, alphabet: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    arrow = pa.array(cells, from_pandas=True)
    if isinstance(arrow, pa.ChunkedArray):
        arrow = arrow.combine_chunks()
    arrow = arrow.cast(pa.large_string())
    _, offsets, data = arrow.buffers()
    wanted = -1 if unit is None else SINGLE_UNITS.index(unit) if unit in SINGLE_UNITS else -2
    state = np.empty(len(cells), dtype=np.uint8)
    whole = np.zeros(len(cells), dtype=np.int64)
    fraction = np.zeros(len(cells), dtype=np.float64)
    _scan(
        np.frombuffer(data if data is not None else b"", dtype=np.uint8),
        np.frombuffer(offsets, dtype=np.int64)[arrow.offset :],
        arrow.is_null().to_numpy(zero_copy_only=False),
        character_classes(alphabet),
        power,
        wanted,
        whole,
        fraction,
        state,
    )
    return state, whole, fraction


def _ask(one: Callable[[Any], Any], value: Any) -> tuple[Any, bool]:
    try:
        return (None if is_missing(value) else one(value)), False
    except Unreadable:
        return None, True


def _merge(
    state: np.ndarray,
    whole: np.ndarray,
    fraction: np.ndarray,
    left: np.ndarray,
    codes: np.ndarray,
    results: list[Any],
) -> Column:
    """Put the numbers together in the type that holds each of them exactly."""
    column = numbers(results)
    given = np.isin(state, (WHOLE, FRACTION))
    kinds = {
        float if (state == FRACTION).any() else int,
        float if getattr(column, "dtype", "") == "Float64" else int,
    }
    if isinstance(column, np.ndarray) or (float in kinds and _too_large(whole[state == WHOLE], results)):
        merged = np.full(len(state), None, dtype=object)
        merged[state == WHOLE] = whole[state == WHOLE]
        merged[state == FRACTION] = fraction[state == FRACTION]
        merged[left] = objects(results)[codes]
        return merged
    if float in kinds:
        values = np.where(state == WHOLE, whole, fraction)
        return _filled(pd.array(values, dtype="Float64"), ~given, left, column.astype("Float64"), codes)
    return _filled(pd.array(whole, dtype="Int64"), ~given, left, column, codes)


def _too_large(whole: np.ndarray, results: list[Any]) -> bool:
    return bool((np.abs(whole) > LARGEST_EXACT).any()) or any(
        isinstance(r, int) and abs(r) > LARGEST_EXACT for r in results
    )


def _filled(values: Any, missing: np.ndarray, left: np.ndarray, column: Any, codes: np.ndarray) -> Column:
    values[missing] = pd.NA
    if len(left):
        values[left] = column.take(codes)
    return values
