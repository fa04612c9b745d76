"""Passes over firm-years and firms that NumPy would need several temporary arrays for."""

from __future__ import annotations

import numpy as np

from shinrenkei.metrics._firms.jit import compiled


@compiled
def split_years(year, start, end):  # type: ignore[no-untyped-def]
    """Return the rows of the start year and the rows of the end year (int64)."""
    first = np.empty(year.size, np.int64)
    second = np.empty(year.size, np.int64)
    n = m = 0
    for i in range(year.size):
        first[n] = i
        n += year[i] == start
        second[m] = i
        m += year[i] == end
    return first[:n].copy(), second[:m].copy()


@compiled
def levels(value, persons, rows, factor):  # type: ignore[no-untyped-def]
    """Return ``value / persons * factor`` for some rows, NaN where it is not known, and the reasons counted.

    The reasons: a missing value, an infinite one, persons that are not above zero.
    """
    level = np.empty(rows.size, np.float64)
    reasons = np.zeros(3, np.int64)
    for i in range(rows.size):
        amount = np.float64(value[rows[i]])
        heads = np.float64(persons[rows[i]])
        level[i] = np.nan
        if np.isnan(amount) or np.isnan(heads):
            reasons[0] += 1
        elif np.isinf(amount) or np.isinf(heads):
            reasons[1] += 1
        elif heads <= 0:
            reasons[2] += 1
        else:
            level[i] = amount / heads * factor
    return level, reasons


@compiled
def add_flag(masks, flag, rows, bit):  # type: ignore[no-untyped-def]
    """Set one bit of each row's mask where ``flag`` (uint8, 0 or 1) is set."""
    for i in range(rows.size):
        masks[i] |= np.uint64(flag[rows[i]]) << bit


@compiled
def spread(values, codes, begins, types, n_types):  # type: ignore[no-untyped-def]
    """Return the values of the firms of each type, type after type, and where each type begins.

    A firm with several types stands in each of them, a firm without an answer (code -1) in none.
    """
    answers = np.zeros(begins.size, np.int64)
    for i in range(codes.size):
        answers[codes[i]] += 1  # -1 counts in the last place, which belongs to no answer
    starts = np.zeros(n_types + 1, np.int64)
    for answer in range(begins.size - 1):
        for k in range(begins[answer], begins[answer + 1]):
            starts[types[k] + 1] += answers[answer]
    for k in range(n_types):
        starts[k + 1] += starts[k]
    places = starts[:-1].copy()
    out = np.empty(starts[-1], np.float64)
    for i in range(codes.size):
        answer = codes[i]
        if answer < 0:
            continue
        for k in range(begins[answer], begins[answer + 1]):
            kind = types[k]
            out[places[kind]] = values[i]
            places[kind] += 1
    return out, starts


@compiled
def _bin(value, low, scale, bins):  # type: ignore[no-untyped-def]
    """Return which of ``bins`` intervals a value lies in; the outer ones are open."""
    place = (value - low) * scale
    if not place > 0:
        return 0
    return bins - 1 if place >= bins else np.int64(place)


@compiled
def count_bins(values, codes, begins, types, low, scale, counts, sums):  # type: ignore[no-untyped-def]
    """Add up, for each type and bin, the firms and their values; return how many firms of each type rose."""
    rose = np.zeros(counts.shape[0], np.int64)
    for i in range(codes.size):
        answer = codes[i]
        if answer < 0:
            continue
        value = values[i]
        place = _bin(value, low, scale, counts.shape[1])
        for k in range(begins[answer], begins[answer + 1]):
            counts[types[k], place] += 1
            sums[types[k], place] += value
            rose[types[k]] += value > 0
    return rose


@compiled
def gather_bins(values, codes, begins, types, low, scale, means, places, out):  # type: ignore[no-untyped-def]
    """Write the values of the bins that have a place (0 or more); return squared and cubed deviations by type."""
    powers = np.zeros((2, means.size), np.float64)
    for i in range(codes.size):
        answer = codes[i]
        if answer < 0:
            continue
        value = values[i]
        place = _bin(value, low, scale, places.shape[1])
        for k in range(begins[answer], begins[answer + 1]):
            kind = types[k]
            off = value - means[kind]
            powers[0, kind] += off * off
            powers[1, kind] += off * off * off
            if places[kind, place] >= 0:
                out[places[kind, place]] = value
                places[kind, place] += 1
    return powers


@compiled
def differences(before, after, ours, theirs, log):  # type: ignore[no-untyped-def]
    """Return the change of each firm that has both levels, the places of those pairs, and two counts.

    Counted are the pairs whose logarithm is not defined, and those that changed about a thousand times.
    """
    change = np.empty(ours.size, np.float64)
    kept = np.empty(ours.size, np.int64)
    n = undefined = jumped = 0
    for i in range(ours.size):
        one = before[ours[i]]
        two = after[theirs[i]]
        if np.isnan(one) or np.isnan(two):
            continue
        both_positive = one > 0 and two > 0
        if both_positive and (two > 300 * one or one > 300 * two):
            jumped += 1
        if log and not both_positive:
            undefined += 1
            continue
        change[n] = np.log(two / one) if log else two - one
        kept[n] = i
        n += 1
    return change[:n], kept[:n], undefined, jumped
