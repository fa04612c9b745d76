"""The tables of tohoku-2005, held to the source text itself and to what the document says of them."""

from __future__ import annotations

import re
import unicodedata
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.catalog import load, raw
from shinrenkei.errors import BuildError
from shinrenkei.recipes.tohoku_2005 import answers_with_counts, asked_of, bases

SOURCE = Path(__file__).parents[2].parent / "shared" / "sources" / "tohoku-2005.txt"
Q1 = {"ongoing": 72, "planned": 6, "interested": 129, "not interested": 95, "no answer": 9}
FILTERED = {"Q1": 311, "Q2": 78, "Q3": 78, "Q7": 207, "Q10": 311, "Q11": 311}


@pytest.fixture(scope="module")
def solid() -> str:
    """The whole text without white space and with one width of letters and digits."""
    if not SOURCE.is_file():
        pytest.skip("the source text is not beside this checkout")
    return squeezed(SOURCE.read_text(encoding="utf-8"))


def squeezed(text: str) -> str:
    return unicodedata.normalize("NFKC", re.sub(r"\s", "", text))


def chart(solid: str, question: str) -> str:
    """Return the text layer of one chart: what follows its n, as long as labels and shares take turns."""
    layer = re.search(rf"問{question[1:]}(?:事業|新連携)\D*?n={FILTERED[question]}((?:\D+?\d+\.\d)+)", solid)
    assert layer is not None
    return layer[1]


def answers(question: str) -> pd.DataFrame:
    table = load("survey_answers")
    return table[table["question_id"] == question]


class TestCharts:
    @pytest.mark.parametrize("question", FILTERED)
    def test_each_share_stands_right_after_its_answer_in_the_text(self, solid, question):
        table = raw("tohoku-2005/survey_answers")
        printed = table[table["問"].map(squeezed) == f"問{question[1:]}"]
        layer = chart(solid, question)
        for answer, share in zip(printed["選択肢"], printed["割合"], strict=True):
            assert squeezed(answer) + share in layer
        assert re.findall(r"\d+\.\d", layer) == printed["割合"].tolist()

    @pytest.mark.parametrize(("question", "n"), FILTERED.items())
    def test_every_share_prints_from_its_count(self, question, n):
        table = answers(question)
        assert (table["n"] == n).all()
        assert table["recovered"].all()
        again = (100 * table["count"].astype("float64") / n).round(1)
        assert again.tolist() == table["share_pct"].tolist()

    @pytest.mark.parametrize("question", ["Q1", "Q10"])
    def test_single_answers_add_up_to_the_311_firms(self, question):
        table = answers(question)
        assert (table["answer_type"] == "single").all()
        assert table["count"].sum() == 311
        assert table["share_pct"].sum() == pytest.approx(100, abs=0.05 * len(table))

    @pytest.mark.parametrize("question", ["Q2", "Q3", "Q7", "Q11"])
    def test_multiple_answers_cover_all_firms_and_none_exceeds_those_that_answered(self, question):
        table = answers(question).set_index("answer")["count"].astype(int)
        unknown = table.pop("不明")
        assert table.max() <= FILTERED[question] - unknown <= table.sum()

    def test_the_answers_of_a_question_keep_the_printed_order(self):
        table = load("survey_answers")
        places = table.groupby("question_id", observed=True)["order"].apply(list)
        assert all(place == list(range(1, len(place) + 1)) for place in places)

    def test_shares_that_are_not_printed_are_empty_and_say_so(self):
        table = load("survey_answers")
        missing = table[~table["printed"]]
        assert set(missing["question_id"]) == {"problems", "wanted_support"}
        assert missing["share_pct"].isna().all()
        assert table.loc[table["printed"], "share_pct"].notna().all()

    def test_only_shares_with_a_printed_base_have_a_count(self):
        table = load("survey_answers")
        assert (table["recovered"] == (table["n"].notna() & table["printed"])).all()
        assert (table["recovered"] == table["count"].notna()).all()

    def test_shares_of_the_running_text_are_those_of_the_text(self, solid):
        for question, pattern in {
            "partner_profile": r"「([^」]+)」\(([\d.]+)%\)",
            "reasons_no_expectation": r"「(制度[^」]+)」「(対象[^」]+)」が共に([\d.]+)%",
        }.items():
            table = answers(question)
            found = re.findall(pattern, solid)
            if question == "reasons_no_expectation":
                [(first, second, share)] = found
                found = [(first, share), (second, share)]
            assert list(zip(table["answer"], table["share_pct"].astype(str), strict=True)) == found


class TestBases:
    def test_each_printed_base_is_one_choice_of_the_answers_to_the_first_question(self):
        table = load("survey_bases").set_index("question_id")
        assert table["n"].dropna().astype(int).to_dict() == FILTERED
        assert table.loc["Q7", "filter_counts"] == "72 + 6 + 129"
        for n in {78, 207}:
            choices = [
                c for size in range(1, 6) for c in combinations(Q1, size) if sum(Q1[a] for a in c) == n
            ]
            assert len(choices) == 1
        assert table.loc[["Q2", "Q3"], "asked_of"].astype(str).tolist() == ["ongoing_or_planned"] * 2

    def test_bases_that_are_not_printed_are_listed_by_search(self):
        table = load("survey_bases").set_index("question_id")
        for question, shares in {"partner_profile": [47.4, 33.3], "reasons_no_expectation": [31.7]}.items():
            by_search = [
                n
                for n in range(1, 312)
                if all(any(abs(1000 * k - 10 * share * n) <= n / 2 for k in range(n + 1)) for share in shares)
            ]
            assert [int(n) for n in str(table.loc[question, "fitting_bases"]).split()] == by_search
            assert not table.loc[question, "n_printed"]

    def test_the_partner_profile_fits_the_78_firms_and_the_reasons_fit_no_group_of_the_awareness(self):
        table = load("survey_bases").set_index("question_id")["fitting_bases"].str.split()
        assert "78" in table["partner_profile"]
        assert not {"44", "80", "124"} & set(table["reasons_no_expectation"])

    def test_a_base_that_two_choices_give_is_refused(self):
        with pytest.raises(
            BuildError, match="2 choices of the answers to 問1 sum to the base 5; expected one"
        ):
            asked_of(5, {"a": 5, "b": 5})

    def test_a_base_that_no_choice_gives_is_refused(self):
        with pytest.raises(BuildError, match=r"0 choices .* sum to the base 79"):
            asked_of(79, Q1)

    @given(st.sets(st.integers(0, 9), min_size=1))
    def test_a_choice_is_found_again_from_its_sum(self, chosen):
        powers = {str(k): 2**k for k in range(10)}
        assert asked_of(sum(2**k for k in chosen), powers) == [str(k) for k in sorted(chosen)]


class TestRefusals:
    @pytest.fixture
    def printed(self) -> pd.DataFrame:
        return raw("tohoku-2005/survey_answers")

    def test_a_share_that_no_count_gives_is_refused(self, printed):
        printed.loc[5, "割合"] = "39.8"
        with pytest.raises(BuildError, match=r"39\.8 % of 78 is no whole count"):
            answers_with_counts(printed, raw)

    def test_single_answers_that_miss_their_base_are_refused(self, printed):
        # 29.9 % of 311 is 93, two fewer than the 95 of 30.5 %
        printed.loc[3, "割合"] = "29.9"
        with pytest.raises(
            BuildError, match=r"事業連携の有無: the counts .* sum to 309; expected the base 311"
        ):
            answers_with_counts(printed, raw)

    def test_a_share_with_several_counts_has_none(self, printed):
        wide = printed[printed["回答形式"] == "ＭＡ"].assign(n="3000")
        assert set(answers_with_counts(wide, raw)["件数"]) == {""}
        assert set(answers_with_counts(wide, raw)["復元"]) == {"なし"}

    def test_a_swap_that_breaks_the_filter_is_refused(self, printed):
        # interested and not interested exchanged: 72 + 6 + 95 is not the 207 of the next question
        printed.loc[[2, 3], "割合"] = ["29.6", "42.4"]
        with pytest.raises(BuildError, match="sum to the base 207"):
            bases(printed, raw)


class TestRunningText:
    def test_the_profile_is_that_of_the_text(self, solid):
        values = load("survey_profile").set_index("item")["value"]
        found = {
            "asked": r"中小企業\(主に製造業\)([\d,]+)社",
            "response_rate": r"回答率([\d.]+)%",
            "answered": r"アンケート回答企業(\d+)社",
            "capital_10m_share": r"「1000万円以下」が([\d.]+)%",
            "capital_10m_firms": r"「1000万円以下」が[\d.]+%\((\d+)件",
            "capital_100m_share": r"「1億円以下」が全体の約(\d)割",
            "employees_51_100_share": r"「51~100人」が([\d.]+)%",
            "employees_51_100_firms": r"「51~100人」が[\d.]+%\((\d+)件",
            "employees_100_share": r"100人以下規模の企業で(\d)割以上",
            "employees_mean": r"平均従業員数は([\d.]+)人",
            "employees_max": r"最大で(\d+)人",
            "employees_min": r"最小で(\d+)人",
        }
        assert set(values.index.astype(str)) == set(found)
        for item, pattern in found.items():
            [printed] = re.findall(pattern, solid)
            assert values[item] == float(printed.replace(",", ""))

    def test_the_regions_are_those_of_the_printed_table(self, solid):
        text = SOURCE.read_text(encoding="utf-8")
        heading, counts = re.findall(r"^(北海道 東北.*計)\n+認定件数 ([\d ]+)$", text, re.M)[0]
        table = raw("tohoku-2005/plan_counts")
        assert table.columns.tolist()[1:] == heading.split()
        assert table.iloc[0].tolist()[1:] == counts.split()
        regions = load("plan_counts").query("source_id == 'tohoku-2005' and region != 'all'")
        assert len(regions) == 9
        assert regions["certified"].sum() == 118
        assert "2005年12月15日現在" in solid

    def test_the_budgets_are_those_of_the_text(self, solid):
        table = load("program_budgets").query("source_id == 'tohoku-2005'").set_index("program")
        for program, name in {"pilot": "パイロット事業", "formation": "フォーメーション事業"}.items():
            [(projects, budget)] = re.findall(rf"{name}で(\d+)件([\d.]+)億円", solid)
            assert table.loc[program, "projects"] == int(projects)
            assert table.loc[program, "budget_million_yen"] == pytest.approx(100 * float(budget))

    def test_the_forms_are_the_six_cases(self, solid):
        table = load("collaboration_forms")
        cases = re.findall(r"【ケース(\d)】:「(.+?)」", solid)
        assert [
            (str(order), label) for order, label in zip(table["order"], table["label_ja"], strict=True)
        ] == cases

    def test_no_sentence_on_a_benefit_is_that_of_the_source(self, solid):
        for benefit in load("collaboration_forms")["benefit_ja"]:
            text = squeezed(benefit)
            assert not any(text[start : start + 15] in solid for start in range(len(text) - 15))


def test_the_subsidy_results_sum_to_the_printed_totals():
    table = raw("subsidy-2005/program_budgets")
    numbers, is_total = table[["応募", "採択"]].astype(int), table["事業"] == "合計"
    assert numbers[is_total].sum().tolist() == numbers[~is_total].sum().tolist() == [343, 213]
