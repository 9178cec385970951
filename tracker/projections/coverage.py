"""The ledger of sources: which feeds were expected and which answered, day by day, so that missing stays missing.

A feed is expected on the days from its adoption until it leaves the list or is gone (the last day not included).
It is observed on a day when it answered well at least once (`FeedObserved`). A day on which no feed of ours answered,
and the feed was not known to be failing, is *not due*: the program did not run. Such a day is shown as 0 of 0,
which is neither calm nor failure; feeds that were failing stay expected and unobserved through it.
Archives add the outlets they declare, on the days they declare: an outlet of a feed makes that feed observed,
any other counts as one more source, expected and observed.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, func, insert, select, update

from tracker.model.articles import Feed
from tracker.model.clock import utc_day
from tracker.model.events import (
    ArchiveImported,
    FeedFailed,
    FeedGone,
    FeedMoved,
    FeedObserved,
    FeedRecovered,
    FeedsAdopted,
    Recorded,
)
from tracker.model.readings import Observed
from tracker.projections.rows import day, names, names_text
from tracker.projections.schema import OPEN, Tables
from tracker.projections.signals import in_force

HANDLED = (FeedsAdopted, FeedObserved, FeedFailed, FeedRecovered, FeedMoved, FeedGone, ArchiveImported)
_FEED = TypeAdapter(Feed)


def apply(connection: Connection, t: Tables, recorded: Recorded) -> None:
    """Write what one event says of feeds and archives."""
    position, today = recorded.position, utc_day(recorded.recorded_at).toordinal()
    match recorded.event:
        case FeedsAdopted(feeds=feeds):
            _adopt(connection, t, feeds, position, today)
        case FeedObserved(feed=feed, day=observed):
            known = t.feed_days.c
            if connection.execute(
                select(known.day).where(known.feed == feed, known.day == observed.toordinal())
            ).first():
                return
            row = {"feed": feed, "day": observed.toordinal(), "position": position}
            connection.execute(insert(t.feed_days), row)
        case FeedFailed(feed=feed, reason=reason, remedy=remedy):
            _end_failure(connection, t, feed, position=position, today=today)
            row = {"feed": feed, "from_position": position, "to_position": OPEN, "since": today, "until": None}
            connection.execute(insert(t.failures), row | {"reason": reason, "remedy": remedy})
        case FeedRecovered(feed=feed):
            _end_failure(connection, t, feed, position=position, today=today)
        case FeedMoved(feed=feed, old=old, new=new):
            connection.execute(insert(t.moved), {"from_position": position, "feed": feed, "old": old, "new": new})
        case FeedGone(feed=feed, url=url):
            _go(connection, t, feed, url, position=position, today=today)
        case ArchiveImported() as archive:
            connection.execute(
                insert(t.archives),
                {
                    "from_position": position,
                    "archive": archive.archive,
                    "outlets": names_text(archive.outlets),
                    "since": archive.since.toordinal() if archive.since else None,
                    "until": archive.until.toordinal() if archive.until else None,
                    "articles": archive.articles,
                },
            )
        case _:
            pass


def _adopt(connection: Connection, t: Tables, feeds: Sequence[Feed], position: int, today: int) -> None:
    """A new list is in force: rows of feeds that left or changed end here. A gone feed comes back by a new address."""
    wanted = {feed.id: orjson.dumps(feed).decode() for feed in feeds}
    listed = {r.feed: r.data for r in connection.execute(select(t.feeds).where(t.feeds.c.to_position == OPEN))}
    for feed, data in listed.items():
        if wanted.get(feed) != data:
            _end(connection, t.feeds, feed, position)
    gone = {r.feed: r.url for r in connection.execute(select(t.gone).where(t.gone.c.to_position == OPEN))}
    back = {feed.id for feed in feeds if feed.id in gone and gone[feed.id] != feed.url}
    for feed in back:
        _end(connection, t.gone, feed, position)
    absent = gone.keys() - back
    rows = [
        {"feed": f, "from_position": position, "to_position": OPEN, "data": data}
        for f, data in wanted.items()
        if listed.get(f) != data
    ]
    if rows:
        connection.execute(insert(t.feeds), rows)
    expected = {(f.id, conflict) for f in feeds if f.id not in absent for conflict in f.conflicts}
    terms = t.terms
    running = {(r.feed, r.conflict) for r in connection.execute(select(terms).where(terms.c.to_position == OPEN))}
    for feed, conflict in sorted(running - expected):
        _end_term(connection, t, feed, conflict, position=position, today=today)
    fresh = [
        {"feed": f, "conflict": c, "from_position": position, "to_position": OPEN, "since": today, "until": None}
        for f, c in sorted(expected - running)
    ]
    if fresh:
        connection.execute(insert(terms), fresh)


def _go(connection: Connection, t: Tables, feed: str, url: str, *, position: int, today: int) -> None:
    if connection.execute(select(t.gone).where(t.gone.c.feed == feed, t.gone.c.to_position == OPEN)).first():
        return
    row = {"feed": feed, "from_position": position, "to_position": OPEN, "day": today, "url": url}
    connection.execute(insert(t.gone), row)
    _end_term(connection, t, feed, None, position=position, today=today)


def _end_term(connection: Connection, t: Tables, feed: str, conflict: str | None, *, position: int, today: int) -> None:
    c = t.terms.c
    ending = update(t.terms).where(c.feed == feed, c.to_position == OPEN)
    if conflict is not None:
        ending = ending.where(c.conflict == conflict)
    connection.execute(ending.values(to_position=position, until=today))


def _end(connection: Connection, table: Any, feed: str, position: int) -> None:
    c = table.c
    connection.execute(update(table).where(c.feed == feed, c.to_position == OPEN).values(to_position=position))


def _end_failure(connection: Connection, t: Tables, feed: str, *, position: int, today: int) -> None:
    c = t.failures.c
    ending = update(t.failures).where(c.feed == feed, c.to_position == OPEN)
    connection.execute(ending.values(to_position=position, until=today))


def feed_of(data: str) -> Feed:
    """A feed as it was adopted."""
    return _FEED.validate_json(data)


def feeds_at(connection: Connection, t: Tables, at: int) -> dict[str, Feed]:
    """The list of feeds in force at a position, gone ones included, by id."""
    query = select(t.feeds.c.data).where(in_force(t.feeds, at)).order_by(t.feeds.c.feed)
    return {feed.id: feed for feed in map(feed_of, connection.execute(query).scalars())}


def addresses(connection: Connection, t: Tables, at: int) -> dict[str, str]:
    """Where feeds moved to for good, following moves from the address that is adopted."""
    listed = feeds_at(connection, t, at)
    found: dict[str, str] = {}
    c = t.moved.c
    for row in connection.execute(select(t.moved).where(c.from_position <= at).order_by(c.from_position)):
        if row.feed in listed and row.old == found.get(row.feed, listed[row.feed].url):
            found[row.feed] = row.new
    return found


def observed(
    connection: Connection, t: Tables, conflict: str, at: int, *, since: date | None = None, until: date | None = None
) -> tuple[Observed, ...]:
    """Sources that answered of those expected, for every day from the first expectation to `until` (inclusive).

    Without `until` to the last day of which the ledger knows anything. Not-due days are 0 of 0.
    """
    terms = [
        (r.feed, r.since, r.until if r.to_position <= at else None)
        for r in connection.execute(
            select(t.terms).where(t.terms.c.conflict == conflict, t.terms.c.from_position <= at)
        )
    ]
    declared = _declared(connection, t, at)
    if not terms and not declared:
        return ()
    days = t.feed_days.c
    latest = connection.execute(select(func.max(days.day)).where(days.position <= at)).scalar()
    failing = [
        (r.feed, r.since, r.until if r.to_position <= at else None)
        for r in connection.execute(select(t.failures).where(t.failures.c.from_position <= at))
    ]
    starts = [s for _, s, _ in terms] + list(declared)
    ends = [d for d in (latest, *(s for _, s, _ in failing), *declared) if d is not None]
    first = max(min(starts), since.toordinal() if since else 0)
    last = until.toordinal() if until else max([*ends, *starts])
    if not declared:
        return _counted(connection, t, conflict, at, terms=terms, failing=failing, first=first, last=last)
    answered = _answered(connection, t, conflict, at, first=first, last=last)
    running = _running(connection, t, at, first)
    outlets = {feed: f.outlet for feed, f in _ever(connection, t, at).items()}
    rows: list[Observed] = []
    for number in range(first, last + 1):
        expected = {f for f, s, u in terms if _runs(s, u, number)}
        seen = set(answered.get(number, ())) & expected
        extra = declared.get(number, frozenset())
        if extra:
            seen |= {f for f in expected if outlets[f] in extra}
            extra = extra - {outlets[f] for f in expected}
        if number not in running:  # nobody was asked, but who was failing still was
            expected = seen | {f for f, s, u in failing if f in expected and _runs(s, u, number)}
        rows.append(Observed(day=day(number), observed=len(seen) + len(extra), expected=len(expected) + len(extra)))
    return tuple(rows)


Terms = list[tuple[str, int, int | None]]  # feed, first day, day after the last


def _counted(
    connection: Connection,
    t: Tables,
    conflict: str,
    at: int,
    *,
    terms: Terms,
    failing: Terms,
    first: int,
    last: int,
) -> tuple[Observed, ...]:
    """The same without archives, counted by the database: years of many feeds are a matter of milliseconds."""
    days, term = t.feed_days.c, t.terms.c
    query = (
        select(days.day, func.count(days.feed.distinct()))
        .join(t.terms, (term.feed == days.feed) & (term.since <= days.day))
        .where(
            term.conflict == conflict,
            term.from_position <= at,
            (term.to_position > at) | (term.until > days.day),
            days.position <= at,
            days.day >= first,
            days.day <= last,
        )
        .group_by(days.day)
    )
    seen = dict(tuple(row) for row in connection.execute(query))
    running = _running(connection, t, at, first)
    steps: dict[int, int] = defaultdict(int)
    for _, begins, ends in terms:
        if ends is None or ends > begins:
            steps[max(begins, first)] += 1
            if ends is not None:
                steps[max(ends, first)] -= 1
    rows: list[Observed] = []
    expected = 0
    for number in range(first, last + 1):
        expected += steps.get(number, 0)
        due = expected
        if number not in running:  # nobody was asked, but who was failing still was
            due = len(
                {f for f, s, u in failing if _runs(s, u, number)} & {f for f, s, u in terms if _runs(s, u, number)}
            )
        rows.append(Observed(day=day(number), observed=seen.get(number, 0), expected=due))
    return tuple(rows)


def _runs(begins: int, ends: int | None, number: int) -> bool:
    return begins <= number and (ends is None or number < ends)


def _running(connection: Connection, t: Tables, at: int, first: int) -> set[int]:
    """Days on which any feed answered: on the others the program did not run."""
    days = t.feed_days.c
    return set(connection.execute(select(days.day).distinct().where(days.position <= at, days.day >= first)).scalars())


def _answered(
    connection: Connection, t: Tables, conflict: str, at: int, *, first: int, last: int
) -> dict[int, frozenset[str]]:
    days, terms = t.feed_days.c, t.terms.c
    feeds = select(terms.feed).where(terms.conflict == conflict, terms.from_position <= at)
    query = select(days.day, days.feed).where(
        days.feed.in_(feeds), days.position <= at, days.day >= first, days.day <= last
    )
    found: dict[int, set[str]] = defaultdict(set)
    for number, feed in connection.execute(query):
        found[number].add(feed)
    return {number: frozenset(feeds) for number, feeds in found.items()}


def _declared(connection: Connection, t: Tables, at: int) -> dict[int, frozenset[str]]:
    """Outlets by day, as the archives imported up to a position declare them."""
    found: dict[int, set[str]] = defaultdict(set)
    c = t.archives.c
    query = select(t.archives).where(c.from_position <= at, c.since.is_not(None), c.until.is_not(None))
    for row in connection.execute(query):
        for number in range(row.since, row.until + 1):
            found[number].update(names(row.outlets))
    return {number: frozenset(outlets) for number, outlets in found.items()}


def _ever(connection: Connection, t: Tables, at: int) -> dict[str, Feed]:
    """Every feed ever adopted up to a position, as last adopted."""
    query = select(t.feeds.c.data).where(t.feeds.c.from_position <= at).order_by(t.feeds.c.from_position)
    return {feed.id: feed for feed in map(feed_of, connection.execute(query).scalars())}
