"""What stopped counting between two positions: signals that a person judged, or that a later coding reads otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection, select

from tracker.model.signals import Evidence, Signal
from tracker.projections.rows import chunks, signal_of
from tracker.projections.schema import Tables
from tracker.projections.signals import in_force, stories_at

_NOWHERE = Evidence(sentence=0, quote="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """A signal that no longer counts as it did: a person judged it, or a later coding read otherwise."""

    kind: Literal["confirmed", "rejected", "withdrawn", "recoded"]
    signal: Signal
    article: str
    title: str
    url: str
    outlet: str
    story_day: date | None
    reason: str
    by: str
    position: int  # of the event that changed it


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """After one position, up to another, in one conflict; with one codebook, or any."""

    conflict: str
    since: int
    until: int
    codebook: str | None = None


def corrections(connection: Connection, t: Tables, span: Span) -> tuple[Withdrawn, ...]:
    """Signals that were in force at `since` or later and changed up to `until`; see `reads.corrections`."""
    found = [*_judged(connection, t, span)]
    found += _recoded(connection, t, span)
    articles = {row.article for _, row, *_ in found}
    facts = _facts(connection, t, articles, span.until)
    made = [
        Withdrawn(
            kind=kind,
            signal=signal_of(row.data),
            article=row.article,
            title=facts[row.article][0].title,
            url=facts[row.article][0].url,
            outlet=facts[row.article][0].outlet,
            story_day=facts[row.article][1],
            reason=reason,
            by=by,
            position=position,
        )
        for kind, row, position, reason, by in found
    ]
    return tuple(sorted(made, key=lambda w: (w.position, w.article, w.signal.key)))


_Found = tuple[Literal["confirmed", "rejected", "withdrawn", "recoded"], Any, int, str, str]


def _judged(connection: Connection, t: Tables, span: Span) -> Iterable[_Found]:
    reviews, signals = t.reviews, t.signals
    query = (
        select(signals, reviews.c.verdict, reviews.c.reason, reviews.c.by, reviews.c.from_position.label("judged"))
        .join(reviews, (reviews.c.article == signals.c.article) & (reviews.c.signal_key == signals.c.signal_key))
        .where(
            signals.c.conflict == span.conflict,
            reviews.c.from_position > span.since,
            reviews.c.from_position <= span.until,
            signals.c.from_position <= reviews.c.from_position,
            signals.c.to_position > reviews.c.from_position,
        )
    )
    if span.codebook is not None:
        query = query.where(signals.c.codebook == span.codebook)
    for row in connection.execute(query):
        yield row.verdict, row, row.judged, row.reason, row.by


def _recoded(connection: Connection, t: Tables, span: Span) -> Iterable[_Found]:
    codings, signals = t.codings.c, t.signals
    ended = select(codings.from_position).where(codings.to_position > span.since, codings.to_position <= span.until)
    if span.codebook is not None:
        ended = ended.where(codings.codebook == span.codebook)
    old = list(connection.execute(select(signals).where(signals.c.from_position.in_(ended))))
    new: dict[tuple[str, str, int], set[Signal]] = {}
    for some in chunks({row.to_position for row in old}):
        for row in connection.execute(select(signals).where(signals.c.from_position.in_(some))):
            new.setdefault((row.codebook, row.article, row.from_position), set()).add(_said(signal_of(row.data)))
    for row in old:
        still = new.get((row.codebook, row.article, row.to_position), set())
        if row.conflict == span.conflict and _said(signal_of(row.data)) not in still:
            yield "recoded", row, row.to_position, "", ""


def _said(signal: Signal) -> Signal:
    """A signal without its place and certainty: what it says."""
    return replace(signal, evidence=_NOWHERE, rule="", probability=1.0, speaker="", actor="", target="", third_party="")


def _facts(connection: Connection, t: Tables, articles: set[str], at: int) -> dict[str, tuple[Any, date | None]]:
    """Each article's revision in force, and the day of its story."""
    facts: dict[str, tuple[Any, date | None]] = {}
    for some in chunks(articles):
        c = t.articles.c
        of = select(c.article, c.story).where(c.article.in_(some), c.revision == 0)
        story = dict(tuple(r) for r in connection.execute(of))
        stories, _ = stories_at(connection, t, set(story.values()), at)
        query = select(t.articles).where(t.articles.c.article.in_(some), in_force(t.articles, at))
        for row in connection.execute(query):
            facts[row.article] = (row, stories[story[row.article]].day)
    return facts
