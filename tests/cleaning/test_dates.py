"""Dates, times, years and fiscal years, against a calendar of the eras written down here."""

from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.cleaning import (
    CleaningError,
    fiscal_year,
    parse_date,
    parse_fiscal_year,
    parse_time,
    parse_year,
)
from tests.cleaning.test_numbers import ANY, spelled

# First and last day of each era, from the proclamations; the last day of one may be the first of the next.
CALENDAR = [
    ("明治", "M", date(1873, 1, 1), date(1912, 7, 30), 1868),
    ("大正", "T", date(1912, 7, 30), date(1926, 12, 25), 1912),
    ("昭和", "S", date(1926, 12, 25), date(1989, 1, 7), 1926),
    ("平成", "H", date(1989, 1, 8), date(2019, 4, 30), 1989),
    ("令和", "R", date(2019, 5, 1), date(2099, 12, 31), 2019),
]
WIDE = str.maketrans("0123456789./", "０１２３４５６７８９．／")


@pytest.mark.parametrize("era", CALENDAR, ids=lambda era: era[1])
@given(data=st.data())
def test_a_day_in_an_era_is_read_in_every_spelling(era, data):
    name, letter, first, last, start = era
    day = data.draw(st.dates(first, last))
    year = day.year - start + 1
    spellings = [
        f"{name}{year}年{day.month}月{day.day}日",
        f"{letter}{year}.{day.month}.{day.day}",
        f"{letter.lower()}{year:02}/{day.month:02}/{day.day:02}",
        f"{letter}{year}-{day.month:02}-{day.day:02}",
        f"{name} {year}年 {day.month}月 {day.day}日".translate(WIDE),
        f"{name[0]}{year}.{day.month}.{day.day}".translate(WIDE),
        f"{name}{spelled(year)}年{spelled(day.month)}月{spelled(day.day)}日",
        f"{name}{'元' if year == 1 else year}年{day.month}月{day.day}日({'月火水木金土日'[day.weekday()]})",
        f"{day.year}年({name}{year}年){day.month}月{day.day}日",
        f"{day:%Y-%m-%d}", f"{day:%Y/%m/%d}", f"{day:%Y%m%d}", f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y-%m-%d} 00:00:00",
    ]  # fmt: skip
    for text in spellings:
        assert parse_date(text) == pd.Timestamp(day), text


@pytest.mark.parametrize("era", CALENDAR[:-1], ids=lambda era: era[1])
def test_an_era_ends_on_its_last_day(era):
    name, _, _, last, start = era
    after = last + timedelta(days=1)
    with pytest.raises(CleaningError, match=f"is not in {name}, which ran from .* to {last}"):
        parse_date(f"{name}{after.year - start + 1}年{after.month}月{after.day}日")


@pytest.mark.parametrize("era", CALENDAR[2:], ids=lambda era: era[1])
def test_an_era_starts_on_its_first_day(era):
    name, _, first, _, _ = era
    before = first - timedelta(days=1)
    with pytest.raises(CleaningError, match=f"is not in {name}, which ran from {first}"):
        parse_date(f"{name}元年{before.month}月{before.day}日")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("平成35年1月1日", "平成35年 is not in 平成"),
        ("平成17年2月30日", "2005-02 has no day 30"),
        ("2005年13月1日", "there is no month 13"),
        ("平成16年2月25日(木)", "2004-02-25 was not a 木曜日 but a 水曜日"),
        ("2005年(平成18年)4月1日", "its two years are not the same, 2005 and 2006"),
        ("17.4.13", "say era= where one is meant"),
        ("1/22/2004", "not written as a date"),
        ("明治5年12月2日", "lunisolar"),
        ("2005-04-13 10:30", "not written as a date"),
        ("38455", "not written as a date"),
        ("平成0年1月1日", "平成0年 is not in 平成"),
    ],
)
def test_what_is_no_date_is_refused_with_the_reason(text, reason):
    with pytest.raises(CleaningError, match=reason):
        parse_date(text)
    assert parse_date(text, errors="coerce") is pd.NaT


def test_an_era_may_be_hinted():
    assert parse_date("17.4.13", era="平成") == parse_date("17/4/13", era="H") == pd.Timestamp(2005, 4, 13)
    assert parse_date("2005.4.13", era="平成") == pd.Timestamp(2005, 4, 13)
    with pytest.raises(CleaningError, match="is not in 平成"):
        parse_date("31.5.1", era="平成")
    with pytest.raises(CleaningError, match="Unknown era '安政'"):
        parse_date("1.1.1", era="安政")


def test_excel_days_are_counted_in_both_epochs():
    # 38455 and 36993 are what Excel itself shows as 2005-04-13 in its two epochs (1,462 days apart).
    assert parse_date(38455, excel=1900) == parse_date("36993", excel=1904) == pd.Timestamp(2005, 4, 13)
    assert parse_date(1, excel=1900) == pd.Timestamp(1900, 1, 1)
    assert parse_date(59, excel=1900) == pd.Timestamp(1900, 2, 28)
    assert parse_date(61, excel=1900) == pd.Timestamp(1900, 3, 1)
    assert parse_date("３８４５５", excel=1900) == pd.Timestamp(2005, 4, 13)
    last = pd.Timestamp(9999, 12, 31)
    assert parse_date(2_958_465, excel=1900) == parse_date(2_957_003, excel=1904) == last
    for beyond, epoch in ((2_958_466, 1900), (2_957_004, 1904)):
        with pytest.raises(CleaningError, match="not a whole Excel serial day"):
            parse_date(beyond, excel=epoch)  # type: ignore[arg-type]
    with pytest.raises(CleaningError, match="serial day 60 is no date"):
        parse_date(60, excel=1900)
    with pytest.raises(CleaningError, match="not a whole Excel serial day"):
        parse_date(1.5, excel=1900)
    with pytest.raises(CleaningError, match="Unknown epoch of Excel 1903"):
        parse_date(1, excel=1903)  # type: ignore[arg-type]


def test_dates_in_cells_pass_through():
    cells = pd.Series(
        [datetime(2005, 4, 13), date(2005, 4, 14), "平成17年4月15日", None], dtype=object, index=[1, 2, 3, 4]
    )
    result = parse_date(cells)
    assert str(result.dtype) == "datetime64[us]"
    assert result.tolist() == [
        pd.Timestamp(2005, 4, 13),
        pd.Timestamp(2005, 4, 14),
        pd.Timestamp(2005, 4, 15),
        pd.NaT,
    ]
    assert parse_date(np.datetime64("2005-04-13")) == pd.Timestamp(2005, 4, 13)
    with pytest.raises(CleaningError, match="it has a time of day"):
        parse_date(datetime(2005, 4, 13, 10, 30))


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("18:00", time(18)), ("14：00", time(14)), ("am10:00", time(10)), ("午後1時30分", time(13, 30)),
        ("13時半", time(13, 30)),
        ("午前0時", time(0)), ("午後0時", time(12)), ("12:15 am", time(0, 15)), ("10p.m.", time(22)),
        ("９時", time(9)), ("8:05:09", time(8, 5, 9)),
    ],
)  # fmt: skip
def test_times_of_day(text, clock):
    assert parse_time(text) == clock


def test_what_is_no_time_is_refused():
    for text, reason in (
        ("25:00", "there is no 25:00"),
        ("午後13時", "does not go with its half"),
        ("夕方", "not written as a time"),
    ):
        with pytest.raises(CleaningError, match=reason):
            parse_time(text)
    assert parse_time(pd.Series(["18:00", "夕方"]), errors="coerce").tolist() == [time(18), None]


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("平成17年", 2005),
        ("H17", 2005),
        ("2005年", 2005),
        ("平成元年", 1989),
        ("昭和64年", 1989),
        ("2005年(平成17年)", 2005),
        (2005, 2005),
        ("２００５", 2005),
    ],
)
def test_years(text, year):
    assert parse_year(text) == year


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("平成17年度", 2005),
        ("2005年度", 2005),
        ("FY2005", 2005),
        ("ＦＹ２００６", 2006),
        ("H17年度", 2005),
        ("平成31年度", 2019),
        ("令和元年度", 2019),
        ("2005", 2005),
        ("昭和63年度", 1988),
        ("平成17年度(2005年度)", 2005),
    ],
)
def test_fiscal_years(text, year):
    assert parse_fiscal_year(text) == year


def test_years_and_fiscal_years_are_not_mixed_up():
    with pytest.raises(CleaningError, match="it is a fiscal year"):
        parse_year("平成17年度")
    with pytest.raises(CleaningError, match="it is a calendar year"):
        parse_fiscal_year("平成17年")
    with pytest.raises(CleaningError, match="昭和64年度 is not in 昭和"):
        parse_fiscal_year("昭和64年度")
    with pytest.raises(CleaningError, match="平成32年 is not in 平成"):
        parse_fiscal_year("平成32年度")
    assert parse_fiscal_year("17年度", era="平成") == 2005
    with pytest.raises(CleaningError, match="say era="):
        parse_fiscal_year("17年度")


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_the_fiscal_year_begins_in_april(day):
    expected = next(year for year in range(1899, 2101) if date(year, 4, 1) <= day < date(year + 1, 4, 1))
    assert fiscal_year(day) == expected
    assert fiscal_year(pd.Series([pd.Timestamp(day), pd.NaT])).tolist() == [expected, pd.NA]


def test_the_fiscal_year_of_text_and_of_nothing():
    assert fiscal_year("平成16年1月22日") == 2003
    assert fiscal_year(None) is None
    with pytest.raises(CleaningError, match="cannot be read as a date"):
        fiscal_year("来年")


@pytest.mark.parametrize("parse", [parse_date, parse_time, parse_year, parse_fiscal_year, fiscal_year])
@given(text=ANY | st.text(alphabet="平成令和昭HRS0123456789元年月日度./-:()時分午前後", max_size=16))
def test_any_text_is_read_or_refused(parse, text):
    try:
        parse(text)
    except CleaningError as error:
        assert "cannot be read as" in str(error)  # noqa: PT017 - both ends are right, and nothing else
