"""Feeds → articles: ask those that are due, read what is new, decide what it means; one feed's fault is its own."""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracker.feeds import fulltext, schedule, wire, workers
from tracker.feeds.fetch import Answer, Fetching, Request, host_of
from tracker.feeds.schedule import FeedState, Outcome, Reply
from tracker.feeds.settings import FetchSettings
from tracker.model.articles import Article, Feed, Poll, Problem
from tracker.model.events import Event

__all__ = ["Collected", "FeedState", "FetchSettings", "collect"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """One feed polled: the articles that the last poll had not shown, problems with entries, the state to keep.

    Save `state` after the articles and facts are recorded: then a crash repeats a poll and loses nothing.
    """

    poll: Poll
    articles: tuple[Article, ...]
    problems: tuple[Problem, ...]
    state: FeedState
    facts: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A feed with what it answered."""

    feed: Feed
    state: FeedState
    answer: Answer
    digest: str = ""


def collect(
    feeds: Sequence[Feed],
    states: Mapping[str, FeedState],
    *,
    at: datetime,
    settings: FetchSettings,
    force: bool = False,
) -> Iterator[Collected]:
    """Poll the feeds that are due (with `force`, all that the servers let us), yielding each as it completes.

    Never raises for what a feed or server does; memory is bounded by the limits in `settings`, not by the number of
    feeds. The order is that of completion.
    """
    by_id = {feed.id: feed for feed in feeds}
    known = {feed: states.get(feed) or FeedState(feed=feed) for feed in by_id}
    requests = [
        Request(
            key=feed.id,
            url=feed.url,
            validators=schedule.conditional(feed, known[feed.id]),
            allow_private=feed.allow_private,
        )
        for feed in _interleaved(by_id.values())
        if schedule.due(known[feed.id], at, force=force)
    ]
    if not requests:
        return
    with ThreadPoolExecutor(settings.workers, "parley-parse") as pool, Fetching(requests, settings) as fetching:
        waiting: dict[Future[dict[str, Any]], _Asked] = {}
        asking = True
        while asking or waiting:
            event = fetching.answers.get()
            if event is None:
                asking = False
            elif isinstance(event, Answer):
                feed = by_id[event.key]
                asked = _Asked(feed=feed, state=known[feed.id], answer=event, digest=_digest(event))
                if not asked.digest or (asked.digest == asked.state.body and asked.state.url == feed.url):
                    yield _finished(asked, None, at)
                    fetching.taken()
                    continue
                future = pool.submit(workers.run, _job(asked, at, settings), event.body, settings)
                waiting[future] = asked
                future.add_done_callback(fetching.answers.put)
            elif isinstance(event, Future):
                yield _read(waiting.pop(event), event.result(), at, settings)
                fetching.taken()
            else:
                raise event


def _digest(answer: Answer) -> str:
    """SHA-256 of a body that is to be read; empty when there is none."""
    return hashlib.sha256(answer.body).hexdigest() if answer.status == 200 and not answer.reason else ""


def _read(asked: _Asked, done: dict[str, Any], at: datetime, settings: FetchSettings) -> Collected:
    """A body has been read, or could not be."""
    if "reason" in done:
        return _finished(asked, None, at, reason=done["reason"], remedy=done["remedy"])
    articles = tuple(wire.article_of(values) for values in done["articles"])
    problems = wire.problems_of(done["problems"])
    if asked.feed.text == "page" and articles:
        articles, more = fulltext.with_pages(articles, asked.feed, settings)
        problems += more
    outcome = Outcome(
        body=asked.digest,
        seen=tuple(done["seen"]),
        fresh=done["fresh"],
        pace_minutes=done["pace_minutes"],
        hints=wire.hints_of(done["hints"]),
    )
    return _finished(asked, outcome, at, articles=articles, problems=problems)


def _finished(
    asked: _Asked,
    outcome: Outcome | None,
    at: datetime,
    *,
    articles: tuple[Article, ...] = (),
    problems: tuple[Problem, ...] = (),
    reason: str = "",
    remedy: str = "",
) -> Collected:
    answer = asked.answer
    reply = Reply(
        status=answer.status,
        headers=dict(reversed(answer.headers)),
        final_url=answer.final_url,
        permanent=answer.permanent,
        reason=answer.reason or reason,
        remedy=answer.remedy or remedy,
    )
    decision = schedule.decide(asked.feed, asked.state, reply, outcome, at)
    return Collected(
        poll=decision.poll, articles=articles, problems=problems, state=decision.state, facts=decision.facts
    )


def _job(asked: _Asked, at: datetime, settings: FetchSettings) -> dict[str, Any]:
    answer = asked.answer
    return {
        "kind": "feed",
        "feed": asked.feed,
        "at": at,
        "url": answer.final_url,
        "content_type": answer.header("content-type"),
        "http_date": schedule.http_date(answer.header("last-modified")),
        "first": asked.state.last_success is None,
        "seen": asked.state.seen,
        "most": settings.max_entries,
    }


def _interleaved(feeds: Iterable[Feed]) -> list[Feed]:
    """Feeds of different hosts in turn, so that many feeds of one slow host do not hold up the others."""
    by_host: dict[str, deque[Feed]] = {}
    for feed in feeds:
        by_host.setdefault(host_of(feed.url), deque()).append(feed)
    ordered: list[Feed] = []
    queues = list(by_host.values())
    while queues:
        ordered += [queue.popleft() for queue in queues]
        queues = [queue for queue in queues if queue]
    return ordered
