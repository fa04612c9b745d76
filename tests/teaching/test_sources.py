"""Every unit as a file: both languages, its nbgrader cells, its points and its figure, without running it."""

from __future__ import annotations

import ast
import re

import nbformat
import pytest

from shinrenkei import figures
from shinrenkei.runs import read_parameters
from tests.teaching.units import HIDDEN, NAMES, SOURCES, answers, checks, graded, hidden_lines, read, tags

every_unit = pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
KEYS = {"cell_type", "grade", "grade_id", "locked", "schema_version", "solution", "task"}
CHARTS = set(figures.__all__) - {
    "label",
    "save",
    "save_manuscript_table",
    "save_table",
    "style_context",
    "use_style",
}
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
LANGUAGES = {"ja", "en"}


def exercise_of(cell):
    """Return u1-ex2 for u1-ex2, u1-ex2-test and u1-ex2-test-open."""
    return re.fullmatch(r"(u\d-ex\d+)(-test.*)?", graded(cell)["grade_id"])[1]


def names_defined(cell):
    tree = ast.parse(cell.source)
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return defined | {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def names_used(cell):
    tree = ast.parse(cell.source)
    return {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def test_there_are_the_eight_units():
    assert [path.stem for path in SOURCES] == NAMES


@every_unit
def test_a_unit_is_a_valid_notebook_without_outputs(path):
    nbformat.validate(nbformat.read(path, as_version=nbformat.NO_CONVERT))
    unit = read(path)
    assert all(re.fullmatch(r"u\d(-[a-z0-9]+)+", cell.id) for cell in unit.cells)
    for cell in unit.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@every_unit
def test_every_piece_of_prose_stands_in_japanese_and_then_in_english(path):
    cells = read(path).cells
    prose = [cell for cell in cells if LANGUAGES & set(tags(cell))]
    assert all(tags(cell) in (["ja"], ["en"]) for cell in cells if cell.cell_type == "markdown")
    assert {cell.cell_type for cell in prose} == {"markdown"}
    assert [tags(cell)[0] for cell in prose] == ["ja", "en"] * (len(prose) // 2)
    for ja, en in zip(prose[::2], prose[1::2], strict=True):
        assert cells.index(en) == cells.index(ja) + 1
        assert (ja.id.removesuffix("-ja"), en.id.removesuffix("-en")) == (en.id[:-3], ja.id[:-3])
        assert JAPANESE.search(ja.source)
        assert re.findall(r"^#+", ja.source, re.MULTILINE) == re.findall(r"^#+", en.source, re.MULTILINE)
        if not ja.id.endswith("-read-ja"):  # a Japanese textbook is no reading for everyone
            items = [re.findall(r"^(?:-|\d\.) ", cell.source, re.MULTILINE) for cell in (ja, en)]
            assert items[0] == items[1], ja.id


@every_unit
def test_a_unit_says_its_aim_its_time_and_what_to_read(path):
    cells = read(path).cells
    first = [cell.source for cell in cells[:2]]
    assert first[0].startswith("# ")
    assert "できるようになること" in first[0]
    assert 45 <= int(re.search(r"\*\*時間\*\*\s*(\d+)", first[0])[1]) <= 90
    assert re.search(r"\*\*時間\*\*\s*(\d+)", first[0])[1] == re.search(r"\*\*Time\*\*\s*(\d+)", first[1])[1]
    headings = [
        line for cell in cells if tags(cell) == ["ja"] for line in cell.source.splitlines() if "## " in line
    ]
    assert any("問い" in line for line in headings)
    assert any("読んで" in line for line in headings)
    assert any("考えて" in line for line in headings)


@every_unit
def test_the_language_is_a_parameter_in_the_second_code_cell(path):
    code = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert [index for index, cell in enumerate(code) if "parameters" in tags(cell)] == [1]
    lang = {parameter.name: parameter for parameter in read_parameters(path)}["lang"]
    assert (lang.choices, lang.default) == (("ja", "en"), "ja")


@every_unit
def test_graded_cells_are_what_nbgrader_expects(path):
    unit = read(path)
    for cell in answers(unit):
        assert set(graded(cell)) == KEYS
        assert not graded(cell)["grade"]
        assert not graded(cell)["locked"]
        assert [kind for kind, _ in HIDDEN.findall(cell.source)] == ["SOLUTION"], cell.id
    for cell in checks(unit):
        assert set(graded(cell)) == KEYS | {"points"}
        assert not graded(cell)["solution"]
        assert graded(cell)["locked"]
        assert [kind for kind, _ in HIDDEN.findall(cell.source)] == ["HIDDEN TESTS"], cell.id
    ids = [graded(cell)["grade_id"] for cell in unit.cells if graded(cell)]
    assert len(ids) == len(set(ids)) == len(answers(unit)) + len(checks(unit))
    assert {graded(cell)["schema_version"] for cell in unit.cells if graded(cell)} == {3}


@every_unit
def test_three_to_five_exercises_make_ten_points(path):
    unit = read(path)
    exercises = [exercise_of(cell) for cell in answers(unit)]
    number = path.stem[1]
    assert exercises == [f"u{number}-ex{n}" for n in range(1, len(exercises) + 1)]
    assert 3 <= len(exercises) <= 5
    assert {exercise_of(cell) for cell in checks(unit)} == set(exercises)
    assert sum(graded(cell)["points"] for cell in checks(unit)) == 10


@every_unit
def test_no_exercise_needs_the_answer_to_another(path):
    unit = read(path)
    for answer in answers(unit):
        others = [cell for cell in unit.cells if cell.cell_type == "code" and cell.id != answer.id]
        others = [cell for cell in others if not graded(cell) or exercise_of(cell) != exercise_of(answer)]
        used = {name for cell in others for name in names_used(cell)}
        elsewhere = {name for cell in others for name in names_defined(cell)}
        functions = {node.name for node in ast.parse(answer.source).body if isinstance(node, ast.FunctionDef)}
        assert functions, f"{answer.id}: what the student is to fill in has a name outside the solution"
        assert not functions & (used | elsewhere), answer.id


@every_unit
def test_a_failing_check_speaks_both_languages(path):
    for cell in checks(read(path)):
        asserted = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Assert)]
        assert asserted, cell.id
        for check in asserted:
            words = "".join(
                str(node.value)
                for node in ast.walk(check.msg or ast.Constant(""))
                if isinstance(node, ast.Constant)
            )
            japanese, _, english = words.partition("／ ")
            assert JAPANESE.search(japanese), f"{cell.id}, line {check.lineno}"
            assert re.search("[A-Za-z]", english), f"{cell.id}, line {check.lineno}"


@every_unit
def test_hidden_tests_try_more_than_a_student_sees(path):
    unit = read(path)
    assert all(
        region.count("assert") >= 1 for cell in checks(unit) for _, region in HIDDEN.findall(cell.source)
    )
    assert len(hidden_lines(unit)) >= 2 * len(answers(unit))


@every_unit
def test_a_figure_is_drawn_in_the_chosen_language(path):
    code = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    calls = [
        node
        for source in code
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("figures.")
    ]
    charts = [call for call in calls if ast.unparse(call.func).removeprefix("figures.") in CHARTS]
    assert charts
    assert all("lang=lang" in ast.unparse(call) for call in charts)
    assert any(ast.unparse(call) == "figures.use_style(lang)" for call in calls)


def test_only_what_is_hidden_counts_as_given_away():
    answer = "### BEGIN SOLUTION\ny = (\n    x + 1\n)\nreturn y\n### END SOLUTION"
    check = "assert f(1)\n### BEGIN HIDDEN TESTS\nassert f(1) == 2\n### END HIDDEN TESTS"
    cells = [nbformat.v4.new_code_cell(source) for source in (answer, check, "    return y")]
    assert hidden_lines(nbformat.v4.new_notebook(cells=cells)) == {"y = (", "x + 1", "assert f(1) == 2"}
