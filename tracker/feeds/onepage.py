"""One address → the text of its page, with the guards of every other fetch."""

from tracker.errors import FeedError
from tracker.feeds import workers
from tracker.feeds.fetch import PAGE_TYPES, Request, fetch
from tracker.feeds.fulltext import Page
from tracker.feeds.settings import FetchSettings


def page_at(url: str, settings: FetchSettings) -> Page:
    """Fetch and extract one page that a person named. Raises FeedError saying what was in the way."""
    (answer,) = fetch([Request(key="page", url=url, allow_private=settings.allow_private, accept=PAGE_TYPES)], settings)
    if answer.reason or answer.status != 200:
        raise FeedError(f"{url}: {answer.reason or f'the page answered {answer.status}'}", remedy="try --text instead")
    done = workers.run({"kind": "page", "url": answer.final_url}, answer.body, settings)
    if "reason" in done:
        raise FeedError(f"{url}: {done['reason']}", remedy="paste the text with --text")
    return Page(**done)
