"""Questions to the tables, each answered from one snapshot with values of the model; no row leaks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from tracker.model.articles import Feed
from tracker.model.codebook import Codebook
from tracker.model.events import ArticleRecord
from tracker.model.evidence import EvidenceRecord, FeedHealth, PendingArticle
from tracker.model.readings import ConflictStory, Happening, Inputs, Observed, StorySignal
from tracker.projections import changes, coverage, daily, health, notes
from tracker.projections.changes import Span, Withdrawn
from tracker.projections.counts import conflict_story, story_signal, with_any
from tracker.projections.notes import AlertNote, CodebookNote, DigestNote
from tracker.projections.queue import uncoded
from tracker.projections.retold import evidence_order, newest, signal_order, told, weighed, within
from tracker.projections.rows import chunks, from_us, record_of
from tracker.projections.schema import OPEN
from tracker.projections.signals import NOW, in_force, told_at
from tracker.projections.snapshots import View, snapshot
from tracker.readiness import weights
from tracker.readiness.rows import Rows, rows_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is recorded of an article now."""

    revision: int
    fingerprint: str
    title: str
    body: str


def _no_inputs() -> Inputs:
    return Inputs(conflict="", counts=(), coverage=(), presence=())


@snapshot(lambda: 0)
def position(view: View) -> int:
    """The last position the tables hold."""
    return view.position


@snapshot(_no_inputs)
def inputs(
    view: View,
    conflict: str,
    codebook: Codebook,
    *,
    as_of: int | None = None,
    since: date | None = None,
    until: date | None = None,
    signals: Collection[str] | None = None,
) -> Inputs:
    """All that readiness needs of one conflict: the present from the daily rows, the past from the rows in force then.

    `since` and `until` (inclusive) bound the days of the stories; `signals` narrows `counts` to them and
    `presence` to the indicators that have one of them. `until` also
    carries the ledger of sources on to that day.
    """
    at = view.at(as_of)
    observed = coverage.observed(view.connection, view.t, conflict, at, since=since, until=until)
    if at == NOW:
        extent = daily.Extent(codebook=codebook, conflict=conflict, signals=signals, since=since, until=until)
        return daily.inputs(daily.rows(view.connection, view.t, extent, observed))
    said, about = told(view, conflict, codebook, at, since=since, until=until)
    counts, cover, presence = weights.daily(said, about, codebook)
    if signals is not None:
        counts = tuple(c for c in counts if c.signal in signals)
        wanted = with_any(codebook, signals)
        presence = tuple(p for p in presence if p.indicator in wanted)
    presence = tuple(sorted(presence, key=lambda p: (p.indicator, p.party, p.day, p.mask)))
    return Inputs(conflict=conflict, counts=counts, coverage=cover, presence=presence, observed=observed)


@snapshot(lambda: rows_of(_no_inputs()))
def rows(
    view: View,
    conflict: str,
    codebook: Codebook,
    *,
    since: date | None = None,
    until: date | None = None,
    signals: Collection[str] | None = None,
) -> Rows:
    """The same as `inputs` of the present, to the last bit, at a fraction of the time: no row becomes an object."""
    return daily.rows(
        view.connection,
        view.t,
        daily.Extent(codebook=codebook, conflict=conflict, signals=signals, since=since, until=until),
        coverage.observed(view.connection, view.t, conflict, NOW, since=since, until=until),
    )


@snapshot(tuple)
def story_signals(
    view: View,
    conflict: str,
    codebook: Codebook,
    *,
    since: date | None = None,
    until: date | None = None,
    as_of: int | None = None,
) -> tuple[StorySignal, ...]:
    """What each story says, for the bootstrap; days inclusive, ordered by story, party, signal and channel."""
    at = view.at(as_of)
    if at != NOW:
        return tuple(sorted(told(view, conflict, codebook, at, since=since, until=until)[0], key=signal_order))
    c = view.t.story_signals.c
    query = select(view.t.story_signals).where(c.codebook == codebook.version, c.conflict == conflict)
    query = query if since is None else query.where(c.day >= since.toordinal())
    query = query if until is None else query.where(c.day <= until.toordinal())
    query = query.order_by(c.story, c.party, c.signal, c.channel)
    return tuple(map(story_signal, view.connection.execute(query)))


@snapshot(tuple)
def conflict_stories(
    view: View,
    conflict: str,
    codebook: Codebook,
    *,
    since: date | None = None,
    until: date | None = None,
    as_of: int | None = None,
) -> tuple[ConflictStory, ...]:
    """The dated stories about a conflict, days inclusive, ordered by story."""
    at = view.at(as_of)
    if at != NOW:
        return tuple(sorted(told(view, conflict, codebook, at, since=since, until=until)[1], key=lambda s: s.story))
    c = view.t.conflict_stories.c
    query = select(view.t.conflict_stories).where(c.codebook == codebook.version, c.conflict == conflict)
    query = query if since is None else query.where(c.day >= since.toordinal())
    query = query if until is None else query.where(c.day <= until.toordinal())
    return tuple(map(conflict_story, view.connection.execute(query.order_by(c.story))))


@snapshot(tuple)
def evidence(
    view: View,
    conflict: str,
    codebook: Codebook,
    *,
    signals: Collection[str] | None = None,
    party: str | None = None,
    since: date | None = None,
    until: date | None = None,
    as_of: int | None = None,
    limit: int | None = None,
) -> tuple[EvidenceRecord, ...]:
    """Coded records with article, story, review and record weight, newest story first.

    `since` and `until` are story days, inclusive; with either, undated stories are left out. `party` keeps what
    concerns it, `ALL` included. Rejected and withdrawn records are there, with their review: the caller shows or
    drops them.
    """
    at = view.at(as_of)
    found: list[EvidenceRecord] = []
    for some in newest(view, conflict, codebook, at, since=since, until=until):
        found_now = told_at(
            view.connection,
            view.t,
            some,
            at,
            lambda _: codebook,
            codebook=codebook.version,
            conflict=conflict,
            signals=signals,
            party=party,
        )
        records = found_now.records.get((codebook.version, conflict), [])
        found += [weighed(r, codebook) for r in records if within(r.story_day, since, until)]
        if limit is not None and at == NOW and len(found) >= limit and None not in {r.story_day for r in found}:
            break
    found.sort(key=evidence_order)
    return tuple(found if limit is None else found[:limit])


@snapshot(tuple)
def corrections(
    view: View, conflict: str, since_position: int, until_position: int, *, codebook: str | None = None
) -> tuple[Withdrawn, ...]:
    """Signals that stopped counting as they did after one position and up to another, in log order.

    A signal is recoded when a later coding with the same codebook no longer says it, or says it otherwise; a change
    of the wording around it alone is none. Without `codebook` all codebooks are looked at.
    """
    return changes.corrections(
        view.connection,
        view.t,
        Span(conflict=conflict, since=since_position, until=until_position, codebook=codebook),
    )


@snapshot(tuple)
def pending(view: View, codebook_version: str, *, limit: int) -> tuple[PendingArticle, ...]:
    """Current revisions that a codebook has not read, the longest waiting first.

    For the codebook in force this is a queue kept up to date; for any other, a look at every article.
    """
    t, articles = view.t, view.t.articles.c
    waiting = t.queue if view.in_force() == codebook_version else uncoded(t, codebook_version).subquery()
    query = (
        select(t.articles)
        .join(waiting, (waiting.c.article == articles.article) & (waiting.c.revision == articles.revision))
        .order_by(waiting.c.position)
        .limit(limit)
    )
    return tuple(
        PendingArticle(
            article=row.article,
            revision=row.revision,
            url=row.url,
            title=row.title,
            body=row.body,
            language=row.language,
            outlet=row.outlet,
            bloc=row.bloc,
            published_at=from_us(row.published),
        )
        for row in view.connection.execute(query)
    )


@snapshot(lambda: 0)
def pending_count(view: View, codebook_version: str) -> int:
    """How many revisions a codebook has not read."""
    waiting = view.t.queue if view.in_force() == codebook_version else uncoded(view.t, codebook_version).subquery()
    return int(view.connection.execute(select(func.count()).select_from(waiting)).scalar_one())


@snapshot(dict)
def known(view: View, article_ids: Sequence[str]) -> Mapping[str, Known]:
    """What is recorded now of those of the articles that are recorded."""
    c = view.t.articles.c
    found: dict[str, Known] = {}
    for some in chunks(article_ids):
        query = select(c.article, c.revision, c.fingerprint, c.title, c.body).where(
            c.article.in_(some), c.to_position == OPEN
        )
        for r in view.connection.execute(query):
            found[r.article] = Known(revision=r.revision, fingerprint=r.fingerprint, title=r.title, body=r.body)
    return found


@snapshot(dict)
def articles(view: View, ids: Sequence[str], *, as_of: int | None = None) -> Mapping[str, ArticleRecord]:
    """Articles as they stood at a position, by id; unknown ids are absent."""
    table, at = view.t.articles, view.at(as_of)
    found: dict[str, ArticleRecord] = {}
    for some in chunks(ids):
        query = select(table).where(table.c.article.in_(some), in_force(table, at))
        found |= {row.article: record_of(row) for row in view.connection.execute(query)}
    return found


@snapshot(tuple)
def feed_health(view: View, *, day: date, as_of: int | None = None) -> tuple[FeedHealth, ...]:
    """What the ledger says, on a day, of every feed in force."""
    return health.feed_health(view.connection, view.t, view.at(as_of), day)


@snapshot(tuple)
def observed(
    view: View, conflict: str, *, since: date | None = None, until: date | None = None, as_of: int | None = None
) -> tuple[Observed, ...]:
    """Sources that answered of those expected, day by day; see `projections.coverage`."""
    return coverage.observed(view.connection, view.t, conflict, view.at(as_of), since=since, until=until)


@snapshot(tuple)
def adopted_feeds(view: View, as_of: int | None = None) -> tuple[Feed, ...]:
    """The list of feeds in force, as adopted, ordered by id."""
    return tuple(coverage.feeds_at(view.connection, view.t, view.at(as_of)).values())


@snapshot(dict)
def feed_addresses(view: View, as_of: int | None = None) -> Mapping[str, str]:
    """Feeds that moved for good, and where to; a move from an address that is no longer listed is forgotten."""
    return coverage.addresses(view.connection, view.t, view.at(as_of))


@snapshot(frozenset)
def gone_feeds(view: View, as_of: int | None = None) -> frozenset[str]:
    """Feeds whose servers said that they will not come back."""
    gone = view.t.gone
    return frozenset(view.connection.execute(select(gone.c.feed).where(in_force(gone, view.at(as_of)))).scalars())


@snapshot(tuple)
def happenings(view: View, conflict: str | None = None, *, as_of: int | None = None) -> tuple[Happening, ...]:
    """Happenings noted, by day."""
    return notes.happenings(view.connection, view.t, conflict, view.at(as_of))


@snapshot(tuple)
def alerts(view: View, conflict: str | None = None, *, as_of: int | None = None) -> tuple[AlertNote, ...]:
    """Alerts raised, in log order, with the last verdict of a person."""
    return notes.alerts(view.connection, view.t, conflict, view.at(as_of))


@snapshot(tuple)
def digests(view: View, conflict: str | None = None, *, as_of: int | None = None) -> tuple[DigestNote, ...]:
    """Digests published, in log order."""
    return notes.digests(view.connection, view.t, conflict, view.at(as_of))


@snapshot(tuple)
def codebooks(view: View, *, as_of: int | None = None) -> tuple[CodebookNote, ...]:
    """Codebooks adopted, in log order; the last is in force."""
    return notes.codebooks(view.connection, view.t, view.at(as_of))
