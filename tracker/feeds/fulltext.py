"""Article page → its text: fetched with the same guards, allowed by robots.txt, extracted with trafilatura."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from protego import Protego

from tracker.errors import FeedError
from tracker.feeds import clean, workers
from tracker.feeds.fetch import PAGE_TYPES, Answer, Request, fetch
from tracker.feeds.settings import FetchSettings
from tracker.model.articles import Article, Feed, Problem
from tracker.model.sketch import signature, words

LEAST_WORDS = 40  # fewer than this, and no more than the summary has, is no article


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What was found on a page; `published` is an ISO day or moment, or empty."""

    title: str
    text: str
    published: str = ""
    author: str = ""


def extract(body: bytes, *, url: str) -> Page:
    """The main text of a page. Raises FeedError when there is none. Runs in a parsing process."""
    import trafilatura  # noqa: PLC0415 -- a second of imports

    if not body.strip() or b"<" not in body[:100_000]:
        raise FeedError("no web page")
    found: Any = trafilatura.bare_extraction(
        body, url=url or None, fast=True, include_comments=False, include_tables=False, with_metadata=True
    )
    if found is None:
        raise FeedError("no article text on the page", remedy="the summary of the feed is used")
    paragraphs = [" ".join(line.split()) for line in (found.text or "").split("\n")]
    title = clean.title_of(found.title or "")
    text = clean.text_of("\n\n".join(p for p in paragraphs if p).replace("&", "&amp;").replace("<", "&lt;"))
    return Page(
        title=title,
        text=without_title(title, text),
        published=found.date or "",
        author=clean.title_of(found.author or "")[:200],
    )


def without_title(title: str, text: str) -> str:
    """The text without a first paragraph that says the title once more, as the <h1> of a page does.

    Case, punctuation and white space do not matter; nor does a site's name behind the page's title.

    >>> without_title("Talks resume in Oster", "Talks Resume in Oster\\n\\nEnvoys met on Monday.")
    'Envoys met on Monday.'
    """
    first, _, rest = text.partition("\n")
    if not title or not rest or len(first) > 2 * len(title) + 20:
        return text
    said = words(first)
    parts = (title, *re.split(r" [|–—-] ", title)[:1])
    return rest.lstrip() if said and any(said == words(part) for part in parts) else text


def with_pages(
    articles: Sequence[Article], feed: Feed, settings: FetchSettings
) -> tuple[tuple[Article, ...], tuple[Problem, ...]]:
    """The articles with the text of their pages where that is allowed and succeeds, else as they came.

    `text_source` says which was used; every fall-back is a Problem.
    """
    rules = _robots(articles, feed, settings)
    allowed = [a for a in articles if a.url and _may(rules.get(_site(a.url)), a.url, settings)]
    requests = [Request(key=a.id, url=a.url, allow_private=feed.allow_private, accept=PAGE_TYPES) for a in allowed]
    pages: dict[str, Page] = {}
    reasons = {a.id: "robots.txt forbids the page" for a in articles}
    for answer in fetch(requests, settings):
        page, reasons[answer.key] = _page(answer, settings)
        if page is not None:
            pages[answer.key] = page
    full: list[Article] = []
    problems: list[Problem] = []
    for article in articles:
        page = pages.get(article.id)
        if page is not None and len(words(page.text)) >= min(LEAST_WORDS, article.words + 1):
            full.append(_fuller(article, page))
            continue
        full.append(article)
        reason = reasons[article.id] or "the page holds no more than the feed"
        problems.append(
            Problem(subject=f"{feed.id}: {article.title}"[:200], reason=f"{reason}; the feed's text is used")
        )
    return tuple(full), tuple(problems)


def _page(answer: Answer, settings: FetchSettings) -> tuple[Page | None, str]:
    if answer.reason or answer.status != 200:
        return None, answer.reason or f"the page answered {answer.status}"
    job = {"kind": "page", "url": answer.final_url}
    done = workers.run(job, answer.body, settings)
    if "reason" in done:
        return None, str(done["reason"])
    return Page(**done), ""


def _fuller(article: Article, page: Page) -> Article:
    text = without_title(article.title, page.text)
    return replace(
        article,
        text=text,
        words=len(words(f"{article.title}\n{text}")),
        fingerprint=clean.fingerprint(article.title, text),
        signature=signature(article.title, text),
        text_source="page",
        author=article.author or page.author,
    )


def _robots(articles: Sequence[Article], feed: Feed, settings: FetchSettings) -> dict[str, Protego | None]:
    """Rules by site; a missing file allows everything, an unreachable one nothing (RFC 9309 §2.3.1)."""
    sites = {_site(article.url) for article in articles if article.url}
    requests = [
        Request(key=site, url=urljoin(site, "/robots.txt"), allow_private=feed.allow_private, accept="text/plain, */*")
        for site in sorted(sites)
    ]
    rules: dict[str, Protego | None] = {}
    for answer in fetch(requests, settings):
        if answer.status is not None and 400 <= answer.status < 500:
            rules[answer.key] = Protego.parse("")
        elif answer.status == 200 and not answer.reason:
            rules[answer.key] = Protego.parse(answer.body[:500_000].decode("utf-8", "replace"))
        else:
            rules[answer.key] = None
    return rules


def _may(rules: Protego | None, url: str, settings: FetchSettings) -> bool:
    return rules is not None and bool(rules.can_fetch(url, settings.user_agent.partition("/")[0]))


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
