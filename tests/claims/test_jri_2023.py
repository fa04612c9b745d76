"""The statements of jri-2023 fail where a table is not what the source prints."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from shinrenkei import catalog, claims

Change = Callable[[pd.DataFrame], pd.DataFrame]


def swapped_ties(table: pd.DataFrame) -> pd.DataFrame:
    """Put the loose number of each row of 図表4 one column too far to the right."""
    names = {"supporting": "considering", "considering": "supporting"}
    return table.assign(status=table["status"].astype("str").replace(names))


def one_firm_larger(table: pd.DataFrame) -> pd.DataFrame:
    step = table["upper"].map({1000: 1, 300: -1}).fillna(0).astype("Int64")
    return table.assign(firms=table["firms"] + step)


def without_last(table: pd.DataFrame) -> pd.DataFrame:
    return table.iloc[:-1]


def upside_down(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(rank=15 - table["rank"])


def without_tokyo(table: pd.DataFrame) -> pd.DataFrame:
    return table[~table["host"].str.contains("東京商工会議所")]


def misread_count(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(value=table["value"].replace(1846, 1946))


@pytest.mark.parametrize(
    ("table", "change", "failing"),
    [
        ("startup_ties", swapped_ties, {"ties-sme-or-supporting"}),
        ("gnt_firms_by_employees", one_firm_larger, {"gnt-sme-53", "gnt-sme-47"}),
        ("gnt_firms_by_prefecture", without_last, {"gnt-prefectures-total"}),
        ("partner_use", upside_down, {"use-first", "use-centre", "use-order", "use-wide-gap"}),
        (
            "partner_productivity",
            upside_down,
            {"productivity-intermediary", "productivity-other-industries", "productivity-university"},
        ),
        ("bridging_programs", without_tokyo, {"osaka-3-times"}),
        ("indicators", misread_count, {"universities-18"}),
    ],
)
def test_a_wrong_cell_makes_the_claims_that_rest_on_it_differ(monkeypatch, table, change, failing):
    load = catalog.load
    monkeypatch.setattr(catalog, "load", lambda name: change(load(name)) if name == table else load(name))
    found = claims.contradicted(claims.check("jri-2023"))
    assert set(found["claim_id"].str.removeprefix("jri-2023/")) == failing


def test_every_statement_that_can_be_checked_is_reproduced():
    ledger = claims.check("jri-2023")
    assert claims.contradicted(ledger).empty
    assert set(ledger["status"].astype(str)) == {"reproduced", "cannot be checked"}
