"""Stories at a position: what they say, and which to look at first."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from tracker.model.codebook import Codebook
from tracker.model.evidence import EvidenceRecord
from tracker.model.readings import ConflictStory, StorySignal
from tracker.projections.counts import tell
from tracker.projections.rows import chunks, to_us
from tracker.projections.signals import NOW, stories_of, told_at
from tracker.projections.snapshots import View
from tracker.readiness import weights

_PAGE = 2000  # stories looked at in one piece: bounds the memory of questions about the past


def signal_order(s: StorySignal) -> tuple[str, str, str, str]:
    return s.story, s.party, s.signal, s.channel


def told(
    view: View, conflict: str, codebook: Codebook, at: int, *, since: date | None, until: date | None
) -> tuple[list[StorySignal], list[ConflictStory]]:
    """Story-level values at a past position, through the same arithmetic as the present ones."""
    said: list[StorySignal] = []
    about: list[ConflictStory] = []
    for some in _stories(view, conflict, codebook, at, since=since, until=until):
        piece = told_at(
            view.connection, view.t, some, at, lambda _: codebook, codebook=codebook.version, conflict=conflict
        )
        for _, _, signals, stories in tell(piece, lambda _: codebook):
            said += [s for s in signals if within(s.day, since, until)]
            about += [s for s in stories if within(s.day, since, until)]
    return said, about


def _stories(
    view: View, conflict: str, codebook: Codebook, at: int, *, since: date | None, until: date | None
) -> Iterable[list[str]]:
    lower = to_us(datetime.combine(since, time(), UTC)) if since is not None else None
    upper = to_us(datetime.combine(until + timedelta(days=1), time(), UTC)) if until is not None else None
    found = stories_of(view.connection, view.t, codebook.version, conflict, at, published=(lower, upper))
    return chunks(found, _PAGE)


def within(number: date | None, since: date | None, until: date | None) -> bool:
    if number is None:
        return since is None and until is None
    return (since is None or number >= since) and (until is None or number <= until)


def newest(
    view: View, conflict: str, codebook: Codebook, at: int, *, since: date | None, until: date | None
) -> Iterable[list[str]]:
    """Stories, newest day first where that is a question to an index; no day is cut in two."""
    if at != NOW:
        yield from _stories(view, conflict, codebook, at, since=since, until=until)
        return
    c = view.t.conflict_stories.c
    query = select(c.day, c.story).where(c.codebook == codebook.version, c.conflict == conflict)
    query = query if since is None else query.where(c.day >= since.toordinal())
    query = query if until is None else query.where(c.day <= until.toordinal())
    dated: list[str] = []
    some: list[str] = []
    last = None
    for number, story in view.connection.execute(query.order_by(c.day.desc())):
        if number != last and len(some) >= _PAGE // 10:
            yield some
            some = []
        some.append(story)
        dated.append(story)
        last = number
    yield some
    if since is None and until is None:
        known = set(dated)
        yield [
            s for some in _stories(view, conflict, codebook, at, since=None, until=None) for s in some if s not in known
        ]


def weighed(record: EvidenceRecord, codebook: Codebook) -> EvidenceRecord:
    try:
        definition = codebook.signal(record.signal.signal)
    except KeyError:
        return record
    weight = weights.record_weight(record.signal, definition, len(record.story_owners))
    return replace(record, weight=weight)


def evidence_order(record: EvidenceRecord) -> tuple[int, float, int, str, str]:
    number = record.story_day.toordinal() if record.story_day is not None else 0
    moment = record.published_at.timestamp() if record.published_at is not None else 0.0
    return -number, -moment, -record.position, record.article, record.signal.key
