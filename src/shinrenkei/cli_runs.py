"""The commands over notebooks: params, run, sweep and verify."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shinrenkei.errors import InputError, ShinrenkeiError

if TYPE_CHECKING:
    from shinrenkei import runs

# what the project's notebooks import through the library, beside what they import themselves
PRELOAD = {
    "shinrenkei": (
        "shinrenkei.catalog",
        "shinrenkei.metrics",
        "shinrenkei.figures",
        "shinrenkei.claims",
        "scipy.stats",
        "seaborn",
        "statsmodels.api",
        "matplotlib_fontja",
    )
}
STATUS = {"done": "done", "reused": "unchanged", "failed": "FAILED"}
LISTED = 40

Notebook = Annotated[Path, typer.Argument(help="The notebook's file.")]
Assignments = Annotated[
    list[str] | None, typer.Option("--parameter", "-p", help="name=value; may be repeated.")
]
ParameterFile = Annotated[Path | None, typer.Option("--file", "-f", help="YAML or JSON file of parameters.")]
Out = Annotated[Path, typer.Option(help="Directory of all runs.")]
Timeout = Annotated[float | None, typer.Option(min=0.1, help="Seconds after which a run is given up.")]
Retries = Annotated[int, typer.Option(min=0, help="How often a failed run is tried again.")]
Force = Annotated[bool, typer.Option("--force", help="Run again even what has not changed.")]
Cold = Annotated[bool, typer.Option("--cold", help="Start every kernel anew instead of forking it.")]


class Cluster(StrEnum):
    """Where Dask workers can be started."""

    local = "local"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (params, run, sweep, verify):
        app.command()(command)


def params(notebook: Notebook) -> None:
    """Show a notebook's parameters: types, choices, defaults, meaning."""
    from shinrenkei import runs

    for parameter in runs.read_parameters(notebook):
        if parameter.set_by_runner:
            continue
        default = "required" if parameter.required else f"default {_shown(parameter.default)}"
        typer.echo(f"{parameter.name}: {parameter.allowed} ({default})")
        if parameter.meaning:
            typer.echo(f"    {parameter.meaning}")


def _shown(value: object) -> str:
    return "none" if value is None else str(value)


def run(
    notebook: Notebook,
    parameter: Assignments = None,
    file: ParameterFile = None,
    *,
    out: Out = Path("reports"),
    timeout: Timeout = None,
    retries: Retries = 0,
    force: Force = False,
    cold: Cold = False,
) -> None:
    """Run a notebook once with the given parameters; print where the run stands."""
    from shinrenkei import runs
    from shinrenkei.project import project_inputs

    schema = runs.read_parameters(notebook)
    values = runs.parse_assignments(schema, parameter or [], _from_file(file))
    options = runs.Options(timeout=timeout, retries=retries, force=force, warm=not cold, preload=PRELOAD)
    plan = runs.plan_run(notebook, values, out, project_inputs(), options)
    with Display(1) as display:
        [result] = runs.run_plans([plan], options=options, progress=display)
    if result.status == "failed":
        raise ShinrenkeiError(_failure(result))
    typer.echo(str(result.path / "index.html"))


def _from_file(file: Path | None) -> dict[str, Any]:
    from shinrenkei import runs

    return runs.read_parameter_file(file) if file is not None else {}


def _failure(result: runs.RunResult) -> str:
    """Return what went wrong in a run, the last it printed and where its notebook is kept."""
    last = "".join(f"\n    {line}" for line in (result.error or {}).get("last", []))
    kept = f"\n    kept in {result.path}" if (result.path / "notebook.ipynb").is_file() else ""
    return f"{result.sentence}{last}{kept}"


def sweep(
    notebook: Annotated[
        list[Path] | None, typer.Argument(help="The notebook, unless --runs names them.")
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", help="name=value, name=a,b or name=2005:2007; may be repeated."),
    ] = None,
    file: ParameterFile = None,
    *,
    runs_file: Annotated[Path | None, typer.Option("--runs", help="TOML file of sets of runs.")] = None,
    name: Annotated[list[str] | None, typer.Option(help="Only the sets of this name in --runs.")] = None,
    where: Annotated[
        str, typer.Option(help="Keep these combinations: fiscal_year > 2005 or region == 'all'.")
    ] = "",
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Runs at the same time.")] = os.cpu_count()
    or 1,
    out: Out = Path("reports"),
    timeout: Timeout = None,
    retries: Retries = 0,
    force: Force = False,
    cold: Cold = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Run nothing; say what would be run, and why.")
    ] = False,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, such as tcp://host:8786.")
    ] = None,
    cluster: Annotated[Cluster | None, typer.Option(help="Start Dask workers on this machine.")] = None,
) -> None:
    """Run every combination of parameters, several side by side; what has not changed is kept."""
    from shinrenkei import runs
    from shinrenkei.project import project_inputs

    sets = _sets(notebook or [], parameter or [], file, runs_file, name or [], where)
    options = runs.Options(timeout=timeout, retries=retries, force=force, warm=not cold, preload=PRELOAD)
    plans = runs.plan_sweep(sets, out, inputs=project_inputs(), options=options)
    if explain:
        _explain(plans)
        return
    with Display(jobs) as display:
        if scheduler or cluster is Cluster.local:
            results = runs.run_on_cluster(plans, scheduler, jobs, options, display, project_inputs)
        else:
            results = runs.run_plans(plans, jobs=jobs, options=options, progress=display)
    _summarize(results)


def _sets(
    notebooks: Sequence[Path],
    assignments: Sequence[str],
    file: Path | None,
    runs_file: Path | None,
    names: Sequence[str],
    where: str,
) -> list[runs.RunSet]:
    """Return the sets of runs that a call names."""
    from shinrenkei import runs

    if (runs_file is None) == (not notebooks):
        msg = "Name one notebook or more, or a file of runs with --runs, and not both."
        raise InputError(msg)
    if runs_file is not None:
        if assignments or file or where:
            msg = "Parameters and --where stand in the file of runs; give them with a notebook instead."
            raise InputError(msg)
        sets = runs.read_runs(runs_file)
        known = {one.name for one in sets if one.name}
        for name in names:
            if name not in known:
                raise _unknown_set(name, known)
        return [one for one in sets if not names or one.name in names]
    given = _from_file(file)
    schemas = [(notebook, runs.read_parameters(notebook)) for notebook in notebooks]
    return [
        runs.RunSet(notebook, runs.parse_sweep(schema, assignments, given), where)
        for notebook, schema in schemas
    ]


def _unknown_set(name: str, known: set[str]) -> InputError:
    from shinrenkei.errors import unknown_name

    return unknown_name("set of runs", name, known)


def _explain(plans: Sequence[runs.Plan]) -> None:
    from shinrenkei import runs

    reasons = runs.explain(plans)
    for plan, reason in zip(plans, reasons, strict=True):
        typer.echo(f"{'run ' if reason else 'keep'} {plan.name}{f': {reason}' if reason else ''}")
    typer.echo(f"{sum(map(bool, reasons))} of {len(plans)} runs would be made.")


def _summarize(results: Sequence[runs.RunResult]) -> None:
    """Print a line a run (only failed ones of many), then the counts; fail where a run did."""
    for result in results:
        if len(results) <= LISTED or result.status == "failed":
            took = f"{result.seconds:6.1f} s" if result.status != "reused" else ""
            typer.echo(f"{STATUS[result.status]:<10} {took:>8}  {result.notebook}/{result.name}")
    counts = {status: sum(result.status == status for result in results) for status in STATUS}
    typer.echo(
        ", ".join(f"{count} {STATUS[status]}" for status, count in counts.items() if count) or "No runs."
    )
    failed = [result for result in results if result.status == "failed"]
    if failed:
        said = "\n".join(_failure(result) for result in failed)
        msg = f"{len(failed)} of {len(results)} runs failed.\n{said}"
        raise ShinrenkeiError(msg)


def verify(
    directory: Annotated[Path, typer.Argument(help="A run, or a directory of runs.")] = Path("reports"),
    *,
    rerun: Annotated[bool, typer.Option("--rerun", help="Run everything again and compare.")] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Runs at the same time.")] = os.cpu_count()
    or 1,
) -> None:
    """Recompute every digest of finished runs and name each file that is not as its manifest says."""
    from shinrenkei import runs
    from shinrenkei.project import project_inputs

    verdicts = runs.verify_runs(directory)
    if rerun:
        with Display(jobs) as display:
            options = runs.Options(preload=PRELOAD)
            verdicts = runs.rerun_runs(verdicts, project_inputs(), jobs, options, display)
    problems = [f"{verdict.path}: {problem}" for verdict in verdicts for problem in verdict.problems]
    if problems:
        raise ShinrenkeiError("\n".join(problems))
    again = " and come out the same when run again" if rerun else ""
    typer.echo(f"{len(verdicts)} runs are as their manifests say{again}.")


class Display:
    """Progress of a sweep: on a terminal a bar and a line a worker, elsewhere a line a finished run.

    Parameters
    ----------
    lines : int
        How many runs are made at a time.
    """

    def __init__(self, lines: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn())
        self.console = Console(stderr=True)
        self.bar = Progress(
            *columns, TimeElapsedColumn(), console=self.console, disable=not self.console.is_terminal
        )
        self.total = self.bar.add_task("Runs", total=None)
        self.free = [self.bar.add_task("", total=None, visible=False) for _ in range(lines)]
        self.line: dict[Path, Any] = {}
        self.count, self.finished_count = 0, 0

    def __enter__(self) -> Display:
        """Start drawing."""
        self.bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Stop drawing; after Ctrl-C say what is left to do."""
        self.bar.stop()
        if kind is KeyboardInterrupt:
            kept = f"{self.finished_count} of {self.count} runs are finished and kept"
            self.console.print(f"{kept}; the same command makes the rest.", highlight=False)

    def say(self, text: str) -> None:
        """Say what is being done beside the runs."""
        self.bar.update(self.total, description=text)
        if not self.console.is_terminal:
            self.console.print(text, highlight=False, soft_wrap=True, markup=False)

    def planned(self, plans: Sequence[runs.Plan]) -> None:
        """Make room on the bar for every run."""
        self.count = len(plans)
        self.bar.update(self.total, total=len(plans))

    def started(self, plan: runs.Plan) -> None:
        """Give the run a line."""
        if self.free:
            self.line[plan.place] = self.free.pop(0)
        self.at(plan, "starting")

    def at(self, plan: runs.Plan, where: str) -> None:
        """Say on the run's line where it is."""
        if plan.place in self.line:
            self.bar.update(self.line[plan.place], description=f"{plan.name}: {where}", visible=True)

    def finished(self, plan: runs.Plan, result: runs.RunResult) -> None:
        """Free the run's line and go on by one."""
        self.finished_count += 1
        self.bar.update(self.total, advance=1)
        line = self.line.pop(plan.place, None)
        if line is not None:
            self.bar.update(line, visible=False)
            self.free.append(line)
        if not self.console.is_terminal and result.status != "reused" and self.count > 1:
            said = f"{self.finished_count}/{self.count} {plan.name}: {STATUS[result.status]}"
            self.console.print(said, highlight=False, soft_wrap=True, markup=False)
