"""Steps with bands: a share that grows with time, and how well it is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from shinrenkei.figures.labels import labels
from shinrenkei.figures.layout import finish, new_figure
from shinrenkei.figures.parts import check_table, legend_above, number_axis, styled
from shinrenkei.figures.style import DASHES, GRID, PALETTE

_BELOW = -2.5  # per cent


@styled
def step_curves(
    table: pd.DataFrame,
    time: str,
    share: str,
    group: str | None = None,
    *,
    lower: str = "lower",
    upper: str = "upper",
    words: Mapping[Any, str] | None = None,
    time_label: str | None = None,
    value_label: str | None = None,
    title: str | None = None,
    note: str | None = None,
    lang: str = "ja",
) -> Figure:
    """Draw a share that changes in steps over time, a curve a group, each with the band of its interval.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a time and group, as :func:`shinrenkei.commercialization_curve` returns it.
    time, share : str
        Columns with the time (a number) and the share, 0-1.
    group : str, optional
        Column with the curve that a row belongs to; curves differ in colour and dashes.
    lower, upper : str
        Columns with the interval, 0-1; an empty one leaves a gap in the band.
    words : mapping, optional
        Words that go before the package's own.
    time_label, value_label : str, optional
        Words for the axes.
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
        Where the table is empty.

    Examples
    --------
    >>> curve = pd.DataFrame({"days": [0, 100], "share": [0.0, 0.4], "lower": [0.0, 0.2], "upper": [0.0, 0.6]})
    >>> [line.get_ydata().tolist() for line in step_curves(curve, "days", "share").axes[0].lines]
    [[0.0, 40.0]]
    """
    check_table(table, time, share, group, lower, upper)
    groups = list(dict.fromkeys(table[group])) if group else [None]
    fig = new_figure(title, body_mm=80)
    ax = fig.add_subplot()
    for index, name in enumerate(groups):
        rows = (table[table[group] == name] if group else table).sort_values(time, kind="stable")
        columns = {key: rows[key].to_numpy(dtype="float64") for key in (time, share, lower, upper)}
        colour = PALETTE[index % len(PALETTE)]
        ax.step(
            columns[time],
            100 * columns[share],
            where="post",
            color=colour,
            linestyle=DASHES[index % len(DASHES)],
        )
        ax.fill_between(
            columns[time],
            100 * columns[lower],
            100 * columns[upper],
            step="post",
            color=colour,
            alpha=0.18,
            linewidth=0,
        )
    ax.set_ylim(_BELOW, 100)  # a curve without any sales lies above the axis, not on it
    ax.set_xlim(left=0)
    ax.grid(axis="y", color=GRID)
    number_axis(ax, "y", value_label, "%")
    number_axis(ax, "x", time_label or ("認定からの日数" if lang == "ja" else "Days since certification"))
    if group:
        legend_above(fig, [_line(index) for index in range(len(groups))], labels(groups, lang, words))
    return finish(fig, note)


def _line(index: int) -> Line2D:
    style: dict[str, Any] = {"linestyle": DASHES[index % len(DASHES)]}
    return Line2D([], [], color=PALETTE[index % len(PALETTE)], **style)
