"""Both data packages pass the Frictionless validator, foreign keys included."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
@pytest.mark.parametrize("folder", ["raw", "processed"])
def test_the_data_package_is_valid(folder: str) -> None:
    from frictionless import Package

    descriptor = json.loads((DATA / folder / "datapackage.json").read_text(encoding="utf-8"))
    report = Package.from_descriptor(descriptor, basepath=str(DATA / folder)).validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "type", "note"])[:10]
    assert report.stats["tasks"] > 20
