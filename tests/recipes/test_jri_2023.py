"""The tables of jri-2023, held to the source text itself and to what the document says of them."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from shinrenkei.catalog import load, raw
from shinrenkei.recipes.jri_2023 import first_and_last_month, iso_date, mark_printed, single_answer_bases

SOURCE = Path(__file__).parents[2].parent / "shared" / "sources" / "jri-2023.txt"


@pytest.fixture(scope="module")
def text() -> str:
    if not SOURCE.is_file():
        pytest.skip("the source text is not beside this checkout")
    return SOURCE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def solid(text) -> str:
    """The whole text without white space and with one width of letters and digits."""
    return squeezed(text)


def squeezed(text: str) -> str:
    return unicodedata.normalize("NFKC", re.sub(r"\s", "", text))


def chart(text: str, start: str, caption: str) -> list[str]:
    """Return the lines of the chart that stands before its caption, from the line after ``start``."""
    block = text[: text.index(caption)]
    return [line.strip() for line in block[block.rindex(start) :].splitlines()[1:] if line.strip()]


class TestGlobalNicheTopFirms:
    def test_prefectures_and_numbers_pair_in_the_order_of_the_two_printed_lists(self, text):
        lines = chart(text, "（図表1）グローバル", "（図表2）グローバル")
        numbers = [int(line[:-1]) for line in lines if re.fullmatch(r"\d+社", line)]
        names = [line for line in lines if re.fullmatch(r"\S{2,3}[都府県]", line)]
        assert len(numbers) == len(names) == 27
        table = load("gnt_firms_by_prefecture")
        assert list(zip(table["prefecture"].astype(str), table["firms"], strict=True)) == list(
            zip(names, numbers, strict=True)
        )

    def test_the_pairing_falls_as_the_bars_do_and_adds_up_to_all_firms(self):
        firms = load("gnt_firms_by_prefecture")["firms"]
        assert firms.is_monotonic_decreasing
        assert firms.sum() == load("gnt_firms_by_employees")["firms"].sum() == 113

    def test_every_size_class_is_a_label_of_the_pie(self, text):
        lines = "".join(
            chart(text, "業種としては主に製造業を想定することとする", "（資料）経済産業省「2020年版")
        )
        pieces = dict(re.findall(r"([\d,万]*～?[\d,万]*人～?)、(\d+)社", lines))
        table = load("gnt_firms_by_employees")
        printed = dict(zip(table["size_class"].astype(str), table["firms"].astype(str), strict=True))
        assert {name.replace("万人", "万").rstrip("人"): count for name, count in pieces.items()} == {
            name.replace("万人", "万").rstrip("人"): count for name, count in printed.items()
        }

    def test_bounds_run_from_open_to_open_without_a_gap(self):
        table = load("gnt_firms_by_employees")
        assert pd.isna(table["lower"].iloc[0])
        assert pd.isna(table["upper"].iloc[-1])
        assert (
            table["upper"].iloc[:-1].tolist()
            == table["lower"].iloc[1:].tolist()
            == [100, 300, 1000, 5000, 10000]
        )

    def test_firms_of_up_to_300_employees_are_the_53_smes_of_the_text(self):
        table = load("gnt_firms_by_employees")
        assert table.loc[(table["upper"] <= 300).fillna(value=False), "firms"].sum() == 53


@pytest.fixture(scope="module")
def shares() -> pd.DataFrame:
    """Return 図表4 as it is printed: a row a size of firm, a column a status."""
    table = load("startup_ties").astype({"firm_size": str, "status": str})
    return table.pivot_table("share_pct", "firm_size", "status", aggfunc="first")


class TestStartupTies:
    """図表4: fourteen numbers whose order is lost."""

    LINES = (("9.6", "19.6", "60.0", "0.9"), ("57.0", "16.2", "17.2"), ("40.0", "15.2", "24.8"))

    def divided(self, places: tuple[int, ...], loose: tuple[str, ...]) -> list[list[float]]:
        """Return the three printed lines, each with the loose numbers that are put to its place."""
        return [
            sorted(
                map(
                    float,
                    [*line, *(number for number, place in zip(loose, places, strict=True) if place == here)],
                )
            )
            for here, line in enumerate(self.LINES)
        ]

    def sums_to_100(self, row: list[float]) -> bool:
        return abs(round(sum(row), 1) - 100) <= 0.05 * len(row) + 1e-9

    def test_the_numbers_are_those_of_the_chart_each_once(self, text):
        lines = chart(text, "70% 80% 90% 100%", "（図表4）スタート")
        printed = Counter(float(number) for line in lines for number in re.findall(r"\d{1,2}\.\d", line))
        assert Counter(load("startup_ties")["share_pct"].dropna()) == printed

    def test_only_one_division_into_rows_keeps_the_printed_lines_and_makes_them_sum_to_100(self, shares):
        loose = ("1.4", "10.0", "9.6", "18.6")
        divisions = (self.divided(places, loose) for places in itertools.product(range(3), repeat=len(loose)))
        fits = [rows for rows in divisions if all(self.sums_to_100(row) for row in rows)]
        assert len(fits) == 1
        read = [sorted(shares.loc[size].dropna()) for size in ("sme", "mid", "large")]
        assert read == fits[0]

    @pytest.mark.parametrize(
        ("size", "statuses", "tenths"),
        [
            ("large", ["tied"], 4),
            ("large", ["tied", "supporting"], 6),
            ("sme", ["tied", "supporting"], 2),
            ("sme", ["not_considering"], 6),
        ],
    )
    def test_the_columns_agree_with_the_tenths_of_the_running_text(self, shares, size, statuses, tenths):
        assert round(shares.loc[size, statuses].sum() / 10) == tenths

    def test_ties_grow_with_the_size_of_the_firm_as_the_text_says(self, shares):
        assert shares["tied"].loc[["large", "mid", "sme"]].is_monotonic_decreasing
        assert shares["not_considering"].loc[["large", "mid", "sme"]].is_monotonic_increasing

    def test_the_one_number_that_is_not_printed_stays_empty(self):
        table = load("startup_ties")
        empty = table[table["share_pct"].isna()]
        assert empty[["firm_size", "status"]].astype(str).to_numpy().tolist() == [["mid", "no_answer"]]
        assert table["printed"].tolist() == table["share_pct"].notna().tolist()


class TestBasesOfTies:
    def test_the_smallest_bases_give_the_printed_shares_back(self, shares):
        bases = load("startup_ties_bases").astype({"firm_size": str}).set_index("firm_size")
        for size, base in bases["smallest_base"].items():
            counts = [round(share * base / 100) for share in shares.loc[size].dropna()]
            assert sum(counts) == base
            assert [round(100 * count / base, 1) for count in counts] == shares.loc[size].dropna().tolist()

    def test_no_smaller_base_fits_the_sme_row(self):
        shares = [9.6, 10.0, 19.6, 60.0, 0.9]
        fitting = [
            base
            for base in range(1, 231)
            for counts in [[round(share * base / 100) for share in shares]]
            if sum(counts) == base and [round(100 * count / base, 1) for count in counts] == shares
        ]
        assert fitting == [230]

    def test_an_incomplete_row_may_leave_answers_over(self):
        assert 3 in single_answer_bases([33.3, 33.3], complete=False)
        assert 3 not in single_answer_bases([33.3, 33.3], complete=True)


class TestChartsWithoutNumbers:
    @pytest.mark.parametrize(
        ("table", "start", "caption", "items"),
        [
            ("startup_reasons", "0 20 40 60", "（図表3）スタート", 10),
            ("startup_channels", "0 20 40 60 80", "（図表10）スタート", 9),
        ],
    )
    def test_items_stand_in_the_order_of_the_chart(self, text, table, start, caption, items):
        sizes = ("大企業", "中堅企業", "中小企業")
        lines = [line for line in chart(text, start, caption) if line not in sizes and "％" not in line]
        assert len(lines) == items
        assert load(table)["label"].tolist() == lines

    @pytest.mark.parametrize("table", ["startup_reasons", "startup_channels", "partner_productivity"])
    def test_numbers_that_are_not_printed_are_empty_and_say_so(self, table):
        rows = load(table)
        assert rows[rows.columns.intersection(["share_pct", "change"])].isna().all(axis=None)
        assert not rows["printed"].any()

    @pytest.mark.parametrize(
        ("table", "start", "caption"),
        [
            ("partner_use", "0 10 20 30 40 50", "（％）\n\n（資料）中小企業庁「2020年版中小企業白書」"),
            ("partner_productivity", "▲1,000 ▲500", "（千円/人）"),
        ],
    )
    def test_partners_stand_in_the_order_of_the_white_papers_chart(self, text, table, start, caption):
        lines = [unicodedata.normalize("NFKC", line) for line in chart(text, start, caption)]
        assert (
            raw(f"jri-2023/{table}")["連携先"].map(lambda name: unicodedata.normalize("NFKC", name)).tolist()
            == lines
        )
        assert load(table)["rank"].tolist() == list(range(1, 15))

    def test_use_is_known_for_the_four_partners_that_the_text_quotes(self, solid):
        quoted = dict(
            re.findall(r"「([^「」]+)」\(([\d.]+)%\)", solid[solid.index("連携先として最も多い") :][:200])
        )
        assert len(quoted) == 4
        printed = raw("jri-2023/partner_use").set_index("連携先")["割合"]
        assert {name: share for name, share in printed.items() if share} == {
            name: f"{share}％" for name, share in quoted.items()
        }

    def test_partners_of_another_field_rank_above_those_of_the_same_as_the_text_says(self):
        rank = load("partner_productivity").astype({"partner_type": str}).set_index("partner_type")["rank"]
        other = ["different_industry_domestic_large", "different_industry_domestic_sme", "university"]
        same = ["same_industry_domestic_large", "same_industry_domestic_sme"]
        assert rank["intermediary"] == 1
        assert rank[other].max() < rank[same].min()


class TestCases:
    def test_every_cell_of_the_firms_stands_in_figure_5(self, solid):
        block = solid[solid.index("(図表5)本稿") : solid.index("(資料)各社ウェブサイトなど")]
        for row in raw("jri-2023/startup_case_firms").drop(columns="従業員数の時点").itertuples(index=False):
            assert squeezed("".join(row)) in block

    def test_every_date_of_employees_stands_in_the_figures_note(self, solid):
        for row in raw("jri-2023/startup_case_firms").to_dict("records"):
            name = re.sub(r"[（(]株[）)]", "", row["企業名"])
            assert f"{name}:{squeezed(row['従業員数の時点'])}" in solid

    def test_capital_and_employees_are_numbers(self):
        firms = load("startup_case_firms")
        by_name = firms.set_index("firm").to_dict("index")
        assert by_name["岡本硝子（株）"]["capital_yen"] == 2_500_000_000
        assert by_name["岡本硝子（株）"]["employees"] == 253
        assert by_name["栃木精工（株）"]["as_of"] == "2022-04-01"
        assert firms["founded"].between(1901, 1973).all()

    def test_every_firm_is_an_sme_by_the_definition_in_the_footnote(self):
        firms = load("startup_case_firms")
        assert ((firms["capital_yen"] <= 300_000_000) | (firms["employees"] <= 300)).all()

    def test_every_cell_of_the_ties_stands_in_figure_6(self, solid):
        block = solid[solid.index("(図表6)本稿") : solid.index("(資料)各社ウェブサイト、各種記事")]
        for row in raw("jri-2023/startup_case_ties").itertuples(index=False):
            assert squeezed("".join(row)) in block

    def test_each_firm_has_its_tie(self):
        assert load("startup_case_ties")["firm"].tolist() == load("startup_case_firms")["firm"].tolist()

    def test_profiles_are_what_the_footnotes_say(self, solid):
        for row in raw("jri-2023/startup_profiles").to_dict("records"):
            note = re.findall(r"注(\d+)", row["箇所"])[-1]
            said = solid[solid.rindex(f"(注{note})本社") :][:40]
            assert said.startswith(f"(注{note})本社{row['本社']}、")
            assert row["設立年"] in said


class TestBridging:
    def test_the_programs_are_the_whole_of_figure_11(self, solid):
        block = solid[solid.index("(図表11)2022年以降") : solid.index("(資料)各種公表資料")]
        body = block[block.index("既存企業(注1)スタートアップ") + len("既存企業(注1)スタートアップ") :]
        rows = raw("jri-2023/bridging_programs")
        first = ~rows["主催区分"].duplicated()
        kinds = rows["主催区分"].where(first, "")
        assert squeezed("".join(kinds.str.cat(rows.drop(columns="主催区分"), sep=""))) == body

    def test_periods_begin_in_2022_or_later_as_the_title_says(self):
        programs = load("bridging_programs")
        assert (programs["start"].dropna() >= "2022").all()
        dated = programs.dropna(subset=["start", "end"])
        assert (dated["start"] <= dated["end"]).all()
        assert programs.loc[programs["start"].isna(), "period"].unique().tolist() == ["複数回"]

    def test_the_joint_matchings_of_the_osaka_chamber_in_2022_are_three(self):
        programs = load("bridging_programs")
        joint = programs["host"].str.contains("大阪商工会議所、") & programs["start"].str.startswith("2022")
        assert joint.sum() == 3

    def test_types_are_two_by_two(self):
        types = load("bridging_types").astype(str)
        assert types["code"].tolist() == list("ABCD")
        assert len(types[["start_from", "mode"]].drop_duplicates()) == 4

    def test_every_example_is_printed_in_figure_12(self, solid):
        block = solid[solid.index("(図表12)中小企業とスタートアップの橋渡し") :][:400]
        for row in raw("jri-2023/bridging_types").to_dict("records"):
            assert f"<{row['記号']}>{squeezed(row['代表例'])}" in block


class TestIndicators:
    def test_every_number_stands_in_the_text_with_its_unit(self, solid):
        rows = raw("jri-2023/indicators").to_dict("records")
        missing = [row["指標"] for row in rows if squeezed(row["値"] + row["単位"]) not in solid]
        assert missing == []

    def test_every_percentage_and_large_number_of_the_running_text_is_kept_somewhere(self, solid):
        said = set(re.findall(r"\d+(?:\.\d+)?(?=%)", solid)) | set(re.findall(r"\d,\d{3}(?=社)", solid))
        tables = [raw(f"jri-2023/{name}") for name in ("indicators", "startup_ties", "partner_use")]
        kept = {str(cell).rstrip("％") for table in tables for cell in table.to_numpy().ravel()}
        axis = {str(step) for step in range(0, 101, 10)}
        assert said - kept - axis == set()

    def test_the_funnel_of_aichi_is_carried_with_its_years(self):
        rows = load("indicators").query("indicator in ['matching_talks', 'matching_ties']")
        assert rows["value"].tolist() == [407, 19]
        assert rows["period"].tolist() == ["FY2019-FY2021"] * 2


class TestDates:
    def test_every_dated_event_has_an_iso_date_and_they_stand_in_order_of_year(self):
        when = load("startup_timeline")["when"]
        assert when.str.fullmatch(r"FY\d{4}|\d{4}(-\d{2}(-\d{2})?)?").all()
        assert when.str.extract(r"(\d{4})", expand=False).is_monotonic_increasing

    def test_every_event_date_is_printed(self, solid):
        for printed in raw("jri-2023/startup_timeline")["時期"]:
            day = re.sub(r"^\d{4}年(?=\d)", "", printed)
            assert day in solid, printed

    @pytest.mark.parametrize("text", ["", "複数回", "10月"])
    def test_text_without_a_year_gives_no_date(self, text):
        assert iso_date(text) == ""
        assert first_and_last_month(text) == ("", "")

    def test_end_of_month_knows_leap_years(self):
        assert iso_date("2024年2月末") == "2024-02-29"

    def test_a_month_after_a_comma_takes_the_year_before_it(self):
        assert first_and_last_month("2023年1月、3月") == ("2023-01", "2023-03")

    def test_a_cell_of_spaces_counts_as_not_printed(self):
        assert mark_printed(pd.DataFrame({"割合": ["", " ", "0"]}), raw)["印刷"].tolist() == [
            "なし",
            "なし",
            "あり",
        ]
