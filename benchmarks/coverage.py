"""How often the intervals of productivity change hold the truth: the table of docs/coverage.md.

    python benchmarks/coverage.py [--samples 2000] [--jobs 1] [--only TEXT ...]

Samples are drawn from laws of known mean and median with a fixed seed, each part with its own, so that ``--only`` gives
the rows with TEXT in their name as the whole table would.  Nominal is 95 %; the goal is 93.5 to 96.5 % for 30 firms and
more.
"""

from __future__ import annotations

import argparse
import gc
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from coverage_means import (
    COLUMNS,
    KINDS,
    LAWS,
    PEAKED,
    SKEWED,
    TAILED,
    TEN_TIMES,
    panel,
    precise,
    single,
    studentized,
    students,
    tailed,
    treated,
)
from coverage_table import print_tables
from scipy import stats

from shinrenkei.metrics._firms.median_gaps import score_interval
from shinrenkei.metrics.adjusted import adjusted_change
from shinrenkei.metrics.bootstrap import bootstrap_change
from shinrenkei.metrics.productivity import productivity_change

SIZES = (30, 31, 100, 301)  # odd ones too: their bootstrapped median is always one of the values
LEVELS = {  # of the two years, in thousand yen
    "": (stats.norm(5000, 400), stats.norm(5300, 800)),
    ", log-normal, variance 1/4": (stats.lognorm(0.5, scale=5000), stats.lognorm(0.5, scale=5300)),
    ", log-normal, variance 1": (stats.lognorm(1, scale=5000), stats.lognorm(1, scale=5300)),
    ", normal and exponential": (stats.norm(5000, 1000), stats.expon(scale=5300)),
}
SHAPES = {
    "sharing": "sharing firms",
    "apart": "none shared",
    "unequal": "n and 3 n, none shared",
    "clusters": "n clusters of 5, sharing firms",
}
MORE_SAMPLES = ((SKEWED, 16), (PEAKED, 18))  # laws measured from ten times the samples too, and seeds
HELD = np.array(["", "other", "university", "university;other"])
Counts = dict[str, float]
Part = Callable[[int], Iterator[tuple[str, float]]]


def weighted(n: int, samples: int, seed: int, law: str = "normal") -> Iterator[tuple[str, float]]:
    """Coverage with weights that go with the outcome: one half of the firms is drawn three times as often."""
    rng = np.random.default_rng([seed, n])
    inside = np.zeros(2)
    median = stats.norm().median() + _mixture_median()
    frozen = LAWS[law]
    for _ in range(samples):
        high = rng.random(n) < 0.75
        if law == "normal":
            values = rng.normal(np.where(high, 1.0, 0.0), 1)
        else:
            values = high + (frozen.rvs(n, random_state=rng) - frozen.mean()) / frozen.std()
        weight = np.where(high, 1 / 3, 1.0)
        row = productivity_change(
            panel(np.full(n, 5000.0), 500 * values, weight=weight), by=None, columns=COLUMNS, weights="weight"
        ).iloc[0]
        inside += [
            row["mean_lower"] <= 250 <= row["mean_upper"],
            row["median_lower"] <= 500 * median <= row["median_upper"],
        ]
    told = "" if law == "normal" else f", {law}"
    yield f"mean, unequal weights{told}", inside[0] / samples
    if law == "normal":
        yield "median, unequal weights", inside[1] / samples


def _mixture_median() -> float:
    """The median of an even mixture of two normal laws one apart, by symmetry."""
    return 0.5


def unpaired(n: int, samples: int, seed: int, law: str = "") -> Iterator[tuple[str, float]]:
    """Coverage where other firms are seen in the second year."""
    rng = np.random.default_rng([seed, n])
    years = LEVELS[law]
    truths = {name: getattr(years[1], name)() - getattr(years[0], name)() for name in ("mean", "median")}
    inside = np.zeros(2)
    for _ in range(samples):
        one, two = (year.rvs(n, random_state=rng) for year in years)
        frame = panel(one, np.zeros(n))
        frame.loc[frame["year"] == 2018, "value_added_thousand_yen"] = two
        frame.loc[frame["year"] == 2018, "firm_id"] += n
        row = productivity_change(frame, by=None, columns=COLUMNS, balanced=False).iloc[0]
        inside += [row[f"{name}_lower"] <= truth <= row[f"{name}_upper"] for name, truth in truths.items()]
    yield f"mean, unpaired years{law}", inside[0] / samples
    yield f"median, unpaired years{law}", inside[1] / samples


def town_panel(rng: np.random.Generator, n: int, *, towns: int | None) -> pd.DataFrame:
    """Return n firms, or five in each of so many towns, whose changes hang together within a town."""
    firms = n if towns is None else 5 * towns
    held = rng.random((firms, 2)) < [0.4, 0.3]
    industry = rng.integers(0, 3, firms)
    town = np.arange(firms) // 5
    shared = 0.0 if towns is None else rng.normal(0, 400, towns)[town]
    noise = rng.normal(0, 1, firms) * np.where(held[:, 0], 900, 500) + shared
    change = 100 + 500 * held[:, 0] - 200 * held[:, 1] + 300.0 * industry + noise
    names = HELD[held @ [2, 1]]
    return panel(np.full(firms, 9000.0), change, names, industry=industry.astype(str), town=town.astype(str))


def effects(n: int, samples: int, seed: int) -> Iterator[tuple[str, float]]:
    """Coverage of one type's adjusted effect, with unequal variances, and by towns of five firms."""
    rng = np.random.default_rng([seed, n])
    fits: dict[str, tuple[int | None, dict[str, Any]]] = {
        "adjusted mean, HC3": (None, {"model": "mean"}),
        "adjusted median, kernel": (None, {"model": "median"}),
        "adjusted mean, clustered, n clusters of 5": (n, {"model": "mean", "cluster": "town"}),
        "adjusted median, clustered, n clusters of 5": (n, {"model": "median", "cluster": "town"}),
        "adjusted mean, clustered, 8 clusters of 5": (8, {"model": "mean", "cluster": "town"}),
        "adjusted mean, bias-reduced, 8 clusters of 5": (
            8,
            {"model": "mean", "cluster": "town", "errors": "bias_reduced"},
        ),
    }
    for told, (towns, options) in fits.items():
        inside = 0
        for _ in range(samples):
            table = adjusted_change(
                town_panel(rng, n, towns=towns), controls=["industry"], columns=COLUMNS, types=["university"],
                adjust="none", **options,
            )  # fmt: skip
            inside += table["lower"].iloc[0] <= 500 <= table["upper"].iloc[0]
        yield told, inside / samples


def skewed_effects(n: int, samples: int, seed: int, law: str) -> Iterator[tuple[str, float]]:
    """Coverage of a type's raw and adjusted difference, n of 10 n firms, where all changes have a skewed law."""
    frozen, rng = (
        {"exponential": stats.expon(), "log-normal": stats.lognorm(1)}[law],
        np.random.default_rng([seed, n]),
    )
    types = np.repeat(["university", "other"], [n, 9 * n])
    types[-3 * n :] = ""
    inside = np.zeros(2)
    for _ in range(samples):
        change = 500 * frozen.rvs(10 * n, random_state=rng)
        industry = rng.integers(0, 3, 10 * n).astype(str)
        frame = panel(np.full(10 * n, 9000.0), change, types, industry=industry)
        row = adjusted_change(
            frame, controls=["industry"], columns=COLUMNS, types=["university"], adjust="none"
        ).iloc[0]
        inside += [row["raw_lower"] <= 0 <= row["raw_upper"], row["lower"] <= 0 <= row["upper"]]
    for what, held in zip(("raw difference", "adjusted mean, HC3"), inside / samples, strict=True):
        yield f"{what}, n of 10 n firms, {law}", held


def clusters(n: int, samples: int, seed: int) -> Iterator[tuple[str, float]]:
    """Coverage of the bootstrap's interval of a mean by n clusters of five firms."""
    rng = np.random.default_rng([seed, n])
    inside = 0
    for number in range(samples):
        change = rng.normal(0, 600, 5 * n) + np.repeat(rng.normal(300, 400, n), 5)
        frame = panel(np.full(5 * n, 9000.0), change, town=(np.arange(5 * n) // 5).astype(str))
        row = bootstrap_change(
            frame, cluster="town", resamples=1000, seed=number, columns=COLUMNS, workers=1
        ).iloc[0]
        inside += row["lower"] <= 300 <= row["upper"]
    yield "mean, bootstrap expanded, n clusters of 5", inside / samples


def differences(n: int, samples: int, seed: int) -> Iterator[tuple[str, float]]:
    """Coverage of the joint bootstrap's difference between two types of about n firms each that share firms."""
    rng = np.random.default_rng([seed, n])
    firms = round(n / 0.6)
    inside: dict[str, int] = {}
    for number in range(samples):
        held = rng.random((firms, 2)) < 0.6
        change = rng.normal(0, 600, firms) + 400 * held[:, 0]
        frame = panel(np.full(firms, 9000.0), change, HELD[held @ [2, 1]])
        for statistic in ("mean", "median"):
            for kind in KINDS[:1] if statistic == "mean" else KINDS:
                table = bootstrap_change(
                    frame, base="other", statistic=statistic, interval=kind, resamples=1000, seed=number,
                    columns=COLUMNS, workers=1,
                )  # fmt: skip
                row = table[table["partner_type"] == "university"].iloc[0]
                truth = 160 if statistic == "mean" else _median_gap()
                told = f"difference of {statistic}s, joint bootstrap {kind}"
                inside[told] = inside.get(told, 0) + (row["lower"] <= truth <= row["upper"])
    for told, count in inside.items():
        yield told, count / samples


def skewed_differences(n: int, samples: int, seed: int) -> Iterator[tuple[str, float]]:
    """Coverage of differences of means between two such types where changes are exponential, one type's doubled."""
    rng = np.random.default_rng([seed, n])
    inside: dict[str, int] = {}
    for number in range(samples):
        held = rng.random((round(n / 0.6), 2)) < 0.6
        change = rng.exponential(600, len(held)) * (1 + held[:, 0])
        frame = panel(np.full(len(held), 9000.0), change, HELD[held @ [2, 1]])
        for kind in ("expanded", "studentized"):
            table = bootstrap_change(
                frame, base="other", interval=kind, resamples=1000, seed=number, columns=COLUMNS, workers=1
            )
            row = table[table["partner_type"] == "university"].iloc[0]
            told = f"difference of means, joint bootstrap {kind}, very skewed"
            inside[told] = inside.get(told, 0) + (row["lower"] <= 240 <= row["upper"])
    for told, count in inside.items():
        yield told, count / samples


def medians(n: int, samples: int, seed: int, law: str, shape: str) -> Iterator[tuple[str, float]]:
    """Coverage of the default for the difference of two medians, which is none, by law and by who is in the types."""
    frozen = {**LAWS, "log-normal": stats.lognorm(1)}[law]
    rng = np.random.default_rng([seed, n])
    inside = 0
    options: dict[str, Any] = {"base": "other", "statistic": "median", "resamples": 1000, "workers": 1}
    for number in range(samples):
        if shape in ("sharing", "clusters"):
            held = rng.random((round(n / 0.6) if shape == "sharing" else 5 * n, 2)) < 0.6
        else:
            sizes = (n, n if shape == "apart" else 3 * n)
            held = np.repeat([[True, False], [False, True]], sizes, axis=0)
        change = 500 * frozen.rvs(len(held), random_state=rng)
        town = np.arange(len(held)) // 5
        if shape == "clusters":
            change += np.repeat(rng.normal(0, 350, n), 5)
            options["cluster"] = "town"
        frame = panel(np.full(len(held), 9000.0), change, HELD[held @ [2, 1]], town=town.astype(str))
        table = bootstrap_change(frame, seed=number, columns=COLUMNS, **options)
        row = table[table["partner_type"] == "university"].iloc[0]
        inside += row["lower"] <= 0 <= row["upper"]
    yield f"difference of medians, default, {SHAPES[shape]}, {law}", inside / samples


def gaps(n: int, samples: int, seed: int) -> Iterator[tuple[str, float]]:
    """Coverage of that default with ten times the samples: of the types above, and of two that are nearly the same."""
    rng = np.random.default_rng([seed, n])
    for told, share, shift, truth in (
        ("medians apart", 0.6, 400.0, _median_gap()),
        ("nine in ten shared", 0.9, 0.0, 0.0),
    ):
        inside = 0
        for _ in range(10 * samples):
            held = rng.random((round(n / share), 2)) < share
            change = rng.normal(0, 600, len(held)) + shift * held[:, 0]
            lower, upper = score_interval(change, held[:, 0], held[:, 1], None, 0.95)
            inside += lower <= truth <= upper
        yield (
            f"difference of medians, default, {told}, normal{TEN_TIMES}",
            inside / (10 * samples),
        )


def _median_gap() -> float:
    """University firms: normal about 400. Others: 60 % about 400, 40 % about 0; the median of that mixture."""
    from scipy.optimize import brentq

    def share(at: float) -> float:
        return float(0.6 * stats.norm.cdf((at - 400) / 600) + 0.4 * stats.norm.cdf(at / 600) - 0.5)

    return 400 - float(brentq(share, 0, 400))


def run(job: tuple[int, Part]) -> tuple[int, Counts]:
    gc.freeze()  # statsmodels collects garbage at each call, which would take longer than all the rest
    return job[0], dict(job[1](job[0]))


def parts_of(samples: int) -> list[Part]:
    """Return what makes the rows of the table, in their order."""
    shapes = [("sharing", law) for law in (*LAWS, "log-normal")]
    shapes += [
        (shape, law) for shape in ("apart", "unequal", "clusters") for law in ("normal", list(LAWS)[-1])
    ]
    return [
        *(partial(single, samples=samples, law=law, seed=seed) for seed, law in enumerate(LAWS)),
        *(partial(tailed, samples=samples, law=law, seed=seed) for seed, law in enumerate(TAILED, 40)),
        *(partial(students, samples=samples, law=law, seed=seed) for seed, law in enumerate(LAWS)),
        *(partial(studentized, samples=samples, law=law, seed=seed) for seed, law in enumerate(LAWS)),
        *(partial(precise, samples=samples, law=law, seed=seed) for law, seed in MORE_SAMPLES),
        *(
            partial(studentized, samples=10 * samples, law=law, seed=seed, told=TEN_TIMES)
            for law, seed in MORE_SAMPLES
        ),
        *(
            partial(treated, samples=samples, law=law, seed=60)
            for law in ("normal", "skewed (gamma, 4)", SKEWED)
        ),
        *(partial(weighted, samples=samples, seed=10, law=law) for law in ("normal", "skewed (gamma, 4)")),
        *(partial(unpaired, samples=samples, seed=11, law=law) for law in LEVELS),
        partial(effects, samples=samples, seed=12),
        *(
            partial(skewed_effects, samples=samples, seed=16, law=law)
            for law in ("exponential", "log-normal")
        ),
        partial(clusters, samples=samples, seed=14),
        partial(differences, samples=samples, seed=13),
        partial(skewed_differences, samples=samples, seed=15),
        partial(gaps, samples=samples, seed=17),
        *(
            partial(medians, samples=samples, shape=shape, law=law, seed=20 + number)
            for number, (shape, law) in enumerate(shapes)
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", nargs="+", default=[""], help="rows with such text in their name: weights")
    options = parser.parse_args()
    samples, parts = options.samples, parts_of(options.samples)

    def wanted(name: str) -> bool:
        return any(text in name for text in options.only)

    if any(options.only):  # one sample of each tells its rows
        tried = zip(parts, parts_of(1), strict=True)
        parts = [part for part, once in tried if any(wanted(name) for name, _ in once(SIZES[0]))]
    found: dict[int, Counts] = {n: {} for n in SIZES}
    with ProcessPoolExecutor(options.jobs) as pool:
        for n, part in pool.map(run, [(n, part) for part in parts for n in SIZES]):
            found[n] |= {name: share for name, share in part.items() if wanted(name)}
    if not found[SIZES[0]]:
        parser.error(f"no row has {' or '.join(map(repr, options.only))} in its name")
    print(
        f"Coverage of 95 % intervals, in %, from {samples:,} simulated samples of n firms a cell; a coverage of"
    )
    print(f"95 % is known with a standard error of {100 * np.sqrt(0.0475 / samples):.1f} points.")
    for column in found.values():
        for name in [name for name in column if f"{name}{TEN_TIMES}" in column]:
            del column[name]
    print_tables(found)


if __name__ == "__main__":
    main()
