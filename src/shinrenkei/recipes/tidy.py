"""One printed table, or several, made into one tidy table as its codebook says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from shinrenkei.cleaning.codebook import Column, expected, read_cells, unreadable
from shinrenkei.cleaning.tables import codes
from shinrenkei.errors import BuildError
from shinrenkei.recipes.tables import Part, Table, TidyField, Total, schema
from shinrenkei.tabular import strings, typed

ReadRaw = Callable[[str], pd.DataFrame]
Recipe = Callable[[pd.DataFrame, ReadRaw], pd.DataFrame]

_DUST = 1e-9
"""What a sum of decimal figures may be off by as floats."""

_NUMERIC = ("integer", "number", "money", "percent", "count", "count_of_which")


def tidy_table(table: Table, read: ReadRaw, recipe: Callable[[str, str], Recipe]) -> pd.DataFrame:
    """Return the tidy table that a codebook describes.

    Parameters
    ----------
    table
        The codebook.
    read
        Gives a printed table by its name, as strings.
    recipe
        Gives the function that a part names, for a raw table: ``recipe(raw_name, function_name)``.

    Raises
    ------
    BuildError
        Where a cell cannot be read, a printed total is not the sum of its parts, a required value is
        missing, a value is outside its list, or a key stands twice.
    """
    pieces = [_tidy_part(table, part, name, read, recipe) for part in table.parts for name in part.raw]
    cells = pd.concat(pieces)
    _check_fields(table, cells)
    tidy = typed(cells, schema(_closed(table, cells), _AnyReference())["fields"])
    return (
        tidy.sort_values(table.sort, kind="stable", ignore_index=True)
        if table.sort
        else tidy.reset_index(drop=True)
    )


class _AnyReference(dict[str, tuple[str, str]]):
    """Typing needs the fields alone, so a reference may point anywhere here."""

    def __missing__(self, key: str) -> tuple[str, str]:
        return key, key


def _closed(table: Table, cells: pd.DataFrame) -> Table:
    """Give every category without a declared order that of its code table, or that in which its values come."""
    fields = [
        field.model_copy(update={"values": _order(field, cells[field.name])})
        if field.type == "category" and field.values is None
        else field
        for field in table.fields
    ]
    return table.model_copy(update={"fields": fields})


def _order(field: TidyField, cells: pd.Series) -> list[str]:
    if field.references in ("regions", "partner_types"):
        return codes(field.references)
    return list(dict.fromkeys(cells[cells != ""]))


def _tidy_part(
    table: Table, part: Part, name: str, read: ReadRaw, recipe: Callable[[str, str], Recipe]
) -> pd.DataFrame:
    printed = read(name)
    about = {str(key): value for key, value in printed.attrs.items()}
    frame = printed.set_axis(pd.RangeIndex(1, len(printed) + 1))
    frame.attrs = {}  # pandas would copy them with every step
    if part.recipe:
        frame = recipe(name, part.recipe)(frame, read)
    if part.melt:
        frame = frame.melt(
            part.melt.keep, var_name=part.melt.name, value_name=part.melt.value, ignore_index=False
        )
    for total in part.totals:
        _check_total(part, total, frame, about)
    for total in part.totals:
        frame = frame[frame[total.column].str.strip() != total.value]
    columns = {column.name: _read(column, part, frame, about) for column in part.columns}
    columns.setdefault("source_id", pd.Series(name.split("/")[0], index=frame.index))
    names = [field.name for field in table.fields]
    tidy = strings(pd.DataFrame({key: columns[key] for key in names if key in columns}, index=frame.index))
    tidy = tidy.reindex(columns=names, fill_value="")
    tidy.attrs = {}
    return tidy.assign(**{_ORIGIN: [f"{about['path']}, row {row}" for row in tidy.index]})


_ORIGIN = " origin"
"""The column, never written out, that remembers where a row comes from."""


def _read(column: Column, part: Part, frame: pd.DataFrame, about: dict[str, Any]) -> pd.Series:
    if column.kind == "constant":
        return pd.Series(column.value, index=frame.index)
    if column.kind == "as_of":
        return pd.Series(about["as_of"] or "", index=frame.index)
    cells = _source(column, frame, about)
    values = read_cells(cells, column)
    bad = unreadable(cells, values, column)
    if bad.any():
        row = frame.index[bad][0]
        cell, heading = cells[bad].iloc[0], _heading(column, part, frame[bad])
        msg = f"{about['path']}, row {row} (line {row + 1}), column {heading}: {cell!r} is not {expected(column)}."
        raise BuildError(msg)
    return values


def _source(column: Column, frame: pd.DataFrame, about: dict[str, Any]) -> pd.Series:
    if column.source not in frame:
        msg = f"{about['path']}: no column {column.source!r} for {column.name!r}; there are {', '.join(frame.columns)}."
        raise BuildError(msg)
    return frame[column.source]


def _heading(column: Column, part: Part, bad: pd.DataFrame) -> str:
    """Return the printed heading of a bad cell; a melted cell stands under what its row now names."""
    if part.melt and column.source == part.melt.value:
        return str(bad[part.melt.name].iloc[0])
    return str(column.source)


def _check_total(part: Part, total: Total, frame: pd.DataFrame, about: dict[str, Any]) -> None:
    is_total = frame[total.column].str.strip() == total.value
    if not is_total.any():
        msg = f"{about['path']}: no row has {total.value!r} in column {total.column}; the printed total is expected."
        raise BuildError(msg)
    numeric = [column for column in part.columns if column.kind in _NUMERIC]
    summed = {total.column, *total.over, *(column.source for column in numeric)}
    labels = [frame[column] for column in frame if column not in summed]
    keys = list(zip(*labels, strict=True)) if labels else [()] * len(frame)
    for column in numeric:
        values = pd.to_numeric(_read(column, part, frame, about)).astype("Float64")
        for spot in range(len(frame)):
            if is_total.iloc[spot]:
                same = [i for i, key in enumerate(keys) if key == keys[spot] and not is_total.iloc[i]]
                _check_sum(values.iloc[spot], values.iloc[same], part, column, frame.iloc[[spot]], about)


def _check_sum(
    printed: Any, parts: pd.Series, part: Part, column: Column, row: pd.DataFrame, about: dict[str, Any]
) -> None:
    """Refuse a total that is not the sum of its parts, or below it where a part is not printed."""
    if pd.isna(printed):
        return
    found = float(parts.sum())
    if found > printed + _DUST or (found < printed - _DUST and not parts.isna().any()):
        number = int(str(row.index[0]))
        msg = (
            f"{about['path']}, row {number} (line {number + 1}), column {_heading(column, part, row)}: "
            f"the printed total is {printed:g}, but its parts sum to {found:g}."
        )
        raise BuildError(msg)


def _check_fields(table: Table, cells: pd.DataFrame) -> None:
    for field in table.fields:
        _check_field(table, field, cells)
    again = cells.duplicated(table.key)
    if again.any():
        second = cells[again].iloc[0]
        first = cells[(cells[table.key] == second[table.key]).all(axis=1)].iloc[0]
        key = ", ".join(f"{name} = {second[name]}" for name in table.key)
        msg = f"{second[_ORIGIN]}: the key of {table.name} ({key}) stands in {first[_ORIGIN]} already."
        raise BuildError(msg)


def _check_field(table: Table, field: TidyField, cells: pd.DataFrame) -> None:
    column = cells[field.name]
    if field.required and (column == "").any():
        origin = cells.loc[column == "", _ORIGIN].iloc[0]
        msg = f"{origin}: {table.name}.{field.name} is empty; expected a value."
        raise BuildError(msg)
    if field.values is not None:
        outside = ~column.isin([*field.values, ""])
        if outside.any():
            first = cells[outside].iloc[0]
            msg = (
                f"{first[_ORIGIN]}: {table.name}.{field.name} is {first[field.name]!r}; "
                f"expected one of {', '.join(field.values)}."
            )
            raise BuildError(msg)
