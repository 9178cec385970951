"""Bytes of a feed → entries exactly as delivered, with the publisher's hints; the only door to feedparser.

Runs inside a parsing process (see `worker`): what is read here was written by strangers.
"""

import calendar
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urljoin

import orjson

from tracker.errors import FeedError
from tracker.feeds import plain
from tracker.feeds.hints import NO_HINTS, Hints
from tracker.model.articles import Entry, Problem

_AUTHOR_LIMIT = 512  # feedparser's author pattern is quadratic (its issue 562): 62 KB took 21 s
_ROOT = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
_END = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_START = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_LINK = re.compile(r"<link\b[^<>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))""")
_FEED_TYPE = re.compile(r"application/(?:rss\+xml|atom\+xml|feed\+json|rdf\+xml)", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]*>([^<]{1,200})", re.IGNORECASE)
_SKIP = {
    kind: re.compile(rf"<skip{kind}s>(.{{0,2000}}?)</skip{kind}s>".encode(), re.IGNORECASE | re.DOTALL)
    for kind in ("Hour", "Day")
}
_INNER = re.compile(rb"<(?:hour|day)>\s*(\w+)\s*<", re.IGNORECASE)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {"hourly": 1.0, "daily": 24.0, "weekly": 168.0, "monthly": 720.0, "yearly": 8760.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A feed read: its entries in the order given, its home page, and what had to be left out."""

    entries: tuple[Entry, ...]
    format: str
    title: str = ""
    home: str = ""
    language: str = ""
    hints: Hints = NO_HINTS
    problems: tuple[Problem, ...] = ()


@cache
def _feedparser() -> Any:
    """The authority, made safe; 8 MB that a process which only meets plain RSS never needs."""
    import feedparser  # noqa: PLC0415 -- see above
    from feedparser.mixin import _FeedParserMixin  # noqa: PLC0415 -- see above

    original = _FeedParserMixin._sync_author_detail  # noqa: SLF001 -- see _AUTHOR_LIMIT

    def sync(self: Any, key: str = "author") -> None:
        context = self._get_context()
        for name in (key, f"{key}_detail"):
            value = context.get(name)
            if isinstance(value, str) and len(value) > _AUTHOR_LIMIT:
                context[name] = value[:_AUTHOR_LIMIT]
        original(self, key)

    _FeedParserMixin._sync_author_detail = sync  # noqa: SLF001 -- see _AUTHOR_LIMIT
    return feedparser


def parse(body: bytes, *, url: str, content_type: str = "", most: int = 2000, plainly: bool = True) -> Parsed:
    """Read RSS, RDF, Atom or JSON Feed, mended where it is broken. At most `most` entries.

    With `plainly` false, feedparser reads even the plainest RSS, which gives the same.
    Raises FeedError with a remedy when the bytes are no feed: HTML (the feeds it names are offered), empty, a trap.
    """
    start = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n\x00")
    if not start:
        raise FeedError("the answer is empty", remedy="open the address in a browser; look for another feed")
    if start[:1] == b"{" or (start[:1] == b"[" and "json" in content_type):
        return _json(body, url=url, most=most)
    _refuse_entities(body)
    body, left_out = shortened(body.replace(b"\x00", b"") if b"\x00" in body and not _wide(body) else body, most)
    problems: tuple[Problem, ...] = ()
    if left_out:
        problems = (
            Problem(
                subject=url,
                reason=f"the feed holds {most + left_out:,} entries; the first {most:,} were read",
                remedy="poll more often, or ask the publisher for a shorter feed",
            ),
        )
    quick = plain.read(body, content_type) if plainly else None
    if quick is not None:
        return _plain(*quick, body=body, url=url, problems=problems)
    try:
        parsed = _feedparser().parse(
            io.BytesIO(body),
            sanitize_html=False,
            resolve_relative_uris=False,
            response_headers={"content-type": _type(content_type), "content-location": url},
        )
    except Exception as fault:  # feedparser raises what its input makes it raise: UnicodeDecodeError, AssertionError …
        raise _no_feed(body, url=url, content_type=content_type, fault=fault) from fault
    if not parsed.get("version") and not parsed.entries:
        raise _no_feed(body, url=url, content_type=content_type, fault=parsed.get("bozo_exception"))
    feed = parsed.feed
    home = str(feed.get("link") or "")
    base = home if home.startswith(("http://", "https://")) else url
    language = str(feed.get("language") or "")
    return Parsed(
        entries=tuple(_entry(entry, base=url if not home else base, language=language) for entry in parsed.entries),
        format=parsed.get("version") or "unknown",
        title=_clean(feed.get("title", "")),
        home=urljoin(url, home) if home else "",
        language=language,
        hints=_hints(body, feed),
        problems=problems,
    )


def _plain(
    entries: tuple[Entry, ...], channel: Mapping[str, str], *, body: bytes, url: str, problems: tuple[Problem, ...]
) -> Parsed:
    fields = {
        "ttl": channel.get("ttl", ""),
        "sy_updateperiod": channel.get("updatePeriod", ""),
        "sy_updatefrequency": channel.get("updateFrequency", ""),
    }
    dated = plain.moment(channel.get("lastBuildDate", "")) or plain.moment(channel.get("pubDate", ""))
    return Parsed(
        entries=entries,
        format="rss20",
        title=_clean(channel.get("title", "")),
        home=urljoin(url, channel["link"]),
        language=channel.get("language", ""),
        hints=replace(_hints(body, fields), dated=dated),
        problems=problems,
    )


def shortened(body: bytes, most: int) -> tuple[bytes, int]:
    """The feed with at most so many entries, still well-formed when it was, and the number left out."""
    if body.count(b"</") <= most:
        return body, 0
    ends = [match.end() for match in _END.finditer(body)]
    if len(ends) <= most:
        return body, 0
    return body[: ends[most - 1]] + body[ends[-1] :], len(ends) - most


def counted(body: bytes) -> int:
    """How many entries a feed's text seems to open; for telling what got lost."""
    return sum(1 for _ in _START.finditer(body))


def feed_links(html: str, *, url: str) -> tuple[str, ...]:
    """Addresses of feeds that a page announces in its head, absolute, in order, without repeats."""
    found: dict[str, None] = {}
    for match in _LINK.finditer(html[:500_000]):
        attributes = {m[1].lower(): m[2] or m[3] or m[4] or "" for m in _ATTRIBUTE.finditer(match[0])}
        if "alternate" in attributes.get("rel", "").lower() and _FEED_TYPE.search(attributes.get("type", "")):
            target = urljoin(url, attributes.get("href", "").replace("&amp;", "&").strip())
            if target.startswith(("http://", "https://")):
                found[target] = None
    return tuple(found)


def _no_feed(body: bytes, *, url: str, content_type: str, fault: object) -> FeedError:
    text = body[:500_000].decode("utf-8", "replace")
    lowered = text[:4096].lower()
    if "<html" in lowered or "<!doctype html" in lowered or "text/html" in content_type.lower():
        title = _TITLE.search(text)
        named = f' ("{" ".join(title[1].split())[:100]}")' if title else ""
        links = feed_links(text, url=url)
        remedy = f"the page names these feeds: {', '.join(links[:5])}" if links else "look for another feed"
        return FeedError(f"the server sent a web page{named} and not a feed", remedy=remedy)
    why = f": {fault}" if fault else ""
    return FeedError(f"not a feed in any format we read{why}"[:300], remedy="open the address in a browser and compare")


def _refuse_entities(body: bytes) -> None:
    """A feed has no business declaring entities; those that did were traps (billion laughs, file:// entities)."""
    declared = body.find(b"<!ENTITY")
    if declared < 0:
        return
    root = _ROOT.search(body)
    if root is None or declared < root.start():
        raise FeedError(
            "the feed declares XML entities, which is how readers are exhausted or made to read files",
            remedy="if the publisher means well, ask for a feed without a document type",
        )


def _wide(body: bytes) -> bool:
    return body[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00" in body[:4]


def _type(content_type: str) -> str:
    """The type to tell feedparser: servers that say text/plain or text/html mean XML; a named charset is kept."""
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", content_type, re.IGNORECASE)
    return f"application/xml; charset={charset[1]}" if charset else "application/xml"


def _entry(entry: Mapping[str, Any], *, base: str, language: str) -> Entry:
    contents = entry.get("content") or []
    fullest = max((str(c.get("value") or "") for c in contents), key=len, default="")
    source = entry.get("source") or {}
    link = str(entry.get("link") or "") or _first_link(entry)
    guid = str(entry.get("id") or "")
    if not link and guid.startswith(("http://", "https://")):
        link = guid
    return Entry(
        guid=_clean(guid),
        url=_join(base, _clean(link)),
        title=_clean(entry.get("title", "")),
        summary=_clean(entry.get("summary", "")),
        content=_clean(fullest),
        published=_moment(entry, "published_parsed"),
        updated=_moment(entry, "updated_parsed"),
        author=_clean(entry.get("author", ""))[:200],
        source_title=_clean(source.get("title", ""))[:200],
        source_url=_clean(source.get("href") or source.get("link") or "")[:1000],
        language=str(entry.get("language") or language or ""),
    )


def _first_link(entry: Mapping[str, Any]) -> str:
    """Some feeds have no alternate link, only one of another kind that is an address of a page all the same."""
    links = [link for link in entry.get("links") or [] if link.get("href")]
    pages = [link for link in links if link.get("rel") not in {"enclosure", "self", "edit", "replies", "license"}]
    return str((pages or [link for link in links if link.get("rel") == "self"] or [{"href": ""}])[0]["href"])


def _join(base: str, link: str) -> str:
    try:
        return urljoin(base, link) if link else ""
    except ValueError:
        return ""


def _moment(entry: Mapping[str, Any], key: str) -> datetime | None:
    try:
        value = entry[key] if key in entry.keys() else None  # noqa: SIM118 -- feedparser's `in` maps keys to others
        return datetime.fromtimestamp(calendar.timegm(value), UTC) if value else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _clean(value: object) -> str:
    """Text that can be encoded: no NUL, no lone surrogates."""
    text = value if isinstance(value, str) else str(value or "")
    if text.isascii():
        return text.replace("\x00", "").strip()
    return text.encode("utf-8", "replace").decode().replace("\x00", "").strip()


def _hints(body: bytes, feed: Mapping[str, Any]) -> Hints:
    minutes = 0.0
    ttl = str(feed.get("ttl") or "").strip()
    if ttl.isascii() and ttl.isdigit():
        minutes = min(float(ttl[:9]), 1e6)
    period = _PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower())
    if period:
        frequency = str(feed.get("sy_updatefrequency") or "1").strip()
        times = int(frequency[:6]) if frequency.isascii() and frequency.isdigit() else 1
        minutes = max(minutes, 60 * period / max(1, times))
    head = body[: 1 << 16]
    hours = {int(v) % 24 for v in _inner(head, "Hour") if v.isdigit() and len(v) < 3}
    days = {_DAYS.index(v.lower()) for v in _inner(head, "Day") if v.lower() in _DAYS}
    return Hints(
        minutes=int(minutes),
        skip_hours=tuple(sorted(hours)),
        skip_days=tuple(sorted(days)),
        dated=_moment(feed, "updated_parsed") or _moment(feed, "published_parsed"),
    )


def _inner(head: bytes, kind: str) -> Iterable[str]:
    block = _SKIP[kind].search(head)
    return [value.decode("ascii", "ignore") for value in _INNER.findall(block[1])] if block else []


def _json(body: bytes, *, url: str, most: int) -> Parsed:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org)."""
    try:
        feed = orjson.loads(body.lstrip(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as fault:
        try:
            feed = orjson.loads(body.decode("utf-8", "replace").lstrip("\ufeff").replace("\x00", ""))
        except orjson.JSONDecodeError:
            raise FeedError(f"the JSON cannot be read: {fault}", remedy="tried again later") from None
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise FeedError("JSON, but not a JSON Feed: it has no list of items", remedy="look for another feed")
    problems = [
        Problem(subject=f"{url} item {number}", reason="the item is not an object")
        for number, item in enumerate(items[:most], start=1)
        if not isinstance(item, dict)
    ]
    if len(items) > most:
        problems.append(Problem(subject=url, reason=f"the feed holds {len(items):,} entries; {most:,} were read"))
    language = _text(feed.get("language"))
    home = _text(feed.get("home_page_url"))
    entries = (_json_entry(i, base=home or url, language=language) for i in items[:most] if isinstance(i, dict))
    return Parsed(
        entries=tuple(entries),
        format="json",
        title=_text(feed.get("title")),
        home=home,
        language=language,
        problems=tuple(problems),
    )


def _json_entry(item: Mapping[str, Any], *, base: str, language: str) -> Entry:
    authors = item.get("authors") if isinstance(item.get("authors"), list) else [item.get("author")]
    names = [_text(a.get("name")) for a in authors or [] if isinstance(a, dict)]
    guid = _text(item.get("id"))
    link = _text(item.get("url")) or _text(item.get("external_url"))
    return Entry(
        guid=guid,
        url=_join(base, link or (guid if guid.startswith(("http://", "https://")) else "")),
        title=_text(item.get("title")),
        summary=_text(item.get("summary")),
        content=_text(item.get("content_html")) or _text(item.get("content_text")).replace("<", "&lt;"),
        published=_iso(item.get("date_published")),
        updated=_iso(item.get("date_modified")),
        author=", ".join(filter(None, names))[:200],
        language=_text(item.get("language")) or language,
    )


def _text(value: object) -> str:
    return _clean(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _iso(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(_text(value))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
