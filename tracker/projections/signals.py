"""Stories and their coded records as they stood at a position, with everything that weighs them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select

from tracker.model.codebook import Codebook
from tracker.model.evidence import EvidenceRecord, Review
from tracker.model.readings import ConflictStory
from tracker.model.signals import ALL
from tracker.projections.rows import chunks, day, day_of_us, from_us, signal_of
from tracker.projections.schema import OPEN, Tables
from tracker.readiness.weights import bloc_in

NOW = OPEN - 1  # a position after every recorded one: what is in force


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story at a position: first published on `day` in `bloc`, by the earliest of its articles (ties: the id).

    An article's date is the earliest that any of its revisions gave, so that a bumped date moves no evidence.
    """

    id: str
    day: date | None  # None while no article of it is dated
    bloc: str
    owners: tuple[str, ...]
    articles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The records of some stories, by codebook and conflict, and which stories are about which conflict."""

    records: dict[tuple[str, str], list[EvidenceRecord]]
    stories: dict[tuple[str, str], list[ConflictStory]]


def in_force(table: Table, at: int) -> ColumnElement[bool]:
    """Rows in force at a position."""
    return (table.c.from_position <= at) & (table.c.to_position > at)


def stories_at(
    connection: Connection, t: Tables, stories: Iterable[str], at: int
) -> tuple[dict[str, Story], dict[tuple[str, int], Any]]:
    """The stories at a position, and the revisions of their articles by article and revision."""
    articles = t.articles.c
    revisions: dict[tuple[str, int], Any] = {}
    first: dict[str, dict[str, tuple[int | None, str, str]]] = defaultdict(
        dict
    )  # story -> article -> date, bloc, owner
    for some in chunks(stories):
        query = select(
            articles.story,
            articles.article,
            articles.revision,
            articles.published,
            articles.title,
            articles.url,
            articles.outlet,
            articles.owner,
            articles.bloc,
            articles.language,
        ).where(articles.story.in_(some), articles.from_position <= at)
        for row in connection.execute(query):
            revisions[row.article, row.revision] = row
            known = first[row.story].get(row.article)
            dates = [d for d in (row.published, known[0] if known else None) if d is not None]
            if row.revision == 0:
                first[row.story][row.article] = (min(dates, default=None), row.bloc, row.owner)
            else:
                first[row.story][row.article] = (min(dates, default=None), *(known[1:] if known else ("", "")))
    return {story: _story(story, found, revisions) for story, found in first.items()}, revisions


def _story(story: str, found: dict[str, tuple[int | None, str, str]], revisions: dict[tuple[str, int], Any]) -> Story:
    dated = [(published, article) for article, (published, _, _) in found.items() if published is not None]
    published, earliest = min(dated, default=(None, min(found)))
    original = revisions[earliest, 0]
    return Story(
        id=story,
        day=None if published is None else day(day_of_us(published)),
        bloc=original.bloc,
        owners=tuple(sorted({revisions[article, 0].owner for article in found})),
        articles=tuple(sorted(found)),
    )


def told_at(
    connection: Connection,
    t: Tables,
    stories: Iterable[str],
    at: int,
    codebooks: Callable[[str], Codebook],
    *,
    codebook: str | None = None,
    conflict: str | None = None,
    signals: Collection[str] | None = None,
    party: str | None = None,
) -> Told:
    """Everything that stories tell at a position; all codebooks and conflicts unless one is named."""
    found, revisions = stories_at(connection, t, stories, at)
    story_of = {article: story for story in found.values() for article in story.articles}
    links, rows, reviews = t.links, t.signals, t.reviews
    told = Told(records=defaultdict(list), stories=defaultdict(list))
    about: set[tuple[str, str, str]] = set()
    verdicts: dict[tuple[str, str], tuple[int, Review]] = {}  # article, signal key -> position, verdict
    blocs: dict[tuple[str, str, str], str] = {}

    def bloc(version: str, where: str, original: str) -> str:
        key = (version, where, original)
        if key not in blocs:
            blocs[key] = bloc_in(codebooks(version), where, original)
        return blocs[key]

    for some in chunks(story_of):
        given = select(reviews.c.article, reviews.c.signal_key, reviews.c.from_position, reviews.c.verdict).where(
            reviews.c.article.in_(some), in_force(reviews, at)
        )
        for row in connection.execute(given):
            verdicts[row.article, row.signal_key] = (row.from_position, row.verdict)
        query = select(links.c.codebook, links.c.conflict, links.c.article).where(
            links.c.article.in_(some), in_force(links, at)
        )
        for row in connection.execute(_only(query, links, codebook, conflict)):
            about.add((row.codebook, row.conflict, story_of[row.article].id))
        query = select(
            rows.c.codebook,
            rows.c.conflict,
            rows.c.article,
            rows.c.revision,
            rows.c.signal_key,
            rows.c.from_position,
            rows.c.data,
        ).where(rows.c.article.in_(some), in_force(rows, at))
        query = _only(query, rows, codebook, conflict)
        if signals is not None:
            query = query.where(rows.c.signal.in_(sorted(signals)))
        if party is not None:
            query = query.where(rows.c.locus.in_((party, ALL)))
        for row in connection.execute(query):
            story, original = story_of[row.article], revisions[row.article, 0]
            told.records[row.codebook, row.conflict].append(
                EvidenceRecord(
                    signal=signal_of(row.data),
                    article=row.article,
                    revision=row.revision,
                    title=(read := revisions.get((row.article, row.revision), original)).title,
                    url=read.url,
                    outlet=original.outlet,
                    owner=original.owner,
                    bloc=original.bloc,
                    language=read.language,
                    published_at=from_us(read.published),
                    story=story.id,
                    story_day=story.day,
                    story_bloc=bloc(row.codebook, row.conflict, story.bloc),
                    story_owners=story.owners,
                    position=row.from_position,
                    review=verdicts[judged][1] if (judged := (row.article, row.signal_key)) in verdicts else "",
                )
            )
    if verdicts:
        for key, records in told.records.items():
            told.records[key] = _with_copies_judged(records, verdicts)
    for version, where, story_id in sorted(about):
        story = found[story_id]
        if story.day is not None:
            told.stories[version, where].append(
                ConflictStory(conflict=where, story=story_id, bloc=bloc(version, where, story.bloc), day=story.day)
            )
    return told


def _with_copies_judged(
    records: Sequence[EvidenceRecord], verdicts: Mapping[tuple[str, str], tuple[int, Review]]
) -> list[EvidenceRecord]:
    """A verdict holds for the sentence's copies in the same story that nobody judged by themselves; the last wins."""

    def sentence(record: EvidenceRecord) -> tuple[str, str, str, int, str]:
        signal = record.signal
        return record.story, signal.signal, signal.locus, signal.polarity, " ".join(signal.evidence.quote.split())

    last: dict[tuple[str, str, str, int, str], tuple[int, Review]] = {}
    for record in records:
        verdict = verdicts.get((record.article, record.signal.key))
        if verdict is not None:
            last[sentence(record)] = max(last.get(sentence(record), verdict), verdict)
    return [
        record if record.review or sentence(record) not in last else replace(record, review=last[sentence(record)][1])
        for record in records
    ]


def _only(query: Any, table: Table, codebook: str | None, conflict: str | None) -> Any:
    if codebook is not None:
        query = query.where(table.c.codebook == codebook)
    return query if conflict is None else query.where(table.c.conflict == conflict)


def stories_of(
    connection: Connection,
    t: Tables,
    codebook: str,
    conflict: str,
    at: int,
    *,
    published: tuple[int | None, int | None] = (None, None),
) -> Sequence[str]:
    """Stories with an article that was about a conflict at a position, in order of their ids.

    `published`: (not before, before) in microseconds, the bounds of the story's first publication. The lower one
    keeps a superset: it asks only the articles that are about the conflict.
    """
    links, articles = t.links, t.articles.c
    query = (
        select(articles.story)
        .distinct()
        .join(links, links.c.article == articles.article)
        .where(links.c.codebook == codebook, links.c.conflict == conflict, in_force(links, at))
    )
    since, until = published
    if since is not None:
        query = query.where(articles.published >= since)
    if until is not None:
        other = t.articles.alias().c
        early = select(other.story).where(
            other.story == articles.story, other.published < until, other.from_position <= at
        )
        query = query.where(early.exists())
    return sorted(connection.execute(query).scalars())
