"""What the news is made of: feeds, entries as delivered, articles as kept."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

TextSource = Literal["feed", "page", "archive"]
DateSource = Literal["entry", "updated", "feed", "http", "url", "archive", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A source we poll; one item of `feeds.yaml`, known by its id (lower case, digits and hyphens)."""

    id: str
    url: str
    outlet: str
    owner: str
    country: str  # ISO 3166 alpha-2, or "INT"
    language: str  # ISO 639-1
    bloc: str  # one of the blocs of conflicts/<id>.yaml, e.g. "wires", "third-country", "aligned-ukr"
    conflicts: tuple[str, ...]
    every_minutes: int = 30  # lower bound between two polls; the server may lengthen it
    text: Literal["feed", "page"] = "feed"  # where the body comes from
    allow_private: bool = False  # an intranet feed: private addresses are allowed for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item exactly as a feed delivered it; HTML not yet removed, dates not yet judged."""

    guid: str = ""
    url: str = ""
    title: str = ""
    summary: str = ""  # HTML or text
    content: str = ""  # HTML or text, the fuller of the two
    published: datetime | None = None  # aware, or None when absent or unreadable
    updated: datetime | None = None
    author: str = ""
    source_title: str = ""  # RSS <source>: the true publisher behind an aggregator
    source_url: str = ""
    language: str = ""  # the feed's claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An entry we keep: plain text, canonical URL, publisher, date with its source, signature of its words."""

    id: str  # hex digest of the canonical URL (or of feed and guid without a usable link), 16 characters
    url: str
    title: str
    text: str
    feed: str  # id of the feed or of the archive that brought it
    outlet: str
    owner: str
    country: str
    bloc: str
    language: str
    published_at: datetime | None
    date_source: DateSource
    fingerprint: str  # sha256 of the normalised words of title and text
    signature: tuple[int, ...]  # near-duplicate sketch, see feeds.clean
    words: int
    text_source: TextSource = "feed"
    author: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why an entry, a record or a whole feed could not be used, for a person to read."""

    subject: str
    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What the server gave us to ask again with, verbatim."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One feed asked once: what came back, and when it may be asked again."""

    feed: Feed
    outcome: Literal["new", "unchanged", "failed", "gone"]
    status: int | None = None
    body: bytes = field(default=b"", repr=False)
    content_type: str = ""
    http_date: datetime | None = None
    final_url: str = ""
    moved_to: str = ""  # set when every hop was a permanent redirect
    validators: Validators = Validators()
    not_before: datetime | None = None  # earliest next poll the server allows
    problem: Problem | None = None
