"""What the codebooks of iguren-2004 cannot say: dates without a year, times and numbers in words."""

from __future__ import annotations

import re

import pandas as pd

from shinrenkei.cleaning import parse_date
from shinrenkei.errors import BuildError
from shinrenkei.recipes.tidy import ReadRaw

YEAR = 2004
"""The newsletter is of February 2004 and tells of January to March; no event but one prints its year."""

_DAY = re.compile(
    r"(?P<year>平成\d+年)?(?:(?P<month>\d{1,2})月(?P<day>\d{1,2})日|(?P<m>\d{1,2})/(?P<d>\d{1,2}))(?:～(?P<last>\d{1,2}))?"
    r"(?:[（(](?P<weekday>[月火水木金土日])[）)])?"
)
_BETWEEN = re.compile(r"から|より|[~～]")


def dated_activities(frame: pd.DataFrame, _read: ReadRaw) -> pd.DataFrame:
    """Add 初日, 最終日, 開始, 終了 and 人数: what 日付, 時間 and 参加者 print in one cell each."""
    days = frame["日付"].map(first_and_last_day)
    times = frame["時間"].map(start_and_end)
    return frame.assign(
        初日=days.str[0],
        最終日=days.str[1],
        開始=times.str[0],
        終了=times.str[1],
        人数=frame["参加者"].str.extract(r"(\d+)", expand=False).fillna(""),
    )


def project_status(frame: pd.DataFrame, _read: ReadRaw) -> pd.DataFrame:
    """Add 状況: 新規 where the heading says so, 継続 elsewhere."""
    return frame.assign(状況=frame["記載"].where(frame["記載"] != "", "継続"))


def first_and_last_day(printed: str) -> tuple[str, str]:
    """Return the first and the last day of a printed date, with the year; '' where there is none.

    Parameters
    ----------
    printed
        A date as the newsletter prints it.

    Raises
    ------
    BuildError
        Where the cell is no date, or its weekday is not that of the date in the year 2004.

    Examples
    --------
    >>> first_and_last_day("1月22日（木）"), first_and_last_day("2/4～6")
    (('2004年1月22日', ''), ('2004年2月4日', '2004年2月6日'))
    """
    if printed == "":
        return "", ""
    found = _DAY.fullmatch(printed)
    if found is None:
        msg = f"iguren-2004/activities: {printed!r} is not a date; expected 1月22日（木） or 1/24（土）."
        raise BuildError(msg)
    year = found["year"] or f"{YEAR}年"
    month, day = found["month"] or found["m"], found["day"] or found["d"]
    first = f"{year}{month}月{day}日"
    _check_weekday(printed, first, found["weekday"])
    return first, f"{year}{month}月{found['last']}日" if found["last"] else ""


def _check_weekday(printed: str, day: str, weekday: str | None) -> None:
    falls_on = "月火水木金土日"[parse_date(day).weekday()]
    if weekday not in (None, falls_on):
        msg = f"iguren-2004/activities: {printed!r} taken as {day} falls on {falls_on}; expected {weekday}."
        raise BuildError(msg)


def start_and_end(printed: str) -> tuple[str, str]:
    """Return the start and the end of a printed time; '' where there is none.

    Examples
    --------
    >>> start_and_end("14：00から17：00"), start_and_end("午後1時30分より")
    (('14：00', '17：00'), ('午後1時30分', ''))
    """
    start, _, end = _BETWEEN.sub("|", printed, count=1).partition("|")
    return start, end
