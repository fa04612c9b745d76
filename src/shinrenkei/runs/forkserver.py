"""A process that has the heavy imports loaded and forks a fresh process for each kernel and each worker.

It imports and never computes: what a library does on its first use (threads, pools, caches of random state) does
not survive a fork. The standard library's fork server would import the caller's main module in every kernel, and
other processes than the one that started it cannot ask it for forks; this one does neither and no more than needed.

One request is one connection: a message of JSON with the descriptors for standard output and error (and what else
the process shall have, from 3 on), answered with the process's number, and with its exit status when it ends. A
connection that breaks takes its process with it.
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import fcntl
import gc
import importlib
import json
import os
import random
import selectors
import signal
import socket
import sys
import threading
import time
import traceback
import warnings
from typing import Any, NoReturn

MESSAGE_BYTES = 1 << 20
PR_SET_PDEATHSIG = 1


def serve(listener_fd: int, alive_fd: int, modules: list[str], role: str) -> NoReturn:
    """Import ``modules``, then fork on request until the other end of ``alive_fd`` is closed.

    The module ``role`` has two functions: ``prepare``, called here, and ``run_forked``, called by each child.
    """
    module = importlib.import_module(role)
    module.prepare()
    before = list(warnings.filters)
    preload(modules)
    added = [rule for rule in warnings.filters if rule not in before]
    if threading.active_count() > 1:
        os._exit(
            1
        )  # a library has started a thread, which no child would have: nothing can be forked from here
    gc.collect()
    gc.freeze()  # what is here now is never garbage, and a child that looks for garbage need not copy it
    server = os.getpid()
    request, descriptors = _Server(socket.socket(fileno=listener_fd), alive_fd).loop()
    status = 1
    try:
        _settle(request, descriptors, server)
        module.run_forked(request["argv"], before, added)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


class _Shell:
    """What libraries that ask for a shell while they are imported are given: one with a kernel."""

    kernel = None


def preload(modules: list[str]) -> None:
    """Import what can be imported; what cannot will say so in the notebook that needs it."""
    vars(builtins)["get_ipython"] = _Shell  # pandas chooses how wide tables are by this
    for name in modules:
        with contextlib.suppress(BaseException):
            importlib.import_module(name)
    del vars(builtins)["get_ipython"]


def _settle(request: dict[str, Any], descriptors: list[int], server: int) -> None:
    """Make a process of its own out of a fresh copy of the server."""
    os.setsid()
    # should the server be killed, its children must not live on without anybody to end them
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:
        os._exit(1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    held = [os.open(os.devnull, os.O_RDONLY), *descriptors]
    high = [fcntl.fcntl(source, fcntl.F_DUPFD_CLOEXEC, 16) for source in held]
    for source in held:
        os.close(source)
    for target, source in enumerate(high):
        os.dup2(source, target, inheritable=target < 3)
        os.close(source)
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    os.chdir(request["cwd"])
    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


class _Server:
    """Waits for requests and for the ends of processes; returns, in each child, what it was asked for."""

    def __init__(self, listener: socket.socket, alive_fd: int) -> None:
        self.listener = listener
        self.alive_fd = alive_fd
        self.wake_r, self.wake_w = os.pipe()
        os.set_blocking(self.wake_r, False)
        os.set_blocking(self.wake_w, False)
        self.children: dict[int, socket.socket | None] = {}
        self.selector = selectors.DefaultSelector()

    def loop(self) -> tuple[dict[str, Any], list[int]]:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks, not for this one
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake_w)
        for waited in (self.listener, self.alive_fd, self.wake_r):
            self.selector.register(waited, selectors.EVENT_READ)
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.listener:
                    request = self.accept()
                    if request is not None:
                        return request
                elif key.fileobj == self.wake_r:
                    self.reap()
                elif key.fileobj == self.alive_fd:
                    self.end()
                else:
                    self.disown(key.data)

    def accept(self) -> tuple[dict[str, Any], list[int]] | None:
        """Fork for one request; return it in the child alone."""
        connection, _ = self.listener.accept()
        descriptors: list[int] = []
        try:
            message, descriptors, _, _ = socket.recv_fds(connection, MESSAGE_BYTES, 8)
            request = json.loads(message)
            pid = os.fork()
        except (OSError, ValueError):  # a caller that went away, or no room for a process: the caller is told
            connection.close()
            pid = -1
        if pid == 0:
            self.close_in_child(connection)
            return request, descriptors
        for descriptor in descriptors:
            os.close(descriptor)
        if pid > 0:
            self.children[pid] = connection
            self.selector.register(connection, selectors.EVENT_READ, pid)
            _tell(connection, pid)
        return None

    def reap(self) -> None:
        """Tell each ended process's status to whoever asked for it."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.wake_r, 65536)
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                connection = self.children.pop(ended[0], None)
                if connection is not None:
                    _tell(connection, os.waitstatus_to_exitcode(ended[1]))
                    self.selector.unregister(connection)
                    connection.close()

    def disown(self, pid: int) -> None:
        """End a process whose owner is gone, or wants it gone."""
        connection = self.children.get(pid)
        if connection is not None:
            self.selector.unregister(connection)
            connection.close()
            self.children[pid] = None
            _kill_group(pid)

    def end(self) -> NoReturn:
        for pid in self.children:
            _kill_group(pid)
        os._exit(0)

    def close_in_child(self, connection: socket.socket) -> None:
        signal.set_wakeup_fd(-1)
        for held in (connection, self.listener, *self.children.values()):
            if held is not None:
                held.close()
        self.selector.close()
        for descriptor in (self.alive_fd, self.wake_r, self.wake_w):
            os.close(descriptor)


def _tell(connection: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):
        connection.send(str(number).encode())


def _kill_group(pid: int) -> None:
    for kill in (os.killpg, os.kill):  # just after a fork there is no group yet
        with contextlib.suppress(OSError):
            kill(pid, signal.SIGKILL)
