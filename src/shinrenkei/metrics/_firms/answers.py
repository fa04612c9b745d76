"""Answers that may hold several types at once: which types each distinct answer holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shinrenkei.errors import InputError
from shinrenkei.metrics._firms import kernels
from shinrenkei.metrics._firms.batches import Batch, Column


@dataclass(frozen=True)
class Answers:
    """A code a firm, and for each code the types that the answer holds.

    ``codes`` (int32) is -1 where there is no answer. The types of answer ``a`` are
    ``types[begins[a]:begins[a + 1]]`` (int32), numbers of ``labels``.
    """

    codes: np.ndarray
    begins: np.ndarray
    types: np.ndarray
    labels: list[Any]

    def take(self, rows: np.ndarray) -> Answers:
        """Return the answers of some firms."""
        return Answers(self.codes[rows], self.begins, self.types, self.labels)

    def table(self) -> np.ndarray:
        """Return which types each distinct answer holds (bool, answers by types)."""
        held = np.zeros((self.begins.size - 1, len(self.labels)), np.bool_)
        held[np.repeat(np.arange(held.shape[0]), np.diff(self.begins)), self.types] = True
        return held

    def holds(self, label: Any) -> np.ndarray:
        """Return which firms have a type (bool)."""
        if label not in self.labels:
            return np.zeros(self.codes.size, np.bool_)
        return np.asarray(self.table()[self.codes, self.labels.index(label)] & (self.codes >= 0))


def from_table(codes: np.ndarray, held: np.ndarray, labels: Sequence[Any]) -> Answers:
    """Return answers by a table of which types each holds (bool, answers by types); labels become sorted."""
    order = sorted(range(len(labels)), key=lambda one: (str(type(labels[one])), labels[one]))
    begins = np.concatenate([[0], held.sum(axis=1).cumsum()]).astype(np.int64)
    types = np.nonzero(held[:, order])[1].astype(np.int32)
    return Answers(codes, begins, types, [labels[one] for one in order])


def encode(column: Column, rows: np.ndarray, separator: str) -> Any:
    """Return some rows of a column as an Arrow dictionary array; a cell with a list becomes joined text."""
    array = _rows_of(column, rows)
    kind = array.type
    if pa.types.is_floating(kind):  # to which a missing number and none at all are the same
        array = pa.array(array.to_numpy(zero_copy_only=False), from_pandas=True)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _encode_lists(array, separator)
    if pa.types.is_dictionary(array.type):
        used = _used_entries(array)
        words = used.dictionary
        if not pa.types.is_integer(words.type):
            words = words.cast(pa.large_string())
        return pa.DictionaryArray.from_arrays(used.indices.cast(pa.int32()), words)
    if pa.types.is_null(array.type) or pa.types.is_string(array.type):
        array = array.cast(pa.large_string())
    return array.dictionary_encode()


def _used_entries(array: Any) -> Any:
    """Return a dictionary array without the entries that no row holds: engines keep them or not."""
    codes = array.indices.cast(pa.int32()).fill_null(-1).to_numpy(zero_copy_only=False)
    held = np.zeros(len(array.dictionary) + 1, np.bool_)  # the last one is that of a missing code, -1
    held[codes] = True
    used = np.flatnonzero(held[:-1])
    if used.size == len(array.dictionary):
        return array
    place = np.full(held.size, -1, np.int32)
    place[used] = np.arange(used.size)
    indices = pa.array(place[codes], mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, array.dictionary.take(pa.array(used)))


def _encode_lists(array: Any, separator: str) -> Any:
    """Return lists as a dictionary array of joined text, without their missing elements.

    Lists of few different values are joined by masks, which is faster.
    """
    array = array.cast(pa.large_list(array.type.value_type))
    words = (
        array.flatten().dictionary_encode()
        if not pa.types.is_dictionary(array.type.value_type)
        else array.flatten()
    )
    names = words.dictionary.cast(pa.large_string()).to_pylist()
    sizes = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    missing = array.is_null().to_numpy(zero_copy_only=False)
    if len(names) > 63:
        elements = words.dictionary_decode().cast(pa.string()).fill_null("")
        ends = pa.array(np.append(0, np.cumsum(sizes)), pa.int32(), mask=np.append(missing, False))
        texts = pc.binary_join(pa.ListArray.from_arrays(ends, elements), separator)
        return texts.cast(pa.large_string()).dictionary_encode()
    bits = np.append(np.left_shift(np.uint64(1), np.arange(len(names), dtype=np.uint64)), np.uint64(0))
    held = bits[words.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)]
    masks = np.zeros(len(array), np.uint64)
    filled = sizes > 0
    begins = np.cumsum(sizes) - sizes
    if filled.any():
        masks[filled] = np.bitwise_or.reduceat(held, begins[filled])
    local, present = _distinct(masks, len(names))
    texts = [
        separator.join(name for bit, name in enumerate(names) if int(mask) >> bit & 1) for mask in present
    ]
    return pa.DictionaryArray.from_arrays(pa.array(local, mask=missing), pa.array(texts, pa.large_string()))


def _rows_of(array: Column, rows: np.ndarray) -> Any:
    """Return some rows as an Arrow array, without a copy where they stand together."""
    if isinstance(array, np.ndarray):
        return pa.array(array[rows])
    if rows.size and rows[-1] - rows[0] + 1 == rows.size:
        return array.slice(rows[0], rows.size)
    return array.take(pa.array(rows))


def encode_flags(batch: Batch, names: Sequence[str], rows: np.ndarray) -> Any:
    """Return a set of boolean columns as an Arrow dictionary array of masks, the first column the lowest bit.

    A row in which any of them is missing has no answer.
    """
    masks = np.zeros(rows.size, np.uint64)
    missing = np.zeros(rows.size, np.bool_)
    for position, name in enumerate(names):
        column = batch[name]
        if not isinstance(column, np.ndarray) and pa.types.is_boolean(column.type):
            missing |= column.is_null().to_numpy(zero_copy_only=False)[rows]
            column = column.fill_null(False).to_numpy(zero_copy_only=False)
        if not isinstance(column, np.ndarray) or column.dtype != np.bool_:
            kind = column.dtype if isinstance(column, np.ndarray) else column.type
            message = f"Column {name!r} must hold true and false, but it holds {kind}."
            raise InputError(message)
        kernels.add_flag(masks, column.view(np.uint8), rows, np.uint64(position))
    local, present = _distinct(masks, len(names))
    return pa.DictionaryArray.from_arrays(pa.array(local, mask=missing), pa.array(present.astype(np.uint64)))


def _distinct(masks: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a code a mask and the distinct masks: by a table up to 16 bits, above that by sorting."""
    if bits > 16:
        present, local = np.unique(masks, return_inverse=True)
        return local.astype(np.int32), present
    whole = masks.astype(np.int64)
    present = np.flatnonzero(np.bincount(whole, minlength=1 << bits))
    table = np.zeros(1 << bits, np.int32)
    table[present] = np.arange(present.size, dtype=np.int32)
    return table[whole], present


def unify(parts: Sequence[Any]) -> tuple[np.ndarray, Any]:
    """Return dictionary arrays of several batches as one array of codes (-1: missing) and one dictionary."""
    chunks = pa.chunked_array(parts).unify_dictionaries().chunks
    codes = [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) for chunk in chunks]
    return np.concatenate(codes).astype(np.int32, copy=False), chunks[0].dictionary


def split_masks(codes: np.ndarray, masks: Any, names: Sequence[str]) -> Answers:
    """Return answers given as masks of named columns; a column that is never true is a type all the same."""
    bits = np.arange(len(names), dtype=np.uint64)
    held = (masks.to_numpy()[:, None] >> bits & np.uint64(1)).astype(np.bool_)
    return from_table(codes, held, names)


def split_answers(codes: np.ndarray, dictionary: Any, separator: str) -> Answers:
    """Return which types each distinct answer holds: text is split, any other value is a type itself."""
    if not pa.types.is_large_string(dictionary.type):
        return from_table(codes, np.eye(len(dictionary), dtype=np.bool_), dictionary.to_pylist())
    lists = pc.split_pattern(dictionary, separator)
    words = pc.utf8_trim_whitespace(lists.flatten()).dictionary_encode()
    labels = words.dictionary.to_pylist()
    held = np.zeros((len(dictionary), len(labels)), np.bool_)
    held[np.repeat(np.arange(len(dictionary)), np.diff(lists.offsets)), words.indices] = True
    named = [place for place, label in enumerate(labels) if label]
    return from_table(codes, held[:, named], [labels[place] for place in named])
