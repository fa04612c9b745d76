"""Files that are there whole, or as they were before."""

from __future__ import annotations

from pathlib import Path

import pytest

from shinrenkei.errors import InputError
from shinrenkei.files import replace_file


def test_a_file_is_replaced_and_its_folder_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "figures.csv"
    for content in (b"first", b"2"):
        replace_file(path, content)
        assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_what_cannot_be_written_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    with pytest.raises(InputError, match=r"The file .*place cannot be written: Is a directory\."):
        replace_file(tmp_path / "place", b"x")
    assert [found.name for found in tmp_path.iterdir()] == ["place"]


def test_a_file_where_a_folder_is_needed_is_told(tmp_path: Path) -> None:
    (tmp_path / "plans").write_bytes(b"kept")
    with pytest.raises(InputError, match=r"plans\.csv cannot be written"):
        replace_file(tmp_path / "plans" / "plans.csv", b"x")
    assert (tmp_path / "plans").read_bytes() == b"kept"
