"""Dates, times, years and fiscal years as Japanese offices write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd

from shinrenkei.cleaning.eras import ERA_NAMES, Era, era_day, era_fiscal_year, era_year, find_era
from shinrenkei.cleaning.errors import CleaningError, Unreadable
from shinrenkei.cleaning.numerals import DIGITS, SMALL, read_body, squeeze
from shinrenkei.cleaning.series import Column, Errors, Reader, objects, read, text_of, whole_numbers
from shinrenkei.cleaning.symbols import symbol_of

FIRST_MONTH = 4
"""The fiscal year runs from April to March and is named by the year in which it begins."""

_N = rf"[0-9]{{1,2}}|[{''.join(DIGITS)}{''.join(SMALL)}]{{1,4}}"
_Y = rf"[0-9]{{1,4}}|元|[{''.join(DIGITS)}{''.join(SMALL)}]{{1,7}}"
_YEAR = rf"(?:(?P<era>{ERA_NAMES})\.?)?(?P<year>{_Y})"
_WEEKDAY = r"(?:\((?P<weekday>[月火水木金土日])(?:曜日?)?\)|(?P<weekday2>[月火水木金土日])曜日?)?"
_MIDNIGHT = r"(?:[T ]?0?0:00(?::00(?:\.0+)?)?Z?)?"
_DATE = re.compile(
    rf"{_YEAR}(?:年(?P<month>{_N})月(?P<day>{_N})日|(?P<sep>[-./])(?P<month2>{_N})(?P=sep)(?P<day2>{_N})){_WEEKDAY}{_MIDNIGHT}"
)
_COMPACT = re.compile(r"(?P<year>[12][0-9]{3})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_ONLY_YEAR = re.compile(rf"{_YEAR}年?")
_FISCAL = re.compile(rf"{_YEAR}(?:年?度)?|FY(?P<fy>[0-9]{{4}})|(?P<yf>[0-9]{{4}})FY", re.IGNORECASE)
# 2005年(平成17年) and 平成17年(2005年) and 2005(平成17)年: the second naming must agree with the first.
_SECOND = re.compile(rf"\((?:(?P<era>{ERA_NAMES})\.?)?(?P<year>{_Y})年?(?:度)?\)")
_WEEKDAYS = "月火水木金土日"
_EPOCHS = {1900: date(1899, 12, 30), 1904: date(1904, 1, 1)}
_SERIAL = re.compile("[0-9]{1,7}(?:\\.[0-9]+)?")

Excel = Literal[1900, 1904]


def _count(text: str) -> int:
    return 1 if text == "元" else read_body(text)[0]


def _hint(era: str | None) -> Era | None:
    return None if era is None else find_era(era)


def _cut_second_year(text: str) -> tuple[str, int | None]:
    """Return the text without its second naming of the year, and the year that gives."""
    found = _SECOND.search(text)
    if found is None or (found["era"] is None and len(found["year"]) < 4):
        return text, None
    return text[: found.start()] + text[found.end() :], _year_number(found["era"], found["year"], None)


def _year_number(era: str | None, year: str, hint: Era | None) -> int:
    number = _count(year)
    known = find_era(era) if era else hint
    if era is None and (number >= 1000 or known is None):
        return _western(year, number)
    assert known is not None  # noqa: S101 - for the type checker: the branch above took None
    return era_year(known, number)


def _western(year: str, number: int) -> int:
    if year == "元" or number < 1000:
        msg = "its year has fewer than four digits; say era= where one is meant"
        raise Unreadable(msg)
    return number


def _agree(first: int, second: int | None) -> None:
    if second is not None and first != second:
        msg = f"its two years are not the same, {first} and {second}"
        raise Unreadable(msg)


def _date_text(text: str, hint: Era | None) -> date:
    squeezed, second = _cut_second_year(squeeze(text))
    found = _COMPACT.fullmatch(squeezed) or _DATE.fullmatch(squeezed)
    if found is None:
        msg = "it is not written as a date"
        raise Unreadable(msg)
    parts: dict[str, Any] = (
        dict.fromkeys(("era", "month2", "day2", "weekday", "weekday2")) | found.groupdict()
    )
    year = _year_number(parts["era"], parts["year"], hint)
    _agree(year, second)
    day = _day(year, _count(parts["month"] or parts["month2"]), _count(parts["day"] or parts["day2"]))
    known = find_era(parts["era"]) if parts["era"] else hint
    if known is not None and (parts["era"] or _count(parts["year"]) < 1000):
        day = era_day(known, day)
    weekday = parts["weekday"] or parts["weekday2"]
    if weekday and _WEEKDAYS[day.weekday()] != weekday:
        msg = f"{day.isoformat()} was not a {weekday}曜日 but a {_WEEKDAYS[day.weekday()]}曜日"
        raise Unreadable(msg)
    return day


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        msg = f"there is no month {month}" if not 1 <= month <= 12 else f"{year}-{month:02} has no day {day}"
        raise Unreadable(msg) from None


def _serial(number: float, excel: Excel) -> date:
    if not number.is_integer() or number > (date.max - _EPOCHS[excel]).days:
        msg = "it is not a whole Excel serial day"
        raise Unreadable(msg)
    days = int(number)
    if excel == 1900:
        if days in (0, 60):
            msg = f"Excel's serial day {days} is no date"
            raise Unreadable(msg)
        # Excel counts a 29 February 1900 that never was, so that the days before it are one off.
        days += days < 60
    return _EPOCHS[excel] + timedelta(days=days)


def _date_one(hint: Era | None, excel: Excel | None) -> Callable[[Any], pd.Timestamp | None]:
    def one(value: Any) -> pd.Timestamp | None:
        if isinstance(value, (datetime, np.datetime64)):
            stamp = pd.Timestamp(value)
            if stamp != stamp.normalize():
                msg = "it has a time of day"
                raise Unreadable(msg)
            return stamp.tz_localize(None).as_unit("us")
        if isinstance(value, date):
            return pd.Timestamp(value).as_unit("us")
        text = text_of(value)
        if symbol_of(text):
            return None
        if excel is not None and _SERIAL.fullmatch(serial := squeeze(text)):
            return pd.Timestamp(_serial(float(serial), excel)).as_unit("us")
        return pd.Timestamp(_date_text(text, hint)).as_unit("us")

    return one


def dates(results: list[Any]) -> Column:
    """Return dates as a column of dtype ``datetime64[us]``."""
    return pd.array(pd.to_datetime(pd.Series(results, dtype="datetime64[us]")), dtype="datetime64[us]")


def parse_date(
    values: Any, *, era: str | None = None, excel: Excel | None = None, errors: Errors = "raise"
) -> Any:
    """Read dates: 平成17年4月13日, H17.4.13, H17/4/13, R2-12-01, 2005年4月13日, 2005/4/13, 20050413.

    An era counts only from its first day to its last, 元年 is its first year, a weekday in brackets must be
    the right one, and a day that never was is refused with the reason.

    Parameters
    ----------
    values : str, number, date or pandas.Series
        Cells as printed.
    era : str, optional
        The era of a year without one (``era="平成"`` for 17.4.13).
    excel : {1900, 1904}, optional
        The epoch of bare numbers, where they are Excel's serial days.
    errors : {"raise", "coerce"}
        ``raise`` names the distinct values that cannot be read and their rows; ``coerce`` gives NaT.

    Returns
    -------
    pandas.Timestamp, NaT or pandas.Series
        Days; a Series is ``datetime64[us]``.

    Raises
    ------
    CleaningError
        When a value cannot be read as a date, or the era or epoch is unknown.

    Examples
    --------
    >>> parse_date("平成17年４月13日")
    Timestamp('2005-04-13 00:00:00')
    >>> parse_date("平成31年5月1日", errors="coerce")
    NaT
    >>> parse_date(38455, excel=1900).date()
    datetime.date(2005, 4, 13)
    """
    if excel not in (None, 1900, 1904):
        msg = f"Unknown epoch of Excel {excel!r}; expected 1900 or 1904."
        raise CleaningError(msg)
    return read(values, Reader("a date", _date_one(_hint(era), excel), dates, missing=pd.NaT), errors)


_HALF = "(?P<half>午前|午後|am|pm)?"
_TIME = re.compile(
    rf"{_HALF}(?P<hour>{_N})(?::(?P<minute>[0-9]{{2}})(?::(?P<second>[0-9]{{2}}))?|時(?:(?P<minute2>{_N})分|(?P<half_past>半))?)(?P<half2>am|pm)?",
    re.IGNORECASE,
)
_HALF_ONLY = re.compile(
    "(?P<half>am|pm)(?P<hour>[0-9]{1,2})|(?P<hour2>[0-9]{1,2})(?P<half2>am|pm)", re.IGNORECASE
)


def parse_time(values: Any, *, errors: Errors = "raise") -> Any:
    """Read times of day: 18:00, 14：00, am10:00, 午後1時30分, 13時半.

    Parameters
    ----------
    values : str, time or pandas.Series
        Cells as printed.
    errors : {"raise", "coerce"}
        As for `parse_date`.

    Returns
    -------
    datetime.time, None or pandas.Series
        Times; a Series is of dtype ``object`` and holds ``datetime.time``.

    Raises
    ------
    CleaningError
        When a value cannot be read as a time of day.

    Examples
    --------
    >>> [parse_time(text).isoformat("minutes") for text in ("14：00", "am10:00", "午後1時30分")]
    ['14:00', '10:00', '13:30']
    """
    return read(values, Reader("a time of day", _time_one, objects), errors)


def _time_one(value: object) -> time | None:
    if isinstance(value, time):
        return value
    text = text_of(value)
    if symbol_of(text):
        return None
    squeezed = squeeze(text).replace(".m.", "m").replace(".M.", "m")
    found = _TIME.fullmatch(squeezed) or _HALF_ONLY.fullmatch(squeezed)
    if found is None:
        msg = "it is not written as a time of day"
        raise Unreadable(msg)
    parts = found.groupdict()
    hour = _count(parts["hour"] or parts["hour2"])
    minute = 30 if parts.get("half_past") else _count(parts.get("minute") or parts.get("minute2") or "0")
    halves = [half.lower() for half in (parts["half"], parts["half2"]) if half]
    return _clock(_hour(hour, halves), minute, _count(parts.get("second") or "0"))


def _hour(hour: int, halves: list[str]) -> int:
    if not halves:
        return hour
    if len(halves) > 1 or hour > 12:
        msg = "its hour does not go with its half of the day"
        raise Unreadable(msg)
    # 午後0時 and 12 pm are noon, 12 am is midnight; 午後12時 is avoided in print and read as noon.
    return hour % 12 + (12 if halves[0] in ("午後", "pm") else 0)


def _clock(hour: int, minute: int, second: int) -> time:
    try:
        return time(hour, minute, second)
    except ValueError:
        msg = f"there is no {hour:02}:{minute:02} in a day"
        raise Unreadable(msg) from None


def parse_year(values: Any, *, era: str | None = None, errors: Errors = "raise") -> Any:
    """Read calendar years: 平成17年, H17, 2005年, 2005, 2005年(平成17年).

    Parameters
    ----------
    values : str, number or pandas.Series
        Cells as printed.
    era : str, optional
        The era of a year without one.
    errors : {"raise", "coerce"}
        As for `parse_date`.

    Returns
    -------
    int, None or pandas.Series
        Years; a Series is ``Int64``.

    Raises
    ------
    CleaningError
        When a value cannot be read as a year: a fiscal year (年度) is refused.

    Examples
    --------
    >>> parse_year("平成元年"), parse_year("17年", era="平成")
    (1989, 2005)
    """
    hint = _hint(era)
    return read(values, Reader("a year", lambda value: _year_one(value, hint), whole_numbers), errors)


def _year_one(value: object, hint: Era | None) -> int | None:
    text = text_of(value)
    if symbol_of(text):
        return None
    squeezed, second = _cut_second_year(squeeze(text))
    found = _ONLY_YEAR.fullmatch(squeezed)
    if found is None:
        msg = "it is a fiscal year" if "年度" in squeezed else "it is not written as a year"
        raise Unreadable(msg)
    year = _year_number(found["era"], found["year"], hint)
    _agree(year, second)
    return year


def fiscal_year(values: Any, *, errors: Errors = "raise") -> Any:
    """Return the fiscal year in which a date lies: April to March, named by the year in which it begins.

    Parameters
    ----------
    values : date, str or pandas.Series
        Dates, or text that `parse_date` reads.
    errors : {"raise", "coerce"}
        As for `parse_date`.

    Returns
    -------
    int, None or pandas.Series
        Fiscal years; a Series is ``Int64``.

    Raises
    ------
    CleaningError
        When a value cannot be read as a date.

    Examples
    --------
    >>> fiscal_year("2004-01-22"), fiscal_year("平成17年4月1日")
    (2003, 2005)
    """
    if isinstance(values, pd.Series):
        if not pd.api.types.is_datetime64_dtype(values.dtype):
            values = parse_date(values, errors=errors)
        years = values.dt.year.astype("Int64")
        return years - (values.dt.month < FIRST_MONTH).astype("Int64")
    day = parse_date(values, errors=errors) if not isinstance(values, datetime) else pd.Timestamp(values)
    return None if pd.isna(day) else day.year - (day.month < FIRST_MONTH)


def parse_fiscal_year(values: Any, *, era: str | None = None, errors: Errors = "raise") -> Any:
    """Read fiscal years: 平成17年度, 2005年度, FY2005, H17年度, 2005, 17年度 (with ``era``).

    Parameters
    ----------
    values : str, number or pandas.Series
        Cells as printed.
    era : str, optional
        The era of a year without one (``era="平成"`` for 17年度).
    errors : {"raise", "coerce"}
        As for `parse_date`.

    Returns
    -------
    int, None or pandas.Series
        Fiscal years, named by the year in which they begin; a Series is ``Int64``.

    Raises
    ------
    CleaningError
        When a value cannot be read as a fiscal year: a calendar year (平成17年) is refused.

    Examples
    --------
    >>> parse_fiscal_year("平成１７年度"), parse_fiscal_year("FY2006"), parse_fiscal_year("17年度", era="H")
    (2005, 2006, 2005)
    """
    hint = _hint(era)
    return read(
        values, Reader("a fiscal year", lambda value: _fiscal_one(value, hint), whole_numbers), errors
    )


def _fiscal_one(value: object, hint: Era | None) -> int | None:
    text = text_of(value)
    if symbol_of(text):
        return None
    squeezed, second = _cut_second_year(squeeze(text))
    found = _FISCAL.fullmatch(squeezed)
    if found is None:
        is_year = _ONLY_YEAR.fullmatch(squeezed)
        msg = "it is a calendar year, not a fiscal one" if is_year else "it is not written as a fiscal year"
        raise Unreadable(msg)
    if found["fy"] or found["yf"]:
        return int(found["fy"] or found["yf"])
    name, digits = found["era"], found["year"]
    number = _count(digits)
    known = find_era(name) if name else hint
    in_era = known is not None and (name or number < 1000)
    year = era_fiscal_year(known, number) if known and in_era else _western(digits, number)
    _agree(year, second)
    return year
