"""Everything in one command: the data, every run, the claims and the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from shinrenkei import recipes, runs
from shinrenkei.errors import InputError, ShinrenkeiError
from shinrenkei.paths import require_checkout
from shinrenkei.project import project_inputs
from shinrenkei.report.current import digest_of, forget, is_current, remember

if TYPE_CHECKING:
    import pandas as pd


class Progress(runs.SweepProgress, Protocol):
    """What a sweep tells, and what is done beside it."""

    def say(self, text: str) -> None:
        """Say what is being done beside the runs."""


def reproduce(out: Path, progress: Progress, *, jobs: int = 2, options: runs.Options | None = None) -> Path:
    """Build the data, make every run of ``notebooks/runs.toml``, check the claims and write the report.

    What has not changed is used again: runs by their manifests, the report by what it was made from.

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
    InputError
        Where the folder of the report cannot be written to.
    ShinrenkeiError
        Where the build stops, a run failed or a claim stands otherwise than recorded; the report is written
        all the same once the data is built, and says so.
    """
    root = require_checkout()
    progress.say("Building the data")
    recipes.write(recipes.build(root / "data"), root / "data" / "processed")
    progress.say("Running the notebooks")
    inputs = project_inputs()
    sets = runs.read_runs(root / "notebooks" / "runs.toml")
    results = runs.sweep(sets, out, jobs=jobs, inputs=inputs, options=options, progress=progress)
    key = digest_of([inputs.library, str(inputs.lock), *inputs.files.values(), *_states(results)])
    if not is_current(out, key):
        _report(root, out, key, results, progress)
    return (out / "index.html").resolve()


def _states(results: Sequence[runs.RunResult]) -> list[str]:
    return [f"{result.path.as_posix()} {result.status == 'failed'} {result.key}" for result in results]


def _report(root: Path, out: Path, key: str, results: Sequence[runs.RunResult], progress: Progress) -> None:
    from shinrenkei import claims

    progress.say("Checking the claims")
    ledger = claims.check()
    progress.say("Writing the report")
    try:
        forget(out)
        write_report(root, out, ledger)
        _refuse_failures(results, claims.contradicted(ledger)["claim_id"].tolist(), out)
        files = [path.name for path in out.iterdir() if path.is_file() and not path.name.startswith(".")]
        remember(out, key, sorted(files))
    except OSError as error:
        msg = f"{out} cannot be written to ({error.strerror}); expected a writable folder."
        raise InputError(msg) from None


def write_report(root: Path, out: Path, ledger: pd.DataFrame) -> None:
    """Write the workbook, the pages and the metadata for an archive into the folder of the runs.

    Parameters
    ----------
    root
        The checkout.
    out
        The folder of the runs.
    ledger
        What :func:`shinrenkei.claims.check` returns.
    """
    from shinrenkei import report

    report.write_workbook(out / "shinrenkei.xlsx", ledger=ledger)
    report.build(out, claims=ledger, key_figures=key_figures(), downloads=["ro-crate-metadata.json"])
    report.write_crate(out, root)


def key_figures() -> pd.DataFrame:
    """Return the few figures that the report shows first, each with its source line.

    Returns
    -------
    pandas.DataFrame
        Columns ``label_ja``, ``label_en``, ``value``, ``detail_ja``, ``detail_en``, ``source_ja`` and ``source_en``.
    """
    import pandas as pd

    from shinrenkei import catalog
    from shinrenkei.metrics.rates import commercialization_rate

    counts = catalog.load("plan_counts")
    pairs = counts[counts["certified"].notna() & counts["commercialized"].notna()]
    national = commercialization_rate(pairs[pairs["region"] == "all"], by=["as_of", "source_id"]).iloc[-1]
    day = national["as_of"].date()
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
    used = [str(national["source_id"])]
    lines = {f"source_{lang}": catalog.cite("plan_counts", lang, source_ids=used) for lang in ("ja", "en")}
    return pd.DataFrame(rows, columns=names).assign(**lines)


def _refuse_failures(results: Sequence[runs.RunResult], otherwise: Sequence[str], out: Path) -> None:
    failed = [result.sentence for result in results if result.status == "failed"]
    problems = [f"{len(failed)} of {len(results)} runs failed: {'; '.join(failed)}"] if failed else []
    if otherwise:
        problems.append(f"{len(otherwise)} claims stand otherwise than recorded: {', '.join(otherwise)}")
    if problems:
        msg = f"{'. '.join(problems)}. The report tells more: {(out / 'index.html').resolve()}"
        raise ShinrenkeiError(msg)
