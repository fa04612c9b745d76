"""What is wrong with a figure and can be found without eyes: text over text, text cut off, boxes."""

from itertools import combinations

from matplotlib.axis import Tick
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text


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


def overlaps(fig: Figure, slack: float = 1.0) -> list[tuple[str, str]]:
    """Return the pairs of texts that lie over each other by more than ``slack`` pixels both ways."""
    boxes = [(text.get_text(), text.get_window_extent()) for text in visible_texts(fig)]
    found = []
    for (first, a), (second, b) in combinations(boxes, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        if wide > slack and high > slack:
            found.append((first, second))
    return found


def clipped(fig: Figure, slack: float = 0.5) -> list[str]:
    """Return the texts that stand partly outside the figure."""
    edge = fig.bbox
    out = []
    for text in visible_texts(fig):
        box = text.get_window_extent()
        inside = box.x0 >= -slack and box.y0 >= -slack
        if not (inside and box.x1 <= edge.x1 + slack and box.y1 <= edge.y1 + slack):
            out.append(text.get_text())
    return out


def boxes_for_letters(fig: Figure) -> set[str]:
    """Return the letters for which none of the text's font families has a glyph."""
    missing = set()
    for text in visible_texts(fig):
        families = text.get_fontfamily()
        fonts = [
            get_font(findfont(FontProperties(family=[name]), fallback_to_default=False)) for name in families
        ]
        letters = set(text.get_text()) - {"\n"}
        missing |= {
            letter for letter in letters if not any(font.get_char_index(ord(letter)) for font in fonts)
        }
    return missing


def assert_looks_right(fig: Figure) -> None:
    assert overlaps(fig) == []
    assert clipped(fig) == []
    assert boxes_for_letters(fig) == set()
