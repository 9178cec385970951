"""Several real processes write while another reads: every position exactly once, in order, none lost."""

import multiprocessing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tracker import database
from tracker.errors import StreamConflict
from tracker.eventstore.sql import SqlEventStore
from tracker.eventstore.store import NEW_STREAM, Append
from tracker.eventstore.verification import verify
from tracker.model.events import FeedRecovered
from tracker.testing import NOON

WRITERS, ROUNDS, BATCH = 4, 100, 10
SPAWN = multiprocessing.get_context("spawn")
pytestmark = pytest.mark.slow


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def write(url: str, writer: int, start) -> None:
    """Batches of one's own stream, and between them an attempt at a stream that all want to begin."""
    engine = database.connect(url, busy_seconds=60)
    store = SqlEventStore(engine)
    start.wait()
    for round_ in range(ROUNDS):
        events = tuple(FeedRecovered(feed=f"{writer}", failures=round_ * BATCH + n) for n in range(BATCH))
        store.append([Append(stream=f"feed-{writer}", events=events, expected=round_ * BATCH)], at=NOON)
        try:
            store.append([Append(stream=f"race-{round_}", events=events[:1], expected=NEW_STREAM)], at=NOON)
        except StreamConflict as conflict:
            if (conflict.expected, conflict.actual) != (0, 1):
                raise
    engine.dispose()


def tail(url: str, start, done, seen) -> None:
    """Ask for what is new, over and over, until the writers are done and nothing is left."""
    engine = database.connect(url, busy_seconds=60)
    store, positions, asked = SqlEventStore(engine), [], 0
    start.wait()
    while True:
        last_round = done.is_set()
        found = [item.position for item in store.read(after=positions[-1] if positions else 0)]
        positions += found
        asked += bool(found)
        if last_round and not found:
            break
        done.wait(0.002)
    seen.put((positions, asked))
    engine.dispose()


def test_a_reader_that_follows_many_writers_misses_nothing(any_engine: Engine):
    start, done, seen = SPAWN.Barrier(WRITERS + 1), SPAWN.Event(), SPAWN.Queue()
    reader = SPAWN.Process(target=tail, args=(url_of(any_engine), start, done, seen))
    writers = [SPAWN.Process(target=write, args=(url_of(any_engine), n, start)) for n in range(WRITERS)]
    for process in (reader, *writers):
        process.start()
    for process in writers:
        process.join()
    done.set()
    positions, asked = seen.get(timeout=60)
    reader.join()
    assert [process.exitcode for process in (reader, *writers)] == [0] * (WRITERS + 1)
    everything = WRITERS * ROUNDS * BATCH + ROUNDS
    assert positions == list(range(1, everything + 1))
    assert asked > 10, "the reader must have read while the others wrote"
    store = SqlEventStore(any_engine)
    for writer in range(WRITERS):
        assert [item.event.failures for item in store.stream(f"feed-{writer}")] == list(range(ROUNDS * BATCH))
    assert len(store.versions([f"race-{n}" for n in range(ROUNDS)])) == ROUNDS
    assert len({item.stream for item in store.read() if item.stream.startswith("race-")}) == ROUNDS
    assert verify(any_engine).head.position == everything


def contend(url: str, start, outcome) -> None:
    engine = database.connect(url, busy_seconds=60)
    start.wait()
    event = FeedRecovered(feed="wire", failures=1)
    try:
        SqlEventStore(engine).append([Append(stream="feed-wire", events=(event,), expected=1)], at=NOON)
        outcome.put("won")
    except StreamConflict as conflict:
        outcome.put(f"{conflict.expected} but {conflict.actual}")
    engine.dispose()


def test_of_two_writers_on_one_stream_one_wins_and_the_other_learns_the_version(any_engine: Engine):
    event = FeedRecovered(feed="wire", failures=1)
    SqlEventStore(any_engine).append([Append(stream="feed-wire", events=(event,))], at=NOON)
    start, outcome = SPAWN.Barrier(2), SPAWN.Queue()
    both = [SPAWN.Process(target=contend, args=(url_of(any_engine), start, outcome)) for _ in range(2)]
    for process in both:
        process.start()
    said = sorted(outcome.get(timeout=60) for _ in both)
    for process in both:
        process.join()
    assert said == ["1 but 2", "won"]
    assert SqlEventStore(any_engine).head().position == 2


def write_until_killed(url: str, ready) -> None:
    store = SqlEventStore(database.connect(url, busy_seconds=60))
    for n in range(1_000_000):
        events = tuple(FeedRecovered(feed="wire", failures=n) for _ in range(50))
        store.append([Append(stream="feed-wire", events=events)], at=NOON, texts={})
        ready.set()


def test_a_writer_killed_at_any_instant_leaves_whole_batches_and_a_chain_that_holds(any_engine: Engine, tmp_path: Path):
    for attempt in range(6):
        ready = SPAWN.Event()
        process = SPAWN.Process(target=write_until_killed, args=(url_of(any_engine), ready))
        process.start()
        assert ready.wait(60)
        process.join(0.01 * attempt)
        process.kill()
        process.join()
        assert verify(any_engine).head.position % 50 == 0
    store = SqlEventStore(any_engine)
    before = store.head().position
    store.append([Append(stream="feed-wire", events=(FeedRecovered(feed="wire", failures=1),) * 50)], at=NOON)
    assert store.head().position == before + 50
