"""The parts of coverage.py on the mean and median of one group: the laws, the panels, and how often intervals hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from shinrenkei.metrics._firms.answers import Answers
from shinrenkei.metrics._firms.resampling import sample_of
from shinrenkei.metrics._firms.studentized import t_ratios
from shinrenkei.metrics.bootstrap import bootstrap_interval
from shinrenkei.metrics.productivity import productivity_change

LAWS = {
    "normal": stats.norm(),
    "Student's t, 5 df": stats.t(5),
    "double exponential": stats.laplace(),
    "skewed (gamma, 4)": stats.gamma(4),
    "very skewed (exponential)": stats.expon(),
}
TAILED = {
    "log-normal, variance 1/4": stats.lognorm(0.5),
    "log-normal, variance 1": stats.lognorm(1),
    "chi-square, 1 df": stats.chi2(1),
}
SKEWED, PEAKED = "very skewed (exponential)", "double exponential"
TEN_TIMES = ", ten times the samples"
KINDS: tuple[Literal["expanded", "percentile", "bca"], ...] = ("expanded", "percentile", "bca")


def panel(
    before: np.ndarray, change: np.ndarray, types: np.ndarray | None = None, **more: np.ndarray
) -> pd.DataFrame:
    """Return a panel of firms with one person each, in thousand yen."""
    n = before.size
    return pd.DataFrame(
        {
            "firm_id": np.tile(np.arange(n), 2),
            "year": np.repeat([2013, 2018], n),
            "employees": 1,
            "value_added_thousand_yen": np.concatenate([before, before + change]),
            "partner_type": "university" if types is None else np.tile(types, 2),
            **{name: np.tile(values, 2) for name, values in more.items()},
        }
    )


COLUMNS = {"value_added": "value_added_thousand_yen"}


def single(n: int, samples: int, law: str, seed: int) -> Iterator[tuple[str, float]]:
    """Coverage of the intervals of one group, for draws from a law."""
    frozen = LAWS[law]
    rng = np.random.default_rng([seed, n])
    inside: dict[str, int] = {}
    for _ in range(samples):
        values = frozen.rvs(n, random_state=rng)
        row = productivity_change(
            panel(np.full(n, 5000.0), 500 * values), by=None, columns=COLUMNS, min_firms=2
        ).iloc[0]  # fmt: skip
        for name in ("mean", "median"):
            truth = 500 * float(getattr(frozen, name)())
            inside[f"{name}, {law}"] = inside.get(f"{name}, {law}", 0) + (
                row[f"{name}_lower"] <= truth <= row[f"{name}_upper"]
            )
            kinds = KINDS if law in ("normal", SKEWED) else KINDS[:1] if name == "median" else ()
            for kind in (None, *kinds) if name == "mean" else kinds:
                found = bootstrap_interval(values, name, interval=kind)
                told = f"{name}, bootstrap {kind or 'default'}, {law}"
                inside[told] = inside.get(told, 0) + (found.lower <= truth / 500 <= found.upper)
    for told, count in inside.items():
        yield told, count / samples


def tailed(n: int, samples: int, law: str, seed: int) -> Iterator[tuple[str, float]]:
    """Coverage of the defaults for a mean, for ten times as many draws from further skewed laws."""
    mean = TAILED[law].mean()
    values = TAILED[law].rvs((10 * samples, n), random_state=np.random.default_rng([seed, n]))
    yield f"mean, {law}{TEN_TIMES}", coverage(sample_table(values), 500 * mean)
    found = pd.DataFrame([bootstrap_interval(row) for row in values]).add_prefix("mean_")
    yield f"mean, bootstrap default, {law}{TEN_TIMES}", coverage(found, mean)


def sample_table(values: np.ndarray, interval: Literal["student", "skew"] | None = None) -> pd.DataFrame:
    """Return the table of a panel whose groups are samples (rows of ``values``, in 500 thousand yen)."""
    frame = panel(np.full(values.size, 5000.0), 500 * values.ravel())
    frame["sample"] = np.tile(np.repeat(np.arange(len(values)), values.shape[1]), 2).astype(str)
    return productivity_change(frame, by="sample", columns=COLUMNS, interval=interval)


def coverage(table: pd.DataFrame, truth: float) -> float:
    """Return the share of the intervals of means that hold the truth."""
    return float((table["mean_lower"].le(truth) & table["mean_upper"].ge(truth)).mean())


def students(n: int, samples: int, law: str, seed: int) -> Iterator[tuple[str, float]]:
    """Coverage of Student's interval of a mean, for the same draws as in ``single``."""
    values = LAWS[law].rvs((samples, n), random_state=np.random.default_rng([seed, n]))
    yield (
        f'mean, interval="student", {law}',
        coverage(sample_table(values, "student"), 500 * LAWS[law].mean()),
    )


def treated(n: int, samples: int, law: str, seed: int) -> Iterator[tuple[str, float]]:
    """Coverage for a type of six in ten of 5 n / 3 firms, whose changes are treated at the quantiles of all."""
    frozen, rng = LAWS[law], np.random.default_rng([seed, n])
    inside: dict[str, int] = {}
    truths = {"trimmed": _trimmed_truth(frozen), "winsorized": _trimmed_truth(frozen, winsorized=True)}
    for _ in range(samples):
        held = rng.random(round(n / 0.6)) < 0.6
        values = frozen.rvs(held.size, random_state=rng)
        frame = panel(np.full(held.size, 5000.0), 500 * values, np.where(held, "university", "other"))
        for name, (mean, median) in truths.items():
            table = productivity_change(
                frame,
                types=["university"],
                columns=COLUMNS,
                **{"trim" if name == "trimmed" else "winsorize": 0.05},
            )
            row = table.iloc[0]
            for statistic, truth in (("mean", mean), ("median", median)):
                held_it = row[f"{statistic}_lower"] <= 500 * truth <= row[f"{statistic}_upper"]
                told = f"{statistic}, {name} at 0.05 of all firms, {law}"
                inside[told] = inside.get(told, 0) + held_it
    for told, count in inside.items():
        yield told, count / samples


def _trimmed_truth(frozen: Any, *, winsorized: bool = False) -> tuple[float, float]:
    """Return the mean and the median of a law treated at 0.05."""
    at = frozen.ppf((np.arange(1_000_000) + 0.5) / 1_000_000)
    low, high = frozen.ppf([0.05, 0.95])
    kept = at.clip(low, high) if winsorized else at[(at >= low) & (at <= high)]
    return float(kept.mean()), float(np.median(kept))


def studentized(n: int, samples: int, law: str, seed: int, told: str = "") -> Iterator[tuple[str, float]]:
    """Coverage of the bootstrap-t interval of a mean, for the same draws as in ``single`` or ``precise``."""
    mean = LAWS[law].mean()
    values = LAWS[law].rvs((samples, n), random_state=np.random.default_rng([seed, n]))
    every = Answers(np.zeros(n, np.int32), np.array([0, 1]), np.array([0], np.int32), ["all"])
    inside = 0
    for number, row in enumerate(values):
        one = sample_of(row, every, [0], None)
        error, ratios = t_ratios(one, None, resamples=1000, seed=number, workers=1)
        inside += abs(row.mean() - mean) <= np.quantile(np.abs(ratios), 0.95) * error[0]
    yield f"mean, bootstrap studentized, {law}{told}", inside / samples


def precise(n: int, samples: int, law: str, seed: int) -> Iterator[tuple[str, float]]:
    """Coverage from ten times the samples, for laws where the difference is of a point or two."""
    mean, told = LAWS[law].mean(), f"{law}{TEN_TIMES}"
    values = LAWS[law].rvs((10 * samples, n), random_state=np.random.default_rng([seed, n]))
    yield f"mean, {told}", coverage(sample_table(values), 500 * mean)
    yield f'mean, interval="student", {told}', coverage(sample_table(values, "student"), 500 * mean)
    for kind in (None, KINDS[0]) if law == SKEWED else (None,):
        found = pd.DataFrame([bootstrap_interval(row, interval=kind) for row in values]).add_prefix("mean_")
        yield f"mean, bootstrap {kind or 'default'}, {told}", coverage(found, mean)
