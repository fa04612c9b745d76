"""Resampling of whole firms, or whole clusters of firms, for several overlapping groups at once.

Every resample has a random state of its own, made from the seed and its number, so that the answer does not
depend on who draws which; each unit is drawn with replacement as often as there are units.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from shinrenkei.metrics._firms.answers import Answers
from shinrenkei.metrics._firms.jit import compiled, compiled_sum


@dataclass(frozen=True)
class Sample:
    """Firms to be resampled, and the unit (int32) that each is drawn with; none where each firm is its own."""

    values: np.ndarray
    answers: Answers
    unit: np.ndarray
    units: int


def sample_of(values: np.ndarray, answers: Answers, types: Sequence[int], unit: np.ndarray | None) -> Sample:
    """Return the firms with their answers cut down to some types, as a firm without any may be drawn too."""
    table = np.vstack([answers.table()[:, list(types)], np.zeros((1, len(types)), np.bool_)])
    # answers in an order of their own, so that the resamples do not depend on which was met first
    held, place = np.unique(table, axis=0, return_inverse=True)
    codes = place.ravel().astype(np.int32)[answers.codes]  # -1, no answer, is the last row: no type
    begins = np.concatenate([[0], held.sum(axis=1).cumsum()]).astype(np.int64)
    cut = Answers(codes, begins, np.nonzero(held)[1].astype(np.int32), list(types))
    if unit is None:
        return Sample(values, cut, np.empty(0, np.int32), values.size)
    return Sample(values, cut, unit.astype(np.int32, copy=False), int(unit.max()) + 1)


@compiled
def _rotate(x, by):  # type: ignore[no-untyped-def]
    return (x << np.uint64(by)) | (x >> np.uint64(64 - by))


@compiled
def draw(state, counts):  # type: ignore[no-untyped-def]
    """Draw as many units as there are, with replacement, into ``counts`` (xoshiro256++, Lemire's bounded numbers).

    Blackman, D. and Vigna, S. (2021), ACM Transactions on Mathematical Software 47(4); Lemire, D. (2019), ACM
    Transactions on Modeling and Computer Simulation 29(1).
    """
    n = np.uint64(counts.size)
    threshold = (np.uint64(1 << 32) - n) % n
    low32 = np.uint64(0xFFFFFFFF)
    a, b, c, d = state[0], state[1], state[2], state[3]
    counts[:] = 0
    drawn = 0
    while drawn < counts.size:
        bits = _rotate(a + d, 23) + a
        t = b << np.uint64(17)
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= t
        d = _rotate(d, 45)
        for half in range(2):
            product = ((bits >> np.uint64(32)) if half else (bits & low32)) * n
            if (product & low32) >= threshold and drawn < counts.size:
                counts[product >> np.uint64(32)] += np.uint8(1)
                drawn += 1


@compiled
def _weigh(state, counts, unit, weights):  # type: ignore[no-untyped-def]
    """Draw the units and give each firm the number of times that its unit was drawn."""
    draw(state, counts)
    for i in range(unit.size):
        weights[i] = counts[unit[i]]


@compiled_sum
def _means(values, segments, begins, types, weights, out):  # type: ignore[no-untyped-def]
    """Write the mean of each type in eight resamples, whose weights stand side by side for each firm.

    The firms stand answer by answer, so that each answer is added up once.
    """
    sizes = np.zeros(out.shape, np.int64)
    sums = np.zeros(out.shape, np.float64)
    total = np.empty(8, np.float64)
    size = np.empty(8, np.int64)
    for answer in range(segments.size - 1):
        total[:] = 0
        size[:] = 0
        for i in range(segments[answer], segments[answer + 1]):
            for r in range(8):
                size[r] += np.int64(weights[i, r])
                total[r] += np.int64(weights[i, r]) * values[i]
        for k in range(begins[answer], begins[answer + 1]):
            for r in range(out.shape[0]):
                sums[r, types[k]] += total[r]
                sizes[r, types[k]] += size[r]
    for r in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[r, k] = sums[r, k] / sizes[r, k] if sizes[r, k] else np.nan


@compiled
def _median(values, mask, words, weights, sums):  # type: ignore[no-untyped-def]
    """Return the weighted median of the firms, in order, whose byte of ``mask`` is set; NaN where none was drawn.

    ``words`` are the weights, eight at a time, whose bytes are added side by side, 16 words in a block. That is
    right as long as 16 weights sum to less than 256; they have the mean 16, and do not get there in 1e100 draws.
    """
    even = np.uint64(0x00FF00FF00FF00FF)
    size = np.int64(0)
    for block in range(sums.size):
        lanes = np.uint64(0)
        for k in range(16 * block, 16 * block + 16):
            lanes += words[k] & mask[k]
        lanes = (lanes & even) + ((lanes >> np.uint64(8)) & even)
        sums[block] = np.int64((lanes * np.uint64(0x0001000100010001)) >> np.uint64(48))
        size += sums[block]
    if not size:
        return np.nan
    rank = (size - 1) // 2  # of the middle value, or of the lower of the two, from 0
    block = 0
    while rank >= sums[block]:
        rank -= sums[block]
        block += 1
    i = 128 * block
    member = mask.view(np.uint8)
    while not member[i] or rank >= np.int64(weights[i]):
        if member[i]:
            rank -= np.int64(weights[i])
        i += 1
    lower = values[i]
    if size % 2 or rank + 1 < np.int64(weights[i]):
        return lower
    i += 1
    while not member[i] or not weights[i]:
        i += 1
    return (lower + values[i]) / 2


@compiled
def _resample_means(values, segments, begins, types, unit, units, states, out):  # type: ignore[no-untyped-def]
    counts = np.empty(units, np.uint8)
    drawn = np.empty(values.size, np.uint8) if unit.size else counts
    weights = np.zeros((values.size, 8), np.uint8)
    for b in range(0, out.shape[0], 8):
        last = min(b + 8, out.shape[0])
        for r in range(last - b):
            _weigh(states[b + r], counts, unit, drawn)
            for i in range(values.size):
                weights[i, r] = drawn[i]
        _means(values, segments, begins, types, weights, out[b:last])


@compiled
def _resample_medians(values, masks, unit, units, states, out):  # type: ignore[no-untyped-def]
    padded = np.zeros(8 * masks.shape[1], np.uint8)
    weights = padded[: values.size]
    counts = np.empty(units, np.uint8) if unit.size else weights
    sums = np.empty(masks.shape[1] // 16, np.int64)
    for b in range(out.shape[0]):
        _weigh(states[b], counts, unit, weights)
        for k in range(out.shape[1]):
            out[b, k] = _median(values, masks[k], padded.view(np.uint64), weights, sums)


@compiled
def _leave_out_medians(values, masks, unit, first, out):  # type: ignore[no-untyped-def]
    padded = np.zeros(8 * masks.shape[1], np.uint8)
    weights = padded[: values.size]
    sums = np.empty(masks.shape[1] // 16, np.int64)
    for b in range(out.shape[0]):
        for i in range(unit.size):
            weights[i] = unit[i] != first + b
        for k in range(out.shape[1]):
            out[b, k] = _median(values, masks[k], padded.view(np.uint64), weights, sums)


def states_of(seed: int, resamples: int) -> np.ndarray:
    """Return the random state (row) of each resample."""
    return np.random.SeedSequence(seed).generate_state(4 * resamples, np.uint64).reshape(resamples, 4)


def resampled(sample: Sample, *, median: bool, resamples: int, seed: int, workers: int) -> np.ndarray:
    """Return the mean or median of each type (columns) in each resample (rows)."""
    states = states_of(seed, resamples)
    ordered = _by_value(sample) if median else _by_answer(sample)

    def fill(rows: slice, out: np.ndarray) -> None:
        kernel = _resample_medians if median else _resample_means
        kernel(*ordered, sample.units, states[rows], out[rows])

    return filled(fill, (resamples, len(sample.answers.labels)), workers)


def medians_without(sample: Sample, workers: int) -> np.ndarray:
    """Return the median of each type (columns) without each unit in turn (rows): the jackknife."""
    values, masks, unit = _by_value(sample)
    unit = unit if unit.size else np.arange(values.size, dtype=np.int32)

    def fill(rows: slice, out: np.ndarray) -> None:
        _leave_out_medians(values, masks, unit, rows.start, out[rows])

    return filled(fill, (sample.units, len(sample.answers.labels)), workers)


def _by_answer(sample: Sample) -> tuple[np.ndarray, ...]:
    """Return the values answer by answer, where each answer begins, its types, and the units."""
    order = np.argsort(sample.answers.codes, kind="stable")
    segments = np.searchsorted(sample.answers.codes[order], np.arange(sample.answers.begins.size))
    unit = sample.unit[order] if sample.unit.size else sample.unit
    return sample.values[order], segments, sample.answers.begins, sample.answers.types, unit


def _by_value(sample: Sample) -> tuple[np.ndarray, ...]:
    """Return the values in order, a mask of 255 and 0 a type over the firms (eight in a word), and the units."""
    order = np.argsort(sample.values, kind="stable")
    held = sample.answers.table()
    masks = np.zeros((held.shape[1], -(-order.size // 128) * 128), np.uint8)
    masks[:, : order.size] = np.where(held[sample.answers.codes[order]].T, 255, 0)
    unit = sample.unit[order] if sample.unit.size else sample.unit
    return sample.values[order], masks.view(np.uint64), unit


def filled(fill: Callable[[slice, np.ndarray], None], shape: tuple[int, int], workers: int) -> np.ndarray:
    """Return an array of which ``fill`` fills some rows at a time, in threads."""
    out = np.empty(shape)
    if workers == 1:
        fill(slice(0, shape[0]), out)
        return out
    step = max(1, min(64, -(-shape[0] // workers)))
    parts = [slice(start, min(start + step, shape[0])) for start in range(0, shape[0], step)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda rows: fill(rows, out), parts))
    return out
