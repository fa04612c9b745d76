"""Everything in one command: whole where all is well, told where it is not, reused where nothing changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from shinrenkei import catalog, reproduce, runs
from shinrenkei.errors import BuildError, ShinrenkeiError
from shinrenkei.report.current import digest_of, forget, is_current, remember
from shinrenkei.runs.execute import NoProgress

ROOT = Path(__file__).parents[1]
COLD = runs.Options(warm=False)


class Told(NoProgress):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


def notebook(path: Path, code: str) -> None:
    cells = [
        nbformat.v4.new_markdown_cell("# 小さなノート"),
        nbformat.v4.new_code_cell('lang: str = "ja"  # language', metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(code),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "check out"
    shutil.copytree(ROOT / "data", root / "data")
    for name in ("LICENSE", "requirements.lock"):
        shutil.copyfile(ROOT / name, root / name)
    (root / "notebooks").mkdir()
    notebook(root / "notebooks" / "small.ipynb", "1 + 1")
    (root / "notebooks" / "runs.toml").write_text('[[runs]]\nnotebook = "small.ipynb"\n')
    monkeypatch.setattr(reproduce, "require_checkout", lambda: root)
    monkeypatch.setattr(reproduce, "project_inputs", lambda: runs.gather_inputs(root / "notebooks"))
    return root


def test_a_report_is_written_and_used_again_while_nothing_changes(checkout: Path, tmp_path: Path) -> None:
    out, first, second = tmp_path / "reports", Told(), Told()
    index = reproduce.reproduce(out, first, options=COLD)
    assert index == (out / "index.html").resolve()
    assert {"shinrenkei.xlsx", "claims.html", "ro-crate-metadata.json", "small"} <= {
        path.name for path in out.iterdir()
    }
    assert "158" in index.read_text(encoding="utf-8")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    reproduce.reproduce(out, second, options=COLD)
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert "Writing the report" in first.said
    assert "Writing the report" not in second.said
    (out / "claims.html").write_text("changed by hand")
    reproduce.reproduce(out, second, options=COLD)
    assert "Writing the report" in second.said
    assert "changed by hand" not in (out / "claims.html").read_text(encoding="utf-8")


def test_a_failed_run_is_told_with_its_cell_and_the_report_is_written_all_the_same(
    checkout: Path, tmp_path: Path
) -> None:
    notebook(checkout / "notebooks" / "small.ipynb", "1 / 0")
    for _ in range(2):
        with pytest.raises(
            ShinrenkeiError, match=r"1 of 1 runs failed: small/default failed in cell .*ZeroDivisionError"
        ):
            reproduce.reproduce(tmp_path / "reports", Told(), options=COLD)
    assert (tmp_path / "reports" / "index.html").is_file()


def test_a_claim_that_stands_otherwise_is_told(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = catalog.load

    def wrong(name: str) -> pd.DataFrame:
        frame = load(name)
        if name == "core_firm_capital":
            frame.loc[0, "firms"] = 99
        return frame

    monkeypatch.setattr(catalog, "load", wrong)
    with pytest.raises(
        ShinrenkeiError, match=r"claims stand otherwise than recorded: .*meti-2005/capital-total"
    ):
        reproduce.reproduce(tmp_path / "reports", Told(), options=COLD)


def test_a_bad_cell_stops_before_anything_is_run(checkout: Path, tmp_path: Path) -> None:
    path = checkout / "data/raw/meti-2005/loan_amounts.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("70", "七〇？"), encoding="utf-8")
    with pytest.raises(BuildError, match=r"loan_amounts.csv, row 1"):
        reproduce.reproduce(tmp_path / "reports", Told(), options=COLD)
    assert not (tmp_path / "reports").exists()


def test_the_key_figures_are_those_of_the_newest_national_pair() -> None:
    figures = reproduce.key_figures()
    assert figures["value"].tolist() == ["321", "158", "49.2%"]
    assert "43.8–54.7%" in figures["detail_en"].iloc[2]
    assert figures["source_en"].str.contains("SMRJ").all()


def test_a_report_is_current_only_with_its_key_and_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("a")
    assert not is_current(tmp_path, "k")
    remember(tmp_path, "k", ["index.html"])
    assert is_current(tmp_path, "k")
    assert not is_current(tmp_path, digest_of(["other"]))
    (tmp_path / "index.html").write_text("b")
    assert not is_current(tmp_path, "k")
    remember(tmp_path, "k", ["index.html"])
    (tmp_path / ".report.json").write_text("[]")
    assert not is_current(tmp_path, "k")
    forget(tmp_path)
    assert not is_current(tmp_path, "k")
