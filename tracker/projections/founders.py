"""The founders that a run of new articles may join: looked up once in the tables, kept up to date within the run.

Bounded twice, because a template that fifty feeds fill in would make everything a candidate for everything: a key
holds so many founders and no more, and of an article's candidates those are compared that share most keys with it.
Both follow the order of the log, so that it does not matter how it is cut into batches.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from tracker.model import sketch
from tracker.model.events import ArticleRecord
from tracker.projections.quick import add_tuples, founders_at, founders_by_key
from tracker.projections.rows import signature_of, to_us
from tracker.projections.schema import Tables
from tracker.projections.stories import Founder, buckets, story_of

CROWD = 16  # founders under one key; a key that more would have says nothing about the later ones
COMPARED = 32  # candidates of one article that are compared with it


class Founders:
    """What a run needs to know of stories that exist, and the stories it founds."""

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self.connection, self.t = connection, tables
        self.known: dict[int, Founder] = {}  # position -> founder
        self.outlets: dict[str, str] = {}  # of founders, by story
        self.under: dict[int, tuple[int, ...]] = {}  # key in its bucket -> positions, in order
        self.keys: dict[str, tuple[int, ...]] = {}  # of new, dated articles
        self.filed: list[tuple[int, int]] = []

    def look_up(self, fresh: Iterable[ArticleRecord]) -> None:
        """Learn of all founders that share a key with a new article in one of the buckets within its reach."""
        wanted: set[int] = set()
        for record in fresh:
            published = to_us(record.published_at)
            if published is not None:
                self.keys[record.id] = keys = sketch.bands(record.signature)
                for start in buckets(published):
                    wanted.update([start | key for key in keys])
        positions: set[int] = set()
        for key, position in founders_by_key(self.connection, self.t.bands, wanted):
            self.under[key] = (*self.under.get(key, ()), position)
            positions.add(position)
        for position, story, outlet, title, signature, moment in founders_at(
            self.connection, self.t.articles, positions
        ):
            self.outlets[story] = outlet
            self.known[position] = Founder(
                story=story, title=title, signature=signature_of(signature), published=moment
            )

    def story(self, record: ArticleRecord) -> str | None:
        """The story that an article joins; None when it founds its own."""
        published = to_us(record.published_at)
        if published is None:
            return None
        shared: dict[int, int] = {}
        under, keys = self.under, self.keys[record.id]
        for start in buckets(published):
            for key in keys:
                for position in under.get(start | key, ()):
                    shared[position] = shared.get(position, 0) + 1
        if not shared:
            return None
        best = sorted(shared, key=lambda position: (-shared[position], position))[:COMPARED]
        return story_of(record.title, record.signature, published, [self.known[position] for position in best])

    def add(self, record: ArticleRecord, position: int) -> None:
        """An article founds a story; undated ones are never found again."""
        published = to_us(record.published_at)
        if published is None:
            return
        self.known[position] = Founder(
            story=record.id,
            title=record.title,
            signature=record.signature,
            published=published,
        )
        self.outlets[record.id] = record.outlet
        start, under, alone = buckets(published)[0], self.under, (position,)
        for key in self.keys[record.id]:
            here = under.get(start | key, ())
            if len(here) < CROWD:
                under[start | key] = (*here, position) if here else alone
                self.filed.append((start | key, position))

    def write(self) -> None:
        """File the founders of the run."""
        add_tuples(self.connection, self.t.bands, ("key", "founder"), sorted(self.filed))
