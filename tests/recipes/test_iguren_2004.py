"""The tables of iguren-2004, held to the source text itself and to the calendar."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.catalog import load, raw
from shinrenkei.cleaning import fiscal_year, parse_date
from shinrenkei.errors import BuildError
from shinrenkei.recipes.iguren_2004 import first_and_last_day, start_and_end

SOURCE = Path(__file__).parents[2].parent / "shared" / "sources" / "iguren-2004.txt"
DAY = r"(?:平成\d+年)?\d{1,2}(?:月\d{1,2}日|/\d{1,2}(?:~\d{1,2})?(?=[)(]))"
WEEKDAYS = "月火水木金土日"


@pytest.fixture(scope="module")
def solid() -> str:
    """The whole text without white space, marks and tags, and with one width of letters and digits."""
    if not SOURCE.is_file():
        pytest.skip("the source text is not beside this checkout")
    return squeezed(re.sub(r"<[^>]+>|\*\*", "", SOURCE.read_text(encoding="utf-8")))


def squeezed(text: str) -> str:
    return unicodedata.normalize("NFKC", re.sub(r"\s", "", text))


def activity(number: int) -> pd.Series:
    table = load("activities")
    return table[table["activity_id"] == f"iguren-{number:02d}"].iloc[0]


class TestActivities:
    def test_every_date_of_the_newsletter_is_the_date_of_an_activity(self, solid):
        cells = raw("iguren-2004/activities")["日付"].map(squeezed)
        printed = {day for cell in cells for day in re.findall(DAY, cell + ")")}
        assert set(re.findall(DAY, solid)) == printed

    def test_each_date_falls_on_its_printed_weekday(self):
        table = load("activities").assign(printed=raw("iguren-2004/activities")["日付"])
        with_weekday = table[table["printed"].str.contains("[（(]")]
        assert len(with_weekday) == 13
        for day, printed in zip(with_weekday["date"], with_weekday["printed"], strict=True):
            assert WEEKDAYS[day.weekday()] == printed.rstrip("）)")[-1]

    @pytest.mark.parametrize("year", [2003, 2005])
    def test_no_neighbouring_year_has_these_weekdays(self, year):
        cells = raw("iguren-2004/activities")["日付"]
        found = [re.match(r"(\d+)月(\d+)日（(.)）", cell) for cell in cells]
        agree = [WEEKDAYS[dt.date(year, int(m[1]), int(m[2])).weekday()] == m[3] for m in found if m]
        assert len(agree) == 10
        assert not any(agree)

    def test_all_dates_lie_in_fiscal_year_2003(self):
        dates = load("activities")["date"].dropna()
        assert len(dates) == 15
        assert set(fiscal_year(dates)) == {2003}

    def test_the_year_in_the_japanese_era_is_the_year_of_the_others(self):
        assert parse_date("平成16年2月25日") == activity(17)["date"] == activity(10)["date"]

    def test_what_is_not_printed_is_empty(self):
        table = load("activities").set_index("activity_id")
        assert table.index[table["date"].isna()].tolist() == ["iguren-02", "iguren-06"]
        assert table["start_time"].notna().sum() == 5
        assert table.index[table["end_date"].notna()].tolist() == ["iguren-11"]

    def test_venues_projects_and_numbers_are_in_the_words_of_the_text(self, solid):
        table = raw("iguren-2004/activities")
        for column in ("会場", "プロジェクト", "参加者", "参加費"):
            for cell in table[column][table[column] != ""]:
                assert squeezed(cell) in solid

    def test_times_are_read_in_each_of_their_forms(self):
        times = {
            number: (activity(number)["start_time"], activity(number)["end_time"])
            for number in (5, 13, 15, 17)
        }
        assert times[5] == ("14:00:00", "17:00:00")
        assert times[13][0] == "10:00:00"
        assert times[15][0] == "13:30:00"
        assert times[17] == ("18:00:00", "20:30:00")
        assert pd.isna(times[13][1])
        assert pd.isna(times[15][1])

    def test_numbers_say_whether_they_are_counts(self):
        table = load("activities").dropna(subset=["attendance"])
        assert table[["attendance", "attendance_note", "attendance_kind"]].astype(
            str
        ).to_numpy().tolist() == [
            ["40", "40数名", "at_least"],
            ["17", "17名", "counted"],
            ["40", "40名を想定", "expected"],
        ]

    def test_two_meetings_cost_a_thousand_yen(self):
        table = load("activities").dropna(subset=["fee_yen"])
        assert table.set_index("activity_id")["fee_yen"].to_dict() == {"iguren-10": 1000, "iguren-17": 1000}


class TestAgendas:
    def test_the_schedule_of_the_salon_is_that_of_the_text(self, solid):
        schedule = solid[solid.index("スケジュール") :]
        printed = re.findall(r"(\d\d:\d\d)(?!集合)", schedule)
        table = load("activity_agenda").query("activity_id == 'iguren-17'")
        assert table["start_time"].str.slice(0, 5).tolist() == printed

    def test_the_items_are_in_the_words_of_the_text(self, solid):
        assert all(squeezed(item) in solid for item in load("activity_agenda")["item"] if "挨拶" not in item)

    def test_each_agenda_belongs_to_an_activity(self):
        assert set(load("activity_agenda")["activity_id"]) <= set(load("activities")["activity_id"])

    def test_no_name_of_a_person_is_carried_over(self):
        cells = "".join(load("activity_agenda")["organization"].dropna()) + "".join(
            load("activity_agenda")["item"]
        )
        assert not re.search("氏|(?<!日韓)会長|代表取締役|部長|所長", cells)


class TestNetwork:
    def test_the_five_fields_are_those_of_the_text(self, solid):
        [fields] = re.findall(r"「([^」]+)」という5分野", solid)
        table = load("network_projects")
        assert table["field"].dropna().tolist() == fields.split("、")

    def test_projects_are_named_in_the_text(self, solid):
        assert all(squeezed(project) in solid for project in load("network_projects")["project"])

    def test_every_project_with_an_activity_is_listed(self):
        assert set(load("activities")["project"].dropna()) <= set(load("network_projects")["project"])

    def test_the_salon_alone_is_new(self):
        table = load("network_projects")
        assert table.loc[table["status"] == "new", "project"].tolist() == ["かわさき経済人ネットワークサロン"]

    def test_the_functions_come_in_the_order_of_the_text(self, solid):
        passage = solid[solid.index("一つは全国の企業に対する") :]
        places = [passage.index(squeezed(function)) for function in load("network_functions")["function"]]
        assert places == sorted(places)
        assert load("network_functions")["order"].tolist() == [1, 2, 3, 4, 5]

    def test_the_numbers_are_in_the_words_of_the_text(self, solid):
        table = load("indicators").query("source_id == 'iguren-2004'").set_index("indicator")["value"]
        for name, pattern in {
            "network_project_budget": r"約(4)千万円の予算",
            "consortium_grant": r"1プロジェクト(\d+)万円の補助金",
            "rocket_parts_domestic_share": r"国産率は約(\d)割",
            "manten_firms_at_start": r"約(\d+)社で発足",
            "manten_firms_target": r"今年度(\d+)社を目標",
            "magazine_issues_a_month": r"月(\d)回発行",
        }.items():
            [printed] = re.findall(pattern, solid)
            factor = 10_000_000 if name == "network_project_budget" else 1
            assert table[name] == float(printed) * factor


class TestReading:
    def test_a_weekday_of_another_year_is_refused(self):
        # 22 January 2004 is a Thursday
        with pytest.raises(BuildError, match=r"taken as 2004年1月22日 falls on 木; expected 金"):
            first_and_last_day("1月22日（金）")

    @pytest.mark.parametrize("cell", ["22日", "1月", "1月22日（木）ごろ"])
    def test_what_is_no_date_is_refused(self, cell):
        with pytest.raises(BuildError, match="is not a date"):
            first_and_last_day(cell)

    @given(st.dates(dt.date(2004, 1, 1), dt.date(2004, 12, 31)), st.booleans())
    def test_every_day_of_the_year_is_read_in_both_forms(self, day, slash):
        weekday = WEEKDAYS[day.weekday()]
        cell = f"{day.month}/{day.day}（{weekday}）" if slash else f"{day.month}月{day.day}日({weekday})"
        first, last = first_and_last_day(cell)
        assert parse_date(first).date() == day
        assert last == ""

    def test_an_empty_cell_has_no_day_and_no_time(self):
        assert first_and_last_day("") == ("", "")
        assert start_and_end("") == ("", "")
