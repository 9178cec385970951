"""The log against itself and against a head kept elsewhere: is every event where, and what, it was?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine

from tracker.database import reading
from tracker.errors import ChainBroken, EventStoreError
from tracker.eventstore.chain import ZERO, EventRow, WordsRow, link, root_of_row
from tracker.eventstore.sql import unpacked
from tracker.eventstore.store import Head
from tracker.eventstore.tables import bodies

PAGE = 5000
Progress = Callable[[int, int], None]  # (done, of how many)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A log that holds: its end, how many words were forgotten, how many bodies are still there."""

    head: Head
    forgotten: int
    bodies: int


def verify(engine: Engine, head: Head | None = None, *, progress: Progress | None = None) -> Verified:
    """Walk the whole log and recompute every hash, the seals of the words and the names of the bodies.

    With a `head` exported earlier, also find out whether the log was cut or written anew since.
    Raises ChainBroken naming the first broken position, EventStoreError for a damaged body,
    StoreUnavailable when the database itself is damaged.
    """
    end = _last(engine)
    previous, position, forgotten, met = ZERO, 0, 0, head is None or head.position == 0
    for row, words in _rows(engine):
        position += 1
        if row.position != position:
            raise _broken(position, f"position {position} is missing: the next event is at {row.position}")
        if link(previous, row) != row.hash:
            raise _broken(position, f"event {position} ({row.type}) is not what was recorded")
        forgotten += _check_words(row, words)
        previous = row.hash
        if head is not None and head.position == position:
            if head.hash != previous:
                raise _broken(position, f"the log up to {position} is not the one whose head was exported")
            met = True
        if progress is not None and position % PAGE == 0:
            progress(position, end)
    if head is not None and not met:
        raise _broken(position + 1, f"the log ends at {position}, the exported head was at {head.position}")
    count = _check_beside(engine, position)
    if progress is not None:
        progress(position, position)
    return Verified(head=Head(position=position, hash=previous), forgotten=forgotten, bodies=count)


def export_head(head: Head, path: Path) -> None:
    """Write a head to a small file, to be kept where whoever can change the log cannot change it."""
    path.write_bytes(head_json(head))


def head_json(head: Head) -> bytes:
    """A head as JSON: position and hash in hex, one line."""
    return orjson.dumps({"position": head.position, "hash": head.hash.hex()}, option=orjson.OPT_APPEND_NEWLINE)


def read_head(path: Path) -> Head:
    """A head exported earlier. Raises EventStoreError when the file does not hold one."""
    try:
        found = orjson.loads(path.read_bytes())
        return Head(position=int(found["position"]), hash=bytes.fromhex(found["hash"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EventStoreError(
            f"{path} holds no exported head: {error}", remedy="give a file written by `tracker head --to FILE`"
        ) from error


def _broken(position: int, message: str) -> ChainBroken:
    return ChainBroken(
        message,
        position=position,
        remedy="keep this file as it is; restore the last backup that verifies and compare the two",
    )


def _last(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.exec_driver_sql("SELECT coalesce(max(position), 0) FROM events").scalar_one())


def _rows(engine: Engine) -> Iterator[tuple[EventRow, WordsRow | None]]:
    mark = "%s" if engine.dialect.name == "postgresql" else "?"
    names = ", ".join(f"e.{name}" for name in EventRow._fields)
    sql = (
        f"SELECT {names}, w.texts, w.seals FROM events e LEFT JOIN words w ON w.position = e.position "  # noqa: S608 -- names of ours
        f"WHERE e.position > {mark} ORDER BY e.position LIMIT {mark}"
    )
    after = -(2**62)
    while True:
        with reading(engine) as connection:
            page = connection.exec_driver_sql(sql, (after, PAGE)).all()
        for *values, texts, seals in page:
            row = _event(values)
            yield row, None if texts is None else WordsRow(row.position, texts, bytes(seals))
        if len(page) < PAGE:
            return
        after = page[-1][0]


def _event(values: list[Any]) -> EventRow:
    row = EventRow(*values)
    return row._replace(words=None if row.words is None else bytes(row.words), hash=bytes(row.hash))


def _check_words(row: EventRow, words: WordsRow | None) -> int:
    """How many words of an event are forgotten; ChainBroken when those that are there are not what was recorded."""
    if words is None:
        return 0 if row.words is None else 1
    try:
        fits = root_of_row(words) == row.words
        forgotten: int = orjson.loads(words.texts).count(None)
    except (ValueError, AttributeError, TypeError):
        fits = False
    if not fits:
        raise _broken(row.position, f"the words of event {row.position} ({row.type}) are not what was recorded")
    return forgotten


def _check_beside(engine: Engine, last: int) -> int:
    """Bodies that bear the right name; words without an event, and damage below the tables, are told."""
    with reading(engine) as connection:
        stray = connection.exec_driver_sql(
            f"SELECT min(position) FROM words WHERE position > {last} OR position < 1"  # noqa: S608 -- a number of ours
        ).scalar()
        if stray is not None:
            raise _broken(int(stray), f"there are words for position {stray}, but no event")
        _check_file(connection)
        count = 0
        for name, body, _ in bodies(connection):
            count += 1
            if sha256(unpacked(name, body).encode()).hexdigest() != name:
                raise EventStoreError(f"the body {name} is not what was stored", remedy="restore a backup, or purge it")
    return count


def _check_file(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check(3)")]
        if found != ["ok"]:
            raise EventStoreError(
                f"the database file is damaged: {'; '.join(found)}", remedy="restore the last backup that verifies"
            )
