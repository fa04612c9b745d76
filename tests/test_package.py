"""The package as others get it: a wheel, a lock, an environment, cheap to import."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

import shinrenkei as sr

ROOT = Path(__file__).parents[1]


def python(*arguments: str, cwd: Path, path: Path | None = None) -> str:
    environment = {"PYTHONPATH": str(path)} if path else {}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = "import os, sys, hatchling.build as b; os.chdir(sys.argv[1]); print(b.build_wheel(sys.argv[2]))"
    python("-c", build, str(ROOT), str(folder), cwd=folder)
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_works_in_an_empty_directory(wheel: Path, tmp_path: Path) -> None:
    site, empty = tmp_path / "site", tmp_path / "空 の dir"
    empty.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    script = (
        "import shinrenkei as sr; print(sr.__file__); print(len(sr.tables())); "
        "print(sr.load('core_firm_capital')['firms'].sum()); print(len(sr.raw('meti-2005/core_firm_capital'))); "
        "print(sr.cite('plan_counts', lang='en')[:7]); print(len(sr.describe('plan_counts'))); "
        "print(len(sr.claims.check('meti-2005')))"
    )
    printed = python("-c", script, cwd=empty, path=site).splitlines()
    assert printed[0].startswith(str(site))
    assert printed[1:] == [
        str(len(sr.tables())),
        "69",
        "6",
        "Source:",
        "9",
        str(len(sr.claims.check("meti-2005"))),
    ]


def test_the_wheel_holds_data_and_types_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "shinrenkei/_data/processed/datapackage.json" in names
    assert "shinrenkei/_data/raw/meti-2005/core_firm_capital.csv" in names
    assert "shinrenkei/py.typed" in names
    assert not [name for name in names if name.startswith("tests/")]


def test_building_needs_a_checkout_and_says_so(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-m", "shinrenkei", "build"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "This works in a checkout" in done.stderr
    assert "Traceback" not in done.stderr


def test_importing_the_package_imports_nothing_heavy() -> None:
    script = "import sys, shinrenkei; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = set(python("-c", script, cwd=ROOT).split())
    heavy = {
        "numpy",
        "pandas",
        "scipy",
        "statsmodels",
        "seaborn",
        "matplotlib",
        "papermill",
        "pydantic",
        "narwhals",
    }
    assert not heavy & loaded


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['shinrenkei', '--help']\n"
        "from shinrenkei.cli import main\n"
        "try:\n main()\nexcept SystemExit:\n pass\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    printed = python("-c", script, cwd=ROOT)
    assert "reproduce" in printed
    assert not {"numpy", "pandas", "papermill", "matplotlib", "pydantic"} & set(
        printed.splitlines()[-1].split()
    )


def test_every_public_name_is_there_and_documented() -> None:
    assert set(sr.__all__) <= set(dir(sr))
    for name in sr.__all__:
        assert getattr(sr, name).__doc__, name


def test_an_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'commercialisation_rate'"):
        sr.commercialisation_rate  # noqa: B018


def tool() -> ModuleType:
    spec = spec_from_file_location("environment", ROOT / "tools" / "environment.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lock_pins_every_package_of_pyproject_with_hashes() -> None:
    environment = tool()
    project, lock = (ROOT / "pyproject.toml").read_text(), (ROOT / "requirements.lock").read_text()
    versions = environment.locked_versions(lock)
    assert set(environment.direct_packages(project)) <= set(versions)
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_lock_is_within_the_bounds_of_pyproject() -> None:
    from packaging.requirements import Requirement

    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions = tool().locked_versions((ROOT / "requirements.lock").read_text())
    asked = [
        *table["dependencies"],
        *(name for extra in table["optional-dependencies"].values() for name in extra),
    ]
    for requirement in map(Requirement, asked):
        assert requirement.specifier.contains(versions[requirement.name.lower()]), requirement


def test_environment_yml_is_what_pyproject_and_lock_give() -> None:
    project, lock = (ROOT / "pyproject.toml").read_text(), (ROOT / "requirements.lock").read_text()
    assert (ROOT / "environment.yml").read_text() == tool().render(project, lock)


def test_the_version_is_told_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == sr.__version__
    assert f"version: {sr.__version__}" in (ROOT / "CITATION.cff").read_text()
    assert f"## {sr.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_committed_file_names_a_machine_or_a_package_index() -> None:
    pattern = re.compile(
        r"(?:--(?:extra-)?index-url[ =]|--find-links[ =]|https?://(?:pypi|files\.pythonhosted)|/root/\w)"
    )
    for path in tracked():
        if (
            path.suffix not in (".png", ".parquet", ".xlsx", ".xls", ".ods", ".dta")
            and path != Path(__file__)
            and path.is_file()
        ):
            found = pattern.search(path.read_bytes().decode("utf-8", "ignore"))
            assert not found, (path, found)


def test_notebooks_are_committed_without_outputs() -> None:
    import json

    for path in tracked():
        if path.suffix == ".ipynb" and path.is_file():
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")], path
