"""How the bootstrap of changes by type is told to draw, and the intervals it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args

import numpy as np

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.metrics._firms.changes import Changes
from shinrenkei.metrics._firms.groups import SKEWED_CHANGES, group_values, longer_tails
from shinrenkei.metrics._firms.intervals import (
    ChangeKind,
    Interval,
    Kind,
    Statistic,
    drawn_intervals,
    expanded,
    jackknife,
    law_interval,
    reaching_for_skew,
)
from shinrenkei.metrics._firms.median_gaps import score_interval
from shinrenkei.metrics._firms.resampling import Sample, resampled, sample_of
from shinrenkei.metrics._firms.studentized import t_ratios
from shinrenkei.metrics._frames import check_confidence, check_whole, one_of
from shinrenkei.metrics._resampled_frames import check_counts

_NONE = Interval(float("nan"), float("nan"), float("nan"))
LAWS = {
    "median": "exact law of the resampled median (order statistics); no resampling",
    "mean": "law of the resampled mean (convolution by fast Fourier transform); no resampling",
}
SCORE_LAW = "score test of both medians, inverted; no resampling"


@dataclass(frozen=True)
class Drawing:
    """What is estimated, and how its interval is found."""

    statistic: Statistic
    interval: ChangeKind
    base: str | None
    confidence: float
    resamples: int
    seed: int
    workers: int
    min_firms: int

    @property
    def read(self) -> ChangeKind:
        """The interval that is read from the law or from the resamples, before skewness puts it further out."""
        return "expanded" if self.interval == "skew" else self.interval

    def check(self, cluster: str | None) -> None:
        """Refuse an option that is not known, or not for what is estimated."""
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
        if self.interval == "skew" and (self.statistic == "median" or self.base or cluster):
            message = "interval='skew' is for means of single types without cluster; leave interval out."
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


def by_law(found: Changes, shown: Sequence[Any], drawing: Drawing) -> list[Interval]:
    groups = group_values(found.change, found.answers, shown)
    law = (drawing.statistic, cast("Kind", drawing.read), drawing.confidence)
    return [law_interval(one, *law) if one.size >= drawing.min_firms else _NONE for one in groups]


def put_further(
    rows: Sequence[Interval], values: Sequence[np.ndarray], shown: Sequence[Any], drawing: Drawing
) -> tuple[list[Interval], list[str]]:
    """Return the intervals of means as far out as strong skewness asks for, and a note that names their types."""
    pairs = zip(rows, values, strict=True)
    found = [
        row if np.isnan(row.lower) else reaching_for_skew(one, row, drawing.confidence) for row, one in pairs
    ]
    further = [label for label, one, row in zip(shown, found, rows, strict=True) if one != row]
    return found, longer_tails(further, SKEWED_CHANGES, "the expanded percentile interval", "expanded")


def drawn(
    found: Changes, shown: Sequence[Any], unit: np.ndarray | None, drawing: Drawing
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
    sample: Sample, estimates: np.ndarray, place: int | None, drawing: Drawing, firms: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends (rows) of each interval from the resampled statistics, and the resamples without the type."""
    draws = resampled(
        sample,
        median=drawing.statistic == "median",
        resamples=drawing.resamples,
        seed=drawing.seed,
        workers=drawing.workers,
    )
    without = jackknife(sample, drawing.statistic, drawing.workers) if drawing.read == "bca" else None
    sizes = np.full(estimates.size, sample.units) if sample.unit.size else np.array(firms)
    if place is not None:
        draws, sizes = draws - draws[:, [place]], np.minimum(sizes, sizes[place])
        without = None if without is None else without - without[:, [place]]
    levels = [drawing.confidence] * estimates.size
    if drawing.read == "expanded":
        levels = [expanded(drawing.confidence, size) for size in sizes.tolist()]
    return drawn_intervals(draws, estimates, levels, without), np.isnan(draws).sum(axis=0)


def _by_ratios(
    sample: Sample, estimates: np.ndarray, place: int | None, drawing: Drawing
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
