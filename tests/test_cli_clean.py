"""The clean command."""

import sys
from pathlib import Path

import pytest

from shinrenkei.cli import main

DATA = Path(__file__).parent / "cleaning" / "data"


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["shinrenkei", "clean", *map(str, words)])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def test_a_file_is_guessed_and_cleaned(run, tmp_path):
    status, out, _ = run(DATA / "plans.xlsx", "--guess")
    assert status == 0
    assert out.startswith("plans.toml: a first codebook of 9 columns")
    status, out, _ = run(DATA / "plans.xlsx", "--codebook", "plans.toml", "--out", "tidy.parquet")
    assert status == 0
    assert (
        "16 lines = 4 rows in tidy.parquet + 3 rows in tidy.rejects.csv + 9 lines cut away; see tidy.report.md."
        in out
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "plans.toml",
        "tidy.parquet",
        "tidy.rejects.csv",
        "tidy.report.md",
    ]


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ([], 2, "Say --codebook FILE and --out FILE, or --guess"),
        (["--guess", "--out", "x.csv"], 2, "leave out --out"),
        (
            ["--codebook", "b.toml", "--out", "x.csv", "--sheet", "a"],
            2,
            "--sheet and --encoding go with --guess",
        ),
        (["--codebook", "none.toml", "--out", "x.csv"], 1, "none.toml does not exist."),
        (["--guess", "--sheet", "none"], 1, "has no sheet 'none'"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(run, tmp_path, words, status, sentence):
    got, _, err = run(DATA / "plans.xlsx", *words)
    assert got == status
    assert sentence in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_codebook_is_not_overwritten(run, tmp_path):
    (tmp_path / "plans.toml").write_text("mine", encoding="utf-8")
    status, _, err = run(DATA / "plans.xlsx", "--guess")
    assert status == 2
    assert "exists already and is not overwritten" in err
    assert (tmp_path / "plans.toml").read_text(encoding="utf-8") == "mine"


def test_a_guess_that_has_no_place_is_refused(run, tmp_path):
    for name, sentence in (
        ("nowhere/b.toml", "is no place for a codebook"),
        ("b.json", "is no place for a codebook"),
        ("b" * 300 + ".toml", "cannot be read or written: File name too long"),
    ):
        status, _, err = run(DATA / "plans.xlsx", "--guess", "--codebook", name)
        assert status in (1, 2)
        assert sentence in err
        assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_guess_is_written_whole_or_not_at_all(run, tmp_path, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    status, _, err = run(DATA / "plans.xlsx", "--guess")
    assert status == 1
    assert "plans.toml cannot be read or written: No space left on device." in err
    assert not list(tmp_path.iterdir())


def test_files_that_may_not_be_read_are_told_in_one_sentence(run, tmp_path, monkeypatch):
    (tmp_path / "mine.csv").write_text("a\n1\n", encoding="utf-8")
    monkeypatch.setattr("os.access", lambda *_: False)

    def denied(*_args, **_kwargs):
        raise PermissionError

    monkeypatch.setattr(Path, "open", denied)
    status, _, err = run("mine.csv", "--guess")
    assert (status, err) == (1, "shinrenkei: mine.csv may not be read or written by this user.\n")
