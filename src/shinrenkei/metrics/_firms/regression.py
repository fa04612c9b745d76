"""Least squares and median regression with errors that hold for unequal variances or within clusters."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from shinrenkei.errors import InputError
from shinrenkei.metrics._firms.design import Design, inverse_of_gram


@dataclass(frozen=True)
class Fit:
    """Coefficients, their covariance and the degrees of freedom of its t law."""

    coefficients: np.ndarray
    covariance: np.ndarray
    df: int


def ols(y: np.ndarray, design: Design, cluster: np.ndarray | None) -> Fit:
    """Fit by least squares; covariance HC3, or CR1 by cluster.

    HC3 divides each residual by one less its leverage; CR1 sums scores by cluster and is multiplied with
    G/(G-1) (n-1)/(n-k), G clusters, as other packages do. A firm that the model fits exactly because no other
    shares its category (leverage 1) adds nothing.

    References
    ----------
    MacKinnon, J. G. and White, H. (1985). Some heteroskedasticity-consistent covariance matrix estimators with
    improved finite sample properties. Journal of Econometrics 29, 305-325. Cameron, A. C. and Miller, D. L.
    (2015). A practitioner's guide to cluster-robust inference. Journal of Human Resources 50, 317-372.
    """
    gram, moment = 0.0, 0.0
    for rows, x in design.blocks():
        gram, moment = gram + x.T @ x, moment + x.T @ y[rows]
    inverse = inverse_of_gram(np.asarray(gram), design.names())
    beta = inverse @ moment
    scores = _Scores.of(inverse.shape[0], cluster)
    for rows, x in design.blocks():
        residuals = y[rows] - x @ beta
        if cluster is None:
            freedom = 1 - np.einsum("ij,ij->i", x @ inverse, x)
            residuals = np.divide(residuals, freedom, out=np.zeros_like(residuals), where=freedom > 1e-10)
        scores.add(x * residuals[:, None], rows)
    meat, groups = scores.meat(design.rows)
    df = design.rows - beta.size if cluster is None else groups - 1
    return Fit(beta, inverse @ meat @ inverse, df)


def median_regression(y: np.ndarray, design: Design, cluster: np.ndarray | None) -> Fit:
    """Fit the median; covariance by a kernel estimate of the density, or the same by cluster.

    The density of each residual at zero is by a Gaussian kernel whose variance is that of a triangle over the
    bandwidth of Hall and Sheather (1988). R's quantreg (``se = "ker"``) takes the bandwidth itself for the kernel's
    standard deviation; its errors are about 60 % too large for 30 firms, and 20 % for 300.

    References
    ----------
    Portnoy, S. and Koenker, R. (1997). The Gaussian hare and the Laplacian tortoise. Statistical Science 12,
    279-300. Powell, J. L. (1991), in Nonparametric and Semiparametric Methods in Econometrics, 357-384.
    Parente, P. and Santos Silva, J. (2016). Quantile regression with clustered data. Journal of Econometric
    Methods 5, 1-15.
    """
    x = design.block(slice(0, design.rows))
    gram = x.T @ x
    inverse_of_gram(gram, design.names())
    beta = frisch_newton(x, y)
    residuals = y - x @ beta
    density = kernel_density(residuals, residuals)
    bread = np.linalg.inv((x * density[:, None]).T @ x)
    if cluster is None:
        return Fit(beta, bread @ gram @ bread / 4, design.rows - beta.size)
    scores = _Scores.of(beta.size, cluster)
    scores.add(x * (0.5 - (residuals < 0))[:, None], slice(0, design.rows))
    meat, groups = scores.meat(design.rows)
    return Fit(beta, bread @ meat @ bread, groups - 1)


@dataclass
class _Scores:
    """Scores summed firm by firm (as their cross product) or cluster by cluster."""

    total: np.ndarray
    cluster: np.ndarray | None

    @classmethod
    def of(cls, columns: int, cluster: np.ndarray | None) -> _Scores:
        """Return empty sums."""
        rows = columns if cluster is None else int(cluster.max()) + 1
        return cls(np.zeros((rows, columns)), cluster)

    def add(self, scores: np.ndarray, rows: slice) -> None:
        """Add the scores of some firms."""
        if self.cluster is None:
            self.total += scores.T @ scores
        else:
            np.add.at(self.total, self.cluster[rows], scores)

    def meat(self, rows: int) -> tuple[np.ndarray, int]:
        """Return the middle of the sandwich, and the number of clusters."""
        if self.cluster is None:
            return self.total, rows
        groups, columns = self.total.shape
        return cluster_factor(groups, rows, columns) * self.total.T @ self.total, groups


def cluster_factor(groups: int, rows: int, columns: int) -> float:
    """Return the factor of the CR1 covariance for few clusters."""
    return groups / (groups - 1) * (rows - 1) / (rows - columns)


def kernel_density(residuals: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the kernel's weight at zero of each of ``at``, with the bandwidth that ``residuals`` call for."""
    width = bandwidth(residuals) / np.sqrt(6)
    return np.exp(-0.5 * np.square(at / width)) / (np.sqrt(2 * np.pi) * width)


def bandwidth(residuals: np.ndarray) -> float:
    """Return the bandwidth of Hall and Sheather for the median, on the scale of the residuals.

    References
    ----------
    Hall, P. and Sheather, S. J. (1988). On the distribution of a studentized quantile. Journal of the Royal
    Statistical Society B 50, 381-391. Koenker, R. (2005). Quantile Regression, section 3.4.2.
    """
    from scipy.special import ndtri

    h = hall_sheather(residuals.size, 0.5)
    while h >= 0.5:
        h /= 2
    low, high = np.quantile(residuals, [0.25, 0.75])
    spread = min(float(residuals.std(ddof=1)), float(high - low) / 1.34) or float(residuals.std(ddof=1))
    return float(2 * ndtri(0.5 + h)) * spread


def hall_sheather(n: int, at: float) -> float:
    """Return the bandwidth of Hall and Sheather (1988) for the quantile at a probability, as a probability.

    Examples
    --------
    >>> round(hall_sheather(100, 0.5), 4), round(hall_sheather(100, 0.05), 4)
    (0.2093, 0.0457)
    """
    from scipy.special import ndtri

    x, z = float(ndtri(at)), float(ndtri(0.975))
    density = math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return float((1.5 * (z * density) ** 2 / (n * (2 * x * x + 1))) ** (1 / 3))


def frisch_newton(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the coefficients of the median regression by the interior point method of Portnoy and Koenker (1997).

    The dual is solved: weights in [0, 1] on the firms, with X'w = X'1/2, that maximize y'w.
    """
    n, scale = y.size, float(y.std()) or 1.0
    cost = -y / scale
    w, s = np.full(n, 0.5), np.full(n, 0.5)
    beta = np.linalg.solve(x.T @ x, x.T @ cost)
    r = cost - x @ beta
    z = np.maximum(r, 0) + 1e-3  # both parts of the residual above zero
    v = z - r
    for _ in range(100):
        gap = float(z @ w + v @ s)
        if gap < 1e-9 * n:
            break
        q = 1 / (z / w + v / s)
        weighted = x * q[:, None]
        gram = weighted.T @ x
        rest = z - v
        # near the solution few firms have any weight left, and the matrix may be singular
        step = np.linalg.lstsq(gram, weighted.T @ rest)[0]
        dw = q * (x @ step - rest)
        dz, dv = -z * (1 + dw / w), -v * (1 - dw / s)
        primal, dual = _room((w, dw), (s, -dw)), _room((z, dz), (v, dv))
        if min(primal, dual) < 1:
            # Mehrotra's second step: towards the centre, with the products that the first step left out
            ahead = (z + dual * dz) @ (w + primal * dw) + (v + dual * dv) @ (s - primal * dw)
            mu = gap * (ahead / gap) ** 3 / (2 * n)
            centre = mu * (1 / w - 1 / s) - dw * dz / w - dw * dv / s
            step = np.linalg.lstsq(gram, weighted.T @ (rest - centre))[0]
            new = q * (x @ step - rest + centre)
            dz, dv = (mu - dw * dz - z * new) / w - z, (mu + dw * dv + v * new) / s - v
            dw = new
            primal, dual = _room((w, dw), (s, -dw)), _room((z, dz), (v, dv))
        w, s = w + primal * dw, s - primal * dw
        beta, z, v = beta + dual * step, z + dual * dz, v + dual * dv
    if gap > 1e-5 * n:
        message = "The median regression did not settle; leave out controls that few firms differ in."
        raise InputError(message)
    return -beta * scale


def _room(*pairs: tuple[np.ndarray, np.ndarray]) -> float:
    """Return the longest step, up to 1, that keeps all variables above zero."""
    longest = 1.0
    for value, step in pairs:
        falling = step < 0
        if falling.any():
            longest = min(longest, 0.9995 * float(np.min(-value[falling] / step[falling])))
    return longest
