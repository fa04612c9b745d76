"""A finished notebook as one web page: nothing from outside, no script, text from data shown as text."""

from __future__ import annotations

import html
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self'; font-src data:"
ESCAPED = frozenset(
    {"applet", "base", "button", "embed", "form", "frame", "frameset", "iframe", "input", "link", "meta"}
    | {"noscript", "object", "option", "script", "select", "template", "textarea", "title"}
)
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

    body, _ = _exporter().from_notebook_node(nbformat.from_dict(notebook))  # type: ignore[no-untyped-call]
    return str(body)


def clean_html(text: str) -> str:
    """Return markup in which nothing runs and nothing is fetched.

    Examples
    --------
    >>> clean_html('<b onclick="x()">1</b><script>alert(1)</script>')
    '<b>1</b>&lt;script&gt;alert(1)&lt;/script&gt;'
    """
    cleaner = _Cleaner()
    cleaner.feed(text)
    cleaner.close()
    return "".join(cleaner.parts)


class _Cleaner(HTMLParser):
    """Write markup again, tag by tag, with what could run or fetch turned into text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self.verbatim = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ESCAPED:
            self.parts.append(html.escape(self.get_starttag_text() or "", quote=False))
            return
        self.verbatim = tag if tag == "style" else ""
        if tag == "img" and "alt" not in dict(attrs):
            attrs = [*attrs, ("alt", "")]
        kept = "".join(f" {name}{_value(value)}" for name, value in attrs if _is_harmless(name, value))
        self.parts.append(f"<{tag}{kept}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.verbatim = ""
        self.parts.append(html.escape(f"</{tag}>", quote=False) if tag in ESCAPED else f"</{tag}>")

    def handle_data(self, data: str) -> None:
        # what stands in a style is no text; without these words it fetches nothing
        safe = data if self.verbatim and "<" not in data else html.escape(data, quote=False)
        self.parts.append(safe.replace("@import", "").replace("url(", "(") if self.verbatim else safe)

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")


def _value(value: str | None) -> str:
    return "" if value is None else f'="{html.escape(value)}"'


def _is_harmless(name: str, value: str | None) -> bool:
    """Tell whether an attribute neither runs nor fetches; a link to be clicked may lead anywhere."""
    if name.startswith("on") or not all(char.isalnum() or char in "-_:" for char in name):
        return False
    if name in ADDRESSES:
        address = "".join((value or "").split()).lower()
        if address.startswith("data:"):
            return name == "src" and address.startswith("data:image/")
        scheme = address.partition(":")[0] if ":" in address.split("/")[0] else ""
        return (
            scheme in {"", "http", "https", "mailto"}
            if name == "href"
            else not scheme and address[:2] != "//"
        )
    return name != "style" or "url(" not in (value or "").lower()
