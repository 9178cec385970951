"""Events of articles → revisions, story members, codings, signals and reviews, each in force from … to a position."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select

from tracker.model.clock import utc_day
from tracker.model.events import (
    ArticleCoded,
    ArticleCollected,
    ArticleRecord,
    ArticleRevised,
    Recorded,
    SignalReviewed,
)
from tracker.projections.founders import Founders
from tracker.projections.quick import add, add_tuples, close
from tracker.projections.rows import ARTICLE_COLUMNS, Membership, article_row, chunks, signal_text
from tracker.projections.schema import OPEN, Tables

HANDLED = (ArticleCollected, ArticleRevised, ArticleCoded, SignalReviewed)


@dataclass(slots=True)
class _Current:
    """What is in force for one article at the point of the log that the batch has reached."""

    revision: int
    position: int
    member: Membership


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
        self.waiting: dict[int, tuple[str, int]] = {}  # position of the revision -> article, revision
        self.read: set[int] = set()  # positions of revisions that wait no longer
        self.founders = Founders(connection, tables)
        self.founded: set[str] = set()  # stories that begin in this run
        self.articles: list[tuple[Any, ...]] = []  # rows, as if none of them ended

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
        articles, codings, reviews = self.t.articles.c, self.t.codings.c, self.t.reviews.c
        for some in chunks(ids):
            query = select(
                articles.article,
                articles.revision,
                articles.from_position,
                articles.story,
                articles.recorded,
                articles.undated,
                articles.joined,
            ).where(articles.article.in_(some), articles.to_position == OPEN)
            for article, revision, position, *member in self.connection.execute(query):
                self.current[article] = _Current(revision, position, Membership(*member))
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
        self.founders.look_up(record for record in fresh if record.id not in self.current)

    # -- one event at a time ---------------------------------------------------------------------------------

    def _collected(self, record: ArticleRecord, recorded: Recorded) -> None:
        if record.id in self.current:
            return
        story = self.founders.story(record)
        joined = 0
        if story is None:
            story = record.id
            self.founded.add(story)
            self.founders.add(record, recorded.position)
        else:
            joined = int(self.founders.outlets[story] != record.outlet)
        day = utc_day(recorded.recorded_at).toordinal()
        member = Membership(story, day, int(record.published_at is None), joined)
        self.current[record.id] = _Current(0, recorded.position, member)
        self.articles.append(article_row(record, 0, recorded.position, member))
        if story not in self.founded:  # what nobody has coded yet says nothing: a coding touches its story
            self.touched.add(story)
        self.waiting[recorded.position] = (record.id, 0)

    def _revised(self, record: ArticleRecord, revision: int, position: int) -> None:
        before = self.current.get(record.id)
        if before is None or revision <= before.revision:
            return
        self._close("articles", before.position, position)
        self._no_longer(before.position)
        self.articles.append(article_row(record, revision, position, before.member))
        before.revision, before.position = revision, position
        self.touched.add(before.member.story)
        self.waiting[position] = (record.id, revision)

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
        self.touched.add(article.member.story)
        if event.codebook == self.codebook and event.revision >= article.revision:
            self._no_longer(article.position)

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
            self.touched.add(self.current[event.article].member.story)

    def _no_longer(self, position: int) -> None:
        """A revision was read, or replaced, and waits no longer."""
        if self.waiting.pop(position, None) is None:
            self.read.add(position)

    def _close(self, table: str, opened: int, position: int) -> None:
        self.closed[table][opened] = position

    # -- at once ---------------------------------------------------------------------------------------------

    def _write(self) -> None:
        ended = self.closed.get("articles", {})
        rows = self.articles
        if ended:
            rows = [(row[0], ended.get(row[0], OPEN), *row[2:]) for row in rows]
        for name, closed in self.closed.items():
            for made in self.made.get(name, ()):
                made["to_position"] = closed.get(made["from_position"], made["to_position"])
            close(self.connection, getattr(self.t, name), closed.items())
        add_tuples(self.connection, self.t.articles, ARTICLE_COLUMNS, rows, len(rows))
        for name, some in self.made.items():
            add(self.connection, getattr(self.t, name), some)
        self.founders.write()
        if self.codebook is not None:
            queue = self.t.queue
            for positions in chunks(self.read):
                here = (queue.c.codebook == self.codebook) & queue.c.position.in_(positions)
                self.connection.execute(delete(queue).where(here))
            waiting = [(self.codebook, position, *which) for position, which in self.waiting.items()]
            add_tuples(self.connection, queue, ("codebook", "position", "article", "revision"), waiting, len(waiting))
