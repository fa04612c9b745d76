"""The surroundings of a kernel, the same on every machine and every day, so that bytes repeat."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

EPOCH = 315532800  # 1980-01-01: the earliest date that a zip entry can carry
THREADS = "1"
INLINE_BACKEND = "module://matplotlib_inline.backend_inline"
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
    "IPYTHONDIR",  # a user's own start-up files and settings must not reach a run
    "PYTEST_CURRENT_TEST",  # ipykernel captures less where it sees this
)


def kernel_environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment variables of a run's kernel.

    Parameters
    ----------
    base : mapping of str to str, optional
        The environment to start from; that of this process if not given.
    """
    kept = {
        name: value for name, value in (os.environ if base is None else base).items() if name not in REMOVED
    }
    return {**kept, **FIXED}


def template_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a kernels' server: that of its kernels, with what a kernel sets for itself."""
    return {"MPLBACKEND": INLINE_BACKEND, **environment}


def memory_disk() -> str | None:
    """Return a directory in memory where there is one: short for sockets, quick to make directories in."""
    place = "/dev/shm"  # noqa: S108
    return place if os.path.isdir(place) and os.access(place, os.W_OK | os.X_OK) else None  # noqa: PTH112


def setup_code(directory: str, seed: int | None) -> str:
    """Return what a kernel runs before the first cell.

    It goes to its directory, lets a crash tell where it was (in the kernel's log) and seeds the global generators;
    expressions only, so that no name of theirs is left in the notebook.
    """
    lines = [
        f"__import__('os').chdir({directory!r})",
        "__import__('faulthandler').enable(file=__import__('sys').stderr.fileno())",
    ]
    if seed is not None:
        lines += [
            f"__import__('{name}', fromlist=['seed']).seed({seed})" for name in ("random", "numpy.random")
        ]
    return "\n".join(lines)
