"""What cannot be read: the distinct values, why, and the rows they stand in."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

SHOWN_VALUES = 5
SHOWN_ROWS = 5
SHOWN_CHARACTERS = 60


class Unreadable(ValueError):  # noqa: N818 - it names a cell, and never leaves this package
    """One cell cannot be read; the text is the reason. `CleaningError` gathers them for the caller."""


class CleaningError(ValueError):
    """Cells, a codebook or a file are not what was expected.

    Attributes
    ----------
    values
        The distinct values that could not be read, in order of appearance.
    rows
        For each of them, the index labels of the rows they stand in.
    reasons
        For each of them, why it could not be read.
    """

    def __init__(
        self,
        message: str,
        *,
        rows: Mapping[Any, Sequence[Hashable]] | None = None,
        reasons: Mapping[Any, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.rows = {value: list(labels) for value, labels in (rows or {}).items()}
        self.reasons = dict(reasons or {})
        self.values = tuple(self.reasons)


def shown(value: object) -> str:
    """Return a value in quotes, shortened where it is long."""
    text = repr(getattr(value, "item", lambda: value)())  # 3 for numpy's int64(3)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 2]}…{text[-1]}"


def unreadable_value(value: object, what: str, reason: str) -> CleaningError:
    """Return the error for one value given on its own.

    Examples
    --------
    >>> print(unreadable_value("多数", "a number", "it has no digit"))
    '多数' cannot be read as a number: it has no digit.
    """
    return CleaningError(f"{shown(value)} cannot be read as {what}: {reason}.", reasons={str(value): reason})


def unreadable_cells(
    name: object, what: str, rows: Mapping[Any, Sequence[Hashable]], reasons: Mapping[Any, str]
) -> CleaningError:
    """Return the error for a column, naming its distinct unreadable values and their rows.

    Examples
    --------
    >>> print(unreadable_cells("件数", "a number", {"多数": [3, 8]}, {"多数": "it has no digit"}))
    In column '件数', 1 distinct value cannot be read as a number: '多数' (rows 3, 8; it has no digit).
    """
    where = "" if name is None else f"In column {name!r}, "
    count = len(reasons)
    told = "; ".join(_told(value, rows[value], reasons[value]) for value in list(reasons)[:SHOWN_VALUES])
    rest = f"; and {count - SHOWN_VALUES} more" if count > SHOWN_VALUES else ""
    values = "distinct value" if count == 1 else "distinct values"
    return CleaningError(
        f"{where}{count} {values} cannot be read as {what}: {told}{rest}.", rows=rows, reasons=reasons
    )


def _told(value: object, rows: Sequence[Hashable], reason: str) -> str:
    labels = ", ".join(str(label) for label in rows[:SHOWN_ROWS])
    more = f" and {len(rows) - SHOWN_ROWS} more" if len(rows) > SHOWN_ROWS else ""
    return f"{shown(value)} ({'row' if len(rows) == 1 else 'rows'} {labels}{more}; {reason})"
