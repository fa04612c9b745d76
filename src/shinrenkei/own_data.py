"""People's own plan files, read for the notebooks: checked before anything is computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from shinrenkei.cleaning import parse_date, parse_number, region
from shinrenkei.cleaning.errors import CleaningError
from shinrenkei.errors import InputError

_READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": lambda path: pd.read_csv(path, dtype="str", encoding="utf-8-sig", comment="#"),
    ".parquet": pd.read_parquet,
}
_DATES = ("certified_on", "first_sales_on", "as_of")
_COUNTS = ("certified", "commercialized")


def read_plans(path: str | Path) -> pd.DataFrame:
    """Read a plan file of one's own: a row a plan, or counts.

    Parameters
    ----------
    path
        A CSV (UTF-8) or Parquet file. A row a plan has ``certified_on`` and ``first_sales_on`` (dates, the
        second empty where there are no sales yet); a table of counts has ``certified`` and
        ``commercialized``. ``region`` and any other columns may stand beside them.

    Returns
    -------
    pandas.DataFrame
        Dates as ``datetime64``, counts as ``Int64``, regions as METI codes.

    Raises
    ------
    InputError
        Where the file is missing or of another kind, a column is missing, or a cell cannot be read.
    """
    path = Path(path)
    if path.suffix.lower() not in _READERS:
        msg = f"{path.name} is a {path.suffix or 'file without an ending'}; expected {' or '.join(_READERS)}."
        raise InputError(msg)
    try:
        frame = _READERS[path.suffix.lower()](path)
    except FileNotFoundError:
        msg = f"{path} does not exist; expected a plan file."
        raise InputError(msg) from None
    except (UnicodeDecodeError, ValueError, OSError) as error:
        msg = f"{path.name} cannot be read ({error}); expected CSV in UTF-8 or Parquet."
        raise InputError(msg) from None
    _check_columns(path, frame)
    return _with_dtypes(path, frame)


def _check_columns(path: Path, frame: pd.DataFrame) -> None:
    dated = {"certified_on", "first_sales_on"}
    counted = set(_COUNTS)
    if not (dated <= set(frame) or counted <= set(frame)):
        nearer = counted if len(counted & set(frame)) > len(dated & set(frame)) else dated
        msg = (
            f"{path.name} has no column {', '.join(sorted(nearer - set(frame)))}; expected certified_on and "
            f"first_sales_on (a row a plan) or certified and commercialized (counts); "
            f"it has {', '.join(map(str, frame.columns))}."
        )
        raise InputError(msg)


def _with_dtypes(path: Path, frame: pd.DataFrame) -> pd.DataFrame:
    readers: dict[str, Callable[[pd.Series], Any]] = dict.fromkeys(_DATES, parse_date)
    readers["region"] = region
    if "certified_on" not in frame:
        readers |= dict.fromkeys(_COUNTS, parse_number)
    columns = {}
    for name in (name for name in readers if name in frame):
        if pd.api.types.is_datetime64_any_dtype(frame[name]) or pd.api.types.is_numeric_dtype(frame[name]):
            continue
        try:
            columns[name] = readers[name](frame[name])
        except CleaningError as error:
            msg = f"{path.name}, column {name}: {error}"
            raise InputError(msg) from None
    return frame.assign(**columns)
