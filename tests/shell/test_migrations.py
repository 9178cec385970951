"""The migrated schema is the declared one, every earlier release's store comes along, a newer one is refused."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from tracker import database
from tracker.errors import SettingsError, StoreTooNew, StoreUnavailable
from tracker.eventstore import tables
from tracker.eventstore.sql import SqlEventStore
from tracker.eventstore.store import Append
from tracker.eventstore.verification import verify
from tracker.model.events import FeedRecovered
from tracker.testing import NOON

STORES = Path(__file__).parents[1] / "data" / "stores"
OURS = {"events", "words", "texts", "checkpoints"}


def shape(engine: Engine) -> dict[str, object]:
    """Tables, columns, keys and indexes as the database itself tells them."""
    found: dict[str, object] = {}
    inspector = inspect(engine)
    for name in sorted(OURS):
        found[name] = (
            [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(name)],
            inspector.get_pk_constraint(name)["constrained_columns"],
            sorted((u["name"], tuple(u["column_names"])) for u in inspector.get_unique_constraints(name)),
            sorted(
                (i["name"], tuple(i["column_names"]))
                for i in inspector.get_indexes(name)
                if not i.get("duplicates_constraint")
            ),
        )
    return found


def declared(engine: Engine) -> dict[str, object]:
    ours = [table for name, table in SQLModel.metadata.tables.items() if name in OURS]
    with database.writing(engine) as connection:
        SQLModel.metadata.create_all(connection, tables=ours)
    return shape(engine)


def test_the_migrated_schema_is_the_declared_one(any_engine: Engine, request, tmp_path: Path):
    if any_engine.dialect.name == "sqlite":
        other = database.connect(f"sqlite:///{tmp_path / 'declared.db'}")
    else:
        before = shape(any_engine)
        with database.writing(any_engine) as connection:
            for name in OURS:
                connection.exec_driver_sql(f"DROP TABLE {name}")
        assert declared(any_engine) == before
        return
    assert declared(other) == shape(any_engine)
    other.dispose()


def test_every_table_of_the_log_is_strict_on_sqlite(engine: Engine):
    with database.reading(engine) as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all()
    strict = {name for name, sql in rows if re.search(r"\)\s*STRICT\s*$", sql)}
    assert strict >= OURS
    assert {table.__tablename__ for table in vars(tables).values() if hasattr(table, "__tablename__")} >= OURS


def test_a_wrong_type_is_refused_by_the_database(engine: Engine):
    with pytest.raises(IntegrityError, match="cannot store TEXT"), database.writing(engine) as connection:
        connection.exec_driver_sql("INSERT INTO texts VALUES ('a', x'00', 'yesterday')")


def test_migrating_twice_is_migrating_once(any_engine: Engine):
    assert database.migrate(any_engine) == (database.SCHEMA, database.SCHEMA)
    assert database.revision(any_engine) == database.SCHEMA


def test_the_newest_migration_is_the_schema_we_write():
    newest = max(path.name[:4] for path in (database.MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert newest == database.SCHEMA


def test_several_programs_may_migrate_at_once(tmp_path: Path):
    code = "import sys; from tracker import database; print(database.migrate(database.connect(sys.argv[1])))"
    url = f"sqlite:///{tmp_path / 'tracker.db'}"
    programs = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(3)]
    assert [program.wait(timeout=60) for program in programs] == [0, 0, 0]


@pytest.mark.postgres
def test_several_programs_may_migrate_one_postgresql_at_once(postgres_url: str):
    code = "import sys; from tracker import database; print(database.migrate(database.connect(sys.argv[1])))"
    programs = [subprocess.Popen([sys.executable, "-c", code, postgres_url]) for _ in range(3)]
    assert [program.wait(timeout=60) for program in programs] == [0, 0, 0]


def test_a_store_of_a_newer_release_is_refused_politely_and_left_alone(any_engine: Engine):
    with database.writing(any_engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(StoreTooNew, match="newer release") as caught:
        database.migrate(any_engine)
    assert "upgrade" in caught.value.remedy
    assert database.revision(any_engine) == "0999"


@pytest.mark.parametrize("kept", sorted(STORES.glob("*.db")), ids=lambda path: path.stem)
def test_a_store_of_every_earlier_release_is_brought_along(kept: Path, tmp_path: Path):
    path = tmp_path / "tracker.db"
    shutil.copyfile(kept, path)
    engine = database.connect(f"sqlite:///{path}")
    store = SqlEventStore(engine)
    database.migrate(engine)
    head = verify(engine).head
    assert head.position > 0
    assert len(list(store.read())) == head.position
    store.append([Append(stream="feed-wire", events=(FeedRecovered(feed="wire", failures=1),))], at=NOON)
    assert verify(engine, head).head.position == head.position + 1
    engine.dispose()


def test_a_store_of_this_release_is_kept_for_the_next():
    assert (STORES / f"schema-{database.SCHEMA}.db").is_file()


def test_a_database_without_tables_says_what_to_do(tmp_path: Path):
    engine = database.connect(f"sqlite:///{tmp_path / 'tracker.db'}")
    assert database.revision(engine) is None
    with pytest.raises(StoreUnavailable) as caught:
        SqlEventStore(engine).head()
    assert "tracker migrate" in caught.value.remedy
    engine.dispose()


@pytest.mark.parametrize("url", ["not an address", "mysql://host/name", "sqlite+other:///x"])
def test_an_address_that_cannot_be_used_is_a_matter_of_settings(url: str):
    with pytest.raises(SettingsError) as caught:
        database.connect(url)
    assert caught.value.remedy


def test_moments_go_in_aware_and_come_back_in_utc(engine: Engine):
    from datetime import timedelta, timezone

    from sqlalchemy import Column, MetaData, Table

    table = Table("moments", MetaData(), Column("at", database.Utc), sqlite_strict=True)
    there = NOON.astimezone(timezone(timedelta(hours=5)))
    with database.writing(engine) as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"at": there}, {"at": None}])
        assert connection.execute(table.select()).scalars().all() == [NOON, None]
    with pytest.raises(Exception, match="time zone"), database.writing(engine) as connection:
        connection.execute(table.insert(), [{"at": NOON.replace(tzinfo=None)}])
