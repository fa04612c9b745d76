"""Lines over dates, and ranks against ranks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from shinrenkei.errors import InputError
from shinrenkei.figures.dates import date_axis, number, to_dates
from shinrenkei.figures.labels import NOT_PRINTED, labels
from shinrenkei.figures.layout import finish, new_figure
from shinrenkei.figures.parts import amount, check_table, legend_above, number_axis, numbers, styled
from shinrenkei.figures.placing import place_labels
from shinrenkei.figures.style import DASHES, GRID, INK, MARKERS, MUTED, PALETTE


@styled
def line_over_dates(
    table: pd.DataFrame,
    date: str,
    value: str,
    group: str | None = None,
    *,
    decimals: int = 0,
    suffix: str = "",
    words: Mapping[Any, str] | None = None,
    value_label: str | None = None,
    title: str | None = None,
    note: str | None = None,
    lang: str = "ja",
) -> Figure:
    """Draw numbers over dates, a line a group, with the numbers at the points as far as there is room.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a date and group.
    date, value : str
        Columns with the date and the number; the date of an empty number is a tick at the foot.
    group : str, optional
        Column with the line that a row belongs to; lines differ in colour, dashes and marker.
    decimals, suffix
        How the numbers are written.
    words : mapping, optional
        Words that go before the package's own.
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
        Where there is no row, no date or no number.

    Examples
    --------
    >>> counts = pd.DataFrame({"as_of": ["2005-09-16", "2007-03-31"], "plans": [69, 321]})
    >>> [text.get_text() for text in line_over_dates(counts, "as_of", "plans").axes[0].texts]
    ['321', '69']
    """
    import seaborn as sns

    check_table(table, date, value, group)
    days = to_dates(table, date)
    if None in days:
        msg = f"Column {date!r} has an empty date in row {days.index(None)}; expected a date in every row."
        raise InputError(msg)
    data = pd.DataFrame({"date": [number(day) for day in days], "value": numbers(table, value)})
    data["group"] = list(table[group]) if group else "one"
    known = data.dropna(subset=["value"]).sort_values(["group", "date"], kind="stable")
    if known.empty:
        msg = f"Column {value!r} holds no number, so there is nothing to draw."
        raise InputError(msg)
    groups = list(dict.fromkeys(data["group"]))
    fig = new_figure(title, body_mm=80)
    ax = fig.add_subplot()
    for index, name in enumerate(groups):
        sns.lineplot(
            known[known["group"] == name], x="date", y="value", ax=ax, color=PALETTE[index % len(PALETTE)],
            linestyle=DASHES[index % len(DASHES)], marker=MARKERS[index % len(MARKERS)], markeredgecolor=INK,
            errorbar=None, estimator=None, legend=False,
        )  # fmt: skip
    # The last number of a line is the one that is looked for first.
    order = known.sort_values("date", ascending=False, kind="stable")
    points = list(zip(order["date"], order["value"], strict=True))
    texts = [amount(count, decimals, suffix) for count in order["value"]]
    ax.set_ylim(min(0.0, known["value"].min() * 1.1), max(known["value"].max() * 1.15, 1e-9))
    date_axis(ax, [day for day in days if day is not None], lang)
    lines = [list(zip(line["date"], line["value"], strict=True)) for _, line in known.groupby("group")]
    place_labels(ax, points, texts, above_first=True, needed=False, paths=lines, size="small", color=INK)
    ax.set_xlabel("")
    number_axis(ax, "y", value_label, whole=decimals == 0)
    ax.grid(axis="y", color=GRID)
    handles = [_line(index) for index in range(len(groups))] if group else []
    texts = labels(groups, lang, words) if group else []
    if data["value"].isna().any():
        handles, texts = (
            [*handles, _mark_missing(ax, data[data["value"].isna()])],
            [*texts, NOT_PRINTED[lang]],
        )
    if handles:
        legend_above(fig, handles, texts)
    return finish(fig, note)


def _line(index: int) -> Line2D:
    return Line2D(
        [], [], color=PALETTE[index % len(PALETTE)], linestyle=DASHES[index % len(DASHES)],  # type: ignore[arg-type]
        marker=MARKERS[index % len(MARKERS)], markeredgecolor=INK,
    )  # fmt: skip


def _mark_missing(ax: Axes, missing: pd.DataFrame) -> Line2D:
    look: dict[str, Any] = {"color": MUTED, "marker": "x", "linestyle": "", "markersize": 6}
    ax.plot(missing["date"], [0.02] * len(missing), transform=ax.get_xaxis_transform(), **look)
    return Line2D([], [], **look)


@styled
def scatter_ranks(
    table: pd.DataFrame,
    x: str,
    y: str,
    label: str,
    *,
    ranks: bool = True,
    words: Mapping[Any, str] | None = None,
    x_label: str | None = None,
    y_label: str | None = None,
    highlight: tuple[Any, ...] = (),
    title: str | None = None,
    note: str | None = None,
    lang: str = "ja",
) -> Figure:
    """Draw two ranks, or two numbers, of each class against each other, each point with its name.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a class; rows with an empty rank are named under the panel, not drawn.
    x, y : str
        Columns with the ranks (1 is right, and at the top) or, with ``ranks=False``, the numbers.
    label : str
        Column with the class.
    ranks : bool
        Whether the columns are ranks: the axes then run downwards from 1, with the line of equal ranks.
    words : mapping, optional
        Words that go before the package's own.
    x_label, y_label : str, optional
        Words for the axes.
    highlight : tuple
        Classes to be drawn in the second colour and marker.
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
    >>> types = pd.DataFrame({"type": ["university", "intermediary"], "use": [4, 14], "change": [4, 1]})
    >>> [text.get_text() for text in scatter_ranks(types, "use", "change", "type").axes[0].texts]
    ['大学', '仲介事業者']
    """
    import seaborn as sns

    check_table(table, x, y, label)
    names = labels(table[label], lang, words)
    data = pd.DataFrame({"x": numbers(table, x), "y": numbers(table, y), "name": names})
    data["chosen"] = [key in highlight for key in table[label]]
    known = data.dropna(subset=["x", "y"])
    fig = new_figure(title, body_mm=max(80.0, 7.0 * len(known) + 16))
    ax = fig.add_subplot()
    for index, chosen in enumerate((False, True)):
        part = known[known["chosen"] == chosen]
        sns.scatterplot(
            part,
            x="x",
            y="y",
            ax=ax,
            color=PALETTE[index],
            marker=MARKERS[index],
            edgecolor=INK,
            s=48,
            legend=False,
        )
    if ranks:
        _rank_axes(ax, int(max(known["x"].max(), known["y"].max())))
        ax.set(xlabel=x_label or "", ylabel=y_label or "")
    else:
        ax.margins(0.12)
        ax.grid(color=GRID)
        number_axis(ax, "x", x_label)
        number_axis(ax, "y", y_label)
    points = list(zip(known["x"], known["y"], strict=True))
    place_labels(ax, points, list(known["name"]), size="small", color=INK)
    left_out = data.loc[data[["x", "y"]].isna().any(axis=1), "name"]
    return finish(fig, "\n".join(filter(None, [note, _left_out(left_out, lang)])) or None)


def _left_out(names: pd.Series, lang: str) -> str | None:
    if names.empty:
        return None
    colon, comma = ("：", "、") if lang == "ja" else (": ", ", ")
    return f"{NOT_PRINTED[lang]}{colon}{comma.join(names)}"


def _rank_axes(ax: Axes, last: int) -> None:
    ax.axline((1, 1), slope=1, color=GRID, linewidth=1.2, zorder=0)
    ax.set_xlim(last + 0.7, 0.3)
    ax.set_ylim(last + 0.7, 0.3)
    ticks = list(range(1, last + 1))
    ax.set_xticks(ticks)
    ax.set_yticks(ticks)
