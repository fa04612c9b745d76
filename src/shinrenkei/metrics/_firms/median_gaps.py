"""Intervals for differences of the medians of types that may share firms, by inverting a score test.

A difference is refused where the ranks of its two medians lie too far from the middle, for what the counts of firms
below them vary together.  No density needs to be known well, and nothing is drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from shinrenkei.metrics._firms.resampling import Sample

Pair = tuple[float, float]
ROUNDS = 20
WIDEST = 0.45  # ranks, as shares, on either side of the middle from which a density is told
FIRMS_BEYOND = 2  # the rank of a middle value varies as 1 / (4 (n + 2))


def score_interval(sample: Sample, base: int, confidence: float) -> np.ndarray:
    """Return the ends (rows) of the interval of each type's median less that of the type number ``base``.

    The two medians are moved along the line on which their difference is hardest to tell (the least favorable one),
    until the score test at the two values, with the covariance of the scores at those values, is at its critical
    value: the normal law's for firms, Student's with the number of clusters less one for clusters.

    Parameters
    ----------
    sample : Sample
        Firms with the types they have, and the clusters they are in, if any.
    base : int
        The number of the type to compare with.
    confidence : float
        Level of the intervals.

    Returns
    -------
    array of float, shape (2, K)
        Both ends are the estimate where all firms of a type and the base are the same, or have one value; they are
        NaN for a type without firms, and where each cluster has as many firms above the median as below.

    References
    ----------
    Francisco, C. A. and Fuller, W. A. (1991). Quantile estimation with a complex survey design. Annals of
    Statistics 19, 454-469 (a median's test and its inversion, by cluster). Woodruff, R. S. (1952). Confidence
    intervals for medians and other position measures. Journal of the American Statistical Association 47, 635-646.
    Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical Association 82,
    171-185 (the least favorable family).
    """
    from scipy.special import stdtrit

    held = sample.answers.table()[sample.answers.codes]
    reach = float(stdtrit(sample.units - 1 if sample.unit.size else np.inf, (1 + confidence) / 2))
    of_base = _Group.of(sample, held[:, base])
    ends = [
        _ends(_Pair(_Group.of(sample, column), of_base, column & held[:, base], sample), reach)
        for column in held.T
    ]
    return np.array(ends).T


@dataclass(frozen=True)
class _Group:
    """The values of a type's firms in order, and which firms they are."""

    ordered: np.ndarray
    firms: np.ndarray

    @classmethod
    def of(cls, sample: Sample, held: np.ndarray) -> _Group:
        return cls(np.sort(sample.values[held]), np.nonzero(held)[0])

    def read(self, share: float) -> float:
        """Return the value of a rank, told as a share, between the steps of the law joined at their middles."""
        last = self.ordered.size - 1
        place = min(max(self.ordered.size * share - 0.5, 0.0), last)
        below = math.floor(place)
        one, two = self.ordered[below], self.ordered[min(below + 1, last)]
        return float(one + (place - below) * (two - one))

    def spread(self) -> float:
        """Return how far apart the largest and the smallest value are."""
        return float(self.ordered[-1] - self.ordered[0])

    def slope(self, error: float, reach: float) -> float:
        """Return how much the median moves with its rank, over the ranks that it may have."""
        step = max(min(reach * error, WIDEST), 1 / self.ordered.size)
        return (self.read(0.5 + step) - self.read(0.5 - step)) / (2 * step)


class _Pair:
    """Two types whose medians are compared."""

    def __init__(self, one: _Group, two: _Group, shared: np.ndarray, sample: Sample) -> None:
        self.groups = one, two
        self._sample = sample
        self._shared = np.sort(sample.values[shared])

    def covariance(self, at: Pair) -> tuple[float, float, float]:
        """Return the variances and the covariance of the shares of firms below two values."""
        if self._sample.unit.size:
            return self._by_cluster(at)
        one, two = (group.ordered.size for group in self.groups)
        between = abs(_below(self._shared, at[0]) - _below(self._shared, at[1]))
        same = self._shared.size - 2 * between  # less firms that are below one value and above the other
        roots = math.sqrt(one * (one + FIRMS_BEYOND) * two * (two + FIRMS_BEYOND))
        return 1 / (4 * (one + FIRMS_BEYOND)), 1 / (4 * (two + FIRMS_BEYOND)), same / (4 * roots)

    def _by_cluster(self, at: Pair) -> tuple[float, float, float]:
        one, two = (self._scores(group, value) for group, value in zip(self.groups, at, strict=True))
        return float(one @ one), float(two @ two), float(one @ two)

    def _scores(self, group: _Group, value: float) -> np.ndarray:
        """Return what each cluster adds to the share of firms below a value, less what was to be expected."""
        values = self._sample.values[group.firms]
        below = np.sign(value - values) / 2
        units = self._sample.unit[group.firms]
        return np.bincount(units, below - below.mean(), self._sample.units) / values.size


def _below(ordered: np.ndarray, value: float) -> float:
    """Return how many values are below one, half of those equal to it counted."""
    return float(np.searchsorted(ordered, value, "left") + np.searchsorted(ordered, value, "right")) / 2


def _ends(pair: _Pair, reach: float) -> Pair:
    one, two = pair.groups
    if not one.ordered.size:
        return math.nan, math.nan
    middle = one.read(0.5), two.read(0.5)
    estimate = middle[0] - middle[1]
    errors = np.sqrt(pair.covariance(middle)[:2])
    if not errors.any() and one.spread() + two.spread() > 0:
        return math.nan, math.nan
    slopes = one.slope(float(errors[0]), reach), two.slope(float(errors[1]), reach)
    lower = min(_end(pair, middle, slopes, -reach))
    upper = max(_end(pair, middle, slopes, reach))
    return min(lower, estimate), max(upper, estimate)


def _end(pair: _Pair, middle: Pair, slopes: Pair, reach: float) -> list[float]:
    """Return the difference at which the test is at its critical value; several where it goes back and forth."""
    at, found = middle, []
    for _ in range(ROUNDS):
        first, second, both = pair.covariance(at)
        steps = slopes[0] * first - slopes[1] * both, slopes[0] * both - slopes[1] * second
        variance = slopes[0] * steps[0] - slopes[1] * steps[1]
        error = math.sqrt(variance) if variance > 0 else math.inf
        moved = tuple(
            group.read(0.5 + reach * step / error) for group, step in zip(pair.groups, steps, strict=True)
        )
        found.append(moved[0] - moved[1])
        if moved == at:
            return found[-1:]
        at = moved[0], moved[1]
    return found[ROUNDS // 2 :]
