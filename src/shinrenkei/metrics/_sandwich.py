"""Sandwich errors without the bias of small samples, and the degrees of freedom of their t laws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shinrenkei.metrics._intervals import Floats

_NUMBERS_AT_ONCE = 1 << 22
_FITTED = 1 - 1e-9  # a leverage above this is 1: nothing is left of the residual
_NOTHING = 1e-12
_ENOUGH = 0.9  # an effect may hang a little on a coefficient whose error is not told
BIAS_REDUCED = -0.5


@dataclass(frozen=True)
class Sandwich:
    """A covariance, and what is known of the errors of some contrasts of the coefficients.

    Attributes
    ----------
    covariance : array of float, shape (K, K)
        Of the coefficients.
    freedom : array of float, shape (C,)
        Satterthwaite's degrees of freedom of each contrast.
    told : array of bool, shape (C,)
        Whether the data tell the error of each contrast, which they do not where a tenth of its variance or more
        is from what only one row or cluster has; for a power of -1/2 or -1.
    """

    covariance: Floats
    freedom: Floats
    told: np.ndarray


def sandwich(
    matrix: Floats,
    residuals: Floats,
    cluster: np.ndarray | None,
    contrasts: Floats,
    power: float = BIAS_REDUCED,
    kurtosis: float = 0.0,
) -> Sandwich:
    """Return the sandwich of a least squares fit in which each cluster's leverage is taken out of its residuals.

    The residuals of a cluster are multiplied with (I - H)^power, where H is the cluster's block of the hat matrix:
    power -1/2 makes HC2 and CR2, which have no bias where errors are alike and independent, -1 HC3 and CR3 (Mancl
    and DeRouen), 0 HC0 and CR0.  A generalized linear model is taken as its last weighted least squares.

    Parameters
    ----------
    matrix : array of float, shape (N, K)
        The columns, times the square root of the rows' weights.
    residuals : array of float, shape (N,)
        Times the square root of the weights.
    cluster : array of int, shape (N,), or None
        Clusters from 0 without gaps; without them each row is one.
    contrasts : array of float, shape (C, K)
        Sums of coefficients whose degrees of freedom are wanted.
    power : float, default -1/2
        How the leverage is taken out.
    kurtosis : float, default 0
        Excess kurtosis that the degrees of freedom suppose of the rows' errors; 0 is that of normal ones, for which
        Bell and McCaffrey gave them.

    Returns
    -------
    Sandwich

    References
    ----------
    Kauermann, G. and Carroll, R. J. (2001). A note on the efficiency of sandwich covariance matrix estimation.
    Journal of the American Statistical Association 96, 1387-1396. Bell, R. M. and McCaffrey, D. F. (2002). Bias
    reduction in standard errors for linear regression with multi-stage samples. Survey Methodology 28, 169-181.
    Mancl, L. A. and DeRouen, T. A. (2001). A covariance estimator for GEE with improved small-sample properties.
    Biometrics 57, 126-134.
    """
    columns, triangle = np.linalg.qr(matrix)
    root = np.linalg.inv(triangle)
    towards = contrasts @ root
    values = np.column_stack([residuals, columns @ towards.T])
    meat = np.zeros((matrix.shape[1], matrix.shape[1]))
    spread = _Spread.of(len(contrasts), matrix.shape[1])
    squares = np.empty((len(matrix), len(contrasts))) if kurtosis else None
    for rows in _batches(cluster, len(matrix), values.shape[1] + 2 * matrix.shape[1]):
        block = columns[rows]
        freed = _freed(block, values[rows], power)
        scores = np.einsum("gmk,gm->gk", block, freed[..., 0])
        meat += scores.T @ scores
        own = spread.add(block, freed[..., 1:])
        if squares is not None:
            squares[rows] = own
    fourth = 0.0 if squares is None else kurtosis * spread.fourth(columns, squares)
    # without bias the trace is the variance itself; what is fitted exactly has no residual and lacks in it
    told = spread.trace > _ENOUGH * np.square(towards).sum(axis=1)
    return Sandwich(root @ meat @ root.T, spread.freedom(fourth), told)


def _batches(cluster: np.ndarray | None, rows: int, width: int) -> Iterator[np.ndarray]:
    """Yield row numbers of shape (clusters, size): clusters of one size together, not too many at once."""
    if cluster is None:
        order, sizes = np.arange(rows), np.ones(rows, dtype=int)
    else:
        order, sizes = np.argsort(cluster, kind="stable"), np.bincount(cluster)
    starts = np.cumsum(sizes) - sizes
    for size in np.unique(sizes):
        alike = starts[sizes == size]
        step = max(1, _NUMBERS_AT_ONCE // (int(size) * width))
        for first in range(0, len(alike), step):
            yield order[alike[first : first + step, None] + np.arange(size)]


def _freed(block: Floats, values: Floats, power: float) -> Floats:
    """Return ``values`` (G, M, C) times (I - QQ')^power for the blocks Q (G, M, K) of orthonormal columns."""
    if block.shape[1] == 1:
        leverage = np.square(block).sum(axis=2, keepdims=True)
        return np.asarray(values * _factor(leverage, power))
    across = block.transpose(0, 2, 1)
    if block.shape[1] <= block.shape[2]:
        leverage, left = np.linalg.eigh(block @ across)
        change = _factor(leverage, power) - 1
    else:
        leverage, turned = np.linalg.eigh(across @ block)
        left = block @ turned  # of squared length leverage
        change = (_factor(leverage, power) - 1) / np.where(leverage > _NOTHING, leverage, np.inf)
    return np.asarray(values + left @ (change[..., None] * (left.transpose(0, 2, 1) @ values)))


def _factor(leverage: Floats, power: float) -> Floats:
    """Return (1 - leverage)^power, and 0 where the leverage is 1, as then the fit is exact."""
    room = np.where(leverage < _FITTED, 1 - leverage, 1.0)
    return np.where(leverage < _FITTED, room**power, 0.0)


@dataclass
class _Spread:
    """Sums for the law of a contrast's estimated variance, under independent errors that are alike.

    The estimate is the sum of squares of one linear form a cluster.  Their covariance P is diagonal less a product
    of low rank; the variance has the mean tr P and the variance 2 tr P^2, as has a chi-square times a constant with
    (tr P)^2 / tr P^2 degrees of freedom.  Where errors have an excess kurtosis k, the variance is 2 tr P^2 + k sum b^2,
    with b a row's sum of squared weights in the forms.
    """

    trace: Floats
    squares: Floats
    products: Floats

    @classmethod
    def of(cls, contrasts: int, columns: int) -> _Spread:
        """Return empty sums."""
        return cls(np.zeros(contrasts), np.zeros(contrasts), np.zeros((contrasts, columns, columns)))

    def add(self, block: Floats, along: Floats) -> Floats:
        """Add clusters by their blocks (G, M, K) and the weights of their rows in each contrast (G, M, C).

        Returned is what each row's own cluster adds to its b, save a part that all clusters have alike.
        """
        own = np.square(along).sum(axis=1)
        shared = along.transpose(0, 2, 1) @ block
        lost = np.square(shared).sum(axis=2)
        self.trace += (own - lost).sum(axis=0)
        self.squares += (own**2 - 2 * own * lost).sum(axis=0)
        self.products += shared.transpose(1, 2, 0) @ shared.transpose(1, 0, 2)
        return np.asarray(along * (along - 2 * block @ shared.transpose(0, 2, 1)))

    def fourth(self, columns: Floats, own: Floats) -> Floats:
        """Return the sum of b^2 of each contrast, from the columns (N, K) and what :meth:`add` returned (N, C)."""
        alike = np.stack([((columns @ one) * columns).sum(axis=1) for one in self.products], axis=1)
        return np.asarray(np.square(own + alike).sum(axis=0))

    def freedom(self, fourth: Floats | float) -> Floats:
        """Return the degrees of freedom of each contrast; ``fourth`` is k sum b^2."""
        size = self.squares + np.square(self.products).sum(axis=(1, 2)) + fourth / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.maximum(np.square(self.trace) / size, 1.0)
