"""The log in a database: one serialised writer, positions given under its lock, words and bodies beside it."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from tracker.database import microseconds, reading, writing
from tracker.errors import EventStoreError, StreamConflict
from tracker.eventstore.chain import BEGINNING, Salt, fresh, place, refuse_odd_names
from tracker.eventstore.rows import COLUMNS, recorded
from tracker.eventstore.store import NEW_STREAM, Append, Head
from tracker.eventstore.tables import chunks, insert
from tracker.model.events import Recorded

PAGE = 5000  # events read at a time: each page is a snapshot of its own, so a long replay blocks nobody
SUMMARY = 1024  # bytes of a body so short that looking for repetitions in it saves a tenth and takes thrice the time
LOG_LOCK = 0x7061_726C_6579_106C  # PostgreSQL advisory lock of whoever appends
_FROM = f"SELECT {COLUMNS} FROM events e LEFT JOIN words w ON w.position = e.position"  # noqa: S608 -- constants


class SqlEventStore:
    """The event store on SQLite or PostgreSQL; the engine comes from `database.connect`, already migrated."""

    def __init__(self, engine: Engine, *, salt: Salt = fresh) -> None:
        self.engine = engine
        self._salt = salt
        self._mark = "%s" if engine.dialect.name == "postgresql" else "?"

    def append(
        self, batch: Sequence[Append], *, at: datetime, texts: Mapping[str, str] | None = None
    ) -> Sequence[Recorded]:
        """Record all of the batch in one transaction, or nothing; see `EventStore.append`.

        `at` is recorded as given, also when the clock stepped back: positions say the order, not moments.
        """
        bodies = [packed(name, text, at) for name, text in (texts or {}).items()]
        try:
            with writing(self.engine) as connection:
                lock(connection)
                return append(connection, batch, at=at, bodies=bodies, salt=self._salt)
        except IntegrityError as error:
            taken = self.versions(sorted(_new_streams(batch)))
            for stream in sorted(taken):
                raise StreamConflict(stream, NEW_STREAM, taken[stream]) from error
            raise EventStoreError(
                f"the log refused the events: {error.orig}", remedy="run `tracker verify`; only the program may append"
            ) from error

    def read(self, *, after: int = 0, until: int | None = None, limit: int | None = None) -> Iterator[Recorded]:
        """Events with `after` < position <= `until`, in order of position; flat memory, whatever the length."""
        sql = f"{_FROM} WHERE e.position > {self._mark} AND e.position <= {self._mark} ORDER BY e.position"
        last = 2**62 if until is None else until
        if limit is not None:
            last = min(last, after + limit)  # positions have no holes
        while after < last:
            page, item = min(after + PAGE, last), None
            with reading(self.engine) as connection:
                for item in recorded(_cursor(connection, sql, (after, page))):
                    yield item
            if item is None or item.position < page:
                return
            after = page

    def stream(self, stream: str) -> Sequence[Recorded]:
        """All events of one stream in order of version; empty when it does not exist."""
        sql = f"{_FROM} WHERE e.stream = {self._mark} ORDER BY e.version"
        with reading(self.engine) as connection:
            return tuple(recorded(_cursor(connection, sql, (stream,))))

    def versions(self, streams: Sequence[str]) -> Mapping[str, int]:
        """Current version of each existing stream among those named."""
        with reading(self.engine) as connection:
            return _versions(connection, streams)

    def head(self) -> Head:
        """The last position and its hash."""
        with reading(self.engine) as connection:
            return head(connection)

    def position_at(self, moment: datetime) -> int:
        """The last position recorded at or before a moment; 0 when there is none.

        Where the clock once stepped back, everything up to that position belongs to the answer.
        """
        sql = f"SELECT coalesce(max(position), 0) FROM events WHERE recorded_at <= {self._mark}"  # noqa: S608 -- a mark
        with reading(self.engine) as connection:
            return int(connection.exec_driver_sql(sql, (microseconds(moment),)).scalar_one())

    def texts(self, hashes: Sequence[str]) -> Mapping[str, str]:
        """Bodies that are still there, by sha256; purged ones are absent."""
        found: dict[str, str] = {}
        with reading(self.engine) as connection:
            for names, marks in chunks(connection, hashes):
                sql = f"SELECT sha256, body FROM texts WHERE sha256 IN ({marks})"  # noqa: S608 -- marks
                for name, body in connection.exec_driver_sql(sql, names):
                    found[name] = unpacked(name, body)
        return found


def lock(connection: Connection) -> None:
    """Become the only writer of the log until the transaction ends; on SQLite BEGIN IMMEDIATE did so already."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (LOG_LOCK,))


def append(
    connection: Connection,
    batch: Sequence[Append],
    *,
    at: datetime,
    bodies: Sequence[tuple[str, bytes, int]] = (),
    salt: Salt = fresh,
) -> Sequence[Recorded]:
    """Append inside a transaction that holds the lock. Raises StreamConflict, or IntegrityError for a taken stream."""
    refuse_odd_names(batch)
    asked = sorted({one.stream for one in batch} - _new_streams(batch))
    placed = place(batch, head(connection), _versions(connection, asked), at, salt)
    insert(connection, "events", placed.events)
    insert(connection, "words", placed.words)
    insert(connection, "texts", bodies, ignore=True)
    return placed.recorded


def head(connection: Connection) -> Head:
    """The last position and its hash, inside a transaction."""
    row = connection.exec_driver_sql("SELECT position, hash FROM events ORDER BY position DESC LIMIT 1").first()
    return BEGINNING if row is None else Head(position=row[0], hash=bytes(row[1]))


def packed(name: str, text: str, at: datetime) -> tuple[str, bytes, int]:
    """A row of `texts`. Raises EventStoreError when `name` is not the sha256 of the text."""
    try:
        words = text.encode()
    except UnicodeEncodeError as error:
        raise EventStoreError(f"the body {name} holds half a character: {error}") from error
    if sha256(words).hexdigest() != name:
        raise EventStoreError(f"the body given as {name} has another hash")
    if len(words) > SUMMARY:
        return name, zlib.compress(words, 6), microseconds(at)
    squeeze = zlib.compressobj(6, zlib.DEFLATED, 10, 4, zlib.Z_HUFFMAN_ONLY)
    return name, squeeze.compress(words) + squeeze.flush(), microseconds(at)


def unpacked(name: str, body: bytes) -> str:
    """The text of a row of `texts`. Raises EventStoreError when it is damaged."""
    try:
        return zlib.decompress(body).decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise EventStoreError(
            f"the body {name} is damaged: {error}", remedy="restore a backup, or purge it with `tracker purge`"
        ) from error


def _cursor(connection: Connection, sql: str, parameters: tuple[Any, ...]) -> Any:
    """Rows as the driver gives them: SQLAlchemy's own cost as much as the query."""
    return connection.exec_driver_sql(sql, parameters).cursor or ()


def _versions(connection: Connection, streams: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for names, marks in chunks(connection, streams):
        sql = f"SELECT stream, max(version) FROM events WHERE stream IN ({marks}) GROUP BY stream"  # noqa: S608 -- marks
        found.update((stream, version) for stream, version in connection.exec_driver_sql(sql, names))
    return found


def _new_streams(batch: Sequence[Append]) -> set[str]:
    """Streams that the batch begins: the unique key says whether they exist, without a question before."""
    first: dict[str, int | None] = {}
    for one in batch:
        first.setdefault(one.stream, one.expected)
    return {stream for stream, expected in first.items() if expected == NEW_STREAM}
