"""Everything in one command: the data, every run, the claims and the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pandas as pd

from shinrenkei import catalog, claims, recipes, report, runs
from shinrenkei.claims import contradicted
from shinrenkei.errors import ShinrenkeiError
from shinrenkei.metrics.rates import commercialization_rate
from shinrenkei.paths import require_checkout
from shinrenkei.project import project_inputs


class Progress(runs.SweepProgress, Protocol):
    """What a sweep tells, and what is done beside it."""

    def say(self, text: str) -> None:
        """Say what is being done beside the runs."""


def reproduce(out: Path, progress: Progress, *, jobs: int = 2, options: runs.Options | None = None) -> Path:
    """Build the data, make every run of ``notebooks/runs.toml``, check the claims and write the report.

    Parameters
    ----------
    out
        Folder of the runs and the report.
    progress
        Whom to tell what is going on.
    jobs
        Runs at the same time.
    options
        How runs are made.

    Returns
    -------
    pathlib.Path
        The report's first page.

    Raises
    ------
    ShinrenkeiError
        Where the build stops, a run failed or a claim stands otherwise than recorded; the report is written
        all the same once the data is built, and says so.
    """
    root = require_checkout()
    progress.say("Building the data")
    recipes.write(recipes.build(root / "data"), root / "data" / "processed")
    progress.say("Running the notebooks")
    sets = runs.read_runs(root / "notebooks" / "runs.toml")
    results = runs.sweep(sets, out, jobs=jobs, inputs=project_inputs(), options=options, progress=progress)
    progress.say("Checking the claims")
    ledger = claims.check()
    progress.say("Writing the report")
    index = report.build(out, claims=ledger, key_figures=key_figures()).resolve()
    _refuse_failures(results, ledger, index)
    return index


def key_figures() -> pd.DataFrame:
    """Return the few figures that the report shows first, each with its source line.

    Returns
    -------
    pandas.DataFrame
        Columns ``label_ja``, ``label_en``, ``value``, ``detail_ja``, ``detail_en``, ``source_ja`` and ``source_en``.
    """
    counts = catalog.load("plan_counts")
    pairs = counts[counts["certified"].notna() & counts["commercialized"].notna()]
    national = commercialization_rate(pairs[pairs["region"] == "all"], by=["as_of"]).iloc[-1]
    day, lines = (
        national["as_of"].date(),
        {lang: catalog.cite("smrj-2007/plan_counts", lang) for lang in ("ja", "en")},
    )
    interval = f"{100 * national['lower']:.1f}–{100 * national['upper']:.1f}%"
    rows = [
        ("認定件数", "Plans certified", f"{national['certified']}", f"{day} 現在", f"by {day}"),
        ("事業化件数", "Plans commercialized", f"{national['commercialized']}", f"{day} 現在", f"by {day}"),
        (
            "事業化率",
            "Commercialization rate",
            f"{100 * national['rate']:.1f}%",
            f"95％信頼区間 {interval}（Wilson）",
            f"95% interval {interval} (Wilson)",
        ),
    ]
    names = ["label_ja", "label_en", "value", "detail_ja", "detail_en"]
    return pd.DataFrame(rows, columns=names).assign(source_ja=lines["ja"], source_en=lines["en"])


def _refuse_failures(results: Sequence[runs.RunResult], ledger: pd.DataFrame, index: Path) -> None:
    failed = [
        f"{result.path.parent.name}/{result.path.name}" for result in results if result.status == "failed"
    ]
    otherwise = contradicted(ledger)["claim_id"].tolist()
    problems = [f"{len(failed)} of {len(results)} runs failed ({', '.join(failed)})"] if failed else []
    if otherwise:
        problems.append(f"{len(otherwise)} claims stand otherwise than recorded ({', '.join(otherwise)})")
    if problems:
        msg = f"{'; '.join(problems)}. The report tells more: {index}"
        raise ShinrenkeiError(msg)
