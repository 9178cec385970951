"""kill −9 at any instant, two hundred times: what is found afterwards is what one full rebuild gives."""

import os
import random
import signal
import time
from pathlib import Path

import pytest
from projection_logs import CODEBOOKS, a_database, a_log, contents
from sqlalchemy import Engine
from test_projections import FirstOf

from tracker.database import connect, reading
from tracker.eventstore.sql import SqlEventStore
from tracker.projections import schema
from tracker.projections.runner import Projections

KILLS = 200
EVENTS = 400


def a_victim(url: str, until: int, seed: int, *, rebuilds: bool) -> int:
    """Another process, projecting the first events of the log (again and again, if it rebuilds); returns its id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:  # in the child: nothing of the test may run on
        chance = random.Random(seed)
        engine = connect(url)
        log = FirstOf(SqlEventStore(engine), until)
        while True:
            projections = Projections(engine, log, CODEBOOKS.__getitem__, batch=chance.choice((1, 3, 10, 40)))
            projections.catch_up()
            if rebuilds:
                projections.rebuild()
    finally:
        os._exit(status)


def put_down(child: int, after: float) -> None:
    """Let it work for so long, then kill it without a word; it must have been alive."""
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the victim ended by itself"
    assert os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_killed_at_two_hundred_random_points_the_tables_equal_a_full_rebuild(tmp_path: Path):
    chance = random.Random(20260302)
    url = f"sqlite:///{tmp_path / 'victim.db'}"
    engine = a_database(tmp_path / "victim.db")
    a_log(SqlEventStore(engine), 42, EVENTS)
    control = a_database(tmp_path / "control.db")
    store = SqlEventStore(engine)
    until, reached, moved, swaps = 0, 0, 0, {1}
    patience = {False: 0.08, True: 0.5}  # seconds; drawn after what this machine gets done, so that kills hit work
    for kill in range(KILLS):
        until = min(EVENTS, until + chance.randint(1, 2 * EVENTS // KILLS))
        engine.dispose()
        control.dispose()
        rebuilds = kill % 4 == 0
        put_down(a_victim(url, until, kill, rebuilds=rebuilds), after=chance.uniform(0.0, patience[rebuilds]))
        before, reached = reached, Projections(engine, store, CODEBOOKS.__getitem__).position()
        assert before <= reached <= until
        moved += reached > before
        done = generation(engine) not in swaps if rebuilds else reached == until
        patience[rebuilds] = min(3.0, patience[rebuilds] * (0.8 if done else 1.25))
        if reached:
            Projections(control, FirstOf(store, reached), CODEBOOKS.__getitem__).catch_up()
            assert contents(engine) == contents(control)
            swaps.add(generation(engine))
    assert moved > KILLS // 10, "the victims hardly ever got anything done"
    assert len(swaps) > 3, "no rebuild was ever swapped in"
    Projections(engine, store, CODEBOOKS.__getitem__).catch_up()
    caught_up = contents(engine)
    Projections(control, store, CODEBOOKS.__getitem__).rebuild()
    assert caught_up == contents(control)
    assert caught_up["position"] == [(EVENTS,)]
    engine.dispose()
    control.dispose()


def generation(engine: Engine) -> int:
    """Which set of tables is read; 1 before the first."""
    with reading(engine) as connection:
        pointer = schema.pointer(connection)
    return 1 if pointer is None else pointer.generation
