"""Definitions of value added: formulas against their printed form, every engine, missing items."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.metrics import productivity
from tests.metrics.engines import ENGINES

value_added: Any = productivity.value_added
ITEMS = sorted(set(" + ".join(productivity.value_added_definitions()["items"]).split(" + ")))


def accounts() -> pd.DataFrame:
    """Return accounts in which each item is a power of two, so that a sum names its items."""
    values: dict[str, Any] = {item: [2.0**k, 3.0**k] for k, item in enumerate(ITEMS)}
    return pd.DataFrame({"firm_id": [1, 2], **values})


def test_corporate_statistics_definition_is_the_ministrys_printed_formula() -> None:
    # Ministry of Finance: personnel cost + interest paid + rent + taxes and dues + net operating profit, where
    # net operating profit = operating profit - interest paid
    table = accounts()
    net = table["operating_profit"] - table["interest_paid"]
    printed = table["personnel_cost"] + table["interest_paid"] + table["rent"] + table["taxes_and_dues"] + net
    assert value_added(table)["value_added_yen"].tolist() == pytest.approx(printed.tolist())


def test_white_papers_two_surveys_are_the_printed_formulas() -> None:
    # White Paper 2008, note 2-1-6: sales - cost of sales - overheads (operating profit) + ...
    table = accounts()
    one = value_added(table, "business_activities")["value_added_yen"]
    names = ["operating_profit", "rent", "payroll", "depreciation", "taxes_and_dues"]
    assert one.tolist() == table[names].sum(axis=1).tolist()
    two = value_added(table, "sme_survey_operating")["value_added_yen"]
    names = ["operating_profit", "labor_cost", "depreciation_in_cost_of_sales", "personnel_cost"]
    names += ["land_and_office_rent", "depreciation_in_overheads", "taxes_and_dues"]
    assert two.tolist() == table[names].sum(axis=1).tolist()


def collected(table: Any) -> pd.DataFrame:
    """Return a table of any engine as one of pandas."""
    for method in ("collect", "compute", "df", "to_pandas"):
        if method in {"df", "to_pandas"} and isinstance(table, pd.DataFrame):
            break
        table = getattr(table, method)() if hasattr(table, method) else table
    return cast("pd.DataFrame", table)


@pytest.mark.parametrize("definition", productivity.value_added_definitions()["definition"].tolist())
@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_adds_the_same_column_to_the_same_kind(engine: str, definition: str) -> None:
    frame = ENGINES[engine](accounts())
    found = value_added(frame, definition, name="va")
    assert type(found) is type(frame)
    listed = productivity.value_added_definitions().set_index("definition").loc[definition, "items"]
    expected = accounts()[str(listed).split(" + ")].sum(axis=1)
    assert collected(found)["va"].tolist() == pytest.approx(expected.tolist())


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow"])
def test_an_item_that_is_not_known_is_not_zero(engine: str) -> None:
    table = accounts()
    table.loc[0, "rent"] = np.nan
    found = pd.Series(value_added(ENGINES[engine](table))["value_added_yen"].to_numpy(), dtype=float)
    assert found.isna().tolist() == [True, False]


def test_items_may_have_other_names() -> None:
    table = accounts().rename(columns={"rent": "chinshakuryo"})
    found = value_added(table, columns={"rent": "chinshakuryo"})["value_added_yen"]
    assert found.tolist() == value_added(accounts())["value_added_yen"].tolist()


def test_formulas_are_told_in_the_words_of_the_statistics() -> None:
    table = productivity.value_added_definitions().set_index("definition")
    assert (
        table.loc["business_activities", "formula_ja"]
        == "営業利益＋給与総額＋減価償却費＋動産・不動産賃借料＋租税公課"
    )
    assert (table["source"] != "").all()


def test_unknown_definitions_items_and_columns_are_refused() -> None:
    with pytest.raises(
        UnknownNameError, match="Unknown definition of value added 'sme_surveys'; did you mean 'sme_survey'"
    ):
        value_added(accounts(), "sme_surveys")
    with pytest.raises(UnknownNameError, match="Unknown item of corporate_statistics 'rents'"):
        value_added(accounts(), columns={"rents": "x"})
    with pytest.raises(UnknownNameError, match="Unknown column 'rent'"):
        value_added(accounts().drop(columns="rent"))
    with pytest.raises(InputError, match="Column 'rent' must hold numbers, but it holds String"):
        value_added(accounts().assign(rent="much"))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_column_that_has_the_name_already_is_replaced_so_that_a_cell_can_be_run_twice(engine: str) -> None:
    once = collected(value_added(ENGINES[engine](accounts())))
    twice = collected(value_added(ENGINES[engine](accounts().assign(value_added_yen=1.0))))
    assert twice["value_added_yen"].tolist() == once["value_added_yen"].tolist()


def test_columns_of_python_objects_are_what_they_hold() -> None:
    table = accounts()
    gaps = table.assign(rent=pd.Series([5, None], dtype=object))
    found = value_added(gaps)
    assert found["rent"].dtype == object
    rest = table["operating_profit"] + table["personnel_cost"] + table["taxes_and_dues"]
    assert found["value_added_yen"].tolist()[0] == rest[0] + 5
    assert found["value_added_yen"].isna().tolist() == [False, True]
    assert value_added(table.assign(rent=None))["value_added_yen"].isna().all()
    held = value_added(ENGINES["pyarrow"](table.assign(rent=None)))["value_added_yen"]
    assert held.null_count == 2
    again = value_added(gaps.set_axis([7, 7]))
    assert again.index.tolist() == [7, 7]
    assert again["value_added_yen"].tolist()[0] == rest[0] + 5


@pytest.mark.parametrize(
    ("frame", "options", "match"),
    [
        (None, {}, "accounts is a NoneType; expected a dataframe"),
        (pd.concat([accounts(), accounts()], axis=1), {}, "accounts.* expected"),
        (accounts(), {"columns": 5}, "columns=5 is no mapping; expected one such as"),
        (accounts(), {"columns": ["rent"]}, r"columns=\['rent'\] is no mapping"),
        (accounts(), {"columns": {"rent": 5}}, "columns={'rent': 5} gives no text"),
        (accounts(), {"definition": ["sme_survey"]}, r"Unknown definition of value added \['sme_survey'\]"),
        (accounts(), {"name": 5}, "name=5 is no text"),
        (accounts().assign(rent=[1, "x"]), {}, "Column 'rent' must hold numbers, but it holds Object"),
        (accounts().assign(rent=True), {}, "Column 'rent' must hold numbers, but it holds Boolean"),
    ],
)
def test_what_is_no_account_is_refused(frame: Any, options: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        value_added(frame, **options)


def test_an_infinite_item_is_seen_and_left_out_of_productivity() -> None:
    table = accounts().assign(rent=[np.inf, 5.0], employees=1, year=[2013, 2013])
    found = value_added(pd.concat([table, table.assign(year=2018)]))
    assert np.isinf(found["value_added_yen"]).tolist() == [True, False] * 2
    changes: Any = productivity.productivity_change(found, by=None)
    assert changes.attrs["left_out"] == {"infinite value added or persons": 2}


def test_a_frame_of_narwhals_gives_the_one_inside() -> None:
    import narwhals

    found = value_added(narwhals.from_native(accounts()))
    pd.testing.assert_frame_equal(found, value_added(accounts()))
