"""What a notebook imports, read from its source, so that a fork server can import it beforehand."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec

# Importing these has effects that a notebook would miss or share: a drawing backend chosen before there is a
# shell to draw for, threads, event loops, servers.
NEVER = (
    "IPython",
    "antigravity",
    "asyncio",
    "dask.distributed",
    "distributed",
    "matplotlib_inline",
    "this",
    "tkinter",
)

# What a library imports only when it is first used, in most notebooks that use it at all.
COMPANIONS = {
    "pandas": ("pandas.io.formats.csvs", "pandas.io.formats.html", "pandas.io.formats.string"),
    "matplotlib": (
        "matplotlib.backends.backend_agg",
        "matplotlib.backends.backend_svg",
        "PIL.JpegImagePlugin",
        "PIL.PngImagePlugin",
    ),
}


def imported_modules(
    sources: Iterable[str], companions: Mapping[str, Sequence[str]] | None = None
) -> list[str]:
    r"""Return the modules that pieces of code import, in order, whether or not each piece is plain Python.

    ``companions`` names what else a library imports when it is used, beside those known here.

    Examples
    --------
    >>> imported_modules(["import numpy as np\nfrom json import decoder", "%matplotlib inline"])
    ['numpy', 'json', 'json.decoder']
    """
    found: dict[str, None] = {}
    for source in sources:
        plain = "\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))
        try:
            tree = ast.parse(plain)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            found.update(dict.fromkeys(_modules(node)))
    wanted = [name for name in found if not name.startswith(NEVER)]
    used = {name.partition(".")[0] for name in wanted}
    known = {**COMPANIONS, **(companions or {})}
    return [*wanted, *(extra for name, extras in known.items() if name in used for extra in extras)]


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        inner = [f"{node.module}.{alias.name}" for alias in node.names]
        return [node.module, *(name for name in inner if _is_module(name))]
    return []


def _is_module(name: str) -> bool:
    """Tell whether ``a.b`` is a module, without importing more than its package's name."""
    package = name.rpartition(".")[0]
    try:
        top = find_spec(package.partition(".")[0])
        if top is None or not top.submodule_search_locations:
            return False
        parts = name.split(".")[1:]
    except (ImportError, ValueError):
        return False
    from pathlib import Path

    for place in top.submodule_search_locations:
        path = Path(place).joinpath(*parts)
        if path.with_suffix(".py").is_file() or (path / "__init__.py").is_file():
            return True
    return False
