"""The shape of the house: one-way imports, small modules that say what they are for, docs that mention everything."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tracker
from tracker.model import events

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(tracker.__file__).resolve().parent
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "_defaults" not in p.parts and "versions" not in p.parts)
in_checkout = pytest.mark.skipif(not (ROOT / "docs").is_dir(), reason="the docs are not part of this installation")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_module_says_in_one_docstring_what_it_is_for_and_stays_small(path):
    source = path.read_text("utf-8")
    assert ast.get_docstring(ast.parse(source)), f"{path} has no docstring"
    assert source.count("\n") < 350, f"{path} has {source.count(chr(10))} lines: perhaps two ideas in one file"


@in_checkout
def test_imports_run_one_way():
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@in_checkout
def test_every_event_type_is_explained_in_the_docs():
    text = (ROOT / "docs" / "events.md").read_text("utf-8")
    missing = [kind.type for kind in events.Event.__args__ if f"`{kind.type}`" not in text]
    assert not missing


@in_checkout
def test_every_command_is_explained_in_the_docs():
    from typer.main import get_command

    from tracker.cli import app

    text = "\n".join(p.read_text("utf-8") for p in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    missing = []

    def walk(command, words):
        subcommands = getattr(command, "commands", None)
        if subcommands is None:
            if " ".join(words) not in text:
                missing.append(" ".join(words))
            assert command.help, f"{' '.join(words)} has no help"
        else:
            for name, inner in subcommands.items():
                walk(inner, [*words, name])

    walk(get_command(app), ["tracker"])
    assert not missing


@in_checkout
def test_no_file_names_the_machine_it_was_written_on():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    needle = f"{ROOT}/"
    for name in listed.stdout.split():
        path = ROOT / name
        if path.is_file() and path.stat().st_size < 2_000_000:
            assert needle.encode() not in path.read_bytes(), name
