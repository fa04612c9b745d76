"""Rows of text as every reader of files gives them, a few thousand at a time."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from shinrenkei.cleaning.errors import CleaningError

CHUNK = 50_000

Row = list[str]


@dataclass(frozen=True)
class Rows:
    """A file's rows from its first line on, as text.

    ``merges`` are merged cells as (first row, first column, last row, last column), counted from 0; ``named`` says
    that the first row is the heading because the format itself has one; ``about`` is what was found out.
    """

    chunks: Iterator[list[Row]]
    merges: tuple[tuple[int, int, int, int], ...] = ()
    named: bool = False
    about: tuple[str, ...] = ()


def chunked(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Return rows in lists of at most `CHUNK`."""
    rows = iter(rows)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def cell_text(value: Any) -> str:
    """Return a cell's text: whole numbers without a point, days as 2005-04-13.

    Examples
    --------
    >>> [cell_text(value) for value in (1234.0, 0.1, "001", None, True, dt.datetime(2005, 4, 13))]
    ['1234', '0.1', '001', '', 'TRUE', '2005-04-13']
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return "" if value != value else str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return "" if value is None or value is pd.NA or value is pd.NaT else str(value)


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Say in one sentence what the system says of a file."""
    try:
        yield
    except FileNotFoundError:
        msg = f"{path} does not exist."
        raise CleaningError(msg) from None
    except IsADirectoryError:
        msg = f"{path} is a folder; expected a file."
        raise CleaningError(msg) from None
    except PermissionError:
        msg = f"{path} may not be read or written by this user."
        raise CleaningError(msg) from None
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error).rstrip(".")
        msg = f"{path} cannot be read or written: {reason}."
        raise CleaningError(msg) from None
