"""When the world fails: each fault ends in a message with a remedy, nothing is half written, work resumes."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url

from tracker import database
from tracker.errors import EventStoreError, SettingsError, StoreUnavailable, UnknownEvent
from tracker.eventstore.sql import SqlEventStore
from tracker.eventstore.store import Append
from tracker.eventstore.verification import verify
from tracker.model.events import FeedRecovered
from tracker.testing import NOON, body_hash


def some(count: int = 1, feed: str = "wire") -> list[Append]:
    return [Append(stream="feed-wire", events=tuple(FeedRecovered(feed=feed, failures=n) for n in range(count)))]


def test_a_full_disk_loses_nothing_that_was_there_and_work_resumes(engine: Engine):
    store = SqlEventStore(engine)
    store.append(some(10), at=NOON)
    before = store.head()

    @event.listens_for(engine, "checkout")
    def small(connection, *_):
        connection.execute("PRAGMA max_page_count=30")

    text = os.urandom(200_000).hex()
    with pytest.raises(StoreUnavailable, match="disk is full") as caught:
        store.append(some(10), at=NOON, texts={body_hash(text): text})
    assert "space" in caught.value.remedy
    assert store.head() == before
    assert store.texts([body_hash(text)]) == {}
    event.remove(engine, "checkout", small)
    engine.dispose()
    store.append(some(10), at=NOON, texts={body_hash(text): text})
    assert verify(engine, before).head.position == 20


FILL = """
import resource, signal, sys
from tracker import database, errors, testing
from tracker.eventstore.sql import SqlEventStore
from tracker.eventstore.store import Append
from tracker.model.events import FeedRecovered
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
store = SqlEventStore(database.connect(sys.argv[1]))
try:
    for n in range(1000):
        store.append([Append(stream="feed-wire", events=(FeedRecovered(feed="wire", failures=n),) * 50)], at=testing.NOON)
except errors.StoreUnavailable as error:
    print(error.message, "|", error.remedy)
    sys.exit(7)
"""


def test_a_file_that_may_not_grow_stops_a_real_process_politely(engine: Engine):
    url = str(engine.url)
    done = subprocess.run([sys.executable, "-c", FILL, url], capture_output=True, text=True, check=False)
    assert done.returncode == 7, done.stderr
    assert "check the disk" in done.stdout or "space" in done.stdout
    position = verify(engine).head.position
    assert position > 0
    assert position % 50 == 0
    SqlEventStore(engine).append(some(), at=NOON)
    assert verify(engine).head.position == position + 1


def test_a_read_only_database_can_be_read_and_says_why_it_cannot_be_written(engine: Engine, tmp_path: Path):
    SqlEventStore(engine).append(some(3), at=NOON)
    engine.dispose()
    frozen = database.connect(f"sqlite:///file:{tmp_path / 'tracker.db'}?mode=ro&uri=true")
    store = SqlEventStore(frozen)
    assert len(list(store.read())) == 3
    with pytest.raises(StoreUnavailable, match="read-only") as caught:
        store.append(some(), at=NOON)
    assert "right to write" in caught.value.remedy
    assert verify(frozen).head.position == 3
    frozen.dispose()
    assert SqlEventStore(engine).append(some(), at=NOON)[0].position == 4


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_damaged_page_is_told_with_the_remedy(engine: Engine, tmp_path: Path, share: float):
    store = SqlEventStore(engine)
    store.append(some(3000), at=NOON)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    engine.dispose()
    path = tmp_path / "tracker.db"
    sqlite3.connect(path).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(int(path.stat().st_size * share) // 4096 * 4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(EventStoreError, match=r"damaged|not what was recorded|missing") as caught:
        verify(engine)
    assert caught.value.remedy


def test_a_database_held_by_another_program_is_told_and_work_resumes(engine: Engine, tmp_path: Path):
    patient = SqlEventStore(engine)
    patient.append(some(), at=NOON)
    hasty = SqlEventStore(database.connect(str(engine.url), busy_seconds=0.05))
    other = sqlite3.connect(tmp_path / "tracker.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="another program") as caught:
        hasty.append(some(), at=NOON)
    assert caught.value.remedy
    assert hasty.head().position == 1, "readers are not held up"
    other.execute("ROLLBACK")
    other.close()
    assert hasty.append(some(), at=NOON)[0].position == 2
    hasty.engine.dispose()


def test_a_file_that_is_no_database_is_told(tmp_path: Path):
    (tmp_path / "tracker.db").write_bytes(b"Dear diary, today I was mistaken for a database." * 40)
    engine = database.connect(f"sqlite:///{tmp_path / 'tracker.db'}")
    with pytest.raises(StoreUnavailable, match="damaged") as caught:
        database.migrate(engine)
    assert "restore" in caught.value.remedy
    engine.dispose()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path):
    engine = database.connect(f"sqlite:///{tmp_path / 'nowhere' / 'tracker.db'}")
    with pytest.raises(StoreUnavailable, match="cannot be opened") as caught:
        database.migrate(engine)
    assert "tracker init" in caught.value.remedy


def test_an_event_of_a_newer_release_stops_the_reader_at_its_position(engine: Engine):
    store = SqlEventStore(engine)
    store.append(some(2), at=NOON)
    with database.writing(engine) as connection:
        connection.exec_driver_sql("INSERT INTO events VALUES (3, 'x', 1, 'feed-gone', 2, '{}', 0, NULL, x'00')")
    read = store.read()
    assert [next(read).position, next(read).position] == [1, 2]
    with pytest.raises(UnknownEvent, match="position 3") as caught:
        next(read)
    assert "upgrade" in caught.value.remedy


def test_a_payload_that_does_not_fit_is_told_with_its_position(engine: Engine):
    with database.writing(engine) as connection:
        connection.exec_driver_sql("INSERT INTO events VALUES (1, 'x', 1, 'feed-gone', 1, '[]', 0, NULL, x'00')")
    with pytest.raises(UnknownEvent, match="position 1"):
        list(SqlEventStore(engine).read())


def test_a_server_that_is_not_there_is_told():
    engine = database.connect("postgresql+psycopg://nobody:secret@127.0.0.1:1/none")
    with pytest.raises(StoreUnavailable, match="does not answer") as caught:
        SqlEventStore(engine).head()
    assert "TRACKER_DATABASE_URL" in caught.value.remedy
    assert "secret" not in caught.value.message


def cut_off_in_mid_transaction(engine: Engine) -> None:
    with database.writing(engine) as connection:
        row = "(4, 'x', 1, 'feed-gone', 1, '{}', 0, NULL, decode('00', 'hex'))"
        connection.exec_driver_sql(f"INSERT INTO events VALUES {row}")
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with engine.connect() as other:
            other.exec_driver_sql("SELECT pg_terminate_backend(%s)", (pid,))
        connection.exec_driver_sql("SELECT 1")


@pytest.mark.postgres
def test_a_connection_lost_in_mid_transaction_writes_nothing_and_work_resumes(postgres_engine: Engine):
    store = SqlEventStore(postgres_engine)
    store.append(some(3), at=NOON)
    before = store.head()
    with pytest.raises(StoreUnavailable, match="does not answer"):
        cut_off_in_mid_transaction(postgres_engine)
    assert store.head() == before
    assert store.append(some(), at=NOON)[0].position == 4


@pytest.mark.postgres
def test_a_killed_server_is_told_and_work_resumes_when_it_is_back(postgres_engine: Engine, postgres_server):
    store = SqlEventStore(postgres_engine)
    store.append(some(3), at=NOON)
    before = store.head()
    os.kill(postgres_server.get_pid(), signal.SIGQUIT)
    postgres_server.get_postmaster_info().process.wait(20)
    try:
        with pytest.raises(StoreUnavailable, match="does not answer") as caught:
            store.append(some(), at=NOON)
    finally:
        postgres_server.ensure_postgres_running()
    assert "resumes" in caught.value.remedy
    assert store.head() == before
    store.append(some(), at=NOON)
    assert verify(postgres_engine, before).head.position == 4


@pytest.mark.postgres
def test_a_password_that_is_refused_is_told(postgres_url: str):
    stranger = make_url(postgres_url).set(username="stranger", password="guess")
    engine = database.connect(stranger.render_as_string(hide_password=False))
    with pytest.raises(StoreUnavailable, match="refuses this user") as caught:
        SqlEventStore(engine).head()
    assert "guess" not in caught.value.message
    assert "TRACKER_DATABASE_URL" in caught.value.remedy
    engine.dispose()


def test_a_missing_driver_is_a_matter_of_installing_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match="psycopg") as caught:
        database.connect("postgresql://host/name")
    assert "pip install" in caught.value.remedy
