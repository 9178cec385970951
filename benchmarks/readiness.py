"""Ten million signals over three years: history of one indicator from daily counts, beside DuckDB on the raw rows.

    python benchmarks/readiness.py [--signals 10000000] [--keep FOLDER]

Builds a database with the projected tables, filled as catching up would fill them, and measures in a fresh process
the CPU time and peak memory of a three-year weekly history of one indicator for both parties, with and without
intervals (B = 500), by the path that `tracker history` takes. DuckDB, if it is installed, aggregates the raw signals
of that indicator in the same run.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np
from sqlalchemy import Engine

from tracker import database
from tracker.catalog.load import codebook_of, read_codebook_files
from tracker.model.codebook import Codebook
from tracker.model.evidence import EvidenceRecord
from tracker.model.readings import ConflictStory, Reading
from tracker.model.signals import Evidence, Signal
from tracker.projections import reads, schema
from tracker.projections.rows import names_text
from tracker.questions.history import history as ask
from tracker.questions.history import measured
from tracker.questions.standpoint import Standpoint
from tracker.readiness import approximation, weights
from tracker.readiness.board import board
from tracker.readiness.series import readings, signals_of

try:
    import duckdb
except ImportError:  # an optional yardstick
    duckdb = None

ROOT = Path(__file__).resolve().parents[1]
BLOCS = ("wires", "third-country", "international", "aligned-1", "aligned-2", "patrons-1")
OUTLETS = tuple(f"outlet-{n}" for n in range(40))
FIRST = date(2024, 1, 1)
DAYS = 1096
INDICATOR = "contact_channel"
CONFLICT = "benchmark"


def codebook() -> Codebook:
    """The shipped indicators, for a conflict of our own that lists no blocs."""
    files = {n: t for n, t in read_codebook_files(ROOT).items() if n.startswith("indicators/")}
    files["conflicts/benchmark.yaml"] = (
        f"id: {CONFLICT}\ntitle: B\ndescription: b\nstarted: 2024-01-01\nparties:\n"
        "  - {id: AAA, name: A}\n  - {id: BBB, name: B}\n"
    )
    return codebook_of(files)


def build(folder: Path, count: int, book: Codebook) -> dict[str, float]:
    """Raw signals as numpy columns in a file, and the projected tables in `tracker.db`."""
    rng = np.random.default_rng(1)
    definitions = [s for i in book.indicators for s in i.signals]
    names = [s.id for s in definitions]
    columns = {
        "day": rng.integers(0, DAYS, count, dtype=np.int16),
        "signal": rng.integers(0, len(names), count, dtype=np.int8),
        "party": rng.integers(0, 2, count, dtype=np.int8),
        "bloc": rng.integers(0, len(BLOCS), count, dtype=np.int8),
        "plus": rng.random(count) < 0.6,
        "weight": rng.choice(np.array([0.2, 0.315, 0.5, 0.63, 0.9, 1.35]), count),
        "outlet": rng.integers(0, len(OUTLETS), count, dtype=np.int8),
    }
    np.savez(folder / "signals.npz", **columns)
    shape = (DAYS, len(names), 2, len(BLOCS), 2)
    cell = np.ravel_multi_index(
        (columns["day"], columns["signal"], columns["party"], columns["bloc"], columns["plus"].astype(np.int8)), shape
    )
    size = int(np.prod(shape))
    number = np.bincount(cell, minlength=size).reshape(shape)
    total = np.bincount(cell, weights=columns["weight"], minlength=size).reshape(shape)
    squares = np.bincount(cell, weights=columns["weight"] ** 2, minlength=size).reshape(shape)
    started = time.process_time()
    engine = database.connect(f"sqlite:///{folder / 'tracker.db'}")
    database.migrate(engine)
    key = {"codebook": book.version, "conflict": CONFLICT}
    with database.writing(engine) as connection:
        generation = schema.create(connection)
        t = schema.tables(generation)
        for d in range(DAYS):
            day = FIRST.toordinal() + d
            rows = [
                key
                | {
                    "signal": names[s], "day": day, "party": "AAABBB"[3 * p : 3 * p + 3], "channel": "direction",
                    "bloc": BLOCS[b], "plus": float(total[d, s, p, b, 1]), "minus": float(total[d, s, p, b, 0]),
                    "plus_stories": int(number[d, s, p, b, 1]), "minus_stories": int(number[d, s, p, b, 0]),
                    "self_plus": 0.0, "self_minus": 0.0, "plus_squares": float(squares[d, s, p, b, 1]),
                    "minus_squares": float(squares[d, s, p, b, 0]),
                }
                for s in range(len(names)) for p in range(2) for b in range(len(BLOCS))
            ]  # fmt: skip
            connection.execute(t.counts.insert(), rows)
            connection.execute(
                t.coverage.insert(),
                [key | {"day": day, "bloc": b, "stories": max(count // DAYS // len(BLOCS), 1)} for b in BLOCS],
            )
            connection.execute(t.presence.insert(), _presence(book, key, day, number[d].sum(axis=(2, 3)), names))
        schema.point(connection, generation, 1, 0, instead_of=None)
    engine.dispose()
    return {"build_cpu_s": time.process_time() - started, "counts_rows": DAYS * len(names) * 2 * len(BLOCS)}


def _presence(book: Codebook, key: dict, day: int, stories: np.ndarray, names: list[str]) -> list[dict]:
    text = names_text(OUTLETS)
    return [
        key
        | {
            "indicator": i.id, "day": day, "party": party, "mask": 1 << n,
            "stories": int(stories[names.index(s.id), p]), "outlets": text, "owners": text,
        }
        for i in book.indicators for n, s in enumerate(i.signals) for p, party in enumerate(("AAA", "BBB"))
    ]  # fmt: skip


WEEKS = tuple(FIRST + timedelta(days=d) for d in range(6, DAYS, 7))
Told = list[tuple[Reading, ...]]


def standpoint(engine: Engine, book: Codebook) -> Standpoint:
    """The present, as `tracker history` asks from it."""
    at = datetime.combine(WEEKS[-1], datetime.min.time(), UTC)
    return Standpoint(engine=engine, codebook=book, as_of=None, position=1, at=at)


def one_board(engine: Engine, book: Codebook, *, intervals: bool) -> Told:
    """Both parties of one board, as a page or a digest draws them."""
    found, resamples = measured(standpoint(engine, book), CONFLICT, WEEKS, (INDICATOR,), intervals=intervals)
    return [readings(found, INDICATOR, party, resamples=resamples) for party in ("AAA", "BBB")]


def two_commands(engine: Engine, book: Codebook, *, intervals: bool) -> Told:
    """What `tracker history` answers when it is asked for one party and then for the other."""
    view = standpoint(engine, book)
    asked = {"conflict": CONFLICT, "since": WEEKS[0], "until": WEEKS[-1], "intervals": intervals}
    return [ask(view, INDICATOR, party=party, **asked).points for party in ("AAA", "BBB")]


def by_objects(engine: Engine, book: Codebook, *, intervals: bool) -> Told:
    """The same through `reads.inputs`, which makes an object of every row, as questions to the past do."""
    signals = signals_of(book, [INDICATOR])
    inputs = reads.inputs(engine, CONFLICT, book, signals=signals)
    found = board(inputs, book, WEEKS, signals=signals)
    resamples = approximation.from_counts(inputs, book, WEEKS, only=signals) if intervals else None
    return [readings(found, INDICATOR, party, resamples=resamples) for party in ("AAA", "BBB")]


def rows_alone(engine: Engine, book: Codebook, *, intervals: bool) -> Told:  # noqa: ARG001 -- one shape for all paths
    """The daily rows only, without anything made of them: what stands beside DuckDB's query."""
    reads.rows(engine, CONFLICT, book, signals=signals_of(book, [INDICATOR]))
    return []


PATHS = {f.__name__: f for f in (one_board, two_commands, by_objects, rows_alone)}


def peak_mb() -> int:
    """Peak resident memory of this process; ru_maxrss would inherit the parent's."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def query(folder: Path, path: str, *, intervals: bool) -> None:
    """In a fresh process: CPU of a path with a connection of its own each time, and the peak memory that it added."""
    book = codebook()
    before = peak_mb()
    taken, points = [], []
    for _ in range(11):
        started = time.process_time()
        engine = database.connect(f"sqlite:///{folder / 'tracker.db'}")
        points = PATHS[path](engine, book, intervals=intervals)
        engine.dispose()
        taken.append(1000 * (time.process_time() - started))
    peak = peak_mb()
    told = {"cpu_ms": median(taken[1:]), "least_cpu_ms": min(taken), "first_cpu_ms": taken[0]}
    told = {name: round(value, 1) for name, value in told.items()} | {"peak_mb": peak, "added_mb": peak - before}
    if points:
        last = points[0][-1]
        told |= {"points": len(points[0]), "last": last.value, "low": last.low, "high": last.high}
    print(json.dumps(told))


def with_duckdb(folder: Path, book: Codebook) -> dict[str, float | str]:
    """The same indicator added up from the raw signals, daily by party, signal, bloc and sign."""
    if duckdb is None:
        return {"duckdb": "not installed"}
    definitions = [s.id for i in book.indicators for s in i.signals]
    wanted = [definitions.index(s.id) for s in book.indicator(INDICATOR).signals]
    raw = np.load(folder / "signals.npz")
    columns = {name: raw[name] for name in raw.files}
    connection = duckdb.connect(str(folder / "raw.duckdb"))
    connection.execute("SET threads = 1")
    connection.execute("CREATE OR REPLACE TABLE signals AS SELECT * FROM columns")
    taken = []
    for _ in range(5):
        started = time.process_time()
        rows = connection.execute(
            "SELECT party, signal, bloc, plus, day, sum(weight), count(*) FROM signals "
            f"WHERE signal IN ({', '.join(map(str, wanted))}) GROUP BY ALL"
        ).fetchall()
        taken.append(time.process_time() - started)
    connection.close()
    del columns
    return {"duckdb": duckdb.__version__, "cpu_ms": round(1000 * median(taken[1:]), 1), "rows": len(rows)}


def one_day(articles: int, book: Codebook) -> dict[str, float]:
    """Story weights and daily counts of one day of coded articles: the pure part of updating `counts`."""
    definitions = [s.id for i in book.indicators for s in i.signals]
    records = []
    for n in range(articles):
        story = f"s{n // 2}"
        for k in range(3):
            signal = Signal(
                conflict=CONFLICT, signal=definitions[(n + 5 * k) % 18], mode="", polarity=1 if n % 3 else -1,
                intensity=2, locus="ALL", speaker_class="official", speaker_side="self", factuality="done",
                rule="r", probability=0.7, evidence=Evidence(sentence=k, quote=""),
            )  # fmt: skip
            records.append(
                EvidenceRecord(
                    signal=signal, article=f"a{n}", revision=0, title="", url="", outlet=OUTLETS[n % 40],
                    owner=OUTLETS[n % 40], bloc=BLOCS[n % 6], language="en", published_at=None, story=story,
                    story_day=FIRST, story_bloc=BLOCS[n // 2 % 6], story_owners=("a", "b"), position=n,
                )
            )  # fmt: skip
    stories = [
        ConflictStory(conflict=CONFLICT, story=f"s{n}", bloc=BLOCS[n % 6], day=FIRST) for n in range(articles // 2)
    ]
    started = time.process_time()
    told = weights.story_signals(records, book, ("AAA", "BBB"))
    counts, _, _ = weights.daily(told, stories, book)
    return {"articles": articles, "cpu_s": round(time.process_time() - started, 2), "rows": len(counts)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--signals", type=int, default=10_000_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--query", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--path", choices=PATHS, help=argparse.SUPPRESS)
    parser.add_argument("--intervals", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.query:
        query(options.query, options.path, intervals=options.intervals)
        return
    book = codebook()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "tracker.db").exists():
            print("build", json.dumps(build(folder, options.signals, book)))
        ours = {}
        runs = [(path, []) for path in PATHS] + [("one_board", ["--intervals"]), ("two_commands", ["--intervals"])]
        for path, extra in runs:
            name = " ".join([path, *extra])
            command = [sys.executable, __file__, "--query", str(folder), "--path", path, *extra]
            environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            ours[name] = json.loads(subprocess.run(command, check=True, capture_output=True, env=environment).stdout)
            print(name, json.dumps(ours[name]))
        raw = with_duckdb(folder, book)
        print("duckdb on raw signals", json.dumps(raw))
        if "cpu_ms" in raw:
            for name in ("rows_alone", "one_board"):
                print(name, "is cheaper than adding up the signals by", f"{raw['cpu_ms'] / ours[name]['cpu_ms']:.1f}x")
        print("one day", json.dumps(one_day(10_000, book)))


if __name__ == "__main__":
    main()
