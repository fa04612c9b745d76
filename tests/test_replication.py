"""REPLICATION.md is what its generator writes, has the template's sections, and leaves nothing out."""

from __future__ import annotations

import ast
import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

import shinrenkei as sr
from shinrenkei import catalog

ROOT = Path(__file__).parents[1]
SECTIONS = [  # of the template README of the Social Science Data Editors, in its order
    "Overview",
    "Data Availability and Provenance Statements",
    "Statement about Rights",
    "Summary of Availability",
    "Details on each Data Source",
    "Dataset list",
    "Computational requirements",
    "Software Requirements",
    "Controlled Randomness",
    "Memory, Runtime, Storage Requirements",
    "Description of programs/code",
    "Instructions to Replicators",
    "List of tables and programs",
    "References",
]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = spec_from_file_location("replication", ROOT / "tools" / "replication.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def written(tool: ModuleType) -> str:
    text: str = tool.render()
    return text


def test_the_file_is_what_its_generator_writes(written: str) -> None:
    here = (ROOT / "REPLICATION.md").read_text(encoding="utf-8")
    assert here == written, "run tools/replication.py"


def test_it_has_the_sections_of_the_template_in_their_order(written: str) -> None:
    headings = re.findall(r"^#+ (.*)$", written, flags=re.MULTILINE)
    assert [heading for heading in headings if heading in SECTIONS] == SECTIONS


def test_it_lists_every_source_table_and_notebook(written: str) -> None:
    for source in catalog.sources()["source_id"]:
        assert f"`data/raw/{source}/`" in written
    for table in sr.tables()["name"]:
        assert f"`data/processed/{table}.csv`" in written
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"`notebooks/{notebook.name}`" in written


def test_its_counts_are_those_of_the_library(written: str) -> None:
    ledger = sr.claims.check()
    assert f"the {(ledger['source_id'] != 'across').sum()} claims of the documents" in written
    runs = sr.runs.read_runs(ROOT / "notebooks" / "runs.toml")
    made = sum(len(sr.runs.plan_sweep([one], ROOT / "reports")) for one in runs)
    assert f"makes all {made} runs" in written


def test_a_computed_name_of_an_output_is_told_by_what_it_comes_from(tool: ModuleType) -> None:
    names = {
        '"rate"': "rate",
        "question_id.lower()": "<question_id>",
        'f"rate-{region}"': "rate-<region>",
        'prefix + "curve"': "<prefix>curve",
        '"".join([])': "<computed>",
    }
    for source, name in names.items():
        assert tool._said(ast.parse(source, mode="eval").body) == name
