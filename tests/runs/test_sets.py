import datetime

import pytest

from shinrenkei.errors import InputError
from shinrenkei.runs import (
    ParameterError,
    RunSet,
    explain,
    parse_sweep,
    plan_sweep,
    read_parameters,
    read_runs,
)
from shinrenkei.runs.where import compile_where

PARAMETERS = """year: int = 2005
region: Literal["all", "kinki", "a,b"] = "all"
years: list[int] = [2005]
title: str = ""
since: date = date(2005, 4, 1)
output_dir: str = "x"
"""


@pytest.fixture
def notebook(write_notebook):
    return write_notebook(parameters=PARAMETERS)


@pytest.mark.parametrize(
    ("word", "values"),
    [
        ("year=2005:2007", [2005, 2006, 2007]),
        ("year=2007:2005:-1", [2007, 2006, 2005]),
        ("year=2005:2010:2,2020", [2005, 2007, 2009, 2020]),
        ("year=-1:1", [-1, 0, 1]),
        ("region=all,kinki", ["all", "kinki"]),
        ("region=a,b", ["a,b"]),
        ('title="a,b",c', ["a,b", "c"]),
        ("title=1:3", ["1:3"]),
        ("years=2005,2006;2007", [[2005, 2006], [2007]]),
    ],
)
def test_lists_and_ranges_are_read(notebook, word, values):
    assert parse_sweep(read_parameters(notebook), [word]) == {word.partition("=")[0]: values}


def test_problems_of_lists_and_ranges_are_told_at_once(notebook):
    words = ["year=2007:2005", "year=1:9999999999", "year=x", "region=kinky,all", "reigon=all"]
    with pytest.raises(ParameterError) as caught:
        parse_sweep(read_parameters(notebook), words)
    problems = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 5
    assert "the range '2007:2005' is empty" in problems
    assert "the range '1:9999999999' has more than 100000 values" in problems
    assert "did you mean 'kinki'" in problems
    assert "did you mean 'region'" in problems


def names(plans):
    return [plan.place.name for plan in plans]


def test_every_combination_is_planned_once_and_where_leaves_some_out(notebook, tmp_path):
    sets = [
        RunSet(
            notebook, {"year": [2005, 2006], "region": ["all", "kinki"]}, "year > 2005 or region == 'all'"
        ),
        RunSet(notebook, {"year": ["2005:2006"]}),
    ]
    plans = plan_sweep(sets, tmp_path)
    assert names(plans) == ["default", "year=2006", "year=2006,region=kinki"]
    assert explain(plans) == ["not run yet"] * 3
    assert list(tmp_path.glob("n")) == []


def test_a_file_of_runs_is_read(notebook, tmp_path):
    file = tmp_path / "runs.toml"
    file.write_text(
        '[[runs]]\nname = "some"\nnotebook = "n.ipynb"\nwhere = "year != 2006"\n'
        'parameters = { year = "2005:2007", years = [2005, 2006], since = 2006-04-01 }\n'
    )
    [some] = read_runs(file)
    assert (some.name, some.notebook) == ("some", notebook)
    plans = plan_sweep([some], tmp_path / "out")
    assert [plan.values["year"] for plan in plans] == [2005, 2007]
    assert plans[0].values["years"] == [2005, 2006]
    assert plans[0].values["since"] == datetime.date(2006, 4, 1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[runs]]\nnotebok = 'x'", "Unknown key 'notebok'; did you mean 'notebook'"),
        ("[[run]]", "Unknown key 'run'; did you mean 'runs'"),
        ("[[runs]]\nname = 'x'", "number 1: no notebook is named"),
        ("[[runs]]\nnotebook = 1", "expected text for notebook"),
        ("runs = 1", "expected tables headed"),
        ("= 1", "is not TOML"),
    ],
)
def test_a_bad_file_of_runs_is_told(tmp_path, text, problem):
    file = tmp_path / "runs.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=problem):
        read_runs(file)


def test_too_many_combinations_are_refused_before_they_are_counted_out(notebook, tmp_path):
    with pytest.raises(InputError, match="1002001 combinations"):
        plan_sweep([RunSet(notebook, {"year": ["0:1000"], "title": [str(n) for n in range(1001)]})], tmp_path)


def test_two_different_runs_in_one_place_are_refused(write_notebook, tmp_path):
    notebook = write_notebook(parameters="data: Path | None = None")
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.csv").write_text(folder)
    files = [str(tmp_path / folder / "x.csv") for folder in ("a", "b")]
    with pytest.raises(InputError, match=r"Two different runs would both be .*data=x\.csv"):
        plan_sweep([RunSet(notebook, {"data": files})], tmp_path)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("year >= 2006", [2006, 2007]),
        ("2005 < year < 2007", [2006]),
        ("not year in [2005, 2006]", [2007]),
        ("year not in (2005,) and region is not None", [2006, 2007]),
        ("since == '2005-04-01' and year == 2005", [2005]),
        ("year == -1", []),
    ],
)
def test_conditions_are_computed(text, kept):
    wanted = compile_where(text, ["year", "region", "since"])
    since = datetime.date(2005, 4, 1)
    assert [y for y in (2005, 2006, 2007) if wanted({"year": y, "region": "all", "since": since})] == kept


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("yaer > 2005", "Unknown parameter 'yaer'; did you mean 'year'"),
        ("__import__('os').system('true')", "holds"),
        ("year.real > 1", "holds"),
        ("year + 1 > 1", "holds"),
        ("[y for y in [1]]", "holds"),
        ("year >", "cannot be read"),
        ("(" * 300 + "year" + ")" * 300, "cannot be read"),
        ("'x' * 10 ** 9", "holds"),
    ],
)
def test_a_condition_that_is_none_is_refused(text, problem):
    with pytest.raises(InputError, match=problem):
        compile_where(text, ["year"])


def test_a_condition_on_things_that_do_not_compare_is_told():
    with pytest.raises(InputError, match="compares what cannot be compared"):
        compile_where("year > 'x'", ["year"])({"year": 2005})
