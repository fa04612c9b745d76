"""Text in one form."""

import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.cleaning import CleaningError, normalize_company, normalize_text

OFFICE = st.text(alphabet=" 　ﾃﾞ-ﾀｰ－ー‐―〜～A1ａ１アﾊﾟ(（)）㈱株式会社有限²①½\u200b\ufeff\n・", max_size=20)


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("ＡＢＣ１２３", "ABC123"),
        ("ｶﾅｶﾞﾜ", "カナガワ"),
        ("  東京　　大阪\n", "東京 大阪"),
        ("ﾃﾞ-ﾀﾍﾞ-ｽ", "データベース"),
        ("サ－ビス", "サービス"),
        ("コーヒ―", "コーヒー"),
        ("クロス-カントリー", "クロス-カントリー"),
        ("東京―大阪", "東京-大阪"),
        ("０４５ー６３３ー５１９２", "045-633-5192"),
        ("5〜10人", "5~10人"),
        ("5～10人", "5~10人"),
        ("5²", "5²"),
        ("①②", "①②"),
        ("2½", "2½"),
        ("㈱㍻", "(株)平成"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("McDonald", "McDonald"),
        ("スーパー－マーケット", "スーパー-マーケット"),
        ("オン－ライン", "オン-ライン"),
        ("ﾗｰﾒﾝ-ｽｰﾌﾟ", "ラーメン-スープ"),
        ("ハ゜ハ゛ウ゛", "パバヴ"),
        ("ア゛漢゛゛", "ア゛漢゛゛"),
        ("か\u3099", "が"),
        ("a´¨￣", "a´¨￣"),
    ],
)
def test_text_is_brought_into_one_form(given_text, expected):
    assert normalize_text(given_text) == expected


@given(OFFICE | st.text(max_size=20))
def test_normalizing_twice_is_normalizing_once(text):
    once = normalize_text(text)
    assert once is None or normalize_text(once) == once


@given(
    st.text(
        alphabet=st.characters(categories=["Lo", "Ll", "Lu"], max_codepoint=0xFFFF), min_size=1, max_size=10
    )
)
def test_letters_that_have_one_form_are_left_alone(text):
    stable = unicodedata.normalize("NFKC", text)
    if "ー" not in stable:
        assert normalize_text(stable) == stable


def test_a_cell_of_blanks_is_missing():
    cells = pd.Series(["　 ", None, "\ufeff", "a"], index=[4, 5, 6, 7], name="名称")
    result = normalize_text(cells)
    pd.testing.assert_series_equal(
        result, pd.Series([None, None, None, "a"], index=cells.index, name="名称", dtype="str")
    )


@pytest.mark.parametrize(
    "name",
    [
        "㈱小松プロセス",
        "(株)小松プロセス",
        "（株） 小松プロセス",
        "株式会社　小松プロセス",
        "( 株 )小松プロセス",
        "［株］小松プロセス",
        "【株】 小松プロセス",
        "㍿小松プロセス",
    ],
)
def test_spellings_of_one_company_are_one(name):
    assert normalize_company(name) == "株式会社小松プロセス"


def test_the_place_of_the_legal_form_tells_companies_apart():
    assert normalize_company("小松プロセス㈱") == "小松プロセス株式会社"


def test_a_truth_value_is_no_text():
    with pytest.raises(CleaningError, match="True cannot be read as text: it is a truth value"):
        normalize_text(True)


@pytest.mark.parametrize("name", ["ア(大阪)", "[参考]ア", "ア(合)"])
def test_brackets_that_hold_no_one_legal_form_are_left_alone(name):
    assert normalize_company(name) == name
