"""Numbers, money and shares, against values worked out by hand and numerals spelled by the test itself."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shinrenkei.cleaning import (
    CleaningError,
    Number,
    number_parts,
    parse_money,
    parse_number,
    parse_percent,
    parse_qualifier,
    parse_share,
)

WIDE = str.maketrans("0123456789,.", "０１２３４５６７８９，．")
ANY = st.text(max_size=30) | st.text(
    alphabet="0123456789０１９,，.．-－▲△億万千百十一二三円人名％%割分厘約超以上()　 xX…*・", max_size=15
)


def spelled(number: int) -> str:
    """Spell a number in kanji, the other way round from the parser: by division."""
    if number == 0:
        return "零"
    text = ""
    for scale, mark in ((10**12, "兆"), (10**8, "億"), (10**4, "万"), (1, "")):
        part = number // scale % 10**4
        for unit, small in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit = part // unit % 10
            if digit:
                text += ("" if digit == 1 and small else "零一二三四五六七八九"[digit]) + small
        text += mark if part else ""
    return text


def mixed(number: int) -> str:
    """Write 123450000 as 1億2,345万."""
    parts = [
        (number // scale % 10**4, mark)
        for scale, mark in ((10**12, "兆"), (10**8, "億"), (10**4, "万"), (1, ""))
    ]
    return "".join(f"{part:,}{mark}" for part, mark in parts if part) or "0"


@given(st.integers(0, 10**16 - 1))
@example(1_0000)
@example(1_1111_1111)
def test_every_way_of_writing_a_whole_number_gives_it_back(number):
    commas = f"{number:,}"
    for text in (
        str(number),
        commas,
        commas.translate(WIDE),
        mixed(number),
        mixed(number).translate(WIDE),
        f"{commas} 円",
    ):
        assert parse_number(text) == number
    assert parse_number(spelled(number)) == number
    assert parse_number("▲" + commas) == parse_number("△ " + commas) == parse_number("−" + commas) == -number


@given(st.decimals(-(10**9), 10**9, allow_nan=False, places=2))
def test_a_decimal_is_the_float_nearest_to_it(number):
    assert parse_number(f"{number:,}") == float(number)
    assert parse_number(f"{number:,}".translate(WIDE).replace("-", "▲")) == float(number)


def test_there_is_no_float_dust():
    assert parse_number("123,456,789.01") == 123456789.01
    assert parse_number("0.1億") == 10_000_000
    assert parse_money("1.1", unit="百万円") == 1_100_000
    assert isinstance(parse_money("1.1", unit="百万円"), int)
    assert parse_number(0.1) == 0.1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("１，９７２億円", 197_200_000_000),
        ("一億二千三百四十五万", 123_450_000),
        ("一二三", 123),
        ("二〇〇五", 2005),
        ("1億2,345万", 123_450_000),
        ("壱弐参", 123),
        ("金五拾萬", None),
        ("金壱百弐拾参万円也", 1_230_000),
        ("1,000円也", 1_000),
        ("5也", None),
        (".5", 0.5),
        ("▲．５", -0.5),
        (".5.6", None),
        ("二三百", None),
        ("一二三万", 1_230_000),
        ("12ヵ所", 12),
        ("３カ国", 3),
        ("伍拾萬円", 500_000),
        ("廿五", 25),
        ("1.5千万円", 15_000_000),
        ("1,500百万円", 1_500_000_000),
        ("3兆円", 3 * 10**12),
        ("5千円", 5_000),
        ("2千5百", 2_500),
        ("1万2千人", 12_000),
        ("1000 万円", 10_000_000),
        ("¥1,980-", 1980),
        ("￥１，９８０", 1980),
        ("マイナス5", -5),
        ("－５", -5),
        ("1.2E+08", 120_000_000),
        ("約40数社", None),
        ("約４０社", 40),
        ("100件程度", 100),
        ("1,23", None),
        ("12,34", None),
        ("1,2345", None),
        ("10 000", None),
        ("1.2.3", None),
        ("1億2億", None),
        ("1億123456789", None),
        ("万円", None),
        ("千円", None),
        ("(1,234)", None),
        ("5²", None),
        ("1,234①", None),
        ("〇", None),
        ("38%", None),
        ("３割", None),
        ("多数", None),
        ("1/2", None),
        ("9" * 200, None),
    ],
)
def test_numbers_as_offices_write_them(text, number):
    if number is None:
        with pytest.raises(CleaningError, match="cannot be read as a number"):
            parse_number(text)
        assert parse_number(text, errors="coerce") is None
    else:
        assert parse_number(text) == number


def test_the_reason_is_said():
    for text, reason in (
        ("千円", "a unit without a number"),
        ("1,23", "commas do not part groups of three"),
        ("10 000", "a space between two digits"),
        ("(1,234)", "in brackets, which may mean a negative, a part or a remark"),
        ("二三百", "it may give two numbers"),
        ("38%", "a share, not a number"),
        ("多数", "no digit"),
        ("1億2億", "scales do not descend"),
        ("5²", "the mark of a note"),
        ("〇", "a tick"),
        ("9" * 200, "200 characters long"),
    ):
        with pytest.raises(CleaningError, match=reason):
            parse_number(text)


def test_a_heading_counts_bare_numbers_only():
    assert parse_money("1,234", unit="千円") == 1_234_000
    assert parse_money("1,234円", unit="千円") == 1_234
    assert parse_money("3億", unit="千円") == 300_000_000
    assert parse_money("5万", unit="千円") == 50_000
    assert parse_number("12", unit="千人") == 12_000
    with pytest.raises(CleaningError, match="may or may not be counted in units of 1,000"):
        parse_money("5千", unit="千円")


def test_what_counts_something_else_is_refused():
    with pytest.raises(CleaningError, match="it counts 人, not 円"):
        parse_money("5人")
    with pytest.raises(CleaningError, match="Unknown unit 'ドル'"):
        parse_number("5", unit="ドル")
    with pytest.raises(CleaningError, match="Unknown unit of money '人'"):
        parse_money("5", unit="人")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("-", "none"),
        ("－", "none"),
        ("―", "none"),
        ("…", "unknown"),
        (".", "unknown"),
        ("x", "suppressed"),
        ("Ｘ", "suppressed"),
        ("***", "not_applicable"),
    ],
)
def test_symbols_are_missing_and_told_apart(text, meaning):
    assert parse_number(text) is None
    assert number_parts(text) == Number(None, symbol=meaning)
    assert parse_number(text, symbols={meaning: -9}) == -9


def test_an_unknown_meaning_of_a_symbol_is_refused():
    with pytest.raises(CleaningError, match="Unknown meaning of a symbol 'nil'; known: none, not_applicable"):
        parse_number("-", symbols={"nil": 0})


@pytest.mark.parametrize(
    ("text", "qualifier"),
    [
        ("約97億円", "約"),
        ("40社程度", "程度"),
        ("10件以上", "以上"),
        ("5人未満", "未満"),
        ("3億円超", "超"),
        ("約3割", "約"),
        ("50％以上", "以上"),
        ("ほぼ半数", "ほぼ"),
        ("4割", None),
        ("7", None),
        ("-", None),
    ],
)
def test_a_qualifier_is_kept(text, qualifier):
    assert parse_qualifier(text) == qualifier


def test_the_parts_of_a_column():
    cells = pd.Series(["約97億円", "－", None, "40社"], index=list("abcd"))
    parts = number_parts(cells)
    assert parts.columns.tolist() == ["value", "qualifier", "symbol", "unit"]
    assert parts["value"].tolist() == [9_700_000_000, pd.NA, pd.NA, 40]
    assert parts.loc["a", "qualifier"] == "約"
    assert parts.loc["b", "symbol"] == "none"
    assert parts.loc["d", "unit"] == "社"
    assert parts.index.equals(cells.index)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("38.0％", 0.38),
        ("3割", 0.3),
        ("３割５分", 0.35),
        ("2割5分3厘", 0.253),
        ("四分の一", 0.25),
        ("1/3", 1 / 3),
        ("半数", 0.5),
        ("約6割", 0.6),
        ("３割台", 0.3),
        ("5分5厘", 0.055),
        ("３厘", 0.003),
        ("1割2分3厘4毛", 0.1234),
        ("0.07", 0.07),
        ("▲3.2%", -0.032),
        ("56.7%", 0.567),
    ],
)
def test_shares_are_rounded_once(text, share):
    assert parse_share(text) == share
    assert parse_percent(text if text != "0.07" else "7") == pytest.approx(100 * share, rel=1e-15)


def test_a_bare_percentage_must_be_said_to_be_one():
    with pytest.raises(CleaningError, match="may be a percentage; say unit='%'"):
        parse_share("38.0")
    assert parse_share("38.0", unit="%") == 0.38
    assert parse_percent("38.0") == 38.0
    with pytest.raises(CleaningError, match="Unknown unit of a share 'percent'"):
        parse_share("38.0", unit="percent")
    with pytest.raises(CleaningError, match="divides by nought"):
        parse_share("1/0")


def test_types_hold_every_number_exactly():
    assert str(parse_number(pd.Series(["1", None, "2"])).dtype) == "Int64"
    assert str(parse_number(pd.Series(["1", "2.5"])).dtype) == "Float64"
    large = parse_number(pd.Series(["9007199254740993", "2.5"]))
    assert large.dtype == object
    assert large.tolist() == [9007199254740993, 2.5]
    assert parse_number(pd.Series(["92233720368547758080"])).tolist() == [92233720368547758080]


def test_numbers_in_cells_pass_through():
    cells = pd.Series([1, 2.5, "３", None, Decimal("0.1"), np.int64(7)], dtype=object)
    assert parse_number(cells).tolist() == [1.0, 2.5, 3.0, pd.NA, 0.1, 7.0]
    with pytest.raises(CleaningError, match="truth value"):
        parse_number(pd.Series([1, True], dtype=object))
    with pytest.raises(CleaningError, match="not finite"):
        parse_number(float("inf"))


def test_a_column_keeps_index_and_name_and_names_what_it_cannot_read():
    cells = pd.Series(["1", "多数", None, "多数", "？"], index=[10, 20, 30, 40, 50], name="件数")
    with pytest.raises(
        CleaningError, match=r"In column '件数', 2 distinct values .*'多数' \(rows 20, 40; it has no digit\)"
    ) as caught:
        parse_number(cells)
    assert caught.value.values == ("多数", "？")
    assert caught.value.rows == {"多数": [20, 40], "？": [50]}
    coerced = parse_number(cells, errors="coerce")
    pd.testing.assert_series_equal(
        coerced, pd.Series([1, None, None, None, None], index=cells.index, name="件数", dtype="Int64")
    )


@pytest.mark.parametrize(
    "parse", [parse_number, parse_money, parse_share, parse_percent, parse_qualifier, number_parts]
)
@given(text=ANY)
def test_any_text_is_read_or_refused(parse, text):
    try:
        parse(text)
    except CleaningError as error:
        assert "cannot be read as" in str(error)  # noqa: PT017 - both ends are right, and nothing else


def test_the_call_is_checked():
    with pytest.raises(CleaningError, match="errors must be 'raise' or 'coerce', not 'ignore'"):
        parse_number("1", errors="ignore")  # type: ignore[arg-type]
    with pytest.raises(CleaningError, match="Expected a value or a pandas Series, not list"):
        parse_number(["1"])
