"""Words that must go: by article, by person, by age; the chain holds, and the log says that something was removed."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Engine

from tracker.database import microseconds, telling, writing
from tracker.errors import EventStoreError, UnknownEvent
from tracker.eventstore.chain import SEAL, Salt, fresh, leaf
from tracker.eventstore.codec import words_of
from tracker.eventstore.sql import append, lock, unpacked
from tracker.eventstore.store import Append
from tracker.eventstore.tables import bodies, chunks
from tracker.model.events import Recorded, WordsForgotten

PAGE = 2000
STREAM = "privacy"
_EMPTY_WAL = "PRAGMA wal_checkpoint(TRUNCATE)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """Bodies that went, and the bytes they took, compressed."""

    bodies: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One event's words that must go."""

    position: int
    stream: str
    numbers: tuple[int, ...]
    kinds: tuple[str, ...]
    texts: str
    seals: bytes


def forget(
    engine: Engine,
    *,
    articles: Sequence[str] = (),
    url: str = "",
    person: Sequence[str] = (),
    reason: str,
    by: str,
    at: datetime,
    salt: Salt = fresh,
) -> Recorded | None:
    """Remove the words of articles (by id or URL: all of them, body too), and those that name a person.

    `person` lists names and spellings; a part that holds one as whole words goes, and every body that does.
    All in one transaction with the WordsForgotten that says so; None when nothing was found. In the log's own tables
    what was forgotten is overwritten at once; projections have their copies, so rebuild them and then `scrub`.
    Backups, replicas and published digests are not reached. `reason` stays for ever: name no person in it.
    Raises EventStoreError when nothing was asked for, or when the reason itself names the person.
    """
    named = _pattern(person)
    if named is None and not articles and not url:
        raise EventStoreError("nothing to forget was named", remedy="give an article, a URL or a person")
    if named is not None and named.search(reason):
        raise EventStoreError("the reason names the person", remedy="say why without the name")
    with writing(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
        lock(connection)
        wanted = {f"article-{article}" for article in articles} | _streams_of(connection, url)
        parts = list(_parts(connection, wanted, named))
        texts = _bodies(connection, wanted, named)
        if not parts and not texts:
            return None
        counts, articles = _removed(connection, parts, texts)
        event = WordsForgotten(articles=articles, reason=reason, by=by, parts=counts)
        (recorded,) = append(connection, [Append(stream=STREAM, events=(event,))], at=at, salt=salt)
    _outside(engine, "VACUUM words, texts" if engine.dialect.name == "postgresql" else _EMPTY_WAL)
    return recorded


def scrub(engine: Engine) -> None:
    """Write the database anew without the traces that dropped tables and deleted rows leave in it.

    Takes as much disk as the database, and holds up writers meanwhile. Raises StoreUnavailable when it cannot.
    """
    _outside(engine, "VACUUM FULL" if engine.dialect.name == "postgresql" else "VACUUM")
    if engine.dialect.name == "sqlite":
        _outside(engine, _EMPTY_WAL)


def purge(engine: Engine, *, before: datetime) -> Purged:
    """Remove the bodies stored before a moment (retention); events, titles and quotations stay.

    Raises StoreUnavailable when the database cannot be written.
    """
    mark = "%s" if engine.dialect.name == "postgresql" else "?"
    condition, limit = f"stored_at < {mark}", (microseconds(before),)
    with writing(engine) as connection:
        sizes = f"SELECT count(*), coalesce(sum(length(body)), 0) FROM texts WHERE {condition}"  # noqa: S608 -- a mark
        count, size = connection.exec_driver_sql(sizes, limit).one()
        connection.exec_driver_sql(f"DELETE FROM texts WHERE {condition}", limit)  # noqa: S608 -- a mark
    return Purged(bodies=int(count), bytes=int(size))


def _pattern(person: Sequence[str]) -> re.Pattern[str] | None:
    """Names as whole words, whatever their case; in a URL they may be joined by any sign."""
    names = [r"[\W_]+".join(re.escape(word) for word in name.split()) for name in person if name.strip()]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(names)})(?![^\W_])", re.IGNORECASE) if names else None


def _streams_of(connection: Connection, url: str) -> set[str]:
    """Streams of the articles at an address; scheme, `www.` and a last slash are not looked at."""
    if not url:
        return set()
    wanted = _bare(url)
    return {
        row.stream
        for row, kinds in _worded(connection, "article-%")
        for kind, text in zip(kinds, orjson.loads(row.texts), strict=True)
        if kind == "url" and text is not None and _bare(text) == wanted
    }


def _bare(url: str) -> str:
    return re.sub(r"^[a-z]+://(www\.)?", "", url.strip().lower()).rstrip("/")


def _parts(connection: Connection, wanted: set[str], named: re.Pattern[str] | None) -> Iterator[_Part]:
    for row, kinds in _worded(connection, "%"):
        texts: list[str | None] = orjson.loads(row.texts)
        numbers = tuple(
            i
            for i, text in enumerate(texts)
            if text is not None and (row.stream in wanted or (named is not None and named.search(text)))
        )
        if numbers:
            yield _Part(
                position=row.position,
                stream=row.stream,
                numbers=numbers,
                kinds=tuple(kinds[i] for i in numbers),
                texts=row.texts,
                seals=bytes(row.seals),
            )


def _worded(connection: Connection, like: str) -> Iterator[tuple[Any, list[str]]]:
    """Events with words, a page at a time, and of what kind each word is."""
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    sql = (
        "SELECT e.position, e.stream, e.type, e.schema_version, e.payload, w.texts, w.seals "  # noqa: S608 -- marks
        f"FROM words w JOIN events e ON e.position = w.position WHERE w.position > {mark} AND e.stream LIKE {mark} "
        f"ORDER BY w.position LIMIT {mark}"
    )
    after = 0
    while True:
        page = connection.exec_driver_sql(sql, (after, like, PAGE)).all()
        for row in page:
            count = len(orjson.loads(row.texts))
            try:
                kinds = words_of(row.type, row.schema_version, orjson.loads(row.payload))
            except UnknownEvent:
                kinds = []
            yield row, kinds if len(kinds) == count else ["words"] * count
        if len(page) < PAGE:
            return
        after = page[-1].position


def _bodies(connection: Connection, wanted: set[str], named: re.Pattern[str] | None) -> list[str]:
    """Names of the bodies of those articles, and of every body that names the person."""
    found: set[str] = set()
    for names, marks in chunks(connection, sorted(wanted)):
        sql = (
            f"SELECT payload FROM events WHERE stream IN ({marks}) AND type IN ('article-collected', 'article-revised')"  # noqa: S608 -- marks
        )
        found.update(orjson.loads(payload)["article"]["body"] for (payload,) in connection.exec_driver_sql(sql, names))
    there: set[str] = set()
    for names, marks in chunks(connection, sorted(found)):
        sql = f"SELECT sha256 FROM texts WHERE sha256 IN ({marks})"  # noqa: S608 -- marks
        there.update(str(name) for (name,) in connection.exec_driver_sql(sql, names))
    if named is not None:
        there.update(name for name, body, _ in bodies(connection) if named.search(unpacked(name, body)))
    return sorted(there)


def _removed(
    connection: Connection, parts: Sequence[_Part], texts: Sequence[str]
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Remove them; how many of which kind went, and from which articles."""
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    counts: Counter[str] = Counter(kind for part in parts for kind in part.kinds)
    if parts:
        sql = f"UPDATE words SET texts = {mark}, seals = {mark} WHERE position = {mark}"  # noqa: S608 -- marks
        connection.exec_driver_sql(sql, [(*_without(part), part.position) for part in parts])
    for names, marks in chunks(connection, texts):
        connection.exec_driver_sql(f"DELETE FROM texts WHERE sha256 IN ({marks})", names)  # noqa: S608 -- marks
    if texts:
        counts["body"] = len(texts)
    streams = {part.stream for part in parts} | _streams_with(connection, texts)
    articles = (stream.removeprefix("article-") for stream in streams if stream.startswith("article-"))
    return dict(sorted(counts.items())), tuple(sorted(articles))


def _without(part: _Part) -> tuple[str, bytes]:
    """Texts and seals with the parts gone: null for the text, its leaf for the salt."""
    texts: list[str | None] = orjson.loads(part.texts)
    seals = [part.seals[i * SEAL : (i + 1) * SEAL] for i in range(len(texts))]
    for i in part.numbers:
        seals[i] = leaf(texts[i] or "", seals[i])
        texts[i] = None
    return orjson.dumps(texts).decode(), b"".join(seals)


def _streams_with(connection: Connection, gone: Sequence[str]) -> set[str]:
    """Streams of the articles whose bodies these are; the log is read a page at a time."""
    if not gone:
        return set()
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    sql = (
        "SELECT position, stream, payload FROM events WHERE type IN ('article-collected', 'article-revised') "  # noqa: S608 -- marks
        f"AND position > {mark} ORDER BY position LIMIT {PAGE}"
    )
    found: set[str] = set()
    wanted, after = set(gone), 0
    while page := connection.exec_driver_sql(sql, (after,)).all():
        found.update(str(stream) for _, stream, payload in page if orjson.loads(payload)["article"]["body"] in wanted)
        after = page[-1][0]
    return found


def _outside(engine: Engine, statement: str) -> None:
    """A statement that may not run inside a transaction."""
    with telling(engine):
        raw = engine.raw_connection()
        try:
            if engine.dialect.name == "postgresql":
                raw.driver_connection.autocommit = True  # type: ignore[union-attr]  # psycopg's connection
            raw.cursor().execute(statement)
        finally:
            raw.invalidate()
