"""Bootstrap of means and medians of overlapping types, as ratios to ``scipy.stats.bootstrap``.

    python benchmarks/bench_bootstrap.py [--firms 100000] [--resamples 2000] [--rounds 3] [--seeds 12]

A fast bootstrap that is wrong looks the same as a right one, so the error of the endpoints is measured beside the
time: over several seeds its root mean square must be what theory says for that many resamples, sqrt(p (1 - p) / B) /
phi(z_p) standard errors for a mean.  The baseline is scipy's percentile interval, vectorized, in batches of 100,
type by type; it has no joint resampling, so joint resampling is compared with the same.  Every timed call comes
directly after an untimed one of its own, the ways in turn, and a ratio is that of the shortest times.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
from bench_productivity import ANSWERS, TYPES, panel
from bench_rates import KEEP, shortest
from scipy import stats

from shinrenkei.metrics._firms.answers import split_answers
from shinrenkei.metrics._firms.laws import mean_quantile, median_law, median_quantile
from shinrenkei.metrics._firms.resampling import Sample, resampled, sample_of
from shinrenkei.metrics.bootstrap import Statistic, bootstrap_change, bootstrap_interval

P = 0.025


def changes(firms: int) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Return the change and the types of each firm, and the panel."""
    table, held = panel(firms)
    frame = table.to_pandas()
    level = (frame["value_added_yen"] / frame["employees"] / 1000).to_numpy()
    return level[1::2] - level[::2], held, frame


def sample(change: np.ndarray, held: np.ndarray) -> Sample:
    mask = (held @ (1 << np.arange(len(TYPES)))).astype(np.int32)
    answers = split_answers(mask, pa.array(ANSWERS.tolist(), pa.large_string()), ";")
    return sample_of(change, answers, [answers.labels.index(code) for code in TYPES], None)


def by_scipy(groups: list[np.ndarray], statistic: Statistic, resamples: int) -> None:
    function = np.mean if statistic == "mean" else np.median
    for values in groups:
        stats.bootstrap(
            (values,), function, n_resamples=resamples, method="percentile", vectorized=True, batch=100,
            rng=np.random.default_rng(0),
        )  # fmt: skip


def endpoint_error(
    held: Sample, groups: list[np.ndarray], statistic: Statistic, resamples: int, seeds: int
) -> str:
    """Compare the joint resamples' endpoints with the law of infinitely many, in units of what theory allows."""
    quantile = mean_quantile if statistic == "mean" else median_quantile
    exact = np.array([quantile(values, P) for values in groups])
    scaled = []
    for seed in range(seeds):
        draws = resampled(held, median=statistic == "median", resamples=resamples, seed=seed, workers=2)
        if statistic == "mean":
            errors = np.quantile(draws, P, axis=0) - exact
            sd = np.array([values.std() / np.sqrt(values.size) for values in groups])
            theory = np.sqrt(P * (1 - P) / resamples) / stats.norm.pdf(stats.norm.ppf(P))
            scaled.append(errors / sd / theory)
        else:  # a median moves in steps: compare the share of resamples up to the exact endpoint
            reached = np.array([median_law(values, end) for values, end in zip(groups, exact, strict=True)])
            errors = (draws <= exact + 1e-9).mean(axis=0) - reached
            scaled.append(errors / np.sqrt(reached * (1 - reached) / resamples))
    return f"endpoint error {np.sqrt(np.mean(np.square(scaled))):.2f} of theory over {seeds} seeds (1.00 is right)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--firms", type=int, default=100_000)
    parser.add_argument("--resamples", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=12)
    options = parser.parse_args()
    if KEEP.items() - os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **KEEP})
    change, types, frame = changes(options.firms)
    groups = [change[column] for column in types.T]
    held = sample(change, types)
    goals: dict[Statistic, tuple[float, float]] = {"mean": (15, 5), "median": (500, 15)}
    for statistic, (marginal, joint) in goals.items():

        def scipy(statistic: Statistic = statistic) -> None:
            by_scipy(groups, statistic, options.resamples)

        def drawn(statistic: Statistic = statistic) -> None:
            resampled(held, median=statistic == "median", resamples=options.resamples, seed=0, workers=2)

        ways: list[tuple[str, float, Callable[[], object]]] = [
            ("marginal", marginal, lambda one=statistic: [bootstrap_interval(group, one) for group in groups]),
            ("marginal, BCa", 0, lambda one=statistic: [
                bootstrap_interval(group, one, interval="bca") for group in groups
            ]),
            ("joint", joint, drawn),
            ("marginal, from the panel", 0, lambda one=statistic: bootstrap_change(frame, statistic=one)),
            ("joint differences, from the panel", 0, lambda one=statistic: bootstrap_change(
                frame, statistic=one, base="university", resamples=options.resamples, workers=2
            )),
        ]  # fmt: skip
        if statistic == "mean":
            ways.append(("studentized, from the panel", 0, lambda: bootstrap_change(
                frame, interval="studentized", resamples=options.resamples, workers=2
            )))  # fmt: skip
        base, *times = shortest([scipy, *(way for _, _, way in ways)], options.rounds)
        for (name, goal, _), ours in zip(ways, times, strict=True):
            told = f"(goal {goal:.0f})" if goal else ""
            print(
                f"{statistic:6} {name:34} scipy {base * 1e3:6.0f} ms  ours {ours * 1e3:7.1f} ms  "
                f"{base / ours:7.1f} x {told}",
                flush=True,
            )
        print(
            f"{statistic:6} {endpoint_error(held, groups, statistic, options.resamples, options.seeds)}",
            flush=True,
        )


if __name__ == "__main__":
    main()
