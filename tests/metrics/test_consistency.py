"""Counts of several sources held against each other."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from shinrenkei.errors import InputError
from shinrenkei.metrics.consistency import compare_counts, nested_composition


def facts(*rows: tuple[str, str, str, float, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["quantity", "group", "as_of", "value", "source_id"])
    return frame.assign(as_of=pd.to_datetime(frame["as_of"]), locator="table")


def verdicts(frame: pd.DataFrame, **options: object) -> list[tuple[str, bool]]:
    found = compare_counts(frame, **options)  # type: ignore[arg-type]
    return list(zip(found["check"], found["agrees"], strict=True))


def test_equal_counts_of_one_day_agree_and_unequal_ones_do_not() -> None:
    same = facts(("c", "all", "2006-03-31", 163, "a"), ("c", "all", "2006-03-31", 163, "b"))
    assert verdicts(same) == [("same day", True)]
    assert verdicts(same.assign(value=[163, 165])) == [("same day", False)]


def test_a_cumulative_count_is_compared_with_the_next_day_alone() -> None:
    frame = facts(
        ("c", "all", "2005-01-01", 5, "a"),
        ("c", "all", "2006-01-01", 4, "b"),
        ("c", "all", "2007-01-01", 9, "c"),
    )
    assert verdicts(frame) == [("does not fall", False), ("does not fall", True)]


def test_a_part_is_held_against_the_whole_of_the_next_day_given() -> None:
    frame = facts(
        ("c", "kinki", "2006-12-31", 70, "a"),
        ("c", "all", "2006-06-30", 60, "b"),
        ("c", "all", "2007-02-28", 65, "b"),
    )
    assert ("part of the whole", False) in verdicts(frame)
    assert ("part of the whole", True) in verdicts(frame.assign(value=[64, 60, 65]))


def test_parts_together_are_no_more_than_the_whole() -> None:
    frame = facts(
        ("c", "x", "2006-01-01", 6, "a"),
        ("c", "y", "2006-01-01", 5, "a"),
        ("c", "all", "2006-01-01", 10, "b"),
    )
    assert ("parts of the whole", False) in verdicts(frame)
    assert ("part of the whole", False) not in verdicts(frame)


def test_a_contained_quantity_is_no_more_than_its_container() -> None:
    frame = facts(("done", "all", "2006-12-31", 12, "a"), ("c", "all", "2007-02-28", 11, "b"))
    assert verdicts(frame, within={"done": "c"}) == [("within", False)]
    assert verdicts(frame.assign(value=[11, 11]), within={"done": "c"}) == [("within", True)]


def test_a_missing_column_or_value_is_refused() -> None:
    with pytest.raises(InputError, match="facts has no column locator"):
        compare_counts(facts().drop(columns="locator"))
    with pytest.raises(InputError, match="without as_of or value"):
        compare_counts(facts(("c", "all", "2006-01-01", float("nan"), "a")))


@given(st.permutations(range(6)))
def test_the_order_of_the_facts_does_not_matter(order: list[int]) -> None:
    frame = facts(
        ("c", "all", "2005-01-01", 5, "a"),
        ("c", "all", "2006-01-01", 4, "b"),
        ("c", "all", "2006-01-01", 6, "c"),
        ("c", "kinki", "2005-06-01", 3, "a"),
        ("c", "kanto", "2005-06-01", 4, "a"),
        ("d", "all", "2005-06-01", 9, "a"),
    )
    expected = compare_counts(frame, within={"d": "c"})
    pd.testing.assert_frame_equal(compare_counts(frame.iloc[order], within={"d": "c"}), expected)


def test_the_composition_of_a_part_has_the_hypergeometric_probability() -> None:
    # 9 of 10 in the part are of class a, 1 of 10 in the rest: both tails of hypergeom(20, 10, 10)
    law = hypergeom(20, 10, 10)
    expected = sum(law.pmf(k) for k in range(11) if law.pmf(k) <= law.pmf(9) * (1 + 1e-7))
    assert nested_composition({"a": 9, "b": 1}, {"a": 10, "b": 10}) == pytest.approx(expected)


def test_a_part_in_proportion_is_likely_and_one_beyond_its_whole_impossible() -> None:
    assert nested_composition({"a": 5, "b": 5}, {"a": 10, "b": 10}) == pytest.approx(1.0)
    assert nested_composition({"a": 11, "b": 1}, {"a": 10, "b": 10}) == 0.0
    assert nested_composition({"a": 10, "b": 10}, {"a": 10, "b": 10}) == 1.0


def test_the_classes_must_be_the_same() -> None:
    with pytest.raises(InputError, match="expected the same"):
        nested_composition({"a": 1}, {"b": 1})
