"""Points with intervals: rates of groups, and raw beside adjusted estimates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from shinrenkei.errors import InputError
from shinrenkei.figures.labels import NOT_PRINTED, labels
from shinrenkei.figures.layout import finish, new_figure
from shinrenkei.figures.parts import (
    amount,
    body_height,
    check_once,
    check_table,
    legend_above,
    number_axis,
    numbers,
    set_row_labels,
    styled,
)
from shinrenkei.figures.style import GRID, INK, MARKERS, MUTED, PALETTE

_SPREAD = 0.5


@styled
def rate_intervals(
    table: pd.DataFrame,
    label: str,
    *,
    rate: str = "rate",
    lower: str = "lower",
    upper: str = "upper",
    count: str | None = "commercialized",
    base: str | None = "certified",
    reference: float | None = None,
    words: Mapping[Any, str] | None = None,
    value_label: str | None = None,
    title: str | None = None,
    note: str | None = None,
    lang: str = "ja",
) -> Figure:
    """Draw the rate of each group as a point with its interval, and print it beside its counts.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group, as :func:`shinrenkei.commercialization_rate` returns it.
    label : str
        Column with the group.
    rate, lower, upper : str
        Columns with the rate and its interval, 0-1; an empty rate is marked as not printed.
    count, base : str, optional
        Columns with the counts behind the rate, printed as ``count/base``.
    reference : float, optional
        A rate, 0-1, to be drawn as a line through all rows.
    words : mapping, optional
        Words that go before the package's own.
    value_label : str, optional
        Words for the axis.
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
        Where the table is empty, a group stands twice, or a rate is not between 0 and 1.

    Examples
    --------
    >>> rates = pd.DataFrame({"region": ["all"], "certified": [321], "commercialized": [158]})
    >>> rates = rates.assign(rate=158 / 321, lower=0.438, upper=0.547)
    >>> [text.get_text() for text in rate_intervals(rates, "region", lang="en").axes[0].texts]
    ['49.2% (158/321)']
    """
    check_table(table, label, rate, lower, upper, count, base)
    check_once(table, [label])
    rates = numbers(table, rate)
    outside = [value for value in rates if not math.isnan(value) and not 0 <= value <= 1]
    if outside:
        msg = f"Column {rate!r} holds {outside[0]}; expected rates between 0 and 1."
        raise InputError(msg)
    fig = new_figure(title, body_mm=body_height(len(table), extra_mm=16))
    ax = fig.add_subplot()
    ranges = list(zip(numbers(table, lower), numbers(table, upper), strict=True))
    texts = [_rate_text(row, rate, count, base, lang) for row in table.to_dict("records")]
    for spot, (value, (low, high)) in enumerate(zip(rates, ranges, strict=True)):
        _interval(ax, 100 * value, 100 * low, 100 * high, spot, 0)
    if reference is not None:
        ax.axvline(100 * reference, color=MUTED, linestyle="--", linewidth=1, zorder=1)
    _rows(ax, labels(table[label], lang, words))
    _numbers_at_right(ax, range(len(texts)), texts, rates)
    top = max(
        [high for value, (_, high) in zip(rates, ranges, strict=True) if not math.isnan(value)] or [1.0]
    )
    ax.set_xlim(0, 100 if math.isnan(top) or top > 0.75 else 100 * top * 1.06)
    ax.tick_params(axis="y", pad=9)  # a point at 0 % must not lie on the end of its label
    number_axis(ax, "x", value_label, "%")
    return finish(fig, note)


def _rate_text(row: Mapping[Any, Any], rate: str, count: str | None, base: str | None, lang: str) -> str:
    counts = [row[column] for column in (count, base) if column]
    known = [f"{int(value):,}" if not pd.isna(value) else "–" for value in counts]
    inside = "/".join(known) if len(known) == 2 else f"n={known[0]}" if known else ""
    brackets = "" if not inside else f"（{inside}）" if lang == "ja" else f" ({inside})"
    value = NOT_PRINTED[lang] if pd.isna(row[rate]) else amount(100 * row[rate], 1, "%")
    return value + brackets


@styled
def forest(
    table: pd.DataFrame,
    label: str,
    *,
    estimate: str = "estimate",
    lower: str = "lower",
    upper: str = "upper",
    group: str | None = None,
    zero: float | None = 0.0,
    decimals: int = 1,
    empty: str | None = None,
    words: Mapping[Any, str] | None = None,
    value_label: str | None = None,
    title: str | None = None,
    note: str | None = None,
    lang: str = "ja",
) -> Figure:
    """Draw estimates with their intervals, several a row where ``group`` says so: raw beside adjusted.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a label and group.
    label : str
        Column with what is estimated.
    estimate, lower, upper : str
        Columns with the estimate and its interval; an infinite end is drawn to the edge, with an arrow.
    group : str, optional
        Column with the kind of estimate (``raw``, ``adjusted``).
    zero : float, optional
        Where to draw the line of no difference.
    decimals : int
        Decimals of the printed numbers.
    empty : str, optional
        Words in place of an empty estimate; without them that it is not printed.
    words : mapping, optional
        Words that go before the package's own.
    value_label : str, optional
        Words for the axis.
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
    >>> found = pd.DataFrame({"type": ["university"], "estimate": [61.3], "lower": [10], "upper": [110]})
    >>> [text.get_text() for text in forest(found, "type", lang="en").axes[0].texts]
    ['61.3 [10.0, 110.0]']
    """
    check_table(table, label, estimate, lower, upper, group)
    check_once(table, [label, group] if group else [label])
    keys = list(dict.fromkeys(table[label]))
    groups = list(dict.fromkeys(table[group])) if group else [None]
    fig = new_figure(
        title, body_mm=body_height(len(keys), 7.0 if len(groups) == 1 else 4.4 * len(groups) + 3, 16)
    )
    ax = fig.add_subplot()
    step = _SPREAD / max(len(groups) - 1, 1) if len(groups) > 1 else 0.0
    spots, texts, values, endless = [], [], [], []
    for row in table.to_dict("records"):
        series = groups.index(row[group]) if group else 0
        spot = keys.index(row[label]) + (series - (len(groups) - 1) / 2) * step
        value, low, high = (
            float("nan") if pd.isna(row[c]) else float(row[c]) for c in (estimate, lower, upper)
        )
        _interval(ax, value, low, high, spot, series)
        endless += [(value, end, spot, series) for end in (low, high) if math.isinf(end)]
        spots.append(spot)
        values.append(value)
        texts.append(_estimate_text(value, low, high, decimals) or empty or NOT_PRINTED[lang])
    if zero is not None:
        ax.axvline(zero, color=MUTED, linewidth=1, zorder=1)
    _to_the_edge(ax, endless)
    _rows(ax, labels(keys, lang, words))
    _numbers_at_right(ax, spots, texts, values)
    number_axis(ax, "x", value_label, whole=decimals == 0)
    if group:
        legend_above(fig, [_mark(index) for index in range(len(groups))], labels(groups, lang, words))
    return finish(fig, note)


def _estimate_text(value: float, low: float, high: float, decimals: int) -> str:
    if math.isnan(value):
        return ""
    inside = "" if math.isnan(low) else f" [{amount(low, decimals)}, {amount(high, decimals)}]"
    return amount(value, decimals) + inside


def _interval(ax: Axes, value: float, low: float, high: float, spot: float, series: int) -> None:
    if math.isnan(value):
        return
    colour = PALETTE[series % len(PALETTE)]
    if not math.isnan(low) and not math.isnan(high):
        ends = [end for end in (low, high) if math.isfinite(end)]
        inside = min([value, *ends]), max([value, *ends])
        ax.plot(inside, [spot, spot], color=colour, linewidth=2, solid_capstyle="butt")
        for end in ends:
            ax.plot([end], [spot], "|", color=colour, markersize=7, clip_on=False)
    marker = MARKERS[series % len(MARKERS)]
    # A rate of 100 % stands on the panel's edge and is drawn whole.
    ax.plot([value], [spot], marker, color=colour, markeredgecolor=INK, markersize=7, clip_on=False, zorder=3)


def _to_the_edge(ax: Axes, endless: Sequence[tuple[float, float, float, int]]) -> None:
    """Draw what has no end (value, infinite end, spot, series) as far as the panel goes, once its width is known."""
    if not endless:
        return
    edges = ax.get_xlim()
    ax.set_xlim(edges)
    for value, end, spot, series in endless:
        colour, edge = PALETTE[series % len(PALETTE)], edges[end > 0]
        ax.plot([value, edge], [spot, spot], color=colour, linewidth=2, solid_capstyle="butt")
        ax.plot([edge], [spot], ">" if end > 0 else "<", color=colour, markersize=7, clip_on=False)


def _mark(series: int) -> Line2D:
    colour, marker = PALETTE[series % len(PALETTE)], MARKERS[series % len(MARKERS)]
    return Line2D([], [], color=colour, marker=marker, markeredgecolor=INK, markersize=7, linewidth=2)


def _rows(ax: Axes, texts: Sequence[str]) -> None:
    ax.set_ylim(len(texts) - 0.4, -0.6)
    set_row_labels(ax, [float(i) for i in range(len(texts))], texts)
    ax.grid(axis="x", color=GRID)
    ax.spines["left"].set_visible(False)


def _numbers_at_right(
    ax: Axes, spots: Sequence[float], texts: Sequence[str], values: Sequence[float]
) -> None:
    beside = ax.get_yaxis_transform()
    for spot, text, value in zip(spots, texts, values, strict=True):
        colour = MUTED if math.isnan(value) else INK
        # In the layout: the panel leaves room for the column of numbers at its right.
        ax.annotate(
            text, (1, spot), (6, 0), xycoords=beside, textcoords="offset points", color=colour,
            va="center_baseline", annotation_clip=False, size="small",
        )  # fmt: skip
