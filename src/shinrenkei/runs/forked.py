"""What a forked kernel does first, so that a notebook cannot tell it from one that was started cold."""

from __future__ import annotations

import contextlib
import importlib
import sys
import warnings
from typing import Any

# what a kernel and its shell import when they start and at their first cell
KERNEL_MODULES = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "faulthandler",
    "pdb",
    "tornado.platform.asyncio",
    "shinrenkei.runs.streams",
)


def prepare() -> None:
    """Import what every kernel needs, but not the debugger's own server: nobody debugs a run."""
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    for name in KERNEL_MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    del sys.modules["debugpy"]


def run_forked(argv: list[str], before: list[Any], added: list[Any]) -> None:
    """Be the kernel that ``argv`` asks for.

    Parameters
    ----------
    argv : list of str
        The words after ``ipykernel_launcher`` in a kernel's command.
    before, added : list
        The warning filters before the notebook's libraries were imported, and those that they added.
    """
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *argv]
    _set_filters(before)
    app = IPKernelApp.instance()
    app.parent_handle = 1  # nobody to watch: the server ends this process when its owner is gone
    app.initialize(argv)  # type: ignore[no-untyped-call]
    # a kernel that starts cold sets its own filters first and gets those of the libraries as it imports them
    _set_filters([*added, *warnings.filters])
    if "matplotlib.pyplot" in sys.modules:
        # it was imported when there was no shell to draw for
        sys.modules["matplotlib.pyplot"].install_repl_displayhook()
    app.start()  # type: ignore[no-untyped-call]


def _set_filters(filters: list[Any]) -> None:
    warnings.filters[:] = filters  # type: ignore[index]
    with warnings.catch_warnings():
        """Entering and leaving tells Python that the filters have changed."""
