"""The skewness of a few values as the intervals for skewed means take it, by SciPy."""

from __future__ import annotations

import numpy as np
from scipy import stats


def skewness_of(values: np.ndarray) -> float:
    """Return the stronger of the adjusted skewness and that which the jackknife corrects, value by value."""
    n = values.size
    without = np.mean([stats.skew(np.delete(values, place)) for place in range(n)])
    corrected = n * stats.skew(values) - (n - 1) * without
    return float(
        max(stats.skew(values, bias=False), corrected, key=lambda one: one * np.sign(stats.skew(values)))
    )
