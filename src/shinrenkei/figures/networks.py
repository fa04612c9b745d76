"""Networks: the named cases, each core firm with those who joined it and what each brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation

from shinrenkei.errors import InputError
from shinrenkei.figures.labels import labels
from shinrenkei.figures.layout import finish, house_layout, line_height, new_figure, text_width
from shinrenkei.figures.parts import check_table, legend_above, styled
from shinrenkei.figures.style import DASHES, GRID, INK, MARKERS, PALETTE
from shinrenkei.figures.wrap import wrap_evenly

_LEFT_SHARE, _RIGHT_SHARE = 0.32, 0.4
_ROW_GAP_PT, _CASE_GAP_PT = 3.0, 8.0


@dataclass
class _Node:
    """An organization: its mark, its label, and, where it joined a core firm, the line to it."""

    mark: Line2D
    label: Annotation
    words: str
    tie: Line2D | None = None


@dataclass
class _Star:
    """A case: its core firm and those who joined it."""

    core: _Node
    members: list[_Node] = field(default_factory=list)


@styled
def network(
    table: pd.DataFrame,
    case: str,
    name: str,
    part: str,
    kind: str,
    *,
    text: str | None = None,
    core: str = "core",
    words: Mapping[Any, str] | None = None,
    title: str | None = None,
    note: str | None = None,
    lang: str = "ja",
) -> Figure:
    """Draw each case as a star: its core firm at the left, those who joined it at the right.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an organization in a case.
    case : str
        Column with the case; cases stand in the order of the table.
    name : str
        Column with the organization.
    part : str
        Column with its part (``core``, ``partner``, ``cooperation``): the look of the line.
    kind : str
        Column with its type (``firm``, ``university``, ...): the look of the mark.
    text : str, optional
        Column with what it brings, written after its name.
    core : str
        The part of the core firm, one in each case.
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

    Raises
    ------
    UnknownNameError
        Where a column is missing.
    InputError
        Where a case has no core firm or more than one.

    Examples
    --------
    >>> ties = pd.DataFrame({"case": ["a", "a"], "who": ["X", "Y"], "part": ["core", "partner"]})
    >>> fig = network(ties.assign(kind=["firm", "university"]), "case", "who", "part", "kind", lang="en")
    >>> [text.get_text() for text in fig.legends[0].get_texts()]
    ['Partner', 'Firm', 'University']
    """
    check_table(table, case, name, part, kind, text)
    parts = [value for value in dict.fromkeys(table[part]) if value != core]
    kinds = list(dict.fromkeys(table[kind]))
    fig = new_figure(title, body_mm=20)
    ax = fig.add_subplot()
    stars = []
    for key, rows in table.groupby(case, sort=False, observed=True):
        centre = rows[rows[part] == core]
        if len(centre) != 1:
            msg = f"Case {key!r} has {len(centre)} rows with {part} {core!r}; expected one core firm a case."
            raise InputError(msg)
        star = _Star(_node(ax, centre.iloc[0], 0.0, (name, kind, text), kinds, lang))
        for _, row in rows[rows[part] != core].iterrows():
            node = _node(ax, row, 1.0, (name, kind, text), kinds, lang)
            (node.tie,) = ax.plot((0.0, 1.0), (0.0, 0.0), zorder=1, **_tie_look(parts.index(row[part])))
            star.members.append(node)
        stars.append(star)
    ax.set(xlim=(-0.03, 1.03), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    house_layout(fig).before.append(lambda fig: _arrange(ax, fig, stars))
    handles = [Line2D([], [], **_tie_look(i)) for i in range(len(parts))]
    handles += [Line2D([], [], linestyle="", **_mark_look(i)) for i in range(len(kinds))]
    legend_above(fig, handles, labels([*parts, *kinds], lang, words))
    return finish(fig, note)


def _tie_look(index: int) -> dict[str, Any]:
    shade = (PALETTE[0], PALETTE[2], PALETTE[4], PALETTE[1])
    return {"color": shade[index % len(shade)], "linestyle": DASHES[index % len(DASHES)], "linewidth": 1.4}


def _mark_look(index: int) -> dict[str, Any]:
    markers = (*MARKERS, "X", "p", "*")
    colour = (PALETTE[5], *PALETTE[:5])[index % len(PALETTE)]
    return {"marker": markers[index % len(markers)], "color": colour, "markeredgecolor": INK, "markersize": 7}


def _node(
    ax: Axes, row: pd.Series, x: float, columns: tuple[str, str, str | None], kinds: Sequence[Any], lang: str
) -> _Node:
    name, kind, text = columns
    brings = "" if text is None or pd.isna(row[text]) or not str(row[text]).strip() else str(row[text])
    said = f"{row[name]}：{brings}" if lang == "ja" else f"{row[name]}: {brings}"
    look = {"linestyle": "", "zorder": 3, "clip_on": False, **_mark_look(kinds.index(row[kind]))}
    (mark,) = ax.plot([x], [0.0], **look)
    label = ax.annotate(
        "", (x, 0.0), (9 if x else -9, 0), textcoords="offset points", ha="left" if x else "right",
        va="center", annotation_clip=False, size="small", linespacing=1.15,
    )  # fmt: skip
    return _Node(mark, label, said if brings else str(row[name]))


def _arrange(ax: Axes, fig: Figure, stars: Sequence[_Star]) -> float:
    # Rows are as high as their wrapped labels: positions are in points from the top of the panel.
    width = fig.get_figwidth() * 72
    y = 0.0
    for index, star in enumerate(stars):
        left = _wrapped(star.core, width * _LEFT_SHARE)
        right = [_wrapped(node, width * _RIGHT_SHARE) for node in star.members]
        height = max(left, sum(right) + _ROW_GAP_PT * max(len(right) - 1, 0))
        middle = y + height / 2
        _move(star.core, middle, middle)
        spot = middle - (sum(right) + _ROW_GAP_PT * max(len(right) - 1, 0)) / 2
        for node, size in zip(star.members, right, strict=True):
            _move(node, spot + size / 2, middle)
            spot += size + _ROW_GAP_PT
        y += height + _CASE_GAP_PT
        _rule(ax, index, y - _CASE_GAP_PT / 2, last=index == len(stars) - 1)
    ax.set_ylim(y, -_CASE_GAP_PT)
    return y + 2 * _CASE_GAP_PT + 12


def _wrapped(node: _Node, room: float) -> float:
    font = node.label.get_fontproperties()
    lines = wrap_evenly(node.words, room, lambda piece: text_width(piece, font))
    node.label.set_text(lines)
    return (1 + lines.count("\n")) * line_height(font)


def _move(node: _Node, y: float, centre: float) -> None:
    node.mark.set_ydata([y])
    node.label.xy = (node.label.xy[0], y)
    if node.tie is not None:
        node.tie.set_ydata([centre, y])


def _rule(ax: Axes, index: int, y: float, *, last: bool) -> None:
    name = f"rule-{index}"
    lines = [line for line in ax.lines if line.get_gid() == name]
    if not last and not lines:
        lines = [ax.axhline(y, color=GRID, linewidth=0.8, zorder=0, gid=name)]
    for line in lines:
        line.set_ydata([y, y])
