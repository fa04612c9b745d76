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


def effect_range(matrix: Floats, terms: Design, term: int, link: Link, path: Floats) -> tuple[float, float]:
    """Return the least and the greatest average marginal effect of a term along a path of coefficients.

    An effect may turn back on the way from one end to the other: with a steep slope most plans are sure, and little
    can change them.

    Parameters
    ----------
    matrix, terms, link
        The model.
    term : int
        Number of the term, and of its column.
    path : array of float, shape (P, K)
        The coefficients at some places of the path.

    Returns
    -------
    lower, upper : float
    """
    switches, linear = terms.switches[term], matrix @ path.T
    if len(switches):
        linear -= matrix[:, switches] @ path[:, switches].T
        high, low = (probability(value, link)[0] for value in (linear + path[:, term], linear))
        values = (high - low).mean(axis=0)
    else:
        values = probability(linear, link)[1].mean(axis=0) * path[:, term]
    return float(values.min()), float(values.max())
