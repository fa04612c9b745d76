"""What a codebook cannot say of ``jri-2023``: which numbers are printed, ISO dates, prefectures."""

from __future__ import annotations

import calendar
import re

import pandas as pd

from shinrenkei.recipes.tidy import ReadRaw
from shinrenkei.rounding import bases_behind, counts_behind

_DATE = re.compile(
    r"(?P<year>\d{4})年(?:(?P<fiscal>度)|(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日|(?P<end>末))?)?",
)
_MONTH = re.compile(r"(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})(?=月|～)")
_PREFECTURE = r"^(東京都|北海道|京都府|大阪府|.{2,3}?県)"


def mark_printed(frame: pd.DataFrame, _read: ReadRaw) -> pd.DataFrame:
    """Add 印刷 (あり or なし): whether the last column holds a number."""
    printed = frame.iloc[:, -1].str.strip() != ""
    return frame.assign(印刷=printed.map({True: "あり", False: "なし"}))


def ties_by_status(frame: pd.DataFrame, _read: ReadRaw) -> pd.DataFrame:
    """Return 図表4 with a row a size of firm and status; the status is the heading of the printed column."""
    long = frame.melt(["企業規模"], var_name="状況", value_name="割合", ignore_index=False)
    sizes = {size: place for place, size in enumerate(frame["企業規模"])}
    ordered = long.sort_values("企業規模", key=lambda column: column.map(sizes), kind="stable")
    return mark_printed(ordered, _read)


def bases_of_ties(frame: pd.DataFrame, _read: ReadRaw) -> pd.DataFrame:
    """Add 当てはまる母数 and 最小の母数: the bases under 1,000 that may stand behind each row of 図表4.

    From 1,000 on every share with one decimal has a whole count.
    """
    found = [
        single_answer_bases([float(cell) for cell in cells if cell], complete=all(cells))
        for cells in frame.drop(columns="企業規模").itertuples(index=False)
    ]
    return frame.assign(
        当てはまる母数=[" ".join(map(str, bases)) for bases in found],
        最小の母数=[str(bases[0]) if bases else "" for bases in found],
    )


def single_answer_bases(shares_pct: list[float], *, complete: bool) -> list[int]:
    """Return the bases under 1,000 that fit the shares of a question with one answer a firm.

    Parameters
    ----------
    shares_pct
        The printed shares.
    complete
        Whether every answer is printed, so that the counts must sum to the base; else they may stay below it.

    Examples
    --------
    >>> single_answer_bases([40.0, 18.6, 15.2, 24.8, 1.4], complete=True)[:3]
    [145, 210, 290]
    """
    bases = []
    for base in bases_behind(shares_pct, range(1, 1000)):
        counts = [counts_behind(share, base) for share in shares_pct]
        least, most = sum(found[0] for found in counts), sum(found[-1] for found in counts)
        if least <= base and (base <= most or not complete):
            bases.append(base)
    return bases


def bounds_in_persons(frame: pd.DataFrame, _read: ReadRaw) -> pd.DataFrame:
    """Add 範囲: the class in persons throughout, since 5,000～1万人 leaves open whose scale 5,000 has."""
    return frame.assign(範囲=frame["従業員数"].str.replace(r"(\d)万", r"\g<1>0,000", regex=True))


def head_offices(frame: pd.DataFrame, _read: ReadRaw) -> pd.DataFrame:
    """Add 都道府県 from the address in 本社 and, where there is a 従業員数の時点, its ISO date as 時点."""
    added = frame.assign(都道府県=frame["本社"].str.extract(_PREFECTURE, expand=False))
    if "従業員数の時点" in frame:
        added["時点"] = frame["従業員数の時点"].map(iso_date)
    return added


def blank_dashes(frame: pd.DataFrame, _read: ReadRaw) -> pd.DataFrame:
    """Empty the cells that hold the printed dash for 'none'."""
    return frame.replace("―", "")


def program_months(frame: pd.DataFrame, _read: ReadRaw) -> pd.DataFrame:
    """Add 開始 and 終了, the first and last month of 実施時期, and empty the dashes."""
    months = frame["実施時期"].map(first_and_last_month)
    return blank_dashes(frame, _read).assign(開始=months.str[0], 終了=months.str[1])


def dated(frame: pd.DataFrame, _read: ReadRaw) -> pd.DataFrame:
    """Add 日付: the ISO form of 時期."""
    return frame.assign(日付=frame["時期"].map(iso_date))


def iso_date(text: str) -> str:
    """Return the printed date in ISO form, as exact as it is printed; '' where there is none.

    Examples
    --------
    >>> [iso_date(text) for text in ("2022年4月1日", "2023年2月末", "2022年3月期、連結ベース")]
    ['2022-04-01', '2023-02-28', '2022-03']
    >>> iso_date("2019年度"), iso_date("1964年")
    ('FY2019', '1964')
    """
    found = _DATE.search(text)
    if found is None:
        return ""
    year, month, day = found["year"], found["month"], found["day"]
    if found["fiscal"]:
        return f"FY{year}"
    if month is None:
        return year
    if found["end"]:
        day = str(calendar.monthrange(int(year), int(month))[1])
    return f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else "")


def first_and_last_month(period: str) -> tuple[str, str]:
    """Return the first and last month of a printed period; '' where none is printed.

    Examples
    --------
    >>> first_and_last_month("2022年5～10月"), first_and_last_month("2022年11月～2023年4月")
    (('2022-05', '2022-10'), ('2022-11', '2023-04'))
    >>> first_and_last_month("2022年度（通年）"), first_and_last_month("2022年～")
    (('2022-04', '2023-03'), ('2022', ''))
    >>> first_and_last_month("複数回")
    ('', '')
    """
    start = iso_date(period)
    if start.startswith("FY"):
        year = int(start.removeprefix("FY"))
        return f"{year}-04", f"{year + 1}-03"
    months: list[str] = []
    year_shown = ""
    for found in _MONTH.finditer(period):
        year_shown = found["year"] or year_shown
        if year_shown:
            months.append(f"{year_shown}-{int(found['month']):02d}")
    return (months[0], months[-1]) if months else (start, "")
