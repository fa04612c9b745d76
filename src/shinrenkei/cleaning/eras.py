"""The eras from Meiji, each with its first and last day, and the years counted in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shinrenkei.cleaning.errors import CleaningError, Unreadable


@dataclass(frozen=True)
class Era:
    """An era; ``first`` and ``last`` both belong to it (on the day of a change both names are right)."""

    name: str
    letter: str
    short: str
    romaji: str
    first: date
    last: date


ERAS = (
    Era("明治", "M", "明", "meiji", date(1868, 1, 25), date(1912, 7, 30)),
    Era("大正", "T", "大", "taisho", date(1912, 7, 30), date(1926, 12, 25)),
    Era("昭和", "S", "昭", "showa", date(1926, 12, 25), date(1989, 1, 7)),
    Era("平成", "H", "平", "heisei", date(1989, 1, 8), date(2019, 4, 30)),
    Era("令和", "R", "令", "reiwa", date(2019, 5, 1), date.max),
)

GREGORIAN_FROM = date(1873, 1, 1)
"""明治6年1月1日: before it the calendar in use was lunisolar, and a day cannot be turned by counting."""

_BY_NAME = {
    spelling: era
    for era in ERAS
    for spelling in (era.name, era.letter, era.letter.lower(), era.short, era.romaji)
}

ERA_NAMES = "|".join(sorted(_BY_NAME, key=len, reverse=True))


def find_era(name: str) -> Era:
    """Return the era of this name, letter or short form.

    Examples
    --------
    >>> find_era("H").name, find_era("平成").first
    ('平成', datetime.date(1989, 1, 8))
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        msg = f"Unknown era {name!r}; expected {', '.join(f'{era.name} ({era.letter})' for era in ERAS)}."
        raise CleaningError(msg) from None


def era_year(era: Era, number: int) -> int:
    """Return the calendar year of a year counted in an era, which must have had it.

    Examples
    --------
    >>> era_year(find_era("昭和"), 64), era_year(find_era("令和"), 1)
    (1989, 2019)
    """
    year = era.first.year + number - 1
    if number < 1 or year > era.last.year:
        raise Unreadable(_no_such(era, f"{era.name}{number}年"))
    return year


def era_day(era: Era, day: date) -> date:
    """Return a day given in an era, when it lies in it.

    Examples
    --------
    >>> era_day(find_era("平成"), date(2019, 4, 30))
    datetime.date(2019, 4, 30)
    """
    if not era.first <= day <= era.last:
        raise Unreadable(_no_such(era, day.isoformat()))
    if day < GREGORIAN_FROM:
        msg = "before 明治6年1月1日 the calendar was lunisolar; give the Gregorian date"
        raise Unreadable(msg)
    return day


def era_fiscal_year(era: Era, number: int) -> int:
    """Return the fiscal year of a year counted in an era; it must have days in the era from April on.

    Examples
    --------
    >>> era_fiscal_year(find_era("平成"), 31), era_fiscal_year(find_era("令和"), 1)
    (2019, 2019)
    """
    year = era_year(era, number)
    if date(year, 4, 1) > era.last:
        raise Unreadable(_no_such(era, f"{era.name}{number}年度"))
    return year


def _no_such(era: Era, what: str) -> str:
    last = "" if era.last == date.max else f" to {era.last.isoformat()}"
    return f"{what} is not in {era.name}, which ran from {era.first.isoformat()}{last}"
