"""Many runs, side by side: planned together, each whole on its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from shinrenkei.errors import InputError
from shinrenkei.runs.execute import RunResult, execute_plan, reused
from shinrenkei.runs.manifest import Inputs, gather_inputs, why_not_current
from shinrenkei.runs.place import remove_leftovers
from shinrenkei.runs.plan import Options, Plan, open_notebook, plan_run
from shinrenkei.runs.sets import RunSet, expand


class SweepProgress(Protocol):
    """What a sweep tells while it works; the calls come one at a time."""

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


def plan_sweep(
    sets: Iterable[RunSet],
    out: str | Path = "reports",
    *,
    inputs: Inputs | None = None,
    options: Options | None = None,
) -> list[Plan]:
    """Check every run of a sweep and say what each depends on, before anything is run.

    Returns
    -------
    list of Plan
        Each run once, in the order of the sets.

    Raises
    ------
    InputError
        Where a notebook or a value is wrong, or two different runs would stand in one place.
    """
    inputs = inputs or gather_inputs()
    plans: dict[Path, Plan] = {}
    for runs in sets:
        notebook = open_notebook(runs.notebook)
        for values in expand(notebook.parameters, runs):
            plan = plan_run(notebook, values, out, inputs, options)
            other = plans.setdefault(plan.place, plan)
            if other.key != plan.key:
                msg = (
                    f"Two different runs would both be {plan.place}; rename one of their files or notebooks."
                )
                raise InputError(msg)
    return list(plans.values())


def sweep(
    sets: Iterable[RunSet],
    out: str | Path = "reports",
    *,
    jobs: int = 1,
    inputs: Inputs | None = None,
    options: Options | None = None,
    progress: SweepProgress | None = None,
) -> list[RunResult]:
    """Run every combination of every set, several side by side; runs that are current are reused.

    Parameters
    ----------
    sets : iterable of RunSet
        What to run, as ``read_runs`` gives it.
    out : str or Path
        The directory of all runs.
    jobs : int
        How many runs to make at a time.
    inputs : Inputs, optional
        What runs depend on beside notebook and parameters.
    options : Options, optional
        Time limit, retries, seed.
    progress : SweepProgress, optional
        Whom to tell what is going on.

    Returns
    -------
    list of RunResult
        One a run, in the order of the sets. Failed runs are among them and stop no other.

    Raises
    ------
    InputError
        Where nothing could be run.
    """
    if jobs < 1:
        msg = f"The number of jobs must be at least 1, not {jobs}."
        raise InputError(msg)
    options, progress = options or Options(), progress or NoProgress()
    plans = plan_sweep(sets, out, inputs=inputs, options=options)
    progress.planned(plans)
    for directory in {plan.place.parent for plan in plans}:
        remove_leftovers(directory)
    return _run_all(plans, jobs, options, progress)


def _run_all(plans: Sequence[Plan], jobs: int, options: Options, progress: SweepProgress) -> list[RunResult]:
    def run(plan: Plan) -> RunResult:
        if not options.force and not why_not_current(plan.place, plan.key, plan.fresh):
            result = reused(plan)
        else:
            progress.started(plan)
            result = execute_plan(plan, options, lambda where: progress.at(plan, where))
        progress.finished(plan, result)
        return result

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(run, plans))
