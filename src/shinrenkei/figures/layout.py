"""Where title, panel, notes and source line stand: measured at every draw, so that nothing is clipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text

from shinrenkei.figures.style import INK, MUTED
from shinrenkei.figures.wrap import wrap

MM = 1 / 25.4
WIDTH_MM = 160.0
PAD_PT = 6.0
_NARROW_MM = 110.0
_NARROW_SCALE = 0.8

Fit = Callable[[Figure], float]
Above = Callable[[Figure, float], float]


@lru_cache(maxsize=1)
def _ruler() -> RendererAgg:
    # Ten dots a point: at fewer, hinting rounds every letter's width.
    return RendererAgg(100, 100, 720)  # type: ignore[no-untyped-call]


@lru_cache(maxsize=16384)
def text_width(text: str, font: FontProperties) -> float:
    """Return the width of one line of text in points.

    Examples
    --------
    >>> 30 < text_width("mm", FontProperties(family="DejaVu Sans", size=20)) < 40
    True
    """
    if not text:
        return 0.0
    size: tuple[float, float, float] = _ruler().get_text_width_height_descent(text, font, False)  # type: ignore[no-untyped-call]
    return float(size[0]) / 10


def line_height(font: FontProperties) -> float:
    """Return the height of a line, with its leading, in points."""
    return 1.35 * font.get_size_in_points()


def wrap_text(text: Text, original: str, width_pt: float) -> int:
    """Put a text into an artist, broken to a width in points; return the number of lines."""
    font = text.get_fontproperties()
    # One in a hundred is left over for what hinting adds on the screen.
    lines = wrap(original, width_pt * 0.99, lambda piece: text_width(piece, font))
    if lines != text.get_text():
        text.set_text(lines)
    return lines.count("\n") + 1


class HouseLayout(ConstrainedLayoutEngine):
    """The title above, notes and source line below, and matplotlib's constrained layout between them.

    ``body_pt`` is the height that the panel between title and notes wants. ``above`` puts legends under the
    title and returns their height; ``before`` is run before the constrained layout (labels are wrapped) and
    returns the height that the panel needs; ``after`` is run after it (room for numbers at the bars' ends).
    ``synthetic`` tells that what is drawn is a synthetic table.
    """

    def __init__(self, body_mm: float) -> None:
        super().__init__(w_pad=PAD_PT / 72, h_pad=PAD_PT / 72)
        self.body_pt = body_mm * MM * 72
        self.scale = 1.0
        self.head: list[tuple[Text, str]] = []
        self.foot: dict[str, tuple[Text, str]] = {}
        self.synthetic = False
        self.before: list[Fit] = []
        self.above: list[Above] = []
        self.after: list[Fit] = []

    def execute(self, fig: Figure) -> None:
        """Place everything for the figure's present size."""
        height = fig.get_figheight() * 72
        top, bottom = self._place(fig)
        for put in self.above:
            top += put(fig, top)
        self.set(rect=(0, bottom / height, 1, 1 - (top + bottom) / height))
        # Twice: labels at the ends of bars are measured in the panel that the first round gave.
        for _ in range(2):
            for fit in self.before:
                fit(fig)
            super().execute(fig)
            for fit in self.after:
                fit(fig)

    def fit_height(self, fig: Figure) -> None:
        """Give the figure the height that title, panel, notes and source line need at its width."""
        top, bottom = self._place(fig)
        body = max([self.body_pt * self.scale, *(fit(fig) for fit in self.before)])
        body += sum(put(fig, top) for put in self.above)
        fig.set_figheight((top + bottom + body) / 72)
        self._place(fig)

    def _place(self, fig: Figure) -> tuple[float, float]:
        width, height = (size * 72 for size in fig.get_size_inches())
        room = width - 2 * PAD_PT
        top = PAD_PT if self.head else 0.0
        for text, original in self.head:
            text.set_position((PAD_PT / width, 1 - top / height))
            top += wrap_text(text, original, room) * line_height(text.get_fontproperties())
        bottom = PAD_PT if self.foot else 0.0
        for text, original in reversed(list(self.foot.values())):
            text.set_position((PAD_PT / width, bottom / height))
            bottom += wrap_text(text, original, room) * line_height(text.get_fontproperties()) + 1
        return top, bottom


def house_layout(fig: Figure) -> HouseLayout:
    """Return the house layout of a figure, which a figure from elsewhere gets here."""
    engine = fig.get_layout_engine()
    if isinstance(engine, HouseLayout):
        return engine
    house = HouseLayout(fig.get_figheight() / MM)
    fig.set_layout_engine(house)
    return house


@contextmanager
def laid_out(fig: Figure, dpi: float) -> Iterator[None]:
    """Lay the figure out once, at so many dots an inch, for everything that is drawn inside the block."""
    house, before = house_layout(fig), fig.dpi
    fig.dpi = dpi
    fig.draw_without_rendering()
    fig.dpi = before
    fig.set_layout_engine(None)
    try:
        yield
    finally:
        fig.set_layout_engine(house)


def new_figure(title: str | None, *, body_mm: float, width_mm: float = WIDTH_MM) -> Figure:
    """Return an empty figure in the house layout, made without pyplot and so never left open."""
    fig = Figure(figsize=(width_mm * MM, body_mm * MM))
    FigureCanvasAgg(fig)
    house = HouseLayout(body_mm)
    fig.set_layout_engine(house)
    if title:
        text = fig.text(0, 1, "", ha="left", va="top", color=INK, size="large", linespacing=1.2)
        house.head.append((text, title))
    return fig


def add_foot(fig: Figure, name: str, line: str | None, *, color: str = MUTED) -> None:
    """Write a line under the figure; the same name writes it anew, ``None`` takes it away."""
    house = house_layout(fig)
    old = house.foot.pop(name, None)
    if old:
        old[0].remove()
    if line:
        text = fig.text(
            0, 0, "", ha="left", va="bottom", color=color, size=7.5 * house.scale, linespacing=1.25
        )
        house.foot[name] = (text, line)


def finish(fig: Figure, note: str | None = None) -> Figure:
    """Add the note, choose the height, and lay the figure out once, so that lazily made ticks exist."""
    add_foot(fig, "note", note)
    house_layout(fig).fit_height(fig)
    fig.draw_without_rendering()
    return fig


def resize(fig: Figure, width_mm: float) -> None:
    """Give the figure another width; below 110 mm its type becomes smaller, as journals set it."""
    house = house_layout(fig)
    scale = _NARROW_SCALE if width_mm < _NARROW_MM else 1.0
    for text in fig.findobj(Text):
        text.set_fontsize(float(text.get_fontsize()) * scale / house.scale)
    house.scale = scale
    fig.set_figwidth(width_mm * MM)
    house.fit_height(fig)
