"""Write environment.yml for conda users: the packages of pyproject.toml at the versions of requirements.lock."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

CONDA_NAMES = {"duckdb": "python-duckdb", "matplotlib": "matplotlib-base", "playwright": "playwright-python"}
"""Where conda-forge calls a package otherwise."""

PIP_ONLY = {"matplotlib-fontja", "rocrate"}
"""What is installed by pip inside the conda environment."""


def locked_versions(lock: str) -> dict[str, str]:
    """Return the pinned version of every package in a requirements file."""
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", lock, flags=re.MULTILINE))


def direct_packages(project: str) -> list[str]:
    """Return the names of the packages that pyproject.toml asks for, extras included."""
    table = tomllib.loads(project)["project"]
    wanted = [
        *table["dependencies"],
        *(name for extra in table["optional-dependencies"].values() for name in extra),
    ]
    return sorted({re.split(r"[\[<>=!~ ]", name, maxsplit=1)[0].lower() for name in wanted})


def render(project: str, lock: str) -> str:
    """Return the text of environment.yml."""
    versions = locked_versions(lock)
    names = direct_packages(project)
    python = tomllib.loads(project)["project"]["requires-python"]
    lines = [
        "name: shinrenkei",
        "channels:",
        "  - conda-forge",
        "  - nodefaults",
        "dependencies:",
        f"  - python{python}",
    ]
    lines += [f"  - {CONDA_NAMES.get(name, name)}={versions[name]}" for name in names if name not in PIP_ONLY]
    lines += ["  - pip", "  - pip:"]
    lines += [f"      - {name}=={versions[name]}" for name in names if name in PIP_ONLY]
    return "\n".join([*lines, "      - --editable .", ""])


def main() -> None:
    """Write the file beside pyproject.toml."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    (ROOT / "environment.yml").write_text(render(project, lock), encoding="utf-8")


if __name__ == "__main__":
    main()
