"""Kernels forked from a process that has the imports done.

A kernel specification that names the provisioner ``shinrenkei-fork`` gets such kernels in any Jupyter program, and
ordinary ones wherever none can be forked.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_core.utils import run_sync
from nbclient.exceptions import DeadKernelError
from traitlets import Unicode

from shinrenkei.runs.environment import memory_disk, template_environment
from shinrenkei.runs.template import KERNEL_ROLE, ForkedProcess, ForkError, Template, can_fork, fork_at

LAUNCHER = "ipykernel_launcher"
MAX_SOCKET_PATH = 80  # the system allows about 100 bytes for a socket's path
POLL_SECONDS = 0.002
KERNEL_ARGUMENTS = [
    "--HistoryManager.enabled=False",
    "--IPKernelApp.outstream_class=shinrenkei.runs.streams.RunStream",
]


class ForkProvisioner(LocalProvisioner):
    """Forks IPython kernels of this interpreter from a server, and starts every other kernel as usual."""

    address = Unicode("", config=True, help="Where the fork server is; one of this process's own if empty.")
    orphaned = False  # whether the kernel was lost because its server was

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork the kernel that ``cmd`` would start."""
        if not (is_own_kernel(cmd) and can_fork()):
            return await super().launch_kernel(cmd, **kwargs)
        cwd = str(kwargs.get("cwd") or Path.cwd())
        env = kwargs.get("env") or dict(os.environ)
        log = [_descriptor(kwargs.get(name), number) for number, name in ((1, "stdout"), (2, "stderr"))]
        try:
            address = self.address or shared_template(()).address
            self.process: Any = fork_at(address, cmd[cmd.index(LAUNCHER) + 1 :], env, cwd, log)
        except ForkError:
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        self.cwd = cwd
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait for the end; a forked kernel that was told to end needs no waiting for."""
        if not isinstance(self.process, ForkedProcess):
            return await super().wait()
        self.process.poll()
        self.orphaned = self.process.orphaned
        self.process.close()
        self.process = None
        return 0


def is_own_kernel(cmd: list[str]) -> bool:
    """Tell whether a command starts an IPython kernel of this very interpreter."""
    return LAUNCHER in cmd and os.path.realpath(cmd[0]) == os.path.realpath(sys.executable)


def _descriptor(file: Any, default: int) -> int:
    return default if file is None else int(file if isinstance(file, int) else file.fileno())


@lru_cache(maxsize=1)
def shared_template(modules: tuple[str, ...]) -> Template:
    """Return a kernel server of this process, for callers that bring none of their own."""
    return Template(KERNEL_ROLE, modules, template_environment(os.environ))


class _OwnInterpreter(KernelSpecManager):
    """Gives this interpreter, whatever a user has installed under the same name."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", LAUNCHER, "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python", name=kernel_name)


class Kernel:
    """A kernel in a directory of its own, started and waiting for one notebook.

    Parameters
    ----------
    server : str or None
        Address of the fork server; None starts an ordinary process.
    environment : mapping of str to str
        The kernel's environment variables.
    cwd : str, optional
        The directory it starts in; its own if not given.
    """

    def __init__(self, server: str | None, environment: Mapping[str, str], cwd: str | None = None) -> None:
        self.directory = tempfile.TemporaryDirectory(
            prefix="kernel-", dir=memory_disk(), ignore_cleanup_errors=True
        )
        place = Path(self.directory.name)
        self.stopped = False
        self.log = place / "log"
        # sockets in a directory of our own: no port is open to others on the machine
        short = os.name == "posix" and len(str(place)) < MAX_SOCKET_PATH
        self.manager = AsyncKernelManager(
            kernel_name="python3",
            connection_file=str(place / "k.json"),
            transport="ipc" if short else "tcp",
            kernel_spec_manager=_OwnInterpreter(),
        )
        spec = self.manager.kernel_spec
        maker = ForkProvisioner if server else LocalProvisioner
        more = {"address": server} if server else {}
        self.provisioner: Any = maker(kernel_id="run", kernel_spec=spec, parent=self.manager, **more)
        self.manager.provisioner = self.provisioner
        with self.log.open("wb") as log:
            run_sync(self.manager.start_kernel)(
                cwd=cwd or str(place),
                env={"IPYTHONDIR": str(place / "ipython"), **environment},
                stdout=log,
                stderr=log,
                extra_arguments=KERNEL_ARGUMENTS,
            )

    @property
    def orphaned(self) -> bool:
        """Whether the kernel was lost because its server was."""
        return bool(getattr(self.provisioner, "orphaned", False))

    def died(self) -> bool:
        """Tell whether it has ended, or its server has, before it was used."""
        return not run_sync(self.manager.is_alive)()

    def stop(self) -> None:
        """End the kernel's process from another thread than the one that uses it, because the user wants no more."""
        self.stopped = True
        process = self.provisioner.process
        if process is not None:
            process.kill()

    async def wait_for_sockets(self, timeout: float) -> None:
        """Wait until the kernel listens; connecting earlier would cost a tenth of a second for each try."""
        last = Path(f"{self.manager.ip}-{self.manager.hb_port}")
        deadline = time.monotonic() + timeout
        while self.manager.transport == "ipc" and not last.exists():
            if not await self.manager.is_alive():
                msg = "Kernel died"
                raise DeadKernelError(msg)
            if time.monotonic() > deadline:
                msg = f"The kernel did not start within {timeout:g} seconds."
                raise TimeoutError(msg)
            await asyncio.sleep(POLL_SECONDS)

    async def end(self) -> None:
        """End the kernel and all that it has started."""
        if self.manager.has_kernel:
            await self.provisioner.kill()
            await self.provisioner.wait()
        await self.manager.cleanup_resources()

    def close(self) -> str:
        """End the kernel, remove its directory and return what its process itself said."""
        run_sync(self.end)()
        said = self.log.read_text(encoding="utf-8", errors="replace")
        self.directory.cleanup()
        return said


def is_own_name(kernel_name: str) -> bool:
    """Tell whether the kernel of this name is an IPython kernel of this very interpreter."""
    try:
        return is_own_kernel(KernelSpecManager().get_kernel_spec(kernel_name).argv)
    except NoSuchKernel:
        return False
