"""The course's units as the tests read them."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
TEACHING = ROOT / "notebooks" / "teaching"
NAMES = [
    "01-tidy-table",
    "02-shares-and-counts",
    "03-commercialization",
    "04-multiple-answers",
    "05-productivity",
    "06-adjusting",
    "07-checking-a-report",
    "08-your-own-report",
]
SOURCES = sorted(path for path in (TEACHING / "source").glob("*/*.ipynb") if path.stem == path.parent.name)
HIDDEN = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)### END \1", flags=re.DOTALL)


def read(path):
    return nbformat.read(path, as_version=4)


def tags(cell):
    return cell.metadata.get("tags", [])


def graded(cell):
    """Return the cell's nbgrader metadata; an empty table where it has none."""
    return cell.metadata.get("nbgrader", {})


def answers(unit):
    return [cell for cell in unit.cells if graded(cell).get("solution")]


def checks(unit):
    return [cell for cell in unit.cells if graded(cell).get("grade")]


def lines(text):
    return {line.strip() for line in text.splitlines() if line.strip()}


def hidden_lines(unit):
    """Return the lines of solutions and hidden tests, but brackets, that stand nowhere else in the unit."""
    hidden = {
        line for cell in unit.cells for _, region in HIDDEN.findall(cell.source) for line in lines(region)
    }
    seen = {line for cell in unit.cells for line in lines(HIDDEN.sub("", cell.source))}
    return {line for line in hidden - seen if re.search(r"\w", line)}
