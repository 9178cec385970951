"""The founders that a run of new articles may join: looked up once in the tables, kept up to date within the run.

Bounded twice, because a template that fifty feeds fill in would make everything a candidate for everything: a key
holds so many founders and no more, and of an article's candidates those are compared that share most keys with it.
Both follow the order of the log, so that it does not matter how it is cut into batches.
"""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Connection

from tracker.model import sketch
from tracker.model.events import ArticleRecord
from tracker.projections.quick import add_tuples, founders_at, founders_by_key
from tracker.projections.rows import signature_of, to_us
from tracker.projections.schema import Tables
from tracker.projections.stories import Founder, buckets, story_of

CROWD = 16  # founders under one key; a key that more would have says nothing about the later ones
POSITION_BITS = 40
_POSITION = (1 << POSITION_BITS) - 1
COMPARED = 32  # candidates of one article that are compared with it


class Founders:
    """What a run needs to know of stories that exist, and the stories it founds."""

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self.connection, self.t = connection, tables
        self.known: dict[int, Founder] = {}  # position -> founder
        self.outlets: dict[str, str] = {}  # of founders, by story
        self.under: dict[int, tuple[int, ...]] = {}  # key in its bucket -> positions, in order
        self.own: dict[str, list[int]] = {}  # of new, dated articles: their keys in their bucket …
        self.beside: dict[str, list[int]] = {}  # … and in the other that their window reaches into
        self.filed: list[int] = []  # key in its bucket and position in one number: tens of thousands, and no tuples

    def look_up(self, fresh: Iterable[ArticleRecord]) -> None:
        """Learn of all founders that share a key with a new article in one of the buckets within its reach."""
        wanted: set[int] = set()
        for record in fresh:
            published = to_us(record.published_at)
            if published is not None and record.id not in self.own:  # of two events on one article the first counts
                keys = sketch.bands(record.signature)
                own, beside = buckets(published)
                self.own[record.id] = here = [own | key for key in keys]
                self.beside[record.id] = there = [beside | key for key in keys]
                wanted.update(here)
                wanted.update(there)
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
        under = self.under
        found = [key for keys in (self.own[record.id], self.beside[record.id]) for key in keys if key in under]
        if not found:
            return None
        shared = Counter(position for key in found for position in under[key])
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
        under, alone = self.under, (position,)
        for key in self.own[record.id]:
            here = under.get(key, ())
            if len(here) < CROWD:
                under[key] = (*here, position) if here else alone
                self.filed.append(key << POSITION_BITS | position)

    def write(self) -> None:
        """File the founders of the run."""
        self.filed.sort()  # in the order of the table, so that each of its pages is touched once
        pairs = ((packed >> POSITION_BITS, packed & _POSITION) for packed in self.filed)
        add_tuples(self.connection, self.t.bands, ("key", "founder"), pairs, len(self.filed))
