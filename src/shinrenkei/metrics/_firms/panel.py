"""A firm panel read once, in any engine: two years of labor productivity, paired by firm."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pyarrow as pa
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.errors import InputError
from shinrenkei.metrics._firms import kernels, keys
from shinrenkei.metrics._firms.answers import encode, encode_flags, unify
from shinrenkei.metrics._firms.batches import Batch, Column, Read, batches, numbers
from shinrenkei.metrics._frames import check_whole, collect, lazy

MISSING_YEAR = "missing year"
REASONS = (
    "missing value added or persons",
    "infinite value added or persons",
    "persons not above zero",
    MISSING_YEAR,
)
NO_FIRM = len(REASONS)  # where firm-years without an id are counted, which no reason is good enough for
THREADS = 2
_HIGH, _LOW, _LEVEL = range(3)  # keys of a batch's own columns, which no name of the caller's can be


@dataclass(frozen=True)
class Layout:
    """Which columns of a panel say what.

    ``flags`` are the boolean columns that stand together for the answer ``types``; without them ``types``
    is itself a column. ``at_start`` and ``at_end`` are the further columns read from the rows of that year,
    by name, with ``number`` or ``label``.
    """

    firm: str
    year: str
    value: str
    persons: str
    factor: float
    types: str | None = None
    flags: tuple[str, ...] = ()
    separator: str = ";"
    at_start: Mapping[str, str] | None = None
    at_end: Mapping[str, str] | None = None

    def columns(self) -> list[str]:
        """Return the names of all columns to read."""
        names = [self.firm, self.year, self.value, self.persons, *self.flags]
        for wanted in (self.at_start or {}), (self.at_end or {}):
            names += [name for name in wanted if name != self.types or not self.flags]
        return list(dict.fromkeys(names))


@dataclass(frozen=True)
class Labels:
    """A column of labels: a code a row (-1: missing) and the Arrow array of what the codes stand for."""

    codes: np.ndarray
    dictionary: Any


@dataclass(frozen=True)
class Side:
    """The firms of one year: keys, thousand yen a person (NaN: not known), further columns by name."""

    high: np.ndarray
    low: np.ndarray
    level: np.ndarray
    numbers: dict[str, np.ndarray]
    labels: dict[str, Labels]


@dataclass(frozen=True)
class Panel:
    """Both years, and the firm-years left out, by reason."""

    start: Side
    end: Side
    left_out: dict[str, int]


def read_panel(firms: IntoFrame, layout: Layout, start: int, end: int) -> Panel:
    """Read the rows of two years, a batch at a time, so that no more than what is kept is in memory."""
    for name, year in {"start": start, "end": end}.items():
        check_whole(name, year, 1)
    if start == end:
        message = f"start and end are both {start}; expected two different years."
        raise InputError(message)
    if start > end:
        message = f"start={start} is after end={end}; expected the earlier of the two years first."
        raise InputError(message)
    parts: tuple[list[dict[Any, Any]], list[dict[Any, Any]]] = ([], [])
    counts = np.zeros(NO_FIRM + 1, np.int64)
    keep = _to_read(firms, layout.year, (start, end))

    def work(read: Read) -> tuple[list[dict[Any, Any]], np.ndarray]:
        return _read(read(), layout, start, end)

    for sides, reasons in _in_threads(work, batches(firms, layout.columns(), keep)):
        counts += reasons
        for kept, side in zip(parts, sides, strict=True):
            kept.append(side)
    if counts[NO_FIRM]:
        message = (
            f"{layout.firm} is missing in {counts[NO_FIRM]} firm-year(s) of {start} and {end}; every row needs its "
            "firm."
        )
        raise InputError(message)
    for year, part in zip((start, end), parts, strict=True):
        if not sum(side[_LEVEL].size for side in part):
            raise _absent_year(firms, layout.year, year)
    left_out = {reason: int(count) for reason, count in zip(REASONS, counts[:NO_FIRM], strict=True) if count}
    return Panel(_stack(parts[0]), _stack(parts[1]), left_out)


def columns_only(firms: IntoFrame) -> nw.LazyFrame[Any]:
    """Return a query of the firms that is good for their columns: without the rows of pandas, which cost time."""
    return lazy(firms.iloc[:0] if isinstance(firms, pd.DataFrame) else firms, "firms")


def _in_years(name: str, years: Sequence[int]) -> nw.Expr:
    first, second = years
    return (nw.col(name) == first) | (nw.col(name) == second)


def _to_read(firms: IntoFrame, name: str, years: Sequence[int]) -> nw.Expr:
    """Return the condition for the rows of some years, and for those whose year is missing or no whole number.

    A column of years that holds no numbers is refused.
    """
    schema = columns_only(firms).collect_schema()
    keep = _in_years(name, years) | nw.col(name).is_null()
    if name not in schema:
        return keep
    if schema[name] == nw.String or schema[name].is_temporal():
        message = f"Column {name!r} must hold numbers (years such as 2013), but it holds {schema[name]}."
        raise InputError(message)
    whole = not schema[name].is_numeric() or schema[name].is_integer()
    return keep if whole else keep | ~(nw.col(name) % 1 == 0)


def _in_threads(work: Callable[[Any], Any], jobs: Iterator[Any]) -> Iterator[Any]:
    """Yield ``work(job)`` in order, with a few jobs under way at a time, so that memory stays bounded."""
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future] = deque()
        for job in jobs:
            waiting.append(pool.submit(work, job))
            if len(waiting) > THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _read(batch: Batch, layout: Layout, start: int, end: int) -> tuple[list[dict[Any, Any]], np.ndarray]:
    """Return the columns to keep of a batch's rows of either year, and the firm-years left out by reason."""
    year, undated = _whole_years(batch[layout.year], layout.year)
    value, persons = (_as_numbers(batch[name], name) for name in (layout.value, layout.persons))
    counts = np.zeros(NO_FIRM + 1, np.int64)
    counts[REASONS.index(MISSING_YEAR)] = undated
    sides = []
    wanted = (layout.at_start or {}, layout.at_end or {})
    for rows, columns in zip(kernels.split_years(year, start, end), wanted, strict=True):
        side: dict[Any, Any] = {}
        side[_LEVEL], reasons = kernels.levels(value, persons, rows, layout.factor)
        side[_HIGH], side[_LOW], missing = _keys_of(batch[layout.firm], rows, layout.firm)
        counts[NO_FIRM] += missing
        counts[: reasons.size] += reasons
        for name, kind in columns.items():
            side[name] = _kept(batch, layout, rows, name, kind)
        sides.append(side)
    return sides, counts


def _kept(batch: Batch, layout: Layout, rows: np.ndarray, name: str, kind: str) -> Any:
    if kind == "number":
        return _as_numbers(batch[name], name)[rows].astype(np.float64, copy=False)
    if name == layout.types and layout.flags:
        return encode_flags(batch, layout.flags, rows)
    return encode(batch[name], rows, layout.separator)


def _whole_years(column: Column, name: str) -> tuple[np.ndarray, int]:
    """Return the years, one long ago where it is missing, and how often it is."""
    year = _as_numbers(column, name)
    if year.dtype == np.int64:
        return year, 0
    missing = np.isnan(year)
    other = year[~(missing | (year == np.floor(year)) & np.isfinite(year))]
    if other.size:
        message = f"Column {name!r} holds {other[0]:g}; expected whole years, such as 2013."
        raise InputError(message)
    return np.where(missing, np.iinfo(np.int32).min, year).astype(np.int64), int(np.count_nonzero(missing))


def _as_numbers(column: Column, name: str) -> np.ndarray:
    try:
        return numbers(column)
    except TypeError as error:
        message = f"Column {name!r} must hold numbers, but {error}."
        raise InputError(message) from None


def _keys_of(column: Column, rows: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the keys of some rows' firms, or how many are missing and then no keys."""
    none = np.empty(0, np.uint64)
    if isinstance(column, np.ndarray) and column.dtype.kind in "iu":
        return column[rows].astype(np.int64, copy=False).view(np.uint64), none, 0
    array = pa.array(column, from_pandas=True) if isinstance(column, np.ndarray) else column
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    missing = array.take(pa.array(rows)).null_count if array.null_count else 0
    if missing:
        return none, none, missing
    if pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
        ids = array.take(pa.array(rows)).to_numpy(zero_copy_only=False)
        if ids.dtype.kind == "f" and not ((ids == np.floor(ids)) & np.isfinite(ids)).all():
            message = f"Column {name!r} holds numbers that are no whole numbers; expected firm ids."
            raise InputError(message)
        return ids.astype(np.int64).view(np.uint64), none, 0
    if not pa.types.is_large_string(array.type):
        array = array.cast(pa.large_string())
    _, offsets, data = array.buffers()
    text = np.frombuffer(data or b"", np.uint8)
    whole = text.size // 8 * 8
    tail = np.uint64(int.from_bytes(text[whole:].tobytes(), "little"))
    begins = np.frombuffer(offsets, np.int64, count=len(array) + 1, offset=array.offset * 8)
    return *keys.pack_texts(text[:whole].view(np.uint64), tail, begins, rows), 0


def _stack(parts: list[dict[Any, Any]]) -> Side:
    """Return the batches of one year as one, giving up each column of them as soon as it is joined."""
    arrays: dict[Any, np.ndarray] = {}
    labels: dict[str, Labels] = {}
    for name in list(parts[0]):
        columns = [part.pop(name) for part in parts]
        if isinstance(columns[0], np.ndarray):
            arrays[name] = np.concatenate(columns)
        else:
            labels[name] = Labels(*unify(columns))
    return Side(arrays.pop(_HIGH), arrays.pop(_LOW), arrays.pop(_LEVEL), arrays, labels)


def pair(
    panel: Panel, firms: IntoFrame, layout: Layout, years: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of either year that are the same firm, refusing a firm that stands twice in a year."""
    one, two = panel.start, panel.end
    if keys.is_increasing(one.high, one.low) and keys.is_increasing(two.high, two.low):
        return keys.merge(one.high, one.low, two.high, two.low)
    ours, theirs, again = keys.join(one.high, one.low, two.high, two.low)
    if again:
        raise _doubled(firms, layout, years, again)
    return ours, theirs


def _doubled(firms: IntoFrame, layout: Layout, years: Sequence[int], count: int) -> InputError:
    names = [layout.firm, layout.year]
    rows = lazy(firms, "firms").filter(_in_years(layout.year, years))
    counted = rows.group_by(*names).agg(nw.len().alias("rows_of_one_firm_year"))
    found = collect(counted.filter(nw.col("rows_of_one_firm_year") > 1), names)
    firm, year, times = (found[name].tolist()[0] for name in found.columns)
    return InputError(
        f"{count} row(s) repeat a firm-year: firm {firm!r} stands {times} times in {int(year)}; expected one row "
        "a firm and year."
    )


def _absent_year(firms: IntoFrame, name: str, year: int) -> InputError:
    table = collect(lazy(firms, "firms").select(name).unique(), [name])
    known = [str(int(value)) for value in table[name].dropna()]
    return InputError(
        f"No firm has a row for {name} {year}; the years in the data: {', '.join(known) or 'none'}."
    )
