"""The profile likelihood of a logit along a coefficient, or along a sum of coefficients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from shinrenkei.metrics._intervals import Floats

_EXACT = 1e-11
_NEAR = 1e-6  # the likelihood is flat at its top: what is left after so small a step does not show in it
_MOST_STEPS = 100
_LEAST_WEIGHT = 1e-10  # plans that are surer than this tell nothing of the other coordinates
_SURE = 25.0  # log of odds, beyond the surest plan of the estimates; past it nothing is bounded by the data
_LONGEST = 2.0  # change of any log of odds on the way to an end


@dataclass(frozen=True)
class Point:
    """A place on the line and the other coordinates that fit best there.

    With the log-likelihood and its slope along the line, and the size of the largest logarithm of odds.
    """

    place: float
    rest: Floats
    likelihood: float
    slope: float
    surest: float


@dataclass(frozen=True)
class Line:
    """A logit in coordinates of which the first, times ``scale``, is a sum of its coefficients.

    Attributes
    ----------
    columns : array of float, shape (N, K)
        What goes with the coordinates. At the estimates these are uncorrelated, with an error of 1 by the model.
    turn : array of float, shape (K, K)
        Makes coefficients of coordinates.
    scale : float
        The error of the sum by the model.
    outcome : array of float, shape (N,)
        1 for yes and 0 for no.
    top : Point
        The estimates.
    """

    columns: Floats
    turn: Floats
    scale: float
    outcome: Floats
    top: Point

    def point(self, place: float, start: Floats) -> Point:
        """Return the best fit with the first coordinate at ``place``, by Newton's method from ``start``.

        A step that moves no log of odds by more than 1 raises the likelihood, as the curvature changes on it by
        less than a factor of e; a longer one is cut to that.
        """
        others, rest = self.columns[:, 1:], start
        linear = self.columns @ np.append(place, rest)
        for _ in range(_MOST_STEPS):
            p = expit(linear)
            weight = np.maximum(p * (1 - p), _LEAST_WEIGHT)
            step = np.linalg.solve((others.T * weight) @ others, others.T @ (self.outcome - p))
            moved = others @ step
            cut = 1 / max(1.0, np.abs(moved).max())
            rest, linear = rest + cut * step, linear + cut * moved
            if np.abs(step).max(initial=0.0) <= _NEAR:
                break
        likelihood = self.outcome @ linear - np.logaddexp(0, linear).sum()
        slope = self.columns[:, 0] @ (self.outcome - expit(linear))
        return Point(place, rest, float(likelihood), float(slope), float(np.abs(linear).max()))

    def fallen(self, point: Point) -> float:
        """Return the root of twice the fall of the log-likelihood: errors, if the law were normal."""
        return float(np.sqrt(max(2 * (self.top.likelihood - point.likelihood), 0.0)))

    def end(self, side: int, reach: float) -> Point:
        """Return where the profile has fallen as far as a normal law falls at ``reach`` errors.

        Where it has not done so before some plan is as good as sure, that point is returned: nothing bounds the sum.

        Parameters
        ----------
        side : {-1, 1}
            Below or above the estimates.
        reach : float
            Errors of the normal law.
        """
        if reach < _NEAR:  # a fall too small for a float to hold, as where clusters are exactly alike
            return self.point(self.top.place + side * reach, self.top.rest)
        longest = _LONGEST / float(np.abs(self.columns[:, 0]).max())
        here, step = self.top, side * min(reach, longest)
        for _ in range(_MOST_STEPS):
            here = self.point(here.place + step, here.rest)
            # the fall is convex: once past the end, Newton's steps come back and never pass it again
            short = reach**2 / 2 - (self.top.likelihood - here.likelihood)
            step = float(np.clip(-short / here.slope, -longest, longest))
            if abs(step) <= _EXACT * reach or (short > 0 and not self.bounds(here)):
                break
        return here

    def bounds(self, point: Point) -> bool:
        """Return whether a point is an end, and not just as far out as was looked."""
        return point.surest <= self.top.surest + _SURE

    def path(self, low: Point, high: Point) -> Floats:
        """Return the coefficients that fit best at the ends, at the estimates and half way to them, shape (5, K)."""
        halves = [
            self.point((end.place + self.top.place) / 2, (end.rest + self.top.rest) / 2)
            for end in (low, high)
        ]
        points = low, halves[0], self.top, halves[1], high
        return np.array([self.turn @ np.append(one.place, one.rest) for one in points])


def line_of(matrix: Floats, outcome: np.ndarray, coefficients: Floats, contrast: Floats) -> Line:
    """Turn a logit's coordinates so that the first one is a sum of its coefficients.

    Parameters
    ----------
    matrix : array of float, shape (N, K)
        The columns of the model.
    outcome : array of bool, shape (N,)
        What it foretells.
    coefficients : array of float, shape (K,)
        The estimates of greatest likelihood, which must be finite.
    contrast : array of float, shape (K,)
        What each coefficient counts in the sum.

    Returns
    -------
    Line

    Examples
    --------
    The interval of Wilks for the logarithm of an odds ratio, of 15 in 20 and 8 in 20:

    >>> matrix = np.column_stack([np.repeat([1.0, 0.0], 20), np.ones(40)])
    >>> outcome = np.arange(40) % 20 < np.repeat([15, 8], 20)
    >>> line = line_of(matrix, outcome, np.log([3 / (2 / 3), 2 / 3]), np.array([1.0, 0.0]))
    >>> [round(line.scale * line.end(side, 1.96).place, 3) for side in (-1, 1)]
    [0.198, 2.932]
    """
    linear = matrix @ coefficients
    p = expit(linear)
    triangle = np.linalg.qr(matrix * np.sqrt(p * (1 - p))[:, None], mode="r")
    root = np.linalg.inv(triangle)
    towards = contrast @ root
    basis = np.linalg.qr(np.column_stack([towards, np.eye(len(towards))]))[0]
    basis[:, 0] *= np.sign(basis[:, 0] @ towards)
    centre, yes = basis.T @ (triangle @ coefficients), outcome.astype(np.float64)
    top = Point(
        float(centre[0]),
        centre[1:],
        float(yes @ linear - np.logaddexp(0, linear).sum()),
        0.0,
        float(np.abs(linear).max()),
    )
    turn = root @ basis
    return Line(matrix @ turn, turn, float(np.linalg.norm(towards)), yes, top)
