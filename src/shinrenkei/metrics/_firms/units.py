"""Money in the wrong unit, or in several: levels of productivity that no firms have, and the unit they look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

UNITS = {"yen": 1e-3, "thousand_yen": 1.0, "million_yen": 1e3, "hundred_million_yen": 1e5}  # to thousand yen
PLAUSIBLE = (100.0, 100_000.0)  # thousand yen a person; medians of industries lie well within
OFF = 300  # times the median: about a thousand, as firms differ
GAP = 10  # between a unit and the next there are few firms, over so many times
LEAST_OFF = 2  # firms; one alone may be as it says
LEAST_SHARE = 0.01
MOST_NAMED = 3


@dataclass(frozen=True)
class Money:
    """The columns of value added and persons, and the unit that the former is taken to be in."""

    column: str
    persons: str
    unit: str

    def looks_like(self, level: float) -> str | None:
        """Return the unit in which a level of productivity would be that of firms, in words."""
        for unit, factor in UNITS.items():
            if PLAUSIBLE[0] <= level * factor / UNITS[self.unit] <= PLAUSIBLE[1]:
                return unit
        return None


def unit_warnings(level: np.ndarray, groups: Mapping[Any, np.ndarray], year: int, money: Money) -> list[str]:
    """Return what is doubtful in the productivity of a year's firms, and of those of each group."""
    median = float(np.median(level)) if level.size else 0.0
    if median <= 0:
        return []
    told = [] if PLAUSIBLE[0] <= median <= PLAUSIBLE[1] else [_wrong(median, year, money)]
    middles = {label: float(np.median(one)) for label, one in groups.items() if one.size >= LEAST_OFF}
    apart = {label: middle for label, middle in middles.items() if _is_off(np.array(middle), median)}
    lost = level[_is_off(level, median)]
    if apart:
        middle = next(iter(apart.values()))
        named = [f"{_number(one)} in {label!r}" for label, one in list(apart.items())[:MOST_NAMED]]
        more = [f"as far off in {len(apart) - MOST_NAMED} more"] if len(apart) > MOST_NAMED else []
        seen = (
            f"The median labor productivity of {year} is {_number(median)} thousand yen a person, "
            f"but {', '.join(named + more)}"
        )
        told.append(seen + _mixed(middle, median, money))
    elif lost.size >= max(LEAST_OFF, LEAST_SHARE * level.size) and lost.size > _between(level, median):
        seen = (
            f"{100 * lost.size / level.size:.0f} % of the firms of {year} have a labor productivity about a thousand "
            f"times off the median of {_number(median)} thousand yen a person"
        )
        told.append(seen + _mixed(float(np.median(lost)), median, money))
    return told


def _is_off(level: np.ndarray, median: float, times: float = OFF) -> np.ndarray:
    return (level > 0) & ((level > times * median) | (level * times < median))


def _between(level: np.ndarray, median: float) -> int:
    """Return how many firms are far off, but not so far as another unit puts them; a long tail has many of these."""
    far = _is_off(level, median, OFF / GAP) & ~_is_off(level, median)
    return int(np.count_nonzero(far))


def _wrong(median: float, year: int, money: Money) -> str:
    told = f"The median labor productivity of {year} is {_number(median)} thousand yen a person"
    unit = money.looks_like(median)
    if unit is None:
        return f"{told}; check the units of {money.column!r} and {money.persons!r}."
    return (
        f"{told}; {money.column!r} was taken to be in {_words(money.unit)} and looks like {_words(unit)}: check it, "
        f"and give columns={{'unit': {unit!r}}}."
    )


def _mixed(level: float, median: float, money: Money) -> str:
    one, other = money.looks_like(level), money.looks_like(median)
    if one is None or other is None or one == other:
        return f"; check that {money.column!r} is in one unit for all firms."
    return (
        f"; {money.column!r} looks like {_words(one)} there and like {_words(other)} elsewhere: bring all firms to "
        "one unit."
    )


def _number(level: float) -> str:
    return f"{level:,.0f}" if level >= 100 else f"{level:.3g}"


def _words(unit: str) -> str:
    return unit.replace("_", " ")
