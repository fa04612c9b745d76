"""Short ways to the figures that claims are recomputed from."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

Tables = Callable[[str], pd.DataFrame]
"""What gives a tidy table by its name."""

Recompute = Callable[[Tables], float]
"""How a claim's number is found again in the tidy tables."""


def total(tables: Tables, name: str, column: str, **where: object) -> float:
    """Return the sum of a column over the rows where the other columns have the given values.

    Raises
    ------
    LookupError
        Where no row has them.
    """
    return float(rows(tables, name, **where)[column].sum())


def one(tables: Tables, name: str, column: str, **where: object) -> float:
    """Return the one value of a column in the row where the other columns have the given values.

    Raises
    ------
    LookupError
        Where not exactly one row has them.
    """
    found = rows(tables, name, **where)
    if len(found) != 1:
        msg = f"{name} has {len(found)} rows with {where}; expected one."
        raise LookupError(msg)
    return float(found[column].iloc[0])


def rows(tables: Tables, name: str, **where: object) -> pd.DataFrame:
    """Return the rows of a table where its columns have the given values (one value or a list of them)."""
    table = tables(name)
    for column, value in where.items():
        wanted = value if isinstance(value, list) else [value]
        if pd.api.types.is_datetime64_any_dtype(table[column]):
            wanted = [pd.Timestamp(str(date)) for date in wanted]
        table = table[table[column].isin(wanted)]
    if table.empty:
        msg = f"{name} has no row with {where}."
        raise LookupError(msg)
    return table
