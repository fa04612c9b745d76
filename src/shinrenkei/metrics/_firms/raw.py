"""Plain differences between groups that may share firms, with errors of the same kind as the regressions'."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from shinrenkei.metrics._firms.regression import cluster_factor, kernel_density


def raw_differences(
    y: np.ndarray, held: np.ndarray, base: int | None, cluster: np.ndarray | None, *, median: bool
) -> Iterator[tuple[float, float]]:
    """Yield, for each type (columns of ``held``), its difference and the difference's standard error.

    Without a base from the firms that do not have the type, else from those of the base, some of which may be
    the same firms: the error is from each firm's share in the difference, as HC3 or summed by cluster.
    """
    for k in range(held.shape[1]):
        other = ~held[:, k] if base is None else held[:, base]
        one, share = _centre(y, held[:, k], cluster, median=median)
        two, other_share = _centre(y, other, cluster, median=median)
        shares = share - other_share
        if cluster is None:
            yield one - two, math.sqrt(float(shares @ shares))
        else:
            sums = np.bincount(cluster, shares)
            yield one - two, math.sqrt(cluster_factor(sums.size, y.size, 2) * float(sums @ sums))


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
