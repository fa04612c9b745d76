"""Line breaks by measured width."""

import re

from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.figures.wrap import tokens, wrap

TEXT = st.text(alphabet="中小企業の連携、「」（）。ーっabc 0123.,/:-", max_size=60)


@given(TEXT, st.integers(1, 20))
def test_no_line_is_wider_than_the_room_and_no_letter_is_lost(text, width):
    lines = wrap(text, width, len).split("\n")
    assert max(len(line) for line in lines) <= width
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)


@given(TEXT)
def test_the_pieces_make_up_the_text(text):
    assert "".join(tokens(text)) == text


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one():
    assert wrap("中小企業（大企業）。", 4, len) == "中小企業\n（大企\n業）。"


def test_latin_words_and_numbers_are_kept_whole():
    assert wrap("plans certified in 2005", 10, len) == "plans\ncertified\nin 2005"


def test_an_address_wider_than_the_room_is_broken_rather_than_clipped():
    assert wrap("https://example.org", 8, len) == "https://\nexample.\norg"
