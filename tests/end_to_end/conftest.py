"""One demo of four weeks, lived through once per session; tests that write get a copy."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tracker.bootstrap import Build
from tracker.cli import app
from tracker.demo import run as demo
from tracker.settings import load_settings


@pytest.fixture(scope="session")
def lived(tmp_path_factory) -> Path:
    """A workspace after four weeks of the fictional war; do not write to it."""
    home = tmp_path_factory.mktemp("demo") / "demo"
    demo.run(home, weeks=4)
    return home


@pytest.fixture
def home(lived: Path, tmp_path: Path) -> Path:
    """A copy of that workspace."""
    return Path(shutil.copytree(lived, tmp_path / "demo"))


@pytest.fixture
def build(home: Path) -> Build:
    made = Build(load_settings(home, {}))
    yield made
    made.engine.dispose()


@pytest.fixture
def tracker(home: Path):
    """The command line on the copied workspace: words → (exit code, output)."""

    def call(*words: object, home: Path = home):
        return CliRunner().invoke(app, ["--home", str(home), *map(str, words)])

    return call
