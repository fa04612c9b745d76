"""Intervals and p-values of differences by Student's law."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shinrenkei.metrics._multiple import Adjustment, adjusted_p_values


def inference(
    effect: np.ndarray, se: np.ndarray, df: np.ndarray, raw: np.ndarray, confidence: float, adjust: Adjustment
) -> pd.DataFrame:
    """Return estimates with their intervals by Student's t, and p-values, alone and adjusted.

    ``raw`` has a raw difference and the ends of its interval a row, which are taken as they are.
    """
    from scipy.special import stdtr, stdtrit

    reach = stdtrit(df, (1 + confidence) / 2)
    t = effect / se
    p_value = 2 * stdtr(df, -np.abs(t))
    return pd.DataFrame(
        {
            "raw": raw[:, 0],
            "raw_lower": raw[:, 1],
            "raw_upper": raw[:, 2],
            "effect": effect,
            "lower": effect - reach * se,
            "upper": effect + reach * se,
            "se": se,
            "t": t,
            "df": df,
            "p_value": p_value,
            "p_adjusted": adjusted_p_values(p_value, adjust),
        }
    )
