"""Every notebook as a file: its parameters, its cells and what it saves, without running it."""

import ast
from pathlib import Path
from typing import Any

import matplotlib as mpl
import nbformat
import pandas as pd
import pytest
from matplotlib.text import Text

from shinrenkei import figures, synthetic
from shinrenkei.claims.ledger import ACROSS, sources_with_claims
from shinrenkei.errors import InputError
from shinrenkei.runs import read_parameters
from shinrenkei.runs.sets import expand, read_runs

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
NO_CHARTS = {"label", "save", "save_table", "style_context", "use_style"}
CHARTS = set(figures.__all__) - NO_CHARTS

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path):
    notebook = nbformat.read(path, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def calls(tree, names):
    """Return the calls of ``figures.<name>`` in a cell."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "figures"
        and node.func.attr in names
    ]


def functions_defined(tree):
    """Return the lines on which a cell defines a function or a class, or gives a lambda a name."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    assigned = (ast.Assign, ast.AnnAssign, ast.NamedExpr)
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, kinds) or (isinstance(node, assigned) and isinstance(node.value, ast.Lambda))
    ]


def unsaved(tree):
    """Return what is wrong with the figures and tables of a cell: drawn, not saved, or saved without a source."""
    drawn = [
        node.targets[0].id if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) else "?"
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and calls(node.value, CHARTS)
    ]
    saved = [call.args[0].id for call in calls(tree, {"save"}) if isinstance(call.args[0], ast.Name)]
    problems = [] if len(drawn) == len(calls(tree, CHARTS)) else ["a chart has no name"]
    problems += [] if sorted(drawn) == sorted(saved) else [f"drawn {drawn}, saved {saved}"]
    for call in calls(tree, {"save", "save_table"}):
        words = {word.arg: ast.unparse(word.value) for word in call.keywords}
        if words.get("source", "''") in ("''", "None") or words.get("lang") != "lang":
            problems.append(f"line {call.lineno}: no source or no lang")
        if ast.unparse(call.args[1]) != "output_dir":
            problems.append(f"line {call.lineno}: not saved to output_dir")
    return problems


def names_saved(tree, function):
    return [call.args[2].value for call in calls(tree, {function}) if isinstance(call.args[2], ast.Constant)]


def test_there_is_a_notebook_for_each_part():
    assert [path.stem[:2] for path in NOTEBOOKS][:9] == [f"{number:02}" for number in range(1, 10)]


@every_notebook
def test_a_notebook_is_valid_and_has_no_outputs(path):
    nbformat.validate(nbformat.read(path, as_version=nbformat.NO_CONVERT))
    for cell in code_cells(path):
        assert cell.outputs == []
        assert cell.execution_count is None


@every_notebook
def test_a_notebook_is_headed_in_japanese_and_in_english(path):
    first = nbformat.read(path, as_version=4).cells[0]
    heading = first.source.splitlines()[0]
    assert first.cell_type == "markdown"
    japanese, slash, english = heading.removeprefix("# ").partition(" / ")
    assert slash, heading
    assert not japanese.isascii()
    assert english.isascii()


@every_notebook
def test_each_parameter_says_what_it_means(path):
    parameters = {parameter.name: parameter for parameter in read_parameters(path)}
    for parameter in parameters.values():
        assert len(parameter.meaning.split()) > 1, parameter.name
        assert not parameter.required, parameter.name
    assert parameters["lang"].choices == ("ja", "en")
    assert parameters["lang"].default == "ja"
    assert parameters["output_dir"].default == f"reports/{path.stem}"


@every_notebook
def test_no_function_is_defined_in_a_notebook(path):
    for cell in code_cells(path):
        assert functions_defined(ast.parse(cell.source)) == [], cell.source


@every_notebook
def test_every_figure_and_table_is_saved_with_its_source(path):
    trees = [ast.parse(cell.source) for cell in code_cells(path)]
    for tree in trees:
        assert unsaved(tree) == [], ast.unparse(tree)
    assert any(calls(tree, {"save"}) for tree in trees)
    for function in ("save", "save_table"):
        names = [name for tree in trees for name in names_saved(tree, function)]
        assert sorted(set(names)) == sorted(names), f"one {function} of {path.stem} would overwrite another"


@pytest.mark.parametrize(
    "cell",
    [
        "fig = figures.bar(t, 'a', 'b')",
        "figures.bar(t, 'a', 'b')",
        "fig = figures.bar(t, 'a', 'b')\nfigures.save(fig, output_dir, 'a', source='', lang=lang)",
        "fig = figures.bar(t, 'a', 'b')\nfigures.save(fig, 'here', 'a', source=source, lang=lang)",
        "fig = figures.bar(t, 'a', 'b')\nfigures.save(other, output_dir, 'a', source=source, lang=lang)",
        "figures.save_table(t, output_dir, 'a', source=source)",
    ],
)
def test_a_figure_that_is_not_saved_with_its_source_is_found(cell):
    assert unsaved(ast.parse(cell))


@pytest.mark.parametrize("cell", ["def f(): pass", "f = lambda x: x", "class A: pass", "(f := lambda: 0)"])
def test_a_function_in_a_cell_is_found(cell):
    assert functions_defined(ast.parse(cell)) == [1]


@every_notebook
def test_reproduce_runs_a_notebook_in_both_languages(path):
    sets = [runs for runs in read_runs(FOLDER / "runs.toml") if runs.notebook.name == path.name]
    parameters = read_parameters(path)
    values = [run for runs in sets for run in expand(parameters, runs)]
    assert {run.get("lang", "ja") for run in values} == {"ja", "en"}


def test_the_ledgers_notebook_offers_every_source_that_has_claims():
    parameters = {parameter.name: parameter for parameter in read_parameters(FOLDER / "09-claims.ipynb")}
    assert set(parameters["source"].choices or ()) == {"all", ACROSS, *sources_with_claims()}


def executed(name, output_dir, **parameters):
    """Run the code cells of a notebook with parameters set, and return what is defined after the last."""
    path = next(FOLDER.glob(f"{name}-*.ipynb"))
    names: dict[str, Any] = {"display": lambda *shown: None}
    with mpl.rc_context():
        for cell in code_cells(path):
            exec(cell.source, names)  # noqa: S102 - the notebook is ours
            if "parameters" in cell.metadata.get("tags", []):
                names |= {"output_dir": str(output_dir), "lang": "en", **parameters}
    return names


def table(output_dir, name):
    return pd.read_csv(output_dir / "tables" / f"{name}.csv", comment="#")


def test_plans_are_followed_no_further_than_the_last_day_on_record(tmp_path, capsys):
    names = executed("02", tmp_path, fiscal_year=2010)
    first = names["register"]["certified_on"].min()
    assert table(tmp_path, "synthetic-curve")["days"].max() == (pd.Timestamp("2007-03-31") - first).days
    words = " ".join(text.get_text() for text in names["fig"].findobj(Text))
    assert "Followed to the last day in the data (2007-03-31)." in words
    assert table(tmp_path, "synthetic-curve-medians")["plans"].tolist() == [163, 158]
    told = capsys.readouterr().out
    assert "Log-rank test of equal curves" in told
    assert "{" not in told


def test_plans_without_a_date_are_told_in_the_figure_of_a_file_of_ones_own(tmp_path):
    plans = synthetic.plans().drop(columns="synthetic")
    plans.loc[[3, 5], "certified_on"] = pd.NaT
    plans.to_parquet(tmp_path / "plans.parquet")
    names = executed("02", tmp_path, data=tmp_path / "plans.parquet")
    words = " ".join(text.get_text() for text in names["fig"].findobj(Text))
    assert "Plans without a date of certification left out: 2." in " ".join(words.split())
    assert table(tmp_path, "curve-medians")["plans"].sum() == 319


def test_raw_and_adjusted_orders_are_both_set_beside_the_printed_one(tmp_path, capsys):
    names = executed("05", tmp_path, confidence=0.9)
    agreement = table(tmp_path, "synthetic-measured-agreement").groupby("estimate")["tau_b"].first()
    for kind in ("raw", "adjusted"):
        assert agreement[kind] == pytest.approx(names["found"][kind].attrs["tau_b"])
    told = capsys.readouterr().out
    assert "Raw: τ = " in told
    assert "; Adjusted: τ = " in told
    assert told.count("firms without a row in both years") == 2
    printed = tmp_path / "figures" / "rise-as-printed.png"
    assert printed.exists()
    assert (
        table(tmp_path, "synthetic-use-measured")["answer"].tolist() == names["use"]["partner_type"].tolist()
    )
    moved = table(tmp_path, "synthetic-attrition")
    assert (moved["n_start"] == moved["n_both"] + moved["n_left"] + moved["n_unknown_end"]).all()


def test_what_cannot_be_estimated_is_said_and_stops_nothing(tmp_path, capsys):
    executed("05", tmp_path, min_firms=100_000)
    told = capsys.readouterr().out
    assert "Adjusted differences: not estimated (No partner_type has 100000 firms" in told
    assert "Raw: an order needs two items or more; Adjusted: an order needs two items" in told
    assert not (tmp_path / "tables" / "synthetic-measured-agreement.csv").exists()


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"start": 2018, "end": 2013}, "start=2018 is not before end=2013"),
        ({"industry": "Z"}, "no row with industry=Z; industry is there: D, E, G, H, I, L, R"),
    ],
)
def test_what_cannot_be_asked_of_the_panel_is_refused_in_a_sentence(tmp_path, parameters, sentence):
    with pytest.raises(InputError, match=sentence):
        executed("05", tmp_path, **parameters)
