"""How a reader of single values reads a whole column: each distinct value once, or all at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from shinrenkei.cleaning.errors import CleaningError, Unreadable, unreadable_cells, unreadable_value

Errors = Literal["raise", "coerce"]
Column = pd.api.extensions.ExtensionArray | np.ndarray

LARGEST_EXACT = 2**53
"""Up to it a float holds every whole number exactly."""

SAMPLE = 20_000
"""Cells looked at to choose the way; a column of less than twice as many is read by its distinct values."""

BLANK = frozenset(
    "\t\n\v\f\r \x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff"
)
"""Characters that fill a cell without being an entry: what ``str.strip`` cuts, and those of no width."""

_BLANKS = "".join(sorted(BLANK))


@dataclass(frozen=True)
class Reader:
    """One kind of cell: how a value is read, and how results become a column.

    ``one`` is never given a missing value and raises `Unreadable` with the reason. ``column`` is given the
    results for the distinct values, None where there is none, and returns an array or a dict of arrays.
    ``whole`` reads a column of mostly distinct strings at once; where it is not sure of a cell it leaves it.
    """

    what: str
    one: Callable[[Any], Any]
    column: Callable[[list[Any]], Column | dict[str, Column]]
    whole: Callable[[pd.Series, Callable[[Any], Any]], tuple[Column, np.ndarray]] | None = None
    missing: Any = None


@dataclass(frozen=True)
class Attempt:
    """A column as far as it could be read: the result, and the positions of the cells that could not."""

    result: Any
    failed: np.ndarray
    reasons: dict[Any, str] = field(default_factory=dict)


def is_missing(value: object) -> bool:
    """Tell whether a value is a cell without an entry: None, NaN, NaT, NA, or nothing but blanks.

    Examples
    --------
    >>> [is_missing(value) for value in (None, float("nan"), pd.NaT, "　", "0", 0)]
    [True, True, True, True, False, False]
    """
    if isinstance(value, str):
        return not value.strip(_BLANKS)
    return value is None or value is pd.NA or (not isinstance(value, bytes) and bool(value != value))


def read(values: Any, reader: Reader, errors: Errors = "raise") -> Any:
    """Read a value or a Series by a reader; the same kind of thing comes back."""
    if errors not in ("raise", "coerce"):
        msg = f"errors must be 'raise' or 'coerce', not {errors!r}."
        raise CleaningError(msg)
    if not isinstance(values, pd.Series):
        return _read_value(values, reader, errors)
    attempt = read_series(values, reader)
    if errors == "raise" and attempt.failed.size:
        raise failures(values, attempt, reader)
    return attempt.result


def _read_value(value: Any, reader: Reader, errors: Errors) -> Any:
    if not pd.api.types.is_scalar(value):
        msg = f"Expected a value or a pandas Series, not {type(value).__name__}."
        raise CleaningError(msg)
    if is_missing(value):
        return reader.missing
    try:
        result = reader.one(value)
        return reader.missing if result is None else result
    except Unreadable as reason:
        if errors == "coerce":
            return reader.missing
        raise unreadable_value(value, reader.what, str(reason)) from None


def read_series(cells: pd.Series, reader: Reader) -> Attempt:
    """Read a column as far as it can be read, by the way that its look suggests."""
    if reader.whole is not None and len(cells) >= 2 * SAMPLE and _is_strings(cells):
        cells = cells.astype("str")
    if reader.whole is not None and _mostly_distinct(cells):
        result, failed = reader.whole(cells, reader.one)
        return Attempt(pd.Series(result, index=cells.index, name=cells.name), failed)
    codes, distinct = factorize(cells)
    return _read_distinct(cells, codes, distinct, reader)


def _is_strings(cells: pd.Series) -> bool:
    return cells.dtype == object and pd.api.types.infer_dtype(cells, skipna=True) == "string"


def _mostly_distinct(cells: pd.Series) -> bool:
    if len(cells) < 2 * SAMPLE or not isinstance(cells.dtype, pd.StringDtype):
        return False
    places = np.random.default_rng(0).integers(0, len(cells), SAMPLE)
    return cells.iloc[places].nunique() > SAMPLE // 2


def factorize(cells: pd.Series) -> tuple[np.ndarray, Sequence[Any]]:
    """Return codes and distinct values; values that differ in type differ (1, 1.0 and True are three)."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        return np.asarray(cells.cat.codes), list(cells.cat.categories)
    if cells.dtype != object or _is_strings(cells):
        codes, distinct = pd.factorize(cells)
        return codes, list(distinct)
    seen: dict[Any, int] = {}
    # Lists and dicts in a cell have no hash; they are told apart by what they print as.
    keys = ((type(cell), cell if isinstance(cell, Hashable) else repr(cell)) for cell in cells)
    codes = np.fromiter((seen.setdefault(key, len(seen)) for key in keys), dtype=np.intp, count=len(cells))
    return codes, [key[1] for key in seen]


def _read_distinct(cells: pd.Series, codes: np.ndarray, distinct: Sequence[Any], reader: Reader) -> Attempt:
    results: list[Any] = []
    reasons: dict[int, str] = {}
    for code, value in enumerate(distinct):
        result = None
        if not is_missing(value):
            try:
                result = reader.one(value)
            except Unreadable as reason:
                reasons[code] = str(reason)
        results.append(result)
    failed = np.flatnonzero(np.isin(codes, list(reasons))) if reasons else np.empty(0, dtype=np.intp)
    spread = _spread(reader.column(results), codes)
    if isinstance(spread, dict):
        result = pd.DataFrame(spread, index=cells.index)
    else:
        result = pd.Series(spread, index=cells.index, name=cells.name)
    return Attempt(result, failed, {distinct[code]: reason for code, reason in reasons.items()})


def _spread(column: Column | dict[str, Column], codes: np.ndarray) -> Column | dict[str, Column]:
    if isinstance(column, dict):
        return {name: _take(part, codes) for name, part in column.items()}
    return _take(column, codes)


def _take(column: Column, codes: np.ndarray) -> Column:
    if isinstance(column, np.ndarray):
        # Code -1, a missing cell, picks the None that is put last.
        return objects([*column, None])[codes]
    return column.take(codes, allow_fill=True)


def failures(cells: pd.Series, attempt: Attempt, reader: Reader) -> CleaningError:
    """Return the error that names the distinct values which could not be read, and their rows."""
    rows: dict[Any, list[Hashable]] = {}
    for place in attempt.failed:
        value = cells.iloc[place]
        key = value if isinstance(value, Hashable) else repr(value)
        rows.setdefault(key, []).append(cells.index[place])
    reasons = {value: attempt.reasons.get(value) or why_not(value, reader) for value in rows}
    return unreadable_cells(cells.name, reader.what, rows, reasons)


def why_not(value: Any, reader: Reader) -> str:
    """Return why a value cannot be read."""
    try:
        reader.one(value)
    except Unreadable as reason:
        return str(reason)
    msg = f"The two ways of reading a column disagree on {value!r}; please report it."
    raise AssertionError(msg)


def text_of(value: object) -> str:
    """Return the text of a cell, or refuse what is none; whole floats lose their ``.0`` as Excel adds it.

    Examples
    --------
    >>> text_of(27.0), text_of(27), text_of("27")
    ('27', '27', '27')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        msg = "it is a truth value"
        raise Unreadable(msg)
    if isinstance(value, (float, np.floating)):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    msg = f"it is a {type(value).__name__}, not text"
    raise Unreadable(msg)


def objects(results: list[Any]) -> np.ndarray:
    """Return whatever results as a column of dtype ``object``."""
    column = np.empty(len(results), dtype=object)
    column[:] = results
    return column


def strings(results: list[Any]) -> Column:
    """Return texts as a column of dtype ``str``."""
    return pd.array(np.array(results, dtype=object), dtype="str")


def numbers(results: list[Any]) -> Column:
    """Return numbers as a column: ``Int64`` where all are whole, else ``Float64``.

    Where neither would hold every number exactly the column is of dtype ``object``.
    """
    given = [result for result in results if result is not None]
    whole = [result for result in given if isinstance(result, int)]
    if len(whole) == len(given):
        fits = all(-(2**63) <= number < 2**63 for number in whole)
        return pd.array(results, dtype="Int64") if fits else objects(results)
    if all(-LARGEST_EXACT <= number <= LARGEST_EXACT for number in whole):
        return pd.array([None if r is None else float(r) for r in results], dtype="Float64")
    return objects(results)


def whole_numbers(results: list[Any]) -> Column:
    """Return whole numbers as a column of dtype ``Int64``."""
    return pd.array(results, dtype="Int64")


def booleans(results: list[Any]) -> Column:
    """Return truth values as a column of dtype ``boolean``."""
    return pd.array(results, dtype="boolean")


def one_of(categories: Sequence[str]) -> Callable[[list[Any]], Column]:
    """Return what makes a categorical column with these categories, whichever of them occur."""
    dtype = pd.CategoricalDtype(list(categories))
    return lambda results: pd.Categorical(results, dtype=dtype)
