import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.errors import InputError
from shinrenkei.runs import (
    ParameterError,
    check_parameters,
    parse_assignments,
    read_parameter_file,
    read_parameters,
)
from shinrenkei.runs.kinds import describe
from shinrenkei.runs.parameters import injected_source, parse_parameters

CELL = """from typing import Annotated, Literal
import datetime as dt
from pathlib import Path

# the fiscal year,
# April to March
fiscal_year: int = 2006
region: Literal["all", "kinki", "kyushu"] = "all"  # METI block = 地域 # 1
confidence: Annotated[float, Gt(0), Lt(1)] = 0.95
since: dt.date | None = None  # first day
data: Optional[Path] = None
years: list[int] = [2005]
name: str = "a # b"
draw: bool = True
count: Annotated[int, Field(ge=1, le=5, description="how many")] = 3
output_dir: str = "reports/x"
"""


def parameters(source):
    cell = {"cell_type": "code", "source": source, "metadata": {"tags": ["parameters"]}}
    return parse_parameters({"cells": [cell]}, "n.ipynb")


def test_the_cell_is_read_without_running_it():
    found = {p.name: p for p in parameters(CELL)}
    assert list(found)[:3] == ["fiscal_year", "region", "confidence"]
    assert found["fiscal_year"].meaning == "the fiscal year, April to March"
    assert found["region"].meaning == "METI block = 地域 # 1"
    assert found["region"].choices == ("all", "kinki", "kyushu")
    assert found["name"].default == "a # b"
    assert found["output_dir"].set_by_runner
    allowed = {name: p.allowed for name, p in found.items()}
    assert allowed["confidence"] == "a number above 0 and below 1"
    assert allowed["since"] == "a date such as 2006-04-01 or none"
    assert allowed["data"] == "a file or none"
    assert allowed["years"] == "a list, each a whole number"
    assert allowed["count"] == "a whole number at least 1 and at most 5"


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("fiscal_year=2007", 2007),
        ("region=kinki", "kinki"),
        ("confidence=0.9", 0.9),
        ("confidence=9e-1", 0.9),
        ("since=2005-04-01", datetime.date(2005, 4, 1)),
        ("since=none", None),
        ("since=", None),
        ("years=2005,2006", [2005, 2006]),
        ("years=[2005, 2006]", [2005, 2006]),
        ("name=01", "01"),
        ("name=a=b", "a=b"),
        ("name=", ""),
        ("draw=no", False),
        ("count=5", 5),
    ],
)
def test_words_are_read_by_the_declared_type(word, value):
    name = word.partition("=")[0]
    found = check_parameters(parameters(CELL), parse_assignments(parameters(CELL), [word]))
    assert found[name] == value
    assert type(found[name]) is type(value)


def test_all_problems_of_a_call_are_told_at_once():
    words = [
        "fiscal_yaer=2006",
        "region=kniki",
        "confidence=1.0",
        "count=6",
        "since=2006-02-30",
        "draw=maybe",
        "data=no-such-file.csv",
        "x",
    ]
    with pytest.raises(ParameterError) as caught:
        parse_assignments(parameters(CELL), words)
    problems = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 8
    assert "'data': the file 'no-such-file.csv' does not exist." in problems
    assert "Unknown parameter 'fiscal_yaer'; did you mean 'fiscal_year'?" in problems
    assert "'region' must be all, kinki or kyushu, not 'kniki'; did you mean 'kinki'?" in problems
    assert "'confidence' must be a number above 0 and below 1, not 1.0." in problems
    assert "'count' must be a whole number at least 1 and at most 5, not 6." in problems
    assert "'since' must be a date such as 2006-04-01 or none, not '2006-02-30'." in problems
    assert "'x' is no parameter; expected name=value." in problems


def test_a_wrong_item_of_a_list_is_named_with_the_choice_that_may_be_meant():
    found = parameters("types: list[Literal['university', 'other']] = []")
    with pytest.raises(ParameterError, match=r"did you mean 'university' by 'universty'\?"):
        parse_assignments(found, ['types=["other", "universty"]'])


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"fiscal_year": "2006"}, "must be a whole number, not '2006'"),
        ({"fiscal_year": True}, "must be a whole number, not True"),
        ({"fiscal_year": 2006.0}, "must be a whole number"),
        ({"name": 1}, "must be text, not 1"),
        ({"confidence": float("nan")}, "must be a number above 0 and below 1, not nan"),
        ({"draw": 1}, "must be true or false, not 1"),
        ({"since": 2006}, "must be a date"),
        ({"data": "a\x00b"}, "must be a file or none"),
        ({"data": ""}, "must be a file or none"),
        ({"name": "\udc80"}, "must be text"),
        ({"years": 2005}, "must be a list"),
        ({"output_dir": "/etc"}, "is set by the runner"),
    ],
)
def test_values_of_another_type_are_refused_and_never_bent(values, problem):
    with pytest.raises(ParameterError, match=problem):
        check_parameters(parameters(CELL), values)


def test_true_does_not_pass_for_one_in_a_list_of_choices():
    with pytest.raises(ParameterError, match="must be 1 or 2, not True"):
        check_parameters(parameters("n: Literal[1, 2] = 1"), {"n": True})


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("a: dict = {}", "line 1: dict is not one of int, float"),
        ("a: int = 1\nb: int = a * 2", "line 2: a \\* 2 is computed"),
        ("a: int = __import__('os').system('true')", "is computed"),
        ("a: int = 'x'", "the default of 'a' is 'x', but its type says a whole number"),
        ("a: int = 1\na: int = 2", "line 2: parameter 'a' is set twice"),
        ("a: int | str = 1", "joins several types"),
        ("print('x')", "holds imports and lines such as"),
        ("if True:\n    a = 1", "holds imports and lines such as"),
        ("a = None", "its type cannot be read from None"),
        ("a: int = 1 +", "invalid syntax; expected plain Python"),
        ("%matplotlib inline", "invalid syntax"),
        ("a: list[list[int]] = []", "list of lists"),
        ("a: Annotated[int, max(1, 2)] = 1", "is not a bound"),
        ("a: Annotated[int, Field(frozen=True)] = 1", "is not a bound"),
        ("a: 'in t' = 1", "is not a type"),
        ("a = b = 1", "holds imports and lines such as"),
        ("(" * 500 + ")" * 500, "parameters cell"),
    ],
)
def test_what_is_no_schema_is_told_with_its_line(source, problem):
    with pytest.raises(InputError, match=problem):
        parameters(source)


def test_a_parameter_without_a_default_must_be_given():
    schema = parameters("year: int  # needed")
    with pytest.raises(ParameterError, match="'year' has no default: give a whole number"):
        check_parameters(schema, {})
    assert check_parameters(schema, {"year": 2006}) == {"year": 2006}


def test_types_of_unannotated_parameters_are_those_of_their_values():
    schema = parameters("a = 1\nb = 'x'\nc = [1.5]\nd = True")
    assert [describe(p.kind) for p in schema] == [
        "a whole number",
        "text",
        "a list, each a number",
        "true or false",
    ]


@pytest.mark.parametrize(
    "text", ["", "[1, 2]", '{"cells": 1}', '{"cells": [1], "nbformat": 4}', "nb", '{"a":' * 9999]
)
def test_what_is_no_notebook_is_told(tmp_path, text):
    path = tmp_path / "n.ipynb"
    path.write_text(text)
    with pytest.raises(InputError, match="is not a notebook"):
        read_parameters(path)


def test_the_notebook_that_may_be_meant_is_offered_from_beside_and_from_below(tmp_path, write_notebook):
    path = write_notebook()
    for asked in (tmp_path / f"{path.stem}s.ipynb", tmp_path.parent / path.stem):
        with pytest.raises(InputError, match=f"did you mean '.*{path.name}'"):
            read_parameters(asked)


def test_other_files_languages_and_formats_are_told(tmp_path, write_notebook):
    with pytest.raises(InputError, match="There is no notebook"):
        read_parameters(tmp_path / "none.ipynb")
    with pytest.raises(InputError, match="is not a file"):
        read_parameters(tmp_path)
    path = write_notebook()
    text = path.read_text()
    path.write_text(
        text.replace('"metadata": {}, "nbformat"', '"metadata": {"kernelspec": {"name": "ir"}}, "nbformat"')
    )
    with pytest.raises(InputError, match="written for a 'ir' kernel"):
        read_parameters(path)
    path.write_text(text.replace('"nbformat": 4', '"nbformat": 3'))
    with pytest.raises(InputError, match="in notebook format 3; expected 4"):
        read_parameters(path)
    path.write_text(text.replace('["parameters"]', '["x"]'))
    with pytest.raises(InputError, match="has no parameters cell"):
        read_parameters(path)
    path.write_text(
        text.replace(
            '"markdown", "id": "id-0", "metadata": {}', '"code", "metadata": {"tags": ["parameters"]}'
        )
    )
    with pytest.raises(InputError, match=r"has 2 parameters cells \(cells 1 and 2\)"):
        read_parameters(path)


def test_a_parameters_file_holds_a_mapping(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text("region: kinki\nsince: 2005-04-01\n")
    assert read_parameter_file(path) == {"region": "kinki", "since": datetime.date(2005, 4, 1)}
    given = read_parameter_file(path)
    assert parse_assignments(parameters(CELL), ["region=all"], given)["region"] == "all"
    for text in ("- 1", "1: 2", "a: [", "!!python/object/apply:os.system [true]"):
        path.write_text(text)
        with pytest.raises(InputError, match="Parameters file"):
            read_parameter_file(path)


def written(schema, values):
    names = {"dt": datetime, "Path": Path}
    exec(injected_source(schema, values), names)  # noqa: S102
    return {name: names[name] for name in values}


@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.integers(),
    st.floats(0.01, 0.99),
    st.dates(),
    st.booleans(),
)
def test_values_come_out_of_the_injected_cell_as_they_went_in(name, year, confidence, since, draw):
    schema = parameters(CELL)
    values = {"name": name, "fiscal_year": year, "confidence": confidence, "since": since, "draw": draw}
    values = check_parameters(schema, values) | {"data": Path("inputs/data/計画 1.csv")}
    assert written(schema, values) == values


def test_japanese_stays_readable_in_the_injected_cell():
    assert "name = '近畿'" in injected_source(parameters(CELL), {"name": "近畿"})
