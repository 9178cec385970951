"""init, once, run, collect, code, publish: the verbs of a workspace."""

import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from tracker import jobs, settings
from tracker.bootstrap import Build
from tracker.cli.common import err, out, progress, some, workspace
from tracker.digest.mail import MailSettings, message, send
from tracker.errors import DeliveryError, QuestionError
from tracker.eventstore.locks import single_instance
from tracker.model.articles import Problem
from tracker.publishing import PublishReport
from tracker.workflow import CodeReport, CollectReport

START_JITTER: Final = 10.0  # seconds over which the daemon spreads the first requests of a round
NAMED: Final = 5  # feeds that a line of the log names; `tracker feeds health` names all


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command()(init)
    app.command()(once)
    app.command()(run)
    app.command()(collect)
    app.command()(code)
    app.command()(publish)


def init(folder: Annotated[Path, typer.Argument(help="Folder to make a workspace of.")]) -> None:
    """Make a workspace: settings, feeds, conflicts and indicators to edit."""
    made = settings.make_workspace(folder)
    for path in made:
        out.print(f"made {path}", markup=False)
    if not made:
        out.print(f"{folder} is a workspace already; nothing was changed", markup=False)
    out.print(f"next: cd {folder} && tracker once", markup=False)


def once(context: typer.Context) -> None:
    """Collect, code, project and publish once; a feed that fails is named and stops nothing."""
    build = workspace(context)
    with single_instance(build.engine, build.settings.home):
        with progress("collecting") as report:
            collected = build.tracker.collect(progress=report)
        show_collected(collected)
        with progress("coding") as report:
            coded = build.tracker.code(progress=report)
        show_coded(coded)
        with progress("publishing") as report:
            published = build.publisher.publish(progress=report)
        show_published(published, build)


def run(context: typer.Context) -> None:
    """Do the same as a daemon: collect every few minutes, publish weekly; SIGTERM stops it cleanly."""
    stop = threading.Event()
    jobs.listen(stop)
    build = workspace(context)
    with single_instance(build.engine, build.settings.home):
        timetable = _timetable(build)
        watch = jobs.watching(stop)

        def cycle() -> None:
            collected = build.tracker.collect(progress=watch, jitter=START_JITTER)
            coded = build.tracker.code(progress=watch)
            jobs.log.info(
                "collected: %d polled, %d new, %d revised, %d failed; coded: %d articles, %d signals",
                collected.polled, collected.new, collected.revised, len(collected.failed),
                coded.articles, coded.signals,
            )  # fmt: skip
            for (reason, _), ids in alike(collected.failed).items():
                more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
                jobs.log.warning("%s: %s%s", reason, ", ".join(ids[:NAMED]), more)

        def digest() -> None:
            published = build.publisher.publish(progress=watch, running=False)
            jobs.log.info("published: %d pages written, %d digests recorded", published.written, published.recorded)

        scheduler = jobs.scheduler_for(timetable, cycle, digest, start=build.clock())
        jobs.log.info("running on %s; collecting every %d minutes", build.settings.home, timetable.collect_minutes)
        jobs.run(scheduler, stop)
    jobs.log.info("stopped")


def _timetable(build: Build) -> jobs.Timetable:
    settings = build.settings
    return jobs.Timetable(
        collect_minutes=settings.collect_minutes,
        publish_day=settings.publish_day,
        publish_time=settings.publish_time,
        timezone=settings.timezone,
    )


def collect(
    context: typer.Context,
    force: Annotated[bool, typer.Option(help="Poll every feed, also those that are not due.")] = False,
) -> None:
    """Poll the feeds that are due and record what is new."""
    build = workspace(context)
    with single_instance(build.engine, build.settings.home), progress("collecting") as report:
        collected = build.tracker.collect(force=force, progress=report)
    show_collected(collected)


def code(
    context: typer.Context,
    text: Annotated[str | None, typer.Option(help="Explain the coding of this text instead.")] = None,
    url: Annotated[str | None, typer.Option(help="Fetch this page and explain its coding instead.")] = None,
    title: Annotated[str, typer.Option(help="Headline that goes with --text.")] = "",
    limit: Annotated[int | None, typer.Option(help="Read at most so many articles.")] = None,
    keep_rejects: Annotated[bool, typer.Option(help="Record vetoed candidates with their exclusion codes.")] = False,
) -> None:
    """Read what the codebook in force has not read yet, or explain how one text is read."""
    if (text is not None and not text.strip()) or (url is not None and not url.strip()):
        raise QuestionError("there is no text to explain", remedy="give --text some words, or --url an address")
    if limit is not None and limit < 0:
        raise QuestionError(f"--limit {limit}: cannot be below 0", remedy="give a number of articles, or leave it out")
    build = workspace(context)
    if text or url:
        from tracker.cli import explaining  # noqa: PLC0415 - loads what only this option needs

        explaining.explain_text(build, text=text or "", url=url or "", title=title)
        return
    with single_instance(build.engine, build.settings.home), progress("coding") as report:
        coded = build.tracker.code(limit=limit, progress=report, rejects=keep_rejects)
    show_coded(coded)


def publish(
    context: typer.Context,
    week: Annotated[list[str] | None, typer.Option(help="ISO week, e.g. 2026-W47; may be repeated.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="All weeks from this day on.")] = None,
    conflict: Annotated[list[str] | None, typer.Option(help="Only these conflicts.")] = None,
    mail: Annotated[bool, typer.Option(help="Send the newest digest of each conflict by e-mail.")] = False,
    dry_run: Annotated[bool, typer.Option(help="With --mail: write .eml files instead of sending.")] = False,
) -> None:
    """Write the pages of the weeks that are due (or named), and record them."""
    build = workspace(context)
    with single_instance(build.engine, build.settings.home):
        build.tracker.adopt_feeds()
        with progress("publishing") as report:
            published = build.publisher.publish(
                weeks=tuple(week or ()),
                since=since.date() if since else None,
                conflicts=tuple(conflict or ()),
                progress=report,
            )
        show_published(published, build)
        if mail or dry_run:
            _mail(build, dry_run=dry_run)


def _mail(build: Build, *, dry_run: bool) -> None:
    """Send the newest digest of each conflict, or write what would be sent. Raises DeliveryError."""
    given = build.settings.mail
    if not dry_run and not (given.host and given.recipients):
        raise DeliveryError("no mail server or no recipients are set", remedy="fill [mail] in tracker.toml")
    settings = MailSettings(
        sender=given.sender or "parley@localhost",
        recipients=given.recipients or (("readers@localhost",) if dry_run else ()),
        host=given.host or "localhost",
        port=given.port,
        security="starttls" if given.starttls else "none",
        user=given.user,
        password=given.password,
    )
    for found in build.publisher.newest():
        mail = message([found], settings=settings, at=found.at, look=build.publisher.look)
        if dry_run:
            path = build.settings.home / "mail" / f"{found.conflict.id}-{found.week}.eml"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(bytes(mail))
            out.print(f"wrote {path}", markup=False)
            continue
        refused = send(mail, settings)
        out.print(f"sent {found.conflict.id} {found.week}" + (f"; refused: {', '.join(refused)}" if refused else ""))


def show_collected(report: CollectReport) -> None:
    """Print what one collection brought, each failure with its remedy."""
    out.print(
        f"collected: {some(report.polled, 'feed')} polled, {report.unchanged} unchanged, {len(report.failed)} failed; "
        f"{some(report.new, 'new article')}, {report.revised} revised"
    )
    if report.failed:
        _show_failed(report)
    if report.problems:
        err.print(f"{some(len(report.problems), 'entry', 'entries')} could not be used, the first: ", end="")
        err.print(f"{report.problems[0].subject}: {report.problems[0].reason}", markup=False)


def alike(problems: Iterable[Problem]) -> dict[tuple[str, str], list[str]]:
    """Each reason with its remedy once, and the feeds that share it."""
    found: dict[tuple[str, str], list[str]] = {}
    for problem in problems:
        found.setdefault((problem.reason, problem.remedy), []).append(problem.subject)
    return found


def _show_failed(report: CollectReport) -> None:
    for (reason, remedy), ids in alike(report.failed).items():
        err.print(f"{reason}: {f'{len(ids)} feeds' if len(ids) > 1 else ids[0]}", markup=False)
        if len(ids) > 1:
            err.print(f"  {', '.join(ids)}", markup=False)
        if remedy:
            err.print(f"  remedy: {remedy}", markup=False)


def show_coded(report: CodeReport) -> None:
    """Print what one coding run read."""
    skipped = f", {report.skipped} skipped" if report.skipped else ""
    out.print(
        f"coded: {some(report.articles, 'article')}, {report.linked} about a watched conflict, "
        f"{some(report.signals, 'signal')}{skipped}"
    )


def show_published(report: PublishReport, build: Build) -> None:
    """Print what was written and where to look."""
    out.print(f"published: {some(report.written, 'page')} written, {report.unchanged} unchanged")
    out.print(f"look at {build.settings.site / 'index.html'}", markup=False, soft_wrap=True)
