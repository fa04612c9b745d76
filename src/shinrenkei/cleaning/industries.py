"""Industries by the Japan Standard Industrial Classification, and who is small by the SME Basic Act."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, NamedTuple

import pandas as pd

from shinrenkei.cleaning.categories import key, keyed
from shinrenkei.cleaning.errors import CleaningError, Unreadable
from shinrenkei.cleaning.numbers import parse_money, parse_number
from shinrenkei.cleaning.series import Errors, Reader, is_missing, objects, one_of, read, text_of
from shinrenkei.cleaning.tables import rows

Revision = Literal[11, 12, 13, 14]

REVISIONS: dict[int, str] = {11: "11", 12: "13", 13: "13", 14: "13"}
"""Revisions of 2002, 2007, 2013 and 2023; the last three share divisions and major groups."""


def _revision(revision: int) -> str:
    if revision not in REVISIONS:
        msg = f"Unknown revision {revision!r} of the JSIC; expected {', '.join(map(str, REVISIONS))}."
        raise CleaningError(msg)
    return REVISIONS[revision]


@cache
def _levels(revision: str) -> tuple[list[Mapping[str, str]], list[Mapping[str, str]]]:
    mine = [row for row in rows("industries") if row["revision"] == revision]
    return [r for r in mine if r["level"] == "division"], [r for r in mine if r["level"] == "major"]


@cache
def _division_of(revision: str) -> dict[str, str]:
    """Return the division's letter for each two-digit major group."""
    divisions, _ = _levels(revision)
    spans = {row["code"]: range(int(row["first"]), int(row["last"]) + 1) for row in divisions}
    return {f"{number:02}": letter for letter, span in spans.items() for number in span}


def _short(name: str) -> str:
    """Return a name without its remark: 専門サービス業（他に分類されないもの） is 専門サービス業."""
    return re.sub("（.*）", "", name)


def _bare(name: str) -> str:
    """Return what spellings of an industry have in common: 卸売業，小売業 is 卸売業・小売業 and 卸売業、小売業."""
    return re.sub("[,、・･.]", "", key(name))


@cache
def _names(revision: str) -> dict[str, str]:
    """Return letters by names; a major group's name, or a part of a division's, leads to its division."""
    divisions, majors = _levels(revision)
    spelled = [(row[form], row["code"]) for row in divisions for form in ("code", "ja", "en")]
    short = [(_short(row["ja"]), row["code"]) for row in divisions]
    parts = [(part, code) for name, code in short for part in name.split("，")]
    more = [(spelling, row["code"]) for row in divisions for spelling in row["spellings"].split(";")]
    named = keyed((_bare(name), code) for name, code in (*spelled, *short, *parts, *more))
    division = _division_of(revision)
    groups = [
        (_bare(name), division[row["code"]]) for row in majors for name in (row["ja"], _short(row["ja"]))
    ]
    return keyed([*named.items(), *((name, code) for name, code in groups if name not in named)])


def industry(
    values: Any,
    *,
    revision: Revision = 13,
    to: Literal["code", "ja", "en"] = "code",
    errors: Errors = "raise",
) -> Any:
    """Read industries as divisions of the Japan Standard Industrial Classification (JSIC).

    Parameters
    ----------
    values : str, int or pandas.Series
        A division's letter or name, or the number (two to four digits) or name of a group in it.
    revision : {11, 12, 13, 14}
        The revision of letters and numbers: manufacturing is E from revision 12 (2007) on, F in 11 (2002).
    to : {"code", "ja", "en"}
        What comes back: E, 製造業, Manufacturing.
    errors : {"raise", "coerce"}
        ``raise`` names the distinct values that cannot be read and their rows; ``coerce`` makes them missing.

    Returns
    -------
    str, None or pandas.Series
        A Series is categorical with every division.

    Raises
    ------
    CleaningError
        When a value is not in the revision, or the revision is unknown.

    References
    ----------
    Ministry of Internal Affairs and Communications, Japan Standard Industrial Classification.

    Examples
    --------
    >>> industry("製造業"), industry("製造業", revision=11), industry("39", to="ja")
    ('E', 'F', '情報通信業')
    """
    edition = _revision(revision)
    divisions, _ = _levels(edition)
    if to not in ("code", "ja", "en"):
        msg = f"Unknown form {to!r}; expected code, ja, en."
        raise CleaningError(msg)
    names = {row["code"]: row[to] for row in divisions}
    what = f"an industry of revision {revision} of the JSIC"
    reader = Reader(what, lambda value: names[_letter(value, edition)], one_of(list(names.values())))
    return read(values, reader, errors)


# A letter with a number or a name, as lists print it: E09, E製造業, E: Manufacturing.
_LETTERED = re.compile(r"([A-T])(?:[\s.:-]*([0-9]{1,4}|[^\x00-\x7f].*)|[\s.:-]+(\D{2,}))")


def _letter(value: object, revision: str) -> str:
    text = unicodedata.normalize("NFKC", text_of(value)[:200]).strip().removeprefix("大分類").strip()
    lettered = _LETTERED.fullmatch(text)
    letter, rest = (lettered[1], lettered[2] or lettered[3]) if lettered else (None, text)
    found = (
        _division_of(revision).get(rest.zfill(2)[:2])
        if re.fullmatch("[0-9]{1,4}", rest)
        else _names(revision).get(_bare(rest))
    )
    if found is None or (letter is not None and letter != found):
        msg = "it is in no such division" if letter and found else "it is no division or group"
        raise Unreadable(msg)
    return found


class Threshold(NamedTuple):
    """Who is small in a group of industries: by capital or by persons, and who is small-scale by persons."""

    capital_yen: int
    employees: int
    small_scale: int


THRESHOLDS: dict[str, Threshold] = {
    "manufacturing": Threshold(300_000_000, 300, 20),
    "wholesale": Threshold(100_000_000, 100, 5),
    "service": Threshold(50_000_000, 100, 5),
    "retail": Threshold(50_000_000, 50, 5),
}
"""Small and Medium-sized Enterprise Basic Act, Article 2; ``manufacturing`` is the rest."""

_GROUP_NAMES = {
    "manufacturing": ("製造業その他", "製造業、建設業、運輸業その他の業種", "その他の業種", "manufacturing"),
    "wholesale": ("卸売業", "卸売", "wholesale"),
    "service": ("サービス業", "service", "services"),
    "retail": ("小売業", "小売", "retail"),
}
_BY_KEY = {_bare(name): group for group, names in _GROUP_NAMES.items() for name in names}

# The SME Agency's table of JSIC groups (revisions 12 to 14) to the Act's groups; the rest is 製造業その他.
_ACT_MAJORS = {
    **{f"{number}": "wholesale" for number in range(50, 56)},
    **{f"{number}": "retail" for number in (*range(56, 62), 76, 77)},
    **{f"{number}": "service" for number in (38, 39, 70, *range(71, 76), *range(78, 97))},
}
_ACT_MINORS = {**dict.fromkeys(("411", "412", "415", "416", "693"), "service"), "791": "manufacturing"}


def act_groups(value: object) -> frozenset[str]:
    """Return the groups of the SME Basic Act that an industry may belong to.

    One group where the industry is told finely enough; a JSIC division may hold several.

    Examples
    --------
    >>> sorted(act_groups("E")), sorted(act_groups("I")), sorted(act_groups("76"))
    (['manufacturing'], ['retail', 'wholesale'], ['retail'])
    """
    text = unicodedata.normalize("NFKC", text_of(value)[:200]).strip()
    if group := _BY_KEY.get(_bare(text)):
        return frozenset([group])
    if number := re.fullmatch(r"[A-T]?\s*([0-9]{2,4})", text):
        return _groups_of_number(number[1])
    majors = _levels("13")[1]
    if named := [
        row["code"] for row in majors if _bare(text) in (_bare(row["ja"]), _bare(_short(row["ja"])))
    ]:
        return _groups_of_number(named[0])
    letter = _letter(text, "13")
    return frozenset().union(*(_groups_of_number(m) for m, of in _division_of("13").items() if of == letter))


def _groups_of_number(number: str) -> frozenset[str]:
    if number[:2] not in _division_of("13"):
        msg = "it is no division or group"
        raise Unreadable(msg)
    usual = _ACT_MAJORS.get(number[:2], "manufacturing")
    if len(number) >= 3:
        return frozenset([_ACT_MINORS.get(number[:3], usual)])
    return frozenset([usual, *(group for minor, group in _ACT_MINORS.items() if minor[:2] == number)])


def is_small_business(capital_yen: Any, employees: Any, industry: Any, *, errors: Errors = "raise") -> Any:
    """Tell whether a firm is a small or medium-sized one by the SME Basic Act: by capital or by persons.

    The other limits that orders under other laws set for rubber products, software and inns are not the Act's.

    Parameters
    ----------
    capital_yen : number, str or pandas.Series
        Stated capital, in yen, as `parse_money` reads it; missing for one without (a sole proprietor is judged
        by persons).
    employees : number, str or pandas.Series
        Regular employees, in persons, as `parse_number` reads them.
    industry : str or pandas.Series
        A group of the Act (manufacturing, wholesale, service, retail), or a JSIC (revision 12 to 14) letter,
        number or name; 情報通信業 and 卸売業，小売業 hold several groups and are decided where all agree.
    errors : {"raise", "coerce"}
        What to do with a cell that cannot be read and an industry too coarse to decide.

    Returns
    -------
    bool, None or pandas.Series
        A Series is ``boolean``; missing where what is known does not decide.

    Raises
    ------
    CleaningError
        When a cell cannot be read, or the industry's groups do not agree on the firm.

    References
    ----------
    Small and Medium-sized Enterprise Basic Act (Act No. 154 of 1963), Article 2, paragraph 1.

    Examples
    --------
    >>> is_small_business(400_000_000, 250, "製造業"), is_small_business(60_000_000, 60, "小売業")
    (True, False)
    """
    firms, one = _aligned(errors, capital_yen=capital_yen, employees=employees, industry=industry)
    return _answer(_judge(firms, _small, errors), one=one)


def is_small_scale_business(employees: Any, industry: Any, *, errors: Errors = "raise") -> Any:
    """Tell whether a firm is a small-scale one (小規模企業者): 20 persons, in commerce and services 5.

    Parameters
    ----------
    employees, industry, errors
        As for `is_small_business`.

    Returns
    -------
    bool, None or pandas.Series
        A Series is ``boolean``; missing where what is known does not decide.

    Raises
    ------
    CleaningError
        When an industry cannot be read, or its groups do not agree on the firm.

    References
    ----------
    Small and Medium-sized Enterprise Basic Act (Act No. 154 of 1963), Article 2, paragraph 5.

    Examples
    --------
    >>> is_small_scale_business(20, "E"), is_small_scale_business(20, "サービス業")
    (True, False)
    """
    firms, one = _aligned(errors, employees=employees, industry=industry)
    return _answer(_judge(firms, _small_scale, errors), one=one)


def _aligned(errors: Errors, **parts: Any) -> tuple[pd.DataFrame, bool]:
    """Return the parts as one table, amounts as numbers, and whether all of them are single values."""
    series = [part for part in parts.values() if isinstance(part, pd.Series)]
    if any(not part.index.equals(series[0].index) for part in series):
        msg = f"The indexes of {' and '.join(parts)} are not the same."
        raise CleaningError(msg)
    table = pd.DataFrame(parts, index=series[0].index if series else [0])
    for name, parse in (("capital_yen", parse_money), ("employees", parse_number)):
        if name in parts:
            table[name] = _amounts(table[name], parse, errors)
    return table, not series


def _amounts(column: pd.Series, parse: Callable[..., Any], errors: Errors) -> pd.Series:
    is_number = pd.api.types.is_integer_dtype(column) or pd.api.types.is_float_dtype(column)
    return (column if is_number else parse(column, errors=errors)).astype("Float64")


def _answer(verdicts: pd.Series, *, one: bool) -> Any:
    if not one:
        return verdicts
    return None if is_missing(verdicts.iloc[0]) else bool(verdicts.iloc[0])


def _judge(
    table: pd.DataFrame, rule: Callable[[pd.DataFrame, Threshold], pd.Series], errors: Errors
) -> pd.Series:
    """Apply a rule for each of the industry's groups; where they agree, that is the answer."""
    names = pd.Series(table["industry"].to_numpy(), index=table.index, name="industry")
    groups = read(names, Reader("an industry", act_groups, objects), errors)
    verdicts = {group: rule(table, threshold) for group, threshold in THRESHOLDS.items()}
    answer = pd.Series(pd.NA, index=table.index, dtype="boolean", name=None)
    disputed = pd.Series(data=False, index=table.index)
    for members in set(groups.dropna()):
        here = groups.map(lambda found, members=members: found == members).astype(bool)
        answers = [verdicts[group] for group in sorted(members)]
        answer = answer.mask(here, answers[0])
        for other in answers[1:]:
            differs = here & ((other != answers[0]).fillna(value=False) | (other.isna() != answers[0].isna()))
            disputed |= differs
            answer = answer.mask(differs, pd.NA)
    if errors == "raise" and disputed.any():
        rows_of = names[disputed].groupby(names[disputed]).groups
        reason = "it holds several groups of the Act, which judge the firm differently; give the major group"
        msg = f"{next(iter(rows_of))!r} cannot be judged: {reason}."
        raise CleaningError(
            msg,
            rows={name: list(labels) for name, labels in rows_of.items()},
            reasons=dict.fromkeys(rows_of, reason),
        )
    return answer


def _at_most(numbers: pd.Series, limit: int) -> pd.Series:
    return (numbers <= limit).astype("boolean")


def _small(firms: pd.DataFrame, threshold: Threshold) -> pd.Series:
    return _at_most(firms["capital_yen"], threshold.capital_yen) | _at_most(
        firms["employees"], threshold.employees
    )


def _small_scale(firms: pd.DataFrame, threshold: Threshold) -> pd.Series:
    return _at_most(firms["employees"], threshold.small_scale)
