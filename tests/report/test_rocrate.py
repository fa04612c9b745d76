"""The archive's description, read by the library that archives use and walked from its root."""

import json
from datetime import date
from urllib.parse import unquote

import nbformat
import pytest
from rocrate.rocrate import ROCrate

from shinrenkei import catalog, report
from shinrenkei.errors import InputError
from shinrenkei.report.rocrate import write_crate
from shinrenkei.runs.manifest import file_digest
from shinrenkei.runs.notebook import notebook_digest, read_notebook
from tests.report.trees import add_run, claims, tree

CITATION = """
title: The record, reproducible
keywords: [新連携, SME]
authors:
  - {given-names: Hanako, family-names: Yamada, orcid: "https://orcid.org/0000-0001-0000-0009", affiliation: 東北大学}
  - {name: The developers, website: "https://example.org/"}
"""


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "check out"
    for name in (
        "data/raw/meti-2005/core_firm_capital.csv",
        "data/processed/plan_counts.csv",
        "data/processed/.kept",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"a\n{name}\n", encoding="utf-8")
    (root / "notebooks" / "__pycache__").mkdir(parents=True)
    (root / "notebooks" / "__pycache__" / "x.pyc").write_bytes(b"litter")
    cells = [nbformat.v4.new_markdown_cell("# 事業化率"), nbformat.v4.new_code_cell("1 + 1", id="a")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), root / "notebooks" / "02-rate.ipynb")
    (root / "LICENSE").write_text("MIT", encoding="utf-8")
    (root / "CITATION.cff").write_text(CITATION, encoding="utf-8")
    return root


@pytest.fixture
def reports(tmp_path, root):
    """Runs done, failed and unreadable, with hostile names; one that knows its notebook and its data."""
    reports = tree(tmp_path / "reports")
    names = sorted(path.relative_to(root).as_posix() for path in (root / "data").rglob("*") if path.is_file())
    inputs = {
        "notebook": notebook_digest(read_notebook(root / "notebooks" / "02-rate.ipynb")),
        "files": {name: file_digest(root / name) for name in names},
    }
    add_run(
        reports, "02-rate", "year=2006", parameters={"year": 2006, "of": ["a", "b"], "x": None}, inputs=inputs
    )
    (reports / "shinrenkei.xlsx").write_bytes(b"PK")
    report.build(reports, claims=claims())
    return reports


def graph(reports):
    said = json.loads((reports / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    entities = {entity["@id"]: entity for entity in said["@graph"]}
    assert len(entities) == len(said["@graph"])
    return entities


def ids(value):
    return [entry["@id"] for entry in (value if isinstance(value, list) else [value])]


def on_disk(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_library_reads_it_and_finds_every_file_and_nothing_else(reports, root, tmp_path):
    crate = ROCrate(write_crate(reports, root).parent)
    files = {unquote(entity.id) for entity in crate.data_entities if not entity.id.endswith("/")}
    assert files == on_disk(reports) - {"ro-crate-metadata.json"}
    assert all(
        (reports / unquote(entity.id)).is_dir() for entity in crate.data_entities if entity.id.endswith("/")
    )
    crate.write(tmp_path / "copy")
    assert on_disk(tmp_path / "copy") == on_disk(reports)


def test_every_part_exists_and_every_file_is_reached_from_the_root(reports, root):
    write_crate(reports, root)
    entities, reached, waiting = graph(reports), set(), ["./"]
    while waiting:
        entity = entities[waiting.pop()]
        assert (reports / unquote(entity["@id"])).exists()
        reached.add(unquote(entity["@id"]))
        waiting.extend(ids(entity.get("hasPart", [])))
    assert {name for name in reached if not name.endswith("/")} == on_disk(reports) - {
        "ro-crate-metadata.json"
    }
    told = {unquote(name): entity for name, entity in entities.items() if "contentSize" in entity}
    tell_the_time = {name for name in on_disk(reports) if name.endswith("manifest.json")}
    tell_the_time |= {path.name for path in reports.glob("*.html")}
    assert set(told) == on_disk(reports) - tell_the_time - {"ro-crate-metadata.json"}
    for name, entity in told.items():
        assert entity["contentSize"] == str((reports / name).stat().st_size)
        assert entity["sha256"] == file_digest(reports / name)


def test_every_reference_leads_to_an_entity(reports, root):
    write_crate(reports, root)
    entities = graph(reports)
    specification = "https://w3id.org/ro/crate/1.1"
    for entity in entities.values():
        for key, value in entity.items():
            for entry in value if isinstance(value, list) else [value]:
                if isinstance(entry, dict):
                    assert entry["@id"] in entities or entry["@id"] == specification, (entity["@id"], key)


def test_a_run_names_its_notebook_its_data_its_parameters_and_its_results(reports, root):
    write_crate(reports, root)
    entities = graph(reports)
    run = entities["#run-02-rate/year=2006"]
    assert run["instrument"] == {"@id": "inputs/notebooks/02-rate.ipynb"}
    assert {"inputs/data/raw/", "inputs/data/processed/"} <= set(ids(run["object"]))
    parameters = [entities[name] for name in ids(run["object"]) if name.startswith("#parameter-")]
    assert {entity["name"]: entity["value"] for entity in parameters} == {
        "year": 2006,
        "of": '["a", "b"]',
        "x": "null",
    }
    results = {unquote(name) for name in ids(run["result"])}
    assert results == {f"02-rate/year=2006/{name}" for name in on_disk(reports / "02-rate/year=2006")} - {
        "02-rate/year=2006/manifest.json"
    }
    assert run["actionStatus"] == "http://schema.org/CompletedActionStatus"
    assert {name for name in entities if name.startswith("#run-")} <= set(ids(entities["./"]["mentions"]))


def test_a_failed_run_says_why_and_an_unreadable_one_is_files_alone(reports, root):
    write_crate(reports, root)
    entities = graph(reports)
    failed = entities["#run-03-cases/default"]
    assert failed["actionStatus"] == "http://schema.org/FailedActionStatus"
    assert failed["error"].startswith("ValueError: ")
    assert "#run-03-cases/year=2006" not in entities
    assert "03-cases/year=2006/manifest.json" in entities


def test_inputs_that_have_changed_since_a_run_are_told_from_those_in_the_folder(reports, root):
    (root / "data" / "processed" / "plan_counts.csv").write_text("changed", encoding="utf-8")
    nbformat.write(nbformat.v4.new_notebook(), root / "notebooks" / "02-rate.ipynb")
    write_crate(reports, root)
    run = graph(reports)["#run-02-rate/year=2006"]
    was = json.loads((reports / "02-rate/year=2006/manifest.json").read_text(encoding="utf-8"))["inputs"]
    (read,) = (name for name in ids(run["object"]) if name.startswith("#data/processed/plan_counts.csv"))
    assert graph(reports)[read]["sha256"] == was["files"]["data/processed/plan_counts.csv"]
    assert {"inputs/data/raw/", "inputs/data/processed/.kept"} <= set(ids(run["object"]))
    assert graph(reports)[ids(run["instrument"])[0]]["sha256"] == was["notebook"]


def test_without_a_checkout_runs_still_name_what_they_read(reports):
    write_crate(reports, None)
    entities = graph(reports)
    run = entities["#run-02-rate/year=2006"]
    read = [entities[name].get("name") for name in ids(run["object"]) if name.startswith("#data/")]
    assert read == [
        "data/processed/.kept",
        "data/processed/plan_counts.csv",
        "data/raw/meti-2005/core_firm_capital.csv",
    ]
    assert entities[ids(run["instrument"])[0]]["@type"] == "SoftwareSourceCode"
    assert not (reports / "inputs").exists()


def test_the_root_tells_what_it_is_in_both_languages_of_whom_and_under_which_terms(reports, root):
    write_crate(reports, root)
    entities = graph(reports)
    top = entities["./"]
    assert "ノートブック" in top["description"]
    assert "notebooks" in top["description"]
    assert ids(top["license"]) == ["#terms-of-data", "https://spdx.org/licenses/MIT"]
    assert ids(top["author"]) == ["https://orcid.org/0000-0001-0000-0009", "#author-2"]
    person = entities["https://orcid.org/0000-0001-0000-0009"]
    assert (person["name"], person["familyName"]) == ("Hanako Yamada", "Yamada")
    assert entities[person["affiliation"]["@id"]]["name"] == "東北大学"
    assert entities[top["publisher"]["@id"]]["name"] == "The developers"
    assert entities["#shinrenkei"]["softwareRequirements"] == "python 3.11.7"
    assert entities["02-rate/default/tables/rate.csv"]["license"] == {"@id": "#terms-of-data"}


def test_every_source_document_is_cited(reports, root):
    write_crate(reports, root)
    entities, sources = graph(reports), catalog.sources()
    cited = [entities[name] for name in ids(entities["./"]["citation"])]
    assert [entity["identifier"] for entity in cited] == sources["source_id"].tolist()
    assert [entity.get("url") for entity in cited] == [
        value if value == value else None for value in sources["address"]
    ]
    counts = entities["inputs/data/processed/plan_counts.csv"]
    assert {"#source-meti-2005", "#source-smrj-2007"} <= set(ids(counts["citation"]))
    printed = entities["inputs/data/raw/meti-2005/core_firm_capital.csv"]
    assert printed["citation"] == {"@id": "#source-meti-2005"}


def test_the_same_folder_gives_the_same_bytes_and_copies_stay_untouched(reports, root):
    first = write_crate(reports, root).read_bytes()
    before = {path: path.stat().st_mtime_ns for path in (reports / "inputs").rglob("*")}
    assert write_crate(reports, root).read_bytes() == first
    assert {path: path.stat().st_mtime_ns for path in (reports / "inputs").rglob("*")} == before


def test_runs_at_another_time_change_the_date_of_publication_alone(reports, root):
    first = write_crate(reports, root).read_text(encoding="utf-8")
    for path in reports.glob("*/*/manifest.json"):
        later = path.read_text(encoding="utf-8").replace("2026-11-21", "2027-01-01").replace("1.25", "31.5")
        path.write_text(later, encoding="utf-8")
    report.build(reports, claims=claims())
    second = write_crate(reports, root).read_text(encoding="utf-8")
    assert '"datePublished": "2026-11-21"' in first
    assert second == first.replace('"datePublished": "2026-11-21"', '"datePublished": "2027-01-01"')


def test_the_day_is_that_of_the_newest_run_in_utc_or_the_one_given(reports):
    add_run(reports, "02-rate", "late", timing={"started": "2026-11-23T03:00:00+09:00"})
    write_crate(reports, None)
    assert graph(reports)["./"]["datePublished"] == "2026-11-22"
    write_crate(reports, None, date_published=date(2007, 3, 31))
    assert graph(reports)["./"]["datePublished"] == "2007-03-31"


def test_an_input_that_is_gone_leaves_the_folder(reports, root):
    write_crate(reports, root)
    (root / "data" / "raw" / "meti-2005" / "core_firm_capital.csv").unlink()
    write_crate(reports, root)
    assert not (reports / "inputs/data/raw/meti-2005/core_firm_capital.csv").exists()
    assert "inputs/data/raw/meti-2005/" not in graph(reports)


def test_what_is_being_written_or_hidden_at_the_top_is_no_part(reports, root):
    (reports / "02-rate" / ".part-abc").mkdir()
    (reports / "02-rate" / ".part-abc" / "notebook.ipynb").write_text("{")
    (reports / ".report.json").write_text("{}")
    write_crate(reports, root)
    assert not [name for name in graph(reports) if ".part-" in name or ".report" in name]


def test_without_a_run_a_date_must_be_given(tmp_path):
    with pytest.raises(InputError, match=r"No run in the reports tells when .* date_published"):
        write_crate(tmp_path, None)
    assert list(tmp_path.iterdir()) == []


def test_runs_that_stand_where_inputs_go_are_not_touched(reports, root):
    add_run(reports, "inputs", "default")
    before = on_disk(reports)
    with pytest.raises(InputError, match="inputs holds runs"):
        write_crate(reports, root)
    assert on_disk(reports) == before


def test_a_folder_that_is_no_checkout_and_one_that_is_missing_are_refused(reports, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"There is nothing of .* expected a checkout"):
        write_crate(reports, tmp_path / "empty")
    with pytest.raises(InputError, match=r"There is no folder .*missing; expected the reports"):
        write_crate(tmp_path / "missing", None)


def test_a_citation_file_that_cannot_be_read_is_one_sentence(reports, root):
    (root / "CITATION.cff").write_text("authors: [", encoding="utf-8")
    with pytest.raises(InputError, match=r"CITATION\.cff cannot be read .* expected a citation file in YAML"):
        write_crate(reports, root)
