"""Names to codes."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.cleaning import (
    CleaningError,
    code_table,
    corporate_number,
    partner_type,
    prefecture,
    region,
    size_class,
    split_answers,
)

# What each bureau says of itself: the prefectures in its district.
BLOCKS = {
    "hokkaido": "北海道",
    "tohoku": "青森県 岩手県 宮城県 秋田県 山形県 福島県",
    "kanto": "茨城県 栃木県 群馬県 埼玉県 千葉県 東京都 神奈川県 新潟県 山梨県 長野県 静岡県",
    "chubu": "富山県 石川県 岐阜県 愛知県 三重県",
    "kinki": "福井県 滋賀県 京都府 大阪府 兵庫県 奈良県 和歌山県",
    "chugoku": "鳥取県 島根県 岡山県 広島県 山口県",
    "shikoku": "徳島県 香川県 愛媛県 高知県",
    "kyushu": "福岡県 佐賀県 長崎県 熊本県 大分県 宮崎県 鹿児島県",
    "okinawa": "沖縄県",
}


def test_every_prefecture_lies_in_the_block_of_its_bureau():
    table = code_table("prefectures")
    assert len(table) == 47
    assert table["code"].tolist() == [f"{number:02}" for number in range(1, 48)]
    for block, names in BLOCKS.items():
        assert set(table.loc[table["region"] == block, "ja"]) == set(names.split())
        assert {region(name) for name in names.split()} == {block}


@pytest.mark.parametrize(
    "spelling",
    [
        "大阪府",
        "大阪",
        "おおさかふ",
        "おおさか",
        "オオサカ",
        "ｵｵｻｶﾌ",
        "Osaka",
        "OSAKA",
        "Ōsaka",
        "Osaka-fu",
        "osaka prefecture",
        "27",
        27,
        27.0,
        "２７",
        "大 阪 府",
    ],
)
def test_a_prefecture_is_known_in_every_spelling(spelling):
    assert prefecture(spelling) == "大阪府"


def test_every_spelling_of_every_prefecture_leads_to_it():
    for row in code_table("prefectures").to_dict("records"):
        short = row["ja"] if row["ja"] == "北海道" else row["ja"][:-1]
        for spelling in (
            row["ja"],
            short,
            row["kana"],
            row["en"],
            row["romaji"],
            row["code"],
            int(row["code"]),
        ):
            assert prefecture(spelling, to="code") == row["code"]


def test_what_comes_back_may_be_chosen():
    assert [prefecture("東京", to=form) for form in ("ja", "en", "code", "kana", "romaji")] == [
        "東京都",
        "Tokyo",
        "13",
        "とうきょうと",
        "Tōkyō",
    ]
    assert region("近畿", to="ja") == "近畿"
    with pytest.raises(CleaningError, match="Unknown form 'jis'; expected code, ja, en, kana, romaji"):
        prefecture("東京", to="jis")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("中部・北陸", "chubu"),
        ("中部", "chubu"),
        ("関東経済産業局", "kanto"),
        ("北海道地域", "hokkaido"),
        ("近畿地方", "kinki"),
        ("全国", "all"),
        ("関西", "kinki"),
        ("Kinki", "kinki"),
        ("新潟", "kanto"),
        ("福井", "kinki"),
        ("沖縄", "okinawa"),
        ("四国ブロック", "shikoku"),
    ],
)
def test_blocks_and_prefectures_lead_to_blocks(text, block):
    assert region(text) == block


@pytest.mark.parametrize("text", ["大阪市", "九州・沖縄", "北陸", "外国", "東海", "48", ""])
def test_what_is_no_block_is_not_guessed(text):
    assert region(text, errors="coerce") is None
    assert prefecture(text, errors="coerce") is None


def test_a_column_has_every_category_in_order():
    result = region(pd.Series(["福井", None, "北海道"], name="地域"))
    assert result.cat.categories.tolist() == [*BLOCKS, "all"]
    assert result.tolist()[::2] == ["kinki", "hokkaido"]
    with pytest.raises(
        CleaningError,
        match=r"In column '地域', 1 distinct value cannot be read as a METI block: 'Paris' \(row 1",
    ):
        region(pd.Series(["福井", "Paris"], name="地域"))


def test_the_fourteen_partner_types_stand_in_the_order_of_the_chart():
    printed = (
        "同業種の国内中小企業 異業種の国内中小企業 同業種の国内大企業 大学 異業種の国内大企業 公設試験研究機関 "
        "地方自治体・国 海外企業 産業支援機関 その他公的研究機関 業界団体 民間研究機関 その他 仲介事業者"
    )
    table = code_table("partner_types")
    assert table["ja"].tolist() == printed.split()
    assert partner_type(table["ja"]).tolist() == table["code"].tolist()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("公設試", "public_research_institute"),
        ("国内中小企業（異業種）", "different_industry_domestic_sme"),
        ("国・地方自治体", "local_government"),
        ("ビジネスマッチングの支援・仲介サービスを提供する事業者", "intermediary"),
        ("大学等", "university"),
    ],
)
def test_partner_types_are_known_as_surveys_spell_them(text, code):
    assert partner_type(text) == code


def test_words_for_size():
    assert [size_class(t) for t in ("大企業", "中堅企業", "中小企業", "中規模企業", "小規模事業者")] == [
        "large",
        "mid",
        "sme",
        "medium",
        "small_scale",
    ]


def check_digit(base: str) -> int:
    """The rule as the ordinance prints it: 9 - (sum of P_n x Q_n mod 9), n from the right, Q_n 1 or 2."""
    total = sum(int(base[12 - n]) * (1 if n % 2 else 2) for n in range(1, 13))
    return 9 - total % 9


@given(st.integers(0, 10**12 - 1))
def test_a_corporate_number_stands_by_its_check_digit(number):
    base = f"{number:012}"
    right = check_digit(base)
    assert corporate_number(f"{right}{base}") == f"{right}{base}"
    assert corporate_number(int(f"{right}{base}")) == f"{right}{base}"
    with pytest.raises(CleaningError, match=f"and {right} would be right"):
        corporate_number(f"{right % 9 + 1}{base}")


def test_known_corporate_numbers():
    # National Tax Agency; Statistics Bureau's ministry (MIC); Small and Medium Enterprise Agency's ministry (METI).
    assert corporate_number("T7000012050002") == "7000012050002"
    assert corporate_number("２０００－０１２０－２０００１") == "2000012020001"
    assert corporate_number("4000012090001") == "4000012090001"
    with pytest.raises(CleaningError, match="it has 12 digits, not thirteen"):
        corporate_number("000012050002")


def test_several_answers_become_boolean_columns():
    cells = pd.Series(["大学、公設試", "業界団体\n大学", None, "地方自治体・国"], index=[2, 4, 6, 8])
    table = split_answers(cells, "partner_types")
    assert table.columns.tolist() == code_table("partner_types")["code"].tolist()
    assert table["university"].tolist() == [True, True, pd.NA, False]
    assert table["local_government"].tolist() == [False, False, pd.NA, True]
    assert table.loc[4].sum() == 2
    assert set(table.dtypes.astype(str)) == {"boolean"}
    assert table.index.equals(cells.index)


@pytest.mark.parametrize("mark", ["、", "・", "，", ",", ";", "；", "/", "\n", "、　"])
def test_answers_are_parted_by_every_usual_mark(mark):
    assert split_answers(mark.join(["東京", "大阪"]), ["大阪", "東京"]) == ["大阪", "東京"]


def test_a_mark_within_a_category_does_not_part_it():
    assert split_answers("大学・地方自治体・国・その他", "partner_types") == [
        "university",
        "local_government",
        "other",
    ]
    assert split_answers("A/B、A", ["A", "A/B"]) == ["A", "A/B"]


def test_answers_may_be_recoded_and_listed():
    codes = {"1": "yes", "はい": "yes", "2": "no"}
    assert split_answers(pd.Series(["1,2", "はい", None]), codes, to="list").tolist() == [
        ["yes", "no"],
        ["yes"],
        None,
    ]


def test_an_undeclared_answer_is_refused():
    with pytest.raises(CleaningError, match=r"'A、Z' \(row 1; 'Z' is not a declared answer\)"):
        split_answers(pd.Series(["A", "A、Z"]), ["A"])
    assert split_answers(pd.Series(["A", "A、Z"]), ["A"], errors="coerce")["A"].tolist() == [True, pd.NA]
    with pytest.raises(CleaningError, match="No category is declared"):
        split_answers("A", [])
    with pytest.raises(CleaningError, match="Unknown code table 'partners'"):
        split_answers("A", "partners")


@pytest.mark.parametrize("parse", [prefecture, region, partner_type, size_class, corporate_number])
@given(text=st.text(max_size=30))
def test_any_text_is_read_or_refused(parse, text):
    try:
        parse(text)
    except CleaningError as error:
        assert "cannot be read as" in str(error)  # noqa: PT017 - both ends are right, and nothing else


@given(text=st.text(alphabet="大学、・公設試その他/ ", max_size=20))
def test_any_answers_are_read_or_refused(text):
    found = split_answers(text, "partner_types", errors="coerce")
    assert found is None or len(found) == len(set(found)) > 0


@pytest.mark.parametrize(
    "spelling",
    [
        "ŌSAKA",
        "Ôsaka",
        "Oosaka",
        "Ohsaka-fu",
        "Osaka Pref",
        "27000",
        "270008",
        "27 大阪府",
        "２７大阪府",
        "オオサカ",
    ],
)
def test_a_prefecture_is_known_in_every_romaji_and_code(spelling):
    assert prefecture(spelling) == "大阪府"


def test_codes_of_local_governments_have_a_check_digit():
    # As the Ministry of Internal Affairs publishes them.
    for code, name in (
        ("010006", "北海道"),
        ("130001", "東京都"),
        ("220001", "静岡県"),
        ("470007", "沖縄県"),
    ):
        assert prefecture(code) == name
    assert prefecture("010007", errors="coerce") is None
    assert prefecture("Gumma") == "群馬県"


@pytest.mark.parametrize(
    ("spelling", "block"),
    [
        ("きんき", "kinki"),
        ("カンサイ", "kinki"),
        ("関東経済産業局管内", "kanto"),
        ("中部、北陸", "chubu"),
        ("Kōchi", "shikoku"),
    ],
)
def test_a_block_is_known_in_kana_and_by_its_bureau(spelling, block):
    assert region(spelling) == block


@pytest.mark.parametrize("size", ["中小企業", "大企業"])
@pytest.mark.parametrize("kind", ["同業種", "異業種"])
@pytest.mark.parametrize(
    "form",
    ["{kind}の国内{size}", "{size}（{kind}）", "国内{size}({kind})", "{kind} 国内{size}", "{kind}・{size}"],
)
def test_a_domestic_firm_is_known_however_its_kind_is_said(size, kind, form):
    code = partner_type(form.format(kind=kind, size=size))
    assert code.startswith("same" if kind == "同業種" else "different")
    assert code.endswith("sme" if size == "中小企業" else "large")


def test_an_invoice_number_may_be_in_small_letters():
    assert corporate_number("t7000012050002") == "7000012050002"


def test_answers_may_be_blocks():
    assert split_answers("近畿地域、福井、関東", "regions") == ["kanto", "kinki"]
    with pytest.raises(
        CleaningError, match="Unknown code table 'industries'; expected partner_types, regions"
    ):
        split_answers("A", "industries")
