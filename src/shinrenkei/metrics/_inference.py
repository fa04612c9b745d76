"""Errors and intervals of a binary model's coefficients and average marginal effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shinrenkei.metrics._binary import Fit, Model
from shinrenkei.metrics._effects import effect_range, probability
from shinrenkei.metrics._intervals import Floats
from shinrenkei.metrics._profile import line_of
from shinrenkei.metrics._sandwich import sandwich

_ALIKE = 1e-12  # of the model's variance: clusters that are alike to the last have none of their own
_PARTS_OF_LINE = np.array([-1, -0.5, 0, 0.5, 1])


@dataclass(frozen=True)
class Inference:
    """What is known of some sums of coefficients: the coefficients (K,) first, then the effects (T,).

    Attributes
    ----------
    errors : array of float, shape (K + T,)
        Standard errors; NaN where the data do not tell them.
    df : array of float, shape (K + T,)
        Degrees of freedom of their t laws: infinite for the normal law, NaN where there is no error.
    p_values : array of float, shape (K,)
        Of the hypotheses that the coefficients are 0.
    lower, upper : array of float, shape (K + T,)
        Ends of the intervals.
    """

    errors: Floats
    df: Floats
    p_values: Floats
    lower: Floats
    upper: Floats


def inference(model: Model, fit: Fit, effects: Floats, gradients: Floats, confidence: float) -> Inference:
    """Return errors and intervals: by statsmodels and the normal law, or those that are right for few plans too.

    Parameters
    ----------
    model, fit
        The model and its estimates.
    effects : array of float, shape (T,)
        Average marginal effects.
    gradients : array of float, shape (T, K)
        How they go with the coefficients.
    confidence : float
        Level of the intervals.

    Returns
    -------
    Inference
    """
    from scipy.special import stdtr, stdtrit

    contrasts = np.vstack([np.eye(len(model.labels)), gradients])
    covariance, df = _errors(model, fit, contrasts)
    moved = contrasts @ covariance
    errors = np.where(np.isnan(df), np.nan, np.sqrt(np.einsum("ij,ij->i", moved, contrasts)))
    reach = stdtrit(df, (1 + confidence) / 2)
    if model.profiled:
        return _profiled(model, fit, contrasts, errors, df, reach)
    estimates = np.concatenate([fit.coefficients, effects])
    lower, upper = estimates - reach * errors, estimates + reach * errors
    first = len(model.labels)
    if model.errors == "robust":
        steps = (moved * (reach / errors)[:, None])[first:]
        for term, step in enumerate(steps):
            path = fit.coefficients + _PARTS_OF_LINE[:, None] * step
            lower[first + term], upper[first + term] = effect_range(
                model.matrix, model.terms, term, model.link, path
            )
    ratios = fit.coefficients / errors[:first]
    return Inference(errors, df, 2 * stdtr(df[:first], -np.abs(ratios)), lower, upper)


def _errors(model: Model, fit: Fit, contrasts: Floats) -> tuple[Floats, Floats]:
    """Return the covariance of the coefficients, and the degrees of freedom of each contrast."""
    if model.errors != "robust":
        return fit.covariance, np.full(len(contrasts), np.inf)
    p, slope, _ = probability(model.matrix @ fit.coefficients, model.link)
    spread = np.sqrt(np.clip(p * (1 - p), 1e-15, None))
    columns, residuals = model.matrix * (slope / spread)[:, None], (model.outcome - p) / spread
    kurtosis = _kurtosis(model.outcome.mean()) if model.profiled else 0.0
    found = sandwich(columns, residuals, model.groups, contrasts, kurtosis=kurtosis)
    own = np.square(contrasts @ np.linalg.inv(np.linalg.qr(columns, mode="r"))).sum(axis=1)
    spread_out = np.einsum("ij,ij->i", contrasts @ found.covariance, contrasts) > _ALIKE * own
    return found.covariance, np.where(found.told & spread_out, found.freedom, np.nan)


def _kurtosis(rate: float) -> float:
    """Return the excess kurtosis to suppose of the errors of a logit.

    That of yes or no is 1 / p(1 - p) - 6, from -2 at a rate of one half to 0 at one fifth. Rows differ in their rates,
    so that -1 is the least, and 0, which gives the degrees of freedom of normal errors, the most.
    """
    return float(np.clip(1 / (rate * (1 - rate)) - 6, -1, 0))


def _profiled(
    model: Model, fit: Fit, contrasts: Floats, errors: Floats, df: Floats, reach: Floats
) -> Inference:
    """Return what the profile likelihood says, once it is as wide as the sandwich and its t law call for."""
    from scipy.special import stdtr

    first = len(model.labels)
    ends = np.full((2, len(contrasts)), np.nan)
    p_values = np.full(first, np.nan)
    for number in np.flatnonzero(~np.isnan(df)).tolist():
        line = line_of(model.matrix, model.outcome, fit.coefficients, contrasts[number])
        wider = errors[number] / line.scale
        low, high = (line.end(side, reach[number] * wider) for side in (-1, 1))
        if number < first:
            ends[:, number] = [
                line.scale * end.place if line.bounds(end) else side * np.inf
                for end, side in ((low, -1), (high, 1))
            ]
            p_values[number] = 2 * stdtr(df[number], -line.fallen(line.point(0.0, line.top.rest)) / wider)
        else:
            path = line.path(low, high)
            ends[:, number] = effect_range(model.matrix, model.terms, number - first, model.link, path)
    return Inference(errors, df, p_values, ends[0], ends[1])
