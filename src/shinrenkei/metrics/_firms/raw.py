"""Plain differences between groups that may share firms; those of means with errors of the regressions' kind."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from shinrenkei.metrics._firms.median_gaps import score_interval
from shinrenkei.metrics._firms.regression import cluster_factor
from shinrenkei.metrics._sandwich import sandwich

Difference = tuple[float, float, float]


def raw_differences(
    y: np.ndarray, held: np.ndarray, base: int | None, cluster: np.ndarray | None, confidence: float
) -> Iterator[Difference]:
    """Yield, for each type (columns of ``held``), the difference of its mean and the two ends of its interval.

    Without a base from the firms that do not have the type, else from those of the base, some of which may be
    the same firms: the error is from each firm's share in the difference, as HC3 or summed by cluster.
    """
    for one, two in _compared(held, base):
        centre, share = _centre(y, one, cluster)
        other, other_share = _centre(y, two, cluster)
        shares = share - other_share
        if cluster is None:
            error, df = math.sqrt(float(shares @ shares)), y.size - 2
        else:
            sums = np.bincount(cluster, shares)
            error = math.sqrt(cluster_factor(sums.size, y.size, 2) * float(sums @ sums))
            df = sums.size - 1
        yield _by_student(centre - other, error, df, confidence)


def median_differences(
    y: np.ndarray, held: np.ndarray, base: int | None, cluster: np.ndarray | None, confidence: float
) -> Iterator[Difference]:
    """Yield the same for medians, by inverting a score test."""
    for one, two in _compared(held, base):
        difference = float(np.median(y[one]) - np.median(y[two]))
        yield difference, *score_interval(y, one, two, cluster, confidence)


def bias_reduced_differences(
    y: np.ndarray, held: np.ndarray, base: int | None, cluster: np.ndarray | None, confidence: float
) -> Iterator[Difference]:
    """Yield the same for means, with HC2 or CR2 and Satterthwaite's degrees of freedom.

    The firms of the two sides are stacked, so that a firm of both comes twice, in one cluster.
    """
    unit = np.arange(y.size) if cluster is None else cluster
    for sides in _compared(held, base):
        rows = np.concatenate([np.flatnonzero(side) for side in sides])
        first = np.arange(rows.size) < sides[0].sum()
        one, two = (float(y[side].mean()) for side in sides)
        found = sandwich(
            np.column_stack([first, ~first]).astype(np.float64),
            y[rows] - np.where(first, one, two),
            np.unique(unit[rows], return_inverse=True)[1],
            np.array([[1.0, -1.0]]),
        )
        error = math.sqrt(float(found.covariance @ [1, -1] @ [1, -1])) if found.told[0] else math.nan
        yield _by_student(one - two, error, float(found.freedom[0]), confidence)


def _compared(held: np.ndarray, base: int | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the firms of each type but the base, and those that they are compared with."""
    for k in range(held.shape[1]):
        if k != base:
            yield held[:, k], ~held[:, k] if base is None else held[:, base]


def _by_student(difference: float, error: float, df: float, confidence: float) -> Difference:
    from scipy.special import stdtrit

    reach = float(stdtrit(df, (1 + confidence) / 2)) * error
    return difference, difference - reach, difference + reach


def _centre(y: np.ndarray, inside: np.ndarray, cluster: np.ndarray | None) -> tuple[float, np.ndarray]:
    """Return the mean of some firms, and each firm's share in its error."""
    values, shares = y[inside], np.zeros(y.size)
    centre = float(values.mean())
    shares[inside] = (values - centre) / (values.size - (cluster is None))  # HC3: leverage is 1/n
    return centre, shares
