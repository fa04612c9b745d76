"""How often the intervals of rates, shares, curves and models hold the truth, and how often the tests reject it.

    python benchmarks/coverage_rates.py [--surveys 2000] > docs/coverage-rates.md
    python benchmarks/coverage_rates.py --only models      # some rows again, from the same seeds

Wilson's interval is summed over all outcomes, so that its coverage is exact; the others are simulated from a fixed
seed.  Nominal is 95 % for intervals and 5 % for tests.
"""

from __future__ import annotations

import argparse
import gc
import itertools
from collections.abc import Callable, Iterator
from functools import cache, partial

import numpy as np
import pandas as pd
from coverage_table import print_tables
from scipy import stats

from shinrenkei.errors import InputError
from shinrenkei.metrics.models import commercialization_model
from shinrenkei.metrics.rates import commercialization_rate
from shinrenkei.metrics.survival import commercialization_curve
from shinrenkei.metrics.tabulation import tabulate

SIZES = (30, 69, 158, 321)
END = pd.Timestamp("2007-03-31")


def wilson(n: int) -> Iterator[tuple[str, float]]:
    """Exact coverage at true rates from 0.1 to 0.9, on average and at the worst of them."""
    done = np.arange(n + 1)
    counts = pd.DataFrame({"done": done, "certified": n, "commercialized": done})
    table = commercialization_rate(counts, "done")
    rates = np.linspace(0.1, 0.9, 161)
    inside = (table["lower"].to_numpy() <= rates[:, None]) & (rates[:, None] <= table["upper"].to_numpy())
    coverage = (stats.binom.pmf(done, n, rates[:, None]) * inside).sum(axis=1)
    yield "rate, Wilson (exact), mean over rates 0.1 to 0.9", float(coverage.mean())
    yield "rate, Wilson (exact), worst rate of 0.1 to 0.9", float(coverage.min())


def finite(n: int) -> Iterator[tuple[str, float]]:
    """Exact coverage of a share of a sample of n from 1000, at true shares from 0.1 to 0.9."""
    ends = []
    for yes in range(n + 1):
        frame = pd.DataFrame({"Q": ["yes"] * yes + ["no"] * (n - yes)})
        row = tabulate(frame, "Q", order=["yes", "no"], population=1000).iloc[0]
        ends.append((row["lower"], row["upper"]))
    lower, upper = np.array(ends).T
    whole = np.arange(100, 901, 5)
    inside = (lower <= whole[:, None] / 1000) & (whole[:, None] / 1000 <= upper)
    coverage = (stats.hypergeom.pmf(np.arange(n + 1), 1000, whole[:, None], n) * inside).sum(axis=1)
    yield "share of n out of 1,000, Wilson with finite population (exact), mean", float(coverage.mean())


def weighted(n: int, surveys: int, rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    """Coverage of a weighted share where the weight goes with the answer; the true share is 0.4."""
    held = 0
    for _ in range(surveys):
        large = rng.random(n) < 0.3
        yes = rng.random(n) < np.where(large, 0.2, 0.5)
        # the large ones stand for 3 / 9 of the population: 0.2 / 3 + 0.5 * 2 / 3 = 0.4
        weight = np.where(large, 1 / 0.9, 2 / 2.1)
        frame = pd.DataFrame({"Q": np.where(yes, "yes", "no"), "w": weight})
        row = tabulate(frame, "Q", order=["yes", "no"], weights="w").iloc[0]
        held += row["lower"] <= 0.4 <= row["upper"]
    yield "weighted share, Wilson with effective base", held / surveys


def curve(n: int, surveys: int, rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    """Coverage of the curve at 300 days and of the median, for exponential times with mean 400 days."""
    at_day, at_median = 0, 0
    truth, median = 1 - np.exp(-300.5 / 400), 400 * np.log(2)
    for _ in range(surveys):
        followed = rng.integers(200, 730, n)
        days = rng.exponential(400, n).astype(int)
        certified = pd.Series(END - pd.to_timedelta(followed, unit="D"))
        sales = (certified + pd.to_timedelta(days, unit="D")).where(pd.Series(days <= followed))
        plans = pd.DataFrame({"certified_on": certified, "first_sales_on": sales})
        table = commercialization_curve(plans, as_of=END)
        row = table[table["days"] <= 300].iloc[-1]
        at_day += row["lower"] <= truth <= row["upper"]
        group = table.attrs["summary"][0]
        upper = np.inf if group["median_upper"] is None else group["median_upper"]
        at_median += group["median_lower"] is not None and group["median_lower"] <= median <= upper + 1
    yield "share with sales within 300 days, Kaplan-Meier log-log", at_day / surveys
    yield "median days to first sales, Brookmeyer-Crowley", at_median / surveys


def models(n: int, surveys: int, rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    """Coverage of a logit's coefficients and average marginal effects, and of hazard ratios; logs are 0.8 and 0.5."""
    inside: dict[str, list[bool]] = {}
    for _ in range(surveys):
        loan, size = rng.random(n) < 0.4, rng.normal(size=n)
        linear = 0.8 * loan + 0.5 * size
        frame = pd.DataFrame(
            {"loan": loan, "size": size, "commercialized": rng.random(n) < _share(linear - 0.3)}
        )
        certified = pd.Series(END - pd.to_timedelta(rng.integers(200, 730, n), unit="D"))
        sales = certified + pd.to_timedelta(rng.exponential(500 * np.exp(-linear)).astype(int), unit="D")
        dates = frame.assign(certified_on=certified, first_sales_on=sales.where(sales <= END))
        try:
            table = commercialization_model(frame, ["loan", "size"])
            _note(inside, "coefficient of a logit", LOGS, table)
            _note(inside, "average marginal effect of a logit", _effects(LOGS, -0.3), table, "effect_")
            table = commercialization_model(
                dates.drop(columns="commercialized"),
                ["loan", "size"],
                kind="hazard",
                as_of=END,
                link="cloglog",
            )
            _note(inside, "hazard ratio, complementary log-log, clustered by plan", LOGS, table)
        except InputError:  # separated, as the caller is told
            continue
    for what, held in inside.items():
        yield what, float(np.mean(held))


def cohorts(
    n: int, surveys: int, rng: np.random.Generator, *, ages: tuple[int, int, int], wait: float, told: str
) -> Iterator[tuple[str, float]]:
    """Coverage of the hazard ratio of young plans to old ones, which is 1.

    ``ages`` are in days: the least, that at which a plan is old, and the end of all.  ``wait`` is the mean time to
    first sales.
    """
    inside: dict[str, list[bool]] = {}
    for _ in range(surveys):
        age = rng.integers(ages[0], ages[2], n)
        certified = pd.Series(END - pd.to_timedelta(age, unit="D"))
        sales = certified + pd.to_timedelta(rng.exponential(wait, n).astype(int), unit="D")
        plans = pd.DataFrame({"certified_on": certified, "first_sales_on": sales.where(sales <= END)})
        plans["young"] = age < ages[1]
        try:
            table = commercialization_model(plans, "young", kind="hazard", as_of=END, link="cloglog")
        except InputError:
            continue
        _note(inside, told, (0.0,), table)
    for what, held in inside.items():
        yield what, float(np.mean(held))


def clustered(n: int, surveys: int, rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    """The same for a logit with plans in 10 or 30 regions of unlike sizes, of which each has a rate of its own."""
    for regions in (10, 30):
        yield from _by_region(n, surveys, rng, regions)


def _by_region(n: int, surveys: int, rng: np.random.Generator, regions: int) -> Iterator[tuple[str, float]]:
    inside: dict[str, list[bool]] = {}
    *logs, constant = _marginal()
    sizes = np.arange(1, regions + 1) / (regions * (regions + 1) / 2)
    for _ in range(surveys):
        region = rng.choice(regions, n, p=sizes)
        loan, size, rate = rng.random(n) < 0.4, rng.normal(size=n), rng.normal(0, 0.7, regions)
        sales = rng.random(n) < _share(0.8 * loan + 0.5 * size - 0.3 + rate[region])
        frame = pd.DataFrame({"loan": loan, "size": size, "region": region, "commercialized": sales})
        try:
            table = commercialization_model(frame, ["loan", "size"], cluster="region")
        except InputError:
            continue
        _note(inside, f"coefficient of a logit, {regions} clusters", tuple(logs), table)
        truths = _effects(tuple(logs), constant)
        _note(inside, f"average marginal effect of a logit, {regions} clusters", truths, table, "effect_")
    for what, held in inside.items():
        yield what, float(np.mean(held))


def skewed(n: int, surveys: int, rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    """Coverage of a logit's coefficients where the number is log-normal, so that a few plans lie far out."""
    inside: dict[str, list[bool]] = {}
    for _ in range(surveys):
        loan, size = rng.random(n) < 0.4, np.exp(rng.normal(size=n))
        sales = rng.random(n) < _share(0.8 * loan + 0.5 * size - 1.2)
        try:
            table = commercialization_model(
                pd.DataFrame({"loan": loan, "size": size, "commercialized": sales}), ["loan", "size"]
            )
        except InputError:
            continue
        _note(inside, "coefficient of a logit, one number log-normal", LOGS, table)
    for what, held in inside.items():
        yield what, float(np.mean(held))


LOGS = (0.8, 0.5)


def _note(
    inside: dict[str, list[bool]], what: str, truths: tuple[float, ...], table: pd.DataFrame, of: str = ""
) -> None:
    """Note whether the intervals of the indicator and of the number hold the truth, where there is an interval."""
    for kind, truth, (_, row) in zip(("indicator", "number"), truths, table.iterrows(), strict=False):
        if not np.isnan(row[f"{of}lower"]):  # known from one cluster only, as the caller is told
            held = row[f"{of}lower"] <= truth <= row[f"{of}upper"]
            inside.setdefault(f"{what}, {kind}", []).append(bool(held))


def _share(linear: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-linear))


@cache
def _effects(logs: tuple[float, ...], constant: float) -> tuple[float, float]:
    """The effects of loan and size on the probability, averaged over the law of both."""
    loan, size = logs
    at = constant + size * stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    high, low = _share(loan + at), _share(at)
    slope = 0.4 * high * (1 - high) + 0.6 * low * (1 - low)
    return float(np.mean(high - low)), float(size * np.mean(slope))


@cache
def _marginal() -> tuple[float, ...]:
    """The logit that comes closest to the rates of all regions together: 0.8, 0.5 and -0.3 within a region."""
    at = stats.norm.ppf((np.arange(200) + 0.5) / 200)
    loan, size = (part.ravel() for part in np.meshgrid([0.0, 1.0], at, indexing="ij"))
    matrix, weight = np.column_stack([loan, size, np.ones(loan.size)]), np.where(loan == 1, 0.4, 0.6)
    rate = _share((matrix @ [0.8, 0.5, -0.3])[:, None] + 0.7 * at).mean(axis=1)
    logs = np.zeros(3)
    for _ in range(30):
        p = _share(matrix @ logs)
        logs += np.linalg.solve((matrix.T * weight * p * (1 - p)) @ matrix, matrix.T @ (weight * (rate - p)))
    return tuple(logs.tolist())


def tests(n: int, surveys: int, rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    """Rejections at 5 % under independence: four strongly tied answers against three groups."""
    rejected = {"second_order": 0, "first_order": 0, "log-rank": 0}
    for _ in range(surveys):
        ticks = rng.normal(size=(n, 1)) * 1.5 + rng.normal(size=(n, 4)) > [0.3, 0.8, 0.0, 0.5]
        group = rng.integers(0, 3, n)
        frame = pd.DataFrame(ticks, columns=[f"Q_{answer}" for answer in "abcd"]).assign(g=group)
        test = tabulate(frame, "Q", "g").attrs["test"]
        for order in ("first_order", "second_order"):
            rejected[order] += test[order]["p_value"] < 0.05
        days = rng.exponential(300, n).astype(int)
        certified = pd.Series(END - pd.to_timedelta(rng.integers(200, 730, n), unit="D"))
        sales = certified + pd.to_timedelta(days, unit="D")
        plans = pd.DataFrame(
            {"certified_on": certified, "first_sales_on": sales.where(sales <= END), "g": group}
        )
        rejected["log-rank"] += (
            commercialization_curve(plans, "g", as_of=END).attrs["log_rank"]["p_value"] < 0.05
        )
    yield "rejections, multiple answers, Rao-Scott second order", rejected["second_order"] / surveys
    yield "rejections, multiple answers, Rao-Scott first order", rejected["first_order"] / surveys
    yield "rejections, log-rank of three groups", rejected["log-rank"] / surveys


def _error(runs: int) -> float:
    """Return the standard error, in points, of a coverage of 95 % from so many runs."""
    return 100 * float(np.sqrt(0.95 * 0.05 / runs))


PARTS: dict[str, Callable[[int, int, np.random.Generator], Iterator[tuple[str, float]]]] = {
    "wilson": lambda n, _surveys, _rng: wilson(n),
    "finite": lambda n, _surveys, _rng: finite(n),
    "weighted": weighted,
    "curve": curve,
    "models": models,
    "cohorts": partial(
        cohorts, ages=(200, 465, 730), wait=400, told="hazard ratio of the younger half of the plans"
    ),
    "last year": partial(
        cohorts, ages=(90, 365, 660), wait=500, told="hazard ratio of plans of the last year to older ones"
    ),
    "clustered": clustered,
    "skewed": skewed,
    "tests": lambda n, surveys, rng: tests(n, surveys // 2, rng),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--surveys", type=int, default=2000)
    parser.add_argument("--only", choices=PARTS, help="one part of the table, from the same seeds")
    options = parser.parse_args()
    surveys, parts = options.surveys, [options.only] if options.only else list(PARTS)
    gc.freeze()
    columns: dict[int, dict[str, float]] = {n: {} for n in SIZES}
    for n, part in itertools.product(SIZES, parts):
        columns[n].update(PARTS[part](n, surveys, np.random.default_rng([7, n])))
    print("# Coverage: rates, shares, curves and models\n")
    print(
        "Coverage of 95 % intervals, and rejections of true hypotheses by 5 % tests, in %; what it means is told in"
    )
    print(
        "[](coverage.md). The rows marked exact are sums over all outcomes. The others come from simulated data"
    )
    print(
        f"sets, {surveys:,} a cell, so that 95 % is known with a standard error of {_error(surveys):.1f} points"
    )
    print(f"({surveys // 2:,} for the tests: {_error(surveys // 2):.1f} points).")
    print("Made by `python benchmarks/coverage_rates.py`.")
    print_tables(columns)


if __name__ == "__main__":
    main()
