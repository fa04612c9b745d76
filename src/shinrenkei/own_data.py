"""People's own plan files and firm panels, read for the notebooks: checked before anything is computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from shinrenkei.cleaning import fiscal_year as of_fiscal_year
from shinrenkei.cleaning import parse_date, parse_money, parse_number, parse_year, region, split_answers
from shinrenkei.cleaning.errors import CleaningError, Unreadable
from shinrenkei.cleaning.series import Reader, booleans, read
from shinrenkei.cleaning.tables import codes
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
        counts has ``certified`` and ``commercialized``. ``region`` (or ``prefecture``, which tells it) and any
        other columns may stand beside them.

    Returns
    -------
    pandas.DataFrame
        Dates as ``datetime64``, counts as ``Int64``, regions as METI codes.  ``attrs`` carries ``synthetic`` (whether
        a column of that name says so of any row) and ``source_line`` for figures, by language.

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
        raise _missing(path, frame, [name for name in nearer if name not in frame], expected)
    parses: dict[str, Parse] = dict.fromkeys((*_DATED, "as_of"), parse_date)
    if "certified_on" not in frame:
        parses |= dict.fromkeys(_COUNTED, parse_number)
    return _parsed(path, frame, parses)


def read_firms(path: str | Path) -> pd.DataFrame:
    """Read a firm panel of one's own: a row a firm and year.

    Parameters
    ----------
    path
        A CSV, Excel, Parquet or other file that :func:`shinrenkei.cleaning.read_table` reads, with ``firm_id``,
        ``year``, ``value_added_yen``, ``employees`` (persons engaged) and ``partner_type`` (names or codes of the
        fourteen types, several joined by ``;`` or 、) or, as `clean` writes several answers, a true-or-false
        column a type (``partner_type_university``, ...). ``industry``, ``region`` (or ``prefecture``, which tells
        it) and any other columns may stand beside them.

    Returns
    -------
    pandas.DataFrame
        Years and amounts as numbers, regions as METI codes.  ``attrs`` carries ``synthetic`` (whether a column of
        that name says so of any row) and ``source_line`` for figures, by language.

    Raises
    ------
    InputError
        Where the file is missing or cannot be read, a column is missing, or a cell cannot be read.
    """
    path = Path(path)
    frame = _one_a_type(_read(path))
    known = {*frame, *(["partner_type"] if any(str(n).startswith("partner_type_") for n in frame) else [])}
    absent = [name for name in _PANEL if name not in known]
    if absent:
        raise _missing(path, frame, absent, ", ".join(_PANEL))
    parses: dict[str, Parse] = {"year": parse_year, "founded": parse_year, "employees": parse_number}
    parses |= {"value_added_yen": parse_money, "capital_yen": parse_money, "partner_type": _partners}
    parses |= {f"partner_type_{code}": _truths for code in codes("partner_types")}
    return _parsed(path, frame, parses)


def only(frame: pd.DataFrame, column: str, value: str, path: str | Path | None) -> pd.DataFrame:
    """Keep the rows of one region, industry or the like; ``all`` keeps every row.

    Parameters
    ----------
    frame : pandas.DataFrame
        Plans or firms.
    column : str
        The column that is asked for.
    value : str
        Its value, or ``all``.
    path : path or None
        Where the data came from, for the message.

    Returns
    -------
    pandas.DataFrame
        The rows kept, which may be none.

    Raises
    ------
    InputError
        Where the column is missing.

    Examples
    --------
    >>> only(pd.DataFrame({"region": ["kinki", "kanto"]}), "region", "kinki", None)
      region
    0  kinki
    """
    if value == "all":
        return frame
    if column not in frame:
        has = ", ".join(map(str, frame.columns))
        msg = f"{_named(path)} has no column {column}, so {column}={value} cannot be asked for; it has {has}."
        raise InputError(msg)
    return frame[frame[column].astype("str") == value]


def matching(frame: pd.DataFrame, path: str | Path | None, **asked: str) -> pd.DataFrame:
    """Keep the rows with every value that is asked for, and refuse where there is none.

    Parameters
    ----------
    frame : pandas.DataFrame
        Plans or firms.
    path : path or None
        Where the data came from, for the message.
    **asked : str
        The value of each column, or ``all``.

    Returns
    -------
    pandas.DataFrame
        The rows kept, one or more.

    Raises
    ------
    InputError
        Where a column is missing, or no row has the values; the message names the values there are.

    Examples
    --------
    >>> firms = pd.DataFrame({"industry": ["E", "G"], "region": ["kinki", "kanto"]})
    >>> matching(firms, None, industry="E", region="all")
      industry region
    0        E  kinki
    """
    before = ""
    for column, value in asked.items():
        left = only(frame, column, value, path)
        if left.empty:
            has = ", ".join(sorted(frame[column].dropna().astype("str").unique())) or "none"
            msg = f"{_named(path)} has no row with {column}={value}{before}; {column} is there: {has}."
            raise InputError(msg)
        if value != "all":
            before += f"{' and' if before else ' where'} {column}={value}"
        frame = left
    return frame


def certified_in(plans: pd.DataFrame, fiscal_year: int, path: str | Path | None) -> pd.DataFrame:
    """Keep the plans certified in a fiscal year; counts, which have no such day, stay as they are.

    Parameters
    ----------
    plans : pandas.DataFrame
        Plans or counts, as :func:`read_plans` returns them.
    fiscal_year : int
        The year, April to March.
    path : path or None
        Where the data came from, for the message.

    Returns
    -------
    pandas.DataFrame
        The plans kept, one or more.

    Raises
    ------
    InputError
        Where no plan was certified in that year; the message names the years there are.

    Examples
    --------
    >>> plans = pd.DataFrame({"certified_on": pd.to_datetime(["2006-03-31", "2006-04-01"])})
    >>> len(certified_in(plans, 2006, None))
    1
    """
    if "certified_on" not in plans:
        return plans
    years = of_fiscal_year(plans["certified_on"])
    kept = plans[years == fiscal_year]
    if kept.empty:
        has = ", ".join(str(year) for year in sorted(years.dropna().unique())) or "none"
        msg = f"{_named(path)} has no plan certified in fiscal year {fiscal_year}; fiscal years there: {has}."
        raise InputError(msg)
    return kept


def followed_to(plans: pd.DataFrame, fiscal_year: int) -> pd.Timestamp:
    """Return the last day to follow plans to: that of the fiscal year, or of the record where it ends before.

    The record ends on the day that ``attrs["observed_to"]`` names; without one, on the latest date in the table.

    Parameters
    ----------
    plans : pandas.DataFrame
        A row a plan, with dates.
    fiscal_year : int
        The year, April to March.

    Returns
    -------
    pandas.Timestamp
        The day.

    Examples
    --------
    >>> plans = pd.DataFrame({"certified_on": pd.to_datetime(["2006-05-01", "2006-12-11"])})
    >>> followed_to(plans, 2010), followed_to(plans, 2005)
    (Timestamp('2006-12-11 00:00:00'), Timestamp('2006-03-31 00:00:00'))
    """
    end, known = pd.Timestamp(fiscal_year + 1, 3, 31), plans.attrs.get("observed_to")
    dates = [plans[name].max() for name in (*_DATED, "as_of") if name in plans]
    last = (
        pd.Timestamp(known) if known else max(date for date in [*dates, pd.Timestamp.min] if pd.notna(date))
    )
    return min(end, last.normalize())


def check_years(start: int, end: int) -> None:
    """Refuse a change that does not run forwards.

    Parameters
    ----------
    start, end : int
        The two years.

    Raises
    ------
    InputError
        Where ``start`` is not before ``end``.

    Examples
    --------
    >>> check_years(2013, 2018)
    """
    if start >= end:
        msg = f"start={start} is not before end={end}; expected an earlier year."
        raise InputError(msg)


def _named(path: str | Path | None) -> str:
    return Path(path).name if path else "The data"


def _one_a_type(frame: pd.DataFrame) -> pd.DataFrame:
    """Name true-or-false columns of partner types partner_type_*, whatever the codebook called the question."""
    if "partner_type" in frame:
        return frame
    types = codes("partner_types")
    asked = {
        f"{prefix}_{code}": f"partner_type_{code}" for prefix in _questions(frame, types) for code in types
    }
    return frame.rename(columns=asked)


def _questions(frame: pd.DataFrame, types: list[str]) -> list[str]:
    """Return the questions that have a column for each of the types, if there is only one such."""
    ends = [str(name).removesuffix(f"_{types[0]}") for name in frame if str(name).endswith(f"_{types[0]}")]
    whole = [prefix for prefix in ends if all(f"{prefix}_{code}" in frame for code in types)]
    return whole if len(whole) == 1 else []


def _partners(column: pd.Series) -> pd.Series:
    """Read partner types as codes joined by semicolons; lists in cells stay as they are."""
    if column.map(lambda cell: isinstance(cell, str) or pd.api.types.is_scalar(cell)).all():
        return split_answers(column, "partner_types", to="list").map(";".join, na_action="ignore")
    return column


def _truth(cell: object) -> bool:
    told = {"true": True, "false": False, "1": True, "0": False}.get(str(cell).strip().lower())
    if told is None:
        msg = "it is neither true nor false"
        raise Unreadable(msg)
    return told


def _truths(column: pd.Series) -> pd.Series:
    return read(column, Reader("true or false", _truth, booleans))


def _read(path: Path) -> pd.DataFrame:
    frame = _cells(path)
    if frame.empty:
        msg = f"{path.name} has a heading, but no rows; expected one row or more."
        raise InputError(msg)
    return frame


def _cells(path: Path) -> pd.DataFrame:
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


def _missing(path: Path, frame: pd.DataFrame, absent: list[str], expected: str) -> InputError:
    has = ", ".join(map(str, frame.columns))
    return InputError(f"{path.name} has no column {', '.join(absent)}; expected {expected}; it has {has}.")


def _parsed(path: Path, frame: pd.DataFrame, parses: dict[str, Parse]) -> pd.DataFrame:
    if "region" not in frame and "prefecture" in frame:
        frame = frame.assign(region=frame["prefecture"])
    columns = {}
    for name, parse in {**parses, "region": region, "synthetic": _truths}.items():
        if name not in frame or _is_read(frame[name], parse):
            continue
        try:
            columns[name] = parse(frame[name])
        except CleaningError as error:
            msg = f"{path.name}, column {name}: {error}"
            raise InputError(msg) from None
    frame = frame.assign(**columns)
    synthetic = "synthetic" in frame and bool(frame["synthetic"].any())
    frame.attrs = {"synthetic": synthetic, "source_line": _source_line(path, synthetic=synthetic)}
    return frame


def _source_line(path: Path, *, synthetic: bool) -> dict[str, str]:
    ja, en = ("合成データ、", "Synthetic data, ") if synthetic else ("", "")
    return {"ja": f"{ja}{path.name}（利用者のデータ）", "en": f"{en}{path.name} (the user's own data)"}


def _is_read(column: pd.Series, parse: Parse) -> bool:
    """Tell whether a column has the type already that a parser would give it."""
    if parse is parse_date:
        return pd.api.types.is_datetime64_any_dtype(column)
    is_number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    return is_number and parse in (parse_number, parse_money, parse_year)
