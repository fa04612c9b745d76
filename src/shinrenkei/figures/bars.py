"""Bars: counts and shares of classes, size classes, a funnel."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.text import Text

from shinrenkei.errors import InputError
from shinrenkei.figures.labels import NOT_PRINTED, labels, range_label
from shinrenkei.figures.layout import finish, new_figure
from shinrenkei.figures.parts import (
    amount,
    body_height,
    check_once,
    check_table,
    end_label,
    legend_above,
    make_room,
    numbers,
    set_column_labels,
    set_row_labels,
    styled,
)
from shinrenkei.figures.style import HATCHES, INK, MUTED, PALETTE

BAND = 0.72


@styled
def bar(
    table: pd.DataFrame,
    label: str,
    value: str,
    *,
    group: str | None = None,
    detail: str | None = None,
    horizontal: bool = True,
    decimals: int = 0,
    suffix: str = "",
    highlight: Sequence[Any] = (),
    words: Mapping[Any, str] | None = None,
    value_label: str | None = None,
    title: str | None = None,
    note: str | None = None,
    lang: str = "ja",
) -> Figure:
    """Draw one bar a row, or one a row and group, with the number at its end.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a bar, in the order in which they are to be drawn.
    label : str
        Column with the class: codes get their words, other text stays.
    value : str
        Column with the length of the bar; an empty value is marked as not printed, never drawn as 0.
    group : str, optional
        Column that splits each class into bars side by side, with a legend.
    detail : str, optional
        Column whose text follows the number in brackets.
    horizontal : bool
        Whether bars lie (labels of any length) or stand (few, short labels).
    decimals : int
        Decimals of the number.
    suffix : str
        What follows the number: ``%``, ``社``.
    highlight : sequence
        Classes to be drawn in the second colour, with a hatch.
    words : mapping, optional
        Words for values of ``label`` and ``group`` that go before the package's own.
    value_label : str, optional
        Words for the value axis.
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
        Where the table is empty, a value is no number, or a class stands twice.

    Examples
    --------
    >>> plans = pd.DataFrame({"region": ["kanto", "kinki"], "plans": [60, 40]})
    >>> [text.get_text() for text in bar(plans, "region", "plans").axes[0].texts]
    ['60', '40']
    """
    check_table(table, label, value, group, detail)
    keys = list(dict.fromkeys(table[label]))
    groups = list(dict.fromkeys(table[group])) if group else [None]
    check_once(table, [label, group] if group else [label])
    each = 7.0 if len(groups) == 1 else 4.6 * len(groups) + 2.4
    fig = new_figure(title, body_mm=body_height(len(keys), each) if horizontal else 75)
    ax = fig.add_subplot()
    ends: list[tuple[float, Text]] = []
    place = {key: float(i) for i, key in enumerate(keys)}
    band = BAND / len(groups)
    for index, name in enumerate(groups):
        rows = table[table[group] == name] if group else table
        shift = (index - (len(groups) - 1) / 2) * band
        spots = [place[key] + shift for key in rows[label]]
        values = numbers(rows, value)
        colours = [PALETTE[1] if key in highlight else PALETTE[index % len(PALETTE)] for key in rows[label]]
        hatches = [HATCHES[1] if key in highlight else HATCHES[index % len(HATCHES)] for key in rows[label]]
        _bars(ax, spots, values, band * 0.94, colours, hatches, horizontal=horizontal)
        extra = [f"（{text}）" if lang == "ja" else f" ({text})" for text in rows[detail]] if detail else None
        ends += _numbers_at_ends(ax, spots, values, extra, decimals, suffix, lang, horizontal=horizontal)
    make_room(ax, ends, horizontal=horizontal)
    class_axis(ax, list(place.values()), labels(keys, lang, words), horizontal=horizontal)
    value_axis(ax, value_label, horizontal=horizontal)
    if group:
        handles = [
            Patch(facecolor=PALETTE[i % len(PALETTE)], hatch=HATCHES[i % len(HATCHES)], edgecolor=INK)
            for i in range(len(groups))
        ]
        legend_above(fig, handles, labels(groups, lang, words))
    return finish(fig, note)


def _bars(
    ax: Axes,
    spots: Sequence[float],
    values: Sequence[float],
    width: float,
    colours: Sequence[str],
    hatches: Sequence[str],
    *,
    horizontal: bool,
) -> None:
    for spot, value, colour, hatch in zip(spots, values, colours, hatches, strict=True):
        if math.isnan(value):
            continue
        draw = ax.barh if horizontal else ax.bar
        draw(spot, value, width, color=colour, hatch=hatch, edgecolor=INK, linewidth=0.6)


def _numbers_at_ends(
    ax: Axes,
    spots: Sequence[float],
    values: Sequence[float],
    extra: Sequence[str] | None,
    decimals: int,
    suffix: str,
    lang: str,
    *,
    horizontal: bool,
) -> list[tuple[float, Text]]:
    ends = []
    for index, (spot, value) in enumerate(zip(spots, values, strict=True)):
        if math.isnan(value):
            words, at = NOT_PRINTED[lang], 0.0
            style = {"color": MUTED, "rotation": 0 if horizontal else 90}
        else:
            words, at = amount(value, decimals, suffix) + (extra[index] if extra else ""), value
            style = {"color": INK}
        ends.append((at, end_label(ax, at, spot, words, horizontal=horizontal, **style)))
    return ends


def class_axis(ax: Axes, spots: Sequence[float], texts: Sequence[str], *, horizontal: bool) -> None:
    """Put the classes on their axis: rows from the top down, or columns."""
    if horizontal:
        ax.set_ylim(max(spots) + 0.6, min(spots) - 0.6)
        set_row_labels(ax, spots, texts)
    else:
        ax.set_xlim(min(spots) - 0.6, max(spots) + 0.6)
        set_column_labels(ax, spots, texts)


def value_axis(ax: Axes, words: str | None, *, horizontal: bool) -> None:
    """Leave of the value axis its words and the line at 0."""
    # The number stands at every bar's end, so a scale would only say it again.
    if horizontal:
        ax.spines["bottom"].set_visible(False)
        ax.set_xticks([])
        ax.set_xlabel(words or "", loc="left")
        ax.axvline(0, color=MUTED, linewidth=0.8)
        ax.spines["left"].set_visible(False)
    else:
        ax.spines["left"].set_visible(False)
        ax.set_yticks([])
        ax.set_ylabel(words or "")
        ax.axhline(0, color=MUTED, linewidth=0.8)
        ax.spines["bottom"].set_visible(False)


@styled
def range_histogram(
    table: pd.DataFrame,
    lower: str,
    upper: str,
    value: str,
    *,
    unit: str,
    suffix: str = "",
    title: str | None = None,
    note: str | None = None,
    lang: str = "ja",
) -> Figure:
    """Draw size classes as touching columns, from the smallest to the largest.

    The classes of a printed table are of unequal width and open at the ends; the columns therefore have
    equal widths and show counts, not densities.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a class.
    lower, upper : str
        Columns with the inclusive bounds, empty where open.
    value : str
        Column with the count.
    unit : {"yen", "persons"}
        Unit of the bounds.
    suffix : str
        What follows the number.
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
    >>> firms = pd.DataFrame({"low": [None, 21], "high": [20, None], "firms": [3, 1]})
    >>> fig = range_histogram(firms, "low", "high", "firms", unit="persons", lang="en")
    >>> [tick.get_text() for tick in fig.axes[0].get_xticklabels()]
    ['up to 20', '21 or more']
    """
    check_table(table, lower, upper, value)
    ordered = table.assign(_low=pd.to_numeric(table[lower])).sort_values("_low", na_position="first")
    bounds = zip(ordered[lower], ordered[upper], strict=True)
    texts = [range_label(low, high, unit, lang) for low, high in bounds]
    fig = new_figure(title, body_mm=75)
    ax = fig.add_subplot()
    spots, values = [float(i) for i in range(len(texts))], numbers(ordered, value)
    _bars(ax, spots, values, 0.97, [PALETTE[0]] * len(texts), [""] * len(texts), horizontal=False)
    ends = _numbers_at_ends(ax, spots, values, None, 0, suffix, lang, horizontal=False)
    make_room(ax, ends, horizontal=False)
    class_axis(ax, spots, texts, horizontal=False)
    value_axis(ax, None, horizontal=False)
    return finish(fig, note)


@styled
def funnel(
    table: pd.DataFrame,
    stage: str,
    value: str,
    *,
    suffix: str = "",
    words: Mapping[Any, str] | None = None,
    title: str | None = None,
    note: str | None = None,
    lang: str = "ja",
) -> Figure:
    """Draw stages one under the other, each with its count and its share of the first stage.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a stage, the first stage first.
    stage, value : str
        Columns with the stage's name and its count.
    suffix : str
        What follows the count.
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
    >>> steps = pd.DataFrame({"step": ["talks", "ties"], "n": [407, 19]})
    >>> [text.get_text() for text in funnel(steps, "step", "n", lang="en").axes[0].texts]
    ['407', '19 (4.7% of the first)']
    """
    check_table(table, stage, value)
    values = numbers(table, value)
    if math.isnan(values[0]) or values[0] <= 0:
        msg = f"Column {value!r} begins with {values[0]}; a funnel needs a first stage above 0."
        raise InputError(msg)
    phrase = "（最初の{share:.1f}%）" if lang == "ja" else " ({share:.1f}% of the first)"
    texts = [""] + [phrase.format(share=100 * v / values[0]) for v in values[1:]]
    fig = new_figure(title, body_mm=body_height(len(values), 10))
    ax = fig.add_subplot()
    spots = [float(i) for i in range(len(values))]
    colours = [PALETTE[0]] * (len(values) - 1) + [PALETTE[1]]
    _bars(ax, spots, values, 0.8, colours, [""] * (len(values) - 1) + [HATCHES[1]], horizontal=True)
    ends = _numbers_at_ends(ax, spots, values, texts, 0, suffix, lang, horizontal=True)
    make_room(ax, ends, horizontal=True)
    class_axis(ax, spots, labels(table[stage], lang, words), horizontal=True)
    value_axis(ax, None, horizontal=True)
    return finish(fig, note)
