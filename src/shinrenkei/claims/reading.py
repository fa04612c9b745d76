"""How a printed figure or phrase is read as a range of numbers."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from shinrenkei.cleaning.numbers import parse_number
from shinrenkei.errors import BuildError


@dataclass(frozen=True)
class Reading:
    """A range of numbers that a printed figure or phrase stands for."""

    lower: float
    upper: float
    lower_open: bool = False
    upper_open: bool = False

    def holds(self, value: float) -> bool:
        """Return whether a number lies in the range, with a float's dust allowed for."""
        slack = 1e-9 * max(1.0, abs(value))
        above = value > self.lower + slack if self.lower_open else value >= self.lower - slack
        below = value < self.upper - slack if self.upper_open else value <= self.upper + slack
        return above and below

    def __str__(self) -> str:
        """Return the range as mathematicians write it: ``[37.95, 38.05]``, ``(1, ∞)``."""
        if self.lower == self.upper:
            return f"{self.lower:.10g}"
        left = "(" if self.lower_open or math.isinf(self.lower) else "["
        right = ")" if self.upper_open or math.isinf(self.upper) else "]"
        return f"{left}{_shown(self.lower)}, {_shown(self.upper)}{right}"


def _shown(bound: float) -> str:
    return ("-∞" if bound < 0 else "∞") if math.isinf(bound) else f"{bound:.10g}"


_FIGURE = re.compile(r"[▲△−-]?[\d０-９][\d０-９,，]*(?:[.．][\d０-９]+)?")
_INTERVAL = re.compile(r"^([\[(])\s*(-?[\d.]*)\s*,\s*(-?[\d.]*)\s*([\])])$")


def parse_interval(text: str) -> Reading:
    """Return the range that ``[40, 60]`` or ``(1, )`` writes; an empty side is unbounded.

    Examples
    --------
    >>> parse_interval("(50, 100]").holds(50)
    False
    """
    found = _INTERVAL.match(text.strip())
    if not found:
        msg = f"{text!r} is not an interval; expected a form such as [40, 60] or (1, )."
        raise BuildError(msg)
    left, lower, upper, right = found.groups()
    return Reading(
        float(lower) if lower else -math.inf,
        float(upper) if upper else math.inf,
        lower_open=left == "(",
        upper_open=right == ")",
    )


def rounded(printed: str) -> Reading:
    """Return the numbers that round to what is printed: half of its last digit on either side.

    Examples
    --------
    >>> print(rounded("38.0％"))
    [37.95, 38.05]
    """
    value = Decimal(str(_number(printed)))
    digits = re.search(r"[.．]([\d０-９]+)", printed)
    half = Decimal(1).scaleb(-len(digits.group(1)) if digits else 0) / 2
    return Reading(float(value - half), float(value + half))


def exact(printed: str) -> Reading:
    """Return the one number that is printed.

    Examples
    --------
    >>> print(exact("69件"))
    69
    """
    value = float(_number(printed))
    return Reading(value, value)


def _number(printed: str) -> float | int:
    """Return the one number of a printed figure; its unit and its qualifier stand aside."""
    found = _FIGURE.findall(printed)
    if len(found) != 1:
        msg = f"{printed!r} holds {len(found) or 'no'} numbers; expected one figure, or kind reading with its range."
        raise BuildError(msg)
    return parse_number(found[0])
