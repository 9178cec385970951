"""The tables of the log as declared, equal to the migrated ones by test, and the quickest way into them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, SQLModel

from tracker.eventstore.chain import EventRow, WordsRow

LONG = BigInteger().with_variant(Integer(), "sqlite")  # a STRICT table knows INTEGER alone
COPY_FROM = 50  # rows from which PostgreSQL's COPY is quicker than executemany
NAMES = 500  # names in one IN (…)
BODIES = 200  # bodies read at a time
_STRICT = {"sqlite_strict": True}
COLUMNS = {
    "events": EventRow._fields,
    "words": WordsRow._fields,
    "texts": ("sha256", "body", "stored_at"),
}


class EventTable(SQLModel, table=True):
    """One fact; never changed, never deleted."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("stream", "version", name="events_stream_version"),
        Index("events_recorded_at", "recorded_at"),
        _STRICT,
    )
    position: int = Field(primary_key=True, sa_type=LONG, sa_column_kwargs={"autoincrement": False})
    stream: str = Field(sa_type=Text)
    version: int = Field(sa_type=LONG)
    type: str = Field(sa_type=Text)
    schema_version: int = Field(sa_type=Integer)
    payload: str = Field(sa_type=Text)  # canonical JSON, hashed as it stands: JSONB would reorder it
    recorded_at: int = Field(sa_type=LONG)  # microseconds since 1970
    words: bytes | None = Field(default=None, sa_type=LargeBinary)  # root over the words, None without any
    hash: bytes = Field(sa_type=LargeBinary)


class WordsTable(SQLModel, table=True):
    """The words of an event that may be forgotten."""

    __tablename__ = "words"
    __table_args__ = (_STRICT,)
    position: int = Field(primary_key=True, sa_type=LONG, sa_column_kwargs={"autoincrement": False})
    texts: str = Field(sa_type=Text)  # JSON list; null once forgotten
    seals: bytes = Field(sa_type=LargeBinary)  # 32 bytes a part: its salt, or its leaf once forgotten


class TextTable(SQLModel, table=True):
    """A body, compressed; purged after its time."""

    __tablename__ = "texts"
    __table_args__ = (_STRICT,)
    sha256: str = Field(primary_key=True, sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)  # zlib over UTF-8
    stored_at: int = Field(sa_type=LONG)


class CheckpointTable(SQLModel, table=True):
    """How far a projection has come."""

    __tablename__ = "checkpoints"
    __table_args__ = (_STRICT,)
    name: str = Field(primary_key=True, sa_type=Text)
    version: str = Field(sa_type=Text)
    position: int = Field(sa_type=LONG)
    updated_at: int = Field(sa_type=LONG)


def insert(connection: Connection, table: str, rows: Sequence[tuple[Any, ...]], *, ignore: bool = False) -> None:
    """Write rows in the order of COLUMNS; `ignore` leaves those be that are there already."""
    if not rows:
        return
    columns = ", ".join(COLUMNS[table])
    postgres = connection.dialect.name == "postgresql"
    if postgres and len(rows) >= COPY_FROM and not ignore:
        copy_in(connection, f"COPY {table} ({columns}) FROM STDIN", rows)
        return
    marks = ", ".join(["%s" if postgres else "?"] * len(rows[0]))
    again = " ON CONFLICT DO NOTHING" if ignore else ""
    sql = f"INSERT INTO {table} ({columns}) VALUES ({marks}){again}"  # noqa: S608 -- names and marks of ours
    connection.exec_driver_sql(sql, list(rows))


def copy_in(connection: Connection, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """PostgreSQL's COPY; a taken key is raised as SQLAlchemy would."""
    driver: Any = connection.connection.driver_connection
    library: Any = connection.dialect.dbapi
    try:
        with driver.cursor() as cursor, cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)
    except library.IntegrityError as error:
        raise IntegrityError(sql, None, error) from error


def chunks(connection: Connection, names: Sequence[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Names a few hundred at a time, with the marks for an IN (…)."""
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    for start in range(0, len(names), NAMES):
        chunk = tuple(names[start : start + NAMES])
        yield chunk, ", ".join([mark] * len(chunk))


def bodies(connection: Connection) -> Iterator[tuple[str, bytes, int]]:
    """All rows of `texts` in order of name, a page at a time: flat memory, no cursor left open."""
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    sql = f"SELECT sha256, body, stored_at FROM texts WHERE sha256 > {mark} ORDER BY sha256 LIMIT {BODIES}"  # noqa: S608 -- a mark
    after = ""
    while page := connection.exec_driver_sql(sql, (after,)).all():
        for name, body, stored_at in page:
            yield name, bytes(body), stored_at
        after = page[-1][0]
