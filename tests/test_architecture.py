"""Imports follow the architecture: downwards, never in a circle, lazy ones included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"
MODULES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in SOURCE.rglob("*.py")
}

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "rounding": set(),
    "tabular": set(),
    "cleaning": set(),
    "runs": {"errors"},
    "files": {"errors"},
    "paths": {"errors"},
    "catalog": {"errors", "paths", "tabular"},
    "recipes": {"cleaning", "errors", "files", "rounding", "tabular"},
    "metrics": {"cleaning", "errors", "rounding"},
    "figures": {"cleaning", "errors", "files"},
    "synthetic": {"catalog", "errors"},
    "claims": {"catalog", "cleaning", "errors", "metrics", "rounding"},
    "own_data": {"cleaning", "errors"},
}
"""What each part may import beside itself; those that are not named stand above them all."""


def imported(module: str) -> Iterator[str]:
    """Return the package's modules that a module imports anywhere in it."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            below = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from below & MODULES.keys() or {node.module}


def part(module: str) -> str:
    return module.split(".")[1] if "." in module else module


IMPORTS = {module: set(imported(module)) - {module} for module in MODULES}


def test_no_module_imports_another_in_a_circle() -> None:
    try:
        order = list(TopologicalSorter(IMPORTS).static_order())
    except CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(error.args[1])}")
    assert order.index("shinrenkei.errors") < order.index("shinrenkei.cli")


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_a_part_imports_only_what_stands_below_it(name: str) -> None:
    others = {
        (module, other)
        for module in MODULES
        if part(module) == name
        for other in IMPORTS[module]
        if part(other) != name
    }
    assert {(module, other) for module, other in others if part(other) not in MAY_IMPORT[name]} == set()
