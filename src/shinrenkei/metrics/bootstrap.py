"""Bootstrap and permutation, by firm or by cluster: seeded, the same answer on any number of workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args

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
from shinrenkei.metrics._firms.groups import doubtful_means, group_values, shown_types
from shinrenkei.metrics._firms.intervals import (
    ChangeKind,
    Interval,
    Kind,
    Statistic,
    drawn_intervals,
    expanded,
    jackknife,
    law_interval,
)
from shinrenkei.metrics._firms.median_gaps import score_interval
from shinrenkei.metrics._firms.resampling import Sample, resampled, sample_of
from shinrenkei.metrics._firms.studentized import t_ratios
from shinrenkei.metrics._firms.summary import median_ranks, skewness_of, too_skewed
from shinrenkei.metrics._frames import By, check_confidence, check_whole, one_of
from shinrenkei.metrics._resampled_frames import bootstrap, check_counts, permutation_test, threads

_NONE = Interval(float("nan"), float("nan"), float("nan"))
_ENDS = ["estimate", "lower", "upper"]
__all__ = ["Interval", "bootstrap", "bootstrap_change", "bootstrap_interval", "permutation_test"]

LAWS = {
    "median": "exact law of the resampled median (order statistics); no resampling",
    "mean": "law of the resampled mean (convolution by fast Fourier transform); no resampling",
}
_FEW_CLUSTERS = 10  # of one type
_ALONE, _BASE_ALONE, _TOO_FEW = _UNKNOWN = (
    "in one cluster only: its error is not known",
    "the base is in one cluster only: no error is known",
    "too few firms for an interval of the difference at this level",
)
_NO_ERROR = "no interval, as each cluster has as many firms above the median as below"
SCORE_LAW = "score test of both medians, inverted; no resampling"


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
    interval: ChangeKind | None = None,
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
    interval : {"expanded", "percentile", "bca", "studentized", "score"}, optional
        Percentile, expanded for the number of firms of the type (the smaller of two, or the clusters); plain
        percentile; bias-corrected and accelerated, its acceleration by jackknife of the same units; for
        means, the bootstrap-t with equal arms (Hall 1988), which is drawn for a single type too and is the one
        for strongly skewed changes; or, for differences of two medians, a score test of both, inverted (Francisco
        and Fuller 1991), which needs no resampling. Without it "score" for the difference of two medians, as no
        bootstrap holds its level there, and else "expanded".
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
        ``notes`` and the parameters, ``interval`` being the one that was used.

    Raises
    ------
    InputError
        As for :func:`shinrenkei.metrics.productivity.productivity_change`; where a firm has no cluster, or
        there is only one cluster.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap, chapters 12 to 14. Chapman & Hall.
    Hall, P. (1988). On symmetric bootstrap confidence intervals. Journal of the Royal Statistical Society B 50, 35-45.
    Francisco, C. A. and Fuller, W. A. (1991). Quantile estimation with a complex survey design. Annals of
    Statistics 19, 454-469.

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
    kind = interval or ("expanded" if statistic == "mean" or base is None else "score")
    drawn = (statistic, kind, base, confidence, resamples, seed, threads(workers), max(min_firms, 2))
    drawing = _Drawing(*drawn)
    drawing.check()
    one_of(method, get_args(Method), "method")
    chosen, groups = panel_columns(columns), grouping(firms, by)
    at_start = {cluster: "label"} if cluster else {}
    found = read_changes(
        firms, groups, start, end, method=method, columns=chosen, deflator=deflator, at_start=at_start
    ).in_order()
    shown = shown_types(found.answers.labels, types, groups.name)
    drawing.check_base(found)
    unit = unit_numbers(found, cluster) if cluster else None
    units = found.change.size if unit is None else int(unit.max()) + 1
    told: list[str] = []
    if base is None and cluster is None and not joint and kind != "studentized":
        rows, law = _by_law(found, shown, drawing), LAWS[statistic]
    else:
        rows, told = _drawn(found, shown, unit, drawing)
        of = f"{units} {f'clusters ({cluster})' if cluster else 'firms'}"
        law = SCORE_LAW if kind == "score" else f"{resamples} resamples of {of}"
    values = group_values(found.change, found.answers, shown)
    sizes = [one.size for one in values]
    table = pd.DataFrame({groups.name: shown, "n": sizes}).join(
        pd.DataFrame(rows, columns=_ENDS, dtype=float)
    )
    remarks = [_remark(found, label, unit, drawing) for label in shown]
    table.loc[[remark in _UNKNOWN for remark in remarks], ["lower", "upper"]] = np.nan
    if kind == "score":
        empty = (table["estimate"].notna() & table["lower"].isna()).tolist()
        told_empty = zip(remarks, empty, strict=True)
        remarks = [_NO_ERROR if none and remark not in _UNKNOWN else remark for remark, none in told_empty]
    table["note"] = [
        "; ".join(filter(None, [drawing.note(size, label, small), remark]))
        for size, label, remark in zip(sizes, shown, remarks, strict=True)
    ]
    notes = [*found.notes, *told, *([] if shown else [f"no firm names any {groups.name}"])]
    notes += [] if cluster is None else few_clusters(units)
    if statistic == "mean" and base is None and kind != "studentized":
        pairs = zip(shown, values, strict=True)
        skewed = [label for label, one in pairs if one.size >= small and _skewed(one)]
        notes += doubtful_means(skewed, "this interval", "studentized")
    table.attrs.update(
        drawing.facts() | {"law": law, "units": units, "left_out": found.left_out, "notes": notes}
    )
    return table


def _remark(found: Changes, label: Any, unit: np.ndarray | None, drawing: _Drawing) -> str:
    """Say what makes the interval of a type, or of its difference from the base, doubtful or unknown."""
    if label == drawing.base:
        return ""
    sides = [_holds(found, one) for one in (label, drawing.base) if one is not None]
    if any(np.count_nonzero(side) < drawing.min_firms for side in sides):
        return ""  # not described, as its note says
    clusters = [0 if unit is None else np.unique(unit[side]).size for side in sides]
    if unit is not None and min(clusters) < 2:
        return _ALONE if clusters[0] < 2 else _BASE_ALONE
    if len(sides) == 2 and (sides[0] == sides[1]).all():
        return "same firms as the base"
    if drawing.interval == "score" and not all(
        median_ranks(int(side.sum()), drawing.confidence).outer for side in sides
    ):
        return _TOO_FEW
    return f"in {clusters[0]} clusters only" if unit is not None and clusters[0] < _FEW_CLUSTERS else ""


def _holds(found: Changes, label: Any) -> np.ndarray:
    """Return which firms have a type (bool)."""
    answers = found.answers
    if label not in answers.labels:
        return np.zeros(answers.codes.size, np.bool_)
    return np.asarray(answers.table()[answers.codes, answers.labels.index(label)] & (answers.codes >= 0))


def _skewed(values: np.ndarray) -> bool:
    off = values - values.mean()
    return too_skewed(values.size, skewness_of(values.size, float((off**2).sum()), float((off**3).sum())))


@dataclass(frozen=True)
class _Drawing:
    """What is estimated, and how its interval is found."""

    statistic: Statistic
    interval: ChangeKind
    base: str | None
    confidence: float
    resamples: int
    seed: int
    workers: int
    min_firms: int

    def check(self) -> None:
        """Refuse an option that is not known."""
        one_of(self.statistic, get_args(Statistic), "statistic")
        one_of(self.interval, get_args(ChangeKind), "interval")
        if self.interval == "studentized" and self.statistic == "median":
            message = "interval='studentized' is for means; for medians leave interval out."
            raise InputError(message)
        if self.interval == "score" and (self.statistic == "mean" or self.base is None):
            message = (
                "interval='score' is for differences of medians; it needs statistic='median' and a base."
            )
            raise InputError(message)
        check_confidence(self.confidence)
        check_counts(resamples=self.resamples)
        check_whole("seed", self.seed, 0)

    def check_base(self, found: Changes) -> None:
        """Refuse a base that no firm has, or too few."""
        if self.base is None:
            return
        if self.base not in found.answers.labels:
            error = unknown_name("base", self.base, map(str, found.answers.labels))
            raise error
        size = group_values(found.change, found.answers, [self.base])[0].size
        if size < self.min_firms:
            message = f"The base {self.base!r} has {size} firm(s); expected {self.min_firms} or more."
            raise InputError(message)

    def facts(self) -> dict[str, Any]:
        """Return the parameters that stand beside the table."""
        names = ("statistic", "interval", "base", "confidence", "resamples", "seed")
        return {name: getattr(self, name) for name in names}

    def note(self, size: int, label: Any, small: int) -> str:
        """Say why a type has no interval, or one that rests on little."""
        if self.base is not None and label == self.base:
            return "base"
        if not size:
            return "no firms"
        if size < self.min_firms:
            return f"fewer than {self.min_firms} firms: not described"
        return f"small group (n < {small})" if size < small else ""


def _by_law(found: Changes, shown: Sequence[Any], drawing: _Drawing) -> list[Interval]:
    groups = group_values(found.change, found.answers, shown)
    law = (drawing.statistic, cast("Kind", drawing.interval), drawing.confidence)
    return [law_interval(one, *law) if one.size >= drawing.min_firms else _NONE for one in groups]


def _drawn(
    found: Changes, shown: Sequence[Any], unit: np.ndarray | None, drawing: _Drawing
) -> tuple[list[Interval], list[str]]:
    """Return the intervals of the types, or of their differences from the base, for all types jointly, and notes."""
    labels, base = found.answers.labels, drawing.base
    types = [label for label in dict.fromkeys([*shown, base]) if label in labels]
    sample = sample_of(found.change, found.answers, [labels.index(label) for label in types], unit)
    groups = group_values(found.change, found.answers, types)
    estimates = np.array([(np.median if drawing.statistic == "median" else np.mean)(one) for one in groups])
    place = None if base is None else types.index(base)
    if place is not None:
        estimates = estimates - estimates[place]
    if drawing.interval == "score":
        held = sample.answers.table()[sample.answers.codes].T
        two = held[cast("int", place)]
        pairs = [score_interval(found.change, one, two, unit, drawing.confidence) for one in held]
        ends, missing = np.array(pairs).T, np.zeros(len(types), np.int64)
    elif drawing.interval == "studentized":
        ends, missing = _by_ratios(sample, estimates, place, drawing)
    else:
        ends, missing = _by_quantiles(sample, estimates, place, drawing, [one.size for one in groups])
    known = [k for k, label in enumerate(types) if groups[k].size >= drawing.min_firms and label != base]
    rows = {types[k]: Interval(float(estimates[k]), float(ends[0, k]), float(ends[1, k])) for k in known}
    why = "no firm with it" + (", or only one value," if drawing.interval == "studentized" else ",")
    notes = [
        f"{types[k]}: {missing[k]} of {drawing.resamples} resamples drew {why} and are left out"
        for k in known
        if missing[k]
    ]
    return [rows.get(label, _NONE) for label in shown], notes


def _by_quantiles(
    sample: Sample, estimates: np.ndarray, place: int | None, drawing: _Drawing, firms: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends (rows) of each interval from the resampled statistics, and the resamples without the type."""
    draws = resampled(
        sample,
        median=drawing.statistic == "median",
        resamples=drawing.resamples,
        seed=drawing.seed,
        workers=drawing.workers,
    )
    without = jackknife(sample, drawing.statistic, drawing.workers) if drawing.interval == "bca" else None
    sizes = np.full(estimates.size, sample.units) if sample.unit.size else np.array(firms)
    if place is not None:
        draws, sizes = draws - draws[:, [place]], np.minimum(sizes, sizes[place])
        without = None if without is None else without - without[:, [place]]
    levels = [drawing.confidence] * estimates.size
    if drawing.interval == "expanded":
        levels = [expanded(drawing.confidence, size) for size in sizes.tolist()]
    return drawn_intervals(draws, estimates, levels, without), np.isnan(draws).sum(axis=0)


def _by_ratios(
    sample: Sample, estimates: np.ndarray, place: int | None, drawing: _Drawing
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends (rows) of each bootstrap-t interval, and the resamples that have no t ratio."""
    errors, ratios = t_ratios(
        sample, place, resamples=drawing.resamples, seed=drawing.seed, workers=drawing.workers
    )
    known = ~np.isnan(ratios)
    reach = np.array(
        [
            np.quantile(np.abs(column[on]), drawing.confidence) if on.any() else 0.0 if error == 0 else np.nan
            for column, on, error in zip(ratios.T, known.T, errors, strict=True)
        ]
    )
    return np.stack([estimates - reach * errors, estimates + reach * errors]), (~known).sum(axis=0)
