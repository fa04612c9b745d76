"""The bootstrap-t: means, and their differences from a base, over their standard errors in each resample.

The error is that of linearization, unit by unit: a mean moves by the sum of its unit's deviations over the firms of
the type, and a difference by that of the two types. It holds for firms, for whole clusters, and for types that share
firms.
"""

from __future__ import annotations

import numpy as np

from shinrenkei.metrics._firms.jit import compiled
from shinrenkei.metrics._firms.resampling import Sample, draw, filled, states_of

SAME = 1e-12  # variance, as a share of the two means' in the sample, below which it is nothing but rounding


@compiled
def _totals(counts, begins, kinds, sizes, sums, base_sizes, base_sums, totals):  # type: ignore[no-untyped-def]
    """Add up sizes n, sums s and their products over the units drawn, a row a type; with those of the base last."""
    totals[:] = 0
    for unit in range(counts.size):
        times = np.float64(counts[unit])
        if not times:
            continue
        size0, sum0 = base_sizes[unit], base_sums[unit]
        for entry in range(begins[unit], begins[unit + 1]):
            row = totals[kinds[entry]]
            size, total = times * sizes[entry], times * sums[entry]
            row[0] += size
            row[1] += total
            row[2] += size * sizes[entry]
            row[3] += size * sums[entry]
            row[4] += total * sums[entry]
            if size0:
                row[5] += size * size0
                row[6] += size * sum0
                row[7] += total * size0
                row[8] += total * sum0


@compiled
def _deviation(totals, kind, base):  # type: ignore[no-untyped-def]
    """Return by how much a type's mean (less the base's) is off the sample's, and its squared standard error."""
    one = totals[kind]
    if not one[0] or (base >= 0 and not totals[base, 0]):
        return np.nan, np.nan
    mean = one[1] / one[0]
    variance = (one[4] - 2 * mean * one[3] + mean * mean * one[2]) / one[0] ** 2
    if base < 0:
        return mean, variance
    two = totals[base]
    other = two[1] / two[0]
    variance += (two[4] - 2 * other * two[3] + other * other * two[2]) / two[0] ** 2
    shared = one[8] - other * one[7] - mean * one[6] + mean * other * one[5]
    return mean - other, variance - 2 * shared / (one[0] * two[0])


@compiled
def _resample_ratios(states, entries, base_sizes, base_sums, base, least, out):  # type: ignore[no-untyped-def]
    begins, kinds, sizes, sums = entries
    counts = np.empty(begins.size - 1, np.uint8)
    totals = np.empty((out.shape[1], 9), np.float64)
    for b in range(out.shape[0]):
        draw(states[b], counts)
        _totals(counts, begins, kinds, sizes, sums, base_sizes, base_sums, totals)
        for kind in range(out.shape[1]):
            off, variance = _deviation(totals, kind, base)
            out[b, kind] = off / np.sqrt(variance) if variance > least[kind] else np.nan


def t_ratios(
    sample: Sample, base: int | None, *, resamples: int, seed: int, workers: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return each type's standard error, and its t ratio (columns) in each resample (rows).

    The mean is the type's, less that of the type number ``base`` where there is one. A ratio is NaN where no firm of
    the type was drawn, or only such as have one value.
    """
    held = sample.answers.table()[sample.answers.codes]
    kinds = held.shape[1]
    firm, kind = np.nonzero(held)
    means = np.bincount(kind, sample.values[firm], kinds) / np.maximum(held.sum(axis=0), 1)
    unit = sample.unit[firm].astype(np.int64) if sample.unit.size else firm
    cell, shape = unit * kinds + kind, (sample.units, kinds)
    size = np.bincount(cell, minlength=sample.units * kinds).reshape(shape).astype(np.float64)
    total = np.bincount(cell, sample.values[firm] - means[kind], sample.units * kinds).reshape(shape)
    begins = np.concatenate([[0], np.count_nonzero(size, axis=1).cumsum()])
    entries = (begins, np.nonzero(size)[1], size[size > 0], total[size > 0])
    none = np.zeros(sample.units)
    of_base = (none, none) if base is None else (size[:, base].copy(), total[:, base].copy())
    place = -1 if base is None else base
    totals = np.empty((kinds, 9))
    _totals(np.ones(sample.units, np.uint8), *entries, *of_base, totals)
    variances, own = (
        np.array([_deviation(totals, number, other)[1] for number in range(kinds)]) for other in (place, -1)
    )
    least = SAME * (own if base is None else own + own[base])
    states = states_of(seed, resamples)

    def fill(rows: slice, out: np.ndarray) -> None:
        _resample_ratios(states[rows], entries, *of_base, place, least, out[rows])

    return np.sqrt(np.where(variances > least, variances, 0)), filled(fill, (resamples, kinds), workers)
