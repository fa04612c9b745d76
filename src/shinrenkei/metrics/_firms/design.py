"""The matrix of a regression, made a block of rows at a time: constant, types, numbers, one column a category."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from shinrenkei.errors import InputError

BLOCK = 1 << 16
MOST_COLUMNS = 2000


@dataclass(frozen=True)
class Category:
    """A categorical control: a code a firm (0: the reference, which has no column) and the other categories."""

    name: str
    codes: np.ndarray
    others: tuple[str, ...]


@dataclass(frozen=True)
class Design:
    """What explains the change of each firm.

    ``held`` says which of the types each distinct answer has, ``answer`` which answer each firm gave;
    ``numbers`` are further columns by name, ``categories`` those of which each has a column for all but one.
    """

    answer: np.ndarray
    held: np.ndarray
    types: tuple[str, ...]
    numbers: dict[str, np.ndarray]
    categories: tuple[Category, ...]

    @property
    def rows(self) -> int:
        """The number of firms."""
        return self.answer.size

    def names(self) -> list[str]:
        """Return the names of the columns."""
        others = [f"{one.name}={other}" for one in self.categories for other in one.others]
        return ["constant", *self.types, *self.numbers, *others]

    def block(self, rows: slice) -> np.ndarray:
        """Return some rows of the matrix; numbers are put to mean 0 and standard deviation 1."""
        answer = self.answer[rows]
        parts = [np.ones((answer.size, 1)), self.held[answer]]
        parts += [_standard(column)[rows, None] for column in self.numbers.values()]
        for one in self.categories:
            parts.append(one.codes[rows, None] == np.arange(1, len(one.others) + 1))
        return np.hstack(parts, dtype=np.float64, casting="unsafe")

    def blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield the matrix, a block of rows at a time."""
        for start in range(0, self.rows, BLOCK):
            rows = slice(start, min(start + BLOCK, self.rows))
            yield rows, self.block(rows)


def _standard(column: np.ndarray) -> np.ndarray:
    spread = column.std()
    return (column - column.mean()) / spread if spread else column - column.mean()


def inverse_of_gram(gram: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Return the inverse of X'X, refusing a column that the ones before it determine."""
    scale = np.sqrt(np.diag(gram))
    empty = np.flatnonzero(scale == 0)
    if empty.size:
        raise _dependent(names[empty[0]])
    unit = gram / np.outer(scale, scale)
    factor = np.zeros_like(unit)
    for j in range(unit.shape[0]):
        rest = unit[j, j] - factor[j, :j] @ factor[j, :j]
        if rest < 1e-9:
            raise _dependent(names[j])
        factor[j, j] = np.sqrt(rest)
        factor[j + 1 :, j] = (unit[j + 1 :, j] - factor[j + 1 :, :j] @ factor[j, :j]) / factor[j, j]
    half = np.linalg.inv(factor)
    return half.T @ half / np.outer(scale, scale)


def _dependent(name: str) -> InputError:
    return InputError(
        f"{name!r} is determined by the other columns of the model (the constant, the types and the controls "
        "before it), so that its effect cannot be told from theirs; leave one of them out."
    )
