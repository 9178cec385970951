"""Events of articles → revisions, story members, codings, signals and reviews, each in force from … to a position."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, delete, select

from tracker.model import sketch
from tracker.model.clock import utc_day
from tracker.model.events import (
    ArticleCoded,
    ArticleCollected,
    ArticleRecord,
    ArticleRevised,
    Recorded,
    SignalReviewed,
)
from tracker.projections.quick import add, add_tuples, close, founders_by_key
from tracker.projections.rows import article_row, chunks, signal_text, signature_of, to_us
from tracker.projections.schema import OPEN, Tables
from tracker.projections.stories import Founder, bucket, story_of

HANDLED = (ArticleCollected, ArticleRevised, ArticleCoded, SignalReviewed)


@dataclass(slots=True)
class _Current:
    """What is in force for one article at the point of the log that the batch has reached."""

    revision: int
    position: int
    story: str


class Batch:
    """Rows made by a run of article events in log order, written at once.

    Lookups are done once for the run; within it, rows already made are seen, so that it does not matter how the log
    is cut into batches.
    """

    def __init__(self, connection: Connection, tables: Tables, codebook: str | None) -> None:
        self.connection, self.t, self.codebook = connection, tables, codebook
        self.touched: set[str] = set()
        self.made: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.closed: dict[str, dict[int, int]] = defaultdict(dict)  # table -> from_position -> to_position
        self.current: dict[str, _Current] = {}
        self.codings: dict[tuple[str, str], tuple[int, int]] = {}  # article, codebook -> revision, position
        self.reviews: dict[tuple[str, str], int] = {}
        self.waiting: dict[str, dict[str, Any] | None] = {}  # article -> row of the queue, or none any more
        self.founders: dict[int, dict[int, tuple[Founder, ...]]] = defaultdict(dict)  # bucket, key
        self.founded: set[str] = set()  # stories that begin in this run
        self.keys: dict[str, tuple[int, ...]] = {}  # of new, dated articles
        self.bands: list[tuple[int, int, int]] = []
        self.outlets: dict[str, str] = {}  # of founders

    def apply(self, events: Sequence[Recorded]) -> set[str]:
        """Write the rows of the events; returns the stories they touched."""
        self._look_up(events)
        for recorded in events:
            match recorded.event:
                case ArticleCollected(article=record):
                    self._collected(record, recorded)
                case ArticleRevised(article=record, revision=revision):
                    self._revised(record, revision, recorded.position)
                case ArticleCoded():
                    self._coded(recorded.event, recorded.position)
                case SignalReviewed():
                    self._reviewed(recorded.event, recorded.position)
                case _:
                    pass
        self._write()
        return self.touched

    # -- what is there already -------------------------------------------------------------------------------

    def _look_up(self, events: Sequence[Recorded]) -> None:
        ids: set[str] = set()
        coded: set[str] = set()
        reviewed: set[str] = set()
        fresh: list[ArticleRecord] = []
        for recorded in events:
            match recorded.event:
                case ArticleCollected(article=record):
                    ids.add(record.id)
                    fresh.append(record)
                case ArticleRevised(article=record):
                    ids.add(record.id)
                case ArticleCoded(article=article):
                    ids.add(article)
                    coded.add(article)
                case SignalReviewed(article=article):
                    ids.add(article)
                    reviewed.add(article)
                case _:
                    pass
        articles, members, codings, reviews = self.t.articles.c, self.t.members.c, self.t.codings.c, self.t.reviews.c
        for some in chunks(ids):
            query = (
                select(articles.article, articles.revision, articles.from_position, members.story)
                .join(self.t.members, members.article == articles.article)
                .where(articles.article.in_(some), articles.to_position == OPEN)
            )
            for row in self.connection.execute(query):
                self.current[row.article] = _Current(row.revision, row.from_position, row.story)
        for some in chunks(coded & self.current.keys()):
            open_codings = select(codings.article, codings.codebook, codings.revision, codings.from_position).where(
                codings.article.in_(some), codings.to_position == OPEN
            )
            for coding in self.connection.execute(open_codings):
                self.codings[coding.article, coding.codebook] = (coding.revision, coding.from_position)
        for some in chunks(reviewed):
            open_reviews = select(reviews.article, reviews.signal_key, reviews.from_position).where(
                reviews.article.in_(some), reviews.to_position == OPEN
            )
            for review in self.connection.execute(open_reviews):
                self.reviews[review.article, review.signal_key] = review.from_position
        self._look_up_founders([r for r in fresh if r.id not in self.current and r.published_at is not None])

    def _look_up_founders(self, fresh: Iterable[ArticleRecord]) -> None:
        """Founders that share a key with a new article and lie in its 72-hour bucket or one beside it."""
        wanted: dict[int, set[int]] = defaultdict(set)
        for record in fresh:
            published = to_us(record.published_at)
            if published is not None:
                self.keys[record.id] = sketch.bands(record.signature)
                wanted[bucket(published)].update(self.keys[record.id])
        neighbours: dict[int, set[int]] = defaultdict(set)
        for place, keys in wanted.items():
            for beside in (place - 1, place, place + 1):
                neighbours[beside] |= keys
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for place, keys in neighbours.items():
            for key, position in founders_by_key(self.connection, self.t.bands, place, keys):
                found[position].append((place, key))
        articles = self.t.articles.c
        for some in chunks(found):
            query = select(
                articles.from_position,
                articles.article,
                articles.title,
                articles.signature,
                articles.published,
                articles.outlet,
            ).where(articles.from_position.in_(some))
            for row in self.connection.execute(query):
                self.outlets[row.article] = row.outlet
                founder = Founder(
                    story=row.article,
                    title=row.title,
                    signature=signature_of(row.signature),
                    published=row.published,
                )
                for place, key in found[row.from_position]:
                    self._file(place, (key,), founder)

    # -- one event at a time ---------------------------------------------------------------------------------

    def _collected(self, record: ArticleRecord, recorded: Recorded) -> None:
        if record.id in self.current:
            return
        published = to_us(record.published_at)
        keys = self.keys.get(record.id, ())
        story = self._story(record, published, keys)
        joined = 0
        if story is None:
            story = record.id
            self._founds(record, published, keys, recorded.position)
        else:
            joined = int(self.outlets[story] != record.outlet)
        self.made["articles"].append(article_row(record, 0, recorded.position, OPEN))
        self.made["members"].append(
            {
                "article": record.id,
                "position": recorded.position,
                "story": story,
                "feed": record.feed,
                "outlet": record.outlet,
                "owner": record.owner,
                "bloc": record.bloc,
                "recorded": utc_day(recorded.recorded_at).toordinal(),
                "undated": int(published is None),
                "joined": joined,
            }
        )
        self.current[record.id] = _Current(0, recorded.position, story)
        if story not in self.founded:  # what nobody has coded yet says nothing: a coding touches its story
            self.touched.add(story)
        self._wait(record.id, 0, recorded.position)

    def _story(self, record: ArticleRecord, published: int | None, keys: Iterable[int]) -> str | None:
        if published is None:
            return None
        place = bucket(published)
        candidates = {
            founder.story: founder
            for beside in (place - 1, place, place + 1)
            if beside in self.founders
            for key in self.founders[beside].keys() & keys
            for founder in self.founders[beside][key]
        }
        return story_of(record.title, record.signature, published, candidates.values())

    def _founds(self, record: ArticleRecord, published: int | None, keys: Iterable[int], position: int) -> None:
        self.founded.add(record.id)
        if published is None:
            return
        founder = Founder(story=record.id, title=record.title, signature=record.signature, published=published)
        place = bucket(published)
        self.outlets[record.id] = record.outlet
        self._file(place, keys, founder)
        self.bands += zip(repeat(place), keys, repeat(position), strict=False)

    def _file(self, place: int, keys: Iterable[int], founder: Founder) -> None:
        """Founders are found again by any of their keys; most keys have one founder, so nearly all share a tuple."""
        here, alone = self.founders[place], (founder,)
        for key in keys:
            others = here.setdefault(key, alone)
            if others is not alone:
                here[key] = (*others, founder)

    def _revised(self, record: ArticleRecord, revision: int, position: int) -> None:
        before = self.current.get(record.id)
        if before is None or revision <= before.revision:
            return
        self._close("articles", before.position, position)
        self.made["articles"].append(article_row(record, revision, position, OPEN))
        before.revision, before.position = revision, position
        self.touched.add(before.story)
        self._wait(record.id, revision, position)

    def _coded(self, event: ArticleCoded, position: int) -> None:
        article = self.current.get(event.article)
        key = (event.article, event.codebook)
        before = self.codings.get(key)
        if article is None or (before is not None and event.revision < before[0]):
            return
        if before is not None:
            for table in ("codings", "links", "signals"):
                self._close(table, before[1], position)
        self.codings[key] = (event.revision, position)
        common = {
            "from_position": position,
            "to_position": OPEN,
            "article": event.article,
            "codebook": event.codebook,
        }
        self.made["codings"].append(
            common
            | {
                "revision": event.revision,
                "analyser": event.analyser,
                "sentences": event.sentences,
                "skipped": event.skipped,
            }
        )
        for conflict in {*event.conflicts, *(s.conflict for s in event.signals)}:
            self.made["links"].append(common | {"conflict": conflict})
        for place, signal in enumerate(event.signals):
            self.made["signals"].append(
                common
                | {
                    "place": place,
                    "revision": event.revision,
                    "conflict": signal.conflict,
                    "signal": signal.signal,
                    "locus": signal.locus,
                    "signal_key": signal.key,
                    "data": signal_text(signal),
                }
            )
        self.touched.add(article.story)
        if event.codebook == self.codebook and event.revision >= article.revision:
            self.waiting[event.article] = None

    def _reviewed(self, event: SignalReviewed, position: int) -> None:
        key = (event.article, event.signal_key)
        if key in self.reviews:
            self._close("reviews", self.reviews[key], position)
        self.reviews[key] = position
        self.made["reviews"].append(
            {
                "from_position": position,
                "to_position": OPEN,
                "article": event.article,
                "signal_key": event.signal_key,
                "verdict": event.verdict,
                "reason": event.reason,
                "by": event.by,
            }
        )
        if event.article in self.current:
            self.touched.add(self.current[event.article].story)

    def _wait(self, article: str, revision: int, position: int) -> None:
        if self.codebook is not None:
            self.waiting[article] = {
                "codebook": self.codebook,
                "article": article,
                "revision": revision,
                "position": position,
            }

    def _close(self, table: str, opened: int, position: int) -> None:
        self.closed[table][opened] = position

    # -- at once ---------------------------------------------------------------------------------------------

    def _write(self) -> None:
        for name, closed in self.closed.items():
            for row in self.made.get(name, ()):
                row["to_position"] = closed.get(row["from_position"], row["to_position"])
            close(self.connection, getattr(self.t, name), closed.items())
        for name, rows in self.made.items():
            add(self.connection, getattr(self.t, name), rows)
        add_tuples(self.connection, self.t.bands, ("bucket", "band", "founder"), self.bands)
        if self.waiting:
            queue = self.t.queue
            for some in chunks(self.waiting):
                self.connection.execute(delete(queue).where(queue.c.article.in_(some)))
            add(self.connection, queue, [row for row in self.waiting.values() if row is not None])
