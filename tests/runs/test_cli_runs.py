import json
import sys

import pytest

from shinrenkei import cli

PARAMETERS = """from typing import Literal
year: int = 2005  # the year
region: Literal["all", "kinki"] = "all"  # METI block
output_dir: str = "x"
"""


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Call the command line in a directory of the test; return its status and what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["shinrenkei", *map(str, words)])
        status = 0
        try:
            cli.main()
        except SystemExit as stopped:
            status = int(stopped.code or 0)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture
def notebook(write_notebook):
    return write_notebook("print(year)\nif year == 2007: raise ValueError('七')", parameters=PARAMETERS)


def test_params_shows_types_choices_defaults_and_meaning(call, notebook):
    status, out, _ = call("params", notebook)
    assert status == 0
    assert out.splitlines() == [
        "year: a whole number (default 2005)",
        "    the year",
        "region: all or kinki (default all)",
        "    METI block",
    ]


def test_a_call_with_wrong_words_says_everything_and_starts_nothing(call, notebook, tmp_path):
    status, _, err = call("run", notebook, "-p", "year=x", "-p", "regoin=all", "-p", "region=kniki")
    assert status == 2
    assert "Traceback" not in err
    assert "Parameter 'year' must be a whole number, not 'x'." in err
    assert "did you mean 'region'?" in err
    assert "did you mean 'kinki'?" in err
    assert not (tmp_path / "reports").exists()


def test_a_run_prints_its_page_and_a_failed_one_its_cell(call, notebook, tmp_path):
    (tmp_path / "p.yaml").write_text("year: 2006\nregion: kinki\n")
    status, out, _ = call("run", notebook, "-f", "p.yaml", "-p", "region=all")
    assert (status, out.strip()) == (0, str(tmp_path / "reports/n/year=2006/index.html"))
    status, out, err = call("run", notebook, "-p", "year=2007")
    assert (status, out) == (1, "")
    kept = tmp_path / "reports/n/year=2007.failed"
    assert f"n/year=2007 failed in cell 3, line 2: ValueError: 七\n    2007\n    kept in {kept}" in err


def test_a_sweep_sums_up_and_explains_and_resumes(call, notebook, tmp_path):
    words = ["sweep", notebook, "-p", "year=2005:2007", "--where", "year != 2006", "--jobs", "2"]
    status, out, _ = call(*words, "--explain")
    assert status == 0
    assert out.splitlines() == [
        "run  n/default: not run yet",
        "run  n/year=2007: not run yet",
        "2 of 2 runs would be made.",
    ]
    assert not (tmp_path / "reports").exists()
    status, out, err = call(*words)
    assert status == 1
    assert out.splitlines()[-1] == "1 done, 1 FAILED"
    assert "1 of 2 runs failed." in err
    assert "ValueError: 七" in err
    manifest = json.loads((tmp_path / "reports/n/default/manifest.json").read_text())
    manifest["inputs"]["library"] = "0"
    status, out, _ = call(*words, "--explain")
    assert "keep n/default" in out
    assert "run  n/year=2007: failed last time" in out
    status, out, _ = call("verify", "reports")
    assert (status, out) == (0, "1 runs are as their manifests say.\n")
    (tmp_path / "reports/n/default/figures/x.png").write_text("x")
    status, _, err = call("verify", "reports")
    assert status == 1
    assert "n/default: figures/x.png was added" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Name one notebook or more, or a file of runs"),
        (["n.ipynb", "--runs", "runs.toml"], "and not both"),
        (["--runs", "runs.toml", "-p", "year=1"], "stand in the file of runs"),
        (["--runs", "runs.toml", "--name", "secnd"], "did you mean 'second'"),
        (["none.ipynb"], "There is no notebook 'none.ipynb'"),
        (["n.ipynb", "--where", "yaer > 1"], "did you mean 'year'"),
    ],
)
def test_wrong_sweeps_are_one_sentence_and_status_2(call, notebook, tmp_path, words, said):
    (tmp_path / "runs.toml").write_text('[[runs]]\nname = "second"\nnotebook = "n.ipynb"\n')
    status, _, err = call("sweep", *words)
    assert status == 2
    assert said in err
    assert "Traceback" not in err


def test_named_sets_are_chosen(call, notebook, tmp_path):
    (tmp_path / "runs.toml").write_text(
        '[[runs]]\nname = "a"\nnotebook = "n.ipynb"\n'
        '[[runs]]\nname = "b"\nnotebook = "n.ipynb"\nparameters = {year = 1}'
    )
    status, out, _ = call("sweep", "--runs", "runs.toml", "--name", "b", "--explain")
    assert (status, out.splitlines()[0]) == (0, "run  n/year=1: not run yet")
