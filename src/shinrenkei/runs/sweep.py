"""Many runs, side by side: planned together, each whole on its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from shinrenkei.errors import InputError
from shinrenkei.runs.execute import NoProgress, RunResult, SweepProgress, execute_plan, failed_outside, reused
from shinrenkei.runs.manifest import Inputs, gather_inputs, why_not_current
from shinrenkei.runs.place import remove_leftovers
from shinrenkei.runs.plan import Options, Plan, open_notebook, plan_run
from shinrenkei.runs.sets import RunSet, expand
from shinrenkei.runs.template import ForkError, can_fork


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


def explain(plans: Sequence[Plan]) -> list[str]:
    """Say of each run why it would have to be run; the text is empty where the one in place is current."""
    return [why_not_current(plan.place, plan.key, plan.fresh) for plan in plans]


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
        Time limit, retries, seed, how kernels are started.
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
    plans = plan_sweep(sets, out, inputs=inputs, options=options)
    return run_plans(plans, jobs=jobs, options=options, progress=progress)


def run_plans(
    plans: Sequence[Plan],
    *,
    jobs: int = 1,
    options: Options | None = None,
    progress: SweepProgress | None = None,
    make: Callable[..., list[RunResult]] | None = None,
) -> list[RunResult]:
    """Make the runs that ``plan_sweep`` has planned; see ``sweep``.

    ``make`` makes those that are not current: ``(plans, jobs, options, progress)`` to their results.
    """
    options, progress = options or Options(), progress or NoProgress()
    progress.planned(plans)
    directories = {plan.place.parent for plan in plans}
    for directory in directories:
        remove_leftovers(directory)
    results = {} if options.force else _find_current(plans, progress)
    rest = [plan for plan in plans if plan.place not in results]
    try:
        if rest:
            made = (make or _run)(rest, jobs, options, progress)
            results |= {plan.place: result for plan, result in zip(rest, made, strict=True)}
    finally:
        for directory in directories:
            remove_leftovers(directory)
    return [results[plan.place] for plan in plans]


def _find_current(plans: Sequence[Plan], progress: SweepProgress) -> dict[Path, RunResult]:
    """Return the results of the runs that need not be made again."""
    with ThreadPoolExecutor() as pool:  # digests are computed outside the interpreter's lock
        reasons = list(pool.map(lambda plan: why_not_current(plan.place, plan.key, plan.fresh), plans))
    found = {plan.place: reused(plan) for plan, reason in zip(plans, reasons, strict=True) if not reason}
    for plan in plans:
        if plan.place in found:
            progress.finished(plan, found[plan.place])
    return found


def _run(plans: Sequence[Plan], jobs: int, options: Options, progress: SweepProgress) -> list[RunResult]:
    if options.warm and can_fork():
        from shinrenkei.runs.pool import run_in_pool

        try:
            return run_in_pool(plans, jobs, options, progress)
        except ForkError:
            pass  # ordinary kernels need no server
    return _run_in_threads(plans, jobs, options, progress)


def _run_in_threads(
    plans: Sequence[Plan], jobs: int, options: Options, progress: SweepProgress
) -> list[RunResult]:
    """Make runs in ordinary kernels, each watched by a thread."""
    crew = _Crew(options, progress)
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(crew.run, plan) for plan in plans]
        try:
            return [future.result() for future in futures]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            crew.stop()
            raise


class _Crew:
    """What threads that make runs share: whom they tell, and the kernels to end when they are stopped."""

    def __init__(self, options: Options, progress: SweepProgress) -> None:
        self.options = options
        self.progress = progress
        self.telling = threading.Lock()
        self.stopped = threading.Event()
        self.kernels: set[Any] = set()

    def run(self, plan: Plan) -> RunResult:
        from jupyter_core.utils import ensure_event_loop

        self._tell(self.progress.started, plan)
        try:
            at = partial(self._tell, self.progress.at, plan)
            result = execute_plan(plan, self.options, at, self._make_kernel)
        except Exception as problem:  # whatever it is, the other runs go on
            result = failed_outside(plan, problem)
        finally:
            ensure_event_loop().close()  # each thread has been given one of its own
        self._tell(self.progress.finished, plan, result)
        return result

    def stop(self) -> None:
        self.stopped.set()
        for kernel in self.kernels:
            kernel.stop()

    def _make_kernel(self) -> Any:
        from shinrenkei.runs.kernel import cold_kernel

        if self.stopped.is_set():
            raise KeyboardInterrupt
        kernel = cold_kernel()
        self.kernels.add(kernel)
        return kernel

    def _tell(self, method: Callable[..., None], *said: Any) -> None:
        with self.telling:
            method(*said)
