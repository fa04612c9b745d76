"""Words for codes, in both languages."""

import tomllib
from pathlib import Path

import pytest

from shinrenkei.errors import UnknownNameError
from shinrenkei.figures.labels import kinds, label, range_label, yen

NOT_DRAWN = {"startup_timeline", "startup_profiles"}
CODEBOOKS = Path(__file__).parents[2] / "data" / "codebooks"


def test_every_code_has_words_in_both_languages():
    for kind, words in kinds().items():
        for code, (ja, en) in words.items():
            assert ja.strip(), (kind, code)
            assert en.strip(), (kind, code)
            assert en.isascii(), (kind, code)


def test_every_closed_list_of_the_codebooks_has_words():
    known = {code for words in kinds().values() for code in words}
    missing = {
        (path.stem, field["name"], code)
        for path in CODEBOOKS.glob("*.toml")
        for field in tomllib.loads(path.read_text(encoding="utf-8"))["fields"]
        for code in field.get("values", [])
        # Codes that are read as they are, and lists that no figure shows.
        if code not in known and field["name"] not in ("cohort", "code") and path.stem not in NOT_DRAWN
    }
    assert missing == set()


def test_a_code_of_a_named_kind_must_be_known():
    with pytest.raises(UnknownNameError, match="Unknown region 'kansai'; did you mean"):
        label("kansai", "ja", "region")
    with pytest.raises(UnknownNameError, match="Unknown kind of label 'regions'"):
        label("kinki", "ja", "regions")


def test_one_code_has_the_words_of_its_kind():
    assert label("sme", "ja", "start_from") == "中小企業が起点"
    assert label("sme", "ja", "firm_size") == "中小企業"
    assert label("13", "en", "prefecture") == "Tokyo"
    assert label("13", "en") == "13"


@pytest.mark.parametrize(
    ("lower", "upper", "unit", "ja", "en"),
    [
        (0, 10_000_000, "yen", "1千万円以下", "up to 10 million yen"),
        (10_000_001, 50_000_000, "yen", "1千万円超5千万円以下", "over 10 to 50 million yen"),
        (100_000_001, None, "yen", "1億円超", "over 100 million yen"),
        (101, 300, "persons", "101人～300人", "101–300"),
        (None, 20, "persons", "20人以下", "up to 20"),
        (10_000, None, "persons", "10,000人以上", "10,000 or more"),
    ],
)
def test_a_size_class_is_said_as_the_sources_say_it(lower, upper, unit, ja, en):
    assert range_label(lower, upper, unit, "ja") == ja
    assert range_label(lower, upper, unit, "en") == en


def test_amounts_take_their_usual_unit():
    assert [yen(a) for a in (500, 30_000, 10_000_000, 197_200_000_000)] == [
        "500円",
        "3万円",
        "1千万円",
        "1,972億円",
    ]
