"""Bootstrap intervals: percentile and BCa, from resamples or from the known law of the statistic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from shinrenkei.metrics._firms.laws import (
    mean_below_itself,
    mean_quantiles,
    median_between,
    median_law,
    median_quantile,
)
from shinrenkei.metrics._firms.resampling import Sample, medians_without
from shinrenkei.metrics._firms.skewness import (
    for_skew,
    moments,
    too_skewed,
    with_what_the_tail_hides,
)

Statistic = Literal["mean", "median"]
Kind = Literal["expanded", "percentile", "bca"]
GroupKind = Literal["skew", "expanded", "percentile", "bca"]
ChangeKind = Literal["skew", "expanded", "percentile", "bca", "studentized", "score"]


@dataclass(frozen=True)
class Interval:
    """An estimate and the two ends of its interval."""

    estimate: float
    lower: float
    upper: float


def levels(confidence: float, bias: float = 0.0, acceleration: float = 0.0) -> tuple[float, float]:
    """Return the two probabilities at which the bootstrap's law is read.

    ``bias`` (z0) and ``acceleration`` (a) of zero give the percentile interval; else these are equations 14.9
    and 14.10 of Efron and Tibshirani (1993), An Introduction to the Bootstrap.

    Examples
    --------
    >>> [round(level, 3) for level in levels(0.90, bias=0.146, acceleration=0.061)]
    [0.11, 0.984]
    """
    from scipy.special import ndtr, ndtri

    found = []
    for probability in ((1 - confidence) / 2, (1 + confidence) / 2):
        z = bias + float(ndtri(probability))
        found.append(float(ndtr(bias + z / (1 - acceleration * z))))
    return found[0], found[1]


def expanded(confidence: float, units: int) -> float:
    """Return the level at which the percentile interval of so few units must be read to hold ``confidence``.

    The bootstrap's law is too narrow by sqrt((n - 1) / n), and normal where Student's t is due; Hesterberg's
    expanded percentile interval makes up for both.

    References
    ----------
    Hesterberg, T. C. (2015). What teachers should know about the bootstrap. The American Statistician 69, 371-386,
    section 5.3.

    Examples
    --------
    >>> round(expanded(0.95, 30), 4), round(expanded(0.95, 100_000), 4)
    (0.9625, 0.95)
    """
    from scipy.special import ndtr, stdtrit

    if units < 2:
        return confidence
    reach = float(stdtrit(units - 1, (1 + confidence) / 2)) * (units / (units - 1)) ** 0.5
    return min(
        float(2 * ndtr(reach) - 1), 1 - 1e-15
    )  # 2 or 3 units call for more than a float can tell from 1


def law_interval(values: np.ndarray, statistic: Statistic, kind: Kind, confidence: float) -> Interval:
    """Return the interval of one group's mean or median from the law of the resampled statistic.

    The expanded interval of an odd number's median lies between the values: those themselves would hold anything
    from 94 to 97 % in place of 95 % for 31 to 41 values.
    """
    estimate = float(values.mean() if statistic == "mean" else np.median(values))
    bias = acceleration = 0.0
    if kind == "bca":
        bias, acceleration = _corrections(values, statistic, estimate)
    elif kind == "expanded":
        confidence = expanded(confidence, values.size)
    read = levels(confidence, bias, acceleration)
    if statistic == "mean":
        return Interval(estimate, *mean_quantiles(values, read))
    quantile = median_between if kind == "expanded" and values.size % 2 else median_quantile
    return Interval(estimate, *(quantile(values, level) for level in read))


def reaching_for_skew(values: np.ndarray, found: Interval, confidence: float) -> Interval:
    """Return the interval of the mean of two values or more, put further out where they are strongly skewed.

    Either end is then at least as far out as that of :func:`for_skew`: Student's, reaching to the long tail.
    """
    from scipy.special import stdtrit

    mean, error, skewness = moments(values)
    if not too_skewed(skewness):
        return found
    t = float(stdtrit(values.size - 1, (1 + confidence) / 2))
    lower, upper = for_skew(mean, error, t, with_what_the_tail_hides(values, skewness))
    return Interval(found.estimate, min(found.lower, lower), max(found.upper, upper))


def _corrections(values: np.ndarray, statistic: Statistic, estimate: float) -> tuple[float, float]:
    """Return z0 and a of one group's statistic."""
    from scipy.special import ndtri

    if statistic == "mean":
        deviations = values - estimate
        spread = float(np.square(deviations).sum())
        if not spread:
            return 0.0, 0.0
        return float(ndtri(mean_below_itself(values))), float((deviations**3).sum()) / (6 * spread**1.5)
    below = median_law(values, np.nextafter(estimate, -np.inf))
    bias = float(ndtri((below + median_law(values, estimate)) / 2))
    return bias, skewness_of_jackknife(medians_without_each(values)[:, None])[0]


def medians_without_each(values: np.ndarray) -> np.ndarray:
    """Return the median without each value in turn; it can only take three values."""
    n = values.size
    ranks = np.empty(n, np.int64)
    ranks[np.argsort(values, kind="stable")] = np.arange(n)
    half = n // 2
    around = np.sort(
        np.partition(values, [max(half - 1, 0), min(half + 1, n - 1)])[max(half - 1, 0) : half + 2]
    )
    if n % 2:
        lower, middle, upper = around[0], around[1], around[2]
        outcomes = ((middle + upper) / 2, (lower + upper) / 2, (lower + middle) / 2)
        return np.select([ranks < half, ranks == half], outcomes[:2], outcomes[2])
    return np.where(ranks < half, around[1], around[0])


def skewness_of_jackknife(without: np.ndarray) -> np.ndarray:
    """Return the acceleration a of each column from the statistic without each unit (rows)."""
    deviations = np.nanmean(without, axis=0) - without
    spread = np.nansum(np.square(deviations), axis=0) ** 1.5
    return np.nansum(deviations**3, axis=0) / np.where(spread > 0, 6 * spread, np.inf)


def drawn_intervals(
    draws: np.ndarray, estimates: np.ndarray, confidence: Sequence[float], without: np.ndarray | None
) -> np.ndarray:
    """Return the ends (rows) of the interval of each statistic (columns), at the level of each.

    BCa where ``without``, the jackknife, is given.
    """
    from scipy.special import ndtri

    ends = np.full((2, estimates.size), np.nan)
    accelerations = np.zeros(estimates.size) if without is None else skewness_of_jackknife(without)
    for k, estimate in enumerate(estimates):
        column = draws[~np.isnan(draws[:, k]), k]
        if not column.size or np.isnan(estimate):
            continue
        bias = 0.0
        if without is not None:
            slack = 1e-9 * float(
                np.abs(column).max()
            )  # the same statistic in another order of sums is the same
            below = np.count_nonzero(column < estimate - slack)
            share = (below + np.count_nonzero(column <= estimate + slack)) / 2
            # every resample on one side would put the interval's ends at infinity
            bias = float(ndtri(np.clip(share, 0.5, column.size - 0.5) / column.size))
        ends[:, k] = np.quantile(column, levels(confidence[k], bias, float(accelerations[k])))
    return ends


def jackknife(sample: Sample, statistic: Statistic, workers: int) -> np.ndarray:
    """Return the statistic of each type (columns) without each unit in turn (rows)."""
    held = sample.answers.table()[sample.answers.codes]
    if statistic == "median" and sample.unit.size:
        return medians_without(sample, workers)
    if statistic == "median":
        without = np.empty(held.shape)
        for k in range(held.shape[1]):
            members = sample.values[held[:, k]]
            without[:, k] = np.median(members) if members.size else np.nan
            if members.size > 1:
                without[held[:, k], k] = medians_without_each(members)
        return without
    unit = sample.unit if sample.unit.size else np.arange(sample.units)
    sizes = np.stack([np.bincount(unit[column], minlength=sample.units) for column in held.T], axis=1)
    totals = np.stack(
        [np.bincount(unit[column], sample.values[column], sample.units) for column in held.T], axis=1
    )
    rest = sizes.sum(axis=0) - sizes
    return np.divide(totals.sum(axis=0) - totals, rest, out=np.full(rest.shape, np.nan), where=rest > 0)
