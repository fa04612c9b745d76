"""One style, a few charts, labels in Japanese and English; every figure carries its source.

Figures are made without pyplot: a chart function takes a table and returns a
:class:`matplotlib.figure.Figure`; :func:`use_style` tells a notebook how to show one, :func:`save` writes it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from shinrenkei.errors import unknown_name

if TYPE_CHECKING:
    from shinrenkei.figures.bars import bar, funnel, range_histogram, stacked_share
    from shinrenkei.figures.files import save, save_table
    from shinrenkei.figures.labels import label
    from shinrenkei.figures.style import style_context, use_style

# matplotlib is imported with the first chart, not with the package.
_HOMES = {
    "bar": "bars",
    "funnel": "bars",
    "range_histogram": "bars",
    "stacked_share": "bars",
    "label": "labels",
    "save": "files",
    "save_table": "files",
    "style_context": "style",
    "use_style": "style",
}

__all__ = [
    "bar",
    "funnel",
    "label",
    "range_histogram",
    "save",
    "save_table",
    "stacked_share",
    "style_context",
    "use_style",
]


def __getattr__(name: str) -> Any:
    """Return a public name from the module that holds it."""
    if name.startswith("__"):
        raise AttributeError(name)
    if name not in _HOMES:
        raise AttributeError(str(unknown_name("name in shinrenkei.figures", name, _HOMES)))
    return getattr(import_module(f"shinrenkei.figures.{_HOMES[name]}"), name)
