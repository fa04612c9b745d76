import json

import pytest

from shinrenkei.errors import InputError
from shinrenkei.runs.manifest import (
    Inputs,
    changed_outputs,
    fresh_of,
    gather_inputs,
    output_digests,
    read_manifest,
    run_key,
    why_not_current,
    write_manifest,
)

FRESH = {
    "notebook": "n",
    "parameters": {"year": 2006},
    "library": "l",
    "lock": "k",
    "files": {"data/a.csv": "a"},
    "versions": {"pandas": "3"},
    "seed": 0,
}


@pytest.fixture
def run(tmp_path):
    place = tmp_path / "run"
    (place / "figures").mkdir(parents=True)
    (place / "figures" / "a.png").write_bytes(b"png")
    (place / "index.html").write_text("page")
    write_manifest(
        place,
        {
            "manifest": 1,
            "status": "done",
            "key": run_key(FRESH),
            "inputs": {name: FRESH[name] for name in ("notebook", "library", "lock", "files")},
            "parameters": FRESH["parameters"],
            "versions": FRESH["versions"],
            "seed": 0,
            "outputs": output_digests(place),
        },
    )
    return place


def reason(run, **changed):
    fresh = {**FRESH, **changed}
    return why_not_current(run, run_key(fresh), fresh)


def test_a_run_is_current_while_nothing_changes(run):
    assert reason(run) == ""
    manifest = read_manifest(run)
    assert manifest is not None
    assert run_key(fresh_of(manifest)) == manifest["key"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"notebook": "m"}, "notebook changed"),
        ({"parameters": {"year": 2007}}, "parameters changed"),
        ({"library": "m"}, "library changed"),
        ({"lock": None}, "lock changed"),
        ({"seed": 1}, "seed changed"),
        ({"files": {"data/a.csv": "b"}}, "data/a.csv changed"),
        ({"files": {}}, "data/a.csv changed"),
        ({"versions": {"pandas": "4"}}, "pandas changed"),
        ({"notebook": "m", "library": "m"}, "notebook, library changed"),
    ],
)
def test_what_changed_is_named(run, changed, said):
    assert reason(run, **changed) == said


def test_outputs_that_were_touched_are_named(run):
    (run / "figures" / "a.png").write_bytes(b"PNG")
    (run / "b.txt").write_text("new")
    (run / "index.html").unlink()
    assert reason(run) == "b.txt was added; figures/a.png changed; index.html is missing"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"manifest": 2}', '{"manifest": 1, "key": 1}', "\xff", "[" * 100_000]
)
def test_a_manifest_that_cannot_be_read_makes_a_run_worthless(run, text):
    (run / "manifest.json").write_bytes(text.encode("latin-1"))
    assert reason(run) == "manifest.json is missing or cannot be read"


def test_failed_and_foreign_runs_are_not_current(run, tmp_path):
    manifest = json.loads((run / "manifest.json").read_text())
    write_manifest(run, manifest | {"status": "failed"})
    assert reason(run) == "did not finish"
    write_manifest(run, manifest | {"key": "0"})
    assert reason(run) == "made by another version of the runner"
    assert reason(tmp_path / "none") == "not run yet"
    (tmp_path / "none.failed").mkdir()
    assert reason(tmp_path / "none") == "failed last time"
    assert changed_outputs(run, manifest["outputs"]) == []


def test_inputs_are_digested_by_name_and_content(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "a.py").write_text("1")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "t.csv").write_text("1")

    def gather():
        return gather_inputs(tmp_path / "lib", tmp_path / "lock", [tmp_path / "data"], base=tmp_path)

    first = gather()
    assert isinstance(first, Inputs)
    assert list(first.files) == ["data/t.csv"]
    assert first.lock is None
    assert first == gather()
    (tmp_path / "lib" / "__pycache__").mkdir()
    (tmp_path / "lib" / "__pycache__" / "a.pyc").write_text("x")
    assert first == gather()
    (tmp_path / "lib" / "a.py").rename(tmp_path / "lib" / "b.py")
    (tmp_path / "lock").write_text("x")
    second = gather()
    assert second.library != first.library
    assert second.lock
    with pytest.raises(InputError, match="There is no input file"):
        gather_inputs(files=[tmp_path / "none"])
