"""What the charts share: checked columns, wrapped category labels, room for numbers, legends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from itertools import pairwise
from typing import Any, ParamSpec

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Annotation, Text
from matplotlib.ticker import FixedFormatter, FuncFormatter, MaxNLocator

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.figures.layout import PAD_PT, house_layout, line_height, text_width
from shinrenkei.figures.marks import is_synthetic, mark_chart
from shinrenkei.figures.style import style_context
from shinrenkei.figures.wrap import tokens, wrap_evenly

P = ParamSpec("P")
_LABEL_SHARE = 0.4
_GAP_PT = 4.0
_NO_SPAN = 1e-9
_TURNED = "turned where columns are narrow"


def styled(chart: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw a chart in the house style of its ``lang`` without changing the style of anyone else.

    A chart of a table that says it is synthetic says so too.
    """

    @wraps(chart)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> Figure:
        lang = str(kwargs.get("lang", "ja"))
        with style_context(lang):
            fig = chart(*args, **kwargs)
            if any(is_synthetic(given) for given in (*args, *kwargs.values())):
                mark_chart(fig, lang)
            return fig

    return in_style


def check_table(table: pd.DataFrame, *columns: str | None) -> None:
    """Raise where a column is missing or there is nothing to draw."""
    for column in columns:
        if column is not None and column not in table.columns:
            raise unknown_name(kind="column", name=column, known=[str(name) for name in table.columns])
    if table.empty:
        msg = "The table has no rows, so there is nothing to draw; expected at least one row."
        raise InputError(msg)


def check_once(table: pd.DataFrame, columns: list[str]) -> None:
    """Raise where a row has no place, or two rows would be drawn at one."""
    empty = table[columns].isna().any(axis=1).to_numpy()
    if empty.any():
        msg = f"Row {int(empty.argmax())} has no {' or '.join(columns)}; expected one in every row."
        raise InputError(msg)
    twice = table[table.duplicated(columns)]
    if len(twice):
        msg = f"{dict(twice[columns].iloc[0])} stands twice in the table; expected one row a bar."
        raise InputError(msg)


def numbers(table: pd.DataFrame, column: str) -> list[float]:
    """Return a column as floats, NaN where it is empty."""
    try:
        return [float(value) for value in table[column].astype("Float64").astype("float64")]
    except (TypeError, ValueError) as error:
        msg = f"Column {column!r} must be numbers to be drawn, but its type is {table[column].dtype}."
        raise InputError(msg) from error


def amount(value: float, decimals: int = 0, suffix: str = "") -> str:
    """Return a number as it is written at a bar's end.

    Examples
    --------
    >>> amount(1972, suffix="億円"), amount(-0.3, 1), amount(float("inf"))
    ('1,972億円', '−0.3', '∞')
    """
    return f"{value:z,.{decimals}f}".replace("-", "−").replace("inf", "∞") + suffix


def _wrap_ticks(axis: Axis, texts: Sequence[str], room_pt: float) -> float:
    # Through the formatter: a text that is put into a tick itself is lost when the ticks are next updated.
    font = axis.get_major_ticks(len(texts))[0].label1.get_fontproperties()
    lines = [wrap_evenly(text, room_pt, lambda piece: text_width(piece, font)) for text in texts]
    axis.set_major_formatter(FixedFormatter(lines))
    return (1 + max(line.count("\n") for line in lines)) * line_height(font)


def set_row_labels(
    ax: Axes, positions: Sequence[float], texts: Sequence[str], share: float = _LABEL_SHARE
) -> None:
    """Label rows, wrapped at every draw to a share of the figure's width."""
    ax.set_yticks(positions, texts)
    ax.tick_params(axis="y", length=0)

    def fit(fig: Figure) -> float:
        height = _wrap_ticks(ax.yaxis, texts, fig.get_figwidth() * 72 * share)
        return len(texts) * (height + 4) + 12

    house_layout(figure_of(ax)).before.append(fit)


def set_column_labels(ax: Axes, positions: Sequence[float], texts: Sequence[str]) -> None:
    """Label columns, wrapped at every draw to the width of a column."""
    ax.set_xticks(positions, texts)
    ax.tick_params(axis="x", length=0)

    def fit(_: Figure) -> float:
        low, high = ax.get_xlim()
        room = axes_size_pt(ax)[0] / abs(high - low) - 3
        font = ax.xaxis.get_major_ticks(len(texts))[0].label1.get_fontproperties()
        turned = any(text_width(piece.strip(), font) > room for text in texts for piece in tokens(text))
        # A word is turned rather than broken.
        ax.tick_params(axis="x", rotation=90 if turned else 0)
        _wrap_ticks(ax.xaxis, texts, 120.0 if turned else room)
        return 0.0

    house_layout(figure_of(ax)).before.append(fit)


def figure_of(ax: Axes) -> Figure:
    """Return the figure that the axes stand in."""
    fig = ax.get_figure(root=True)
    if fig is None:  # pragma: no cover - an axes without a figure is drawn by nobody
        msg = "The axes belong to no figure."
        raise InputError(msg)
    return fig


def axes_size_pt(ax: Axes) -> tuple[float, float]:
    """Return width and height of the axes in points."""
    fig, box = figure_of(ax), ax.get_position()
    return box.width * fig.get_figwidth() * 72, box.height * fig.get_figheight() * 72


def make_room(ax: Axes, ends: Sequence[tuple[float, Text]], *, horizontal: bool) -> None:
    """Widen the value axis, at every draw, so that the text at each value stays inside the axes.

    A text at a value of at least 0 stands beyond it on the high side, else on the low side; the
    arrangement itself (offset, alignment) is the text's own.
    """
    values = [value for value, _ in ends]
    data_low, data_high = min([0.0, *values]), max([0.0, *values])

    def fit(_: Figure) -> float:
        size = axes_size_pt(ax)[0 if horizontal else 1]
        if not horizontal:
            _turn_where_narrow(ax, [text for _, text in ends])
        need = [(v, _extent(text, horizontal=horizontal) + 2 * _GAP_PT) for v, text in ends]
        low, high = data_low, data_high
        if high - low < _NO_SPAN:
            high = low + 1.0
        for _round in range(8):
            unit = (high - low) / max(size, 1.0)
            high = max([data_high, *(v + pt * unit for v, pt in need if v >= 0)])
            low = min([data_low, *(v - pt * unit for v, pt in need if v < 0)])
        set_limits = ax.set_xlim if horizontal else ax.set_ylim
        set_limits(low, high)
        return 0.0

    house_layout(figure_of(ax)).after.append(fit)


def _turn_where_narrow(ax: Axes, texts: Sequence[Text]) -> None:
    spots = sorted(float(text.xy[0]) for text in texts if isinstance(text, Annotation))
    low, high = ax.get_xlim()
    apart = min((b - a for a, b in pairwise(spots)), default=high - low)
    room = axes_size_pt(ax)[0] * apart / (high - low)
    known = [text for text in texts if text.get_rotation() == 0 or text.get_gid() == _TURNED]
    wide = any(text_width(text.get_text(), text.get_fontproperties()) > room - 2 for text in known)
    for text in known:
        text.set_gid(_TURNED)
        text.set_rotation(90 if wide else 0)


def _extent(text: Text, *, horizontal: bool) -> float:
    font, lines = text.get_fontproperties(), text.get_text().split("\n")
    along = max(text_width(line, font) for line in lines)
    lies = horizontal == (text.get_rotation() == 0)
    return along if lies else line_height(font) * len(lines)


def end_label(ax: Axes, value: float, position: float, words: str, *, horizontal: bool, **style: Any) -> Text:
    """Write words just beyond a value: right of it or above it, for a negative value left or below."""
    sign = -1 if value < 0 else 1
    xy = (value, position) if horizontal else (position, value)
    offset = (sign * _GAP_PT, 0) if horizontal else (0, sign * _GAP_PT * 0.6)
    ha = ("right" if sign < 0 else "left") if horizontal else "center"
    va = "center_baseline" if horizontal else ("top" if sign < 0 else "bottom")
    text = ax.annotate(words, xy, offset, textcoords="offset points", ha=ha, va=va, **style)
    # The panel is not shrunk for it: `make_room` widens the axis instead.
    text.set_in_layout(False)
    return text


def legend_above(fig: Figure, handles: Sequence[Artist], texts: Sequence[str]) -> None:
    """Put a legend under the title, in as many columns as the figure's width has room for."""
    base = FontProperties()
    drawn_in = 0

    def put(fig: Figure, top: float) -> float:
        nonlocal drawn_in
        house, (width, height) = house_layout(fig), fig.get_size_inches() * 72
        font = base.copy()
        font.set_size(base.get_size_in_points() * house.scale)
        each = max(text_width(text, font) for text in texts) + 4.5 * font.get_size_in_points()
        columns = max(1, min(len(texts), int((width - 2 * PAD_PT) // each)))
        if columns != drawn_in:
            drawn_in = columns
            for old in list(fig.legends):
                old.remove()
            legend = fig.legend(
                handles, texts, loc="upper left", ncols=columns, borderaxespad=0, borderpad=0,
                handlelength=1.8, columnspacing=1.4, prop=font,
            )  # fmt: skip
            legend.set_in_layout(False)
        fig.legends[0].set_bbox_to_anchor((PAD_PT / width, 1 - (top + PAD_PT / 2) / height))
        return -(-len(texts) // columns) * line_height(font) * 1.12 + PAD_PT

    house_layout(fig).above.append(put)


def number_axis(ax: Axes, which: str, words: str | None, suffix: str = "", *, whole: bool = False) -> None:
    """Give the x or the y axis round numbers, as many as there is room for, and its words, wrapped.

    ``whole`` leaves out numbers with decimals: there is no rank 1.5 and no half firm.
    """
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}{suffix}".replace("-", "−")))
    axis.set_label_text(words or "")

    def fit(_: Figure) -> float:
        size = axes_size_pt(ax)[0 if which == "x" else 1]
        font = axis.label.get_fontproperties()
        room = 4.0 * font.get_size_in_points() if which == "x" else 2.5 * line_height(font)
        axis.set_major_locator(MaxNLocator(max(2, min(6, int(size // room))), integer=whole))
        if words:
            # The words may reach over the labels of the rows, but not over the figure's edge.
            span = size if which == "y" else min(1.3 * size, size + 60)
            axis.set_label_text(wrap_evenly(words, span, lambda piece: text_width(piece, font)))
        return 0.0

    house_layout(figure_of(ax)).before.append(fit)


def body_height(rows: int, each_mm: float = 7.0, extra_mm: float = 10.0) -> float:
    """Return the height of a panel with so many rows, in millimetres."""
    return max(rows, 2) * each_mm + extra_mm
