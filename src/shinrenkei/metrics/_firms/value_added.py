"""The definitions of value added that Japanese statistics use, each a sum of items of the accounts."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, cast

import narwhals.stable.v2 as nw
import pandas as pd
from narwhals.stable.v2.typing import IntoFrameT

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.metrics._firms.changes import check_text, given_names
from shinrenkei.metrics._frames import lazy, require_columns

_ITEMS = {
    "operating_profit": "営業利益",
    "ordinary_profit": "経常利益",
    "personnel_cost": "人件費",
    "labor_cost": "労務費",
    "payroll": "給与総額",
    "depreciation": "減価償却費",
    "depreciation_in_cost_of_sales": "売上原価の減価償却費",
    "depreciation_in_overheads": "販売費及び一般管理費の減価償却費",
    "rent": "動産・不動産賃借料",
    "land_and_office_rent": "地代家賃",
    "training_cost": "従業員教育費",
    "taxes_and_dues": "租税公課",
    "interest_paid": "支払利息・割引料",
}


@dataclass(frozen=True)
class Definition:
    """One definition: whose it is, what it adds up, and where that is written."""

    title_ja: str
    title_en: str
    items: tuple[str, ...]
    source: str
    note: str = ""

    @property
    def formula_ja(self) -> str:
        """The formula in the words of the statistics."""
        return "＋".join(_ITEMS[item] for item in self.items)


_WHITE_PAPER_2008 = "中小企業庁『2008年版中小企業白書』付注2-1-6"
DEFINITIONS = {
    "corporate_statistics": Definition(
        "法人企業統計調査（財務省）",
        "Financial Statements Statistics of Corporations (Ministry of Finance)",
        ("operating_profit", "personnel_cost", "rent", "taxes_and_dues"),
        "財務省『法人企業統計調査』用語の解説；中小企業庁『2009年版中小企業白書』付注2-1-1",
        "Printed as personnel cost + interest + rent + taxes and dues + net operating profit; the latter is "
        "operating profit less interest paid, so that the interest cancels.",
    ),
    "sme_survey": Definition(
        "中小企業実態基本調査（中小企業庁）",
        "Basic Survey on Small and Medium Enterprises (SME Agency)",
        (
            "labor_cost",
            "depreciation_in_cost_of_sales",
            "personnel_cost",
            "land_and_office_rent",
            "depreciation_in_overheads",
            "training_cost",
            "taxes_and_dues",
            "interest_paid",
            "ordinary_profit",
        ),
        "中小企業庁『中小企業実態基本調査』用語の解説",
        "Starts from ordinary profit, so that income and cost outside operations count.",
    ),
    "sme_survey_operating": Definition(
        "中小企業実態基本調査（営業利益による）",
        "Basic Survey on Small and Medium Enterprises, from operating profit",
        (
            "operating_profit",
            "labor_cost",
            "depreciation_in_cost_of_sales",
            "personnel_cost",
            "land_and_office_rent",
            "depreciation_in_overheads",
            "taxes_and_dues",
        ),
        _WHITE_PAPER_2008,
        "The White Paper's own reckoning where it joins the two surveys below and above.",
    ),
    "business_activities": Definition(
        "企業活動基本調査（経済産業省）",
        "Basic Survey of Japanese Business Structure and Activities (METI)",
        ("operating_profit", "payroll", "depreciation", "rent", "taxes_and_dues"),
        _WHITE_PAPER_2008,
    ),
    "white_paper_survey": Definition(
        "中小企業白書のアンケート調査",
        "Surveys made for the White Paper on SMEs",
        ("operating_profit", "personnel_cost", "depreciation", "rent", "taxes_and_dues"),
        "中小企業庁『2020年版中小企業白書』図の注",
        "The reprint of the figures in jri-2023 does not give the formula; see the White Paper itself.",
    ),
}


def value_added_definitions() -> pd.DataFrame:
    """Return a row a definition of value added: whose it is, its formula and where it is written.

    Returns
    -------
    pandas.DataFrame
        Columns ``definition``, ``title_ja``, ``title_en``, ``formula_ja``, ``items`` (the columns that
        :func:`value_added` adds up, joined by " + "), ``source`` and ``note``.

    Examples
    --------
    >>> table = value_added_definitions().set_index("definition")
    >>> table.loc["corporate_statistics", "formula_ja"]
    '営業利益＋人件費＋動産・不動産賃借料＋租税公課'
    """
    rows = [
        {
            "definition": name,
            "title_ja": one.title_ja,
            "title_en": one.title_en,
            "formula_ja": one.formula_ja,
            "items": " + ".join(one.items),
            "source": one.source,
            "note": one.note,
        }
        for name, one in DEFINITIONS.items()
    ]
    return pd.DataFrame(rows)


def value_added(
    accounts: IntoFrameT,
    definition: str = "corporate_statistics",
    *,
    columns: Mapping[str, str] | None = None,
    name: str = "value_added_yen",
) -> IntoFrameT:
    """Add a column of value added to accounts, by the definition of a named statistic.

    Parameters
    ----------
    accounts : dataframe of pandas, Polars, PyArrow, DuckDB or Dask
        A row a firm and year, with a column of money for each item of the definition.
    definition : str, default "corporate_statistics"
        One of those that :func:`value_added_definitions` lists.
    columns : mapping of str to str, optional
        The name that an item has in ``accounts``, where it is not the item's own.
    name : str, default "value_added_yen"
        The new column, in the money of the items; it takes the place of one that has the name already.

    Returns
    -------
    dataframe of the same kind
        ``accounts`` with the new column; empty where any item is empty: what is not known is not zero. An infinite
        item makes it infinite, which the measures of productivity count and leave out. Of a frame of narwhals it is
        the dataframe inside.

    Raises
    ------
    UnknownNameError
        Where the definition or the column of an item is not known.
    InputError
        Where the column of an item holds no numbers, ``accounts`` is no dataframe or ``columns`` no mapping.

    Examples
    --------
    >>> import pandas as pd
    >>> accounts = pd.DataFrame(
    ...     {"operating_profit": [10.0], "personnel_cost": [60.0], "rent": [5.0], "taxes_and_dues": [3.0]}
    ... )
    >>> value_added(accounts)["value_added_yen"].tolist()
    [78.0]
    """
    if not isinstance(definition, str) or definition not in DEFINITIONS:
        error = unknown_name("definition of value added", definition, DEFINITIONS)
        raise error
    check_text("name", name)
    items = DEFINITIONS[definition].items
    chosen = given_names(columns, items, f"item of {definition}")
    native: Any = nw.to_native(accounts, pass_through=True)
    query = lazy(native, "accounts")
    sources = [chosen.get(item, item) for item in items]
    require_columns(query, sources)
    schema = query.collect_schema()
    for source in sources:
        if not schema[source].is_numeric() and schema[source] != nw.Unknown:
            message = f"Column {source!r} must hold numbers, but it holds {schema[source]}."
            raise InputError(message)
    total = reduce(operator.add, [nw.col(source).cast(nw.Float64) for source in sources]).alias(name)
    if isinstance(native, pd.DataFrame):  # whose columns of objects are numbers in the query only
        return cast("IntoFrameT", native.assign(**{name: query.select(total).collect().to_native()[name]}))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Dask support is moving", category=FutureWarning)
        frame: Any = nw.from_native(native)
    return frame.with_columns(total).to_native()
