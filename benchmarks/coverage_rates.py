"""How often the intervals of rates, shares, curves and models hold the truth, and how often the tests reject it.

    python benchmarks/coverage_rates.py [--surveys 2000] > docs/coverage-rates.md

Wilson's interval is summed over all outcomes, so that its coverage is exact; the others are simulated from a fixed
seed.  Nominal is 95 % for intervals and 5 % for tests.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import pandas as pd
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
    """Coverage of a logit's coefficient and average marginal effect, and of a hazard ratio; log ratios are 0.8."""
    inside: dict[str, list[bool]] = {"coefficient": [], "effect": [], "hazard": []}
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
            logit = commercialization_model(frame, ["loan", "size"]).iloc[0]
            inside["coefficient"].append(logit["lower"] <= 0.8 <= logit["upper"])
            inside["effect"].append(logit["effect_lower"] <= _effect() <= logit["effect_upper"])
            hazard = commercialization_model(
                dates.drop(columns="commercialized"),
                ["loan", "size"],
                kind="hazard",
                as_of=END,
                link="cloglog",
            ).iloc[0]
            inside["hazard"].append(hazard["lower"] <= 0.8 <= hazard["upper"])
        except InputError:  # separated, as the caller is told
            continue
    yield "coefficient of a logit, sandwich errors", float(np.mean(inside["coefficient"]))
    yield "average marginal effect of a logit, sandwich errors", float(np.mean(inside["effect"]))
    yield "hazard ratio, complementary log-log, clustered by plan", float(np.mean(inside["hazard"]))


def _share(linear: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-linear))


@cache
def _effect() -> float:
    """The effect of a loan on the probability, averaged over the normal law of the size."""
    at = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    return float(np.mean(_share(0.5 + 0.5 * at) - _share(-0.3 + 0.5 * at)))


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--surveys", type=int, default=2000)
    surveys = parser.parse_args().surveys
    gc.freeze()
    simulated: list[Callable[[int, int, np.random.Generator], Iterator[tuple[str, float]]]] = [
        weighted,
        curve,
        models,
        tests,
    ]
    columns: dict[int, dict[str, float]] = {}
    for n in SIZES:
        columns[n] = dict([*wilson(n), *finite(n)])
        for part in simulated:
            runs = surveys // 2 if part is tests else surveys
            columns[n].update(part(n, runs, np.random.default_rng([7, n])))
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
    print("Made by `python benchmarks/coverage_rates.py`.\n")
    print("| what | " + " | ".join(f"n = {n}" for n in SIZES) + " |")
    print("|---|" + "---:|" * len(SIZES))
    for what in columns[SIZES[0]]:
        print(f"| {what} | " + " | ".join(f"{100 * columns[n][what]:.1f}" for n in SIZES) + " |")


if __name__ == "__main__":
    main()
