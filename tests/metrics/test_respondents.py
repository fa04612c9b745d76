"""Respondents made to match: the tabulation gives the printed table of tohoku-2005 again."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.catalog import load
from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.metrics.respondents import respondents
from shinrenkei.metrics.tabulation import tabulate


@pytest.mark.parametrize("question", ["Q1", "Q2", "Q3", "Q7", "Q10", "Q11"])
def test_each_printed_question_comes_back_from_its_respondents(question: str) -> None:
    table = load("survey_answers")
    printed = table[table["question_id"] == question]
    people = respondents(printed, question, int(printed["n"].iloc[0]), no_answer="不明")
    made = tabulate(people, question, order=printed["answer"].tolist(), no_answer="不明")
    assert made["share_pct"].round(1).tolist() == printed["share_pct"].tolist()
    assert made["count"].tolist() == printed["count"].tolist()
    assert set(made["n"]) == {printed["n"].iloc[0]}
    assert made.attrs["answer_type"] == printed["answer_type"].iloc[0]


@given(st.integers(1, 40), st.data())
def test_everyone_who_answered_has_an_answer_and_none_twice(answered, data):
    rest = data.draw(st.lists(st.integers(0, answered), max_size=6))
    silent = data.draw(st.integers(0, 5))
    table = pd.DataFrame({"answer": [f"a{i}" for i in range(len(rest) + 1)], "count": [answered, *rest]})
    table.loc[len(table)] = ["none", silent]
    made = respondents(table.sample(frac=1, random_state=0), "Q", answered + silent, no_answer="none")["Q"]
    cells = [[] if cell is None else [cell] if isinstance(cell, str) else cell for cell in made]
    assert all(len(cell) == len(set(cell)) for cell in cells)
    assert sum(len(cell) == 0 for cell in cells) == silent
    assert pd.Series([a for cell in cells for a in cell]).value_counts().to_dict() == {
        f"a{i}": number for i, number in enumerate([answered, *rest]) if number
    }


def test_more_of_one_answer_than_respondents_is_refused():
    with pytest.raises(InputError, match="Counts of 6 in all and 4 at most cannot be those of 3 respondents"):
        respondents(pd.DataFrame({"answer": ["a", "b"], "count": [4, 2]}), "Q", 3)


def test_fewer_answers_than_respondents_are_refused():
    with pytest.raises(InputError, match="Counts of 2 in all"):
        respondents(pd.DataFrame({"answer": ["a"], "count": [2]}), "Q", 3)


def test_a_count_that_is_not_printed_is_refused_by_name():
    table = load("survey_answers")
    with pytest.raises(InputError, match="'制度がわかりにくい' has no count"):
        respondents(table[table["question_id"] == "reasons_no_expectation"], "reasons", 44)


def test_a_missing_column_is_named():
    with pytest.raises(UnknownNameError, match="Unknown column 'answer'"):
        respondents(pd.DataFrame({"count": [1]}), "Q", 1)
