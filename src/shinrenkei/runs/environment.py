"""The surroundings of a kernel, the same on every machine and every day, so that bytes repeat."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

EPOCH = 315532800  # 1980-01-01: the earliest date that a zip entry can carry
THREADS = "1"
RC_FILE = Path(__file__).with_name("matplotlibrc")

FIXED = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "PYTHONIOENCODING": "utf-8",
    "SOURCE_DATE_EPOCH": str(EPOCH),
    "TZ": "UTC",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "COLUMNS": "80",
    "LINES": "24",
    "MATPLOTLIBRC": str(RC_FILE),
    "OMP_NUM_THREADS": THREADS,
    "OPENBLAS_NUM_THREADS": THREADS,
    "MKL_NUM_THREADS": THREADS,
    "BLIS_NUM_THREADS": THREADS,
    "VECLIB_MAXIMUM_THREADS": THREADS,
    "NUMEXPR_NUM_THREADS": THREADS,
    "NUMBA_NUM_THREADS": THREADS,
    "POLARS_MAX_THREADS": THREADS,
    # ipykernel asks for these before it lets the debugger slow a start down
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}

# What a user's shell may say that would change what a notebook prints or draws.
REMOVED = (
    "MPLBACKEND",
    "PYTHONSTARTUP",
    "PYTHONWARNINGS",
    "PYTHONOPTIMIZE",
    "PYTHONINSPECT",
    "PYTHONDEVMODE",
    "LANGUAGE",
    "LC_TIME",
    "LC_NUMERIC",
    "LC_COLLATE",
    "IPYKERNEL_CELL_NAME",
    "FORCE_COLOR",
    "NO_COLOR",
    "CLICOLOR_FORCE",
    "PYTHON_COLORS",
    "JPY_PARENT_PID",
)


def kernel_environment(work: Path, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment variables of a kernel.

    Parameters
    ----------
    work : Path
        A directory of this run alone, for what IPython keeps of its user.
    base : mapping of str to str, optional
        The environment to start from; that of this process if not given.
    """
    kept = {
        name: value for name, value in (os.environ if base is None else base).items() if name not in REMOVED
    }
    # a user's own start-up files and settings for IPython must not reach a run
    return {**kept, **FIXED, "IPYTHONDIR": str(work / "ipython")}


def kernel_arguments(seed: int | None) -> list[str]:
    """Return the words that follow the kernel's command: no history file, seeded global generators."""
    arguments = ["--HistoryManager.enabled=False"]
    if seed is not None:
        for module in ("random", "numpy.random"):
            line = f"__import__('{module}', fromlist=['seed']).seed({seed})"
            arguments.append(f"--IPKernelApp.exec_lines={line}")
    return arguments


def interpreter() -> str:
    """Return the Python that kernels run in: this one."""
    return sys.executable
