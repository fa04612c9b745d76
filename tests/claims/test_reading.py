"""How printed figures and phrases are read as ranges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shinrenkei.claims.reading import exact, parse_interval, rounded
from shinrenkei.errors import BuildError


@pytest.mark.parametrize(
    ("printed", "lower", "upper"),
    [
        ("38.0％", 37.95, 38.05),
        ("約36%", 35.5, 36.5),
        ("1.8倍", 1.75, 1.85),
        ("２年間", 1.5, 2.5),
        ("14.14％", 14.135, 14.145),
    ],
)
def test_a_rounded_figure_stands_for_half_of_its_last_digit_on_either_side(
    printed: str, lower: float, upper: float
) -> None:
    reading = rounded(printed)
    assert (reading.lower, reading.upper) == (lower, upper)
    assert reading.holds(lower)
    assert not reading.holds(upper + 0.001)


@pytest.mark.parametrize("printed", ["69件", "69", "６９件"])
def test_an_exact_figure_stands_for_itself(printed: str) -> None:
    assert exact(printed).holds(69)
    assert not exact(printed).holds(69.001)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("[40, 60]", [40, 43.5, 60], [39.99, 60.01]),
        ("(50, 100]", [50.01, 100], [50, 100.1]),
        ("[55, 65)", [55, 64.99], [65]),
        ("(1, )", [1.01, 1e9], [1]),
        ("[ , 0]", [-5, 0], [0.1]),
    ],
)
def test_an_interval_is_open_and_closed_as_written(
    text: str, inside: list[float], outside: list[float]
) -> None:
    reading = parse_interval(text)
    assert all(reading.holds(value) for value in inside)
    assert not any(reading.holds(value) for value in outside)


@pytest.mark.parametrize("text", ["", "about half", "[1; 2]", "[1, 2", "[a, b]"])
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(BuildError, match="is not an interval; expected a form such as"):
        parse_interval(text)


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_every_share_lies_in_the_reading_of_its_own_rounding(count: int, n: int) -> None:
    share = 100 * count / n
    assert rounded(f"{share:.1f}％").holds(share)
