"""The mark of synthetic data under a figure, and above a table in a file."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from shinrenkei.figures.layout import add_foot, house_layout

WORDS = {
    "ja": "合成データ：実在の企業・計画ではありません",
    "en": "Synthetic data: these are not real firms or plans",
}
_NAME, _COLOUR = "synthetic", "#a03020"


def is_synthetic(table: object) -> bool:
    """Return whether a table's ``attrs``, or a column ``synthetic`` of true and false, say that it is synthetic.

    Examples
    --------
    >>> is_synthetic(pd.DataFrame({"rate": [0.5], "synthetic": [True]})), is_synthetic(pd.DataFrame({"rate": [0.5]}))
    (True, False)
    """
    if not isinstance(table, pd.DataFrame):
        return False
    column = table.get(_NAME)
    said = isinstance(column, pd.Series) and pd.api.types.is_bool_dtype(column) and bool(column.any())
    return said or bool(table.attrs.get(_NAME))


def write_mark(fig: Figure, lang: str, *, synthetic: bool) -> None:
    """Say under a figure, as its last line so far, that its numbers are synthetic, or take that away."""
    add_foot(fig, _NAME, WORDS[lang] if synthetic else None, color=_COLOUR)


def mark_chart(fig: Figure, lang: str) -> None:
    """Mark the chart of a synthetic table for good, and make room for it."""
    house = house_layout(fig)
    house.synthetic = True
    write_mark(fig, lang, synthetic=True)
    house.fit_height(fig)
    fig.draw_without_rendering()


def is_marked(fig: Figure) -> bool:
    """Return whether a figure is the chart of a synthetic table."""
    return house_layout(fig).synthetic
