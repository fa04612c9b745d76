"""The metadata for an archive, read by the library that archives use."""

import json
import warnings
from urllib.parse import unquote

import pytest

from shinrenkei import report
from shinrenkei.errors import InputError
from shinrenkei.report.rocrate import About, write_crate
from tests.report.trees import claims, tree

SOURCES = [
    {
        "name": "meti-2005",
        "title": "新連携支援の実施状況",
        "title_en": "Support",
        "issuer": "中小企業庁",
        "issued": "2005-10-03",
    },
    {
        "name": "doyu-2006",
        "title": "中小企業家しんぶん",
        "path": "http://doyu.jp/shinbun/entaku2006/060705.html",
    },
]


@pytest.fixture
def crate_dir(tmp_path):
    reports = tree(tmp_path / "reports")
    data = tmp_path / "raw data"
    data.mkdir()
    (data / "datapackage.json").write_text("{}", encoding="utf-8")
    (data / "企業.csv").write_text("a\n1\n", encoding="utf-8")
    (data / ".hidden").write_text("x", encoding="utf-8")
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    (notebooks / "02-rate.ipynb").write_text("{}", encoding="utf-8")
    (tmp_path / "LICENSE").write_text("MIT", encoding="utf-8")
    report.build(reports, claims=claims())
    write_crate(
        reports,
        inputs={"data/raw": data, "notebooks": notebooks, "LICENSE": tmp_path / "LICENSE"},
        sources=SOURCES,
        about=About(version="0.1.0"),
    )
    return reports


def graph(reports):
    said = json.loads((reports / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    return {entity["@id"]: entity for entity in said["@graph"]}


def test_the_library_that_archives_use_reads_it_and_finds_every_file(crate_dir, tmp_path):
    rocrate = pytest.importorskip("rocrate.rocrate")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        crate = rocrate.ROCrate(crate_dir)
        crate.write(tmp_path / "copy")
    assert crate.root_dataset["version"] == "0.1.0"
    assert "reproduced figures" in crate.name
    files = [entity for entity in crate.data_entities if "File" in entity.type]
    real = {p for p in crate_dir.rglob("*") if p.is_file() and p.name != "ro-crate-metadata.json"}
    assert {crate_dir / unquote(entity.id) for entity in files} == real
    assert {p.relative_to(tmp_path / "copy") for p in (tmp_path / "copy").rglob("*") if p.is_file()} >= {
        p.relative_to(crate_dir) for p in real
    }


def test_every_reference_leads_to_an_entity_of_the_crate(crate_dir):
    entities = graph(crate_dir)
    outside = ("http://schema.org/", "https://w3id.org/ro/crate/1.1")

    def references(value):
        if isinstance(value, dict):
            yield value["@id"]
        elif isinstance(value, list):
            for part in value:
                yield from references(part)

    for entity in entities.values():
        for key, value in entity.items():
            if key not in ("@id", "@type"):
                missing = [
                    ref for ref in references(value) if ref not in entities and not ref.startswith(outside)
                ]
                assert missing == [], (entity["@id"], key)


def test_no_entity_is_described_twice(crate_dir):
    said = json.loads((crate_dir / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    ids = [entity["@id"] for entity in said["@graph"]]
    assert len(ids) == len(set(ids))


def test_runs_tell_their_notebook_parameters_results_and_state(crate_dir):
    actions = [entity for entity in graph(crate_dir).values() if entity["@type"] == "CreateAction"]
    assert len(actions) == 4
    done = next(action for action in actions if action["@id"] == "#02-rate/default/run")
    assert done["instrument"] == {"@id": "notebooks/02-rate.ipynb"}
    assert {"@id": "02-rate/default/figures/rate.png"} in done["result"]
    assert done["actionStatus"]["@id"].endswith("CompletedActionStatus")
    assert graph(crate_dir)["#02-rate/default/region"]["value"] == "all"
    failed = next(action for action in actions if action["@id"] == "#03-cases/default/run")
    assert failed["actionStatus"]["@id"].endswith("FailedActionStatus")
    assert failed["error"].startswith("ValueError: ")


def test_licences_and_sources_are_stated(crate_dir):
    entities = graph(crate_dir)
    root = entities["./"]
    assert root["license"] == [{"@id": "https://spdx.org/licenses/MIT"}, {"@id": "#source-terms"}]
    assert entities["notebooks/02-rate.ipynb"]["license"] == {"@id": "https://spdx.org/licenses/MIT"}
    assert entities["data/raw/%E4%BC%81%E6%A5%AD.csv"]["license"] == {"@id": "#source-terms"}
    assert root["datePublished"] == "2026-11-21"
    assert [entities[ref["@id"]]["identifier"] for ref in root["citation"]] == ["meti-2005", "doyu-2006"]


def test_the_same_folder_gives_the_same_bytes_and_a_lost_input_does_not_linger(crate_dir, tmp_path):
    before = (crate_dir / "ro-crate-metadata.json").read_bytes()
    inputs = {
        "data/raw": tmp_path / "raw data",
        "notebooks": tmp_path / "notebooks",
        "LICENSE": tmp_path / "LICENSE",
    }
    again = write_crate(crate_dir, inputs=inputs, sources=SOURCES, about=About(version="0.1.0"))
    assert again.read_bytes() == before
    (tmp_path / "raw data" / "企業.csv").unlink()
    write_crate(crate_dir, inputs=inputs, sources=SOURCES)
    assert not (crate_dir / "data" / "raw" / "企業.csv").exists()
    assert "data/raw/%E4%BC%81%E6%A5%AD.csv" not in graph(crate_dir)


@pytest.mark.parametrize("name", ["../up", "/etc/x"])
def test_nothing_is_copied_outside_the_folder(tmp_path, name):
    with pytest.raises(InputError, match="would stand outside the reports folder"):
        write_crate(tmp_path / "reports", inputs={name: tmp_path})


def test_a_missing_input_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r"There is no .*raw to put into the archive"):
        write_crate(tmp_path / "reports", inputs={"data/raw": tmp_path / "raw"})
