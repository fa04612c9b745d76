"""What is wrong with a figure and can be found without eyes: text over text, text cut off, boxes."""

from functools import cache
from itertools import combinations

from matplotlib.axis import Tick
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text
from matplotlib.transforms import Bbox, BboxBase


def visible_texts(fig: Figure) -> list[Text]:
    """Return the texts that are drawn; labels of ticks outside the axes' limits are not."""
    fig.draw_without_rendering()
    hidden = set()
    for axis in [axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis)]:
        low, high = sorted(axis.get_view_interval())
        ticks: list[Tick] = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        for tick in ticks:
            shown = axis.get_visible() and low - 1e-9 <= tick.get_loc() <= high + 1e-9
            hidden |= {tick.label2} if shown else {tick.label1, tick.label2}
    texts = [text for text in fig.findobj(Text) if isinstance(text, Text)]
    return [text for text in texts if text.get_visible() and text.get_text().strip() and text not in hidden]


def extent(text: Text) -> Bbox:
    """Return the box of the letters alone, without the line that leads to an annotation."""
    return Text.get_window_extent(text)


def overlaps(texts: list[Text], slack: float = 1.0) -> list[tuple[str, str]]:
    """Return the pairs of texts that lie over each other by more than ``slack`` pixels both ways."""
    boxes = [(text.get_text(), extent(text)) for text in texts]
    found = []
    for (first, a), (second, b) in combinations(boxes, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        if wide > slack and high > slack:
            found.append((first, second))
    return found


def clipped(texts: list[Text], edge: BboxBase, slack: float = 0.5) -> list[str]:
    """Return the texts that stand partly outside the figure."""
    out = []
    for text in texts:
        box = extent(text)
        inside = box.x0 >= -slack and box.y0 >= -slack
        if not (inside and box.x1 <= edge.x1 + slack and box.y1 <= edge.y1 + slack):
            out.append(text.get_text())
    return out


@cache
def _has(family: str, letter: str) -> bool:
    font = get_font(findfont(FontProperties(family=[family]), fallback_to_default=False))
    return bool(font.get_char_index(ord(letter)))


def boxes_for_letters(texts: list[Text]) -> set[str]:
    """Return the letters for which none of the text's font families has a glyph."""
    return {
        letter
        for text in texts
        for letter in set(text.get_text()) - {"\n"}
        if not any(_has(family, letter) for family in text.get_fontfamily())
    }


def assert_looks_right(fig: Figure) -> None:
    texts = visible_texts(fig)
    assert overlaps(texts) == []
    assert clipped(texts, fig.bbox) == []
    assert boxes_for_letters(texts) == set()
