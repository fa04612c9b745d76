"""The statements of jri-2023, recomputed."""

from __future__ import annotations

import re

import pandas as pd

from shinrenkei.claims.facts import Recompute, Tables, one, rows, total

_SOURCE = "jri-2023"


def _value(t: Tables, indicator: str, **where: object) -> float:
    return one(t, "indicators", "value", source_id=_SOURCE, indicator=indicator, **where)


def _years(t: Tables, indicator: str) -> list[int]:
    """Return the years in the periods of an indicator, the earliest first."""
    periods = rows(t, "indicators", source_id=_SOURCE, indicator=indicator)["period"].astype("str")
    return sorted(int(year) for period in periods for year in re.findall(r"\d{4}", period))


def _span(t: Tables, indicator: str) -> float:
    years = _years(t, indicator)
    return float(years[-1] - years[0])


def _share_of_value_to_employees(t: Tables) -> float:
    return _value(t, "sme_share_value_added") / _value(t, "sme_share_employees")


def _value_added_sme_to_large(t: Tables) -> float:
    table = rows(t, "indicators", source_id=_SOURCE, indicator="value_added_per_employee")
    sme = table["group"].str.startswith("中小企業")
    return float(table.loc[sme, "value"].max() / table.loc[~sme, "value"].min())


def _metro_to_elsewhere(t: Tables) -> float:
    indicator = "share_employed_by_firms_of_1000"
    return _value(t, indicator, group="三大都市圏") / _value(t, indicator, group="三大都市圏以外")


def _manufacturers(t: Tables) -> float:
    indicator = "regional_future_leaders"
    every = rows(t, "indicators", source_id=_SOURCE, indicator=indicator)["value"].max()
    return 100 * _value(t, indicator, group="製造業") / float(every)


def _gnt_firms(t: Tables) -> float:
    return total(t, "gnt_firms_by_employees", "firms")


def _gnt_smes(t: Tables) -> float:
    table = t("gnt_firms_by_employees")
    limit = _value(t, "sme_definition_employees")
    return float(table.loc[table["upper"].le(limit).fillna(value=False), "firms"].sum())


def _named_among_the_top_three(t: Tables) -> float:
    top = t("gnt_firms_by_prefecture").nlargest(3, "firms")
    return float(top["prefecture"].isin(["東京都", "愛知県", "大阪府"]).sum())


def _gnt_firms_near(t: Tables, firm: str) -> float:
    prefecture = str(rows(t, "startup_case_firms", firm=firm)["prefecture"].iloc[0])
    return one(t, "gnt_firms_by_prefecture", "firms", prefecture=prefecture)


def _successor_fall(t: Tables) -> float:
    overall = rows(
        t, "indicators", source_id=_SOURCE, indicator="successor_absence_rate", group="全国・全業種"
    )
    by_year = overall.set_index(overall["period"].astype("str"))["value"]
    return float(by_year["2017"] - by_year["2022"])


def _lowest_of_three_reasons(t: Tables) -> float:
    named = ["新規事業の開発", "自社にない先進技術の獲得", "既存事業の強化"]
    return float(rows(t, "startup_reasons", label=named)["order"].max())


def _ties(size: str, *statuses: str) -> Recompute:
    return lambda t: total(t, "startup_ties", "share_pct", firm_size=size, status=list(statuses))


def _all_statuses(size: str) -> Recompute:
    return lambda t: total(t, "startup_ties", "share_pct", firm_size=size)


def _tied_large_to_sme(t: Tables) -> float:
    return _ties("large", "tied")(t) / _ties("sme", "tied")(t)


def _size_classes_gap(t: Tables) -> float:
    indicator = "jma_size_class_employees"
    return _value(t, indicator, group="中堅企業") - _value(t, indicator, group="中小企業")


def _rank(table: str, partner_type: str) -> Recompute:
    return lambda t: one(t, table, "rank", partner_type=partner_type)


def _printed_uses(t: Tables) -> pd.Series:
    return t("partner_use").sort_values("rank")["share_pct"].dropna()


def _first_gap_to_second(t: Tables) -> float:
    gaps = -_printed_uses(t).diff().dropna()
    return float(gaps.iloc[0] / gaps.iloc[1])


def _other_industries_ahead_of_same(t: Tables) -> float:
    rank = t("partner_productivity").set_index("partner_type")["rank"]
    other = ["different_industry_domestic_large", "different_industry_domestic_sme", "university"]
    same = ["same_industry_domestic_large", "same_industry_domestic_sme"]
    return float(rank[same].min() - rank[other].max())


def _university_startups_multiple(t: Tables) -> float:
    indicator = "university_startups"
    return _value(t, indicator, period="FY2021") / _value(t, indicator, period="FY2016")


def _months_between_alliances(t: Tables) -> float:
    months = pd.to_datetime(rows(t, "startup_timeline", kind="alliance")["when"], format="%Y-%m")
    first, last = months.min(), months.max()
    return float(12 * (last.year - first.year) + last.month - first.month)


def _smes_by_definition(t: Tables) -> float:
    firms = t("startup_case_firms")
    capital = 1e8 * _value(t, "sme_definition_capital")
    fits = firms["capital_yen"].le(capital) | firms["employees"].le(_value(t, "sme_definition_employees"))
    return 100 * float(fits.mean())


def _interviewed_in_figure_5(t: Tables) -> float:
    interviews = rows(t, "startup_timeline", kind="interview", event="ヒヤリング（中小企業）")
    return 100 * float(interviews["organization"].isin(t("startup_case_firms")["firm"]).mean())


def _met_of_worked_with(t: Tables) -> float:
    return 100 * _value(t, "startups_met_at_program") / _value(t, "startups_worked_with")


def _first_year(t: Tables, **where: object) -> int:
    when = rows(t, "startup_timeline", **where)["when"].astype("str")
    return int(when.str.extract(r"(\d{4})", expand=False).min())


def _aichi_start(t: Tables) -> int:
    return _first_year(t, kind="program", organization="愛知県")


def _years_after_start(t: Tables, firm: str, host: str) -> float:
    return float(
        _first_year(t, kind="took_part", organization=firm)
        - _first_year(t, kind="program", organization=host)
    )


def _earliest_program(t: Tables) -> float:
    return float(t("bridging_programs")["start"].dropna().str[:4].astype("int64").min())


def _quoted_programs(cells: pd.Series) -> list[str]:
    """Return the names of programmes that stand in brackets in some cells, each once."""
    return sorted(set(cells.str.extract(r"「(.+)」", expand=False).dropna()))


def _listed(t: Tables, names: list[str]) -> int:
    listed = t("bridging_programs")["program"]
    return sum(bool(listed.str.contains(name, regex=False).any()) for name in names)


def _case_programs_listed(t: Tables) -> float:
    names = _quoted_programs(rows(t, "startup_case_ties", channel_kind="program")["channel"])
    return 100 * _listed(t, names) / len(names)


def _joint_matchings_of_osaka(t: Tables) -> float:
    programs = t("bridging_programs")
    joint = programs["host"].str.contains("大阪商工会議所、", regex=False)
    return float((joint & programs["start"].str.startswith("2022").fillna(value=False)).sum())


def _run_by(t: Tables, program: str, operator: str) -> float:
    programs = rows(t, "bridging_programs", operator=operator)["program"]
    return float(programs.str.contains(program, regex=False).sum())


def _days_to_results(t: Tables) -> float:
    jma = {"organization": "日本能率協会"}
    closed = rows(t, "startup_timeline", kind="survey", **jma)["when"].max()
    published = rows(t, "startup_timeline", kind="published", **jma)["when"].min()
    return float((pd.Timestamp(published) - pd.Timestamp(closed)).days)


RECOMPUTE: dict[str, Recompute] = {
    "sme-productivity-low-shares": _share_of_value_to_employees,
    "sme-productivity-low-yen": _value_added_sme_to_large,
    "large-in-metro": _metro_to_elsewhere,
    "leaders-63": _manufacturers,
    "leaders-manufacturing-centre": _manufacturers,
    "gnt-employees-total": _gnt_firms,
    "gnt-prefectures-total": lambda t: total(t, "gnt_firms_by_prefecture", "firms"),
    "gnt-113": _gnt_firms,
    "gnt-sme-53": _gnt_smes,
    "gnt-sme-47": lambda t: 100 * _gnt_smes(t) / _gnt_firms(t),
    "gnt-urban": _named_among_the_top_three,
    "gnt-widely-spread": lambda t: float(len(t("gnt_firms_by_prefecture"))),
    "gnt-case-in-tokyo": lambda t: _gnt_firms_near(t, "田中科学機器製作（株）"),
    "successor-falls": _successor_fall,
    "successor-5-years": lambda t: _span(t, "successor_absence_rate"),
    "reasons-top-three": _lowest_of_three_reasons,
    "ties-large-tied": _ties("large", "tied"),
    "ties-large-or-supporting": _ties("large", "tied", "supporting"),
    "ties-sme-or-supporting": _ties("sme", "tied", "supporting"),
    "ties-sme-not-considering": _ties("sme", "not_considering"),
    "ties-sme-minority": _ties("sme", "tied", "supporting"),
    "ties-mainly-large": _tied_large_to_sme,
    "ties-large-100": _all_statuses("large"),
    "ties-mid-100": _all_statuses("mid"),
    "ties-sme-100": _all_statuses("sme"),
    "size-classes-join": _size_classes_gap,
    "use-first": _rank("partner_use", "same_industry_domestic_sme"),
    "use-wide-gap": _first_gap_to_second,
    "use-order": lambda t: float((_printed_uses(t).diff() > 0).sum()),
    "use-multiple-answers": lambda t: float(_printed_uses(t).sum()),
    "use-centre": _rank("partner_use", "same_industry_domestic_sme"),
    "productivity-intermediary": _rank("partner_productivity", "intermediary"),
    "productivity-other-industries": _other_industries_ahead_of_same,
    "productivity-university": _rank("partner_productivity", "university"),
    "universities-18": _university_startups_multiple,
    "universities-5-years": lambda t: _span(t, "university_startups"),
    "alliance-5-months": _months_between_alliances,
    "kddi-5-years": lambda t: _span(t, "kddi_first_place_years") + 1,
    "akane-1973": lambda t: one(t, "startup_case_firms", "founded", firm="（株）アカネ"),
    "cases-are-smes": _smes_by_definition,
    "interviews-are-cases": _interviewed_in_figure_5,
    "ui-seiki-3-of-10": _met_of_worked_with,
    "ui-seiki-since-start": lambda t: _years_after_start(t, "ユーアイ精機（株）", "愛知県"),
    "programs-since-2022": _earliest_program,
    "types-four": lambda t: float(
        t("bridging_types")["start_from"].nunique() * t("bridging_types")["mode"].nunique()
    ),
    "types-in-list": lambda t: float(_listed(t, _quoted_programs(t("bridging_types")["example"]))),
    "cases-in-list": _case_programs_listed,
    "osaka-3-times": _joint_matchings_of_osaka,
    "aichi-operator-2022": lambda t: _run_by(t, "あいちマッチング", "パーソルイノベーション"),
    "value-challenge-operator": lambda t: _run_by(t, "価値創造チャレンジ事業", "リバネス"),
    "aichi-3-years": lambda t: float(_years(t, "matching_ties")[-1] - _years(t, "matching_ties")[0] + 1),
    "aichi-ties-within-talks": lambda t: 100 * _value(t, "matching_ties") / _value(t, "matching_talks"),
    "aichi-began-2019": lambda t: float(_aichi_start(t)),
    "hamamatsu-2021": lambda t: _years_after_start(t, "（株）浜名ワークス", "静岡県浜松市"),
    "survey-published-after": _days_to_results,
}
