"""The mark of synthetic data comes with the table that is drawn or saved."""

import pandas as pd
import pytest

import shinrenkei as sr
from shinrenkei import figures, synthetic
from shinrenkei.figures.marks import WORDS
from tests.figures.looks import assert_looks_right, visible_texts


def rates():
    return sr.commercialization_rate(synthetic.plans(seed=0), by="region", as_of="2007-03-31")


def texts(fig):
    return [" ".join(text.get_text().split()) for text in visible_texts(fig)]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_chart_of_what_a_metric_made_of_synthetic_data_is_marked(tmp_path, lang):
    fig = figures.rate_intervals(rates(), "region", lang=lang)
    assert texts(fig).count(WORDS[lang]) == 1
    figures.save(fig, tmp_path, "rates", source="A", lang=lang, formats=["png"])
    figures.save(fig, tmp_path, "rates", source="A", lang=lang, formats=["png"], synthetic=True)
    assert texts(fig).count(WORDS[lang]) == 1
    assert_looks_right(fig)


def test_the_mark_is_the_last_line_under_the_figure(tmp_path):
    fig = figures.rate_intervals(rates(), "region", lang="en", note="A note.")
    figures.save(fig, tmp_path, "rates", source="A", lang="en", formats=["png"])
    places = {" ".join(text.get_text().split()): text.get_position()[1] for text in visible_texts(fig)}
    assert places[WORDS["en"]] < places["Source: A"] < places["A note."]


def test_a_chart_of_other_tables_is_not_marked():
    table = pd.DataFrame({"region": ["kinki"], "plans": [3], "synthetic": [False]})
    assert WORDS["en"] not in texts(figures.bar(table, "region", "plans", lang="en"))
    assert WORDS["en"] in texts(figures.bar(table.assign(synthetic=True), "region", "plans", lang="en"))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_saved_table_says_so_in_its_first_line(tmp_path, lang):
    path = figures.save_table(rates(), tmp_path, "rates", source="A", lang=lang)
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.endswith(WORDS[lang])
    plain = figures.save_table(pd.DataFrame({"plans": [3]}), tmp_path, "plans", source="A", lang=lang)
    assert WORDS[lang] not in plain.read_text(encoding="utf-8")
