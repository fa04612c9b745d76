import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.errors import InputError
from shinrenkei.runs.place import OLD, PART, put_in_place, remove_leftovers, run_name, safe_name, stage

DEVICES = ["CON", "nul", "com1", "LPT9.txt", "aux"]


@given(st.text())
def test_a_name_is_one_part_of_a_path_and_never_a_device_or_too_long(text):
    name = safe_name(text)
    assert Path(name).name == name
    assert name not in {"", ".", ".."}
    assert not set(name) & set('/\\:*?"<>|\0\n')
    assert len(name.encode()) <= 130
    assert not name.startswith((PART, OLD))
    assert not name.endswith((".", " ", ".failed"))
    assert name.split(".")[0].lower() not in {device.split(".")[0].lower() for device in DEVICES}


@given(st.text(), st.text())
def test_two_texts_never_share_a_name(one, other):
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    assert same or safe_name(one) != safe_name(other)


@pytest.mark.parametrize(
    "text", [*DEVICES, "..", ".", "", "/etc/passwd", "C:\\x", "a" * 300, "年" * 300, "x.failed"]
)
def test_dangerous_names_are_changed_and_stay_apart(text):
    assert safe_name(text) != text
    assert safe_name(text) == safe_name(text)


def test_a_run_is_named_by_what_differs_from_the_defaults():
    defaults = {"year": 2005, "region": "all", "on": True, "years": [1]}
    assert run_name(defaults, defaults) == "default"
    assert run_name({**defaults, "year": 2006, "on": False}, defaults) == "year=2006,on=false"
    assert run_name({**defaults, "years": [1, 2]}, defaults) == "years=1+2"
    assert run_name({**defaults, "region": "近畿"}, defaults) == "region=近畿"
    assert run_name({"data": Path("/home/me/p.csv")}, {"data": None}) == "data=p.csv"


def fill(directory, text):
    directory.mkdir()
    (directory / "file").write_text(text)
    return directory


def test_a_directory_replaces_the_one_in_its_place(tmp_path):
    place = fill(tmp_path / "run", "old")
    with stage(place) as work:
        put_in_place(fill(work / "run", "new"), place)
    assert (place / "file").read_text() == "new"
    assert list(tmp_path.iterdir()) == [place]


def test_nothing_is_put_behind_a_link(tmp_path):
    elsewhere = fill(tmp_path / "elsewhere", "mine")
    (tmp_path / "run").symlink_to(elsewhere)
    with pytest.raises(InputError, match="is a link"):
        put_in_place(fill(tmp_path / "new", "new"), tmp_path / "run")
    assert (elsewhere / "file").read_text() == "mine"


@pytest.mark.skipif(sys.platform == "win32", reason="leftovers are told by locks that Windows has not")
def test_leftovers_of_the_dead_are_removed_and_work_of_the_living_is_not(tmp_path):
    code = "from shinrenkei.runs.place import stage\nfrom pathlib import Path\nimport os\n"
    code += f"with stage(Path({str(tmp_path / 'run')!r})) as work:\n    (work / 'x').write_text('x')\n    os._exit(1)"
    subprocess.run([sys.executable, "-c", code], check=False)
    [left] = tmp_path.iterdir()
    assert left.name.startswith(PART)
    with stage(tmp_path / "other") as work:
        remove_leftovers(tmp_path)
        assert list(tmp_path.iterdir()) == [work]


def test_a_leftover_that_is_a_link_is_not_followed(tmp_path):
    kept = fill(tmp_path / "kept", "mine")
    (tmp_path / f"{PART}x").symlink_to(kept)
    remove_leftovers(tmp_path)
    assert (kept / "file").read_text() == "mine"
