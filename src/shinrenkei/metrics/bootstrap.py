"""Bootstrap and permutation, by firm or by cluster: seeded, the same answer on any number of workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.metrics._firms.changes import (
    Changes,
    Columns,
    Deflator,
    Method,
    few_clusters,
    grouping,
    panel_columns,
    read_changes,
    unit_numbers,
)
from shinrenkei.metrics._firms.groups import group_values, shown_types
from shinrenkei.metrics._firms.intervals import (
    Interval,
    Kind,
    Statistic,
    drawn_intervals,
    expanded,
    jackknife,
    law_interval,
)
from shinrenkei.metrics._firms.resampling import resampled, sample_of
from shinrenkei.metrics._frames import By, check_confidence, check_whole, one_of
from shinrenkei.metrics._resampled_frames import bootstrap, check_counts, permutation_test, threads

_NONE = Interval(float("nan"), float("nan"), float("nan"))
__all__ = ["Interval", "bootstrap", "bootstrap_change", "bootstrap_interval", "permutation_test"]

LAWS = {
    "median": "exact law of the resampled median (order statistics); no resampling",
    "mean": "law of the resampled mean (convolution by fast Fourier transform); no resampling",
}


def bootstrap_interval(
    values: Sequence[float] | np.ndarray | pd.Series,
    statistic: Statistic = "mean",
    *,
    interval: Kind = "expanded",
    confidence: float = 0.95,
) -> Interval:
    """Return the bootstrap interval of one group's mean or median, without resampling.

    The median of a resample is an order statistic whose law is known exactly; the sum of a resample has the n-fold
    convolution of the values' law, which is found to a hundredth of a standard error or better. The interval is
    therefore the one that infinitely many resamples would give: there is no Monte Carlo error and no seed.

    Parameters
    ----------
    values : array of float
        One value a firm, without missing or infinite ones; at least two.
    statistic : {"mean", "median"}, default "mean"
        What to estimate.
    interval : {"expanded", "percentile", "bca"}, default "expanded"
        Percentile, expanded for the number of values (Hesterberg 2015); plain percentile; or bias-corrected and
        accelerated (Efron 1987). The latter two hold less than their level below about 100 values.
    confidence : float, default 0.95
        Level of the interval, between 0 and 1.

    Returns
    -------
    Interval
        ``estimate``, ``lower`` and ``upper``, in the unit of ``values``.

    Raises
    ------
    InputError
        Where there are fewer than two values, or missing or infinite ones.

    References
    ----------
    Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical Association 82,
    171-185. Hesterberg, T. C. (2015). What teachers should know about the bootstrap. The American Statistician 69,
    371-386. Efron, B. (1982). The Jackknife, the Bootstrap and Other Resampling Plans, chapter 10. Embrechts, P.,
    Grübel, R. and Pitts, S. M. (1993). Some applications of the fast Fourier transform algorithm in insurance
    mathematics. Statistica Neerlandica 47, 59-75.

    Examples
    --------
    >>> bootstrap_interval([1.0, 2.0, 4.0, 7.0, 11.0, 16.0, 22.0], "median", interval="percentile")
    Interval(estimate=7.0, lower=2.0, upper=16.0)
    """
    one_of(statistic, get_args(Statistic), "statistic")
    one_of(interval, get_args(Kind), "interval")
    check_confidence(confidence)
    array = np.asarray(values, dtype=np.float64)
    bad = int(np.count_nonzero(~np.isfinite(array)))
    if array.ndim != 1 or array.size < 2 or bad:
        message = f"values has {array.size} values, {bad} of them missing or infinite; expected two or more numbers."
        raise InputError(message)
    return law_interval(array, statistic, interval, confidence)


def bootstrap_change(
    firms: IntoFrame,
    by: By = "partner_type",
    start: int = 2013,
    end: int = 2018,
    *,
    statistic: Statistic = "mean",
    base: str | None = None,
    joint: bool = False,
    cluster: str | None = None,
    interval: Kind = "expanded",
    resamples: int = 2000,
    seed: int = 0,
    workers: int | None = None,
    types: Sequence[str] | None = None,
    method: Method = "level",
    deflator: Deflator = None,
    min_firms: int = 3,
    small: int = 30,
    confidence: float = 0.95,
    columns: Columns = None,
) -> pd.DataFrame:
    """Return bootstrap intervals for the change of labor productivity, by type of partner.

    Parameters
    ----------
    firms, by, start, end, types, method, deflator, min_firms, small, columns
        As for :func:`shinrenkei.metrics.productivity.productivity_change`.
    statistic : {"mean", "median"}, default "mean"
        What to estimate of each type.
    base : str, optional
        Estimate each type's difference from this one; types are then resampled together.
    joint : bool, default False
        Resample firms for all types together. Without it, and without ``base`` and ``cluster``, each type has
        the interval of :func:`bootstrap_interval`, which needs no resampling.
    cluster : str, optional
        Column of the start year (industry, region, ...) whose values are resampled whole.
    interval : {"expanded", "percentile", "bca"}, default "expanded"
        Percentile, expanded for the number of firms of the type (the smaller of two, or the clusters); plain
        percentile; or bias-corrected and accelerated, its acceleration by jackknife of the same units. The latter
        two hold less than their level below about 100 firms or clusters.
    resamples : int, default 2000
        Number of resamples; without resampling it does not matter.
    seed : int, default 0
        The same seed gives the same table, whatever the engine, the order of rows and ``workers``.
    workers : int, optional
        Threads; without it one for each processor.
    confidence : float, default 0.95
        Level of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        A row a type: ``by``, ``n``, ``estimate``, ``lower``, ``upper`` (thousand yen a person, or log points)
        and ``note``. In ``attrs``: ``law`` (how the interval was found), ``units`` (resampled), ``left_out``,
        ``notes`` and the parameters.

    Raises
    ------
    InputError
        As for :func:`shinrenkei.metrics.productivity.productivity_change`; where a firm has no cluster, or
        there is only one cluster.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap, chapters 13 and 14. Chapman & Hall.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({
    ...     "firm_id": [1, 1, 2, 2, 3, 3, 4, 4], "year": [2013, 2018] * 4, "employees": [10] * 8,
    ...     "value_added_yen": [50e6, 60e6, 40e6, 45e6, 70e6, 68e6, 50e6, 52e6], "partner_type": "university",
    ... })
    >>> bootstrap_change(firms, statistic="median")[["n", "estimate", "lower", "upper"]]
       n  estimate  lower   upper
    0  4     350.0 -200.0  1000.0
    """
    for name, value, known in (
        ("statistic", statistic, Statistic),
        ("interval", interval, Kind),
        ("method", method, Method),
    ):
        one_of(value, get_args(known), name)
    check_confidence(confidence)
    check_counts(resamples=resamples)
    check_whole("seed", seed, 0)
    chosen, groups = panel_columns(columns), grouping(firms, by)
    at_start = {cluster: "label"} if cluster else {}
    found = read_changes(
        firms, groups, start, end, method=method, columns=chosen, deflator=deflator, at_start=at_start
    ).in_order()
    shown = shown_types(found.answers.labels, types, groups.name)
    if base is not None and base not in found.answers.labels:
        error = unknown_name("base", base, map(str, found.answers.labels))
        raise error
    sizes = [one.size for one in group_values(found.change, found.answers, shown)]
    drawing = _Drawing(statistic, interval, confidence, resamples, seed, threads(workers), max(min_firms, 2))
    if base is None and cluster is None and not joint:
        rows, law, units = _by_law(found, shown, drawing), LAWS[statistic], found.change.size
    else:
        unit = unit_numbers(found, cluster) if cluster else None
        rows = _drawn(found, shown, base, unit, drawing)
        units = found.change.size if unit is None else int(unit.max()) + 1
        law = f"{resamples} resamples of {units} {f'clusters ({cluster})' if cluster else 'firms'}"
    table = pd.DataFrame({groups.name: shown, "n": sizes})
    for name in ("estimate", "lower", "upper"):
        table[name] = [getattr(one, name) for one in rows]
    table["note"] = [
        _note(size, label, base, drawing.min_firms, small) for size, label in zip(sizes, shown, strict=True)
    ]
    table.attrs = {
        "law": law,
        "statistic": statistic,
        "interval": interval,
        "base": base,
        "confidence": confidence,
        "resamples": resamples,
        "seed": seed,
        "units": units,
        "left_out": found.left_out,
        "notes": found.notes
        + ([] if shown else [f"no firm names any {groups.name}"])
        + ([] if cluster is None else few_clusters(units)),
    }
    return table


@dataclass(frozen=True)
class _Drawing:
    statistic: Statistic
    interval: Kind
    confidence: float
    resamples: int
    seed: int
    workers: int
    min_firms: int


def _by_law(found: Changes, shown: Sequence[Any], drawing: _Drawing) -> list[Interval]:
    groups = group_values(found.change, found.answers, shown)
    law = (drawing.statistic, drawing.interval, drawing.confidence)
    return [law_interval(one, *law) if one.size >= drawing.min_firms else _NONE for one in groups]


def _drawn(
    found: Changes, shown: Sequence[Any], base: Any, unit: np.ndarray | None, drawing: _Drawing
) -> list[Interval]:
    """Return the intervals of the types, or of their differences from ``base``, from joint resamples."""
    labels = found.answers.labels
    types = [label for label in dict.fromkeys([*shown, base]) if label in labels]
    sample = sample_of(found.change, found.answers, [labels.index(label) for label in types], unit)
    median = drawing.statistic == "median"
    estimate = np.median if median else np.mean
    groups = group_values(found.change, found.answers, types)
    estimates = np.array([estimate(one) for one in groups])
    draws = resampled(
        sample, median=median, resamples=drawing.resamples, seed=drawing.seed, workers=drawing.workers
    )
    without = jackknife(sample, drawing.statistic, drawing.workers) if drawing.interval == "bca" else None
    if base is not None:
        place = types.index(base)
        estimates = estimates - estimates[place]
        draws = draws - draws[:, [place]]
        without = None if without is None else without - without[:, [place]]
    sizes = [one.size if base is None else min(one.size, groups[types.index(base)].size) for one in groups]
    levels = [
        expanded(drawing.confidence, size if unit is None else sample.units)
        if drawing.interval == "expanded"
        else drawing.confidence
        for size in sizes
    ]
    ends = drawn_intervals(draws, estimates, levels, without)
    known = {
        label: Interval(float(estimates[k]), float(ends[0, k]), float(ends[1, k]))
        for k, label in enumerate(types)
        if groups[k].size >= drawing.min_firms and label != base
    }
    return [known.get(label, _NONE) for label in shown]


def _note(size: int, label: Any, base: Any, min_firms: int, small: int) -> str:
    if base is not None and label == base:
        return "base"
    if not size:
        return "no firms"
    if size < min_firms:
        return f"fewer than {min_firms} firms: not described"
    return f"small group (n < {small})" if size < small else ""
