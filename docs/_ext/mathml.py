"""Formulas as MathML, which browsers draw themselves: no script and no font is loaded for them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from xml.etree import ElementTree as ET

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
ACCENTS = {"ˆ": "^", "^": "^", "ˉ": "‾", "¯": "‾", "‾": "‾"}
"""Marks above a letter, and those that browsers without a mathematical font draw above it as well, not through it."""


def mathml(tex: str, *, as_block: bool) -> str:
    """Return a formula as MathML."""
    ET.register_namespace("", NAMESPACE)
    if re.search(r"frac\s*[^\s{]", tex):  # docutils reads \frac14 as 14 over what comes next
        message = "a fraction needs braces around both parts"
        raise MathError(message)
    # docutils writes some characters by names that HTML knows and XML does not
    written = re.sub(
        r"&(?!amp;|lt;|gt;|quot;|#)\w+;", lambda name: unescape(name[0]), tex2mathml(tex, as_block=as_block)
    )
    root = ET.fromstring(written)  # noqa: S314 - written by docutils in the line above
    for node in root.iter():
        if node.tag in (f"{{{NAMESPACE}}}mover", f"{{{NAMESPACE}}}munderover") and node[-1].text in ACCENTS:
            _mend(node)
    return ET.tostring(root, encoding="unicode")


def _mend(node: ET.Element) -> None:
    """Put the mark above the letter alone, and an index of the letter beside it, not below."""
    node[-1].text = ACCENTS[str(node[-1].text)]
    node.attrib.pop("accent", None)
    if len(node) == 3:
        letter, index, mark = node
        over = ET.Element(f"{{{NAMESPACE}}}mover")
        over.extend([letter, mark])
        node.tag, node[:] = f"{{{NAMESPACE}}}msub", [over, index]


def _write(writer: Any, node: nodes.Element, *, as_block: bool) -> None:
    """Write one formula; a formula that cannot be read is a warning, and so an error in `make docs`."""
    tex = node.astext()
    try:
        formula = mathml(tex, as_block=as_block)
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
