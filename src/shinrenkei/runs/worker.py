"""A process that makes one run after another, each in a kernel forked for it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from shinrenkei.runs.execute import RunResult, execute_plan, failed_outside
from shinrenkei.runs.plan import Options, Plan

CHANNEL = 3  # the descriptor that the fork server gives to a worker


def prepare() -> None:
    """Import what a worker needs and render a page, so that forked workers need not."""
    # importing this compiles a grammar for 0.7 s, for a check of addresses that no notebook is put to
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    import papermill  # noqa: F401

    import shinrenkei.runs.client  # noqa: F401
    from shinrenkei.runs.page import notebook_page

    del sys.modules["rfc3987_syntax"]
    code = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "source": "1",
        "execution_count": 1,
        "outputs": [],
    }
    text = {"cell_type": "markdown", "id": "b", "metadata": {}, "source": "# 1"}
    notebook_page({"cells": [code, text], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, "")


def run_forked(*_: Any) -> None:
    """Make the runs that come through the channel until it is closed."""
    with Connection(CHANNEL) as channel, contextlib.suppress(EOFError, OSError):
        work(channel)


def work(channel: Connection) -> None:
    """Take runs from the channel and give back what became of them.

    A task is a plan, the options, the address of the kernels' server and whether another task is likely to follow;
    the answers are ``("at", where)`` and ``("done", result)``.
    """
    spares = _Spares()
    try:
        while True:
            plan, options, server, more = channel.recv()
            spares.server, spares.more = server, more
            channel.send(
                ("done", _run(plan, options, lambda words: channel.send(("at", words)), spares.take))
            )
    finally:
        spares.close()


def _run(
    plan: Plan, options: Options, tell: Callable[[str], None], make_kernel: Callable[[], Any]
) -> RunResult:
    try:
        return execute_plan(plan, options, tell, make_kernel)
    except Exception as problem:  # whatever it is, the other runs go on
        return failed_outside(plan, problem)


class _Spares:
    """Keeps one kernel started ahead, so that it gets ready while the run before it is being finished."""

    def __init__(self) -> None:
        self.server: str | None = None
        self.more = False
        self.spare: Any = None

    def take(self) -> Any:
        """Return a kernel that nobody has used, and start the next one where it will be needed."""
        taken, self.spare = self.spare, None
        if taken is not None and taken.died():
            taken.close()
            taken = None
        taken = taken or self._start()
        if self.more:
            self.spare = self._start()
        return taken

    def _start(self) -> Any:
        from shinrenkei.runs.environment import kernel_environment
        from shinrenkei.runs.provisioner import Kernel

        return Kernel(self.server, kernel_environment())

    def close(self) -> None:
        if self.spare is not None:
            self.spare.close()
