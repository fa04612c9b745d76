"""The house style: colours that a grey print and a colour-blind eye tell apart, type without side effects."""

from itertools import combinations, pairwise

import matplotlib as mpl
import pytest
from matplotlib.colors import to_rgb

from shinrenkei.errors import UnknownNameError
from shinrenkei.figures import style

# Linear RGB as a protanope and a deuteranope see it (Viénot, Brettel and Mollon 1999, eq. 1-5).
BLIND = {
    "protan": [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]],
    "deutan": [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]],
}


def test_no_two_colours_of_the_palette_are_the_same_grey():
    greys = sorted(style.lightness(colour) for colour in style.PALETTE)
    assert min(b - a for a, b in pairwise(greys)) > 8


def test_neighbours_in_the_palette_are_far_apart_in_grey():
    greys = [style.lightness(colour) for colour in style.PALETTE]
    assert min(abs(b - a) for a, b in pairwise(greys)) > 15


@pytest.mark.parametrize("kind", BLIND)
def test_colours_stay_apart_for_colour_blind_readers(kind):
    def seen(colour):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        return [sum(w * c for w, c in zip(row, linear, strict=True)) ** (1 / 2.4) for row in BLIND[kind]]

    for first, second in combinations(style.PALETTE, 2):
        distance = sum((a - b) ** 2 for a, b in zip(seen(first), seen(second), strict=True)) ** 0.5
        assert distance > 0.12, (first, second)


def test_every_series_has_its_own_marker_hatch_or_dash():
    assert len(style.PALETTE) == len(style.HATCHES) == len(style.MARKERS) == len(style.DASHES)
    assert len(set(style.MARKERS)) == len(style.MARKERS)
    assert len({str(dash) for dash in style.DASHES}) == len(style.DASHES)


def test_the_style_context_changes_nothing_for_others():
    mpl.use("agg")
    before = mpl.rcParams.copy()
    with style.style_context("ja"):
        assert mpl.rcParams["font.family"] == ["IPAexGothic", "DejaVu Sans"]
    assert mpl.rcParams == before


def test_an_unknown_language_is_refused_with_the_known_ones():
    with pytest.raises(UnknownNameError, match=r"Unknown language 'jp'.*Known: en, ja"):
        style.style("jp")


def test_text_on_a_colour_contrasts_with_it():
    for colour in style.PALETTE:
        assert abs(style.lightness(style.ink_on(colour)) - style.lightness(colour)) > 40


def test_a_notebook_shows_a_figure_as_the_picture_that_is_saved(tmp_path):
    from IPython.core.interactiveshell import InteractiveShell
    from matplotlib.figure import Figure

    from shinrenkei import figures

    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    try:
        with mpl.rc_context():
            figures.use_style("ja")
            fig = Figure()
            fig.add_subplot().plot([1, 2])
            (path,) = figures.save(fig, tmp_path, "line", source="A", format="png")
            shown, _ = shell.display_formatter.format(fig)  # type: ignore[union-attr]
    finally:
        InteractiveShell.clear_instance()
    assert shown["image/png"] == path.read_bytes()
