"""The law of the bootstrap's mean and median, without resampling.

The median of a resample of n values is an order statistic of n uniform ranks, whose law is known: its interval
here is what infinitely many resamples would give. The sum of a resample has the n-fold convolution of the values'
own law, which is found on a fine grid by the fast Fourier transform: outliers, ties and few values are no trouble.

References
----------
Efron, B. (1982). The Jackknife, the Bootstrap and Other Resampling Plans, chapter 10. SIAM.
Embrechts, P., Grübel, R. and Pitts, S. M. (1993). Some applications of the fast Fourier transform algorithm in
insurance mathematics. Statistica Neerlandica 47, 59-75.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from shinrenkei.metrics._firms.jit import compiled

REACH = 40  # ranks between the two middle values of a resample; farther apart they lie with less than e**-40
NEAR = 20  # ranks between the quantile of the median and that of the lower of the two middle values
POINTS = 1 << 16  # of the grid on which the law of the mean stands
SPAN = 32  # standard errors that the grid spans; one value drawn k times moves the mean by at most k of them


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
    found = float(even_quantile(window, first, reached, near, n // 2, probability))
    close = float(window[np.abs(window - found).argmin()])  # halving comes near a value, not to it
    return close if abs(found - close) <= 1e-12 * (window[-1] - window[0]) else found


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


def median_between(values: np.ndarray, probability: float) -> float:
    """Return a quantile of the median of an odd number of values, read between the steps of its law.

    Such a median is always one of the values; the law's steps are joined at their middles.

    Examples
    --------
    >>> import numpy as np
    >>> round(median_between(np.arange(1.0, 12.0), 0.025), 2), median_between(np.arange(1.0, 12.0), 0.5)
    (3.07, 6.0)
    """
    from scipy.special import betaincinv

    n, middle = values.size, (values.size + 1) // 2
    place = n * float(betaincinv(middle, n - middle + 1, probability)) - 0.5  # from 0
    below = min(max(math.floor(place), 0), n - 2)
    one, two = np.partition(values, [below, below + 1])[below : below + 2]
    return float(one + min(max(place - below, 0.0), 1.0) * (two - one))


def mean_quantile(values: np.ndarray, probability: float) -> float:
    """Return a quantile of the mean of resamples of ``values``, to a hundredth of its standard error or better.

    Examples
    --------
    >>> import numpy as np
    >>> round(mean_quantile(np.arange(101.0), 0.025), 2)
    44.32
    """
    return mean_quantiles(values, [probability])[0]


def mean_quantiles(values: np.ndarray, probabilities: Sequence[float]) -> list[float]:
    """Return several quantiles of the mean of resamples from one reckoning of its law."""
    least, most, mean = (float(function(values)) for function in (np.min, np.max, np.mean))
    if least == most:
        return [least] * len(probabilities)
    law, step = _law_of_mean(values)
    edges = (np.arange(law.size + 1) - law.size // 2 - 0.5) * step
    reached = np.concatenate([[0.0], np.cumsum(law)])
    found = mean + np.interp(probabilities, reached, edges)
    return np.clip(found, least, most).tolist()


def mean_below_itself(values: np.ndarray) -> float:
    """Return the probability that the mean of a resample is below the mean, half of a tie counted."""
    if values.min() == values.max():
        return 0.5
    law, _ = _law_of_mean(values)
    middle = law.size // 2
    return float(law[:middle].sum() + law[middle] / 2)


def _law_of_mean(values: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the law of the resampled mean on a grid around the mean, and the grid's step.

    Each value is shared by the two grid points around it, which keeps the mean; that widens the law a little,
    and the step is set so that the standard error is the right one.
    """
    n, sd = values.size, float(values.std())
    at = (values - values.mean()) / sd * (POINTS / SPAN / math.sqrt(n))
    below = np.floor(at)
    share = at - below
    places = below.astype(np.int64)
    one = np.bincount(places % POINTS, 1 - share, POINTS) + np.bincount((places + 1) % POINTS, share, POINTS)
    law = np.fft.irfft(_power(np.fft.rfft(one / n), n), POINTS)
    variance = float(np.mean((1 - share) * below**2 + share * (below + 1) ** 2))
    return np.fft.fftshift(np.maximum(law, 0)), sd / (n * math.sqrt(variance))


def _power(base: np.ndarray, n: int) -> np.ndarray:
    """Return complex numbers to a whole power by squaring, which is much faster than by logarithms."""
    found = np.ones_like(base)
    while n:
        if n & 1:
            found *= base
        base = base * base
        n >>= 1
    return found
