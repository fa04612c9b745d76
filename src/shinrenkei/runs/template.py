"""The near side of the fork server: it is started, asked for processes, and replaced when it dies."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from shinrenkei.errors import ShinrenkeiError
from shinrenkei.runs.environment import memory_disk

START_SECONDS = 120.0
KERNEL_ROLE = "shinrenkei.runs.forked"
WORKER_ROLE = "shinrenkei.runs.worker"
MAX_STARTS = 4


class ForkError(ShinrenkeiError):
    """No process could be forked; an ordinary one must do."""


def can_fork() -> bool:
    """Tell whether kernels can be forked here; elsewhere ordinary ones are started, with the same results."""
    return sys.platform == "linux" and hasattr(socket, "recv_fds")


class ForkedProcess:
    """A process that a fork server made, with the methods of ``subprocess.Popen`` that its users need."""

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self.connection = connection
        self.pid = pid
        self.returncode: int | None = None
        self.orphaned = False

    def poll(self) -> int | None:
        """Return the exit status, or None while it runs."""
        if self.returncode is None and select.select([self.connection], [], [], 0)[0]:
            self._read_status()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit status."""
        if self.returncode is None:
            if not select.select([self.connection], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self._read_status()
        return self.returncode or 0

    def _read_status(self) -> None:
        said = b""
        with contextlib.suppress(OSError):
            said = self.connection.recv(64)
        self.orphaned = not said  # the server died, and its children with it
        self.returncode = int(said) if said else -signal.SIGKILL
        self.connection.close()

    def send_signal(self, signum: int) -> None:
        """Send a signal, unless the process has ended and its number may be another's."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process and all that belong to its group."""
        if self.poll() is None:
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Let go of the process: the server ends it if it still runs."""
        if self.returncode is None:
            self.returncode = -signal.SIGKILL
            self.connection.close()


def fork_at(
    address: str, argv: Sequence[str], env: Mapping[str, str], cwd: str, descriptors: Sequence[int]
) -> ForkedProcess:
    """Ask the server at ``address`` for a process.

    ``descriptors`` are its standard output and error, and what else it shall have, from 3 on.

    Raises
    ------
    ForkError
        Where there is no such server, or it could not fork.
    """
    request = json.dumps({"argv": list(argv), "env": dict(env), "cwd": cwd}).encode()
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.settimeout(START_SECONDS)  # the server answers when it has imported what it was told to
        connection.connect(address)
        socket.send_fds(connection, [request], list(descriptors))
        said = connection.recv(64)
        connection.settimeout(None)
    except OSError as error:
        connection.close()
        msg = f"The fork server cannot be reached: {error}."
        raise ForkError(msg) from error
    if not said:
        connection.close()
        msg = "The fork server could not make a process."
        raise ForkError(msg)
    return ForkedProcess(connection, int(said))


def _bind(listener: socket.socket, address: str) -> None:
    try:
        listener.bind(address)
    except OSError as error:  # the path is too long for a socket, or the disk allows none
        msg = f"No fork server can listen at {address}: {error}."
        raise ForkError(msg) from error


class Template:
    """A fork server of this process; it ends when this process does, in whatever way.

    Parameters
    ----------
    role : str
        The module whose ``run_forked`` each forked process calls.
    modules : sequence of str
        What the server imports.
    env : mapping of str to str
        The server's environment: what Python and the libraries read when they start.
    """

    def __init__(self, role: str, modules: Sequence[str], env: Mapping[str, str]) -> None:
        self.role = role
        self.modules = list(modules)
        self.env = dict(env)
        self.directory = tempfile.TemporaryDirectory(
            prefix="fork-", dir=memory_disk(), ignore_cleanup_errors=True
        )
        self.address = str(Path(self.directory.name) / "s")
        self.starts = 0
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.alive_w = -1
        self.start()

    def start(self) -> None:
        """Start the server; it can be asked at once and answers when it is ready."""
        self.starts += 1
        Path(self.address).unlink(missing_ok=True)
        alive_r, self.alive_w = os.pipe()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            _bind(listener, self.address)
            listener.listen(64)
            call = f"serve({listener.fileno()}, {alive_r}, {self.modules!r}, {self.role!r})"
            self.process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-c", f"from shinrenkei.runs.forkserver import serve; {call}"],
                env=self.env,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(listener.fileno(), alive_r),
                start_new_session=True,
            )
        os.close(alive_r)

    def check(self) -> bool:
        """Start the server again where it has died; tell whether there is one."""
        with self.lock:
            if self.process is not None and self.process.poll() is not None:
                os.close(self.alive_w)
                self.process = None
                if self.starts < MAX_STARTS:
                    self.start()
            return self.process is not None

    def fork(self, descriptors: Sequence[int]) -> ForkedProcess:
        """Return a new process in the server's own environment; a server that has died is started again first."""
        if not self.check():
            msg = "The fork server keeps dying."
            raise ForkError(msg)
        return fork_at(self.address, [], self.env, str(Path.cwd()), descriptors)

    def close(self) -> None:
        """End the server and every process that it has forked."""
        with self.lock:
            if self.process is not None:
                os.close(self.alive_w)
                try:
                    self.process.wait(2)
                except subprocess.TimeoutExpired:  # still importing
                    self.process.kill()
                    self.process.wait()
                self.process = None
        self.directory.cleanup()
