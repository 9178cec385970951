"""Facts in the log: past tense, complete, plain. A type string, once chosen, is for ever."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Literal

from tracker.model.articles import Article, DateSource, Feed, TextSource
from tracker.model.readings import Alert
from tracker.model.signals import Reject, Signal
from tracker.model.twins import twin


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRecord:
    """An article as the log keeps it: everything but its words, which lie in `texts` under `body`."""

    id: str
    url: str
    title: str
    feed: str
    outlet: str
    owner: str
    country: str
    bloc: str
    language: str
    published_at: datetime | None
    date_source: DateSource
    fingerprint: str
    signature: tuple[int, ...]
    words: int
    body: str  # sha256 of the stored text
    text_source: TextSource = "feed"
    author: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleCollected:
    """An article was seen for the first time."""

    type: ClassVar[str] = "article-collected"
    version: ClassVar[int] = 1
    article: ArticleRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRevised:
    """The text or title at a known address changed; earlier revisions stay as they were recorded."""

    type: ClassVar[str] = "article-revised"
    version: ClassVar[int] = 1
    article: ArticleRecord
    revision: int  # 1 for the first change


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleCoded:
    """A revision of an article was read with a codebook; replaces any earlier coding of it with that codebook.

    No signals is an answer too: we looked, and it said nothing.
    """

    type: ClassVar[str] = "article-coded"
    version: ClassVar[int] = 1
    article: str
    revision: int
    codebook: str
    analyser: str  # model and library versions, recogniser version
    conflicts: tuple[str, ...]  # registered conflicts the article is about
    signals: tuple[Signal, ...]
    rejects: tuple[Reject, ...] = ()
    sentences: int = 0
    skipped: str = ""  # why it could not be read (body purged, language), empty when read


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalReviewed:
    """A person judged one coded signal; the verdict outlives later codings of the same sentence."""

    type: ClassVar[str] = "signal-reviewed"
    version: ClassVar[int] = 1
    article: str
    signal_key: str
    verdict: Literal["confirmed", "rejected", "withdrawn"]
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HappeningNoted:
    """An analyst noted a dated happening for the calendar; it moves no number."""

    type: ClassVar[str] = "happening-noted"
    version: ClassVar[int] = 1
    conflict: str
    day: date
    title: str
    url: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsAdopted:
    """A list of feeds came into force; from its day on these are the sources we expect."""

    type: ClassVar[str] = "feeds-adopted"
    version: ClassVar[int] = 1
    feeds: tuple[Feed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedObserved:
    """A feed answered well for the first time on a UTC day."""

    type: ClassVar[str] = "feed-observed"
    version: ClassVar[int] = 1
    feed: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFailed:
    """A feed that had been answering stopped; recorded at the change, not at every poll."""

    type: ClassVar[str] = "feed-failed"
    version: ClassVar[int] = 1
    feed: str
    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRecovered:
    """A feed that had been failing answered again."""

    type: ClassVar[str] = "feed-recovered"
    version: ClassVar[int] = 1
    feed: str
    failures: int  # polls that failed in between


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMoved:
    """A feed's server sent us permanently to another address, on two polls."""

    type: ClassVar[str] = "feed-moved"
    version: ClassVar[int] = 1
    feed: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedGone:
    """A feed's server said that it will not come back (410); it is not polled again."""

    type: ClassVar[str] = "feed-gone"
    version: ClassVar[int] = 1
    feed: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveImported:
    """An archive was read to its end; its days and outlets count as observed only where it declares so."""

    type: ClassVar[str] = "archive-imported"
    version: ClassVar[int] = 1
    archive: str
    digest: str
    articles: int
    rejected: int
    outlets: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodebookAdopted:
    """A codebook came into force; its files are kept so that every past version can be rebuilt."""

    type: ClassVar[str] = "codebook-adopted"
    version: ClassVar[int] = 1
    codebook: str
    recogniser: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPublished:
    """A digest page was published; position, codebook and templates are enough to make it again, byte for byte."""

    type: ClassVar[str] = "digest-published"
    version: ClassVar[int] = 1
    conflict: str
    week: str  # ISO, e.g. "2026-W47"
    at: datetime  # the moment the digest speaks of (end of its week, or of publication in a running week)
    as_of: int  # log position it was made from
    codebook: str
    templates: str  # hash of the templates
    sha256: str  # of the page


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised:
    """A week of one signal stood out by the rule in force, with its inputs and settings."""

    type: ClassVar[str] = "alert-raised"
    version: ClassVar[int] = 1
    alert: Alert
    codebook: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertConfirmed:
    """A person looked at an alert of the kind `first` or `break` before a digest may headline it."""

    type: ClassVar[str] = "alert-confirmed"
    version: ClassVar[int] = 1
    alert: str  # conflict:signal:party:polarity:week:kind
    verdict: Literal["confirmed", "dismissed"]
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsForgotten:
    """Bodies and quotations were removed on request; what remains says that something was removed."""

    type: ClassVar[str] = "words-forgotten"
    version: ClassVar[int] = 1
    articles: tuple[str, ...]
    reason: str
    by: str
    parts: Mapping[str, int] = field(default_factory=dict)  # kind of part -> number removed


Event = (
    ArticleCollected
    | ArticleRevised
    | ArticleCoded
    | SignalReviewed
    | HappeningNoted
    | FeedsAdopted
    | FeedObserved
    | FeedFailed
    | FeedRecovered
    | FeedMoved
    | FeedGone
    | ArchiveImported
    | CodebookAdopted
    | DigestPublished
    | AlertRaised
    | AlertConfirmed
    | WordsForgotten
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event in its place: position in the whole log, stream and version, when it was recorded, its hash."""

    event: Event
    position: int
    stream: str
    version: int
    recorded_at: datetime
    hash: bytes
    forgotten: int = 0  # words of it that were removed since and read as ""


def record_of(article: Article, body: str) -> ArticleRecord:
    """The log's part of an article, `body` being the sha256 under which its text is stored."""
    made: Any = _Record()
    made.id = article.id
    made.url = article.url
    made.title = article.title
    made.feed = article.feed
    made.outlet = article.outlet
    made.owner = article.owner
    made.country = article.country
    made.bloc = article.bloc
    made.language = article.language
    made.published_at = article.published_at
    made.date_source = article.date_source
    made.fingerprint = article.fingerprint
    made.signature = article.signature
    made.words = article.words
    made.body = body
    made.text_source = article.text_source
    made.author = article.author
    made.__class__ = ArticleRecord
    return made  # type: ignore[no-any-return]  # it is one now


_Record = twin(ArticleRecord)
