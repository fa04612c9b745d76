"""One run of a notebook: staged, executed by papermill, written whole."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from shinrenkei.runs.kernel import KernelLostError, RunFailedError, execute_cells
from shinrenkei.runs.manifest import VERSION, Inputs, output_digests, why_not_current, write_manifest
from shinrenkei.runs.notebook import tags
from shinrenkei.runs.parameters import OUTPUT_PARAMETER, injected_source
from shinrenkei.runs.place import failed_place, put_in_place, remove_run, stage
from shinrenkei.runs.plan import STAGED, Options, Plan, digest, plan_run, staged_values
from shinrenkei.runs.tidy import INJECTED_TAG

Progress = Callable[[str], None]


@dataclass(frozen=True)
class RunResult:
    """What became of a run.

    Attributes
    ----------
    notebook : str
        Name of the notebook without its suffix.
    name : str
        Name of the run: its parameters that differ from the defaults.
    title : str
        The notebook's first heading.
    parameters : dict
        Every parameter as the manifest states it.
    path : Path
        Directory of the run; of what is left of it where it failed.
    status : str
        ``done``, ``reused`` (the one in place was current) or ``failed``.
    reason : str
        Why it had to be run.
    key : str
        Digest of everything it depends on.
    error : dict or None
        Where it failed: ``cell``, ``line``, ``source``, ``name``, ``message``, ``last`` (lines it printed).
    seconds : float
        How long it took.
    """

    notebook: str
    name: str
    title: str
    parameters: dict[str, Any]
    path: Path
    status: str
    reason: str
    key: str
    error: dict[str, Any] | None = None
    seconds: float = 0.0

    @property
    def sentence(self) -> str:
        """What went wrong and where, in one sentence; empty where nothing did."""
        if self.error is None:
            return ""
        parts = [("cell", self.error["cell"]), ("line", self.error["line"])]
        where = ", ".join(f"{word} {number}" for word, number in parts if number)
        run = f"{self.notebook}/{self.name}"
        return f"{run} failed{f' in {where}' if where else ''}: {self.error['name']}: {self.error['message']}"


class SweepProgress(Protocol):
    """What many runs tell while they are made; the calls come one at a time."""

    def planned(self, plans: Sequence[Plan]) -> None:
        """Say which runs there are."""

    def started(self, plan: Plan) -> None:
        """Say that a run has started."""

    def at(self, plan: Plan, where: str) -> None:
        """Say where a run is, such as ``cell 3 of 9``."""

    def finished(self, plan: Plan, result: RunResult) -> None:
        """Say what became of a run."""


class NoProgress:
    """Tells nobody."""

    def planned(self, plans: Sequence[Plan]) -> None:
        """Say nothing."""

    def started(self, plan: Plan) -> None:
        """Say nothing."""

    def at(self, plan: Plan, where: str) -> None:
        """Say nothing."""

    def finished(self, plan: Plan, result: RunResult) -> None:
        """Say nothing."""


def run_notebook(
    notebook: str | Path,
    parameters: Mapping[str, Any] | None = None,
    out: str | Path = "reports",
    *,
    inputs: Inputs | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Run a notebook with the given parameters, or reuse the run in place where nothing has changed.

    Parameters
    ----------
    notebook : str or Path
        The notebook's file; a code cell of it carries the tag ``parameters``.
    parameters : mapping of str to Any, optional
        Values by name; what is not named has its default.
    out : str or Path
        The directory of all runs. This one goes to ``out/<notebook>/<parameters>/``.
    inputs : Inputs, optional
        What runs depend on beside notebook and parameters; the library alone if not given.
    options : Options, optional
        Time limit, retries, seed.
    progress : callable, optional
        Called with a few words whenever a cell starts.

    Returns
    -------
    RunResult
        A run that failed is a result too: its notebook up to the error is kept in ``<parameters>.failed/``,
        and a good run that is in place stays as it is.

    Raises
    ------
    InputError
        Where nothing could be run: a bad notebook, values that do not fit, a place that cannot be written.
    """
    options = options or Options()
    return execute_plan(plan_run(notebook, parameters, out, inputs, options), options, progress)


def execute_plan(
    plan: Plan,
    options: Options,
    progress: Progress | None = None,
    make_kernel: Callable[[], Any] | None = None,
) -> RunResult:
    """Make the run that ``plan`` describes, or reuse the one in place.

    Kernels come from ``make_kernel``, or are started as usual.
    """
    reason = why_not_current(plan.place, plan.key, plan.fresh)
    if not reason and not options.force:
        return reused(plan)
    for tries_left in range(options.retries, -1, -1):
        attempt = partial(_attempt, plan, options, reason or "asked for", progress or _silent, not tries_left)
        try:
            result = attempt(make_kernel)
        except KernelLostError:
            result = attempt(None)
        if result.status == "done":
            break
    return result


def reused(plan: Plan) -> RunResult:
    """Return the result of a run that is current already."""
    return _result(plan, "reused", plan.place, "")


def failed_outside(plan: Plan, problem: Exception) -> RunResult:
    """Return the result of a run that failed for a reason that lies outside its notebook."""
    name, message = type(problem).__name__, str(problem) or "no more is known"
    return _result(plan, "failed", plan.place, "", error=_error(name, message))


def _error(name: str, message: str) -> dict[str, Any]:
    return {"cell": None, "line": None, "source": "", "name": name, "message": message, "last": []}


def _silent(words: str) -> None:
    """Tell nobody."""


def _result(plan: Plan, status: str, path: Path, reason: str, **more: Any) -> RunResult:
    return RunResult(
        notebook=plan.place.parent.name,
        name=plan.place.name,
        title=plan.notebook.title,
        parameters=plan.fresh["parameters"],
        path=path,
        status=status,
        reason=reason,
        key=plan.key,
        **more,
    )


def _attempt(
    plan: Plan,
    options: Options,
    reason: str,
    progress: Progress,
    keep_failed: bool,
    make_kernel: Callable[[], Any] | None,
) -> RunResult:
    """Make the run once."""
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    error: dict[str, Any] | None = None
    path = plan.place
    try:
        with stage(plan.place) as work:
            run = work / "run"
            _stage_inputs(plan, run)
            try:
                notebook = execute_cells(_prepare(plan), run, options, progress, make_kernel)
            except RunFailedError as failure:
                notebook, error = failure.notebook, failure.error
            timing = {"started": started, "seconds": round(time.perf_counter() - clock, 3)}
            _finish(plan, run, notebook, error, timing)
            failed = failed_place(plan.place)
            if error is None:
                put_in_place(run, plan.place)
                remove_run(failed)
            elif keep_failed:
                put_in_place(run, failed)
                path = failed
    except OSError as problem:
        error = error or _error(type(problem).__name__, problem.strerror or str(problem))
    status = "done" if error is None else "failed"
    return _result(plan, status, path, reason, error=error, seconds=time.perf_counter() - clock)


def _stage_inputs(plan: Plan, run: Path) -> None:
    """Copy the run's own input files to where the notebook finds them."""
    for folder in (run, run / "figures", run / "tables"):
        folder.mkdir()
    for name, file in plan.files.items():
        target = run / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.is_dir():
            shutil.copytree(file, target)
        else:
            shutil.copyfile(file, target)
        if digest(target) != plan.fresh["files"][name]:
            msg = f"{file} changed while the run was being prepared"
            raise OSError(msg)


def _prepare(plan: Plan) -> dict[str, Any]:
    """Return a copy of the notebook with the cell that sets the parameters."""
    values = staged_values(plan.values)
    if any(parameter.name == OUTPUT_PARAMETER for parameter in plan.notebook.parameters):
        values[OUTPUT_PARAMETER] = "."
    injected: dict[str, Any] = {
        "cell_type": "code",
        "id": INJECTED_TAG,
        "metadata": {"tags": [INJECTED_TAG]},
        "source": injected_source(plan.notebook.parameters, values),
        "execution_count": None,
        "outputs": [],
    }
    source = plan.notebook.source
    cells = [cell for cell in source["cells"] if INJECTED_TAG not in tags(cell)]
    at = next(number for number, cell in enumerate(cells) if "parameters" in tags(cell))
    return {**source, "cells": [*cells[: at + 1], injected, *cells[at + 1 :]]}


def _finish(
    plan: Plan, run: Path, notebook: dict[str, Any], error: dict[str, Any] | None, timing: dict[str, Any]
) -> None:
    """Write everything of a run but what its notebook wrote itself."""
    from shinrenkei.runs.page import notebook_page

    for litter in (run / STAGED, *run.rglob(".ipynb_checkpoints"), *run.rglob("__pycache__")):
        shutil.rmtree(litter, ignore_errors=True)
    lang = plan.fresh["parameters"].get("lang")
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    _write(run / "notebook.ipynb", text + "\n")
    _write(
        run / "index.html",
        notebook_page(notebook, plan.notebook.title, lang if isinstance(lang, str) else ""),
    )
    manifest = {
        "manifest": VERSION,
        "notebook": plan.place.parent.name,
        "title": plan.notebook.title,
        "parameters": plan.fresh["parameters"],
        "status": "done" if error is None else "failed",
        "key": plan.key,
        "inputs": {name: plan.fresh[name] for name in ("notebook", "library", "lock", "files")},
        "outputs": output_digests(run),
        "versions": plan.fresh["versions"],
        "seed": plan.fresh["seed"],
        "error": error,
        "timing": timing,
    }
    write_manifest(run, manifest)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
