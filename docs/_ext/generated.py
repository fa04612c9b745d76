"""Parts of pages that are written by the library itself, at every build.

A page asks for a part by a line of its own, ``<!-- generated: NAME ARGUMENT -->``; the line is replaced by
Markdown before the page is read, so that the parts have headings, anchors and links as any other text.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from types import ModuleType
from typing import Any

import pandas as pd
from sphinx.application import Sphinx

import shinrenkei as sr
from shinrenkei import catalog

PLACE = re.compile(r"^<!-- generated: (\S+) ?(\S*) -->$", flags=re.MULTILINE)
STATUSES_JA = {"reproduced": "再現", "differs": "相違", "cannot be checked": "検証できない"}
SHOWN_VALUES = 9
"""A closed list of more values than these is counted, not listed."""


def rows_of(frame: pd.DataFrame) -> Iterable[Any]:
    """Return a table's rows, a cell an attribute."""
    return frame.itertuples(index=False)


def plain(value: object) -> str:
    """Return text as Markdown that shows just this text, in one line, at the beginning of a line as well."""
    text = re.sub(r"([\\|*_`<>\[\]{}$~^#&])", r"\\\1", " ".join(str(value).split()))
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], kind: str) -> str:
    """Return a Markdown table, in a box with the class ``kind``; the cells are Markdown already."""
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(row) for row in rows)]
    return "\n".join([f":::{{container}} {kind}", *(f"| {line} |" for line in lines), ":::", ""])


@cache
def claims() -> pd.DataFrame:
    """Return the ledger, computed once for all pages."""
    return sr.claims.check()


def _table_name(name: str) -> str:
    return f"[`{name}`](#table-{name.replace('_', '-')})"


def tables(_: str = "") -> str:
    """Return the list of the tidy tables."""
    rows = [
        (_table_name(row.name), plain(row.title_en), plain(row.title_ja), str(row.rows))
        for row in rows_of(sr.tables())
    ]
    return table(["Table", "What it holds", "内容", "Rows"], rows, "wide")


def dictionary(_: str = "") -> str:
    """Return the data dictionary: a section a tidy table."""
    return "\n".join(_described(row.name, row.rows) for row in rows_of(sr.tables()))


def _described(name: str, rows: int) -> str:
    described = sr.describe(name)
    attrs = described.attrs
    notes = [plain(attrs["notes"][lang]) for lang in ("en", "ja") if lang in attrs["notes"]]
    cells = [
        (
            f"`{field.column}`",
            plain(field.type),
            plain(field.unit),
            plain(field.label_ja),
            plain(field.description) + _values(field.values),
            str(field.missing or ""),
        )
        for field in rows_of(described)
    ]
    parts = [
        f"(table-{name.replace('_', '-')})=",
        f"### {plain(name)}",
        "",
        f"{plain(attrs['title_en'])} / {plain(attrs['title'])} ({rows} rows)",
        "",
        *(f"{note}\n" for note in notes),
        table(["Column", "Type", "Unit", "項目", "Meaning", "Empty"], cells, "dictionary"),
        plain(sr.cite(name, lang="en")),
        "",
        plain(sr.cite(name, lang="ja")),
        "",
    ]
    return "\n".join(parts)


def _values(values: str) -> str:
    listed = values.split(", ") if values else []
    if len(listed) > SHOWN_VALUES:
        return f" ({len(listed)} values)"
    return f": {', '.join(f'`{value}`' for value in listed)}" if listed else ""


def sources(_: str = "") -> str:
    """Return a section a source document: what it is, where it is, which printed tables come from it."""
    ledger = claims()
    return "\n".join(
        _source(row, ledger[ledger["source_id"] == row.source_id])
        for row in rows_of(catalog.sources().fillna(""))
    )


def _source(row: Any, ledger: pd.DataFrame) -> str:
    printed = [name for name in catalog.raw_tables() if name.split("/")[0] == row.source_id]
    cells = []
    for name in sorted(set(printed) - {f"{row.source_id}/claims"}):
        attrs = sr.raw(name).attrs
        place = f"{plain(attrs['locator']['en'])} / {plain(attrs['locator']['ja'])}"
        cells.append((f"`{name}`", plain(attrs["title"]), place, plain(attrs["as_of"] or "")))
    address = [f"<{row.address}>", ""] if row.address else []
    counts = ledger["status"].value_counts()
    said = ", ".join(f"{counts[status]} {status}" for status in sr.claims.STATUSES if counts[status])
    parts = [
        f"(source-{row.source_id})=",
        f"### {row.source_id}",
        "",
        f"{plain(row.issuer_en)}: *{plain(row.title_en)}* ({row.issued})",
        "",
        f"{plain(row.issuer)}「{plain(row.title)}」（{row.issued}）",
        "",
        *address,
        f"Claims in the ledger: {said or 'none'}.",
        "",
        table(["Printed table", "内容", "Where / 箇所", "As of"], cells, "wide"),
    ]
    return "\n".join(parts)


def ledger_summary(_: str = "") -> str:
    """Return how many claims of each source have each status."""
    ledger = claims()
    counts = pd.crosstab(ledger["source_id"], ledger["status"]).reindex(columns=list(sr.claims.STATUSES))
    rows = [
        (f"[`{name}`](#ledger-{name})", *map(str, row))
        for name, row in zip(counts.index, counts.to_numpy(), strict=True)
    ]
    total = ("All / 計", *(str(value) for value in counts.sum()))
    head = ["Source", *(f"{status} / {STATUSES_JA[status]}" for status in sr.claims.STATUSES)]
    return table(head, [*rows, total], "wide")


def ledger_differs(_: str = "") -> str:
    """Return the claims that differ, each with both numbers and what is known of the reason."""
    parts = []
    for row in rows_of(claims().query("status == 'differs'").fillna("")):
        told = [
            f"{plain(row.statement_en)}<br>{plain(row.statement_ja)}",
            f"printed **{plain(row.printed)}**, recomputed **{_number(row.recomputed)}**, allowed {plain(row.allowed)}",
            *(plain(note) for note in (row.note_en, row.note_ja) if note),
        ]
        parts += [f"- **{plain(row.source_id)}**, {plain(row.locator)}", *(f"  - {line}" for line in told)]
    return "\n".join(parts)


def ledger(_: str = "") -> str:
    """Return the whole ledger, a section a source."""
    parts = []
    for source_id, part in claims().groupby("source_id", sort=False):
        head = ["Where", "Claim / 内容", "Printed", "Recomputed", "Allowed", "Status"]
        rows = [_claim(row) for row in rows_of(part)]
        parts += [f"(ledger-{source_id})=", f"### {source_id}", "", table(head, rows, "ledger"), ""]
    return "\n".join(parts)


def _claim(row: Any) -> tuple[str, ...]:
    notes = [plain(note) for note in (row.note_en, row.note_ja) if isinstance(note, str) and note]
    said = "<br>".join([plain(row.statement_en), plain(row.statement_ja), *(f"*{note}*" for note in notes)])
    status = f"{row.status}<br>{STATUSES_JA[row.status]}"
    return (
        plain(row.locator),
        said,
        plain(row.printed),
        _number(row.recomputed),
        plain(row.allowed),
        f"**{status}**" if row.status == "differs" else status,
    )


def _number(value: Any) -> str:
    return "" if pd.isna(value) or value == "" else f"{float(str(value)):.6g}"


def codes(name: str) -> str:
    """Return one of the package's code tables, such as ``partner_types``."""
    frame = sr.load(name).astype("str").fillna("")
    rows = [[f"`{row[0]}`", *map(plain, row[1:])] for row in rows_of(frame)]
    return table([f"`{column}`" for column in frame.columns], rows, "wide")


def value_added(_: str = "") -> str:
    """Return the definitions of value added."""
    from shinrenkei.metrics.productivity import value_added_definitions

    rows = [
        (
            f"`{row.definition}`",
            f"{plain(row.title_en)}<br>{plain(row.title_ja)}",
            plain(row.formula_ja),
            plain(row.source),
        )
        for row in rows_of(value_added_definitions())
    ]
    return table(["Definition", "Whose", "Formula / 式", "Written in"], rows, "wide")


def names(_: str = "") -> str:
    """Return a row a public name of the package, with the first sentence of its docstring."""
    rows = []
    for name in sorted(sr.__all__):
        value = getattr(sr, name)
        role = "mod" if inspect.ismodule(value) else "func"
        rows.append((f"{{py:{role}}}`~shinrenkei.{name}`", plain(_first_line(value))))
    return table(["Name", "What it does"], rows, "wide")


def _first_line(value: object) -> str:
    return (inspect.getdoc(value) or "").strip().split("\n", maxsplit=1)[0]


def api(module: str) -> str:
    """Return the reference of a module's public names, from their docstrings."""
    found = importlib.import_module(module)
    return "\n".join(_documented(found, name, f"{module}.{name}") for name in public_names(found))


def api_metrics(_: str = "") -> str:
    """Return the reference of the metrics, a section a module; a name is written as users import it."""
    parts = []
    for module in submodules(sr.metrics):
        paths = {
            name: f"shinrenkei.{name}" if name in sr.__all__ else f"{module.__name__}.{name}"
            for name in public_names(module)
        }
        if paths:
            parts += [f"## {module.__name__.removeprefix('shinrenkei.')}", "", plain(_first_line(module)), ""]
            parts += [_documented(module, name, path) for name, path in paths.items()]
    return "\n".join(parts)


def submodules(package: ModuleType) -> list[ModuleType]:
    """Return the public modules of a package, in alphabetical order."""
    found = sorted(part.name for part in pkgutil.iter_modules(package.__path__))
    return [
        importlib.import_module(f"{package.__name__}.{name}") for name in found if not name.startswith("_")
    ]


def public_names(module: ModuleType) -> list[str]:
    """Return a module's ``__all__``; without one, its functions and classes whose docstring has sections."""
    if hasattr(module, "__all__"):
        return [name for name in module.__all__ if not inspect.ismodule(getattr(module, name))]
    section = re.compile(r"^(Parameters|Returns|Examples)\n-+$", flags=re.MULTILINE)
    own = {
        name: value
        for name, value in vars(module).items()
        if getattr(value, "__module__", "") == module.__name__
    }
    return [
        name
        for name, value in own.items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and section.search(inspect.getdoc(value) or "")
    ]


def _documented(module: ModuleType, name: str, path: str) -> str:
    value = getattr(module, name)
    if inspect.isclass(value):
        directive = "autoexception" if issubclass(value, BaseException) else "autoclass"
        lines = [f".. {directive}:: {path}", "   :members:"]
    elif callable(value):
        lines = [f".. autofunction:: {path}"]
    else:
        lines = [f".. py:data:: {name}", f"   :module: {path.rpartition('.')[0]}", f"   :value: {value!r}"]
    return "\n".join(["```{eval-rst}", *lines, "```", ""])


PARTS: dict[str, Callable[[str], str]] = {
    "api": api,
    "api-metrics": api_metrics,
    "codes": codes,
    "dictionary": dictionary,
    "ledger": ledger,
    "ledger-differs": ledger_differs,
    "ledger-summary": ledger_summary,
    "names": names,
    "sources": sources,
    "tables": tables,
    "value-added": value_added,
}


def fill(text: str) -> str:
    """Return a page with its generated parts in place."""
    return PLACE.sub(lambda found: PARTS[found[1]](found[2]), text)


def _fill_page(_app: Sphinx, _page: str, content: list[str]) -> None:
    content[0] = fill(content[0])


def _reread(app: Sphinx, *_: object) -> list[str]:
    """Name the pages with generated parts: they are read at every build."""
    pages = {page: app.env.doc2path(page) for page in app.env.found_docs}
    return [page for page, path in pages.items() if PLACE.search(path.read_text(encoding="utf-8"))]


def _escape(_app: Sphinx, _what: str, _name: str, _value: object, _options: object, lines: list[str]) -> None:
    """Keep what docstrings mean literally from being read as markup: ``***`` in quotes, and ``# `` with its blank."""
    for place, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            lines[place] = re.sub(r'(?<=")\*+(?=")', lambda found: r"\*" * len(found[0]), line).replace(
                "``# ``", "``#``"
            )


def _resolve(app: Sphinx, env: Any, node: Any, shown: Any) -> Any:
    """Lead a reference to the module that holds a public name to the name that users import."""
    name = node.get("reftarget", "").rsplit(".", maxsplit=1)[-1]
    if node.get("refdomain") != "py" or name not in sr.__all__:
        return None
    domain = env.domains.python_domain
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", f"shinrenkei.{name}", node, shown)


def setup(app: Sphinx) -> dict[str, bool]:
    """Fill in the generated parts when a page is read."""
    app.connect("source-read", _fill_page)
    app.connect("env-get-outdated", _reread)
    app.connect("autodoc-process-docstring", _escape)
    app.connect("missing-reference", _resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
