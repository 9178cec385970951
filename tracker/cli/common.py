"""What every command needs: the workspace it works on, one way to print, one way to show progress."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tracker.bootstrap import Build
from tracker.errors import QuestionError
from tracker.settings import find_home, load_settings
from tracker.workflow import Progress as Report

# emoji=False: alert ids contain `:-1:`, which Rich would print as a thumb.
out = Console(highlight=False, soft_wrap=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False)

SHORT = 14  # letters of a word that is never broken in a table: a day, a state


def workspace(context: typer.Context) -> Build:
    """The adapters of the workspace in question. Raises WorkspaceError or SettingsError with their remedies."""
    found = find_home(Path.cwd(), os.environ, context.obj)
    build = Build(load_settings(found, os.environ))
    context.call_on_close(build.close)
    return build


def writable(*files: Path | None) -> None:
    """Ask before the long work whether files can be written. Raises QuestionError naming the first that cannot."""
    for file in files:
        if file is None:
            continue
        if file.is_dir():
            raise QuestionError(f"{file}: is a folder", remedy="name a file in it")
        if not file.parent.is_dir():
            raise QuestionError(
                f"{file}: there is no folder {file.parent}", remedy="make the folder first, or name a file in another"
            )
        if not os.access(file if file.exists() else file.parent, os.W_OK):
            raise QuestionError(f"{file}: may not be written", remedy="name a file in a folder of yours")


def write(file: Path, content: bytes) -> None:
    """Write what a command made. Raises QuestionError naming the file."""
    writable(file)
    try:
        file.write_bytes(content)
    except OSError as broken:
        raise QuestionError(
            f"{file}: cannot be written: {broken.strerror}", remedy="make room, or name another file"
        ) from broken


def contents(file: Path) -> bytes:
    """What a file holds. Raises QuestionError naming a file that cannot be read."""
    try:
        return file.read_bytes()
    except OSError as broken:
        raise QuestionError(
            f"{file}: cannot be read: {broken.strerror}", remedy="name a file that is there"
        ) from broken


@contextmanager
def progress(label: str) -> Iterator[Report]:
    """A bar with count, rate and time left on a terminal; silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _verb, _done, _of: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(label, total=None)

        def report(_verb: str, done: int, of: int | None) -> None:
            bar.update(task, completed=done, total=of)

        yield report


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[int] = ()) -> Table:
    """A plain table that folds long cells, but no head and no short word; columns in `right` are numbers."""
    cells = [[str(cell) for cell in row] for row in rows]
    made = Table(box=None, pad_edge=False, header_style="bold")
    numbers = set(right)
    for index, head in enumerate(heads):
        made.add_column(
            head,
            min_width=_least(head, [row[index] for row in cells]),
            justify="right" if index in numbers else "left",
            overflow="fold",
            no_wrap=index == 0 or index in numbers,
        )
    for row in cells:
        made.add_row(*map(escape, row))
    return made


def _least(head: str, cells: Sequence[str]) -> int:
    """Letters that a column needs so that its head and its short words stay whole."""
    words = (len(word) for cell in cells for word in cell.split())
    return max(len(head), *(n for n in words if n <= SHORT), 0)


def some(count: int, one: str, many: str = "") -> str:
    """A count with its noun; `many` is the noun of every other count where it is not `one` with an s.

    >>> some(1, "article"), some(0, "article"), some(2, "story", "stories")
    ('1 article', '0 articles', '2 stories')
    """
    return f"{count} {one if count == 1 else many or one + 's'}"


def sparkline(values: list[float | None], low: float = 0.0, high: float = 100.0) -> str:
    """Eight heights between low and high; a gap where there is no value.

    >>> sparkline([0.0, 50.0, None, 100.0])
    '▁▅ █'
    """
    marks = "▁▂▃▄▅▆▇█"
    span = high - low
    return "".join(" " if v is None else marks[min(7, max(0, int((v - low) / span * 8)))] for v in values)
