"""nbgrader itself releases, grades and reports on the units; what students receive gives nothing away."""

from __future__ import annotations

import html
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import nbformat
import pytest

from tests.teaching.units import ROOT, SOURCES, TEACHING, answers, checks, graded, hidden_lines, lines, read
from tests.teaching.wrong_answers import WRONG

pytest.importorskip("nbgrader")

NBGRADER = """
import os, sys
from nbgrader.apps import NbGraderApp
from shinrenkei.cli_runs import PRELOAD
from shinrenkei.runs.environment import template_environment
from shinrenkei.runs.template import KERNEL_ROLE, Template, can_fork

words = ["--NotebookClient.shutdown_kernel=immediate"]  # a kernel that is done need not be asked to end
if can_fork():  # kernels that have the units' imports done; elsewhere ordinary ones
    server = Template(KERNEL_ROLE, PRELOAD["shinrenkei"], template_environment(os.environ))
    words += [f"--ForkProvisioner.address={server.address}"]
for command in sys.argv[1:]:
    NbGraderApp.launch_instance([command, "*", *words])
    NbGraderApp.clear_instance()
"""
COURSES = {  # three runs of a unit, in three courses so that workers can share them
    "ja-odd": ("ja", SOURCES[0::2], ("right", "wrong")),
    "ja-even": ("ja", SOURCES[1::2], ("right", "wrong")),
    "en": ("en", SOURCES, ("untouched",)),
}
SCORES = """
select student_id, assignment.name, base_cell.name, auto_score, needs_manual_grade
from grade
join grade_cells on grade.cell_id = grade_cells.id
join base_cell on base_cell.id = grade_cells.id
join submitted_notebook on grade.notebook_id = submitted_notebook.id
join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id
join assignment on submitted_assignment.assignment_id = assignment.id
"""


@dataclass(frozen=True)
class Course:
    """A course directory in which nbgrader has done its work."""

    folder: Path
    units: list[Path]
    students: tuple[str, ...]

    def nbgrader(self, *commands: str) -> None:
        """Run commands of nbgrader on every unit, in one process."""
        own = ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")
        place = {name: str(self.folder.parent / "jupyter") for name in own}
        path = os.pathsep.join(
            [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
        )  # it calls alembic
        done = subprocess.run(
            [sys.executable, "-c", NBGRADER, *commands],
            cwd=self.folder,
            env={**os.environ, **place, "PATH": path, "JUPYTER_DEFAULT_PROVISIONER_NAME": "shinrenkei-fork"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def scores(self) -> dict[tuple[str, str], dict[str, float]]:
        """Return the points of each check, by student and unit, from the gradebook."""
        found: dict[tuple[str, str], dict[str, float]] = {}
        with closing(sqlite3.connect(self.folder / "gradebook.db")) as gradebook:
            for student, unit, cell, score, by_hand in gradebook.execute(SCORES):
                assert not by_hand, f"{unit}: {cell} does not grade itself"
                found.setdefault((student, unit), {})[cell] = score
        return found


def write_course(lang: str, out: Path, units: Iterable[Path]) -> None:
    """Write the course by tools/course.py, and leave only ``units`` in it."""
    spec = spec_from_file_location("course", ROOT / "tools" / "course.py")
    assert spec
    assert spec.loader
    tool = module_from_spec(spec)
    spec.loader.exec_module(tool)
    for name in set(tool.write_course(TEACHING, lang, out)) - {path.stem for path in units}:
        shutil.rmtree(out / "source" / name)


def hand_in(course: Course, student: str) -> None:
    """Put a student's work where nbgrader collects it: the released notebook with answers filled in."""
    for path in course.units:
        unit = read(course.folder / "release" / path.stem / path.name)
        filled = {graded(cell)["grade_id"]: cell.source for cell in answers(read(path))}
        if student == "wrong":
            name, source = WRONG[path.stem]
            assert name in filled
            filled[name] = source.strip()
        for cell in answers(unit) if student != "untouched" else []:
            cell.source = filled[graded(cell)["grade_id"]]
        place = course.folder / "submitted" / student / path.stem
        place.mkdir(parents=True)
        nbformat.write(unit, place / path.name)


@pytest.mark.parametrize("name", COURSES)
def test_nbgrader_releases_grades_and_reports(name, tmp_path):
    lang, units, students = COURSES[name]
    course = Course(tmp_path / "course", units, students)
    write_course(lang, course.folder, units)
    course.nbgrader("generate_assignment")
    for student in students:
        hand_in(course, student)
    course.nbgrader("autograde", "generate_feedback")
    scores = course.scores()
    for path in units:
        check_points(path, {student: scores[student, path.stem] for student in students})
        check_feedback(course, path, scores)
        check_that_nothing_is_given_away(course, path)
        check_that_the_worked_steps_run_cleanly(course, students[0], path)


def check_points(path, points):
    names = {graded(cell)["grade_id"] for cell in checks(read(path))}
    assert all(set(found) == names for found in points.values())
    assert set(points.get("untouched", {"": 0}).values()) == {0}, f"{path.stem}: {points}"
    assert sum(points.get("right", {"": 10}).values()) == 10, f"{path.stem}: {points}"
    if "wrong" in points:
        lost = {name for name in names if points["wrong"][name] < points["right"][name]}
        assert lost, f"{path.stem}: nothing was found wrong"
        only = WRONG[path.stem][0] + "-test"
        assert all(name.startswith(only) for name in lost), f"one mistake costs another exercise: {lost}"


def check_feedback(course, path, scores):
    for student in course.students:
        total = sum(scores[student, path.stem].values())
        assert f"(Score: {total:.1f} / 10.0)" in feedback(course, student, path)


def check_that_nothing_is_given_away(course, path):
    hidden = hidden_lines(read(path))
    assert hidden
    files = [file for file in (course.folder / "release" / path.stem).rglob("*") if file.is_file()]
    assert [file.name for file in files] == [path.name]
    released = {line for cell in read(files[0]).cells for line in lines(cell.source)}
    assert not hidden & released
    assert not any("HIDDEN TESTS" in line or "SOLUTION" in line for line in released)
    if "untouched" in course.students:
        assert not hidden & lines(feedback(course, "untouched", path))


def check_that_the_worked_steps_run_cleanly(course, student, path):
    unit = read(course.folder / "autograded" / student / path.stem / path.name)
    worked = [cell for cell in unit.cells if cell.cell_type == "code" and not graded(cell)]
    outputs = [output for cell in worked for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    assert [
        output.text for output in outputs if output.get("name") == "stderr"
    ] == []  # a missing glyph is told there
    assert any("image/png" in output.get("data", {}) for output in outputs)


def feedback(course, student, path):
    """Return the words of the page that a student gets back, line by line."""
    page = course.folder / "feedback" / student / path.stem / f"{path.stem}.html"
    body = page.read_text(encoding="utf-8").partition("<body")[2]
    return html.unescape(re.sub("<[^>]+>", "", re.sub(r"(?s)<(script|style).*?</\1>", "", body)))
