"""Labels beside points: each at the first place around its point where it covers nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from shinrenkei.figures.layout import house_layout, line_height, text_width
from shinrenkei.figures.parts import figure_of
from shinrenkei.figures.style import MUTED
from shinrenkei.figures.wrap import tokens, wrap_evenly

Align = tuple[Literal["left", "center", "right"], Literal["bottom", "center_baseline", "top"]]

# Sides of a point, the wanted ones first: right, left, above, below, then the corners.
_SIDES: dict[tuple[int, int], Align] = {
    (1, 0): ("left", "center_baseline"),
    (-1, 0): ("right", "center_baseline"),
    (0, 1): ("center", "bottom"),
    (0, -1): ("center", "top"),
    (1, 1): ("left", "bottom"),
    (-1, 1): ("right", "bottom"),
    (1, -1): ("left", "top"),
    (-1, -1): ("right", "top"),
}
_NEAR = (6.0, 14.0)
_FAR = (26.0, 40.0, 60.0, 90.0)
_POINT_PT = 4.0
_LINE_PT = 3.0


@dataclass(frozen=True)
class Place:
    """Where a label stands: offset in points from its point, alignment, its lines, the box it covers."""

    offset: tuple[float, float]
    align: Align
    lines: str
    box: Bbox


def place_labels(
    ax: Axes,
    points: Sequence[tuple[Any, Any]],
    texts: Sequence[str],
    *,
    above_first: bool = False,
    needed: bool = True,
    paths: Sequence[Sequence[tuple[Any, Any]]] = (),
    **style: Any,
) -> None:
    """Write a text beside each point, at every draw at the first place where it covers nothing.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where the points stand.
    points : sequence of (x, y)
        Points in data units.
    texts : sequence of str
        A text a point, the important ones first.
    above_first : bool
        Whether the place above a point is tried before the one at its right.
    needed : bool
        Whether a text that finds no place near its point stands farther off, with a line to the point;
        else it is left away.
    paths : sequence of sequence of (x, y)
        Corners of drawn lines, in data units: a text keeps off them where it can.
    **style
        Colour, size and the like of the texts.
    """
    notes = [
        ax.annotate(
            text, point, (0, 0), textcoords="offset points", annotation_clip=False, **style,
            arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 2},
        )
        for text, point in zip(texts, points, strict=True)
    ]  # fmt: skip
    for note in notes:
        note.set_in_layout(False)
    sides = sorted(_SIDES, key=lambda side: side != (0, 1)) if above_first else list(_SIDES)

    def fit(fig: Figure) -> float:
        # In points, not pixels, so that every resolution and format gives the same places.
        unit = 72 / fig.dpi
        where = [ax.transData.transform(_plain(ax, point)) * unit for point in points]
        frame = Bbox(ax.get_window_extent().get_points() * unit)
        corners = [[ax.transData.transform(_plain(ax, corner)) * unit for corner in path] for path in paths]
        along = [box for path in corners for start, end in pairwise(path) for box in _along(start, end)]
        taken = [Bbox([[x - _POINT_PT, y - _POINT_PT], [x + _POINT_PT, y + _POINT_PT]]) for x, y in where]
        for index, (note, text, (x, y)) in enumerate(zip(notes, texts, where, strict=True)):
            others = taken[:index] + taken[index + 1 :]
            wanted = text, note.get_fontproperties(), (float(x), float(y)), frame
            found = _find(*wanted, [*others, *along], sides, needed) or _find(*wanted, others, sides, needed)
            _put(note, found)
            if found:
                taken.append(found.box)
        return 0.0

    house_layout(figure_of(ax)).after.append(fit)


def _plain(ax: Axes, point: tuple[Any, Any]) -> tuple[float, float]:
    x: Any = ax.convert_xunits(point[0])  # type: ignore[no-untyped-call]
    y: Any = ax.convert_yunits(point[1])  # type: ignore[no-untyped-call]
    return float(x), float(y)


def _along(start: Any, end: Any) -> list[Bbox]:
    """Return small boxes, one after the other, that cover a straight line."""
    steps = max(1, round(math.dist(start, end) / _LINE_PT))
    shares = [i / steps for i in range(steps + 1)]
    spots = [[a + share * (b - a) for a, b in zip(start, end, strict=True)] for share in shares]
    half = _LINE_PT / 2
    return [Bbox.from_bounds(x - half, y - half, _LINE_PT, _LINE_PT) for x, y in spots]


def _put(note: Annotation, found: Place | None) -> None:
    note.set_visible(found is not None)
    if found and note.arrow_patch is not None:
        note.set_text(found.lines)
        note.set_position(found.offset)
        note.set_horizontalalignment(found.align[0])
        note.set_verticalalignment(found.align[1])
        note.arrow_patch.set_visible(max(map(abs, found.offset)) > _NEAR[-1])


def _find(
    text: str,
    font: FontProperties,
    point: tuple[float, float],
    frame: Bbox,
    others: Sequence[Bbox],
    sides: Sequence[tuple[int, int]],
    needed: bool,
) -> Place | None:
    def measure(piece: str) -> float:
        return text_width(piece, font)

    longest = max(measure(piece.strip()) for piece in tokens(text))
    folded = [wrap_evenly(text, max(share * measure(text), longest), measure) for share in (0.6, 0.4)]
    whole = [text, *folded] if needed else [text]
    tries = [(lines, distance) for lines in whole for distance in _NEAR]
    tries += [(lines, distance) for distance in _FAR for lines in whole] if needed else []
    for lines, distance in tries:
        size = max(map(measure, lines.split("\n"))), line_height(font) * (lines.count("\n") + 1)
        for side in sides:
            box = _box(point, side, distance, size)
            inside = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
            if inside and not any(box.overlaps(other) for other in others):
                return Place((side[0] * distance, side[1] * distance), _SIDES[side], lines, box)
    return None


def _box(
    point: tuple[float, float], side: tuple[int, int], distance: float, size: tuple[float, float]
) -> Bbox:
    low = [point[i] + side[i] * distance - {1: 0.0, 0: size[i] / 2, -1: size[i]}[side[i]] for i in range(2)]
    return Bbox.from_bounds(low[0], low[1], size[0], size[1])
