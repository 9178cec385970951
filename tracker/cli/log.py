"""verify, head, rebuild, backup, restore, migrate, copy, forget, purge: the care of the log."""

import getpass
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from tracker import database
from tracker.cli.common import out, progress, some, workspace
from tracker.errors import ChainBroken, QuestionError
from tracker.eventstore import verification
from tracker.eventstore.backup import backup as make_backup
from tracker.eventstore.backup import restore as put_back
from tracker.eventstore.copying import copy_log
from tracker.eventstore.locks import single_instance
from tracker.eventstore.privacy import forget as remove_words
from tracker.eventstore.privacy import purge as purge_bodies
from tracker.eventstore.privacy import scrub
from tracker.eventstore.verification import Verified

SHORTEST_NAME = 3  # letters


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    for command in (verify, head, rebuild, backup, restore, migrate, copy, forget, purge):
        app.command()(command)


def verify(
    context: typer.Context,
    head: Annotated[Path | None, typer.Option(help="A head exported earlier: also detect a log that was cut.")] = None,
    digests: Annotated[bool, typer.Option(help="Make every recorded digest again and compare the bytes.")] = False,
) -> None:
    """Recompute every hash of the log; name the first position that does not hold."""
    build = workspace(context)
    wanted = verification.read_head(head) if head else None
    with progress("verifying") as report:
        found = verification.verify(build.engine, wanted, progress=lambda done, of: report("verify", done, of))
    _holds(found)
    if not digests:
        return
    build.tracker.project()
    counts = {"same": 0, "different": 0, "other templates": 0}
    for made in build.publisher.rebuild():
        counts[made.outcome] += 1
        if made.outcome == "different":
            out.print(f"{made.digest.conflict} {made.digest.week}: comes out otherwise", markup=False)
    out.print(
        f"digests: {counts['same']} the same to the byte, {counts['different']} different, "
        f"{counts['other templates']} made with other templates and not compared"
    )
    if counts["different"]:
        raise ChainBroken(
            some(
                counts["different"],
                "digest cannot be made again as it was",
                "digests cannot be made again as they were",
            ),
            position=0,
            remedy="see which release published them; `tracker recode --diff` names what changed",
        )


def head(
    context: typer.Context,
    to: Annotated[Path | None, typer.Option(help="Write it to this file, to be kept elsewhere.")] = None,
) -> None:
    """Print the end of the log (position and hash), or export it, so that a cut log can be detected later."""
    found = workspace(context).store.head()
    if to:
        verification.export_head(found, to)
        out.print(f"position {found.position} written to {to}", markup=False)
    else:
        typer.echo(verification.head_json(found).decode().strip())


def rebuild(context: typer.Context) -> None:
    """Make all tables anew from the log and swap them in at once; readers never see half."""
    build = workspace(context)
    with progress("rebuilding") as report:
        position = build.projections.rebuild(report)
    out.print(f"rebuilt up to position {position}")


def backup(context: typer.Context, file: Annotated[Path, typer.Argument(help="New file to write.")]) -> None:
    """Back up the log while the daemon runs; verified before it gets its name."""
    found = make_backup(workspace(context).engine, file)
    out.print(f"backed up to {file}", markup=False)
    _holds(found)


def restore(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="File made by `tracker backup`.")]
) -> None:
    """Put a verified backup in use; the file in use is kept beside it."""
    build = workspace(context)
    engine = database.connect(build.settings.url)  # not migrated: the file in use may be damaged
    context.call_on_close(engine.dispose)
    with single_instance(engine, build.settings.home):
        found = put_back(file, engine)
    out.print(f"restored from {file}", markup=False)
    _holds(found)


def migrate(context: typer.Context) -> None:
    """Upgrade a store that an earlier release wrote; refuse one that a newer release wrote."""
    build = workspace(context)
    database.migrate(build.engine)
    position = build.tracker.project()
    out.print(f"the store is up to date, tables are at position {position}")


def copy(
    context: typer.Context,
    to: Annotated[str, typer.Option(help="Database URL of the target, e.g. postgresql+psycopg://user@host/name.")],
) -> None:
    """Copy the log to another database with its hashes intact, and verify it there."""
    build = workspace(context)
    target = database.connect(to)
    context.call_on_close(target.dispose)
    with single_instance(build.engine, build.settings.home), progress("copying") as report:
        found = copy_log(build.engine, target, progress=lambda done, of: report("copy", done, of))
    _holds(found)
    out.print("set TRACKER_DATABASE_URL (or database_url in tracker.toml) to use it")


def forget(
    context: typer.Context,
    reason: Annotated[str, typer.Option(help="Why; kept in the log.")],
    person: Annotated[list[str] | None, typer.Option(help="A name; may be repeated for its spellings.")] = None,
    url: Annotated[str, typer.Option(help="Address of an article.")] = "",
    by: Annotated[str, typer.Option(help="Who asks; default: your user name.")] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Remove what names the person without asking; for scripts.")
    ] = False,
) -> None:
    """Remove bodies and quotations of an article, or that name a person; the chain of hashes still holds."""
    if not person and not url:
        raise QuestionError("nothing to forget is named", remedy="give --person or --url")
    build = workspace(context)
    if person:
        _confirm(person, yes=yes)
    recorded = remove_words(
        build.engine, url=url, person=tuple(person or ()), reason=reason, by=by or getpass.getuser(), at=build.clock()
    )
    if recorded is None:
        out.print("nothing was found, so nothing was removed")
        return
    build.projections.rebuild()
    scrub(build.engine)  # dropped tables leave words in free pages
    parts = ", ".join(f"{n} {kind}" for kind, n in sorted(recorded.event.parts.items()))  # type: ignore[union-attr]  # a WordsForgotten
    out.print(f"removed: {parts}; recorded at position {recorded.position}. Published pages keep what they show:")
    out.print("publish those weeks again, or delete the pages.")


def _confirm(names: Sequence[str], *, yes: bool) -> None:
    """Ask before what cannot be undone. Raises QuestionError for a name too short to be one, or without a yes."""
    for name in names:
        if sum(letter.isalpha() for letter in name) < SHORTEST_NAME:
            raise QuestionError(
                f"{name!r} is too short for a name: it would remove what names nobody",
                remedy="give the name in full, and each of its spellings with another --person",
            )
    if yes:
        return
    what = f"all titles, quotations and bodies with {' or '.join(map(repr, names))} as whole words"
    if not sys.stdin.isatty():
        raise QuestionError(f"{what} would be removed for good", remedy="add --yes to do so without being asked")
    if not typer.confirm(f"search the log for {what}, and remove them for good?"):
        raise QuestionError("nothing was removed", remedy="name the spellings that are to go")


def purge(
    context: typer.Context,
    older_than: Annotated[int | None, typer.Option(help="Days; default: retention_days of tracker.toml.")] = None,
) -> None:
    """Remove article bodies older than so many days; codings, quotations and numbers stay."""
    build = workspace(context)
    if older_than is not None and older_than < 1:
        raise QuestionError(
            f"--older-than {older_than}: should be 1 day or more", remedy="give the age in days, e.g. 365"
        )
    days = build.settings.retention_days if older_than is None else older_than
    if days < 1:
        raise QuestionError("no retention is set", remedy="give --older-than DAYS, or retention_days in tracker.toml")
    gone = purge_bodies(build.engine, before=build.clock() - timedelta(days=days))
    out.print(f"removed {some(gone.bodies, 'body', 'bodies')} ({gone.bytes / 1e6:.1f} MB)")


def _holds(found: Verified) -> None:
    out.print(
        f"the log holds: position {found.head.position}, head {found.head.hash.hex()[:16]}, "
        + some(found.bodies, "body", "bodies")
        + (f", {some(found.forgotten, 'part')} forgotten on request" if found.forgotten else "")
    )
