"""Formulas as MathML, which browsers draw themselves: no script and no font is loaded for them."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

ACCENTS = {'<mover accent="true">': "<mover>", ">ˆ<": ">^<", ">¯<": ">‾<"}
"""Marks that browsers without a mathematical font draw above a letter as well, not through it."""


def _write(writer: Any, node: nodes.Element, *, as_block: bool) -> None:
    """Write one formula; a formula that cannot be read is a warning, and so an error in `make docs`."""
    tex = node.astext()
    try:
        formula = tex2mathml(tex, as_block=as_block)
        for told, written in ACCENTS.items():
            formula = formula.replace(told, written)
    except MathError as error:
        logger.warning("formula %r cannot be read: %s", tex, error, location=node)
        formula = f"<code>{writer.encode(tex)}</code>"
    writer.body.append(f'<div class="math">{formula}</div>' if as_block else formula)
    raise nodes.SkipNode


def _inline(writer: Any, node: nodes.Element) -> None:
    _write(writer, node, as_block=False)


def _block(writer: Any, node: nodes.Element) -> None:
    _write(writer, node, as_block=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Offer the renderer under the name `mathml`."""
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
