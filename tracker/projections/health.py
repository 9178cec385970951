"""How each feed fares on a day: observed, failing, silent against its own norm, not polled, gone or never seen."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from tracker.model.articles import Feed
from tracker.model.evidence import FeedHealth
from tracker.projections.coverage import feeds_at
from tracker.projections.rows import day as day_of
from tracker.projections.rows import from_us
from tracker.projections.schema import Tables
from tracker.projections.signals import in_force

State = Literal["observed", "failing", "silent", "unpolled", "gone", "never"]
WINDOW = 28  # days
LEAST_SILENCE = 2  # days of polling
EXPECTED = 5.0  # articles missing by a feed's own norm before it is called silent: chance e^-5 = 0.7 % (Poisson)


@dataclass(slots=True)
class _Tally:
    """Articles of one feed in the window, by the day they were recorded."""

    days: dict[int, int] = field(default_factory=dict)
    undated: int = 0
    joined: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """All that the ledger knows of one feed."""

    answered: set[int]  # days of the window
    running: set[int]  # days of the window on which any feed answered
    polled: int | None  # last day on which any feed answered
    last_success: int | None
    last_article: int | None
    tally: _Tally
    failing: Any
    since: int  # day of its adoption
    gone: bool


def feed_health(connection: Connection, t: Tables, at: int, today: date) -> tuple[FeedHealth, ...]:
    """One answer per feed in force at a position, ordered by id; the window is the 28 days up to `today`."""
    number = today.toordinal()
    feeds = feeds_at(connection, t, at)
    answered = _answered(connection, t, at, number)
    last = _last_answers(connection, t, at, number)
    tallies = _tallies(connection, t, at, number)
    gone = set(connection.execute(select(t.gone.c.feed).where(in_force(t.gone, at))).scalars())
    failing = _failing(connection, t, at)
    since = _adopted(connection, t, at)
    running = _running(connection, t, at, number)
    return tuple(
        _health(
            feed,
            number,
            _Seen(
                answered=set(answered.get(name, ())),
                running=running,
                polled=max(last.values(), default=None),
                last_success=last.get(name),
                last_article=_last_article(connection, t, at, name),
                tally=tallies.get(name, _Tally()),
                failing=failing.get(name),
                since=since.get(name, number),
                gone=name in gone,
            ),
        )
        for name, feed in feeds.items()
    )


def _health(feed: Feed, today: int, seen: _Seen) -> FeedHealth:
    tally, failing = seen.tally, seen.failing
    total = sum(tally.days.values())
    state, problem = _state(seen, today)
    window = range(max(seen.since, today - WINDOW + 1), today + 1)
    expected = {d for d in window if d in seen.running or failing is not None}
    return FeedHealth(
        feed=feed.id,
        outlet=feed.outlet,
        owner=feed.owner,
        bloc=feed.bloc,
        conflicts=feed.conflicts,
        state=state,
        last_success=None if seen.last_success is None else day_of(seen.last_success),
        last_article=from_us(seen.last_article),
        failures=int(failing is not None),  # of this failure: the log tells the change, the poll state the number
        problem=problem,
        observed_share=len(seen.answered & expected) / len(expected) if expected else None,
        per_day=_per_day(tally, seen.since, today),
        undated_share=tally.undated / total if total else None,
        duplicate_share=tally.joined / total if total else None,
        articles=total,
    )


def _state(seen: _Seen, today: int) -> tuple[State, str]:
    """What to call it, and why in words for a person."""
    if seen.gone:
        return "gone", "its server said that it will not come back; take it off the list or find its successor"
    if seen.failing is not None:
        return "failing", "; ".join(part for part in (seen.failing.reason, seen.failing.remedy) if part)
    if seen.last_success is None:
        return "never", "no answer recorded yet"
    if seen.last_success <= today - LEAST_SILENCE:
        return _unanswered(seen, seen.last_success)
    norm, last = _per_day(seen.tally, seen.since, today), max(seen.tally.days, default=today)
    quiet = sum(day > last for day in seen.answered)  # other days say nothing of what there was
    if norm is not None and quiet >= LEAST_SILENCE and norm * quiet >= EXPECTED:
        articles, usual = ("article" if norm == 1 else "articles"), f"{norm:.3g}"
        polled = "" if quiet == today - last else " of polling"
        return "silent", f"usually {usual} {articles} a day, none for {quiet} days{polled}"
    return "observed", ""


def _unanswered(seen: _Seen, since: int) -> tuple[State, str]:
    """Silent when other feeds answered after its last answer; otherwise it was the program that did not ask."""
    others = sum(day > since for day in seen.running)
    if others >= LEAST_SILENCE:
        return "silent", f"no answer recorded since {day_of(since)}, though other feeds answered on {others} days"
    if others:
        return "unpolled", f"the program polled on one day only since {day_of(since)}"
    return "unpolled", f"the program has not polled since {day_of(seen.polled or since)}"


def _per_day(tally: _Tally, since: int, today: int) -> float | None:
    """Articles a day before the silence: from the window's begin (or the adoption) to the last day with an article."""
    last_day = max(tally.days, default=None)
    if last_day is None:
        return None
    begin = min(last_day, max(since, today - WINDOW + 1, min(tally.days)))
    return sum(tally.days.values()) / (last_day - begin + 1)


def _answered(connection: Connection, t: Tables, at: int, today: int) -> dict[str, list[int]]:
    c = t.feed_days.c
    query = select(c.feed, c.day).where(c.position <= at, c.day > today - WINDOW, c.day <= today)
    found: dict[str, list[int]] = defaultdict(list)
    for feed, number in connection.execute(query):
        found[feed].append(number)
    return found


def _last_answers(connection: Connection, t: Tables, at: int, today: int) -> dict[str, int]:
    """The last day each feed answered, on or before `today`."""
    c = t.feed_days.c
    query = select(c.feed, func.max(c.day)).where(c.position <= at, c.day <= today).group_by(c.feed)
    return dict(tuple(row) for row in connection.execute(query))


def _tallies(connection: Connection, t: Tables, at: int, today: int) -> dict[str, _Tally]:
    c = t.articles.c
    query = (
        select(c.feed, c.recorded, func.count(), func.sum(c.undated), func.sum(c.joined))
        .where(c.from_position <= at, c.revision == 0, c.recorded > today - WINDOW, c.recorded <= today)
        .group_by(c.feed, c.recorded)
    )
    found: dict[str, _Tally] = defaultdict(_Tally)
    for feed, number, articles, undated, joined in connection.execute(query):
        tally = found[feed]
        tally.days[number] = articles
        tally.undated += undated
        tally.joined += joined
    return found


def _last_article(connection: Connection, t: Tables, at: int, feed: str) -> int | None:
    """When the newest article of a feed was published (microseconds)."""
    c = t.articles.c
    query = (
        select(c.published)
        .where(c.feed == feed, c.from_position <= at, c.revision == 0, c.published.is_not(None))
        .order_by(c.from_position.desc())
        .limit(1)
    )
    return connection.execute(query).scalar()


def _failing(connection: Connection, t: Tables, at: int) -> dict[str, Any]:
    return {row.feed: row for row in connection.execute(select(t.failures).where(in_force(t.failures, at)))}


def _adopted(connection: Connection, t: Tables, at: int) -> dict[str, int]:
    """The day from which each feed has been expected for any conflict."""
    c = t.terms.c
    query = select(c.feed, func.min(c.since)).where(c.from_position <= at).group_by(c.feed)
    return dict(tuple(row) for row in connection.execute(query))


def _running(connection: Connection, t: Tables, at: int, today: int) -> set[int]:
    """Days of the window on which any feed answered: on the others the program did not run."""
    c = t.feed_days.c
    query = select(c.day).distinct().where(c.position <= at, c.day > today - WINDOW, c.day <= today)
    return set(connection.execute(query).scalars())
