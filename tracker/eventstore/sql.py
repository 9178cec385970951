"""The log in a database: one serialised writer, positions given under its lock, words and bodies beside it."""

import secrets
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from tracker.database import microseconds, reading, writing
from tracker.errors import EventStoreError, StreamConflict
from tracker.eventstore.chain import BEGINNING, Placed, Salt, place
from tracker.eventstore.rows import COLUMNS, recorded
from tracker.eventstore.store import NEW_STREAM, Append, Head
from tracker.model.events import Recorded

PAGE = 5000  # rows read at a time: each page is a snapshot of its own, so a long replay blocks nobody
NAMES = 500  # names in one IN (…)
LOG_LOCK = 0x7061_726C_6579_106C  # PostgreSQL advisory lock of whoever appends
_FROM = f"SELECT {COLUMNS} FROM events e LEFT JOIN words w ON w.position = e.position"  # noqa: S608 -- constants


class SqlEventStore:
    """The event store on SQLite or PostgreSQL; the engine comes from `database.connect`, already migrated."""

    def __init__(self, engine: Engine, *, salt: Salt = secrets.token_bytes) -> None:
        self.engine = engine
        self._salt = salt
        self._mark = "%s" if engine.dialect.name == "postgresql" else "?"

    def append(
        self, batch: Sequence[Append], *, at: datetime, texts: Mapping[str, str] | None = None
    ) -> Sequence[Recorded]:
        """Record all of the batch in one transaction, or nothing; see `EventStore.append`."""
        bodies = [packed(name, text, at) for name, text in (texts or {}).items()]
        known = _new_streams(batch)
        asked = sorted({append.stream for append in batch} - known)
        try:
            with writing(self.engine) as connection:
                if self._mark == "%s":
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (LOG_LOCK,))
                placed = place(batch, self._head(connection), self._versions(connection, asked), at, self._salt)
                self._insert(connection, placed, bodies)
        except IntegrityError as error:
            versions = self.versions(sorted(known))
            for stream in sorted(versions):
                raise StreamConflict(stream, NEW_STREAM, versions[stream]) from error
            raise
        return placed.recorded

    def read(self, *, after: int = 0, until: int | None = None, limit: int | None = None) -> Iterator[Recorded]:
        """Events with `after` < position <= `until`, in order of position; flat memory, whatever the length."""
        sql = f"{_FROM} WHERE e.position > {self._mark} AND e.position <= {self._mark} ORDER BY e.position LIMIT {self._mark}"
        last = 2**62 if until is None else until
        left = 2**62 if limit is None else limit
        while left > 0 and after < last:
            rows = self._rows(sql, (after, last, min(PAGE, left)))
            yield from recorded(rows)
            if len(rows) < PAGE:
                return
            after, left = rows[-1][0], left - len(rows)

    def stream(self, stream: str) -> Sequence[Recorded]:
        """All events of one stream in order of version; empty when it does not exist."""
        return tuple(recorded(self._rows(f"{_FROM} WHERE e.stream = {self._mark} ORDER BY e.version", (stream,))))

    def versions(self, streams: Sequence[str]) -> Mapping[str, int]:
        """Current version of each existing stream among those named."""
        with reading(self.engine) as connection:
            return self._versions(connection, streams)

    def head(self) -> Head:
        """The last position and its hash."""
        with reading(self.engine) as connection:
            return self._head(connection)

    def position_at(self, moment: datetime) -> int:
        """The last position recorded at or before a moment; 0 when there is none."""
        sql = f"SELECT coalesce(max(position), 0) FROM events WHERE recorded_at <= {self._mark}"  # noqa: S608 -- a mark
        return int(self._rows(sql, (microseconds(moment),))[0][0])

    def texts(self, hashes: Sequence[str]) -> Mapping[str, str]:
        """Bodies that are still there, by sha256; purged ones are absent."""
        found: dict[str, str] = {}
        with reading(self.engine) as connection:
            for names, marks in self._chunks(hashes):
                sql = f"SELECT sha256, body FROM texts WHERE sha256 IN ({marks})"  # noqa: S608 -- marks
                for name, body in connection.exec_driver_sql(sql, names):
                    found[name] = zlib.decompress(body).decode()
        return found

    def _rows(self, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """All rows of a query as the driver gives them: SQLAlchemy's Row costs as much as the query."""
        with reading(self.engine) as connection:
            cursor = connection.exec_driver_sql(sql, parameters).cursor
            return [] if cursor is None else list(cursor.fetchall())

    def _head(self, connection: Connection) -> Head:
        sql = "SELECT position, hash FROM events ORDER BY position DESC LIMIT 1"
        row = connection.exec_driver_sql(sql).first()
        return BEGINNING if row is None else Head(position=row[0], hash=bytes(row[1]))

    def _versions(self, connection: Connection, streams: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for names, marks in self._chunks(streams):
            sql = f"SELECT stream, max(version) FROM events WHERE stream IN ({marks}) GROUP BY stream"  # noqa: S608 -- marks
            found.update(tuple(row) for row in connection.exec_driver_sql(sql, names))
        return found

    def _chunks(self, names: Sequence[str]) -> Iterator[tuple[tuple[str, ...], str]]:
        for start in range(0, len(names), NAMES):
            chunk = tuple(names[start : start + NAMES])
            yield chunk, ", ".join([self._mark] * len(chunk))

    def _insert(self, connection: Connection, placed: Placed, bodies: list[tuple[str, bytes, int]]) -> None:
        for table, rows in (("events", placed.events), ("words", placed.words), ("texts", bodies)):
            if rows:
                marks = ", ".join([self._mark] * len(rows[0]))
                again = " ON CONFLICT DO NOTHING" if table == "texts" else ""
                connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({marks}){again}", [tuple(r) for r in rows])  # noqa: S608 -- names of ours


def _new_streams(batch: Sequence[Append]) -> set[str]:
    """Streams that the batch begins: the unique key says whether they exist, without a question before."""
    first: dict[str, int | None] = {}
    for append in batch:
        first.setdefault(append.stream, append.expected)
    return {stream for stream, expected in first.items() if expected == NEW_STREAM}


def packed(name: str, text: str, at: datetime) -> tuple[str, bytes, int]:
    """A row of `texts`. Raises EventStoreError when `name` is not the sha256 of the text."""
    try:
        words = text.encode()
    except UnicodeEncodeError as error:
        raise EventStoreError(f"the body {name} holds half a character: {error}") from error
    if sha256(words).hexdigest() != name:
        raise EventStoreError(f"the body given as {name} has another hash")
    return name, zlib.compress(words, 6), microseconds(at)
