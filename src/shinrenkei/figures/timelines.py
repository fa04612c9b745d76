"""What lies when: activities by project over the months, with the fiscal years behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from shinrenkei.errors import InputError
from shinrenkei.figures.dates import date_axis, fiscal_year, number, to_dates
from shinrenkei.figures.labels import labels
from shinrenkei.figures.layout import finish, house_layout, new_figure, text_width
from shinrenkei.figures.parts import (
    axes_size_pt,
    body_height,
    check_table,
    figure_of,
    legend_above,
    set_row_labels,
    styled,
)
from shinrenkei.figures.placing import place_labels
from shinrenkei.figures.style import GRID, INK, MARKERS, MUTED, PALETTE


@styled
def calendar(
    table: pd.DataFrame,
    day: str,
    row: str,
    *,
    kind: str | None = None,
    text: str | None = None,
    words: Mapping[Any, str] | None = None,
    title: str | None = None,
    note: str | None = None,
    lang: str = "ja",
) -> Figure:
    """Draw dated events, a row a project, over bands that are the fiscal years (April to March).

    Parameters
    ----------
    table : pandas.DataFrame
        One row an event; events without a date are counted under the panel.
    day : str
        Column with the date.
    row : str
        Column with the project.
    kind : str, optional
        Column with the kind of event; kinds differ in marker and colour.
    text : str, optional
        Column with what to write beside the mark (attendance), as far as there is room.
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
    InputError
        Where no event has a date.

    Examples
    --------
    >>> events = pd.DataFrame({"on": ["2004-01-22", None], "project": ["a", "a"]})
    >>> fig = calendar(events, "on", "project", lang="en")
    >>> [text.get_text() for text in fig.texts]
    ['1 of 2 events without a date']
    """
    check_table(table, day, row, kind, text)
    days = to_dates(table, day)
    known = table[[on is not None for on in days]]
    dated = [on for on in days if on is not None]
    if known.empty:
        msg = f"Column {day!r} holds no date, so there is nothing to draw."
        raise InputError(msg)
    rows = list(dict.fromkeys(table[row]))
    types = list(dict.fromkeys(known[kind])) if kind else [None]
    fig = new_figure(title, body_mm=body_height(len(rows), 8, 14))
    ax = fig.add_subplot()
    date_axis(ax, dated, lang)
    ax.set_ylim(len(rows) - 0.4, -1.0)
    points = [(number(on), float(rows.index(name))) for on, name in zip(dated, known[row], strict=True)]
    series = [types.index(name) for name in known[kind]] if kind else [0] * len(points)
    for (x, y), index in zip(_apart(points), series, strict=True):
        ax.plot([x], [y], linestyle="", zorder=3, **_look(index))
    _fiscal_bands(ax, lang)
    ax.grid(axis="y", color=GRID)
    ax.spines["left"].set_visible(False)
    set_row_labels(ax, [float(i) for i in range(len(rows))], labels(rows, lang, words))
    if text:
        told = [(point, str(cell)) for point, cell in zip(points, known[text], strict=True) if _told(cell)]
        place_labels(ax, [point for point, _ in told], [words for _, words in told], size="small", color=INK)
    if kind:
        looks = [Line2D([], [], linestyle="", **_look(i)) for i in range(len(types))]
        legend_above(fig, looks, labels(types, lang, words))
    undated = _undated(len(table) - len(known), len(table), lang)
    return finish(fig, "\n".join(filter(None, [note, undated])) or None)


def _apart(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    # Events of one project on one day stand one over the other.
    seen: dict[tuple[float, float], int] = {}
    out = []
    for x, y in points:
        seen[x, y] = seen.get((x, y), -1) + 1
        out.append((x, y + 0.3 * seen[x, y]))
    return out


def _look(index: int) -> dict[str, Any]:
    # More kinds than the cycle has markers: it goes on with other shapes.
    markers = (*MARKERS, "X", "p", "*", "h", "<", ">")
    colour = PALETTE[index % (len(PALETTE) - 1)]
    return {"marker": markers[index % len(markers)], "color": colour, "markeredgecolor": INK, "markersize": 7}


def _told(cell: Any) -> bool:
    return not pd.isna(cell) and str(cell).strip() != ""


def _undated(count: int, total: int, lang: str) -> str | None:
    if not count:
        return None
    return f"{total}件中{count}件は日付なし" if lang == "ja" else f"{count} of {total} events without a date"


def _fiscal_bands(ax: Axes, lang: str) -> None:
    import matplotlib.dates as mdates

    low, high = ax.get_xlim()
    bands: list[tuple[Text, float]] = []
    first, last = (mdates.num2date(limit).date() for limit in (low, high))  # type: ignore[no-untyped-call]
    for year in range(fiscal_year(first), fiscal_year(last) + 1):
        start, end = number(date(year, 4, 1)), number(date(year + 1, 4, 1))
        left, right = max(start, low), min(end, high)
        if year % 2:
            ax.axvspan(left, right, color=GRID, alpha=0.45, zorder=0, linewidth=0)
        words = f"{year}年度" if lang == "ja" else f"FY{year}"
        text = ax.text((left + right) / 2, -0.75, words, ha="center", va="center", color=MUTED, size="small")
        text.set_in_layout(False)
        bands.append((text, (right - left) / (high - low)))
    ax.set_xlim(low, high)

    def fit(_: Figure) -> float:
        width = axes_size_pt(ax)[0]
        for text, share in bands:
            needed = text_width(text.get_text(), text.get_fontproperties())
            text.set_visible(needed < share * width)
        return 0.0

    house_layout(figure_of(ax)).after.append(fit)
