"""The command line: one module per noun."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from tracker import __version__
from tracker.cli import archives, ask, codebook, feeds, judge, log, run

app = typer.Typer(
    name="tracker",
    help="Parley: what the news says about readiness for peace negotiations, with the sentences behind every number.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"parley-tracker {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="Workspace folder; default: TRACKER_HOME, or upwards from here.")
    ] = None,
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options that every command takes."""
    context.obj = home
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    for noisy in ("apscheduler", "alembic", "aiohttp", "trafilatura", "htmldate", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


run.register(app)
ask.register(app)
app.add_typer(feeds.app, name="feeds")
archives.register(app)
codebook.register(app)
judge.register(app)
log.register(app)
