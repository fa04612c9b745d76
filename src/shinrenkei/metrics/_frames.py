"""One way in and one way out: any dataframe narwhals reads as a lazy query, a small pandas table back."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pyarrow as pa
from narwhals.stable.v2.typing import IntoFrame

from shinrenkei.errors import InputError, unknown_name

By = str | Sequence[str] | None
Column = np.ndarray | pd.api.extensions.ExtensionArray
Columns = dict[str, Column]
PLAN_DAYS = ("certified_on", "first_sales_on")


def lazy(frame: IntoFrame, parameter: str) -> nw.LazyFrame[Any]:
    """Return any supported dataframe as a lazy query; ``parameter`` names it in the error."""
    frame = nw.to_native(frame, pass_through=True)
    _check_column_names(frame, parameter)
    if isinstance(frame, pd.DataFrame):
        frame = _typed(frame)
    elif isinstance(frame, pa.Table):
        frame = _plain(frame)
    try:
        with warnings.catch_warnings():
            # narwhals announces that its Dask part moves to a package of its own; it works until then
            warnings.filterwarnings("ignore", message="Dask support is moving", category=FutureWarning)
            native = nw.from_native(frame)
    except (TypeError, ValueError) as error:
        message = (
            f"{parameter} is a {type(frame).__name__}; expected a dataframe of pandas, Polars, PyArrow, "
            f"DuckDB or Dask with a name for each column ({error})."
        )
        raise InputError(message) from None
    return _with_empty_days(native.lazy())


def _check_column_names(frame: Any, parameter: str) -> None:
    """Refuse names of several levels and names that stand twice, which Polars and DuckDB do not have."""
    if isinstance(frame, pa.Table):
        names = pd.Index(frame.column_names)
    elif isinstance(frame, pd.DataFrame) or nw.dependencies.is_dask_dataframe(frame):
        names = frame.columns
    else:
        return
    if names.nlevels > 1:
        message = (
            f"{parameter} has names of {names.nlevels} levels (a MultiIndex) for its columns; "
            "expected one name a column."
        )
        raise InputError(message)
    if names.has_duplicates:
        name = names[names.duplicated()][0]
        message = (
            f"Column {name!r} stands {(names == name).sum()} times in {parameter}; expected each name once."
        )
        raise InputError(message)


def _with_empty_days(rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Give a column of dates that holds none the type of dates: engines take it for numbers, text or nothing."""
    schema = rows.collect_schema()
    empty = [name for name, dtype in schema.items() if dtype == nw.Unknown and _is_day(name)]
    doubtful = [name for name in PLAN_DAYS if name in schema and _is_no_day(schema[name])]
    if doubtful:
        held = rows.select(nw.col(*doubtful).count()).collect().to_pandas().iloc[0]
        empty += [name for name in doubtful if not held[name]]
    if not empty:
        return rows
    if rows.implementation.is_dask():  # which takes no literal for a column
        return rows.with_columns(nw.col(*empty).cast(nw.Datetime("us")))
    return rows.with_columns(**dict.fromkeys(empty, nw.lit(None).cast(nw.Datetime("us"))))


def _is_no_day(dtype: Any) -> bool:
    return bool(dtype == nw.String or dtype.is_numeric())


def _is_day(name: str) -> bool:
    """Whether an empty column of no type is one of dates, by the name it has."""
    return str(name).endswith("_on")


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Give columns of Python objects the type of what they hold, so that they can be compared.

    Dictionaries of Arrow become categoricals, as pandas groups by those in their order.
    """
    found = {
        name: _decoded(frame[name]) if _is_arrow_dictionary(frame[name]) else _typed_column(frame[name])
        for name in frame.columns
        if pd.api.types.is_object_dtype(frame[name].dtype) or _is_arrow_dictionary(frame[name])
    }
    return frame.assign(**found) if found else frame


def _is_arrow_dictionary(column: pd.Series) -> bool:
    kind = column.dtype
    return isinstance(kind, pd.ArrowDtype) and pa.types.is_dictionary(kind.pyarrow_dtype)


def _decoded(column: pd.Series) -> pd.Series:
    table = _plain(pa.table({"column": pa.chunked_array(column.array.__arrow_array__())}))
    return table.column("column").to_pandas().set_axis(column.index)


def _plain(table: pa.Table) -> pa.Table:
    """Give columns the layouts that Arrow can group: no views, and one dictionary of different values a column."""
    wanted = [field.with_type(_plain_type(field.type)) for field in table.schema]
    if wanted != list(table.schema):
        table = table.cast(pa.schema(wanted, table.schema.metadata))
    table = table.unify_dictionaries()
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type) and not _is_clean(table.column(place)):
            table = table.set_column(place, field.name, table.column(place).cast(field.type.value_type))
    return table


def _is_clean(column: pa.ChunkedArray) -> bool:
    """Whether each entry of a dictionary stands for a value, and for one of its own."""
    if not column.num_chunks:
        return True
    entries = column.chunk(0).dictionary
    return not entries.null_count and len(entries.unique()) == len(entries)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if kind == pa.string_view():
        return pa.large_string()
    if kind == pa.binary_view():
        return pa.large_binary()
    nested = pa.types.is_dictionary(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind)
    plain = _plain_type(kind.value_type) if nested else kind
    if not nested or plain == kind.value_type:
        return kind
    if pa.types.is_dictionary(kind):
        return pa.dictionary(kind.index_type, plain, kind.ordered)
    return pa.large_list(plain)


def _typed_column(column: pd.Series) -> pd.Series:
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in {"date", "datetime", "datetime64"}:
        return pd.to_datetime(column)
    if kind == "empty":
        return column.astype("datetime64[us]" if _is_day(str(column.name)) else "Float64")
    if kind == "string":
        return column.astype("str")
    if kind == "decimal":
        return pd.to_numeric(column)
    return column.convert_dtypes() if kind in {"boolean", "integer", "floating"} else column


def as_names(by: By, parameter: str = "by", *, what: str = "name") -> list[str]:
    """Return one name, several or none as a list, refusing a single value that is no text and a name given twice."""
    if not (by is None or isinstance(by, str | Iterable)):
        message = f"{parameter}={by!r} is no {what}; expected a name or a list of names."
        raise InputError(message)
    names = [] if by is None else [by] if isinstance(by, str) else list(by)
    twice = sorted({repr(name) for name in names if names.count(name) > 1})
    if twice:
        message = f"{parameter} names {', '.join(twice)} more than once."
        raise InputError(message)
    return names


def require_columns(frame: nw.LazyFrame[Any], names: Iterable[str], *, reserved: Iterable[str] = ()) -> None:
    """Refuse a column that ``frame`` lacks, or one whose name the result needs for itself."""
    known = frame.collect_schema().names()
    taken = set(reserved)
    for name in names:
        if name not in known:
            error = unknown_name("column", name, known)
            raise error
        if name in taken:
            message = f"Column {name!r} has the name of a column of the result; rename it first."
            raise InputError(message)


def refuse_zone(name: str, dtype: Any) -> None:
    """Refuse times of a zone, of which each engine would make another day."""
    zone = getattr(dtype, "time_zone", None)
    if zone:
        message = f"Column {name!r} has times of the zone {zone}; expected plain dates."
        raise InputError(message)


def collect(frame: nw.LazyFrame[Any], by: Sequence[str] = ()) -> pd.DataFrame:
    """Run the query; columns get the same types from every engine, and rows the order of the keys ``by``.

    Categories stand in the order in which the engine holds them: that of a pandas categorical, a Polars or DuckDB
    Enum, and the dictionary of an Arrow column, whether written by hand or by ``dictionary_encode`` in the order of
    appearance (``Table.to_pandas`` shows the same).  A Polars Categorical has no order but the alphabet.
    """
    return pd.DataFrame(collect_columns(frame, by))


def collect_columns(frame: nw.LazyFrame[Any], by: Sequence[str] = ()) -> Columns:
    """Run the query as :func:`collect` does, without the cost of a table where one is to be made of it anyway."""
    return in_order(frame.collect(), frame.collect_schema(), by)


def in_order(rows: nw.DataFrame[Any], schema: Mapping[str, Any], by: Sequence[str]) -> Columns:
    """Return the columns with the types every engine's result has, sorted by the keys, missing ones last."""
    columns = {name: _same_type(rows[name], schema.get(name, rows[name].dtype)) for name in rows.columns}
    if not by or len(rows) < 2:
        return columns
    order = np.lexsort([_rank(columns[name]) for name in reversed(by)])
    return {name: values[order] for name, values in columns.items()}


def _rank(key: Column) -> np.ndarray:
    """Return numbers in the order of the values, missing ones last."""
    if isinstance(key, np.ndarray) and key.dtype.kind in "iub":
        return key
    codes, values = pd.factorize(pd.Index(key), sort=True)
    return np.where(codes < 0, len(values), codes)


def _same_type(column: nw.Series[Any], dtype: Any) -> Column:
    if column.dtype == nw.Object:
        return _objects(column.to_pandas())
    if dtype == nw.Unknown:
        return np.full(len(column), np.nan)
    if dtype == nw.Date or dtype == nw.Datetime:
        zone = getattr(dtype, "time_zone", None)
        if zone:  # without it pandas gets the times of UTC from Arrow
            return pd.to_datetime(column.to_pandas(), utc=True).astype(pd.DatetimeTZDtype("us", zone)).array
        return pd.to_datetime(column.to_pandas()).astype("datetime64[us]").array
    if dtype == nw.String:
        return column.to_arrow().to_pandas().astype("str").array
    if dtype.is_integer():
        return _whole_numbers(column, dtype)
    if dtype == nw.Categorical or dtype == nw.Enum:
        return _categories(column, dtype)
    if dtype == nw.Decimal:
        return column.to_arrow().cast(pa.float64()).to_numpy(zero_copy_only=False)
    values = column.to_pandas()
    if column.dtype == nw.Boolean:
        return values.astype("boolean").array if column.null_count() else values.to_numpy(dtype=bool)
    return values.to_numpy(dtype="float64", na_value=np.nan) if dtype.is_float() else values.array


def _objects(values: pd.Series) -> Column:
    """Return Python objects by the type of what they hold; Dask has no other for booleans with gaps."""
    typed = _typed_column(values)
    if pd.api.types.is_object_dtype(typed.dtype):
        return values.array
    column = nw.from_native(typed, series_only=True)
    return _same_type(column, column.dtype)


def _categories(column: nw.Series[Any], dtype: Any) -> Column:
    """Return a categorical by way of Arrow; narwhals reads a missing entry of an Arrow dictionary as its last one."""
    values = column.to_native()
    if not (isinstance(values, pd.Series) and isinstance(values.dtype, pd.CategoricalDtype)):
        values = pd.Series(column.to_arrow().to_pandas())
    if dtype == nw.Enum:
        return values.cat.as_ordered().array
    if column.implementation.is_polars():  # whose groups come in any order, and their categories with them
        return values.cat.reorder_categories(sorted(values.cat.categories)).cat.as_unordered().array
    return values.array


def _whole_numbers(column: nw.Series[Any], dtype: Any) -> Column:
    """Return int64, or Int64 where values are missing; engines add whole numbers up in types of their own."""
    kind = "uint64" if dtype == nw.UInt64 else "int64"
    if column.dtype.is_integer() and not column.null_count():
        return column.to_numpy().astype(kind, copy=False)
    nullable = pd.UInt64Dtype() if dtype == nw.UInt64 else pd.Int64Dtype()
    values = column.to_arrow().cast(kind).to_pandas(types_mapper=lambda _: nullable)
    return values.array if values.hasnans else values.to_numpy(dtype=kind)


def whole_counts(column: pd.Series, name: str, row_name: Callable[[Any], str]) -> pd.Series:
    """Return a column of counts as Int64, or say which row holds something else than a count."""
    numbers = pd.to_numeric(column, errors="coerce").astype("Float64")
    good = (numbers.ge(0) & numbers.lt(np.inf) & numbers.mod(1).eq(0)).fillna(value=False).astype(bool)
    bad = column.notna() & ~good
    if bad.any():
        row: Any = bad.idxmax()
        message = f"{name} is {column[row]} in {row_name(row)}; expected a whole number, 0 or more."
        raise InputError(message)
    return numbers.astype("Int64")


def as_date(value: str | dt.date, parameter: str) -> dt.date:
    """Return a date given as ``date``, ``datetime``, ``Timestamp`` or ISO text (2007-03-31)."""
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, dt.datetime) and not pd.isna(value):
        return value.date()
    if isinstance(value, dt.date) and not pd.isna(value):
        return value
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        message = f"{parameter}={value!r} is not a date; expected one such as '2007-03-31'."
        raise InputError(message) from None


def check_confidence(confidence: float) -> None:
    """Refuse a confidence level outside (0, 1), where 95 was meant as 0.95 for instance."""
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 < confidence < 1:
        message = f"confidence={confidence!r} is not between 0 and 1; expected a level such as 0.95."
        raise InputError(message)


def check_whole(name: str, value: object, least: int) -> int:
    """Return a whole number that is at least ``least``, refusing everything else."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        message = f"{name}={value!r} is no whole number of {least} or more."
        raise InputError(message)
    return int(value)


def check_text(name: str, value: object) -> None:
    """Refuse what is no text, or text of no characters."""
    if not isinstance(value, str) or not value:
        message = f"{name}={value!r} is no text of one or more characters."
        raise InputError(message)


def one_of(value: str, known: Sequence[str], parameter: str) -> None:
    """Refuse an option's value that is not among ``known``."""
    if value not in known:
        raise unknown_name(parameter, value, known)
