"""FeedState ↔ `poll_state`, a disposable table beside the log: losing it costs one full download of every feed."""

import dataclasses
from collections.abc import Mapping
from typing import Any
from weakref import WeakSet

import orjson
from sqlalchemy import Column, Engine, LargeBinary, MetaData, Table, Text, inspect, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from tracker.database import reading, writing
from tracker.feeds.hints import Hints
from tracker.feeds.schedule import FeedState
from tracker.feeds.wire import moment_of
from tracker.model.articles import Validators

_TABLES = MetaData()
_MADE: WeakSet[Engine] = WeakSet()  # engines whose table we have seen to, lest every save ask again
POLL_STATE = Table(
    "poll_state", _TABLES, Column("feed", Text, primary_key=True), Column("state", LargeBinary, nullable=False)
)


def load(engine: Engine) -> dict[str, FeedState]:
    """All states by feed; none when the table is not there yet. What cannot be read is forgotten."""
    with reading(engine) as connection:
        if not inspect(connection).has_table(POLL_STATE.name):
            return {}
        rows = connection.execute(select(POLL_STATE.c.feed, POLL_STATE.c.state)).all()
    states = {}
    for feed, payload in rows:
        found = _decoded(payload)
        if found is not None:
            states[str(feed)] = found
    return states


def save(engine: Engine, states: Mapping[str, FeedState]) -> None:
    """Keep these states, replacing earlier ones of the same feeds; the table is made when it is not there."""
    if not states:
        return
    rows = [{"feed": feed, "state": orjson.dumps(state)} for feed, state in states.items()]
    insert = sqlite_insert if engine.dialect.name == "sqlite" else postgres_insert
    statement = insert(POLL_STATE)
    statement = statement.on_conflict_do_update(
        index_elements=[POLL_STATE.c.feed], set_={"state": statement.excluded.state}
    )
    with writing(engine) as connection:
        if engine not in _MADE:
            _TABLES.create_all(connection)
        connection.execute(statement, rows)
    _MADE.add(engine)


def _decoded(payload: bytes) -> FeedState | None:
    try:
        values: dict[str, Any] = orjson.loads(payload)
        names = {field.name for field in dataclasses.fields(FeedState)}
        if set(values) != names:
            return None
        for name in ("last_success", "last_new", "next_poll", "blocked_until"):
            values[name] = moment_of(values[name])
        observed = moment_of(values["observed"])
        hints = values["hints"]
        values |= {
            "validators": Validators(**values["validators"]),
            "hints": Hints(
                minutes=hints["minutes"],
                skip_hours=tuple(hints["skip_hours"]),
                skip_days=tuple(hints["skip_days"]),
                dated=moment_of(hints["dated"]),
            ),
            "seen": tuple(values["seen"]),
            "observed": observed.date() if observed else None,
        }
        return FeedState(**values)
    except (ValueError, TypeError, KeyError):
        return None
