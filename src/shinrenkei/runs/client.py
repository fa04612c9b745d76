"""How papermill talks to a kernel that has been started for one notebook."""

from __future__ import annotations

import os
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_core.utils import run_sync
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine

from shinrenkei.runs.imports import imported_modules
from shinrenkei.runs.provisioner import Kernel, is_own_name, shared_template
from shinrenkei.runs.template import can_fork

# Kernels are ended at once, not asked to end: what a notebook has written to files it left open must be in them.
FLUSH_FILES = """exec('''
import gc, io
for file in gc.get_objects():
    if type(file) in (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom):
        try:
            file.flush()
        except Exception:
            pass
''', {})"""


class RunClient(PapermillNotebookClient):  # type: ignore[misc]
    """Runs the cells of one notebook in a kernel that has been started for it."""

    def __init__(self, nb_man: Any, kernel: Kernel, setup: str = "", **more: Any) -> None:
        super().__init__(nb_man, km=kernel.manager, **more)
        self.kernel = kernel
        self.setup = setup
        self.owns_km = True

    async def async_start_new_kernel_client(self) -> Any:
        """Connect to the kernel without any fixed wait."""
        try:
            await self.kernel.wait_for_sockets(self.startup_timeout)
            self.kc = self.km.client()
            self.kc.start_channels(stdin=False, hb=False, control=False)
            await self._wait_for_welcome()
            self.kc.allow_stdin = False
            await self._silently(self.setup)
        except Exception:
            await self._async_cleanup_kernel()
            raise
        if self.on_notebook_start:
            self.on_notebook_start(notebook=self.nb)
        return self.kc

    start_new_kernel_client = run_sync(async_start_new_kernel_client)

    async def _wait_for_welcome(self) -> None:
        """Wait until outputs come through: the kernel welcomes whoever has subscribed to them."""
        if not _has_welcome():  # older kernels are silent until asked
            await self.kc.wait_for_ready(timeout=self.startup_timeout)
            return
        while True:
            try:
                message = await self.kc.iopub_channel.get_msg(timeout=1)
            except Empty:
                await self._async_check_alive()
                continue
            if message["msg_type"] == "iopub_welcome":
                return

    async def _silently(self, code: str) -> None:
        """Run code of our own, which leaves no trace in the notebook."""
        if code:
            reply = await self.async_wait_for_reply(self.kc.execute(code, silent=True, store_history=False))
            if reply is not None and reply["content"]["status"] == "error":
                said = f"{reply['content']['ename']}: {reply['content']['evalue']}"
                msg = f"the kernel could not be made ready: {said}"
                raise RuntimeError(msg)

    def papermill_execute_cells(self) -> None:
        """Run the cells and bring what they have written to disk."""
        super().papermill_execute_cells()
        run_sync(self._silently)(FLUSH_FILES)

    async def _async_cleanup_kernel(self) -> None:
        if self.kc is not None:
            self.kc.stop_channels()
            self.kc = None
        await self.kernel.end()

    _cleanup_kernel = run_sync(_async_cleanup_kernel)


class RunEngine(NBClientEngine):  # type: ignore[misc]
    """Runs a notebook in a forked kernel."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        kernel: Kernel | None = None,
        setup: str = "",
        start_timeout: float = 60,
        execution_timeout: float | None = None,
        **more: Any,
    ) -> Any:
        """Run the notebook in ``kernel``, or in one forked for it where this interpreter is its kernel."""
        own = None
        if kernel is None:
            if not (can_fork() and is_own_name(kernel_name)):
                more |= {"start_timeout": start_timeout, "execution_timeout": execution_timeout}
                return super().execute_managed_notebook(nb_man, kernel_name, **more)
            sources = [cell.source for cell in nb_man.nb.cells if cell.cell_type == "code"]
            template = shared_template(tuple(imported_modules(sources)))
            kernel = own = Kernel(template.address, {**os.environ}, str(Path.cwd()))
        try:
            more.pop("input_path", None)
            timeout = execution_timeout or more.pop("timeout", None)
            client = RunClient(
                nb_man,
                kernel,
                setup,
                timeout=timeout,
                startup_timeout=start_timeout,
                kernel_name=kernel_name,
                **more,
            )
            return client.execute()
        finally:
            if own is not None:
                own.close()


@lru_cache(maxsize=1)
def _has_welcome() -> bool:
    return int(version("ipykernel").split(".")[0]) >= 7
