"""The coded tables: prefectures, regions, partner types, size classes, industries. Each stands here once."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from shinrenkei.cleaning.errors import CleaningError

if TYPE_CHECKING:
    import pandas as pd

CODE_TABLES = ("industries", "partner_types", "prefectures", "regions", "size_classes")


@cache
def rows(name: str) -> tuple[MappingProxyType[str, str], ...]:
    """Return a coded table's rows in their order, every cell a string.

    Examples
    --------
    >>> [row["ja"] for row in rows("regions")][:3]
    ['北海道', '東北', '関東']
    """
    if name not in CODE_TABLES:
        msg = f"Unknown code table {name!r}; known: {', '.join(CODE_TABLES)}."
        raise CleaningError(msg)
    text = (files("shinrenkei.cleaning") / "codes" / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(MappingProxyType(row) for row in csv.DictReader(text.splitlines()))


def code_table(name: str) -> pd.DataFrame:
    """Return a coded table: ``code``, ``ja``, ``en`` and what else belongs to it.

    Parameters
    ----------
    name : str
        ``prefectures`` (JIS code as text, kana, romaji, METI block), ``regions`` (METI blocks and ``all``),
        ``partner_types`` (the fourteen of the 2020 White Paper), ``size_classes`` or ``industries``
        (JSIC divisions and major groups).

    Returns
    -------
    pandas.DataFrame
        Strings, in the table's own order.

    Raises
    ------
    CleaningError
        When there is no such table.

    Examples
    --------
    >>> code_table("prefectures").query("code == '18'")[["ja", "romaji", "region"]].values.tolist()
    [['福井県', 'Fukui', 'kinki']]
    """
    import pandas as pd

    return pd.DataFrame([dict(row) for row in rows(name)], dtype="str")


def codes(name: str) -> list[str]:
    """Return a coded table's codes in their order.

    Examples
    --------
    >>> len(codes("partner_types")), codes("regions")[-1]
    (14, 'all')
    """
    return [row["code"] for row in rows(name)]
