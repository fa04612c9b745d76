"""Bars of 100 %, split into their parts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.text import Text

from shinrenkei.figures.bars import BAND, class_axis, value_axis
from shinrenkei.figures.labels import NOT_PRINTED, labels
from shinrenkei.figures.layout import finish, house_layout, new_figure, text_width
from shinrenkei.figures.parts import (
    amount,
    axes_size_pt,
    body_height,
    check_once,
    check_table,
    legend_above,
    numbers,
    styled,
)
from shinrenkei.figures.style import HATCHES, INK, MUTED, PALETTE, ink_on


@styled
def stacked_share(
    table: pd.DataFrame,
    label: str,
    part: str,
    value: str,
    *,
    percent: bool = False,
    decimals: int = 1,
    words: Mapping[Any, str] | None = None,
    title: str | None = None,
    note: str | None = None,
    lang: str = "ja",
) -> Figure:
    """Draw each class as one bar of 100 %, split into its parts.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a class and part; parts are drawn in the order in which they first stand in the table.
    label, part : str
        Columns with the class (a bar) and the part (a piece of it).
    value : str
        Column with counts; each bar is scaled to its own sum, and one with an empty value is marked as not
        printed.
    percent : bool
        Whether the values are percentages already: they are then drawn and written as they stand, and an
        empty piece is left out.
    decimals : int
        Decimals of the percentages.
    words : mapping, optional
        Words that go before the package's own.
    title, note : str, optional
        Above and below the panel.
    lang : {"ja", "en"}
        Language of the labels.

    Returns
    -------
    matplotlib.figure.Figure
        The chart.

    Examples
    --------
    >>> ties = pd.DataFrame({"size": ["sme"] * 2, "status": ["yes", "no"], "n": [1, 3]})
    >>> [text.get_text() for text in stacked_share(ties, "size", "status", "n").axes[0].texts]
    ['25.0%', '75.0%']
    """
    check_table(table, label, part, value)
    check_once(table, [label, part])
    keys, parts = list(dict.fromkeys(table[label])), list(dict.fromkeys(table[part]))
    cells = dict(zip(zip(table[label], table[part], strict=True), numbers(table, value), strict=True))
    wide = {key: [cells.get((key, name), math.nan) for name in parts] for key in keys}
    fig = new_figure(title, body_mm=body_height(len(keys), 9))
    ax = fig.add_subplot()
    stacks = [
        _stack(ax, row, _shares(wide[key], percent=percent), decimals, lang) for row, key in enumerate(keys)
    ]
    class_axis(ax, [float(i) for i in range(len(keys))], labels(keys, lang, words), horizontal=True)
    value_axis(ax, None, horizontal=True)
    house_layout(fig).after.append(lambda _: _place_shares(ax, [stack for stack in stacks if stack]))
    handles = [
        Patch(facecolor=PALETTE[i % len(PALETTE)], hatch=HATCHES[i % len(HATCHES)], edgecolor=INK)
        for i in range(len(parts))
    ]
    legend_above(fig, handles, labels(parts, lang, words))
    return finish(fig, note)


def _shares(values: list[float], *, percent: bool) -> list[float]:
    whole = 100.0 if percent else math.fsum(values)
    return [100 * value / whole if whole else math.nan for value in values]


@dataclass(frozen=True)
class _Piece:
    """A piece of a stacked bar: where it begins and ends, in percent, and its number."""

    start: float
    end: float
    text: Text
    colour: str


def _stack(ax: Axes, row: int, shares: list[float], decimals: int, lang: str) -> list[_Piece]:
    if all(math.isnan(share) for share in shares):
        ax.text(1, row, NOT_PRINTED[lang], color=MUTED, va="center_baseline")
        return []
    pieces, left = [], 0.0
    for index, share in enumerate(shares):
        if math.isnan(share):
            continue
        colour, hatch = PALETTE[index % len(PALETTE)], HATCHES[index % len(HATCHES)]
        ax.barh(row, share, BAND, left, color=colour, hatch=hatch, edgecolor=INK, linewidth=0.6)
        text = ax.text(
            left, row, amount(share, decimals, "%"), va="center_baseline",
            bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.2},
        )  # fmt: skip
        text.set_in_layout(False)
        pieces.append(_Piece(left, left + share, text, ink_on(colour)))
        left += share
    return pieces


def _place_shares(ax: Axes, stacks: Sequence[Sequence[_Piece]]) -> float:
    # A number stands inside its piece; that of a last piece too narrow for it stands after the bar.
    width = axes_size_pt(ax)[0]
    longest = max([100.0, *(stack[-1].end for stack in stacks)])
    wide = {id(piece): _width_of(piece) for stack in stacks for piece in stack}

    span = longest
    # Twice: in bars that became shorter another last piece may be too narrow.
    for _ in range(2):
        lasts = [stack[-1] for stack in stacks]
        narrow = [p for p in lasts if wide[id(p)] + 3 > width * (p.end - p.start) / span]
        span = longest * width / (width - max([wide[id(p)] + 6 for p in narrow], default=0.0))
    ax.set_xlim(0, span)
    for stack in stacks:
        for piece in stack:
            inside = wide[id(piece)] + 3 <= width * (piece.end - piece.start) / span
            last = piece is stack[-1]
            piece.text.set_visible(inside or last)
            piece.text.set_x((piece.start + piece.end) / 2 if inside else piece.end + 3 * span / width)
            piece.text.set_horizontalalignment("center" if inside else "left")
            piece.text.set_color(piece.colour if inside else INK)
            patch = piece.text.get_bbox_patch()
            if patch is not None:
                patch.set_visible(inside)
    return 0.0


def _width_of(piece: _Piece) -> float:
    return text_width(piece.text.get_text(), piece.text.get_fontproperties())
