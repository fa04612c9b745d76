"""Small notebooks, written where a test runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shinrenkei.runs import Inputs, gather_inputs

HERE = Path(__file__).parent
PARAMETERS = "year: int = 2005  # the year\noutput_dir: str = 'reports'"


def cell(source: str, *tags: str, kind: str = "code", number: int = 0) -> dict[str, Any]:
    """Return one cell as a notebook's file holds it."""
    made: dict[str, Any] = {
        "cell_type": kind,
        "id": f"id-{number}",
        "metadata": {"tags": list(tags)} if tags else {},
        "source": source,
    }
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})


@pytest.fixture(scope="session")
def inputs() -> Inputs:
    """Return what runs depend on; these tests stand for the library, which does not change while they run."""
    return gather_inputs(HERE)


@pytest.fixture
def write_notebook(tmp_path: Path) -> Callable[..., Path]:
    """Write a notebook of a heading, a parameters cell and the given code cells."""

    def write(
        *sources: str, parameters: str = PARAMETERS, name: str = "n.ipynb", title: str = "# Rates"
    ) -> Path:
        cells = [cell(title, kind="markdown"), cell(parameters, "parameters", number=1)]
        cells += [cell(source, number=number) for number, source in enumerate(sources, start=2)]
        path = tmp_path / name
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return path

    return write
