"""What tests of this project and of others build on: a store in memory, builders, a clock that stands still."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from tracker.database import microseconds
from tracker.eventstore.chain import BEGINNING, EventRow, place
from tracker.eventstore.rows import recorded
from tracker.eventstore.sql import packed
from tracker.eventstore.store import Append, Head
from tracker.model.articles import Article
from tracker.model.events import ArticleCoded, ArticleCollected, Recorded, record_of
from tracker.model.signals import Evidence, Signal

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


def fixed_clock(moment: datetime = NOON) -> "FixedClock":
    """A clock that shows one moment until it is set."""
    return FixedClock(moment)


class FixedClock:
    """A clock that shows one moment until `now` is set."""

    def __init__(self, moment: datetime = NOON) -> None:
        self.now = moment

    def __call__(self) -> datetime:
        return self.now


class MemoryEventStore:
    """The event store without a database; events pass through the codec, so nothing unfit gets by."""

    def __init__(self) -> None:
        self._rows: list[EventRow] = []
        self._words: dict[int, str] = {}
        self._texts: dict[str, str] = {}
        self._versions: dict[str, int] = {}

    def append(
        self, batch: Sequence[Append], *, at: datetime, texts: Mapping[str, str] | None = None
    ) -> Sequence[Recorded]:
        """Record all of the batch, or nothing. Raises StreamConflict as every store does."""
        for name, text in (texts or {}).items():
            packed(name, text, at)
        placed = place(batch, self.head(), self._versions, at, bytes)
        rows = [EventRow(*row) for row in placed.events]
        self._rows += rows
        self._words |= {position: texts for position, texts, _ in placed.words}
        self._versions |= {row.stream: row.version for row in rows}
        self._texts |= texts or {}
        return placed.recorded

    def read(self, *, after: int = 0, until: int | None = None, limit: int | None = None) -> Iterator[Recorded]:
        """Events with `after` < position <= `until`, in order of position."""
        rows = self._rows[max(after, 0) : until]
        return recorded(self._shown(rows if limit is None else rows[:limit]))

    def stream(self, stream: str) -> Sequence[Recorded]:
        """All events of one stream in order of version."""
        return tuple(recorded(self._shown([row for row in self._rows if row.stream == stream])))

    def versions(self, streams: Sequence[str]) -> Mapping[str, int]:
        """Current version of each existing stream among those named."""
        return {stream: self._versions[stream] for stream in streams if stream in self._versions}

    def head(self) -> Head:
        """The last position and its hash."""
        return Head(position=self._rows[-1].position, hash=self._rows[-1].hash) if self._rows else BEGINNING

    def position_at(self, moment: datetime) -> int:
        """The last position recorded at or before a moment."""
        until = microseconds(moment)
        return max((row.position for row in self._rows if row.recorded_at <= until), default=0)

    def texts(self, hashes: Sequence[str]) -> Mapping[str, str]:
        """Bodies that are still there, by sha256."""
        return {name: self._texts[name] for name in hashes if name in self._texts}

    def _shown(self, rows: Sequence[EventRow]) -> list[tuple[Any, ...]]:
        return [(*row[:7], row.hash, self._words.get(row.position)) for row in rows]


def body_hash(text: str) -> str:
    """The name of a body in `texts`."""
    return sha256(text.encode()).hexdigest()


def an_article(**telling: Any) -> Article:
    """An article of the fictional wire; only the telling detail needs saying. `id` follows from `url`."""
    url = telling.get("url", "https://lisse-wire.example/2026/03/talks")
    text = telling.get("text", "Envoys of Varnland and Kestria met in the Sable Republic on Sunday.")
    title = telling.get("title", "Envoys meet in the Sable Republic")
    plain: dict[str, Any] = {
        "id": sha256(url.encode()).hexdigest()[:16],
        "url": url,
        "title": title,
        "text": text,
        "feed": "lisse-wire",
        "outlet": "Lisse Wire",
        "owner": "lisse",
        "country": "INT",
        "bloc": "wires",
        "language": "en",
        "published_at": NOON,
        "date_source": "entry",
        "fingerprint": body_hash(f"{title} {text}"),
        "signature": (),
        "words": len(text.split()),
    }
    return Article(**(plain | telling))


def a_signal(**telling: Any) -> Signal:
    """Talks of Varnland, moving towards them, as the narration says; `quote` and `sentence` go to the evidence."""
    quote = telling.pop("quote", "Envoys of Varnland and Kestria met in the Sable Republic on Sunday.")
    evidence = Evidence(sentence=telling.pop("sentence", 1), quote=quote, before=telling.pop("before", ""))
    plain: dict[str, Any] = {
        "conflict": "varnland-kestria",
        "signal": "talks_activity",
        "mode": "held",
        "polarity": 1,
        "intensity": 2,
        "locus": "VRN",
        "speaker_class": "narration",
        "speaker_side": "media",
        "factuality": "done",
        "rule": "talks-hold",
        "probability": 0.8,
        "evidence": evidence,
    }
    return Signal(**(plain | telling))


def a_coding(article: str | Article, *signals: Signal, **telling: Any) -> ArticleCoded:
    """A reading of an article (or its id) that found these signals."""
    plain: dict[str, Any] = {
        "article": article if isinstance(article, str) else article.id,
        "revision": 0,
        "codebook": "codebook-one",
        "analyser": "test 1",
        "conflicts": ("varnland-kestria",),
        "signals": signals,
        "sentences": 3,
    }
    return ArticleCoded(**(plain | telling))


def collected(article: Article) -> tuple[Append, dict[str, str]]:
    """What the workflow records for a new article, with its body."""
    body = body_hash(article.text)
    event = ArticleCollected(article=record_of(article, body))
    return Append(stream=f"article-{article.id}", events=(event,), expected=0), {body: article.text}


__all__ = [
    "NOON",
    "FixedClock",
    "MemoryEventStore",
    "a_coding",
    "a_signal",
    "an_article",
    "body_hash",
    "collected",
    "fixed_clock",
]
