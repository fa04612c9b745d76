"""Productivity in the prices of one year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shinrenkei.errors import InputError
from shinrenkei.metrics._firms.panel import Panel


def deflated(panel: Panel, deflator: Mapping[int, float] | str | None, years: Sequence[int]) -> Panel:
    """Put both years' productivity into the prices in which the price index is 100."""
    if deflator is None:
        return panel
    if not isinstance(deflator, str | Mapping):
        message = (
            f"deflator={deflator!r} is neither a column's name nor a mapping; expected one such as "
            f"{{{years[0]}: 100, {years[1]}: 102}}."
        )
        raise InputError(message)
    for side, year in zip((panel.start, panel.end), years, strict=True):
        if isinstance(deflator, str):
            index = side.numbers[deflator]
        elif year in deflator:
            index = np.full(1, _price_index(deflator, year), np.float64)
        else:
            raise _no_index(deflator, year)
        if not np.all((index > 0) & np.isfinite(index) | np.isnan(side.level)):
            message = f"The price index of {year} must be above zero and known for every firm."
            raise InputError(message)
        side.level[...] /= index / 100
    return panel


def _no_index(deflator: Mapping[Any, float], year: int) -> InputError:
    held = ", ".join(map(repr, deflator)) or "none"
    if str(year) in deflator:
        held += ", which are text; expected whole numbers"
    return InputError(f"deflator has no price index for {year}; it has: {held}.")


def _price_index(deflator: Mapping[int, float], year: int) -> float:
    index = deflator[year]
    if isinstance(index, bool) or not isinstance(index, int | float | np.number):
        message = f"deflator={{{year}: {index!r}}} is no price index; expected a number such as 100."
        raise InputError(message)
    return float(index)
