"""A log from one database to another, row by row with its hashes; also what backups are made of."""

from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine

from tracker.database import migrate, reading, writing
from tracker.errors import EventStoreError
from tracker.eventstore.sql import head, lock
from tracker.eventstore.store import Head
from tracker.eventstore.tables import COLUMNS, bodies, insert
from tracker.eventstore.verification import Progress, Verified, verify

PAGE = 2000


def copy_log(source: Engine, target: Engine, *, progress: Progress | None = None) -> Verified:
    """Copy events, words and bodies; what the target has already is kept, so a broken-off copy is resumed.

    The target is migrated first, and verified against the source's head as it was at the start.
    Raises EventStoreError when the target holds another log, ChainBroken when the source itself does not hold.
    """
    migrate(target)
    with reading(source) as connection:
        end = head(connection)
    with reading(target) as connection:
        start = head(connection)
    _refuse_other_log(source, start, end)
    position = start.position
    while position < end.position:
        until = min(position + PAGE, end.position)
        with reading(source) as connection:
            pages = {table: _page(connection, table, position, until) for table in ("events", "words")}
        if not pages["events"]:
            break  # a hole: verification names it
        with writing(target) as connection:
            lock(connection)
            if head(connection).position != position:
                raise EventStoreError("another program writes to the target", remedy="stop it and copy again")
            for table, rows in pages.items():
                insert(connection, table, rows)
        position = until
        if progress is not None:
            progress(position, end.position)
    _copy_bodies(source, target)
    return verify(target, end)


def _refuse_other_log(source: Engine, start: Head, end: Head) -> None:
    """The target may hold the beginning of this log, and nothing else."""
    if start.position == 0:
        return
    with reading(source) as connection:
        mark = _mark(connection)
        sql = f"SELECT hash FROM events WHERE position = {mark}"  # noqa: S608 -- a mark
        found = connection.exec_driver_sql(sql, (start.position,)).scalar()
    if start.position > end.position or found is None or bytes(found) != start.hash:
        raise EventStoreError("the target holds another log", remedy="copy to an empty database")


def _page(connection: Connection, table: str, after: int, until: int) -> list[tuple[Any, ...]]:
    mark, names = _mark(connection), ", ".join(COLUMNS[table])
    sql = f"SELECT {names} FROM {table} WHERE position > {mark} AND position <= {mark} ORDER BY position"  # noqa: S608 -- names of ours
    return [tuple(row) for row in connection.exec_driver_sql(sql, (after, until))]


def _copy_bodies(source: Engine, target: Engine) -> None:
    with reading(source) as connection:
        found = bodies(connection)
        while rows := list(islice(found, PAGE)):
            with writing(target) as other:
                insert(other, "texts", rows, ignore=True)


def _mark(connection: Connection) -> str:
    return "%s" if connection.dialect.name == "postgresql" else "?"
