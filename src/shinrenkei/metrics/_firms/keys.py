"""Firm ids as 64-bit keys, and the pairing of two years by them."""

from __future__ import annotations

import numpy as np

from shinrenkei.metrics._firms.jit import compiled

_ONE = np.uint64(0x9E3779B97F4A7C15)
_TWO = np.uint64(0xC2B2AE3D27D4EB4F)


@compiled
def _word(words, tail, start, stop):  # type: ignore[no-untyped-def]
    """Return up to eight bytes from ``start``, the first byte lowest, with zeros from ``stop`` on.

    Text begins anywhere in Arrow's run of bytes, so a word is put together from the two it lies in.
    """
    at = start >> np.uint64(3)
    shift = (start & np.uint64(7)) << np.uint64(3)
    here = words[at] if at < np.uint64(words.size) else tail
    after = words[at + np.uint64(1)] if at + np.uint64(1) < np.uint64(words.size) else tail
    word = (here >> shift) | ((after << (np.uint64(63) - shift)) << np.uint64(1))
    left = stop - start
    if left < np.uint64(8):
        word &= (np.uint64(1) << (left << np.uint64(3))) - np.uint64(1)
    return word


@compiled
def _first_byte_highest(word):  # type: ignore[no-untyped-def]
    low = np.uint64(0x00FF00FF00FF00FF)
    word = ((word & low) << np.uint64(8)) | ((word >> np.uint64(8)) & low)
    low = np.uint64(0x0000FFFF0000FFFF)
    word = ((word & low) << np.uint64(16)) | ((word >> np.uint64(16)) & low)
    return (word << np.uint64(32)) | (word >> np.uint64(32))


@compiled
def _mix(state, word, factor):  # type: ignore[no-untyped-def]
    state = (state ^ word) * factor
    return state ^ (state >> np.uint64(29))


@compiled
def pack_texts(words, tail, offsets, rows):  # type: ignore[no-untyped-def]
    """Return two keys a row: texts of up to 15 bytes whole and in order, longer ones as 120 bits of hash."""
    high = np.empty(rows.size, np.uint64)
    low = np.empty(rows.size, np.uint64)
    eight = np.uint64(8)
    for i in range(rows.size):
        start = np.uint64(offsets[rows[i]])
        stop = np.uint64(offsets[rows[i] + 1])
        size = stop - start
        if size <= np.uint64(15):
            high[i] = _first_byte_highest(_word(words, tail, start, stop))
            rest = _word(words, tail, start + eight, stop) if size > eight else np.uint64(0)
            low[i] = _first_byte_highest(rest) | size
        else:
            one, two = _ONE, _TWO
            while start < stop:
                word = _word(words, tail, start, stop)
                one, two = _mix(one, word, _TWO), _mix(two, word, _ONE)
                start = min(start + eight, stop)
            high[i] = _mix(one, size, _ONE)
            low[i] = _mix(two, size, _TWO) | np.uint64(255)
    return high, low


@compiled
def is_increasing(high, low):  # type: ignore[no-untyped-def]
    """Return whether the keys rise from row to row; then no key stands twice."""
    for i in range(1, high.size):
        if high[i] < high[i - 1] or (high[i] == high[i - 1] and (low.size == 0 or low[i] <= low[i - 1])):
            return False
    return True


@compiled
def merge(high, low, other_high, other_low):  # type: ignore[no-untyped-def]
    """Return the rows of two rising lists of keys that have the same key."""
    ours = np.empty(min(high.size, other_high.size), np.int32)
    theirs = np.empty_like(ours)
    i = j = n = 0
    while i < high.size and j < other_high.size:
        one, two = high[i], other_high[j]
        if one == two and low.size:
            one, two = low[i], other_low[j]
        if one == two:
            ours[n] = i
            theirs[n] = j
            n += 1
        i += one <= two
        j += two <= one
    return ours[:n], theirs[:n]


@compiled
def join(high, low, other_high, other_low):  # type: ignore[no-untyped-def]  # noqa: C901 - one hash table
    """Return the rows of two lists of keys, in any order, with the same key, and the number of repeats."""
    size = 16
    while size < 2 * (high.size + other_high.size):
        size *= 2
    last = np.uint64(size - 1)
    slots = np.full(size, -1, np.int32)
    ours = np.empty(min(high.size, other_high.size), np.int32)
    theirs = np.empty_like(ours)
    n = again = 0
    for i in range(high.size):
        slot = _mix(high[i], low[i] if low.size else np.uint64(0), _ONE) & last
        while slots[slot] >= 0:
            found = slots[slot]
            if high[found] == high[i] and (low.size == 0 or low[found] == low[i]):
                again += 1
                break
            slot = (slot + np.uint64(1)) & last
        slots[slot] = i
    taken = np.zeros(high.size, np.bool_)
    for j in range(other_high.size):
        slot = _mix(other_high[j], other_low[j] if low.size else np.uint64(0), _ONE) & last
        matched = False
        while slots[slot] >= 0:
            found = slots[slot]
            if found < high.size:
                if high[found] == other_high[j] and (low.size == 0 or low[found] == other_low[j]):
                    matched = True
                    break
            else:
                seen = found - high.size
                if other_high[seen] == other_high[j] and (low.size == 0 or other_low[seen] == other_low[j]):
                    again += 1
                    break
            slot = (slot + np.uint64(1)) & last
        if not matched:
            slots[slot] = high.size + j
        elif taken[found]:
            again += 1
        else:
            taken[found] = True
            ours[n] = found
            theirs[n] = j
            n += 1
    return ours[:n], theirs[:n], again
