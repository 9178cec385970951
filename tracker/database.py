"""URL → engine: connections, transactions and migrations of SQLite and PostgreSQL, and the one type for moments."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Connection, Engine, Integer, create_engine, event, inspect, text
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.types import TypeDecorator

from tracker.errors import SettingsError, StoreTooNew, StoreUnavailable

SCHEMA = "0001"  # revision this release writes; equals the head of tracker/migrations, by test
BUSY_SECONDS = 10.0  # how long one writer waits for another before it gives up
MIGRATIONS = Path(__file__).parent / "migrations"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MIGRATION_LOCK = 0x7061_726C_6579_0001


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 of an aware moment. Raises ValueError for a naive one.

    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    if moment.utcoffset() is None:
        raise ValueError(f"a moment needs a time zone: {moment!r}")
    return (moment - EPOCH) // _MICROSECOND


def moment(us: int) -> datetime:
    """The UTC moment so many microseconds after 1970.

    >>> moment(1000000).isoformat()
    '1970-01-01T00:00:01+00:00'
    """
    return EPOCH + timedelta(microseconds=us)


class Utc(TypeDecorator[datetime]):
    """Aware moments, kept as integer microseconds since 1970: sortable, STRICT, the same in both databases."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 -- SQLAlchemy's signature
        return None if value is None else microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- SQLAlchemy's signature
        return None if value is None else moment(value)


def connect(url: str, *, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """An engine for `sqlite:///FILE` or `postgresql+psycopg://…`; nothing is opened yet.

    `busy_seconds` is how long a SQLite writer waits for another. Closed with `engine.dispose()`.
    Raises SettingsError when the URL cannot be read or names another database.
    """
    try:
        parsed = make_url(url)
        match parsed.get_backend_name():
            case "sqlite":
                return _sqlite(parsed, busy_seconds)
            case "postgresql":
                return _postgres(parsed)
            case other:
                raise SettingsError(f"no store for {other!r} databases", remedy="use SQLite or PostgreSQL")
    except ArgumentError as error:
        raise SettingsError(
            f"the database address cannot be read: {error}",
            remedy="write sqlite:////path/tracker.db or postgresql+psycopg://user@host/name",
        ) from error


def _sqlite(url: URL, busy_seconds: float) -> Engine:
    engine = create_engine(url, connect_args={"timeout": busy_seconds, "cached_statements": 256})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: pysqlite opens none before SELECT and DDL
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={int(busy_seconds * 1000)}",
            "cache_size=-16384",
            "temp_store=MEMORY",
            "wal_autocheckpoint=8000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that reads and then writes fails at once when another writes: take the lock first.
        write = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _postgres(url: URL) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    except ModuleNotFoundError as error:
        raise SettingsError(
            "PostgreSQL needs the package psycopg", remedy="pip install 'parley-tracker[postgres]'"
        ) from error


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write; committed at the end, rolled back on any error.

    On SQLite it holds the only write lock from its start, so keep it short.
    Raises StoreUnavailable when the database cannot be written now.
    """
    with telling(engine), engine.connect() as plain:
        connection = plain.execution_options(write=True)
        with connection.begin():
            yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One snapshot: everything read inside belongs to one state of the database.

    Raises StoreUnavailable when the database cannot be read now.
    """
    with telling(engine), engine.connect() as plain:
        snapshot = engine.dialect.name == "postgresql"
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if snapshot else {}
        connection = plain.execution_options(**options)
        with connection.begin():
            yield connection


@contextmanager
def telling(engine: Engine) -> Iterator[None]:
    """Faults of the database → StoreUnavailable with what to do about it; IntegrityError and our own pass through."""
    driver: Any = engine.dialect.dbapi  # rows read past SQLAlchemy raise the driver's own errors
    try:
        yield
    except (DBAPIError, driver.Error, PoolTimeout) as error:
        fault = explained(error, engine)
        if fault is None:
            raise
        raise fault from error


_FAULTS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("disk is full", "no space left", "disk full"), "the disk is full", "free some space and run again"),
    (("database is locked", "database table is locked"), "another program holds the database", "stop it and run again"),
    (
        ("readonly", "read-only"),
        "the database is read-only",
        "give this user the right to write to the file and folder",
    ),
    (
        ("malformed", "not a database", "checksum", "invalid page", "could not read block"),
        "the database is damaged",
        "keep a copy of the file, then `tracker restore` the last backup and `tracker verify`",
    ),
    (("disk i/o error",), "the disk cannot be read or written", "check the disk; then `tracker verify`"),
    (
        ("password authentication", "no password supplied", "permission denied", 'role "'),
        "the database refuses this user",
        "check user and password in TRACKER_DATABASE_URL",
    ),
    (
        (
            "connection",
            "server closed",
            "terminating",
            "shutting down",
            "starting up",
            "could not translate",
            "timeout",
            "queuepool",
        ),
        "the database server does not answer",
        "check that it runs and that TRACKER_DATABASE_URL is right; the work resumes where it stopped",
    ),
    (
        ("unable to open database file", "no such file"),
        "the database file cannot be opened",
        "check that its folder exists and is yours, or run `tracker init`",
    ),
    (("no such table", "does not exist"), "the database has no tables of ours", "run `tracker migrate`"),
)


def explained(error: Exception, engine: Engine) -> StoreUnavailable | None:
    """What a fault of the database means and what to do; None when it is not the database's state."""
    words = str(getattr(error, "orig", None) or error).strip()
    lowered = words.lower()
    for marks, meaning, remedy in _FAULTS:
        if any(mark in lowered for mark in marks):
            where = engine.url.render_as_string(hide_password=True)
            return StoreUnavailable(f"{where}: {meaning} ({words.splitlines()[0]})", remedy=remedy)
    return None


def revision(engine: Engine) -> str | None:
    """The schema revision the store was last migrated to; None for an empty database."""
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def migrate(engine: Engine) -> tuple[str | None, str]:
    """Bring the store's schema to this release's; returns the revisions before and after. Doing it twice is harmless.

    Raises StoreTooNew when a newer release wrote it, StoreUnavailable when it cannot be written.
    """
    before = revision(engine)
    if before == SCHEMA:
        return before, SCHEMA
    refuse_newer(engine, before)
    from alembic import command  # noqa: PLC0415 -- a third of a second that only a migration needs
    from alembic.config import Config  # noqa: PLC0415 -- as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return before, SCHEMA


def refuse_newer(engine: Engine, found: str | None) -> None:
    """Raises StoreTooNew when `found` is no revision of this release."""
    if found is None or found in {path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")}:
        return
    raise StoreTooNew(
        f"{engine.url.render_as_string(hide_password=True)} was written by a newer release (schema {found}, "
        f"this one knows {SCHEMA})",
        remedy="upgrade this program, or restore a backup made before the upgrade",
    )
