"""Intervals for differences of the medians of types that may share firms, by inverting a score test.

A difference is refused where the ranks of its two medians lie too far from the middle, for what the counts of firms
below them vary together.  No density needs to be known well, and nothing is drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from shinrenkei.metrics._firms.summary import median_ranks
from shinrenkei.metrics._sandwich import sandwich

Pair = tuple[float, float]
ROUNDS = 20
PLAIN = 0  # the power of CR0: with the leverage taken out the test holds up to 99 % of few clusters
WIDEST = 0.45  # ranks, as shares, on either side of the middle from which a density is told
FIRMS_BEYOND = 2  # the rank of a middle value varies as 1 / (4 (n + 2))


def score_interval(
    values: np.ndarray, one: np.ndarray, two: np.ndarray, cluster: np.ndarray | None, confidence: float
) -> Pair:
    """Return the interval of the median of some firms less that of others, some of which may be the same.

    The two medians are moved along the line on which their difference is hardest to tell (the least favorable one),
    until the score test at the two values, with the covariance of the scores at those values, is at its critical
    value: the normal law's for firms; for clusters Student's with the degrees of freedom that Satterthwaite's
    approximation gives the sums of squares over clusters.

    Parameters
    ----------
    values : array of float, shape (N,)
        One value a firm.
    one, two : array of bool, shape (N,)
        The firms of either side.
    cluster : array of int, shape (N,), or None
        Clusters from 0 without gaps; without them firms are independent.
    confidence : float
        Level of the interval.

    Returns
    -------
    lower, upper : float
        Both are the estimate where the two sides are the same firms, or have one value. They are NaN where a side has
        too few firms for an interval of its median (see :func:`median_ranks`) or is in one cluster only, and where
        each cluster has as many firms above the medians as below.

    References
    ----------
    Francisco, C. A. and Fuller, W. A. (1991). Quantile estimation with a complex survey design. Annals of
    Statistics 19, 454-469 (a median's test and its inversion, by cluster). Woodruff, R. S. (1952). Confidence
    intervals for medians and other position measures. Journal of the American Statistical Association 47, 635-646.
    Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical Association 82,
    171-185 (the least favorable family). Satterthwaite, F. E. (1946). An approximate distribution of estimates of
    variance components. Biometrics Bulletin 2, 110-114.

    Examples
    --------
    >>> values = np.arange(40.0)
    >>> lower, upper = score_interval(values, values < 30, values >= 10, None, 0.95)
    >>> round(lower, 2), round(upper, 2)  # about -10
    (-19.49, -4.31)
    """
    if not all(median_ranks(int(side.sum()), confidence).outer for side in (one, two)):
        return math.nan, math.nan
    sides = _Side.of(values, one), _Side.of(values, two)
    if cluster is None:
        return _ends(_Firms(sides, np.sort(values[one & two])), confidence)
    return _ends(_Clusters(sides, cluster), confidence)


@dataclass(frozen=True)
class _Side:
    """The values of one side, in order and as they came, and the places of its firms."""

    ordered: np.ndarray
    values: np.ndarray
    firms: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, held: np.ndarray) -> _Side:
        return cls(np.sort(values[held]), values[held], np.flatnonzero(held))

    def read(self, share: float) -> float:
        """Return the value of a rank, told as a share, between the steps of the law joined at their middles."""
        last = self.ordered.size - 1
        # rounding must not decide whether the value is one of the firms' or a hair beside it
        place = round(min(max(self.ordered.size * share - 0.5, 0.0), last), 9)
        below = math.floor(place)
        low, high = self.ordered[below], self.ordered[min(below + 1, last)]
        return float(low + (place - below) * (high - low))

    def slope(self, step: float) -> float:
        """Return how much the median moves with its rank, over so large a share of the ranks on either side."""
        step = max(min(step, WIDEST), 1 / self.ordered.size)
        return (self.read(0.5 + step) - self.read(0.5 - step)) / (2 * step)


@dataclass(frozen=True)
class _Firms:
    """Two sides whose firms are independent, and the values of those that are on both, in order."""

    sides: tuple[_Side, _Side]
    shared: np.ndarray

    def covariance(self, at: Pair) -> tuple[float, float, float]:
        """Return the variances and the covariance of the shares of firms below two values."""
        one, two = (side.ordered.size for side in self.sides)
        between = abs(_below(self.shared, at[0]) - _below(self.shared, at[1]))
        same = self.shared.size - 2 * between  # less firms that are below one value and above the other
        roots = math.sqrt(one * (one + FIRMS_BEYOND) * two * (two + FIRMS_BEYOND))
        return 1 / (4 * (one + FIRMS_BEYOND)), 1 / (4 * (two + FIRMS_BEYOND)), same / (4 * roots)

    def freedom(self, _slopes: Pair) -> float:
        """Return the degrees of freedom of the test: the variance of a share of one half is known."""
        return math.inf


@dataclass(frozen=True)
class _Clusters:
    """Two sides whose firms hang together within clusters."""

    sides: tuple[_Side, _Side]
    cluster: np.ndarray

    def covariance(self, at: Pair) -> tuple[float, float, float]:
        """Return the variances and the covariance of the shares of firms below two values."""
        one, two = (self._scores(side, value) for side, value in zip(self.sides, at, strict=True))
        return float(one @ one), float(two @ two), float(one @ two)

    def freedom(self, slopes: Pair) -> float:
        """Return Satterthwaite's degrees of freedom; NaN where a side is in one cluster only."""
        if any(np.unique(self.cluster[side.firms]).size < 2 for side in self.sides):
            return math.nan
        firms = np.concatenate([side.firms for side in self.sides])
        first = np.arange(firms.size) < self.sides[0].firms.size
        units = np.unique(self.cluster[firms], return_inverse=True)[1]
        design = np.column_stack([first, ~first]).astype(np.float64)
        contrast = np.array([[slopes[0], -slopes[1]]])
        return float(sandwich(design, np.zeros(firms.size), units, contrast, PLAIN).freedom[0])

    def _scores(self, side: _Side, value: float) -> np.ndarray:
        """Return what each cluster adds to the share of firms below a value, less what was to be expected."""
        below, clusters = np.sign(value - side.values) / 2, int(self.cluster.max()) + 1
        return np.bincount(self.cluster[side.firms], below - below.mean(), clusters) / below.size


def _below(ordered: np.ndarray, value: float) -> float:
    """Return how many values are below one, half of those equal to it counted."""
    return float(np.searchsorted(ordered, value, "left") + np.searchsorted(ordered, value, "right")) / 2


def _ends(pair: _Firms | _Clusters, confidence: float) -> Pair:
    from scipy.special import stdtrit

    one, two = pair.sides
    middle = one.read(0.5), two.read(0.5)
    estimate = middle[0] - middle[1]
    errors = np.sqrt(pair.covariance(middle)[:2])
    normal = float(stdtrit(math.inf, (1 + confidence) / 2))
    slopes = one.slope(normal * float(errors[0])), two.slope(normal * float(errors[1]))
    if slopes == (0, 0):
        return estimate, estimate
    reach = float(stdtrit(pair.freedom(slopes), (1 + confidence) / 2))
    if not errors.any() or math.isnan(reach):
        return math.nan, math.nan
    lower = min(_end(pair, middle, slopes, -reach))
    upper = max(_end(pair, middle, slopes, reach))
    return min(lower, estimate), max(upper, estimate)


def _end(pair: _Firms | _Clusters, middle: Pair, slopes: Pair, reach: float) -> list[float]:
    """Return the difference at which the test is at its critical value; several where it goes back and forth."""
    at, found = middle, []
    for _ in range(ROUNDS):
        first, second, both = pair.covariance(at)
        steps = slopes[0] * first - slopes[1] * both, slopes[0] * both - slopes[1] * second
        variance = slopes[0] * steps[0] - slopes[1] * steps[1]
        error = math.sqrt(variance) if variance > 0 else math.inf
        moved = tuple(
            side.read(0.5 + reach * step / error) for side, step in zip(pair.sides, steps, strict=True)
        )
        found.append(moved[0] - moved[1])
        if moved == at:
            return found[-1:]
        at = moved[0], moved[1]
    return found[ROUNDS // 2 :]
