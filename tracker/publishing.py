"""From the log to the site: which weeks are due, their pages written and recorded, and any of them made again."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

from tracker import __version__, exports
from tracker.digest import deliver, render
from tracker.digest.view import DigestMaterial, Download, Tracked, monday_of
from tracker.errors import QuestionError
from tracker.eventstore.store import Append, EventStore
from tracker.model.clock import Clock
from tracker.model.codebook import Codebook
from tracker.model.events import AlertRaised, DigestPublished
from tracker.model.readings import Alert
from tracker.projections import reads
from tracker.projections.runner import Projections
from tracker.questions import MaterialRequest, Standpoint, material
from tracker.questions.alerting import alerts_of_week

Progress = Callable[[str, int, int | None], None]
WEEK = timedelta(days=7)
FORMATS: tuple[exports.Format, ...] = ("csv", "json", *(("parquet",) if exports.has_parquet() else ()))


def quiet(_verb: str, _done: int, _of: int | None) -> None:
    """No progress wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishReport:
    """What one publication did."""

    written: int
    unchanged: int
    recorded: int
    alerts: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """A recorded digest made again: the same bytes, others, or not to be compared with other templates."""

    digest: DigestPublished
    outcome: Literal["same", "different", "other templates"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Pages of one workspace; adapters come from `bootstrap`."""

    store: EventStore
    engine: Any  # sqlalchemy.Engine
    projections: Projections
    codebook: Codebook
    codebooks: Callable[[str], Codebook]
    clock: Clock
    site: Path
    look: render.Look
    accuracy: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    accuracy_note: str = ""

    def publish(
        self,
        *,
        weeks: Sequence[str] = (),
        since: date | None = None,
        conflicts: Sequence[str] = (),
        running: bool = True,
        progress: Progress = quiet,
    ) -> PublishReport:
        """Write what is due: finished weeks not yet published (the last one, or all from `since`), and the running one.

        `weeks` names weeks instead, published or not. The newest week of every conflict also feeds the shared pages.
        Raises QuestionError for a week or conflict that is not there, and for weeks before the first article.
        """
        now = self.clock()
        self.projections.catch_up()
        chosen = conflicts or [c.id for c in self.codebook.conflicts]
        due = [(c, week) for c in chosen for week in self._due(c, weeks, since, now, running=running)]
        if weeks and not due:
            raise QuestionError(
                f"the first article is of a later week than {max(weeks)}",
                remedy="name a later week, or import archives",
            )
        raised: list[Alert] = []
        made: dict[tuple[str, str], DigestMaterial] = {}
        recorded = 0
        changed: list[str] = []
        total = 0
        for done, (conflict, week) in enumerate(due, start=1):
            raised += self._raise(conflict, week, now)
            found = self._material(conflict, week, now)
            pages = list(render.week_pages(found, look=self.look))
            total += len(pages)
            changed += deliver.write(pages, self.site)
            recorded += self._record(found, pages[0].body, now)
            made = {k: m for k, m in made.items() if k[0] != conflict or k[1] > week}
            made.setdefault((conflict, week), found)
            progress("publish", done, len(due))
        newest = [self._newest(c.id, made, now) for c in self.codebook.conflicts]
        pages = [
            *(p for m in newest for p in render.conflict_pages(m, look=self.look, downloads=_downloads(m))),
            *render.shared_pages(render.newest(newest), look=self.look, issues=deliver.issues(self.site)),
        ]
        total += len(pages)
        changed += deliver.write(pages, self.site)
        return PublishReport(
            written=len(changed), unchanged=total - len(changed), recorded=recorded, alerts=tuple(raised)
        )

    def newest(self) -> tuple[DigestMaterial, ...]:
        """The newest material of every conflict, as the shared pages and e-mails use it."""
        now = self.clock()
        return render.newest([self._newest(c.id, {}, now) for c in self.codebook.conflicts])

    def rebuild(self) -> Iterator[Rebuilt]:
        """Make every recorded digest again from its position, codebook and templates, and compare the bytes."""
        templates = render.templates_hash(self.look)
        for note in reads.digests(self.engine):
            digest = note.digest
            if digest.templates != templates:
                yield Rebuilt(digest=digest, outcome="other templates")
                continue
            view = Standpoint(
                engine=self.engine,
                codebook=self.codebooks(digest.codebook),
                as_of=digest.as_of,
                position=digest.as_of,
                at=digest.at,
            )
            again = material(view, self._request(digest.conflict, digest.week, digest.at, digest.as_of))
            body = next(iter(render.week_pages(again, look=self.look))).body
            same = hashlib.sha256(body).hexdigest() == digest.sha256
            yield Rebuilt(digest=digest, outcome="same" if same else "different")

    # -- which weeks -----------------------------------------------------------------------------------------

    def _due(
        self, conflict: str, weeks: Sequence[str], since: date | None, now: datetime, *, running: bool
    ) -> list[str]:
        self._conflict(conflict)
        if weeks:
            for week in weeks:
                _known_week(week, now)
            coverage = reads.inputs(self.engine, conflict, self.codebook, signals=()).coverage
            first = min((row.day for row in coverage), default=None)
            return sorted(w for w in set(weeks) if first is None or _end(w).date() >= first)
        this = _monday(now.date())
        first = _monday(since) if since is not None else this - WEEK
        published = {d.digest.week for d in reads.digests(self.engine, conflict) if d.digest.at >= _end(d.digest.week)}
        finished = [first + n * WEEK for n in range(max(0, (this - first).days // 7))]
        due = [w for w in map(iso_week, finished) if w not in published]
        return [*due, iso_week(this)] if running else due

    def _newest(self, conflict: str, made: Mapping[tuple[str, str], DigestMaterial], now: datetime) -> DigestMaterial:
        mine = {week: m for (c, week), m in made.items() if c == conflict}
        known = {d.digest.week for d in reads.digests(self.engine, conflict)} | set(mine)
        week = max(known, default=iso_week(_monday(now.date())))
        return mine[week] if week in mine else self._material(conflict, week, now)

    def _conflict(self, conflict: str) -> None:
        try:
            self.codebook.conflict(conflict)
        except KeyError:
            known = ", ".join(c.id for c in self.codebook.conflicts)
            raise QuestionError(f"no conflict is called {conflict!r}", remedy=f"known: {known}") from None

    # -- one digest ------------------------------------------------------------------------------------------

    def _material(self, conflict: str, week: str, now: datetime) -> DigestMaterial:
        at = min(now, _end(week))
        position = reads.position(self.engine)
        view = Standpoint(engine=self.engine, codebook=self.codebook, as_of=None, position=position, at=at)
        return material(view, self._request(conflict, week, at, position))

    def _request(self, conflict: str, week: str, at: datetime, position: int) -> MaterialRequest:
        last = next(iter(self.store.read(after=position - 1, until=position)), None) if position else None
        return MaterialRequest(
            conflict=conflict,
            week=week,
            at=at,
            recorded_at=last.recorded_at if last else None,
            templates=render.templates_hash(self.look),
            program=__version__,
            accuracy=self.accuracy,
            accuracy_note=self.accuracy_note,
        )

    def _record(self, found: DigestMaterial, page: bytes, now: datetime) -> int:
        event = DigestPublished(
            conflict=found.conflict.id,
            week=found.week,
            at=found.at,
            as_of=found.as_of.position,
            codebook=found.as_of.codebook,
            templates=found.method.templates,
            sha256=hashlib.sha256(page).hexdigest(),
        )
        known = [d.digest for d in reads.digests(self.engine, event.conflict) if d.digest.week == event.week]
        if known and known[-1].sha256 == event.sha256:
            return 0
        self.store.append([Append(stream=f"conflict-{event.conflict}", events=(event,))], at=now)
        self.projections.catch_up()
        return 1

    def _raise(self, conflict: str, week: str, now: datetime) -> tuple[Alert, ...]:
        """Alerts of a finished week, recorded once."""
        monday = monday_of(week)
        if now < _end(week):
            return ()
        position = reads.position(self.engine)
        view = Standpoint(engine=self.engine, codebook=self.codebook, as_of=None, position=position, at=_end(week))
        known = {a.id for a in reads.alerts(self.engine, conflict)}
        fresh = [a for name, a in alerts_of_week(view, conflict, monday) if name not in known]
        if fresh:
            events = tuple(AlertRaised(alert=alert, codebook=self.codebook.version) for alert in fresh)
            self.store.append([Append(stream=f"conflict-{conflict}", events=events)], at=now)
            self.projections.catch_up()
        return tuple(fresh)


def iso_week(monday: date) -> str:
    """A week's ISO name.

    >>> iso_week(date(2026, 11, 16))
    '2026-W47'
    """
    iso = monday.isocalendar()
    return f"{iso.year}-W{iso.week:02d}"


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _end(week: str) -> datetime:
    """The last second of an ISO week."""
    return datetime.combine(monday_of(week), time(), UTC) + WEEK - timedelta(seconds=1)


def _known_week(week: str, now: datetime) -> None:
    try:
        monday = monday_of(week)
    except ValueError:
        raise QuestionError(f"{week!r} is no ISO week", remedy="write it like 2026-W47") from None
    if monday > now.date():
        raise QuestionError(f"the week {week} has not begun", remedy="name an earlier one")


def _downloads(found: DigestMaterial) -> list[Download]:
    """The full history of every subject as CSV and JSON, one row per party and week."""
    by_subject: dict[str, list[Tracked]] = {}
    for tracked in (*found.composites, *found.indicators):
        by_subject.setdefault(tracked.subject, []).append(tracked)
    made: list[Download] = []
    for subject, followed in by_subject.items():
        rows = [
            {
                "date": r.day, "party": r.party, "value": r.value, "low": r.low, "high": r.high, "state": r.state,
                "prevalence": r.prevalence, "stories": r.stories, "owners": r.owners,
                "sources_observed": r.sources_observed, "sources_expected": r.sources_expected,
            }
            for tracked in followed
            for r in (tracked.history or tracked.series)
        ]  # fmt: skip
        for form in FORMATS:
            body = exports.export(rows, form)
            made.append(Download(conflict=found.conflict.id, subject=subject, format=form, body=body))
    return made
