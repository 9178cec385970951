"""`make demo`: sixteen weeks of the fictional war, served over loopback and read by the production pipeline."""

import os
import resource
import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from tracker import catalog, settings
from tracker.bootstrap import Build
from tracker.demo.server import CONFLICT, DemoServer, demo_feeds
from tracker.demo.story import Story, conflict_path, load_story
from tracker.errors import TrackerError, WorkspaceError
from tracker.eventstore.store import Append
from tracker.model.events import SignalReviewed
from tracker.projections import reads

PORT = 46171  # fixed where it is free, so that addresses are the same from run to run
EVENING = time(23, 30)
MORNING = time(6, 0)
_SIGN = ".parley-demo"


class DayClock:
    """A clock that somebody else moves."""

    def __init__(self, start: datetime) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        return self.moment


def main(arguments: Sequence[str]) -> int:
    """Run the demo into the folder named (default `demo`); 0 on success."""
    home = Path(arguments[0] if arguments else "demo").resolve()
    try:
        run(home)
    except TrackerError as trouble:
        sys.stderr.write(f"demo: {trouble}\n{'  remedy: ' + trouble.remedy if trouble.remedy else ''}\n")
        return 1
    return 0


def run(home: Path, *, weeks: int | None = None) -> Build:
    """Make a fresh demo workspace, live through the story day by day, publish every week.

    Raises WorkspaceError for a folder that holds something else than an earlier demo.
    """
    story = load_story()
    server = _serve(story)
    try:
        _prepare(home, server)
        clock = DayClock(datetime.combine(story.first_day, MORNING, UTC))
        build = Build(settings.load_settings(home, {}), clock)
        _say(f"{len(story.articles)} articles of {len(story.outlets)} outlets, served on {server.base_url}")
        days = list(story.days())
        last = days[-1] if weeks is None else days[0] + timedelta(days=7 * weeks - 1)
        for day in _until(days, last):
            _live(build, server, clock, day)
        return build
    finally:
        server.stop()
        _say(_closing(home))


def _live(build: Build, server: DemoServer, clock: DayClock, day: date) -> None:
    """One evening: collect and code; on Sundays, the next morning: publish the week."""
    clock.moment = server.now = datetime.combine(day, EVENING, UTC)
    collected = build.tracker.collect()
    coded = build.tracker.code()
    failed = f", failed: {', '.join(p.subject for p in collected.failed)}" if collected.failed else ""
    if collected.new or collected.revised or failed:
        revised = f", {collected.revised} revised" if collected.revised else ""
        _say(f"{day}  {collected.new:2} new{revised}, {coded.signals:2} signal{_s(coded.signals)}{failed}")
    _withdraw(build, server.story, day)
    if day.weekday() == 6:
        clock.moment = datetime.combine(day + timedelta(days=1), MORNING, UTC)
        published = build.publisher.publish(running=False)
        iso = day.isocalendar()
        alerts = f", {len(published.alerts)} alert{_s(len(published.alerts))}" if published.alerts else ""
        pages = f"{published.written} page{_s(published.written)} written"
        _say(f"{day}  published week {iso.year}-W{iso.week:02d}: {pages}{alerts}")


def _withdraw(build: Build, story: Story, day: date) -> None:
    """On the day a hoax is shown to be one, an analyst withdraws what was coded from it (codebook §3.7, X13)."""
    today = {a.debunks for a in story.articles if a.debunks and min(a.carried.values()).date() == day}
    titles = {a.title for a in story.articles if a.id in today}
    if not titles:
        return
    found = [r for r in reads.evidence(build.engine, CONFLICT, build.codebook_in_force) if r.title in titles]
    events: dict[str, list[SignalReviewed]] = {}
    for record in found:
        events.setdefault(record.article, []).append(
            SignalReviewed(
                article=record.article,
                signal_key=record.signal.key,
                verdict="withdrawn",
                reason="shown to be a hoax",
                by="the demo's analyst",
            )
        )
    appends = [Append(stream=f"article-{article}", events=tuple(reviews)) for article, reviews in events.items()]
    if appends:
        build.store.append(appends, at=build.clock())
        build.tracker.project()
    _say(f"{day}  a hoax was shown to be one: {len(found)} signal{_s(len(found))} withdrawn")


def _s(count: int) -> str:
    """The ending of a noun that is counted."""
    return "" if count == 1 else "s"


def _serve(story: Story) -> DemoServer:
    for port in (PORT, 0):
        server = DemoServer(story, port=port)
        try:
            server.start()
        except OSError:
            continue
        return server
    raise WorkspaceError("no port is free on 127.0.0.1", remedy="close other programs and try again")


def _prepare(home: Path, server: DemoServer) -> None:
    if home.exists() and any(home.iterdir()):
        if not (home / _SIGN).exists():
            message = f"{home} is not empty, and no earlier demo"
            raise WorkspaceError(message, remedy="name another folder, or empty it yourself")
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    (home / _SIGN).write_text("Made by the demo; it may be deleted and made again.\n", "utf-8")
    (home / "conflicts").mkdir()
    shutil.copy(conflict_path(), home / "conflicts" / f"{CONFLICT}.yaml")
    (home / "feeds.yaml").write_text(demo_feeds(server.base_url), "utf-8")
    shutil.copytree(catalog.defaults() / "indicators", home / "indicators", ignore=shutil.ignore_patterns("training"))
    settings.make_workspace(home)


def _until(days: Sequence[date], last: date) -> Iterator[date]:
    return (day for day in days if day <= last)


def _closing(home: Path) -> str:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    peak = spent.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    name = os.path.relpath(home)
    return (
        f"\nCPU time {spent.ru_utime + spent.ru_stime:.0f} s, peak memory {peak:.0f} MB.\n"
        f"Look at {name}/site/index.html; the log is {name}/tracker.db. Ask it, for instance:\n"
        f"  TRACKER_HOME={name} tracker history contact_channel --conflict {CONFLICT} --every week\n"
        f"  TRACKER_HOME={name} tracker explain contact_channel --conflict {CONFLICT} --party VRN\n"
        f"  TRACKER_HOME={name} tracker verify"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
