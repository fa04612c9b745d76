"""Axes of dates: ticks on round months, written as Japanese or English readers write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator

from shinrenkei.errors import InputError
from shinrenkei.figures.layout import house_layout, text_width
from shinrenkei.figures.parts import axes_size_pt, figure_of

_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)


def to_dates(table: pd.DataFrame, column: str) -> list[date | None]:
    """Return a column as dates, ``None`` where it is empty.

    Examples
    --------
    >>> to_dates(pd.DataFrame({"as_of": ["2005-09-16", None]}), "as_of")
    [datetime.date(2005, 9, 16), None]
    """
    try:
        stamps = pd.to_datetime(table[column], format="ISO8601")
    except (TypeError, ValueError) as error:
        msg = f"Column {column!r} must be dates to be drawn over time: {error}."
        raise InputError(msg) from error
    return [None if pd.isna(stamp) else stamp.date() for stamp in stamps]


def month_starts(first: date, last: date, most: int) -> list[date]:
    """Return the first days of evenly spaced months between two dates, at most so many.

    Examples
    --------
    >>> [day.isoformat() for day in month_starts(date(2005, 9, 16), date(2007, 3, 31), 4)]
    ['2006-01-01', '2006-07-01', '2007-01-01']
    """
    found: list[date] = []
    for step in _STEPS:
        count = first.year * 12 + first.month - 1
        months = range(-(-count // step) * step, last.year * 12 + last.month, step)
        found = [date(month // 12, month % 12 + 1, 1) for month in months]
        found = [day for day in found if first <= day <= last]
        if len(found) <= most:
            return found
    return found[:: -(-len(found) // most)]


def month_words(day: date, lang: str) -> str:
    """Return a month as a tick's label.

    Examples
    --------
    >>> month_words(date(2005, 9, 1), "ja"), month_words(date(2005, 9, 1), "en")
    ('2005年9月', 'Sep 2005')
    """
    # Not by strftime, which answers in the language of the machine.
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day.year}年{day.month}月" if lang == "ja" else f"{names[day.month - 1]} {day.year}"


def date_axis(ax: Axes, days: Sequence[date], lang: str) -> None:
    """Give the x axis room around the days and ticks on months, as many as there is room for."""
    first, last = (number(day) for day in (min(days), max(days)))
    edge = max(0.06 * (last - first), 10.0)
    ax.set_xlim(first - edge, last + edge)

    def fit(_: Figure) -> float:
        low, high = (mdates.num2date(limit).date() for limit in ax.get_xlim())  # type: ignore[no-untyped-call]
        font = ax.xaxis.label.get_fontproperties()
        most = max(2, int(axes_size_pt(ax)[0] // (text_width("2005年12月", font) * 1.25)))
        ticks = month_starts(low, high, most)
        ax.xaxis.set_major_locator(FixedLocator([number(day) for day in ticks]))
        ax.xaxis.set_major_formatter(FixedFormatter([month_words(day, lang) for day in ticks]))
        return 0.0

    house_layout(figure_of(ax)).before.append(fit)


def number(day: Any) -> float:
    """Return a date as matplotlib counts it: days since 1970."""
    return float(mdates.date2num(day))  # type: ignore[no-untyped-call]


def fiscal_year(day: date) -> int:
    """Return the fiscal year (April to March) of a date.

    Examples
    --------
    >>> fiscal_year(date(2004, 1, 22))
    2003
    """
    return day.year - (day.month < 4)
