"""Everything in one command: the data, every run, the claims and the report, with a progress bar."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from shinrenkei import catalog, claims, recipes, report, runs
from shinrenkei.claims import contradicted
from shinrenkei.errors import ShinrenkeiError
from shinrenkei.metrics.rates import commercialization_rate
from shinrenkei.paths import require_checkout

_STEPS = 3
"""The build, the claims and the report; each run is a step more."""


class _RunsOnBar:
    """What a sweep tells, drawn on the bar: a step a finished run, and where the newest run is."""

    def __init__(self, bar: Progress, task: object) -> None:
        self._bar, self._task = bar, task

    def _say(self, text: str, advance: int = 0) -> None:
        self._bar.update(self._task, description=text, advance=advance)  # type: ignore[arg-type]

    def planned(self, plans: Sequence[runs.Plan]) -> None:
        """Make room on the bar for every run."""
        self._bar.update(self._task, total=_STEPS + len(plans))  # type: ignore[arg-type]

    def started(self, plan: runs.Plan) -> None:
        """Name the run."""
        self._say(f"{plan.place.parent.name} {plan.place.name}")

    def at(self, plan: runs.Plan, where: str) -> None:
        """Name the run and the cell it is at."""
        self._say(f"{plan.place.parent.name} {plan.place.name}: {where}")

    def finished(self, plan: runs.Plan, result: runs.RunResult) -> None:
        """Go on by one."""
        self._say(f"{plan.place.parent.name} {plan.place.name}: {result.status}", advance=1)


def reproduce(out: Path, jobs: int = 2, console: Console | None = None) -> Path:
    """Build the data, make every run of ``notebooks/runs.toml``, check the claims and write the report.

    Parameters
    ----------
    out
        Folder of the runs and the report.
    jobs
        Runs at the same time.
    console
        Where the progress bar is drawn; standard error by default.

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
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console or Console(stderr=True)) as bar:
        task = bar.add_task("Building the data", total=_STEPS)
        recipes.write(recipes.build(root / "data"), root / "data" / "processed")
        bar.update(task, advance=1)
        results = runs.sweep(
            runs.read_runs(root / "notebooks" / "runs.toml"),
            out,
            jobs=jobs,
            inputs=gather_inputs(root),
            progress=_RunsOnBar(bar, task),
        )
        bar.update(task, description="Checking the claims")
        ledger = claims.check()
        bar.update(task, advance=1, description="Writing the report")
        index = report.build(out, claims=ledger, key_figures=key_figures())
        bar.update(task, advance=1, description="Done")
    _refuse_failures(results, ledger, index)
    return index.resolve()


def gather_inputs(root: Path) -> runs.Inputs:
    """Return what every run of the project depends on: the library, the lock and the data."""
    return runs.gather_inputs(
        root / "src" / "shinrenkei",
        root / "requirements.lock",
        [root / "data" / "processed", root / "data" / "raw"],
        base=root,
    )


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
        msg = f"{'; '.join(problems)}. The report tells more: {index.resolve()}"
        raise ShinrenkeiError(msg)
