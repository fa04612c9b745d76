"""Tests of independence between a grouping and single or multiple answers, corrected by Rao and Scott."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from shinrenkei.metrics._intervals import Floats

REFERENCE = (
    "Rao and Scott (1981, 1984); for multiple answers Bilder, Loughin and Nettleton (2000), "
    "Thomas and Decady (2004)"
)


@dataclass(frozen=True)
class Ticks:
    """Answers in a form to compute with; P patterns, G groups, J answers.

    Attributes
    ----------
    ticked : array of float, shape (P, J)
        1 where the answer is part of the pattern.
    group : array of int, shape (P,)
        The group of the pattern.
    weight, weight2 : array of float, shape (P,)
        Sums of the weights, and of their squares, of the respondents with this pattern.
    """

    ticked: Floats
    group: np.ndarray
    weight: Floats
    weight2: Floats


def independence(ticks: Ticks, respondents: int, *, multiple: bool, weighted: bool) -> dict[str, Any] | None:
    """Test whether the shares of the answers are the same in all groups; None where nothing can be tested.

    The statistic is Pearson's, added up over the answers where several may be given.  It is distributed as a
    sum of independent chi-squares times the eigenvalues of the design-effect matrix; the first-order
    correction divides by their mean, the second-order one fits the variance of the sum as well.  The
    covariances are those under independence, of which each group keeps its own.

    References
    ----------
    Rao, J. N. K. and Scott, A. J. (1984). On chi-squared tests for multiway contingency tables with cell
    proportions estimated from survey data. Annals of Statistics 12, 46-60.
    Bilder, C. R., Loughin, T. M. and Nettleton, D. (2000). Multiple marginal independence testing for pick
    any/c variables. Communications in Statistics - Simulation and Computation 29, 1285-1316.
    Thomas, D. R. and Decady, Y. J. (2004). Testing for association using multiple response survey data.
    International Journal of Testing 4, 43-59.
    """
    from scipy.stats import chi2

    statistic, trace, trace2, df = _statistic(ticks, respondents, multiple=multiple)
    if df == 0 or trace <= 0:
        return None
    first = statistic * df / trace
    second, second_df = statistic * trace / trace2, trace**2 / trace2
    plain = not multiple and not weighted
    chosen = (statistic, float(df)) if plain else (second, second_df)
    corrected = "Pearson chi-square, summed over the answers, second-order Rao-Scott correction"
    return {
        "method": "Pearson chi-square" if plain else corrected,
        "reference": REFERENCE,
        "statistic": chosen[0],
        "df": chosen[1],
        "p_value": float(chi2.sf(*chosen)),
        "pearson": {"statistic": statistic, "df": df},
        "first_order": {"statistic": first, "df": df, "p_value": float(chi2.sf(first, df))},
        "second_order": {"statistic": second, "df": second_df, "p_value": float(chi2.sf(second, second_df))},
    }


def _statistic(ticks: Ticks, respondents: int, *, multiple: bool) -> tuple[float, float, float, int]:
    """Return Pearson's statistic, the eigenvalues' sum and sum of squares, and the degrees of freedom."""
    groups = int(ticks.group.max(initial=-1)) + 1
    member = np.eye(groups)[ticks.group]
    size = member.T @ ticks.weight
    overall = ticks.weight @ ticks.ticked / size.sum() if groups else np.zeros(ticks.ticked.shape[1])
    varies = (overall > 0) & (overall < 1)
    answers = int(varies.sum()) - (0 if multiple else 1)
    if groups < 2 or answers < 1:
        return 0.0, 0.0, 0.0, 0
    ticked, overall = ticks.ticked[:, varies], overall[varies]
    shares = (member * ticks.weight[:, None]).T @ ticked / size[:, None]
    spread = overall * (1 - overall) if multiple else overall
    metric = (respondents * size / size.sum())[:, None] / spread
    statistic = float((metric * (shares - overall) ** 2).sum())
    # residuals from the common shares: those from each group's own reject too often in small groups
    influence = (member / size - 1 / size.sum())[:, :, None] * (ticked - overall)[:, None, :]
    flat = influence.reshape(len(ticked), -1)
    covariance = (flat.T * ticks.weight2) @ flat * respondents / (respondents - 1)
    design = metric.ravel()[:, None] * covariance
    return statistic, float(np.trace(design)), float((design * design.T).sum()), answers * (groups - 1)
