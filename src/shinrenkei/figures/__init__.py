"""One style, a few charts, labels in Japanese and English; every figure carries its source.

Figures are made without pyplot: a chart function takes a table and returns a
:class:`matplotlib.figure.Figure`; :func:`use_style` tells a notebook how to show one, :func:`save` writes it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from shinrenkei.errors import unknown_name

if TYPE_CHECKING:
    from shinrenkei.figures.bars import bar, funnel, range_histogram
    from shinrenkei.figures.curves import step_curves
    from shinrenkei.figures.files import save, save_table
    from shinrenkei.figures.grids import tile_map, two_by_two
    from shinrenkei.figures.intervals import forest, rate_intervals
    from shinrenkei.figures.journal import save_manuscript_table
    from shinrenkei.figures.labels import label
    from shinrenkei.figures.networks import network
    from shinrenkei.figures.points import line_over_dates, scatter_ranks
    from shinrenkei.figures.stacks import stacked_share
    from shinrenkei.figures.style import style_context, use_style
    from shinrenkei.figures.timelines import calendar

# matplotlib is imported with the first chart, not with the package.
_HOMES = {
    "bar": "bars",
    "calendar": "timelines",
    "forest": "intervals",
    "funnel": "bars",
    "label": "labels",
    "line_over_dates": "points",
    "network": "networks",
    "range_histogram": "bars",
    "rate_intervals": "intervals",
    "save": "files",
    "save_manuscript_table": "journal",
    "save_table": "files",
    "scatter_ranks": "points",
    "stacked_share": "stacks",
    "step_curves": "curves",
    "style_context": "style",
    "tile_map": "grids",
    "two_by_two": "grids",
    "use_style": "style",
}

__all__ = [
    "bar",
    "calendar",
    "forest",
    "funnel",
    "label",
    "line_over_dates",
    "network",
    "range_histogram",
    "rate_intervals",
    "save",
    "save_manuscript_table",
    "save_table",
    "scatter_ranks",
    "stacked_share",
    "step_curves",
    "style_context",
    "tile_map",
    "two_by_two",
    "use_style",
]


def __getattr__(name: str) -> Any:
    """Return a public name from the module that holds it."""
    if name.startswith("__"):
        raise AttributeError(name)
    if name not in _HOMES:
        raise AttributeError(str(unknown_name("name in shinrenkei.figures", name, _HOMES)))
    return getattr(import_module(f"shinrenkei.figures.{_HOMES[name]}"), name)
