"""Tables made of synthetic data say that they are synthetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import shinrenkei as sr
from tests.metrics.engines import ENGINES

PLANS = pd.DataFrame(
    {
        "region": ["kinki", "kanto"] * 20,
        "certified_on": pd.Timestamp("2005-09-01"),
        "first_sales_on": [pd.Timestamp("2006-01-01") + pd.Timedelta(days=9 * k) for k in range(30)] + [pd.NaT] * 10,
    }
)  # fmt: skip
FIRMS = pd.DataFrame(
    {
        "firm_id": np.tile(np.arange(40), 2),
        "year": np.repeat([2013, 2018], 40),
        "employees": 10,
        "value_added_yen": 50e6 + 1e6 * np.random.default_rng(0).normal(size=80),
        "industry": np.tile(["food", "metal"], 40),
        "partner_type": np.tile(["university", "other", "", ""], 20),
    }
)
METRICS = {
    "rate": lambda frame: sr.commercialization_rate(frame, "region"),
    "curve": lambda frame: sr.commercialization_curve(frame, "region", as_of="2007-03-31"),
    "model": lambda frame: sr.commercialization_model(frame, "region", as_of="2007-03-31"),
    "rates compared": lambda frame: sr.compare_rates(plans=frame, by="region"),
    "tabulate": lambda frame: sr.tabulate(frame, "region"),
    "change": sr.productivity_change,
    "adjusted": lambda frame: sr.adjusted_change(firms=frame, controls="industry"),
    "attrition": sr.attrition,
    "bootstrap": sr.bootstrap_change,
}


def data_of(metric: str) -> pd.DataFrame:
    return PLANS if metric in {"rate", "curve", "model", "rates compared", "tabulate"} else FIRMS


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_column_that_says_synthetic_marks_the_table(metric: str, engine: str) -> None:
    frame = data_of(metric)
    made_up = METRICS[metric](ENGINES[engine](frame.assign(synthetic=True)))
    assert made_up.attrs["synthetic"] is True
    real = METRICS[metric](ENGINES[engine](frame.assign(synthetic=False)))
    assert "synthetic" not in real.attrs
    pd.testing.assert_frame_equal(made_up, real)


@pytest.mark.parametrize("metric", METRICS)
def test_attrs_that_say_synthetic_mark_the_table(metric: str) -> None:
    frame: Any = data_of(metric).copy()
    assert "synthetic" not in METRICS[metric](frame).attrs
    frame.attrs["synthetic"] = True
    assert METRICS[metric](frame).attrs["synthetic"] is True


@pytest.mark.parametrize(("values", "marked"), [([1, 0], True), ([0, 0], False), (["yes", "no"], False)])
def test_the_mark_is_a_true_or_a_one(values: list, marked: bool) -> None:
    table = sr.commercialization_rate(PLANS.assign(synthetic=values * 20))
    assert ("synthetic" in table.attrs) is marked
