"""Exact order statistics, means and spreads of overlapping groups in two passes, without a copy of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from shinrenkei.metrics._firms import kernels
from shinrenkei.metrics._firms.answers import Answers
from shinrenkei.metrics._firms.panel import THREADS

SAMPLE = 20_000


@dataclass(frozen=True)
class Ordered:
    """One group: its size, mean, squared and cubed deviations added up, firms above zero, some of its sorted values.

    ``pieces`` are runs of sorted values, by the rank (from 0) of the first; between them only sums are known.
    """

    n: int
    mean: float
    squares: float
    cubes: float
    rose: int
    counts: np.ndarray
    sums: np.ndarray
    pieces: dict[int, np.ndarray]

    def _bin(self, rank: int) -> tuple[int, int]:
        """Return the bin that a rank lies in, and the rank of the bin's first value."""
        ends = np.cumsum(self.counts)
        place = int(np.searchsorted(ends, rank, side="right"))
        return place, int(ends[place] - self.counts[place])

    def rank(self, rank: int) -> float:
        """Return the value with a rank (from 0) that was asked for."""
        _, first = self._bin(rank)
        return float(self.pieces[first][rank - first])

    def total(self, first: int, last: int) -> float:
        """Return the sum of the values from one rank that was asked for to another, both included."""
        one, begins = self._bin(first)
        two, ends = self._bin(last)
        if one == two:
            return float(self.pieces[begins][first - begins : last - begins + 1].sum())
        outer = self.pieces[begins][first - begins :].sum() + self.pieces[ends][: last - ends + 1].sum()
        return float(self.sums[one + 1 : two].sum() + outer)


def order_groups(
    values: np.ndarray, answers: Answers, ranks: Callable[[int], Sequence[int]]
) -> dict[Any, Ordered]:
    """Return each type's group, with the values at ``ranks(n)`` known, n being its size.

    The values are counted into bins first; only the bins in which a wanted rank lies are then sorted.
    """
    kinds = len(answers.labels)
    bins = max(16, min(1024, 65536 // max(kinds, 1)))  # few enough that the counters stay in the cache
    low, scale = _bins_of(values, bins)
    parts = np.linspace(0, values.size, THREADS + 1).astype(np.int64)
    slices = [slice(one, two) for one, two in pairwise(parts)]
    counts = np.zeros((len(slices), kinds, bins), np.int64)
    sums = np.zeros((len(slices), kinds, bins), np.float64)

    def count(part: int) -> np.ndarray:
        firms = slices[part]
        held = (answers.begins, answers.types, low, scale)
        return kernels.count_bins(values[firms], answers.codes[firms], *held, counts[part], sums[part])

    with ThreadPoolExecutor(THREADS) as pool:
        rose = np.sum(list(pool.map(count, range(len(slices)))), axis=0)
        totals, sizes = counts.sum(axis=0), counts.sum(axis=(0, 2))
        means = sums.sum(axis=(0, 2)) / np.maximum(sizes, 1)
        wanted = _bins_with(totals, [ranks(int(n)) if n else () for n in sizes])
        places, out = _places(counts, wanted)

        def gather(part: int) -> np.ndarray:
            firms = slices[part]
            held = (answers.begins, answers.types, low, scale, means)
            return kernels.gather_bins(values[firms], answers.codes[firms], *held, places[part], out)

        squares, cubes = np.sum(list(pool.map(gather, range(len(slices)))), axis=0)
    ends = places[-1]  # each bin's place has moved on to its end
    found: dict[Any, Ordered] = {}
    for kind, label in enumerate(answers.labels):
        firsts = np.cumsum(totals[kind]) - totals[kind]
        pieces = {
            int(firsts[place]): np.sort(out[ends[kind, place] - totals[kind, place] : ends[kind, place]])
            for place in np.flatnonzero(wanted[kind])
        }
        found[label] = Ordered(
            int(sizes[kind]),
            float(means[kind]),
            float(squares[kind]),
            float(cubes[kind]),
            int(rose[kind]),
            totals[kind],
            sums[:, kind].sum(axis=0),
            pieces,
        )
    return found


def _bins_of(values: np.ndarray, bins: int) -> tuple[float, float]:
    """Return where the bins begin and how many there are in one unit, by a sample of the values."""
    sample = values[:: max(1, values.size // SAMPLE)]
    low, high = np.quantile(sample, [0.005, 0.995]) if sample.size else (0.0, 0.0)
    return float(low), bins / float(high - low) if high > low else 0.0


def _bins_with(counts: np.ndarray, ranks: Sequence[Sequence[int]]) -> np.ndarray:
    wanted = np.zeros(counts.shape, np.bool_)
    for kind, asked in enumerate(ranks):
        wanted[kind, np.searchsorted(np.cumsum(counts[kind]), list(asked), side="right")] = True
    return wanted


def _places(counts: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where each part of the firms writes each wanted bin (-1: not wanted), and the room for all."""
    kept = np.where(wanted, counts, 0)
    sizes = np.moveaxis(kept, 0, -1).ravel()  # a bin's parts stand side by side
    places = (np.cumsum(sizes) - sizes).reshape(*wanted.shape, len(counts))
    return np.where(wanted, np.moveaxis(places, -1, 0), -1), np.empty(int(sizes.sum()), np.float64)
