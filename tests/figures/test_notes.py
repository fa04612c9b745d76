"""Sentences under figures of microdata: firms counted, firms left out, notes."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import shinrenkei as sr
from shinrenkei.figures.notes import log_rank_note, p_text, sample_note


def with_attrs(**attrs: Any) -> pd.DataFrame:
    table = pd.DataFrame()
    table.attrs = attrs
    return table


def test_firms_left_out_are_told_by_reason_in_both_languages() -> None:
    firms = sr.synthetic.firms(n=400, years=(2013, 2018)).astype({"employees": object})
    firms.loc[[3, 9], "employees"] = 0
    firms["employees"] = firms["employees"].astype(int)
    measured = sr.productivity_change(firms)
    lost = measured.attrs["left_out"]
    assert sample_note(measured, "en") == (
        f"{measured.attrs['firms']:,} firms. Left out: persons not above zero (2), "
        f"firms without a row in both years ({lost['firms without a row in both years']})."
    )
    told = sample_note(measured)
    assert told.startswith(
        f"集計した企業：{measured.attrs['firms']}社。除いたもの：従業者数が0以下の行（2）、両方"
    )
    assert told.endswith("。")


def test_every_reason_of_the_firms_metrics_has_japanese_words() -> None:
    from shinrenkei.metrics._firms.panel import REASONS

    told = sample_note(with_attrs(left_out=dict.fromkeys(REASONS, 1)))
    assert told.isascii() is False
    assert not any(reason in told for reason in REASONS)


@pytest.mark.parametrize(
    ("attrs", "ja", "en"),
    [
        ({"firms": 12, "left_out": {}}, "集計した企業：12社。除いたものはない。", "12 firms. None left out."),
        (
            {"firms": 12, "without_answer": 3, "left_out": {"founded missing or not defined": 2}},
            "集計した企業：12社。うち連携先の回答がないもの：3。除いたもの：foundedが分からない企業（2）。",
            "12 firms. Without an answer: 3. Left out: founded missing or not defined (2).",
        ),
        (
            {"left_out": {}, "notes": ["5 of 90 firms changed about a thousand times; check that ..."]},
            "除いたものはない。90社のうち5社の値が約千倍変わった。両方の年の単位を確かめること。",
            "None left out. 5 of 90 firms changed about a thousand times; check that ....",
        ),
        ({"left_out": {}, "notes": ["another"]}, "除いたものはない。Another。", "None left out. Another."),
    ],
)
def test_answers_controls_and_notes_are_told(attrs: dict[str, Any], ja: str, en: str) -> None:
    assert sample_note(with_attrs(**attrs)) == ja
    assert sample_note(with_attrs(**attrs), "en") == en


def test_the_note_on_skewed_changes_names_the_types_in_the_language_of_the_figure() -> None:
    years = pd.DataFrame({"firm_id": [*range(40)] * 2, "year": [2013] * 40 + [2018] * 40, "employees": 10})
    grown = [50e6 + 1e5 * 1.3**k for k in range(40)]
    firms = years.assign(value_added_yen=[50e6] * 40 + grown, partner_type="university")
    measured = sr.productivity_change(firms)
    assert len(measured.attrs["notes"]) == 1
    assert sample_note(measured).endswith("区間の片側を広げたもの：大学。")
    assert sample_note(measured, "en").endswith("interval longer on the side of the long tail: University.")


def test_the_log_rank_test_is_told_in_one_sentence_and_so_is_why_there_is_none() -> None:
    plans = sr.synthetic.plans()
    curve = sr.commercialization_curve(plans, by="fiscal_year", as_of="2007-03-31")
    p_value = curve.attrs["log_rank"]["p_value"]
    assert log_rank_note(curve, "en").endswith(f"df = 1, p = {p_value:.3f}.")
    assert log_rank_note(curve).startswith("ログランク検定（曲線は同じか）：カイ二乗 = ")
    none = sr.commercialization_curve(
        plans.assign(first_sales_on=pd.to_datetime("")), by="fiscal_year", as_of="2007-03-31"
    )
    assert log_rank_note(none, "en") == "No log-rank test: no plan has sales by then."
    assert log_rank_note(none) == "ログランク検定なし：その日までに事業化した計画がない。"
    alone = sr.commercialization_curve(plans, as_of="2007-03-31")
    assert log_rank_note(alone) == "ログランク検定なし：比べる二つのグループがない。"


def test_a_p_value_is_never_written_as_0() -> None:
    assert [p_text(p) for p in (0.0, 0.00099, 0.001, 0.5)] == [
        "p < 0.001",
        "p < 0.001",
        "p = 0.001",
        "p = 0.500",
    ]
