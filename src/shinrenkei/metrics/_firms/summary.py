"""Mean, median and their intervals for one group of firms."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from shinrenkei.metrics._firms.ordered import Ordered
from shinrenkei.metrics._firms.skewness import skewness_of_mean


@dataclass(frozen=True)
class Summary:
    """What is known of one group; NaN where the group is too small to tell.

    ``error``, ``df`` and ``skewness`` are the mean's standard error, its degrees of freedom and its skewness;
    ``further`` tells that the mean's interval was put further out for it.
    """

    n: int
    mean: float
    mean_lower: float
    mean_upper: float
    median: float
    median_lower: float
    median_upper: float
    trimmed_mean: float
    sd: float
    share_rose: float
    error: float = math.nan
    df: float = math.nan
    skewness: float = math.nan
    further: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class MedianRanks:
    """Which order statistics bound the median: ``weight`` of the outer one and the rest of the inner one.

    ``outer`` counts from 1; 0 says that the group is too small for an interval at this level.
    """

    outer: int
    weight: float


def median_ranks(n: int, confidence: float) -> MedianRanks:
    """Return the interpolated order statistics that cover the median of a continuous law.

    The ``d``-th values from either end cover the median with the known probability 1 - 2 P(B < d), B binomial
    with n trials of 1/2; between the two ``d`` around the level the interpolation of Hettmansperger and
    Sheather (1986) gives nearly the level itself, whatever the law.

    References
    ----------
    Hettmansperger, T. P. and Sheather, S. J. (1986). Confidence intervals based on interpolated order
    statistics. Statistics and Probability Letters 4, 75-79.
    Nyblom, J. (1992). Note on interpolated order statistics. Statistics and Probability Letters 14, 129-131.

    Examples
    --------
    >>> median_ranks(10, 0.95).outer, round(median_ranks(10, 0.95).weight, 3)
    (2, 0.342)
    """
    from scipy.special import bdtr, ndtri

    def coverage(d: int) -> float:
        return float(1 - 2 * bdtr(d - 1, n, 0.5)) if d > 0 else 1.0

    if n < 2 or coverage(1) < confidence:
        return MedianRanks(0, math.nan)
    d = max(1, int(n / 2 - float(ndtri((1 + confidence) / 2)) * math.sqrt(n) / 2))
    while coverage(d) < confidence:
        d -= 1
    while coverage(d + 1) >= confidence and 2 * (d + 1) <= n:
        d += 1
    outside, inside = coverage(d), coverage(d + 1)
    part = (outside - confidence) / (outside - inside)
    inner = (n - d) * part / (d + (n - 2 * d) * part)
    return MedianRanks(d, 1 - inner)


def wanted_ranks(n: int, confidence: float, trim_share: float) -> list[int]:
    """Return the ranks (from 0) that :func:`summarize` needs of a group of ``n``."""
    cut, d = int(trim_share * n), median_ranks(n, confidence).outer
    middle = [(n - 1) // 2, n // 2]
    return [cut, n - 1 - cut, *middle, *([d - 1, d, n - d - 1, n - d] if d else [])]


def summarize(group: Ordered, confidence: float, trim_share: float) -> Summary:
    """Describe one group of changes, every firm with the same weight.

    The interval of the mean is Student's; that of the median is by interpolated order statistics.
    """
    from scipy.special import stdtrit

    n, mean = group.n, group.mean
    sd = math.sqrt(group.squares / (n - 1)) if n > 1 else math.nan
    error = sd / math.sqrt(n)
    half = float(stdtrit(n - 1, (1 + confidence) / 2)) * error if n > 1 else math.nan
    ranks = median_ranks(n, confidence)
    d, outer = ranks.outer, ranks.weight
    lower = upper = math.nan
    if d:
        lower = outer * group.rank(d - 1) + (1 - outer) * group.rank(d)
        upper = outer * group.rank(n - d) + (1 - outer) * group.rank(n - d - 1)
    cut = int(trim_share * n)
    trimmed = group.total(cut, n - 1 - cut) / (n - 2 * cut)
    median = (group.rank((n - 1) // 2) + group.rank(n // 2)) / 2
    skewness = skewness_of_mean(n, mean, group.squares, group.cubes)
    return Summary(
        n,
        mean,
        mean - half,
        mean + half,
        median,
        lower,
        upper,
        trimmed,
        sd,
        group.rose / n,
        error,
        n - 1,
        skewness,
    )


def summarize_weighted(
    values: np.ndarray, weights: np.ndarray, confidence: float, trim_share: float
) -> Summary:
    """Describe one group of changes with survey weights.

    The interval of the mean is by linearization (see :func:`weighted_error`), that of the median by Woodruff's
    (1952) inversion of the interval of the share below it; both take firms as drawn one by one.

    References
    ----------
    Woodruff, R. S. (1952). Confidence intervals for medians and other position measures. Journal of the
    American Statistical Association 47, 635-646.
    """
    from scipy.special import stdtrit

    n = values.size
    if not n:
        return Summary(0, *[math.nan] * 9)
    order = np.argsort(values, kind="stable")
    values, shares = values[order], weights[order] / weights.sum()
    reach = np.cumsum(shares)
    mean = float(shares @ values)
    error, df = weighted_error(shares, values - mean)
    half = float(stdtrit(df, (1 + confidence) / 2)) * error
    median = _weighted_quantile(values, reach, 0.5)
    t = float(stdtrit(n - 1, (1 + confidence) / 2)) if n > 1 else math.nan
    reach_half = t * _linearized(shares, (values <= median) - 0.5)
    lower, upper = (
        _weighted_quantile(values, reach, 0.5 + sign * reach_half) if 0 < reach_half < 0.5 else math.nan
        for sign in (-1, 1)
    )
    kept = np.clip(np.minimum(reach, 1 - trim_share) - np.maximum(reach - shares, trim_share), 0, None)
    return Summary(
        n,
        mean,
        mean - half,
        mean + half,
        median,
        lower,
        upper,
        float(kept @ values / kept.sum()),
        math.sqrt(float(shares @ np.square(values - mean)) * n / (n - 1)) if n > 1 else math.nan,
        float(shares @ (values > 0)),
        error,
        df,
    )


def weighted_error(shares: np.ndarray, deviations: np.ndarray) -> tuple[float, float]:
    """Return the standard error of a weighted mean and its degrees of freedom (NaN for one value).

    The mean is a regression on a constant, with firm i's share of the weight w_i as its leverage. A heavy firm
    draws the mean to itself and so looks closer to it than it is: its squared deviation is divided by 1 - w_i (HC2).
    The degrees of freedom are those of the chi-square law with the error's first two moments for normal
    values of one variance. With equal weights both are those of Student's t.

    References
    ----------
    Bell, R. M. and McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with multi-stage
    samples. Survey Methodology 28, 169-181. Imbens, G. W. and Kolesár, M. (2016). Robust standard errors in small
    samples: some practical advice. Review of Economics and Statistics 98, 701-712, section II.

    Examples
    --------
    >>> error, df = weighted_error(np.array([0.5, 0.25, 0.25]), np.array([-1.0, 0.0, 2.0]))
    >>> round(error, 4), round(df, 4)
    (0.9129, 1.6)
    """
    if shares.size < 2:
        return math.nan, math.nan
    factors = np.square(shares) / np.maximum(1 - shares, 1e-12)  # one firm may have all the weight
    error = math.sqrt(float(factors @ np.square(deviations)))
    # the deviations' covariances are 1(i = j) - w_i - w_j + v, v the sum of squared shares; below, the trace of
    # their product with the factors and the sum of squares of its elements
    v = float(shares @ shares)
    all_, with_share, with_square = (float(factors @ shares**power) for power in range(3))
    trace = float(factors @ (1 - 2 * shares + v))
    pairs = v * v * all_**2 + 2 * all_ * with_square + 2 * with_share**2 - 4 * v * all_ * with_share
    own = float(np.square(factors) @ (1 + 2 * v - 4 * shares))
    df = trace * trace / (pairs + own) if pairs + own > 0 else 1.0
    return error, min(max(df, 1.0), shares.size - 1.0)


def _linearized(shares: np.ndarray, deviations: np.ndarray) -> float:
    n = shares.size
    return math.sqrt(float(np.square(shares * deviations).sum()) * n / (n - 1)) if n > 1 else math.nan


def _weighted_quantile(values: np.ndarray, reach: np.ndarray, at: float) -> float:
    """Return the smallest value with the share ``at`` of the weight up to it; the middle of two on a tie."""
    place = int(np.searchsorted(reach, at - 1e-12))
    if place >= values.size:
        return float(values[-1])
    if abs(reach[place] - at) < 1e-12 and place + 1 < values.size:
        return float((values[place] + values[place + 1]) / 2)
    return float(values[place])
