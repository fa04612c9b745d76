"""Files of figures and tables: source line, reproducible bytes, refusals."""

import os
import stat

import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from shinrenkei import figures
from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.figures.style import png_bytes
from tests.figures.looks import assert_looks_right, visible_texts

PLANS = pd.DataFrame(
    {"region": ["hokkaido", "kanto", "kinki"], "plans": pd.array([9, 60, None], dtype="Int64")}
)
LONG = "中小企業庁 経営支援課「新連携支援の実施状況」（2005年10月3日）2.(3)、" * 4


def chart(lang="ja"):
    return figures.bar(PLANS, "region", "plans", lang=lang, title="認定計画数" if lang == "ja" else "Plans")


def test_the_same_table_gives_the_same_bytes_in_every_format(tmp_path):
    ways = ("png", "svg", "pdf")
    first = figures.save(chart(), tmp_path / "a", "plans", source=LONG, formats=ways)
    second = figures.save(chart(), tmp_path / "b", "plans", source=LONG, formats=ways)
    assert [path.suffix for path in first] == [".png", ".svg", ".pdf"]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert one.stat().st_size > 1000


def test_saving_twice_writes_the_source_line_once(tmp_path):
    fig = chart()
    (first,) = figures.save(fig, tmp_path, "plans", source="A", formats=["png"])
    before = first.read_bytes()
    figures.save(fig, tmp_path, "plans", source="B", formats=["png"])
    figures.save(fig, tmp_path, "plans", source="A", formats=["png"])
    assert first.read_bytes() == before


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("width", [None, 80, 240])
def test_a_long_source_line_is_wrapped_and_covers_nothing(tmp_path, lang, width):
    fig = chart(lang)
    figures.save(fig, tmp_path, "plans", source=LONG, lang=lang, width_mm=width, synthetic=True)
    assert_looks_right(fig)
    foot = ["".join(text.get_text().split()) for text in visible_texts(fig)]
    assert {"ja": "出典：", "en": "Source:"}[lang] + "".join(LONG.split()) in foot


def test_a_width_in_millimetres_is_the_width_of_the_file(tmp_path):
    (path,) = figures.save(chart(), tmp_path, "plans", source="A", formats=["png"], width_mm=80)
    with Image.open(path) as image:
        assert abs(image.width / image.info["dpi"][0] * 25.4 - 80) < 0.3


def test_synthetic_data_is_said_under_the_figure(tmp_path):
    fig = chart("en")
    figures.save(fig, tmp_path, "plans", source="A", lang="en", synthetic=True)
    assert any("Synthetic data" in text.get_text() for text in visible_texts(fig))
    figures.save(fig, tmp_path, "plans", source="A", lang="en")
    assert not any("Synthetic data" in text.get_text() for text in visible_texts(fig))


def test_letters_in_svg_are_outlines_and_pdf_embeds_its_type(tmp_path):
    svg, pdf = figures.save(chart(), tmp_path, "plans", source="A", formats=["svg", "pdf"])
    assert "<text" not in svg.read_text(encoding="utf-8")
    assert b"/FontFile2" in pdf.read_bytes()
    assert b"/Type3" not in pdf.read_bytes()


def test_no_date_and_no_version_stand_in_the_files(tmp_path):
    for path in figures.save(chart(), tmp_path, "plans", source="A", formats=["png", "svg", "pdf"]):
        content = path.read_bytes()
        assert b"CreationDate" not in content
        assert b"dc:date" not in content
        assert b"Matplotlib v" not in content


def test_a_figure_from_elsewhere_gets_the_source_line_too(tmp_path):
    fig = Figure(figsize=(5, 3))
    ax = fig.add_subplot()
    ax.plot([1, 2], [3, 4])
    ax.set_xlabel("year")
    figures.save(fig, tmp_path, "other", source=LONG, lang="ja")
    assert_looks_right(fig)


def test_a_table_carries_its_source_and_reads_back(tmp_path):
    path = figures.save_table(PLANS, tmp_path, "plans", source="中小企業庁\n（2005）")
    lines = path.read_bytes().decode("utf-8").split("\n")
    assert lines[:3] == ["# 出典：中小企業庁 （2005）", "region,plans", "hokkaido,9"]
    pd.testing.assert_frame_equal(
        pd.read_csv(path, comment="#").astype(PLANS.dtypes), PLANS, check_dtype=False
    )


@pytest.mark.parametrize("name", ["", "../up", "a b", "図", ".hidden", "A"])
def test_a_name_that_could_leave_the_folder_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="small letters, digits"):
        figures.save(chart(), tmp_path, name, source="A")


def test_what_cannot_be_drawn_or_written_is_one_sentence(tmp_path):
    with pytest.raises(UnknownNameError, match="Unknown figure format 'jpg'"):
        figures.save(chart(), tmp_path, "plans", source="A", formats=["jpg"])
    with pytest.raises(InputError, match="'source' is empty for 'plans'"):
        figures.save_table(PLANS, tmp_path, "plans", source=" ")
    with pytest.raises(InputError, match="'width_mm' is 12"):
        figures.save(chart(), tmp_path, "plans", source="A", width_mm=12)
    (tmp_path / "file").write_text("a file, no folder")
    with pytest.raises(InputError, match=r"folder .*figures cannot be made"):
        figures.save(chart(), tmp_path / "file", "plans", source="A")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_permission_is_told_and_nothing_is_left(tmp_path):
    folder = tmp_path / "tables"
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(InputError, match="cannot be written"):
        figures.save_table(PLANS, tmp_path, "plans", source="A")
    assert list(folder.iterdir()) == []


def test_what_is_shown_is_what_was_saved_until_the_figure_changes(tmp_path):
    fig = chart("en")
    first, _ = figures.save(fig, tmp_path, "plans", source="METI", lang="en")
    assert png_bytes(fig) == first.read_bytes()
    fig.axes[0].set_xlabel("Certified plans")
    assert png_bytes(fig) != first.read_bytes()
    again, _ = figures.save(fig, tmp_path, "again", source="METI", lang="en")
    assert again.read_bytes() != first.read_bytes()
    assert png_bytes(fig) == again.read_bytes()
