"""A page or address → the feeds it offers, tried and explained."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from tracker.feeds import schedule, wire, workers
from tracker.feeds.fetch import Answer, Request, fetch
from tracker.feeds.parse import feed_links
from tracker.feeds.settings import FetchSettings
from tracker.model.articles import Article, Feed, Problem

_USUAL = ("/feed", "/feed/", "/rss", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/feed.json")
_TRIED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One address tried: a feed with what it holds, or the problem with what to do."""

    url: str
    final_url: str = ""
    status: int | None = None
    problem: Problem | None = None
    format: str = ""
    title: str = ""
    entries: int = 0
    undated: int = 0
    languages: tuple[str, ...] = ()
    newest: datetime | None = None
    pace_minutes: int = 0
    permanent: str = ""
    conditional: bool = False  # the server gives validators
    bytes: int = 0
    articles: tuple[Article, ...] = ()
    problems: tuple[Problem, ...] = ()
    offers: tuple[str, ...] = ()  # feeds that the page names, when it is a page

    @property
    def lines(self) -> tuple[str, ...]:
        """What was found, for a person to read."""
        if self.problem is not None:
            lines = [f"{self.url}: {self.problem.reason}"]
            return (*lines, f"→ {self.problem.remedy}") if self.problem.remedy else tuple(lines)
        entries = "entry" if self.entries == 1 else "entries"
        lines = [
            f'{self.url}: {self.format}, "{self.title}", {self.entries} {entries} in {self.bytes / 1024:,.0f} KiB',
            f"newest {self.newest:%Y-%m-%d %H:%M} UTC" if self.newest else "no entry has a date",
            f"languages: {', '.join(self.languages) or 'unknown'}",
        ]
        if self.undated:
            undated = "entry has" if self.undated == 1 else "entries have"
            lines.append(f"{self.undated} {undated} no usable date and would stay out of the counts")
        if self.pace_minutes:
            lines.append(f"an entry every {self.pace_minutes:,} minutes on average")
        if not self.conditional:
            lines.append("the server gives neither ETag nor Last-Modified: every poll downloads the whole feed")
        if self.permanent:
            lines.append(f"it has moved for good to {self.permanent}")
        lines += [f"{problem.subject}: {problem.reason}" for problem in self.problems]
        return tuple(lines)


def check(feed: Feed, *, at: datetime, settings: FetchSettings) -> Checked:
    """Ask for one feed, unconditionally, and say what is there. Never raises for what the server does."""
    request = Request(key=feed.id, url=feed.url, allow_private=feed.allow_private)
    (answer,) = fetch([request], settings)
    return _checked(feed, answer, at, settings)


def discover(url: str, *, at: datetime, settings: FetchSettings, allow_private: bool = False) -> tuple[Checked, ...]:
    """The feeds that an address is or names, tried; when it names none, those at the usual addresses of its site.

    Empty-handed, the one element is the problem with the address itself.
    """
    first = check(_probe(url, allow_private=allow_private), at=at, settings=settings)
    if first.problem is None:
        return (first,)
    if first.status != 200 or not first.final_url:
        return (first,)
    candidates = first.offers or tuple(dict.fromkeys(urljoin(first.final_url, path) for path in _USUAL))
    requests = [Request(key=c, url=c, allow_private=allow_private) for c in candidates[:_TRIED]]
    tried = [_checked(_probe(a.url, allow_private=allow_private), a, at, settings) for a in fetch(requests, settings)]
    found = {checked.final_url: checked for checked in tried if checked.problem is None}
    order = {candidate: place for place, candidate in enumerate(candidates)}
    return tuple(sorted(found.values(), key=lambda c: order.get(c.url, 0))) or (first,)


def _probe(url: str, *, allow_private: bool) -> Feed:
    return Feed(
        id="feed", url=url, outlet="", owner="", country="INT", language="", bloc="", conflicts=(),
        allow_private=allow_private,
    )  # fmt: skip


def _checked(feed: Feed, answer: Answer, at: datetime, settings: FetchSettings) -> Checked:
    reason, remedy = answer.reason, answer.remedy
    if not reason and answer.status != 200:
        reason, remedy = schedule.status_reason(answer.status or 0)
    done: dict[str, Any] = {}
    if not reason:
        job = {
            "kind": "feed", "feed": feed, "at": at, "url": answer.final_url, "first": True, "seen": (),
            "content_type": answer.header("content-type"), "http_date": None, "most": settings.max_entries,
        }  # fmt: skip
        done = workers.run(job, answer.body, settings)
        reason, remedy = done.get("reason", ""), done.get("remedy", "")
    if reason:
        return Checked(
            url=feed.url,
            final_url=answer.final_url,
            status=answer.status,
            problem=Problem(subject=feed.url, reason=reason, remedy=remedy),
            offers=feed_links(answer.body[:500_000].decode("utf-8", "replace"), url=answer.final_url),
        )
    articles = tuple(wire.article_of(values) for values in done["articles"])
    return Checked(
        url=feed.url,
        final_url=answer.final_url,
        status=answer.status,
        format=done["format"],
        title=done["title"],
        entries=done["entries"],
        undated=sum(article.published_at is None for article in articles),
        languages=_languages(articles),
        newest=max((a.published_at for a in articles if a.published_at), default=None),
        pace_minutes=done["pace_minutes"],
        permanent=answer.permanent,
        conditional=bool(answer.header("etag") or answer.header("last-modified")),
        bytes=len(answer.body),
        articles=articles,
        problems=wire.problems_of(done["problems"]),
    )


def _languages(articles: Sequence[Article]) -> tuple[str, ...]:
    return tuple(language for language, _ in Counter(article.language for article in articles).most_common())
