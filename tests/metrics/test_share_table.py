"""Plain distributions from counts and from microdata."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.metrics.survey import share_table
from tests.metrics.engines import ENGINES

RELATIONSHIP = pd.DataFrame(
    {
        "cohort": ["FY2005", "FY2005", "FY2006", "FY2006"],
        "relationship": ["prior_dealings", "first_time", "prior_dealings", "first_time"],
        "plans": [121, 42, 82, 76],
    }
)


@pytest.mark.parametrize("engine", ENGINES)
def test_counts_give_shares_within_each_group_in_the_given_order(engine: str) -> None:
    table = share_table(ENGINES[engine](RELATIONSHIP), "relationship", "plans", by="cohort")
    assert table["relationship"].tolist() == RELATIONSHIP["relationship"].tolist()
    assert table["n"].tolist() == [163, 163, 158, 158]
    np.testing.assert_allclose(table["share"], [121 / 163, 42 / 163, 82 / 158, 76 / 158], rtol=1e-12)
    np.testing.assert_allclose(table["share_pct"], 100 * table["share"])
    assert list(table.columns) == ["cohort", "relationship", "count", "share", "share_pct", "n"]


@pytest.mark.parametrize("engine", ENGINES)
def test_microdata_are_counted_and_a_missing_category_is_one(engine: str) -> None:
    answers = pd.DataFrame({"area": ["b", "a", "b", None]})
    table = share_table(ENGINES[engine](answers), "area")
    assert table["area"].tolist()[:2] == ["a", "b"]
    assert table["area"].isna().tolist() == [False, False, True]
    assert table["count"].tolist() == [1, 2, 1]
    assert table["n"].tolist() == [4, 4, 4]


def test_microdata_follow_the_order_of_their_categories() -> None:
    sizes = pd.Categorical(["over 100", "1-5", "1-5"], categories=["1-5", "over 100"], ordered=True)
    assert share_table(pd.DataFrame({"size": sizes}), "size")["size"].tolist() == ["1-5", "over 100"]


def test_an_unknown_count_leaves_the_shares_of_its_group_empty() -> None:
    frame = RELATIONSHIP.assign(plans=pd.array([121, None, 82, 76], dtype="Int64"))
    table = share_table(frame, "relationship", "plans", by="cohort")
    assert table["share"].isna().tolist() == [True, True, False, False]
    assert table["n"].isna().tolist() == [True, True, False, False]


def test_a_group_of_nothing_has_no_shares() -> None:
    table = share_table(pd.DataFrame({"kind": ["a", "b"], "plans": [0, 0]}), "kind", "plans")
    assert table["share"].isna().all()
    assert table["n"].tolist() == [0, 0]


def test_what_cannot_be_a_distribution_is_refused() -> None:
    with pytest.raises(InputError, match=r"Row 2 gives relationship=prior_dealings a second time"):
        share_table(RELATIONSHIP, "relationship", "plans")
    with pytest.raises(InputError, match="plans is -1 in row 0; expected a whole number"):
        share_table(RELATIONSHIP.assign(plans=-1), "relationship", "plans", by="cohort")
    with pytest.raises(UnknownNameError, match="did you mean 'plans'"):
        share_table(RELATIONSHIP, "relationship", "plan", by="cohort")
    with pytest.raises(InputError, match="stands in by as well"):
        share_table(RELATIONSHIP, "cohort", by="cohort")
