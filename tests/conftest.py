"""What holds for all tests."""

import pytest
from hypothesis import settings

# Property tests are about answers: how long one takes on a busy machine is no failure.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: "test_grading" not in item.nodeid)
