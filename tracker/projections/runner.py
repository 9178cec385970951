"""The log → the tables: catch up batch by batch, or build a fresh set beside the old one and swap.

One checkpoint for all tables, moved in the transaction of the rows by a conditional update: killed at any instant,
or run twice at once, the tables are those of one full rebuild.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from tracker.database import microseconds, reading, writing
from tracker.errors import StoreUnavailable
from tracker.eventstore.store import EventStore
from tracker.model.codebook import Codebook
from tracker.model.events import CodebookAdopted, Recorded, WordsForgotten
from tracker.projections import articles, coverage, notes, queue, schema
from tracker.projections.counts import Codebooks, Days, recount, retell
from tracker.projections.rows import chunks
from tracker.projections.schema import SCHEMA, Pointer, Tables, tables

BATCH = 2000  # events in one transaction while catching up
BULK = 5000  # events in one transaction while building tables that nobody reads yet
BEHIND = 20_000  # so far behind, and by more than is there already, that a fresh build is cheaper
Progress = Callable[[str, int, int | None], None]  # what is done, how many, of how many


def quiet(_what: str, _done: int, _of: int | None) -> None:
    """No progress wanted."""


class _Overtaken(Exception):
    """Words were forgotten, or another process swapped, while tables were being built."""


class Projections:
    """Keeps the tables of one database at the head of its log."""

    def __init__(
        self, engine: Engine, store: EventStore, codebooks: Callable[[str], Codebook], *, batch: int = BATCH
    ) -> None:
        self.engine, self.store, self.batch = engine, store, batch
        self._codebooks, self._known = codebooks, dict[str, Codebook]()

    def codebook(self, version: str) -> Codebook:
        """A codebook by its version, remembered: versions are hashes and never change."""
        if version not in self._known:
            self._known[version] = self._codebooks(version)
        return self._known[version]

    def position(self) -> int:
        """The last position the tables hold; 0 before the first catch-up and when they have to be rebuilt."""
        found = self._pointer()
        return found.position if found is not None and found.schema == SCHEMA else 0

    def catch_up(self, progress: Progress | None = None, *, recorded: Sequence[Recorded] = ()) -> int:
        """Apply what the log holds beyond the checkpoint; returns the position reached.

        `recorded`: what the caller just appended, in order, so that it need not be read back.

        Tables of another release, or very far behind, are built anew instead; so are they after words were forgotten,
        because titles take part in deciding which articles tell one story.
        """
        tell = progress or quiet
        while True:
            at = self._pointer()
            if at is None:
                with writing(self.engine) as connection:
                    schema.exclusive(connection)
                    if schema.pointer(connection) is None:
                        schema.point(connection, schema.create(connection), 0, 0, instead_of=None)
                continue
            head = self.store.head().position
            if at.schema != SCHEMA or head - at.position > max(BEHIND, 2 * at.position):
                return self.rebuild(progress)
            at_hand = at.position + 1 - recorded[0].position if recorded else -1
            if 0 <= at_hand < len(recorded):
                events = list(recorded[at_hand : at_hand + self.batch])
            else:
                events = list(self.store.read(after=at.position, limit=self.batch))
            if not events:
                return at.position
            if any(isinstance(r.event, WordsForgotten) for r in events):
                return self.rebuild(progress)
            with writing(self.engine) as connection:
                if not schema.advance(connection, at, events[-1].position, microseconds(events[-1].recorded_at)):
                    continue  # another projector was first: read on from where it is
                apply(connection, tables(at.generation), events, self.codebook)
            tell("project", events[-1].position, max(head, events[-1].position))

    def rebuild(self, progress: Progress | None = None) -> int:
        """Build every table again from the first event, beside those that are read, and swap them in at once.

        Returns the position reached. Killed, it leaves the old tables in force; the next rebuild clears up.
        """
        tell = progress or quiet
        while True:
            before = self._pointer()
            with writing(self.engine) as connection:
                generation = schema.create(connection)
            try:
                position = self._build(before, generation, tell)
            except StoreUnavailable:
                now = self._pointer()
                if now is None or now.generation < generation:
                    raise
                return self.catch_up(progress)  # another process built newer tables and cleared ours away
            except _Overtaken:
                now = self._pointer()
                if now is not None and (before is None or now.generation != before.generation):
                    return self.catch_up(progress)  # another process swapped first: its tables are as good
                continue
            self._clear_up(below=generation)
            return position

    # -- building --------------------------------------------------------------------------------------------

    def _build(self, before: Pointer | None, generation: int, tell: Progress) -> int:
        """Fill the tables of a new generation and make it the one to read; returns its position."""
        t, started = tables(generation), self.store.head().position
        position = moment = 0
        for events in chunks(self.store.read(until=started), BULK):
            with writing(self.engine) as connection:
                replay(connection, t, events)
            position, moment = events[-1].position, microseconds(events[-1].recorded_at)
            tell("replay", position, started)
        self._retell(t, tell)
        self._recount(t, tell)
        while True:
            while events := list(self.store.read(after=position, limit=self.batch)):  # recorded meanwhile
                if any(isinstance(r.event, WordsForgotten) for r in events):
                    raise _Overtaken
                with writing(self.engine) as connection:
                    apply(connection, t, events, self.codebook)
                position, moment = events[-1].position, microseconds(events[-1].recorded_at)
            with writing(self.engine) as connection:
                if schema.point(connection, generation, position, moment, instead_of=before):
                    return position
            now = self._pointer()
            if now is None or before is None or now.generation != before.generation:
                raise _Overtaken

    def _retell(self, t: Tables, tell: Progress) -> None:
        """Story rows of all stories that are about something, a page of ids at a time."""
        c, last, done = t.articles.c, "", 0
        page = select(c.story).distinct().join(t.links, t.links.c.article == c.article).order_by(c.story).limit(BULK)
        while True:
            with writing(self.engine) as connection:
                some = list(connection.execute(page.where(c.story > last)).scalars())
                if not some:
                    return
                retell(connection, t, some, self.codebook, fresh=True)
            last, done = some[-1], done + len(some)
            tell("stories", done, None)

    def _recount(self, t: Tables, tell: Progress) -> None:
        """Daily rows of all days that have a story."""
        c = t.conflict_stories.c
        with reading(self.engine) as connection:
            days = [tuple(r) for r in connection.execute(select(c.codebook, c.conflict, c.day).distinct())]
        done = 0
        for some in chunks(sorted(days), 30):
            touched: Days = {}
            for codebook, conflict, number in some:
                touched.setdefault((codebook, conflict), set()).add(number)
            with writing(self.engine) as connection:
                recount(connection, t, touched, self.codebook)
            done += len(some)
            tell("days", done, len(days))

    def _clear_up(self, *, below: int) -> None:
        """Remove older generations, table by table so that nobody waits long; what resists stays for the next time."""
        with suppress(DBAPIError, StoreUnavailable):
            with reading(self.engine) as connection:
                left = schema.leftovers(connection, below=below)
            for generation, names in left.items():
                for name in names:
                    with writing(self.engine) as connection:
                        schema.drop(connection, name)
                with writing(self.engine) as connection:
                    schema.forget(connection, generation)

    def _pointer(self) -> Pointer | None:
        with reading(self.engine) as connection:
            return schema.pointer(connection)


def apply(connection: Connection, t: Tables, events: Sequence[Recorded], codebooks: Codebooks) -> None:
    """Bring tables that are at the position before the first event to the last event's."""
    touched = replay(connection, t, events)
    recount(connection, t, retell(connection, t, touched, codebooks), codebooks)


def replay(connection: Connection, t: Tables, events: Sequence[Recorded]) -> set[str]:
    """Write what the events say, without what follows from it; returns the stories they touch."""
    touched: set[str] = set()
    run: list[Recorded] = []

    def flush() -> None:
        if run:
            batch = articles.Batch(connection, t, queue.codebook_in_force(connection, t))
            touched.update(batch.apply(run))
            run.clear()

    for recorded in events:
        event = recorded.event
        if isinstance(event, articles.HANDLED):
            run.append(recorded)
        elif isinstance(event, coverage.HANDLED):
            coverage.apply(connection, t, recorded)
        elif isinstance(event, notes.HANDLED):
            if isinstance(event, CodebookAdopted):
                flush()
                queue.refill_queue(connection, t, event.codebook)
            notes.apply(connection, t, recorded)
    flush()
    return touched
