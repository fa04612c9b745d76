"""A finished notebook as one web page: nothing from outside, no script, text from data shown as text."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self'; font-src data:"
ESCAPED = frozenset(
    {"applet", "base", "button", "embed", "form", "frame", "frameset", "iframe", "input", "link", "meta"}
    | {"noembed", "noframes", "noscript", "object", "option", "plaintext", "script", "select", "template"}
    | {"textarea", "title", "xmp"}
)
ESCAPE = "\x1b["
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
MAX_COLOURS = 2000
# one tag, of at most 64 attributes, so that no text can make the search long
TOKEN = re.compile(
    r"""<(?:(?P<comment>!--)|(?P<end>/)?(?P<name>[a-zA-Z][a-zA-Z0-9:-]*+)
    (?P<attributes>(?:\s++[^\s"'<>/=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>=`]++))?+){0,64}+)
    \s*+(?P<close>/?)>)""",
    re.VERBOSE,
)
ATTRIBUTE = re.compile(r"""\s([^\s"'<>/=]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'<>=`]++))?+""")
ADDRESSES = frozenset(
    {"action", "background", "data", "formaction", "href", "poster", "src", "srcset", "xlink:href"}
)
STYLE = Path(__file__).with_name("page.css")


def notebook_page(notebook: dict[str, Any], title: str, lang: str = "") -> str:
    """Return the notebook as one HTML page.

    Parameters
    ----------
    notebook : dict
        A tidy notebook.
    title : str
        The page's title, as plain text.
    lang : str
        The language of the page where it is known, such as ``ja``.

    Returns
    -------
    str
        A page with its own style and no script. Markup that could load or run anything is shown as text, and
        the page's own policy keeps a browser from running what might have been missed.
    """
    language = f' lang="{html.escape(lang)}"' if lang else ""
    return (
        f'<!DOCTYPE html>\n<html{language}>\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{_style()}\n</style>\n</head>\n"
        f"<body>\n{clean_html(_body(notebook))}\n</body>\n</html>\n"
    )


@lru_cache(maxsize=1)
def _style() -> str:
    from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]

    return STYLE.read_text(encoding="utf-8") + str(
        HtmlFormatter(style="default").get_style_defs(".highlight")
    )


@lru_cache(maxsize=1)
def _exporter() -> Any:
    """Return nbconvert's exporter without the passes over the page that ``clean_html`` makes superfluous."""
    from nbconvert.exporters.html import HTMLExporter
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters.highlight import Highlight2HTML

    class PageExporter(HTMLExporter):
        """Gives the inner part of a page, as the notebook has it."""

        def from_notebook_node(self, nb: Any, resources: Any = None, **more: Any) -> Any:
            return TemplateExporter.from_notebook_node(self, nb, resources, **more)

    exporter: Any = PageExporter(template_name="basic", exclude_anchor_links=True)  # type: ignore[no-untyped-call]
    exporter.register_filter("clean_html", _as_it_is)
    exporter.register_filter("highlight_code", Highlight2HTML(pygments_lexer="ipython3"))  # type: ignore[no-untyped-call]
    return exporter


def _as_it_is(text: Any) -> str:
    return str(text)


def _body(notebook: dict[str, Any]) -> str:
    import nbformat

    cells = [
        {**cell, "outputs": _few_colours(cell["outputs"])} if "outputs" in cell else cell
        for cell in notebook["cells"]
    ]
    node = nbformat.from_dict({**notebook, "cells": cells})  # type: ignore[no-untyped-call]
    body, _ = _exporter().from_notebook_node(node)
    return str(body)


def _few_colours(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the outputs, without the colours of texts that have too many of them to be shown in good time."""
    return [
        {**output, "text": COLOUR.sub("", output["text"])}
        if output["output_type"] == "stream" and output["text"].count(ESCAPE) > MAX_COLOURS
        else output
        for output in outputs
    ]


def clean_html(text: str) -> str:
    """Return markup in which nothing runs and nothing is fetched.

    Tags are written again, one by one; what is no well-formed tag, or one that could do something, becomes text.
    The time it takes grows with the length of the text, whatever the text is.

    Examples
    --------
    >>> clean_html('<b onclick="x()">1</b><script>alert(1)</script>')
    '<b>1</b>&lt;script&gt;alert(1)&lt;/script&gt;'
    """
    parts: list[str] = []
    lowered = text.lower() if "</" in text else ""
    at, last_comment, last_style = 0, text.rfind("-->"), lowered.rfind("</style")
    while token := TOKEN.search(text, at):
        parts.append(_as_text(text[at : token.start()]))
        name = (token["name"] or "").lower()
        at = token.end()
        if token["comment"] and at <= last_comment:
            at = text.index("-->", at) + 3
        elif token["comment"] or name in ESCAPED:
            parts.append(_as_text(token[0]))
        elif name == "style" and not token["end"]:
            stop = lowered.index("</style", at) if at <= last_style else len(text)
            parts.append(
                f"<style>{_harmless_style(text[at:stop])}" + ("" if at <= last_style else "</style>")
            )
            at = stop
        else:
            kept = "" if token["end"] else _kept_attributes(name, token["attributes"])
            parts.append(f"<{token['end'] or ''}{name}{kept}{' /' if token['close'] else ''}>")
    parts.append(_as_text(text[at:]))
    return "".join(parts)


def _as_text(text: str) -> str:
    """Return what stands between tags; its entities are markup already."""
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _harmless_style(text: str) -> str:
    """Return a style sheet that fetches nothing and ends where its element does."""
    bare = text.replace("\\", "")  # a word could be spelled with escapes
    return "" if re.search(r"<|@import|url\(|image-set|expression", bare, re.IGNORECASE) else bare


def _kept_attributes(tag: str, text: str) -> str:
    found = [(name.lower(), html.unescape(value.strip("\"'"))) for name, value in ATTRIBUTE.findall(text)]
    if tag == "img" and "alt" not in dict(found):
        found.append(("alt", ""))
    return "".join(f' {name}="{html.escape(value)}"' for name, value in found if _is_harmless(name, value))


def _is_harmless(name: str, value: str) -> bool:
    """Tell whether an attribute neither runs nor fetches; a link to be clicked may lead anywhere."""
    if name.startswith("on") or not all(char.isalnum() or char in "-_:" for char in name):
        return False
    if name in ADDRESSES:
        address = "".join(value.split()).lower()
        if address.startswith("data:"):
            return name == "src" and address.startswith("data:image/")
        scheme = address.partition(":")[0] if ":" in address.split("/")[0] else ""
        outside = address.startswith(("//", "\\", "/\\"))
        return scheme in {"", "http", "https", "mailto"} if name == "href" else not scheme and not outside
    return name != "style" or bool(_harmless_style(value)) or not value
