"""Typed tables and their strings: there and back without a change."""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.tabular import csv_bytes, read_csv_bytes, strings, typed

FIELDS: list[dict[str, Any]] = [
    {"name": "n", "type": "integer"},
    {"name": "x", "type": "number"},
    {"name": "ok", "type": "boolean"},
    {"name": "day", "type": "date"},
    {"name": "kind", "type": "string", "kind": "category", "constraints": {"enum": ["b", "a"]}},
    {"name": "text", "type": "string"},
]

ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-(10**12), 10**12),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.none() | st.booleans(),
        st.none()
        | st.dates(min_value=pd.Timestamp("1900-01-01").date(), max_value=pd.Timestamp("2200-01-01").date()),
        st.sampled_from([None, "a", "b"]),
        st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
    ),
    max_size=5,
)


@given(ROWS)
def test_a_table_written_and_read_again_is_the_same(rows: list[tuple[object, ...]]) -> None:
    names = [field["name"] for field in FIELDS]
    frame = pd.DataFrame(rows, columns=names)
    frame = frame.astype({"n": "Int64", "x": "float64", "ok": "boolean", "text": "str"})
    frame["day"] = pd.to_datetime(frame["day"]).astype("datetime64[s]")
    frame["kind"] = frame["kind"].astype(pd.CategoricalDtype(["b", "a"]))
    again = typed(read_csv_bytes(csv_bytes(frame)), FIELDS)
    pd.testing.assert_frame_equal(again, frame)


def test_whole_floats_are_written_without_a_point_and_others_exactly() -> None:
    frame = pd.DataFrame({"x": [70.0, 0.1, None], "ok": pd.array([True, None, False], dtype="boolean")})
    assert strings(frame).to_numpy().tolist() == [["70", "true"], ["0.1", ""], ["", "false"]]


def test_bytes_have_line_feeds_and_quote_only_where_needed() -> None:
    assert (
        csv_bytes(pd.DataFrame({"a": ["x,y", 'say "z"'], "b": ["1", "２"]}))
        == 'a,b\n"x,y",1\n"say ""z""",２\n'.encode()
    )
