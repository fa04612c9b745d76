"""Wilson's interval, and what a table says of a base that is small."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def wilson(share: Floats, base: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return the ends of Wilson's interval for shares (0-1) of bases above 0, whole or effective."""
    from statsmodels.stats.proportion import proportion_confint

    lower, upper = proportion_confint(share * base, base, alpha=1 - confidence, method="wilson")
    # rounding puts the ends of 0 of n and n of n a hair outside
    return np.clip(lower, 0, 1), np.clip(upper, 0, 1)


def remark(base: object, small: int, nothing: str) -> str:
    """Return the note on a base: ``nothing`` for 0, small below ``small``, none where it is not known."""
    if not isinstance(base, int | np.integer) or base >= small:
        return ""
    return f"small group (n < {small})" if base else nothing
