"""Average marginal effects of a binary model, their errors and their intervals."""

from __future__ import annotations

from typing import Literal

import numpy as np

from shinrenkei.metrics._design import Design
from shinrenkei.metrics._intervals import Floats

Link = Literal["logit", "cloglog"]


def probability(linear: Floats, link: Link) -> tuple[Floats, Floats, Floats]:
    """Return the probability and its first and second derivative."""
    if link == "logit":
        p = 1 / (1 + np.exp(-linear))
        return p, p * (1 - p), p * (1 - p) * (1 - 2 * p)
    rate = np.exp(np.minimum(linear, 30))
    still = np.exp(-rate)
    return 1 - still, rate * still, rate * still * (1 - rate)


def average_effects(matrix: Floats, terms: Design, coefficients: Floats, link: Link) -> tuple[Floats, Floats]:
    """Return the average marginal effect of each term, shape (T,), and its gradient, shape (T, K)."""
    gradients = np.empty((len(terms.terms), matrix.shape[1]))
    effects = np.empty(len(terms.terms))
    for column, switches in enumerate(terms.switches):
        if len(switches):
            off = matrix.copy()
            off[:, switches] = 0
            on = off.copy()
            on[:, column] = 1
            high, low = (probability(rows @ coefficients, link) for rows in (on, off))
            effects[column] = np.mean(high[0] - low[0])
            gradients[column] = (high[1] @ on - low[1] @ off) / len(matrix)
        else:
            _, slope, curve = probability(matrix @ coefficients, link)
            effects[column] = slope.mean() * coefficients[column]
            gradients[column] = coefficients[column] * (curve @ matrix) / len(matrix)
            gradients[column, column] += slope.mean()
    return effects, gradients


def effect_intervals(
    matrix: Floats,
    terms: Design,
    coefficients: Floats,
    link: Link,
    steps: Floats,
) -> tuple[Floats, Floats]:
    """Return the range of each effect along the line of coefficients from one step to the other.

    Parameters
    ----------
    matrix, terms, coefficients, link
        The model.
    steps : array of float, shape (T, K)
        For each term half the line; it goes from the coefficients less the step to the coefficients plus it.

    Returns
    -------
    lower, upper : array of float, shape (T,)

    References
    ----------
    Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical Association 82,
    171-185 (the least favorable family). Stein, C. (1956). Efficient nonparametric testing and estimation.
    Proceedings of the Third Berkeley Symposium 1, 187-195.
    """
    ends = np.empty((2, len(terms.terms)))
    for column, switches in enumerate(terms.switches):
        # an effect may turn back on the way: with a steep slope most plans are sure, and little can change them
        along = coefficients + np.array([-1, -0.5, 0, 0.5, 1])[:, None] * steps[column]
        linear = matrix @ along.T
        if len(switches):
            linear -= matrix[:, switches] @ along[:, switches].T
            high, low = (probability(value, link)[0] for value in (linear + along[:, column], linear))
            values = (high - low).mean(axis=0)
        else:
            values = probability(linear, link)[1].mean(axis=0) * along[:, column]
        ends[:, column] = values.min(), values.max()
    return ends[0], ends[1]
