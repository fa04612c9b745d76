"""What the charts share: checked columns, wrapped category labels, room for numbers, legends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter

from shinrenkei.errors import InputError, unknown_name
from shinrenkei.figures.layout import MM, house_layout, line_height, text_width
from shinrenkei.figures.style import style_context
from shinrenkei.figures.wrap import tokens, wrap

P = ParamSpec("P")
_LABEL_SHARE = 0.4
_GAP_PT = 4.0


def styled(chart: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw a chart in the house style of its ``lang`` without changing the style of anyone else."""

    @wraps(chart)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with style_context(str(kwargs.get("lang", "ja"))):
            return chart(*args, **kwargs)

    return in_style


def check_table(table: pd.DataFrame, *columns: str | None) -> None:
    """Raise where a column is missing or there is nothing to draw."""
    for column in columns:
        if column is not None and column not in table.columns:
            raise unknown_name(kind="column", name=column, known=[str(name) for name in table.columns])
    if table.empty:
        msg = "The table has no rows, so there is nothing to draw; expected at least one row."
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
    >>> amount(1972, suffix="億円"), amount(-0.3, 1)
    ('1,972億円', '−0.3')
    """
    return f"{value:,.{decimals}f}{suffix}".replace("-", "−")


def _wrap_ticks(axis: Axis, texts: Sequence[str], room_pt: float) -> float:
    # Through the formatter: a text that is put into a tick itself is lost when the ticks are next updated.
    font = axis.get_major_ticks(len(texts))[0].label1.get_fontproperties()
    lines = [wrap(text, room_pt, lambda piece: text_width(piece, font)) for text in texts]
    axis.set_major_formatter(FixedFormatter(lines))
    return (1 + max(line.count("\n") for line in lines)) * line_height(font)


def set_row_labels(ax: Axes, positions: Sequence[float], texts: Sequence[str]) -> None:
    """Label rows, wrapped at every draw to the room that the figure has."""
    ax.set_yticks(positions, texts)
    ax.tick_params(axis="y", length=0)

    def fit(fig: Figure) -> float:
        height = _wrap_ticks(ax.yaxis, texts, fig.get_figwidth() * 72 * _LABEL_SHARE)
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
        need = [(v, _extent(text, horizontal=horizontal) + 2 * _GAP_PT) for v, text in ends]
        low, high = data_low, data_high or (0.0 if data_low else 1.0)
        for _round in range(8):
            unit = (high - low) / max(size, 1.0)
            high = max([data_high, *(v + pt * unit for v, pt in need if v >= 0)])
            low = min([data_low, *(v - pt * unit for v, pt in need if v < 0)])
        set_limits = ax.set_xlim if horizontal else ax.set_ylim
        set_limits(low, max(high, low + 1e-9))
        return 0.0

    house_layout(figure_of(ax)).after.append(fit)


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


def legend_above(ax: Axes, handles: Sequence[Artist], texts: Sequence[str]) -> None:
    """Put a legend over the axes, in as many columns as the figure's width has room for."""
    fig = figure_of(ax)

    drawn_in = 0

    def fit(_: Figure) -> float:
        nonlocal drawn_in
        font = ax.xaxis.label.get_fontproperties()
        width = max(text_width(text, font) for text in texts) + 4.5 * font.get_size_in_points()
        columns = max(1, min(len(texts), int(fig.get_figwidth() * 72 * 0.8 // width)))
        if columns != drawn_in:
            drawn_in = columns
            ax.legend(
                handles, texts, loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.3,
                borderpad=0, handlelength=1.6, columnspacing=1.4, fontsize=font.get_size_in_points(),
            )  # fmt: skip
        return -(-len(texts) // columns) * line_height(font) * 1.15

    house_layout(fig).above.append(fit)
    fit(fig)


def body_height(rows: int, each_mm: float = 7.0, extra_mm: float = 10.0) -> float:
    """Return the height of a panel with so many rows, in millimetres."""
    return max(rows, 2) * each_mm + extra_mm


def points_per_mm() -> float:
    """Return how many points a millimetre has."""
    return MM * 72
