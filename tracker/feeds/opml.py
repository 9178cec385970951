"""Feeds ↔ OPML 2.0; what other programs do not know travels in attributes of our own namespace."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

from tracker.errors import FeedError
from tracker.model.articles import Feed, Problem

NAMESPACE = "https://parley.invalid/opml"
_OURS = ("id", "outlet", "owner", "country", "bloc", "conflicts", "every", "text", "private")


def export(feeds: Iterable[Feed], *, title: str = "Parley feeds") -> str:
    """An OPML document that any feed reader takes, and that `read` turns back into the same feeds."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" xmlns:parley="{NAMESPACE}">',
        f"  <head><title>{title.replace('&', '&amp;').replace('<', '&lt;')}</title></head>",
        "  <body>",
    ]
    for feed in feeds:
        ours = {
            "id": feed.id,
            "outlet": feed.outlet,
            "owner": feed.owner,
            "country": feed.country,
            "bloc": feed.bloc,
            "conflicts": ",".join(feed.conflicts),
            "every": str(feed.every_minutes),
            "text": feed.text,
            "private": "true" if feed.allow_private else "",
        }
        plain = {"type": "rss", "text": feed.outlet, "xmlUrl": feed.url, "language": feed.language}
        attributes = [f"{name}={_quoted(value)}" for name, value in plain.items()]
        attributes += [f"parley:{name}={_quoted(value)}" for name, value in ours.items() if value]
        lines.append(f"    <outline {' '.join(attributes)}/>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def read(document: bytes) -> tuple[tuple[Feed, ...], tuple[Problem, ...]]:
    """The feeds of an OPML document, ours or another program's, and what could not be used.

    Feeds of other programs get the outlet of their title, an owner from their host, and the bloc `third-country`:
    look them over. Raises FeedError when it is no OPML.
    """
    if b"<!ENTITY" in document:
        raise FeedError("the OPML declares XML entities", remedy="export it again without a document type")
    try:
        root = ET.fromstring(document)  # noqa: S314 -- entities are refused above, and expat bounds the rest
    except (ET.ParseError, ValueError, LookupError) as fault:
        raise FeedError(f"the OPML cannot be read: {fault}", remedy="export it again") from fault
    if root.tag.rpartition("}")[2].lower() != "opml":
        raise FeedError("the file is no OPML", remedy="export the subscriptions of your feed reader as OPML")
    feeds: list[Feed] = []
    problems: list[Problem] = []
    for outline in root.iter("outline"):
        if not (outline.get("xmlUrl") or outline.get("type") in {"rss", "atom"}):
            continue  # a folder
        feed = _feed(outline, taken=[f.id for f in feeds])
        if isinstance(feed, Problem):
            problems.append(feed)
        elif feed.url in {f.url for f in feeds}:
            problems.append(Problem(subject=feed.url, reason="the feed stands there twice; the first was taken"))
        else:
            feeds.append(feed)
    return tuple(feeds), tuple(problems)


def slug(name: str, *, taken: Sequence[str] = ()) -> str:
    """A feed's id from its name: lower case, digits and hyphens, not among those taken."""
    base = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60] or "feed"
    candidate, number = base, 2
    while candidate in taken:
        candidate, number = f"{base}-{number}", number + 1
    return candidate


def _feed(outline: ET.Element, *, taken: Sequence[str]) -> Feed | Problem:
    ours = {name: (outline.get(f"{{{NAMESPACE}}}{name}") or "").strip() for name in _OURS}
    url = (outline.get("xmlUrl") or "").strip()
    title = (outline.get("title") or outline.get("text") or "").strip()
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    if not url.startswith(("http://", "https://")) or not host:
        return Problem(subject=title or url, reason=f"{url[:200]!r} is no web address", remedy="correct its xmlUrl")
    outlet = ours["outlet"] or title or host
    every = ours["every"]
    return Feed(
        id=slug(ours["id"] or outlet, taken=taken),
        url=url,
        outlet=outlet,
        owner=ours["owner"] or slug(re.sub(r"^(?:www|feeds?|rss)\.", "", host)),
        country=ours["country"] or "INT",
        language=_language(outline.get("language") or ""),
        bloc=ours["bloc"] or "third-country",
        conflicts=tuple(filter(None, (part.strip() for part in ours["conflicts"].split(",")))),
        every_minutes=int(every) if every.isascii() and every.isdigit() and 0 < int(every) < 100_000 else 30,
        text="page" if ours["text"] == "page" else "feed",
        allow_private=ours["private"] == "true",
    )


def _language(claim: str) -> str:
    """The code before any region; English where there is none.

    >>> [_language(claim) for claim in ("pt-BR", "fil", "unknown", "")]
    ['pt', 'fil', 'en', 'en']
    """
    code = re.split("[-_]", claim.strip().lower())[0]
    return code if re.fullmatch("[a-z]{2,3}", code) else "en"


def _quoted(value: str) -> str:
    kept = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", value)
    return quoteattr(kept, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
