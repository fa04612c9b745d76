"""Worker processes and the servers they come from: started, fed, replaced when they die, and ended."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait

from shinrenkei.runs.environment import kernel_environment, template_environment
from shinrenkei.runs.execute import RunResult, SweepProgress, failed_outside
from shinrenkei.runs.imports import imported_modules
from shinrenkei.runs.plan import Options, Plan
from shinrenkei.runs.template import KERNEL_ROLE, WORKER_ROLE, ForkedProcess, Template

CHECK_SECONDS = 1.0
MAX_LOSSES = 2  # a run that has cost so many workers their lives is not tried again


class WorkerDiedError(Exception):
    """A run has cost several workers their lives."""


@dataclass
class _Worker:
    """A worker process, the channel to it, and the number of the run it is at."""

    process: ForkedProcess
    channel: Connection
    task: int | None = None


class Pool:
    """Makes many runs, several side by side, each in a kernel forked for it.

    Parameters
    ----------
    plans : sequence of Plan
        What to run; the kernels' server imports what these notebooks do.
    jobs : int
        How many workers.
    options : Options
        How runs are made.
    progress : SweepProgress
        Whom to tell.
    """

    def __init__(self, plans: Sequence[Plan], jobs: int, options: Options, progress: SweepProgress) -> None:
        self.plans = plans
        self.options = options
        self.progress = progress
        self.waiting = deque(range(len(plans)))
        self.results: dict[int, RunResult] = {}
        self.losses: Counter[int] = Counter()
        self.workers: list[_Worker] = []
        self.jobs = min(jobs, len(plans))
        environment = kernel_environment()
        self.kernels = Template(KERNEL_ROLE, self._modules(), template_environment(environment))
        self.templates = Template(WORKER_ROLE, [], environment)

    def _modules(self) -> list[str]:
        cells = [cell for plan in self.plans for cell in plan.notebook.source["cells"]]
        sources = dict.fromkeys(cell["source"] for cell in cells if cell["cell_type"] == "code")
        return imported_modules(sources, self.options.preload)

    def run(self) -> list[RunResult]:
        """Make all runs and return their results in order."""
        while len(self.results) < len(self.plans):
            while len(self.workers) < min(self.jobs, len(self.plans) - len(self.results)):
                self.workers.append(self._start_worker())
            for worker in self.workers:
                self._feed(worker)
            ready = wait([worker.channel for worker in self.workers], CHECK_SECONDS)
            for worker in [worker for worker in self.workers if worker.channel in ready]:
                self._hear(worker)
            self.kernels.check()
        return [self.results[number] for number in range(len(self.plans))]

    def _start_worker(self) -> _Worker:
        here, there = socket.socketpair()
        with there, contextlib.closing(os.fdopen(os.open(os.devnull, os.O_WRONLY), "wb")) as nothing:
            process = self.templates.fork([nothing.fileno(), nothing.fileno(), there.fileno()])
        return _Worker(process, Connection(here.detach()))

    def _feed(self, worker: _Worker) -> None:
        """Give an idle worker its next run."""
        if worker.task is not None or not self.waiting:
            return
        worker.task = self.waiting.popleft()
        plan = self.plans[worker.task]
        more = len(self.waiting) >= len(self.workers)
        with contextlib.suppress(OSError):  # it has died, which hearing from it will tell
            worker.channel.send((plan, self.options, self.kernels.address, more))
        self.progress.started(plan)

    def _hear(self, worker: _Worker) -> None:
        """Take what a worker says, or notice that it has died."""
        try:
            kind, said = worker.channel.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return
        if worker.task is not None and kind == "at":
            self.progress.at(self.plans[worker.task], said)
        elif worker.task is not None:
            self._finish(worker.task, said)
            worker.task = None

    def _finish(self, number: int, result: RunResult) -> None:
        self.results[number] = result
        self.progress.finished(self.plans[number], result)

    def _bury(self, worker: _Worker) -> None:
        """Let another worker do what a dead one was at, unless that run kills every worker."""
        self.workers.remove(worker)
        _end([worker])
        if worker.task is None:
            return
        self.losses[worker.task] += 1
        if self.losses[worker.task] < MAX_LOSSES:
            self.waiting.appendleft(worker.task)
        else:
            problem = WorkerDiedError("the worker process died (killed, out of memory, or crashed)")
            self._finish(worker.task, failed_outside(self.plans[worker.task], problem))

    def close(self) -> None:
        """End every worker, every kernel and the servers."""
        _end(self.workers)
        self.kernels.close()
        self.templates.close()


def _end(workers: Sequence[_Worker]) -> None:
    for worker in workers:
        worker.process.kill()
        worker.channel.close()
    for worker in workers:
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.process.wait(5)
        worker.process.close()


def run_in_pool(
    plans: Sequence[Plan], jobs: int, options: Options, progress: SweepProgress
) -> list[RunResult]:
    """Make runs side by side in forked kernels.

    Raises
    ------
    ForkError
        Where no process can be forked at all.
    """
    pool = Pool(plans, jobs, options, progress)
    try:
        return pool.run()
    finally:
        pool.close()
