"""import: archives of articles into the log."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tracker.bootstrap import Build
from tracker.cli.common import err, out, progress, workspace
from tracker.errors import ArchiveError
from tracker.eventstore.locks import single_instance
from tracker.eventstore.store import Append
from tracker.feeds import archive as reading
from tracker.feeds.archive import ArchiveOptions
from tracker.feeds.importing import Imported, digest_of, import_archive
from tracker.feeds.opml import slug
from tracker.model.articles import Article
from tracker.model.events import ArchiveImported


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("import")(import_)


def import_(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="JSON Lines, CSV, WARC, saved feeds or pages, or folders.")],
    outlet: Annotated[str, typer.Option(help="Outlet of records that name none.")] = "",
    owner: Annotated[str, typer.Option(help="Owner of records that name none; default: the outlet.")] = "",
    country: Annotated[str, typer.Option(help="Country of records that name none.")] = "INT",
    language: Annotated[str, typer.Option(help="Language where it cannot be told.")] = "en",
    bloc: Annotated[str, typer.Option(help="Bloc of outlets that --blocs does not name.")] = "third-country",
    blocs: Annotated[list[str] | None, typer.Option(help="OUTLET=BLOC or COUNTRY=BLOC; may be repeated.")] = None,
    column: Annotated[list[str] | None, typer.Option(help="OURS=THEIRS, e.g. date=first_seen; repeatable.")] = None,
    observed: Annotated[
        bool, typer.Option(help="The archive is complete: its days and outlets count as observed coverage.")
    ] = False,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="With --observed: first day.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="With --observed: last day.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take the guessed columns without asking.")] = False,
) -> None:
    """Import archives; broken off, the same command goes on where it stopped, with nothing twice."""
    build = workspace(context)
    for path in paths:
        options = ArchiveOptions(
            archive=slug(path.stem or path.name),
            outlet=outlet,
            owner=owner,
            country=country,
            language=language,
            bloc=bloc,
            blocs=_pairs("--blocs", blocs),
            columns=_pairs("--column", column),
            settings=build.tracker.fetching,
        )
        _confirm(path, options, yes=yes)
        with single_instance(build.engine, build.settings.home):
            _import(build, path, options, declared=observed, since=since, until=until)


def _import(
    build: Build, path: Path, options: ArchiveOptions, *, declared: bool, since: datetime | None, until: datetime | None
) -> None:
    folder = build.settings.home / "imports"
    digest = digest_of(path)
    rejects = folder / f"{options.archive}-{digest}.rejects.jsonl"
    with progress(f"importing {path.name}") as report:

        def record(articles: Sequence[Article]) -> None:
            build.tracker.take_in(articles, source=options.archive)

        done = import_archive(
            path,
            options,
            record,
            checkpoint=folder / f"{options.archive}-{digest}.json",
            rejects=rejects,
            progress=lambda so_far: report("import", so_far.items, None),
        )
    _record(build, done, declared=declared, since=since, until=until)
    span = f", {done.since} to {done.until}" if done.since else ""
    out.print(
        f"{path.name}: {done.articles} articles of {len(done.outlets)} outlets{span}; {done.rejected} records not used",
        markup=False,
    )
    if done.rejected:
        out.print(f"the reasons are in {rejects}", markup=False)


def _record(build: Build, done: Imported, *, declared: bool, since: datetime | None, until: datetime | None) -> None:
    """The archive was read to its end; told once for each state of its files."""
    event = ArchiveImported(
        archive=done.archive,
        digest=done.digest,
        articles=done.articles,
        rejected=done.rejected,
        outlets=done.outlets if declared else (),
        since=(since.date() if since else done.since) if declared else None,
        until=(until.date() if until else done.until) if declared else None,
    )
    stream = f"archive-{done.archive}"
    if all(r.event != event for r in build.store.stream(stream)):
        build.store.append([Append(stream=stream, events=(event,))], at=build.clock())
        build.tracker.project()


def _confirm(path: Path, options: ArchiveOptions, *, yes: bool) -> None:
    if not path.is_file():
        return
    guessed = reading.guess(path) | dict(options.columns)
    if not guessed:
        return
    out.print(f"{path.name}: " + ", ".join(f"{ours} ← {theirs}" for ours, theirs in guessed.items()), markup=False)
    if not yes and err.is_terminal and not typer.confirm("read it so?", default=True):
        raise ArchiveError(f"{path.name}: not imported", remedy="name the columns with --column OURS=THEIRS")


def _pairs(option: str, given: list[str] | None) -> dict[str, str]:
    pairs = {}
    for item in given or ():
        left, sign, right = item.partition("=")
        if not (sign and left.strip() and right.strip()):
            raise ArchiveError(f"{option} {item}: is no pair", remedy="write LEFT=RIGHT")
        pairs[left.strip()] = right.strip()
    return pairs
