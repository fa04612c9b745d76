"""P-values adjusted for their number."""

from __future__ import annotations

from typing import Literal

import numpy as np

Adjustment = Literal[
    "none", "bonferroni", "sidak", "holm", "holm-sidak", "simes-hochberg", "hommel", "fdr_bh", "fdr_by"
]


def adjusted_p_values(p_values: np.ndarray, adjust: Adjustment) -> np.ndarray:
    """Return p-values adjusted for multiple comparison; those not known stay so and do not count.

    Examples
    --------
    >>> adjusted_p_values(np.array([0.01, np.nan, 0.04, 0.03]), "holm").round(2).tolist()
    [0.03, nan, 0.06, 0.06]
    """
    from statsmodels.stats.multitest import multipletests

    adjusted, told = p_values.copy(), np.isfinite(p_values)
    if adjust != "none" and told.any():
        adjusted[told] = multipletests(p_values[told], method=adjust)[1]
    return adjusted
