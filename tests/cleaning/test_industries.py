"""Industries, and who is small by the Act."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.cleaning import (
    CleaningError,
    code_table,
    industry,
    is_small_business,
    is_small_scale_business,
)

# Article 2 of the Act: capital in million yen, persons, and persons of a small-scale firm.
ACT = {
    "manufacturing": (300, 300, 20),
    "wholesale": (100, 100, 5),
    "service": (50, 100, 5),
    "retail": (50, 50, 5),
}


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("E", "E"),
        ("製造業", "E"),
        ("Manufacturing", "E"),
        ("09", "E"),
        (9, "E"),
        ("0911", "E"),
        ("E09", "E"),
        ("E 製造業", "E"),
        ("食料品製造業", "E"),
        ("39", "G"),
        ("情報サービス業", "G"),
        ("卸売業，小売業", "I"),
        ("卸売・小売業", "I"),
        ("医療・福祉", "P"),
        ("サービス業（他に分類されないもの）", "R"),
        ("サービス業", "R"),
    ],
)
def test_industries_lead_to_divisions(text, letter):
    assert industry(text) == letter


def test_the_revision_decides_the_letter():
    assert industry("製造業", revision=11) == "F"
    assert industry("E", revision=11, to="ja") == "建設業"
    assert industry("49", revision=11) == "J"
    assert [industry("製造業", revision=number) for number in (12, 13, 14)] == ["E"] * 3
    with pytest.raises(CleaningError, match="Unknown revision 10 of the JSIC"):
        industry("E", revision=10)  # type: ignore[arg-type]
    with pytest.raises(
        CleaningError,
        match="cannot be read as an industry of revision 13 of the JSIC: it is in no such division",
    ):
        industry("F09")


def test_divisions_hold_every_major_group_once():
    table = code_table("industries")
    for revision, letters, majors in (("13", 20, 99), ("11", 19, 97)):
        divisions = table[(table["revision"] == revision) & (table["level"] == "division")]
        assert len(divisions) == letters
        held = [
            n
            for first, last in zip(divisions["first"], divisions["last"], strict=True)
            for n in range(int(first), int(last) + 1)
        ]
        assert len(held) == len(set(held)) == majors


@pytest.mark.parametrize("group", ACT)
@pytest.mark.parametrize("over_capital", [False, True])
@pytest.mark.parametrize("over_persons", [False, True])
def test_either_measure_makes_a_firm_small(group, over_capital, over_persons):
    capital, persons, few = ACT[group]
    found = is_small_business(capital * 10**6 + over_capital, persons + over_persons, group)
    assert found is (not (over_capital and over_persons))
    assert is_small_scale_business(few, group) is True
    assert is_small_scale_business(few + 1, group) is False


def test_the_act_groups_of_the_classification():
    # As in the SME Agency's table: eating places are retail, lodging is a service, travel agencies are the rest.
    for number, group in (
        ("76", "retail"),
        ("39", "service"),
        ("75", "service"),
        ("791", "manufacturing"),
        ("693", "service"),
        ("691", "manufacturing"),
        ("55", "wholesale"),
        ("411", "service"),
        ("413", "manufacturing"),
        ("44", "manufacturing"),
    ):
        capital, persons, few = ACT[group]
        assert is_small_business(capital * 10**6, 10**6, number)
        assert not is_small_business(capital * 10**6 + 1, persons + 1, number)
        assert is_small_scale_business(few, number)
        assert not is_small_scale_business(few + 1, number)


def test_a_division_of_several_groups_is_judged_where_they_agree():
    assert is_small_business(10_000_000, 5, "卸売業，小売業") is True
    assert is_small_business(10**9, 10**4, "I") is False
    with pytest.raises(CleaningError, match="holds several groups of the Act"):
        is_small_business(80_000_000, 80, "I")
    assert is_small_business(80_000_000, 80, "I", errors="coerce") is None


def test_what_is_not_known_does_not_decide():
    assert is_small_business(None, 100, "製造業") is True
    assert is_small_business(None, 400, "製造業") is None
    assert is_small_business(10**9, 400, "製造業") is False
    assert is_small_business(10**6, 10, None) is None


def test_columns_are_judged_row_by_row():
    firms = pd.DataFrame(
        {
            "capital": [3e8, 4e8, None, 6e7],
            "persons": [400, 250, 400, 60],
            "industry": ["製造業", "E", "製造業", "小売業"],
        },
        index=list("wxyz"),
    )
    result = is_small_business(firms["capital"], firms["persons"], firms["industry"])
    assert result.tolist() == [True, True, pd.NA, False]
    assert result.index.equals(firms.index)
    assert is_small_scale_business(pd.Series([20, 21]), "製造業").tolist() == [True, False]
    with pytest.raises(
        CleaningError, match="indexes of capital_yen and employees and industry are not the same"
    ):
        is_small_business(firms["capital"], firms["persons"].reset_index(drop=True), "E")


@given(st.integers(0, 10**9), st.integers(0, 1000), st.sampled_from(sorted(ACT)))
def test_a_small_scale_firm_is_a_small_one(capital, persons, group):
    if is_small_scale_business(persons, group):
        assert is_small_business(capital, persons, group)


@given(st.text(max_size=20) | st.text(alphabet="ABEGIRT0123456789 .製造業小売", max_size=8))
def test_any_text_is_read_or_refused(text):
    for read in (industry, lambda t: is_small_business(1, 1, t)):
        try:
            read(text)
        except CleaningError as error:
            assert "cannot be" in str(error)  # noqa: PT017 - both ends are right, and nothing else


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("卸売業、小売業", "I"), ("卸売業・小売業", "I"), ("医療 福祉", "P"), ("金融業", "J"), ("保険業", "J"),
        ("郵便業", "H"), ("学術研究", "L"), ("教育", "O"), ("専門サービス業", "L"), ("大分類Ｅ", "E"),
        ("大分類 E 製造業", "E"),
    ],
)  # fmt: skip
def test_a_division_is_known_by_its_parts_and_however_they_are_joined(name, letter):
    assert industry(name) == letter


def test_capital_and_persons_may_be_as_printed():
    assert is_small_business("３億円", "１，０００人", "製造業") is True
    assert is_small_business("3億1円", "301人", "製造業") is False
    assert is_small_scale_business("20人", "製造業") is True
    capital = pd.Series(["5千万円", "多数", None], index=[3, 4, 5])
    with pytest.raises(CleaningError, match=r"'capital_yen'.*'多数' \(row 4; it has no digit\)"):
        is_small_business(capital, 50, "小売業")
    assert is_small_business(capital, 51, "小売業", errors="coerce").tolist() == [True, pd.NA, pd.NA]
