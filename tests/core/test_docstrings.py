"""Every example in a docstring gives what it says, in the checkout as in the installed package."""

import doctest
import importlib
from pathlib import Path

import pytest

import tracker

PACKAGE = Path(tracker.__file__).parent
WITH_EXAMPLES = sorted(
    ".".join(("tracker", *path.relative_to(PACKAGE).with_suffix("").parts))
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text("utf-8")
)


def test_there_are_examples_to_run() -> None:
    assert "tracker.readiness.balance" in WITH_EXAMPLES


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
