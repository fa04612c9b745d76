"""The cells of one notebook, run by papermill in a kernel of their own."""

from __future__ import annotations

import logging
import re
import site
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shinrenkei.runs.environment import kernel_environment, setup_code
from shinrenkei.runs.notebook import tags
from shinrenkei.runs.plan import Options
from shinrenkei.runs.tidy import INJECTED_TAG, tidy_notebook

ANSI = re.compile(r"\x1b\[[0-9;]*m")
CELL_LINE = re.compile(r"Cell In\[(\d+)\], line (\d+)")
LAST_LINES = 10
CRASH = "Fatal Python error"
START_SECONDS = 120
ENGINE = "shinrenkei"
MARKER = "papermill-error-cell-tag"  # papermill puts a cell with a red line before the one that failed


class RunFailedError(Exception):
    """A notebook did not run to its end.

    Attributes
    ----------
    notebook : dict
        The notebook up to the error.
    error : dict
        ``cell``, ``line``, ``source``, ``name``, ``message`` and ``last`` (the last lines that were printed).
    """

    def __init__(self, notebook: dict[str, Any], error: dict[str, Any]) -> None:
        self.notebook = notebook
        self.error = error
        super().__init__(error["message"])


class KernelLostError(Exception):
    """A kernel ended because the server that had forked it did, which says nothing of the notebook."""


def execute_cells(
    notebook: dict[str, Any],
    run: Path,
    options: Options,
    progress: Callable[[str], None],
    make_kernel: Callable[[], Any] | None = None,
) -> dict[str, Any]:
    """Run the cells of a notebook in the directory ``run`` and return it tidy.

    Parameters
    ----------
    make_kernel : callable, optional
        Gives a kernel that has been started; an ordinary one is started if not given.

    Raises
    ------
    RunFailedError
        Where a cell raised, the time was up or the kernel died.
    KernelLostError
        Where the kernel's server died.
    """
    watch = _Watch(len(notebook["cells"]) - 1, options.timeout, progress)
    failure: Exception | None = None
    kernel = None
    try:
        kernel = (make_kernel or cold_kernel)()
        _run_papermill(notebook, run, options.seed, watch, kernel)
    except Exception as problem:  # a kernel can fail in more ways than papermill has names for
        failure = problem
    finally:
        said = kernel.close() if kernel is not None else ""
    if failure is not None and kernel is not None and kernel.stopped:
        raise KeyboardInterrupt from failure
    if failure is not None and kernel is not None and kernel.orphaned:
        raise KernelLostError from failure
    executed = watch.notebook if watch.notebook is not None else notebook
    executed = {**executed, "cells": [cell for cell in executed["cells"] if MARKER not in tags(cell)]}
    tidy = tidy_notebook(executed, _places(run))
    if failure is not None:
        raise RunFailedError(tidy, _describe(failure, tidy, watch, said)) from failure
    return tidy


def cold_kernel() -> Any:
    """Start an ordinary kernel in the surroundings of a run."""
    from shinrenkei.runs.provisioner import Kernel

    return Kernel(None, kernel_environment())


def _run_papermill(notebook: dict[str, Any], run: Path, seed: int | None, watch: _Watch, kernel: Any) -> None:
    import nbformat
    import papermill
    from papermill.engines import papermill_engines

    from shinrenkei.runs.engine import ForkEngine

    papermill_engines.register(ENGINE, ForkEngine)
    papermill.log.logger.setLevel(logging.CRITICAL)
    whole = {**notebook, "nbformat_minor": notebook.get("nbformat_minor", 5)}
    papermill.execute_notebook(
        nbformat.from_dict(whole),  # type: ignore[no-untyped-call]
        None,
        engine_name=ENGINE,
        kernel_name="python3",
        language="python",
        progress_bar=False,
        request_save_on_cell_execute=False,
        autosave_cell_every=0,
        start_timeout=START_SECONDS,
        record_timing=False,
        kernel=kernel,
        setup=setup_code(str(run.resolve()), seed),
        timeout_func=lambda _: watch.remaining(),
        on_notebook_start=watch.started,
        on_cell_start=watch.cell_started,
    )


class _Watch:
    """Keeps the notebook that is being run, the time that is left, and the cell that it is at."""

    def __init__(self, cells: int, timeout: float | None, progress: Callable[[str], None]) -> None:
        self.cells = cells
        self.deadline = None if timeout is None else time.monotonic() + timeout
        self.timeout = timeout
        self.progress = progress
        self.notebook: Any = None
        self.cell = 0

    def started(self, notebook: Any) -> None:
        self.notebook = notebook

    def cell_started(self, cell: Any, **_: Any) -> None:
        if INJECTED_TAG in tags(cell):
            return
        self.cell += 1
        self.progress(f"cell {self.cell} of {self.cells}")

    def remaining(self) -> float | None:
        return None if self.deadline is None else max(0.01, self.deadline - time.monotonic())


def _places(run: Path) -> list[tuple[str, str]]:
    """Return places of this machine that outputs may name, longest first, and what to write instead."""
    package = Path(__file__).resolve().parents[1]
    found = {str(run): ".", str(run.resolve()): ".", str(package): package.name}
    found[str(Path(tempfile.gettempdir(), "ipykernel"))] = (
        "ipykernel"  # where cells stand, as tracebacks have it
    )
    for place in (*site.getsitepackages(), sysconfig.get_path("stdlib"), sys.prefix, sys.base_prefix):
        found.setdefault(place, f"<{Path(place).name}>")
    return sorted(found.items(), key=lambda item: -len(item[0]))


def _describe(failure: Exception, notebook: dict[str, Any], watch: _Watch, log: str) -> dict[str, Any]:
    """Say where and how a notebook failed."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    # cells are numbered as in the notebook that the user has, which the injected one is not part of
    cells = [cell for cell in notebook["cells"] if INJECTED_TAG not in tags(cell)]
    number, output = _error_output(cells)
    number = number or watch.cell
    cell = cells[number - 1] if 0 < number <= len(cells) else None
    if output is not None:
        name, message = output["ename"], ANSI.sub("", output["evalue"])
    elif isinstance(failure, CellTimeoutError):
        name, message = "TimeoutError", f"the run took longer than {watch.timeout:g} seconds"
    elif isinstance(failure, DeadKernelError):
        name, message = "DeadKernelError", "the kernel died (killed, out of memory, or crashed)"
    else:
        name, message = type(failure).__name__, str(failure)
    return {
        "cell": number or None,
        "line": _line(output),
        "source": cell["source"] if cell else "",
        "name": name,
        "message": message,
        "last": _last_lines(cell, log if output is None else ""),
    }


def _error_output(cells: list[dict[str, Any]]) -> tuple[int, dict[str, Any] | None]:
    """Return the number of the first cell that raised without leave, and what it raised."""
    for number, cell in enumerate(cells, start=1):
        for output in cell.get("outputs", []):
            if output["output_type"] == "error" and "raises-exception" not in tags(cell):
                return number, output
    return 0, None


def _line(output: dict[str, Any] | None) -> int | None:
    """Return the line of the cell that a traceback starts from."""
    text = ANSI.sub("", "\n".join(output["traceback"])) if output else ""
    found = CELL_LINE.search(text)
    return int(found[2]) if found else None


def _last_lines(cell: dict[str, Any] | None, log: str) -> list[str]:
    """Return the last lines of the cell, or of the kernel's own log where the cell printed none."""
    outputs = (cell or {}).get("outputs", [])
    text = "".join(output["text"] for output in outputs if output["output_type"] == "stream")
    if CRASH in log:
        return log[log.index(CRASH) :].splitlines()[:LAST_LINES]
    return (text or log).splitlines()[-LAST_LINES:]
