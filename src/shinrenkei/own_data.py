"""People's own plan files and firm panels, read for the notebooks: checked before anything is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from shinrenkei.cleaning import parse_date, parse_number, region
from shinrenkei.cleaning.errors import CleaningError
from shinrenkei.errors import InputError

Parse = Callable[[pd.Series], Any]

_DATED = ("certified_on", "first_sales_on")
_COUNTED = ("certified", "commercialized")
_PANEL = ("firm_id", "year", "value_added_yen", "employees", "partner_type")


def read_plans(path: str | Path) -> pd.DataFrame:
    """Read a plan file of one's own: a row a plan, or counts.

    Parameters
    ----------
    path
        A CSV, Excel, Parquet or other file that :func:`shinrenkei.cleaning.read_table` reads. A row a plan has
        ``certified_on`` and ``first_sales_on`` (dates, the second empty where there are no sales yet); a table of
        counts has ``certified`` and ``commercialized``. ``region`` and any other columns may stand beside them.

    Returns
    -------
    pandas.DataFrame
        Dates as ``datetime64``, counts as ``Int64``, regions as METI codes.

    Raises
    ------
    InputError
        Where the file is missing or cannot be read, a column is missing, or a cell cannot be read.
    """
    path = Path(path)
    frame = _read(path)
    if not (set(_DATED) <= set(frame) or set(_COUNTED) <= set(frame)):
        nearer = _COUNTED if len(set(_COUNTED) & set(frame)) > len(set(_DATED) & set(frame)) else _DATED
        expected = "certified_on and first_sales_on (a row a plan) or certified and commercialized (counts)"
        raise _missing(path, frame, nearer, expected)
    parses: dict[str, Parse] = {**dict.fromkeys((*_DATED, "as_of"), parse_date), "region": region}
    if "certified_on" not in frame:
        parses |= dict.fromkeys(_COUNTED, parse_number)
    return _parsed(path, frame, parses)


def read_firms(path: str | Path) -> pd.DataFrame:
    """Read a firm panel of one's own: a row a firm and year.

    Parameters
    ----------
    path
        A CSV, Excel, Parquet or other file that :func:`shinrenkei.cleaning.read_table` reads, with ``firm_id``,
        ``year``, ``value_added_yen``, ``employees`` (persons engaged) and ``partner_type`` (codes of the fourteen
        types, several joined by ``;``). ``industry``, ``region`` and any other columns may stand beside them.

    Returns
    -------
    pandas.DataFrame
        Years and amounts as numbers, regions as METI codes.

    Raises
    ------
    InputError
        Where the file is missing or cannot be read, a column is missing, or a cell cannot be read.
    """
    path = Path(path)
    frame = _read(path)
    if not set(_PANEL) <= set(frame):
        raise _missing(path, frame, _PANEL, ", ".join(_PANEL))
    numbers = ("year", "value_added_yen", "employees", "capital_yen", "founded")
    return _parsed(path, frame, {**dict.fromkeys(numbers, parse_number), "region": region})


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        msg = f"{path} does not exist; expected a file of one's own data."
        raise InputError(msg)
    if path.suffix.lower() == ".parquet":
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as error:
            msg = f"{path.name} cannot be read as Parquet ({error})."
            raise InputError(msg) from None
    from shinrenkei.cleaning.files import read_table

    try:
        cells = read_table(path).cells
    except CleaningError as error:
        raise InputError(str(error)) from None
    return cells.replace("", None)


def _missing(path: Path, frame: pd.DataFrame, needed: Iterable[str], expected: str) -> InputError:
    absent = ", ".join(name for name in needed if name not in frame)
    has = ", ".join(map(str, frame.columns))
    return InputError(f"{path.name} has no column {absent}; expected {expected}; it has {has}.")


def _parsed(path: Path, frame: pd.DataFrame, parses: dict[str, Parse]) -> pd.DataFrame:
    columns = {}
    for name, parse in parses.items():
        if name not in frame or _typed(frame[name]):
            continue
        try:
            columns[name] = parse(frame[name])
        except CleaningError as error:
            msg = f"{path.name}, column {name}: {error}"
            raise InputError(msg) from None
    return frame.assign(**columns)


def _typed(column: pd.Series) -> bool:
    kinds = (pd.api.types.is_datetime64_any_dtype, pd.api.types.is_numeric_dtype, pd.api.types.is_bool_dtype)
    return any(kind(column) for kind in kinds)
