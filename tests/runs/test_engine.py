import os
import subprocess
import sys

import nbformat
import pytest

from shinrenkei.runs.template import can_fork
from shinrenkei.runs.tidy import tidy_notebook


@pytest.fixture
def environment():
    """Give the environment of an ordinary user, who has the package installed and has set nothing."""
    removed = {"PYTEST_CURRENT_TEST", "MPLBACKEND"}
    return {name: value for name, value in os.environ.items() if name not in removed} | {
        "PYTHONHASHSEED": "0"
    }


def papermill(notebook, out, environment, *words):
    command = [sys.executable, "-m", "papermill", str(notebook), str(out), "-p", "year", "2006", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=out.parent)
    cells = tidy_notebook(nbformat.read(out, as_version=4))["cells"]
    return done.returncode, [(cell["source"], cell.get("outputs", [])) for cell in cells]


def test_papermill_gives_the_same_cells_with_the_engine_and_without(write_notebook, tmp_path, environment):
    notebook = write_notebook(
        "import pandas as pd\nimport matplotlib.pyplot as plt\nimport os, warnings",
        "print(year, os.getcwd() == os.path.realpath(os.getcwd()))\nwarnings.warn('careful')",
        "pd.DataFrame({'a' * 40: [1.5, year], 'b' * 60: ['x', 'y']})",
        "fig, ax = plt.subplots()\nax.plot([1, year])",
        "class A: pass\nA()",
        "1 / (year - 2006)",
    )
    text = notebook.read_text().replace(
        '"metadata": {}, "nbformat"',
        '"metadata": {"kernelspec": {"name": "python3", "display_name": "x", "language": "python"}}, "nbformat"',
    )
    notebook.write_text(text)
    plain = papermill(notebook, tmp_path / "plain.ipynb", environment)
    forked = papermill(notebook, tmp_path / "forked.ipynb", environment, "--engine", "shinrenkei")
    assert forked == plain
    assert plain[0] == 1
    outputs = [output for _, outputs in plain[1] for output in outputs]
    assert [output["output_type"] for output in outputs].count("error") == 1
    assert any("image/png" in output.get("data", {}) for output in outputs)


PROVISIONED = """
import asyncio, sys
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

async def main():
    spec = KernelSpec(argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], language="python",
                      metadata={"kernel_provisioner": {"provisioner_name": "shinrenkei-fork"}})
    manager = AsyncKernelManager(kernel_name="x")
    manager._kernel_spec = spec
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(60)
    reply = await client.execute("import os; os.getppid()", reply=True, timeout=30)
    print(reply["content"]["status"], type(manager.provisioner.process).__name__)
    await manager.interrupt_kernel()
    client.stop_channels()
    await manager.shutdown_kernel()
    print(manager.has_kernel)
asyncio.run(main())
"""


@pytest.mark.skipif(not can_fork(), reason="kernels can be forked on Linux only")
def test_the_provisioner_serves_any_jupyter_client(environment, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROVISIONED],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.split() == ["ok", "ForkedProcess", "False"], done.stderr
