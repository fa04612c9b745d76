"""The command line: what it prints, and the exit status it leaves."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from shinrenkei import catalog, cli, paths, synthetic
from shinrenkei.own_data import read_firms

ROOT = Path(__file__).parents[1]


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["shinrenkei", *words])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return int(stopped.value.code or 0)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "data", tmp_path / "data")
    monkeypatch.setattr(paths, "require_checkout", lambda: tmp_path)
    return tmp_path


def test_build_check_says_that_all_is_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "build", "--check") == 0
    assert "is what the build gives" in capsys.readouterr().out


def test_build_check_fails_with_the_table_and_the_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], checkout: Path
) -> None:
    path = checkout / "data/processed/loan_amounts.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("70", "71"), encoding="utf-8")
    assert call(monkeypatch, "build", "--check") == 1
    error = capsys.readouterr().err
    assert "data/processed/loan_amounts.csv, row 1 (line 2)" in error
    assert "Traceback" not in error


def test_build_mends_what_differs_and_then_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], checkout: Path
) -> None:
    (checkout / "data/processed/loan_amounts.csv").write_text("recipient\n")
    assert call(monkeypatch, "build") == 0
    assert "1 files changed" in capsys.readouterr().out
    assert call(monkeypatch, "build") == 0
    assert "0 files changed" in capsys.readouterr().out


def test_a_bad_cell_is_one_sentence_and_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], checkout: Path
) -> None:
    path = checkout / "data/raw/meti-2005/loan_amounts.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("70百万円", "七拾百万ドル"), encoding="utf-8")
    before = sorted(
        (entry.name, entry.stat().st_mtime_ns) for entry in (checkout / "data/processed").iterdir()
    )
    assert call(monkeypatch, "build") == 1
    error = capsys.readouterr().err.strip()
    assert len(error.splitlines()) == 1
    assert (
        "loan_amounts.csv, row 1 (line 2), column 平均融資額: '七拾百万ドル' is not an amount of money"
        in error
    )
    assert before == sorted(
        (entry.name, entry.stat().st_mtime_ns) for entry in (checkout / "data/processed").iterdir()
    )


def test_claims_prints_the_ledger(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "claims", "--source", "meti-2005", "--lang", "en") == 0
    assert "meti-2005/capital-total" in capsys.readouterr().out


def test_claims_exits_with_1_where_a_status_is_not_the_recorded_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    load = catalog.load

    def wrong(name: str) -> pd.DataFrame:
        frame = load(name)
        if name == "core_firm_capital":
            frame.loc[0, "firms"] = 99
        return frame

    monkeypatch.setattr(catalog, "load", wrong)
    assert call(monkeypatch, "claims", "--source", "meti-2005") == 1
    assert "meti-2005/capital-total" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["claims", "--source", "meti-2006"], "Unknown source 'meti-2006'"),
        (["claims", "--lang", "fr"], "expected ja or en"),
        (["nonsense"], "No such command 'nonsense'."),
        (["runn"], "shinrenkei: No such command 'runn'. Did you mean 'run'?"),
        (
            ["build", "--chek"],
            "shinrenkei build: No such option: --chek (Possible options: --check, --help).",
        ),
        (["params"], "shinrenkei params: Missing argument 'notebook'."),
        (["synth"], "shinrenkei synth: Missing argument 'what'. Choose from: plans, firms."),
        (["sweep", "--cluster", "moon"], "Invalid value for '--cluster': 'moon' is not one of 'local'."),
        (
            ["reproduce", "--jobs", "0"],
            "Invalid value for '--jobs': Input should be greater than or equal to 1.",
        ),
    ],
)
def test_wrong_words_are_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert call(monkeypatch, *words) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert len(error.splitlines()) == 1


def test_no_words_at_all_show_the_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch) == 2
    shown = "".join(capsys.readouterr())
    assert shown.startswith("Usage: ")
    assert "reproduce" in shown


@pytest.mark.parametrize("ending", ["csv", "CSV", "parquet", "xlsx"])
def test_synth_writes_the_register_that_the_seed_gives(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, ending: str
) -> None:
    out = tmp_path / "new" / f"synthetic-plans.{ending}"
    assert call(monkeypatch, "synth", "plans", "--n", "321", "--seed", "1", "--out", str(out)) == 0
    assert "321 rows of synthetic data" in capsys.readouterr().out
    readers = {
        "csv": pd.read_csv,
        "xlsx": partial(pd.read_excel, engine="calamine"),
        "parquet": pd.read_parquet,
    }
    frame = readers[ending.lower()](out)
    assert frame["synthetic"].all()
    assert frame["first_sales_on"].notna().sum() == 158


def test_synth_writes_the_same_workbook_twice_and_the_notebooks_read_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = [tmp_path / name / "synthetic-firms.xlsx" for name in ("one", "two")]
    for moment, path in zip((1_500_000_000, 1_600_000_000), files, strict=True):
        monkeypatch.setattr("time.time", lambda moment=moment: moment)
        assert call(monkeypatch, "synth", "firms", "--n", "100", "--out", str(path)) == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    firms, made = read_firms(files[0]), synthetic.firms(n=100)
    assert firms.attrs["synthetic"] is True
    for name in ("firm_id", "year", "employees", "value_added_yen", "partner_type"):
        assert firms[name].tolist() == made[name].tolist()


def test_synth_refuses_another_kind_of_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert call(monkeypatch, "synth", "firms", "--out", str(tmp_path / "synthetic.docx")) == 2
    assert "ends in .docx; expected .csv, .parquet or .xlsx" in capsys.readouterr().err
