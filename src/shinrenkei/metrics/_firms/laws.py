"""The law of the bootstrap's mean and median, without resampling.

The median of a resample of n values is an order statistic of n uniform ranks, whose law is known: its interval
here is what infinitely many resamples would give. The mean of a resample has no such closed law; its quantiles
here are by saddlepoint (Lugannani and Rice), an approximation of relative error of order 1/n to the bootstrap's
law, not a resampling.

References
----------
Efron, B. (1982). The Jackknife, the Bootstrap and Other Resampling Plans, chapter 10. SIAM.
Davison, A. C. and Hinkley, D. V. (1988). Saddlepoint approximations in resampling methods. Biometrika 75, 417-431.
Lugannani, R. and Rice, S. (1980). Saddle point approximation for the distribution of the sum of independent
random variables. Advances in Applied Probability 12, 475-490.
"""

from __future__ import annotations

import math

import numpy as np

from shinrenkei.metrics._firms.jit import compiled

REACH = 40  # ranks between the two middle values of a resample; farther apart they lie with less than e**-40
NEAR = 20  # ranks between the quantile of the median and that of the lower of the two middle values


@compiled
def _tilted(values, t):  # type: ignore[no-untyped-def]
    """Return log mean exp(t y) and its first and second derivative in t."""
    total = first = second = 0.0
    for y in values:
        e = math.exp(t * y)
        total += e
        first += y * e
        second += y * y * e
    first /= total
    return math.log(total / values.size), first, second / total - first * first


@compiled
def _normal(w):  # type: ignore[no-untyped-def]
    return 0.5 * math.erfc(-w / math.sqrt(2.0))


@compiled
def _tail(values, t):  # type: ignore[no-untyped-def]
    """Return the resampled mean's probability up to the point that t tilts to, its slope in t, and the point."""
    n = values.size
    k, at, spread = _tilted(values, t)
    w = math.copysign(math.sqrt(max(2 * n * (t * at - k), 0.0)), t)
    v = t * math.sqrt(n * spread)
    density = math.exp(-0.5 * w * w) / math.sqrt(2 * math.pi)
    return _normal(w) + density * (1 / w - 1 / v), density * math.sqrt(n * spread), at


@compiled
def tilted_quantile(values, probability, start):  # type: ignore[no-untyped-def]
    """Return the quantile of the mean of n draws from standardized values, and whether it was found."""
    t = start / math.sqrt(values.size)
    at = 0.0
    for _ in range(30):
        reached, slope, at = _tail(values, t)
        step = (probability - reached) / max(slope, 1e-300)
        limit = 0.5 * abs(t)
        step = min(max(step, -limit), limit)
        t += step
        if abs(step) < 1e-9 * abs(t):
            return _tilted(values, t)[1], True
    return at, False


@compiled
def _shortfall(values, first, at, count, half):  # type: ignore[no-untyped-def]
    """Return P(lower middle value up to ``at``, but the average of the two middle values above it).

    ``values`` are sorted values, the first of them of rank ``first`` (from 1); ``count`` are not above ``at``.
    """
    n = 2 * half
    log_choose = math.lgamma(n + 1.0) - 2 * math.lgamma(half + 1.0)
    total = 0.0
    upper = count
    for place in range(count - 1, -1, -1):
        while upper < values.size and (values[place] + values[upper]) / 2 <= at:
            upper += 1
        rank, partner = first + place, first + upper - 1  # the last partner that keeps the average down
        if partner >= n:
            break
        before = half * math.log((rank - 1) / rank) if rank > 1 else -np.inf
        log_term = log_choose + half * (math.log(rank / n) + math.log((n - partner) / n))
        term = math.exp(log_term) * -math.expm1(before)
        total += term
        if term < 1e-17:
            break
    return total


@compiled
def even_quantile(values, first, reached, centre, half, probability):  # type: ignore[no-untyped-def]
    """Return the quantile of the average of the two middle values of a resample of 2 ``half`` values.

    ``reached`` is the probability that the lower of the two has at most each of the ranks from ``centre`` on.
    """
    below, above = values[max(centre - first, 0)], values[min(centre - first + reached.size, values.size) - 1]
    for step in range(120):
        middle = below if step == 0 else below + (above - below) / 2
        if step and (middle <= below or middle >= above):
            break
        count = np.searchsorted(values, middle, side="right")
        place = first + count - 1 - centre  # of the highest rank not above the middle
        found = 1.0
        if place < 0:
            found = 0.0
        elif place < reached.size:
            found = reached[place] - _shortfall(values, first, middle, count, half)
        if found >= probability:
            above = middle
        else:
            below = middle
    return above


def median_quantile(values: np.ndarray, probability: float) -> float:
    """Return a quantile of the median of resamples of ``values``, exactly.

    Examples
    --------
    >>> import numpy as np
    >>> median_quantile(np.arange(1.0, 12.0), 0.025), median_quantile(np.arange(1.0, 12.0), 0.975)
    (3.0, 9.0)
    """
    from scipy.special import betainc, betaincinv

    n = values.size
    lower = (n + 1) // 2  # rank of the middle value, or of the lower of the two
    centre = max(1, math.ceil(n * float(betaincinv(lower, n - lower + 1, probability)) - 1e-9))
    if n % 2:
        return float(np.partition(values, centre - 1)[centre - 1])
    near = max(1, centre - NEAR)
    window, first = _window(values, near - REACH, centre + NEAR + REACH)
    reached = betainc(lower, n - lower + 1, np.arange(near, min(n, centre + NEAR) + 1) / n)
    return float(even_quantile(window, first, reached, near, n // 2, probability))


def median_law(values: np.ndarray, at: float) -> float:
    """Return the probability that the median of a resample is at most ``at``, exactly."""
    from scipy.special import betainc

    n = values.size
    lower = (n + 1) // 2
    count = int(np.count_nonzero(values <= at))
    reached = float(betainc(lower, n - lower + 1, count / n)) if count else 0.0
    if n % 2 or not count:
        return reached
    window, first = _window(values, count - REACH, count + REACH)
    return reached - float(_shortfall(window, first, at, count - first + 1, n // 2))


def _window(values: np.ndarray, first: int, last: int) -> tuple[np.ndarray, int]:
    """Return the sorted values from one rank to another, as far as they exist, and the rank of the first."""
    first, last = max(1, first), min(values.size, last)
    return np.sort(np.partition(values, [first - 1, last - 1])[first - 1 : last]), first


def mean_quantile(values: np.ndarray, probability: float) -> float:
    """Return a quantile of the mean of resamples of ``values``, by saddlepoint.

    Examples
    --------
    >>> import numpy as np
    >>> round(mean_quantile(np.arange(101.0), 0.025), 2)
    44.32
    """
    from scipy.special import ndtri

    mean, sd = float(values.mean()), float(values.std())
    if sd == 0 or abs(probability - 0.5) < 1e-9:
        return mean
    found, settled = tilted_quantile((values - mean) / sd, probability, float(ndtri(probability)))
    if not settled:
        message = f"the saddlepoint of the mean of {values.size} values was not found"
        raise ArithmeticError(message)
    return mean + sd * float(found)
