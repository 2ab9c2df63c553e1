"""Tools of the system that tests need: without them a person may skip, CI may not."""

import os

import pytest


def require(tool: str, *, is_there: bool, package: str) -> None:
    """Skips the test if the tool is not there; fails it with `CI=true`."""
    if is_there:
        return
    reason = f"{tool} is missing: apt-get install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
