"""The interval of a mean of few, strongly skewed values: which means need more than Student's, and how much."""

from __future__ import annotations

import math

import numpy as np

FIRMS_A_SQUARED_SKEWNESS = 25
_FEWEST = 10  # a third to two thirds of normal samples of fewer values look strongly skewed
_NO_SPREAD = 1e-12  # of the mean: what is left of equal values by rounding


def skewness_of_mean(n: int, mean: float, squares: float, cubes: float) -> float:
    """Return the skewness of a mean: that of its ``n`` values, divided by the root of ``n``; 0 for fewer than ten.

    ``squares`` and ``cubes`` are the values' deviations from the mean, squared and cubed and added up. The values'
    skewness is the adjusted one (G1 of Joanes and Gill), of cumulants without bias: the plain one is too small in
    small samples.

    References
    ----------
    Joanes, D. N. and Gill, C. A. (1998). Comparing measures of sample skewness and kurtosis. The Statistician 47,
    183-189 (their G1).
    """
    if n < _FEWEST or math.sqrt(squares / n) <= _NO_SPREAD * abs(mean):
        return 0.0
    return math.sqrt(n * (n - 1)) / (n - 2) * cubes / squares / math.sqrt(squares)


def moments(values: np.ndarray) -> tuple[float, float, float]:
    """Return the mean of two values or more, its standard error and its skewness (:func:`skewness_of_mean`).

    Examples
    --------
    >>> mean, error, skewness = moments(np.array([0.0] * 8 + [1.0, 9.0]))
    >>> mean, round(error, 3), round(skewness, 3)
    (1.0, 0.894, 0.978)
    """
    n, mean = values.size, float(values.mean())
    off = values - mean
    squared = off * off
    squares = float(squared.sum())
    return mean, math.sqrt(squares / (n - 1) / n), skewness_of_mean(n, mean, squares, float(squared @ off))


def with_what_the_tail_hides(values: np.ndarray, skewness: float) -> float:
    """Return the skewness of the mean of ten values or more, without its bias where that makes it stronger.

    The skewness of a sample is too weak where the long tail is seen by few values. The jackknife takes out what depends
    on their number (Quenouille).

    References
    ----------
    Quenouille, M. H. (1956). Notes on bias in estimation. Biometrika 43, 353-360.

    Examples
    --------
    >>> values = np.append(np.arange(29.0), 60.0)
    >>> skewness = moments(values)[2]
    >>> round(skewness, 3), round(with_what_the_tail_hides(values, skewness), 3)
    (0.318, 0.529)
    """
    n, off = values.size, values - values.mean()
    squares, cubes = float(off @ off), float(off**2 @ off)
    moved = off / (n - 1)  # of the mean, without each value
    squares_without = squares - off**2 * n / (n - 1)
    cubes_without = cubes - off**3 + 3 * moved * (squares - off**2) - 3 * moved**2 * off + (n - 1) * moved**3
    known = squares_without > _NO_SPREAD * squares
    if not known.all():  # the others are all the same
        return skewness
    without = math.sqrt(n - 1) * cubes_without / squares_without**1.5
    jackknifed = n * math.sqrt(n) * cubes / squares**1.5 - (n - 1) * float(without.mean())
    return max(skewness, jackknifed / math.sqrt(n), key=lambda one: one * math.copysign(1, skewness))


def too_skewed(skewness: float) -> bool:
    """Return whether Student's 95 % interval of a mean of this skewness may fail in more than 6 % of samples.

    This is Cochran's rule: n values of skewness G are too few up to 25 G^2, where the mean's skewness is 0.2.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd edition, section 2.15. Wiley.

    Examples
    --------
    >>> too_skewed(1.9 / 100**0.5), too_skewed(-2.1 / 100**0.5)
    (False, True)
    """
    return FIRMS_A_SQUARED_SKEWNESS * skewness * skewness >= 1


def for_skew(mean: float, error: float, t: float, skewness: float) -> tuple[float, float]:
    """Return the ends of a mean's interval: Student's, put further out where they must be for a strongly skewed mean.

    Hall's transformation takes the skewness a out of the studentized mean T: T + a T^2 / 3 + a^2 T^3 / 27 + a / 6 has
    nearly Student's law. It always rises with T, and so its interval is known in closed form. Where the mean is too
    skewed (:func:`too_skewed`), either end is the farther one of that interval and of Student's; it is the
    end on the side of the long tail that moves. ``t`` is Student's quantile, ``error`` the mean's standard error.

    References
    ----------
    Hall, P. (1992). On the removal of skewness by transformation. Journal of the Royal Statistical Society B 54,
    221-228. Zhou, X.-H. and Dinh, P. (2005). Nonparametric confidence intervals for the one- and two-sample problems.
    Biostatistics 6, 187-200.

    Examples
    --------
    >>> values = np.array([0.0, 0.0, 1.0, 1.0, 2.0, 3.0, 5.0, 9.0, 15.0, 64.0])  # Student's: 10 - 14.0 and 10 + 14.0
    >>> mean, error, skewness = moments(values)
    >>> [round(end, 1) for end in for_skew(mean, error, 2.262, skewness)]
    [-4.0, 52.4]
    """
    lower, upper = mean - t * error, mean + t * error
    if not too_skewed(skewness):
        return lower, upper
    low, high = (mean - _with_skewness(side, skewness) * error for side in (t, -t))
    return min(lower, low), max(upper, high)


def _with_skewness(transformed: float, skewness: float) -> float:
    """Return the studentized mean that Hall's transformation takes to ``transformed``."""
    return 3 / skewness * (math.cbrt(1 + skewness * (transformed - skewness / 6)) - 1)
