"""Ten million signals over three years: history of one indicator from daily counts, beside DuckDB on the raw rows.

    python benchmarks/readiness.py [--signals 10000000] [--keep FOLDER]

Builds a database with the projected tables, filled as catching up would fill them, and measures in a fresh process
the CPU time and peak memory of a three-year weekly history of one indicator for both parties, with and without
intervals (B = 500), by the path that `tracker history` takes. DuckDB, if it is installed, counts the raw signals of
that indicator in the same run, and has to come to our daily sums; see raw_signals.py. What keeping the daily counts up
to date costs is measured last, by upkeep.py.
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
import raw_signals
from sqlalchemy import Engine

from tracker import database
from tracker.catalog.load import codebook_of, read_codebook_files
from tracker.model.codebook import Codebook
from tracker.model.readings import Reading
from tracker.projections import blocks, reads, schema
from tracker.questions.history import history as ask
from tracker.questions.history import measured
from tracker.questions.standpoint import Standpoint
from tracker.readiness import approximation
from tracker.readiness.board import board
from tracker.readiness.rows import COUNT, STORIES, Names, Rows, Table, joined
from tracker.readiness.series import readings, signals_of

ROOT = Path(__file__).resolve().parents[1]
BLOCS = ("wires", "third-country", "international", "aligned-1", "aligned-2", "patrons-1")
PARTIES = ("AAA", "BBB")
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
    """Raw signals as DuckDB will read them, and the projected tables in `tracker.db`, counted from the same."""
    names = [s.id for i in book.indicators for s in i.signals]
    raw = raw_signals.make(count, days=DAYS, signals=len(names), blocs=len(BLOCS))
    np.savez(folder / "signals.npz", **raw)
    counts = _counts(raw_signals.strongest(raw), names)
    presence, coverage = _presence(raw, book, names), _coverage(raw)
    started = time.process_time()
    engine = database.connect(f"sqlite:///{folder / 'tracker.db'}")
    database.migrate(engine)
    with database.writing(engine) as connection:
        generation = schema.create(connection)
        t = schema.tables(generation)
        for days in blocks.months(range(FIRST.toordinal(), FIRST.toordinal() + DAYS), 31):
            some = Rows(
                conflict=CONFLICT,
                **{
                    name: table.of(np.isin(table.rows["day"], days))
                    for name, table in (("counts", counts), ("coverage", coverage), ("presence", presence))
                },
            )
            blocks.replace(connection, t, book, days, some)
        schema.point(connection, generation, 1, 0, instead_of=None)
    engine.dispose()
    return {"write_cpu_s": time.process_time() - started, "counts_rows": len(counts.rows)}


def _counts(told: raw_signals.Columns, names: list[str]) -> Table:
    shape = (len(names), len(PARTIES), len(BLOCS), DAYS)
    cell = np.ravel_multi_index([told[n] for n in ("signal", "party", "bloc", "day")], shape)
    rows = np.zeros(int(np.prod(shape)), dtype=COUNT)
    for sign, name in ((True, "plus"), (False, "minus")):
        some, weight = cell[told["plus"] == sign], told["weight"][told["plus"] == sign]
        rows[f"{name}_stories"] = np.bincount(some, minlength=len(rows))
        rows[name] = np.bincount(some, weights=weight, minlength=len(rows))
        rows[f"{name}_squares"] = np.bincount(some, weights=weight**2, minlength=len(rows))
    rows["line"], rows["day"] = np.divmod(np.arange(len(rows)), DAYS)
    rows["day"] += FIRST.toordinal()
    lines = [(party, signal, "direction", bloc) for signal in names for party in PARTIES for bloc in BLOCS]
    table = Table(lines=lines, rows=rows)
    return table.of(rows["plus_stories"] + rows["minus_stories"] > 0)


def _coverage(raw: raw_signals.Columns) -> Table:
    """All stories are about the conflict; each stands once for its bloc and day."""
    _, first = np.unique(raw["story"], return_index=True)
    cell = raw["bloc"][first].astype(np.int64) * DAYS + raw["day"][first]
    rows = np.zeros(len(BLOCS) * DAYS, dtype=STORIES)
    rows["stories"] = np.bincount(cell, minlength=len(rows))
    rows["line"], rows["day"] = np.divmod(np.arange(len(rows)), DAYS)
    rows["day"] += FIRST.toordinal()
    return Table(lines=[(bloc,) for bloc in BLOCS], rows=rows)


def _presence(raw: raw_signals.Columns, book: Codebook, names: list[str]) -> Table:
    """Stories by the set of an indicator's signals that they carry, and who says each of them; two outlets an owner."""
    outlets = [f"outlet-{n:03}" for n in range(raw_signals.OUTLETS)]
    owners = [f"owner-{n:03}" for n in range(raw_signals.OUTLETS // 2)]
    tables = []
    for indicator in book.indicators:
        places = [names.index(s.id) for s in indicator.signals]
        bit = np.zeros(len(names), dtype=np.int64)
        bit[places] = [1 << n for n in range(len(places))]
        some = {
            name: raw[name][np.isin(raw["signal"], places)] for name in ("story", "day", "party", "signal", "outlet")
        }
        order = np.argsort(some["story"].astype(np.int64) * 2 + some["party"], kind="stable")
        key = (some["story"].astype(np.int64) * 2 + some["party"])[order]
        starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
        carried = np.bitwise_or.reduceat(bit[some["signal"]][order], starts)
        shape = (2, 1 << len(places), DAYS)
        told = [some["party"][order][starts], carried, some["day"][order][starts]]
        stories = np.bincount(np.ravel_multi_index(told, shape), minlength=int(np.prod(shape)))
        where = np.ravel_multi_index([some["party"], bit[some["signal"]], some["day"]], shape)
        says = np.zeros((len(stories), len(outlets)), dtype=bool)
        says[where, some["outlet"]] = True
        rows = np.zeros(len(stories), dtype=STORIES)
        rows["stories"] = stories
        rows["line"], rows["day"] = np.divmod(np.arange(len(rows)), DAYS)
        rows["day"] += FIRST.toordinal()
        lines = [(indicator.id, party, mask) for party in PARTIES for mask in range(1 << len(places))]
        whose = says[:, 0::2] | says[:, 1::2]
        named = (Names.of(outlets, says), Names.of(owners, whose))
        tables.append(Table(lines=lines, rows=rows, names=named).of((stories > 0) | says.any(axis=1)))
    return joined(tables)


WEEKS = tuple(FIRST + timedelta(days=d) for d in range(6, DAYS, 7))
Told = list[tuple[Reading, ...]]


def standpoint(engine: Engine, book: Codebook) -> Standpoint:
    """The present, as `tracker history` asks from it."""
    at = datetime.combine(WEEKS[-1], datetime.min.time(), UTC)
    return Standpoint(engine=engine, codebook=book, as_of=None, position=1, at=at)


def one_board(engine: Engine, book: Codebook, *, intervals: bool) -> Told:
    """Both parties of one board, as a page or a digest draws them."""
    found, resamples = measured(standpoint(engine, book), CONFLICT, WEEKS, (INDICATOR,), intervals=intervals)
    return [readings(found, INDICATOR, party, resamples=resamples) for party in PARTIES]


def two_commands(engine: Engine, book: Codebook, *, intervals: bool) -> Told:
    """What `tracker history` answers when it is asked for one party and then for the other."""
    view = standpoint(engine, book)
    asked = {"conflict": CONFLICT, "since": WEEKS[0], "until": WEEKS[-1], "intervals": intervals}
    return [ask(view, INDICATOR, party=party, **asked).points for party in PARTIES]


def by_objects(engine: Engine, book: Codebook, *, intervals: bool) -> Told:
    """The same through `reads.inputs`, which makes an object of every row, as digests and questions to the past do."""
    signals = signals_of(book, [INDICATOR])
    inputs = reads.inputs(engine, CONFLICT, book, signals=signals)
    found = board(inputs, book, WEEKS, signals=signals)
    resamples = approximation.from_counts(inputs, book, WEEKS, only=signals) if intervals else None
    return [readings(found, INDICATOR, party, resamples=resamples) for party in PARTIES]


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


def agree(folder: Path, book: Codebook, found: raw_signals.Columns) -> int:
    """How many daily sums DuckDB and our tables both hold. Raises SystemExit where they differ."""
    names = [s.id for i in book.indicators for s in i.signals]
    engine = database.connect(f"sqlite:///{folder / 'tracker.db'}")
    ours = reads.rows(engine, CONFLICT, book, signals=signals_of(book, [INDICATOR])).counts
    engine.dispose()
    cells: dict[tuple[object, ...], tuple[int, float]] = {}
    for row in ours.rows:
        party, signal, _, bloc = ours.lines[row["line"]]
        for sign, name in ((True, "plus"), (False, "minus")):
            if row[f"{name}_stories"]:
                cells[party, signal, bloc, sign, int(row["day"])] = int(row[f"{name}_stories"]), float(row[name])
    for party, signal, bloc, sign, day, weight, stories in zip(*found.values(), strict=True):
        key = PARTIES[party], names[signal], BLOCS[bloc], bool(sign), int(day) + FIRST.toordinal()
        count, total = cells.pop(key)
        if count != stories or abs(total - weight) > 1e-9 * weight:
            raise SystemExit(f"{key}: DuckDB says {stories} stories and {weight}, our table {count} and {total}")
    if cells:
        raise SystemExit(f"DuckDB does not know {next(iter(cells))}")
    return len(found["day"])


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
        definitions = [s.id for i in book.indicators for s in i.signals]
        wanted = [definitions.index(s.id) for s in book.indicator(INDICATOR).signals]
        with np.load(folder / "signals.npz") as columns:
            raw, found = raw_signals.asked(folder, dict(columns), wanted)
        print("duckdb on raw signals", json.dumps(raw))
        if found:
            print("daily sums that DuckDB and our tables agree on", agree(folder, book, found))
            for name in ("rows_alone", "one_board"):
                for way in ("by_story", "simple"):
                    ratio = raw[f"{way}_cpu_ms"] / ours[name]["cpu_ms"]
                    print(name, "is cheaper than", way, "by DuckDB:", f"{ratio:.1f}x")
    sys.stdout.flush()
    subprocess.run([sys.executable, str(Path(__file__).with_name("upkeep.py"))], check=True)


if __name__ == "__main__":
    main()
