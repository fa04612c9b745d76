"""Which encoding a text is in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shinrenkei.cleaning import encodings
from shinrenkei.cleaning.encodings import find_encoding

JAPANESE = "地域,件数\n東北地方の中小企業が連携した,8\nカタカナとひらがな,33\n"


@pytest.mark.parametrize(
    ("codec", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("cp932", "cp932"),
        ("euc_jp", "euc_jp"),
        ("iso2022_jp", "iso2022_jp"),
        ("ascii", "utf-8"),
    ],
)
def test_the_encodings_of_japanese_offices_are_told_apart(tmp_path, codec, found):
    path = tmp_path / "a.csv"
    path.write_bytes((JAPANESE if codec != "ascii" else "a,b\n").encode(codec))
    assert find_encoding(path).name == found
    assert not find_encoding(path).doubtful


def test_half_width_kana_may_leave_a_doubt(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("ｱｲｳｴｵｶｷｸｹｺ\n".encode("cp932"))
    assert find_encoding(path).name in ("cp932", "euc_jp")
    path.write_bytes(("ｱｲｳｴ\n" + JAPANESE).encode("cp932"))
    assert find_encoding(path) == ("cp932", False)


@settings(max_examples=60)
@given(
    text=st.text(alphabet="地域件数東北アｱー。、\n,1a", min_size=1, max_size=40),
    block=st.integers(1, 9),
    codec=st.sampled_from(["utf-8", "cp932"]),
)
def test_characters_that_straddle_two_blocks_are_whole(tmp_path_factory, text, block, codec):
    path = tmp_path_factory.mktemp("e") / "a.csv"
    path.write_bytes(text.encode(codec))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encodings, "BLOCK", block)
        assert encodings._stops_at(path, codec) is None
        path.write_bytes(text.encode(codec) + b"\x81")
        assert encodings._stops_at(path, codec) == len(text.encode(codec))
