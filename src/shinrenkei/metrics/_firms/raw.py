"""Plain differences between groups that may share firms, with errors of the same kind as the regressions'."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from shinrenkei.metrics._firms.regression import cluster_factor, kernel_density
from shinrenkei.metrics._sandwich import sandwich


def raw_differences(
    y: np.ndarray, held: np.ndarray, base: int | None, cluster: np.ndarray | None, *, median: bool
) -> Iterator[tuple[float, float, float]]:
    """Yield, for each type (columns of ``held``), its difference, the standard error and the degrees of freedom.

    Without a base from the firms that do not have the type, else from those of the base, some of which may be
    the same firms: the error is from each firm's share in the difference, as HC3 or summed by cluster.
    """
    for k in _compared(held, base):
        other = ~held[:, k] if base is None else held[:, base]
        one, share = _centre(y, held[:, k], cluster, median=median)
        two, other_share = _centre(y, other, cluster, median=median)
        shares = share - other_share
        if cluster is None:
            yield one - two, math.sqrt(float(shares @ shares)), y.size - 2
        else:
            sums = np.bincount(cluster, shares)
            error = math.sqrt(cluster_factor(sums.size, y.size, 2) * float(sums @ sums))
            yield one - two, error, sums.size - 1


def bias_reduced_differences(
    y: np.ndarray, held: np.ndarray, base: int | None, cluster: np.ndarray | None
) -> Iterator[tuple[float, float, float]]:
    """Yield the same with HC2 or CR2 and Satterthwaite's degrees of freedom.

    The firms of the two sides are stacked, so that a firm of both comes twice, in one cluster.
    """
    unit = np.arange(y.size) if cluster is None else cluster
    for k in _compared(held, base):
        sides = [np.flatnonzero(held[:, k]), np.flatnonzero(~held[:, k] if base is None else held[:, base])]
        rows, first = np.concatenate(sides), np.arange(sum(side.size for side in sides)) < sides[0].size
        one, two = (float(y[side].mean()) for side in sides)
        found = sandwich(
            np.column_stack([first, ~first]).astype(np.float64),
            y[rows] - np.where(first, one, two),
            np.unique(unit[rows], return_inverse=True)[1],
            np.array([[1.0, -1.0]]),
        )
        error = math.sqrt(float(found.covariance @ [1, -1] @ [1, -1])) if found.told[0] else math.nan
        yield one - two, error, float(found.freedom[0])


def _compared(held: np.ndarray, base: int | None) -> list[int]:
    return [k for k in range(held.shape[1]) if k != base]


def _centre(
    y: np.ndarray, inside: np.ndarray, cluster: np.ndarray | None, *, median: bool
) -> tuple[float, np.ndarray]:
    """Return the mean or median of some firms, and each firm's share in its error."""
    values = y[inside]
    shares = np.zeros(y.size)
    if median:
        centre = float(np.median(values))
        density = float(kernel_density(values - centre, values - centre).mean())
        shares[inside] = (0.5 - (values < centre)) / (density * values.size)
        return centre, shares
    centre = float(values.mean())
    shares[inside] = (values - centre) / (values.size - (cluster is None))  # HC3: leverage is 1/n
    return centre, shares
