"""Kernels for the pages' code, forked from one process that has the imports done, as those of the notebooks are."""

from __future__ import annotations

import os
from functools import cache
from importlib.metadata import EntryPoint
from typing import Any

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from sphinx.application import Sphinx
from sphinx.config import Config
from traitlets import default

from shinrenkei.cli_runs import PRELOAD
from shinrenkei.runs.environment import kernel_environment, template_environment
from shinrenkei.runs.provisioner import ForkProvisioner
from shinrenkei.runs.template import KERNEL_ROLE, Template, can_fork


@cache
def server() -> Template:
    """Return the process that the kernels of this build are forked from."""
    return Template(KERNEL_ROLE, PRELOAD["shinrenkei"], template_environment(kernel_environment(os.environ)))


class PageProvisioner(ForkProvisioner):
    """Forks the kernel of a page; where none can be forked, an ordinary one is started."""

    @default("address")
    def _address(self) -> str:
        return server().address if can_fork() else ""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel without its remark on unencrypted sockets of this machine."""
        return await super().launch_kernel([*cmd, "--log-level=ERROR"], **kwargs)


def _use(_app: Sphinx, _config: Config) -> None:
    """Have the pages' kernels made by the class above."""
    factory = KernelProvisionerFactory.instance()
    name = PageProvisioner.__name__
    factory.provisioners[name] = EntryPoint(name, f"{__name__}:{name}", factory.GROUP_NAME)
    factory.default_provisioner_name = name


def _close(_app: Sphinx, _error: Exception | None) -> None:
    if server.cache_info().currsize:
        server().close()


def setup(app: Sphinx) -> dict[str, bool]:
    """Prepare the kernels."""
    app.connect("config-inited", _use)
    app.connect("build-finished", _close)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
