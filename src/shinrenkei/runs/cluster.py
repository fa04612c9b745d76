"""Runs made on a Dask cluster whose machines share no disk: what a run needs travels, what it makes comes back."""

from __future__ import annotations

import contextlib
import io
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from shinrenkei.errors import ShinrenkeiError
from shinrenkei.runs.execute import RunResult, SweepProgress, execute_plan, failed_outside
from shinrenkei.runs.manifest import Inputs, changed_outputs, gather_inputs, read_manifest
from shinrenkei.runs.place import failed_place, put_in_place, remove_run, stage
from shinrenkei.runs.plan import STAGED, Options, Plan
from shinrenkei.runs.sweep import run_plans

WAIT_SECONDS = 60.0
POLL_SECONDS = 0.05


class ClusterError(ShinrenkeiError):
    """A cluster, or a machine of it, cannot make the runs."""


@dataclass(frozen=True)
class Parcel:
    """A run on its way to another machine.

    Attributes
    ----------
    plan : Plan
        The run.
    options : Options
        How it is made.
    files : dict of str to bytes
        The run's own input files, each as an archive.
    gather : callable
        Gives what runs depend on, on the machine that it is called on.
    """

    plan: Plan
    options: Options
    files: dict[str, bytes]
    gather: Callable[[], Inputs]


def run_on_cluster(
    plans: Sequence[Plan],
    scheduler: str | None = None,
    jobs: int = 1,
    options: Options | None = None,
    progress: SweepProgress | None = None,
    gather: Callable[[], Inputs] = gather_inputs,
) -> list[RunResult]:
    """Make the runs that ``plan_sweep`` has planned on a Dask cluster.

    Parameters
    ----------
    plans : sequence of Plan
        What to run.
    scheduler : str, optional
        The scheduler's address, such as ``tcp://host:8786``; workers are started on this machine if not given.
    jobs : int
        How many workers to start where no scheduler is given.
    options : Options, optional
        How runs are made.
    progress : SweepProgress, optional
        Whom to tell.
    gather : callable
        Gives what runs depend on. It is called on each worker: one whose library or data are others than here
        makes no run.

    Returns
    -------
    list of RunResult
        As ``sweep`` returns it.

    Raises
    ------
    ClusterError
        Where no scheduler answers or it has no workers.
    """
    make = partial(_run_remotely, scheduler=scheduler, gather=gather)
    return run_plans(plans, jobs=jobs, options=options, progress=progress, make=make)


def _run_remotely(
    plans: Sequence[Plan],
    jobs: int,
    options: Options,
    progress: SweepProgress,
    *,
    scheduler: str | None,
    gather: Callable[[], Inputs],
) -> list[RunResult]:
    results: dict[Path, RunResult] = {}
    with _connect(scheduler, min(jobs, len(plans))) as client:
        futures = {
            client.submit(
                make_remotely, pack(plan, options, gather), pure=False, key=f"run-{number}-{plan.key}"
            ): plan
            for number, plan in enumerate(plans)
        }
        for plan in plans:
            progress.started(plan)
        try:
            for future in _finished(client, list(futures)):
                plan = futures[future]
                results[plan.place] = _take(plan, future)
                progress.finished(plan, results[plan.place])
        finally:
            client.cancel(list(futures))
    return [results[plan.place] for plan in plans]


@contextlib.contextmanager
def _connect(scheduler: str | None, jobs: int) -> Iterator[Any]:
    """Give a client of the scheduler, or of one that is started here."""
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        msg = "A cluster needs Dask: pip install 'shinrenkei[cluster]'."
        raise ClusterError(msg) from error
    with contextlib.ExitStack() as stack:
        address, start_workers = scheduler, LocalCluster  # type: Any, Any
        if scheduler is None:
            local = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="dask-", ignore_cleanup_errors=True)
            )
            address = stack.enter_context(
                start_workers(
                    n_workers=jobs, threads_per_worker=1, dashboard_address=None, local_directory=local
                )
            )
        try:
            connected = Client(address, timeout=WAIT_SECONDS / 2, set_as_default=False)  # type: ignore[no-untyped-call]
            client = stack.enter_context(connected)
            client.wait_for_workers(1, timeout=WAIT_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            msg = f"No Dask scheduler with workers answers at {scheduler!r}: {error}"
            raise ClusterError(msg) from error
        yield client


def _finished(client: Any, futures: list[Any]) -> Iterator[Any]:
    """Give each future when it is finished; stop where the cluster has been empty for too long."""
    seen = time.monotonic()
    while futures:
        time.sleep(POLL_SECONDS)  # the client hears of finished runs in a thread of its own
        finished = [future for future in futures if future.done()]
        futures = [future for future in futures if future not in finished]
        yield from finished
        if client.status == "running" and client.scheduler_info(n_workers=-1)["workers"]:
            seen = time.monotonic()
        elif time.monotonic() - seen > WAIT_SECONDS:
            msg = f"The cluster is gone: it has had no workers for {WAIT_SECONDS:g} seconds."
            raise ClusterError(msg)


def pack(plan: Plan, options: Options, gather: Callable[[], Inputs] = gather_inputs) -> Parcel:
    """Return the run with everything it needs, and nothing that says where that came from."""
    files = {name: _archive(path, "it") for name, path in plan.files.items()}
    values = {name: _bare(value) for name, value in plan.values.items()}
    opened = replace(plan.notebook, path=Path(plan.notebook.path.name))
    place = Path(plan.place.parent.name, plan.place.name)
    return Parcel(
        replace(plan, notebook=opened, values=values, files={}, place=place), options, files, gather
    )


def _bare(value: Any) -> Any:
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return Path(value.name) if isinstance(value, Path) else value


def make_remotely(parcel: Parcel) -> tuple[RunResult, bytes]:
    """Make a run on this machine and return what became of it, with its directory as an archive."""
    plan = parcel.plan
    _check_machine(plan, _gathered(parcel.gather))
    with tempfile.TemporaryDirectory(prefix="run-", ignore_cleanup_errors=True) as scratch:
        files = {}
        for number, (name, archive) in enumerate(parcel.files.items()):
            _unpack(archive, Path(scratch, "in", str(number)))
            files[name] = Path(scratch, "in", str(number), "it")
        here = replace(plan, files=files, place=Path(scratch, "out") / plan.place)
        result = execute_plan(here, parcel.options, make_kernel=_kernel_maker(plan, parcel.options))
        archive = _archive(result.path, "run") if result.path.is_dir() else b""
        return replace(result, path=Path(result.path.name)), archive


@lru_cache(maxsize=4)
def _gathered(gather: Callable[[], Inputs]) -> Inputs:
    return gather()


def _check_machine(plan: Plan, inputs: Inputs) -> None:
    """Refuse to run with another library or other data than the sender has."""
    files = {
        name: digest for name, digest in plan.fresh["files"].items() if not name.startswith(f"{STAGED}/")
    }
    here = {
        "library": inputs.library,
        "lock": inputs.lock,
        "versions": dict(inputs.versions),
        "files": dict(inputs.files),
    }
    there = {**{name: plan.fresh[name] for name in ("library", "lock", "versions")}, "files": files}
    differing = [name for name in here if here[name] != there[name]]
    if differing:
        import platform

        msg = f"worker {platform.node()} has other {' and '.join(differing)} than the machine that started the sweep"
        raise ClusterError(msg)


def _kernel_maker(plan: Plan, options: Options) -> Callable[[], Any] | None:
    """Return what makes kernels on this machine: forked ones where that is possible."""
    from shinrenkei.runs.template import can_fork

    if not (options.warm and can_fork()):
        return None
    from shinrenkei.runs.environment import kernel_environment
    from shinrenkei.runs.imports import imported_modules

    cells = [cell["source"] for cell in plan.notebook.source["cells"] if cell["cell_type"] == "code"]
    modules = tuple(imported_modules(cells, options.preload))

    def make() -> Any:
        from shinrenkei.runs.provisioner import Kernel

        return Kernel(_template(modules).address, kernel_environment())

    return make


@lru_cache(maxsize=8)
def _template(modules: tuple[str, ...]) -> Any:
    from shinrenkei.runs.environment import kernel_environment, template_environment
    from shinrenkei.runs.template import KERNEL_ROLE, Template

    return Template(KERNEL_ROLE, modules, template_environment(kernel_environment()))


def _take(plan: Plan, future: Any) -> RunResult:
    """Put what has come back in its place."""
    try:
        result, archive = future.result()
    except Exception as problem:  # whatever happened there, the other runs go on
        return failed_outside(plan, problem)
    failed = failed_place(plan.place)
    place = plan.place if result.status == "done" else failed
    try:
        if archive:
            with stage(place) as work:
                _unpack(archive, work)
                _check_whole(work / "run")
                put_in_place(work / "run", place)
        if result.status == "done":
            remove_run(failed)
    except (OSError, ShinrenkeiError, tarfile.TarError) as problem:
        return failed_outside(plan, problem)
    return replace(result, path=place)


def _check_whole(run: Path) -> None:
    manifest = read_manifest(run)
    remarks = ["it has no manifest"] if manifest is None else changed_outputs(run, manifest["outputs"])
    if remarks:
        msg = f"what came back is not whole: {remarks[0]}"
        raise ClusterError(msg)


def _archive(path: Path, name: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.add(path, arcname=name)
    return stream.getvalue()


def _unpack(archive: bytes, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        opened.extractall(target, filter="data")
