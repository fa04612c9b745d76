"""Statistics of one's own: what a dataframe and a statistic must be like to be resampled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from shinrenkei.errors import InputError
from shinrenkei.metrics.bootstrap import bootstrap, permutation_test

FIRMS = pd.DataFrame(
    {"firm_id": ["a", "b", None, "d", "e"], "group": [1, 1, 2, 2, 3], "sales": [1.0, 2.0, 3.0, 4.0, 5.0]}
)


@pytest.mark.parametrize(
    ("returned", "match"),
    [
        (None, "statistic returns None; expected a number"),
        ("many", "statistic returns 'many'; expected a number"),
        ({"mean": None}, "statistic returns None for 'mean'; expected a number"),
        ([1.0, 2.0], "statistic returns list; expected a number, or several by name"),
        (np.array([1.0, 2.0]), "statistic returns ndarray; expected a number, or several by name"),
        (pd.DataFrame({"mean": [1.0]}), "statistic returns DataFrame; expected a number"),
        (np.inf, "returns an infinite number .* for the data itself"),
        ({"mean": 1.0, "ratio": -np.inf}, r"returns an infinite number \(ratio\) for the data itself"),
        ({}, "returns no numbers for the data itself"),
    ],
)
def test_a_statistic_that_is_no_number_is_refused(returned: Any, match: str) -> None:
    with pytest.raises(InputError, match=match):
        bootstrap(FIRMS, lambda rows: returned, resamples=5)
    with pytest.raises(InputError, match=match):
        permutation_test(FIRMS, lambda rows: returned, "sales", permutations=5)


def test_resamples_in_which_a_ratio_is_infinite_have_failed() -> None:
    def ratio(rows: pd.DataFrame) -> float:
        last = int(rows["group"].eq(3).sum())
        return float(rows["sales"].sum()) / last if last else np.inf

    table = bootstrap(FIRMS, ratio, resamples=200)
    assert 30 < table["failed"].item() < 110  # the last row is not drawn in (4/5)^5 = 0.33 of them
    assert np.isfinite(table[["estimate", "lower", "upper", "se"]]).all(axis=None)


def test_a_missing_id_is_refused_where_ids_must_differ() -> None:
    with pytest.raises(InputError, match=r"firm_id is missing in 1 row\(s\); every row needs its id"):
        bootstrap(FIRMS, lambda rows: rows["firm_id"].nunique(), unit="group", distinct=["firm_id"])


def test_nothing_to_deal_out_is_refused() -> None:
    with pytest.raises(InputError, match="shuffle is empty"):
        permutation_test(FIRMS, lambda rows: rows["sales"].mean(), [])
