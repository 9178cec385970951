"""import: archives of articles into the log."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from tracker.bootstrap import Build
from tracker.cli.common import err, out, progress, some, workspace
from tracker.errors import ArchiveError
from tracker.eventstore.locks import single_instance
from tracker.eventstore.store import Append
from tracker.feeds import archive as reading
from tracker.feeds.archive import ArchiveOptions
from tracker.feeds.importing import Imported, digest_of, import_archive
from tracker.feeds.opml import slug
from tracker.model.articles import Article, Problem
from tracker.model.events import ArchiveImported
from tracker.readiness.weights import OTHER_BLOC

AHEAD: Final = timedelta(days=2)  # a record dated later than this is dated wrongly: clocks and zones differ by less
LONGEST_SPAN: Final = timedelta(days=50 * 366)


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
    named = _known_blocs(build, {"--bloc": bloc} | {f"--blocs {k}": v for k, v in _pairs("--blocs", blocs).items()})
    _check_span(since, until)
    if (since or until) and not observed:
        raise ArchiveError(
            "--since and --until choose no articles: they say which days --observed declares",
            remedy="add --observed, or leave them out",
        )
    columns = _pairs("--column", column)
    for ours in columns:
        if ours not in reading.FIELDS:
            raise ArchiveError(
                f"--column {ours}={columns[ours]}: there is no field {ours!r}",
                remedy=f"on the left stands one of {', '.join(reading.FIELDS)}",
            )
    unusable = []
    for path in paths:
        options = ArchiveOptions(
            archive=slug(path.stem or path.name),
            outlet=outlet,
            owner=owner,
            country=country,
            language=language,
            bloc=bloc,
            blocs={k.removeprefix("--blocs "): v for k, v in named.items() if k != "--bloc"},
            columns=columns,
            latest=build.clock() + AHEAD,
            settings=build.tracker.fetching,
        )
        _confirm(path, options, yes=yes)
        with single_instance(build.engine, build.settings.home):
            refused = _import(build, path, options, declared=observed, since=since, until=until)
        unusable += [refused] if refused else []
    if unusable:
        raise ArchiveError(
            "; ".join(f"{p.subject}: {p.reason}" for p in unusable),
            remedy="; ".join(dict.fromkeys(p.remedy for p in unusable)),
        )


def _import(
    build: Build, path: Path, options: ArchiveOptions, *, declared: bool, since: datetime | None, until: datetime | None
) -> Problem | None:
    """Take one archive in and say what came of it; returns what is wrong with it when nothing in it could be used."""
    folder = build.settings.home / "imports"
    digest = digest_of(path)
    rejects = folder / f"{options.archive}-{digest}.rejects.jsonl"
    counts = [0, 0]  # new and revised in this run
    with progress(f"importing {path.name}") as report:

        def record(articles: Sequence[Article]) -> None:
            new, revised = build.tracker.take_in(articles, source=options.archive)
            counts[0] += new
            counts[1] += revised

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
        f"{path.name}: {some(done.articles, 'article')} of {some(len(done.outlets), 'outlet')}{span}; "
        f"{some(done.rejected, 'record')} not used",
        markup=False,
    )
    new, revised = counts
    changed = f", {revised} revised" if revised else ""
    out.print(f"{new} of them new{changed}, {done.articles - new - revised} already there", markup=False)
    if done.rejected:
        out.print(f"the reasons are in {rejects}", markup=False)
    if done.articles or not done.rejected:
        return None
    with rejects.open(encoding="utf-8") as lines:
        first = Problem(**json.loads(lines.readline()))
    return Problem(
        subject=path.name,
        reason=f"nothing could be used, first because: {first.reason}",
        remedy=first.remedy or "mend the records, or name their columns with --column OURS=THEIRS",
    )


def _record(build: Build, done: Imported, *, declared: bool, since: datetime | None, until: datetime | None) -> None:
    """The archive was read to its end; told once for each state of its files."""
    if declared:
        _check_span(since or _midnight(done.since), until or _midnight(done.until))
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


def _known_blocs(build: Build, given: dict[str, str]) -> dict[str, str]:
    """The blocs given by option, when every one is a bloc of some conflict or feed here."""
    known = {bloc.id for conflict in build.codebook.conflicts for bloc in conflict.blocs}
    known |= {feed.bloc for feed in build.tracker.feeds} | {OTHER_BLOC}
    for option, bloc in given.items():
        if bloc not in known:
            raise ArchiveError(f"{option}: there is no bloc {bloc!r}", remedy=f"one of {', '.join(sorted(known))}")
    return given


def _check_span(since: datetime | None, until: datetime | None) -> None:
    """Days declared as observed are counted one by one, so their number has a bound."""
    if since and until and until < since:
        raise ArchiveError(f"--until {until:%Y-%m-%d} is before {since:%Y-%m-%d}", remedy="give the days in order")
    if since and until and until - since > LONGEST_SPAN:
        raise ArchiveError(
            f"{since:%Y-%m-%d} to {until:%Y-%m-%d} is more than fifty years",
            remedy="give the days that the archive covers with --since and --until",
        )


def _midnight(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day) if day else None  # noqa: DTZ001 - a day, compared with days


def _pairs(option: str, given: list[str] | None) -> dict[str, str]:
    pairs = {}
    for item in given or ():
        left, sign, right = item.partition("=")
        if not (sign and left.strip() and right.strip()):
            raise ArchiveError(f"{option} {item}: is no pair", remedy="write LEFT=RIGHT")
        pairs[left.strip()] = right.strip()
    return pairs
