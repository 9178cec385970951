"""Two codebooks over the same news: which readings, alerts and digests come out otherwise, and why."""

from dataclasses import dataclass
from datetime import date, timedelta

from tracker.model.codebook import Codebook
from tracker.model.readings import Alert, Reading
from tracker.projections import reads
from tracker.questions.alerting import alerts_of_week
from tracker.questions.history import REACH, measured
from tracker.questions.standpoint import Standpoint
from tracker.readiness.differences import Difference, Responsible, Retuned, differences, responsible, retuned
from tracker.readiness.series import readings, signals_of

WEEKS = 26
ALERT_WEEKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Recoded:
    """What one conflict's numbers would be under another codebook."""

    conflict: str
    before: str  # codebook versions
    after: str
    rows: tuple[Difference, ...]
    because: tuple[Responsible, ...]
    tuned: tuple[Retuned, ...]
    digests: tuple[str, ...]  # published weeks whose numbers differ


def recoded(before: Standpoint, after: Standpoint, conflict: str, last: date) -> Recoded:
    """Compare the 26 weekly ends up to `last`, and the alerts of the last eight weeks."""
    days = tuple(last - timedelta(weeks=n) for n in reversed(range(WEEKS)))
    since = days[0] - REACH
    because = responsible(before.story_signals(conflict, since, last), after.story_signals(conflict, since, last))
    tuned = retuned(before.codebook, after.codebook)
    names: dict[str, frozenset[str]] = {}
    for book in (before.codebook, after.codebook):
        for subject in _subjects(book):
            names[subject] = names.get(subject, frozenset()) | frozenset(signals_of(book, [subject]))
    rows = differences(
        _readings(before, conflict, days),
        _readings(after, conflict, days),
        alerts_before=_alerts(before, conflict, last),
        alerts_after=_alerts(after, conflict, last),
        because=because,
        tuned=tuned,
        signals_of=names,
    )
    moved = {_week(row.day) for row in rows}
    published = {note.digest.week for note in reads.digests(before.engine, conflict)}
    return Recoded(
        conflict=conflict,
        before=before.codebook.version,
        after=after.codebook.version,
        rows=rows,
        because=because,
        tuned=tuned,
        digests=tuple(sorted(moved & published)),
    )


def _subjects(codebook: Codebook) -> list[str]:
    return [i.id for i in codebook.indicators] + [c.id for c in codebook.composites]


def _readings(view: Standpoint, conflict: str, days: tuple[date, ...]) -> list[Reading]:
    found, _ = measured(view, conflict, days, tuple(_subjects(view.codebook)), intervals=False)
    told: list[Reading] = []
    for indicator in view.codebook.indicators:
        for party in found.parties:
            told += readings(found, indicator.id, party)
    for composite in view.codebook.composites:
        who: list[str | None] = [None] if composite.level == "conflict" else [*found.parties]
        for one in who:
            told += readings(found, composite.id, one)
    return told


def _alerts(view: Standpoint, conflict: str, last: date) -> list[Alert]:
    monday = last - timedelta(days=last.weekday())
    if last.weekday() < 6:
        monday -= timedelta(weeks=1)
    weeks = [monday - timedelta(weeks=n) for n in range(ALERT_WEEKS)]
    return [alert for week in weeks for _, alert in alerts_of_week(view, conflict, week)]


def _week(day: date) -> str:
    iso = day.isocalendar()
    return f"{iso.year}-W{iso.week:02d}"
