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


def sparkline(values: list[float | None], low: float = 0.0, high: float = 100.0) -> str:
    """Eight heights between low and high; a gap where there is no value.

    >>> sparkline([0.0, 50.0, None, 100.0])
    '▁▅ █'
    """
    marks = "▁▂▃▄▅▆▇█"
    span = high - low
    return "".join(" " if v is None else marks[min(7, max(0, int((v - low) / span * 8)))] for v in values)
