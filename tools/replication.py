"""Write REPLICATION.md, the README of the replication package, from the data packages, the lock and the notebooks."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

ROOT = Path(__file__).resolve().parents[1]
KINDS = {"save": "figure", "save_table": "table"}
CITED = {
    "jupyterlab": "Project Jupyter",
    "matplotlib": "Hunter, J. D. (2007). Matplotlib. Computing in Science and Engineering 9, 90-95",
    "numpy": "Harris, C. R. et al. (2020). Array programming with NumPy. Nature 585, 357-362",
    "pandas": "McKinney, W. (2010). Data structures for statistical computing. Proceedings of SciPy 2010, 56-61",
    "papermill": "nteract contributors",
    "scipy": "Virtanen, P. et al. (2020). SciPy 1.0. Nature Methods 17, 261-272",
    "seaborn": "Waskom, M. L. (2021). seaborn: statistical data visualization. Journal of Open Source Software 6, 3021",
    "statsmodels": "Seabold, S. and Perktold, J. (2010). statsmodels. Proceedings of SciPy 2010, 92-96",
}
"""The packages that the results rest on, as their authors ask to be cited."""


def render(root: Path = ROOT) -> str:
    """Return the text of REPLICATION.md for a checkout."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    raw = _package(root / "data" / "raw")
    tidy = _package(root / "data" / "processed")
    versions = _locked(root)
    runs = _runs(root / "notebooks" / "runs.toml")
    notebooks = [_notebook(path, runs) for path in sorted((root / "notebooks").glob("*.ipynb"))]
    kinds = [kind for notebook in notebooks for output in notebook["outputs"] for kind in output["kinds"]]
    template = (root / "tools" / "replication.md.j2").read_text(encoding="utf-8")
    # the text is Markdown, not HTML
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    return environment.from_string(template).render(
        title=_citation(root)["title"],
        version=project["version"],
        python=project["requires-python"],
        sources=[{"path": "", **source} for source in raw["sources"]],
        raw_tables=sum(not entry["name"].endswith("/claims") for entry in raw["resources"]),
        tables=[{**entry, "places": _places(entry)} for entry in tidy["resources"]],
        notebooks=notebooks,
        figure_count=kinds.count("figure"),
        table_count=kinds.count("table"),
        run_count=sum(len(found) for found in runs.values()),
        claim_count=sum(entry["rows"] for entry in raw["resources"] if entry["name"].endswith("/claims")),
        locked=len(versions),
        packages="\n".join(f"- {name} {versions[name]}" for name in _direct(project)),
        software=[(name, f"({versions[name]}). {cited}") for name, cited in CITED.items()],
    )


def _package(folder: Path) -> dict[str, Any]:
    package: dict[str, Any] = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return package


def _places(entry: dict[str, Any]) -> str:
    """Return where a tidy table stands in its documents."""
    found: dict[str, list[str]] = {}
    for name, locator in entry["locators"].items():
        found.setdefault(name.split("/")[0], []).append(locator["en"])
    told = [f"`{source}`: {', '.join(dict.fromkeys(places))}" for source, places in found.items()]
    return "; ".join(told) or "code table of this package"


def _locked(root: Path) -> dict[str, str]:
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", lock, flags=re.MULTILINE))


def _direct(project: dict[str, Any]) -> list[str]:
    return sorted({re.split(r"[\[<>=!~ ]", name, maxsplit=1)[0].lower() for name in project["dependencies"]})


def _citation(root: Path) -> dict[str, str]:
    text = (root / "CITATION.cff").read_text(encoding="utf-8")
    return dict(re.findall(r'^(\w[\w-]*): "?(.*?)"?$', text, flags=re.MULTILINE))


def _runs(path: Path) -> dict[str, list[str]]:
    """Return the runs of each notebook, in words."""
    found: dict[str, list[str]] = {}
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["runs"]:
        given = entry.get("parameters", {})
        values = [value if isinstance(value, list) else [value] for value in given.values()]
        for chosen in product(*values):
            words = ", ".join(f"{name}={value}" for name, value in zip(given, chosen, strict=True))
            found.setdefault(entry["notebook"], []).append(words or "defaults")
    return found


def _notebook(path: Path, runs: dict[str, list[str]]) -> dict[str, Any]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    outputs: dict[str, dict[str, Any]] = {}
    tables: list[str] = []
    section = ""
    title = "".join(cells[0]["source"]).split("\n")[0].lstrip("# ")
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            headings = re.findall(r"^#+ (.*)$", source, flags=re.MULTILINE)
            section = headings[-1] if headings else section
            continue
        for call in _calls(source):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if name in KINDS and len(call.args) > 2:
                output = outputs.setdefault(
                    _said(call.args[2]), {"kinds": [], "section": section.replace("|", "/")}
                )
                output["kinds"] += [KINDS[name]] if KINDS[name] not in output["kinds"] else []
            elif name == "load" and call.args and isinstance(call.args[0], ast.Constant):
                tables.append(str(call.args[0].value))
    return {
        "file": path.name,
        "title": title,
        "runs": runs.get(path.name, []),
        "tables": [f"`{name}`" for name in dict.fromkeys(tables)],
        "outputs": [{"name": name, **output} for name, output in outputs.items()],
    }


def _calls(source: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def _said(name: ast.expr) -> str:
    """Return the name of an output; of a computed one, what it is computed from."""
    if isinstance(name, ast.Constant):
        return str(name.value)
    if isinstance(name, ast.JoinedStr):
        return "".join(_said(part) for part in name.values)
    if isinstance(name, ast.BinOp):
        return _said(name.left) + _said(name.right)
    return next((f"<{node.id}>" for node in ast.walk(name) if isinstance(node, ast.Name)), "<computed>")


def main() -> None:
    """Write the file beside README.md."""
    (ROOT / "REPLICATION.md").write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
