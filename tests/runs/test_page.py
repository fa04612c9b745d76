import pytest
from bleach._vendor import html5lib  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from shinrenkei.runs.page import clean_html, notebook_page

HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//x.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href=data:text/html,x>x</a>",
    "<iframe src=https://x.example></iframe>",
    "<link rel=stylesheet href=https://x.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://x.example'>",
    "<style>@import url(https://x.example/x.css); b { background: url(//x.example) }</style>",
    "<b style='background:url(https://x.example)'>x</b>",
    "<form action=https://x.example><input name=a></form>",
    "<img src=https://x.example/x.png srcset='//x.example/y.png 2x'>",
    "<base href=https://x.example>",
    "<object data=x.swf></object><embed src=x.swf>",
    "<style><img src=x onerror=alert(1)></style>",
    "<!--><script>alert(1)</script-->",
    "<math><mtext></p><style><img src onerror=alert(1)></style></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<title><img src=x onerror=alert(1)></title>",
]


def is_harmless(page):
    """Ask the parser that browsers agree on, which is not the one that the page was cleaned with."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    body = tree.find("body")
    for node in [*tree.find("head"), *body.iter()]:
        name = str(node.tag).rpartition("}")[2]
        if name in {"script", "iframe", "object", "embed", "link", "base", "form", "input", "meta", "title"}:
            return False
        if name == "style" and ("url(" in (node.text or "") or "@import" in (node.text or "")):
            return False
        for attribute, value in node.attrib.items():
            if not is_harmless_attribute(str(attribute).lower(), "".join(value.lower().split())):
                return False
    return True


def is_harmless_attribute(name, value):
    if name.startswith("on"):
        return False
    if name in {"src", "srcset", "action", "data", "poster", "background"}:
        return not value.startswith(("http:", "https:", "//", "data:text", "javascript:"))
    if name in {"href", "xlink:href"}:
        return not value.startswith(("javascript:", "vbscript:", "data:"))
    return name != "style" or "url(" not in value


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_runs_and_nothing_is_fetched(text):
    assert is_harmless(clean_html(text))


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from([*HOSTILE, "<b>", "</b>", "<p title='", "'>", "<!--", "-->", "<style>", "&lt;", "<"])
    )
)
def test_no_mixture_of_hostile_pieces_gets_through(pieces):
    assert is_harmless(clean_html("".join(pieces)))


def test_harmless_markup_stays_as_it_is():
    text = '<table class="x"><tr><th>1 &lt; 2</th></tr></table><img src="data:image/png;base64,AA=" alt="a">'
    assert clean_html(text) == text
    assert (
        clean_html('<a href="https://x.example/?a=1&amp;b">x</a>')
        == '<a href="https://x.example/?a=1&amp;b">x</a>'
    )


@pytest.mark.parametrize(
    "piece", ["<a ", "<", "</", "<!--", "<style>", "<style></style>", "<a x='", "<p a", "&"]
)
def test_broken_markup_takes_no_longer_than_any_other(piece):
    assert is_harmless(clean_html(piece * 30_000)[:10_000])


def page_of(*outputs, source="1", title="t"):
    code = {"cell_type": "code", "id": "a", "metadata": {}, "source": source, "execution_count": 1}
    notebook = {
        "cells": [code | {"outputs": list(outputs)}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return notebook_page(notebook, title, "ja")


def test_text_from_data_is_shown_as_text():
    text = "<script>alert(1)</script> & <b>"
    result = {"output_type": "execute_result", "metadata": {}, "execution_count": 1}
    page = page_of(
        {"output_type": "stream", "name": "stdout", "text": text},
        result | {"data": {"text/plain": text}},
        result | {"data": {"text/html": text, "text/plain": "x"}},
        result | {"data": {"text/markdown": text, "text/plain": "x"}},
        result | {"data": {"application/javascript": "alert(1)", "text/plain": "x"}},
        source=f"'{text}'",
        title=text,
    )
    body = page.partition("<body>")[2]
    assert "<script" not in page
    assert body.count("alert(1)") >= 5
    assert "<title>&lt;script&gt;" in page


def test_a_page_stands_alone():
    page = page_of()
    assert '<html lang="ja">' in page
    assert "default-src 'none'" in page
    assert "http://" not in page
    assert "https://" not in page
    assert "src=" not in page


def test_pictures_stay_in_the_page():
    png = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"image/png": "iVBORw0KGgo=", "text/plain": "x"},
    }
    svg = {"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": "<svg onload='x()'/>"}}
    page = page_of(png, svg)
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in page
    assert 'src="data:image/svg+xml;base64,' in page
