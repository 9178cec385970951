"""The story in four verbs — collect, code, project, publish — each gathers, asks a pure room, and records."""

import gc
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from tracker.errors import StreamConflict
from tracker.eventstore.store import ANY, NEW_STREAM, Append, EventStore
from tracker.feeds import collector, state
from tracker.feeds.clean import revised
from tracker.model.articles import Article, Feed, Problem
from tracker.model.clock import Clock
from tracker.model.codebook import Codebook
from tracker.model.events import (
    ArticleCoded,
    ArticleCollected,
    ArticleRevised,
    CodebookAdopted,
    Event,
    FeedsAdopted,
    Recorded,
    record_of,
)
from tracker.projections import reads
from tracker.projections.runner import Projections

if TYPE_CHECKING:  # importing the language model's room takes seconds; only coding needs it
    from tracker.nlp.reader import Coding, Reader

POLL_BATCH = 50  # feeds per transaction: a commit costs more than a feed
CODING_BATCH = 64  # articles per transaction: what a crash can lose is one batch of work, never a fact
Progress = Callable[[str, int, int | None], None]  # verb, done, of (None: not known)


def quiet(_verb: str, _done: int, _of: int | None) -> None:
    """No progress wanted."""


@contextmanager
def settled() -> Iterator[None]:
    """Spare what exists already from garbage collection for a while.

    Recording thousands of articles sets off collections that look at every object of the program each time: an eighth
    of the CPU time, and nothing of what they look at is garbage. What is made meanwhile is looked at less often.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectReport:
    """What one collection brought, feed by feed."""

    polled: int
    unchanged: int
    failed: tuple[Problem, ...]
    new: int
    revised: int
    problems: tuple[Problem, ...]  # entries that could not be used
    per_feed: Mapping[str, int] = field(default_factory=dict)  # new articles by feed


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeReport:
    """What one coding run read."""

    articles: int
    linked: int  # about a registered conflict
    signals: int
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """What is to be recorded, and what it means."""

    appends: list[Append]
    texts: dict[str, str]
    added: list[str]  # the feed of each new article
    altered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracker:
    """One workspace at work; adapters come from `bootstrap`."""

    store: EventStore
    engine: Any  # sqlalchemy.Engine
    projections: Projections
    codebook: Codebook
    feeds: tuple[Feed, ...]
    reader: "Callable[[], Reader]"
    fetching: collector.FetchSettings
    clock: Clock

    # -- verbs -----------------------------------------------------------------------------------------------

    def adopt_feeds(self) -> None:
        """Record the list of feeds in force, when it differs from the last recorded one."""
        self._adopt("feeds", FeedsAdopted(feeds=self.feeds), self.clock())
        self.project()

    def adopt_codebook(self) -> None:
        """Record the codebook in force, when it differs: from then on the news is to be read with it."""
        adopted = CodebookAdopted(
            codebook=self.codebook.version, recogniser=self.codebook.recogniser, files=self.codebook.files
        )
        self._adopt("codebook", adopted, self.clock())
        self.project()

    @settled()
    def collect(self, *, force: bool = False, progress: Progress = quiet, jitter: float | None = None) -> CollectReport:
        """Poll the feeds that are due (all, when forced), and record what is new. One broken feed stops nothing.

        `jitter`: spread the first requests over so many seconds, instead of what the settings say.
        """
        self.adopt_feeds()
        now = self.clock()
        moved = reads.feed_addresses(self.engine)
        gone = reads.gone_feeds(self.engine)
        feeds = [replace(f, url=moved.get(f.id, f.url)) for f in self.feeds if f.id not in gone]
        states = state.load(self.engine)
        failed: list[Problem] = []
        problems: list[Problem] = []
        new: dict[str, int] = {}
        altered = unchanged = polled = 0
        waiting: list[collector.Collected] = []

        def record() -> int:
            facts = {got.poll.feed.id: got.facts for got in waiting}
            found = self._record([a for got in waiting for a in got.articles], facts, now)
            state.save(self.engine, {got.poll.feed.id: got.state for got in waiting})  # after the log: a crash repeats
            for feed in found.added:
                new[feed] = new.get(feed, 0) + 1
            waiting.clear()
            return found.altered

        settings = self.fetching if jitter is None else replace(self.fetching, start_jitter_seconds=jitter)
        for got in collector.collect(feeds, states, at=now, settings=settings, force=force):
            polled += 1
            waiting.append(got)
            if got.poll.problem is not None:
                failed.append(got.poll.problem)
            unchanged += got.poll.outcome == "unchanged"
            problems.extend(got.problems)
            if len(waiting) >= POLL_BATCH:
                altered += record()
            progress("collect", polled, None)
        altered += record()
        return CollectReport(
            polled=polled,
            unchanged=unchanged,
            failed=tuple(failed),
            new=sum(new.values()),
            revised=altered,
            problems=tuple(problems),
            per_feed=new,
        )

    def take_in(self, articles: Iterable[Article], facts: Sequence[Event] = (), *, source: str) -> tuple[int, int]:
        """Record articles that came by another way than polling (an archive). Returns (new, revised)."""
        self.adopt_feeds()
        found = self._record(list(articles), {source: facts} if facts else {}, self.clock())
        return len(found.added), found.altered

    def code(self, *, limit: int | None = None, progress: Progress = quiet, rejects: bool = False) -> CodeReport:
        """Read every revision that the codebook in force has not read. Recorded batch by batch; safe to interrupt."""
        from tracker.nlp import reader as nlp  # noqa: PLC0415 - takes seconds to import

        self.adopt_codebook()
        done = linked = signals = skipped = 0
        waiting = reads.pending_count(self.engine, self.codebook.version)
        total = waiting if limit is None else min(limit, waiting)
        while batch := reads.pending(self.engine, self.codebook.version, limit=min(CODING_BATCH, total - done or 1)):
            if done >= total:
                break
            reader = self.reader()
            bodies = self.store.texts([p.body for p in batch])
            readable = [(p, bodies[p.body]) for p in batch if p.body in bodies]
            purged = [p for p in batch if p.body not in bodies]
            codings = [*reader.read(readable)]
            codings += [
                nlp.Coding(article=p.article, revision=p.revision, skipped="the body was removed before it was read")
                for p in purged
            ]
            self.store.append([self._coded(c, reader.name, rejects=rejects) for c in codings], at=self.clock())
            self.project()
            done += len(batch)
            linked += sum(bool(c.conflicts) for c in codings)
            signals += sum(len(c.signals) for c in codings)
            skipped += sum(bool(c.skipped) for c in codings)
            progress("code", done, total)
        return CodeReport(articles=done, linked=linked, signals=signals, skipped=skipped)

    def project(self, recorded: Sequence[Recorded] = ()) -> int:
        """Bring the tables up to the log, of which `recorded` was just appended; returns the position reached."""
        return self.projections.catch_up(recorded=recorded)

    def last_day(self, conflict: str, codebook: Codebook) -> date | None:
        """The newest day on which a story about a conflict was first published; None before the first."""
        coverage = reads.inputs(self.engine, conflict, codebook, signals=()).coverage
        return max((row.day for row in coverage), default=None)

    # -- recording -------------------------------------------------------------------------------------------

    def _record(self, articles: Sequence[Article], facts: Mapping[str, Sequence[Event]], at: datetime) -> _Batch:
        for attempt in (1, 2):
            found = self._appends(articles, facts)
            if not found.appends:
                return found
            try:
                recorded = self.store.append(found.appends, at=at, texts=found.texts)
            except StreamConflict:  # another process was first: learn what it recorded, once
                if attempt == 2:
                    raise
                self.project()
            else:
                self.project(recorded)
                return found
        raise AssertionError  # the loop returns or raises

    def _appends(self, articles: Sequence[Article], facts: Mapping[str, Sequence[Event]]) -> _Batch:
        first: dict[str, Article] = {}
        for article in articles:  # one address in two feeds, or twice in one, is one article
            first.setdefault(article.id, article)
        known = reads.known(self.engine, list(first))
        versions = self.store.versions([f"article-{i}" for i in known])
        appends: list[Append] = []
        texts: dict[str, str] = {}
        added: list[str] = []
        altered = 0
        for article in first.values():
            body = hashlib.sha256(article.text.encode()).hexdigest()
            stream = f"article-{article.id}"
            before = known.get(article.id)
            event: Event
            if before is None:
                event = ArticleCollected(article=record_of(article, body))
                expected = NEW_STREAM
                added.append(article.feed)
            else:
                if before.fingerprint == article.fingerprint:
                    continue
                old = self.store.texts([before.body]).get(before.body, "")
                if not revised(before.title, old, article.title, article.text):
                    continue
                event = ArticleRevised(article=record_of(article, body), revision=before.revision + 1)
                expected = versions[stream]
                altered += 1
            texts[body] = article.text
            appends.append(Append(stream=stream, events=(event,), expected=expected))
        appends += [Append(stream=f"feed-{feed}", events=tuple(e), expected=ANY) for feed, e in facts.items() if e]
        return _Batch(appends=appends, texts=texts, added=added, altered=altered)

    def _coded(self, coding: "Coding", analyser: str, *, rejects: bool) -> Append:
        event = ArticleCoded(
            article=coding.article,
            revision=coding.revision,
            codebook=self.codebook.version,
            analyser=analyser,
            conflicts=coding.conflicts,
            signals=coding.signals,
            rejects=coding.rejects if rejects else (),
            sentences=coding.sentences,
            skipped=coding.skipped,
        )
        return Append(stream=f"article-{coding.article}", events=(event,), expected=ANY)

    def _adopt(self, stream: str, event: Event, at: datetime) -> None:
        recorded = self.store.stream(stream)
        if not recorded or recorded[-1].event != event:
            self.store.append([Append(stream=stream, events=(event,), expected=len(recorded))], at=at)
