"""Stored rows → recorded events, the hot path of every replay."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from tracker.database import moment
from tracker.errors import UnknownEvent
from tracker.eventstore.codec import rebuilt
from tracker.model.events import Recorded

COLUMNS = "e.position, e.stream, e.version, e.type, e.schema_version, e.payload, e.recorded_at, e.hash, w.texts"


def recorded(rows: Iterable[tuple[Any, ...]]) -> Iterator[Recorded]:
    """Rows of COLUMNS as events. Raises UnknownEvent, naming the position, when one cannot be read."""
    last_us, last_at = None, None
    loads = orjson.loads
    for position, stream, version, kind, schema, payload, us, digest, texts in rows:
        if us != last_us:
            last_us, last_at = us, moment(us)
        words = [] if texts is None else loads(texts)
        gone = 0
        if None in words:
            gone = words.count(None)
            words = [word or "" for word in words]
        try:
            event = rebuilt(kind, schema, loads(payload), words)
        except UnknownEvent as error:
            raise UnknownEvent(f"position {position}: {error.message}", remedy=error.remedy) from error
        yield Recorded(
            event=event,
            position=position,
            stream=stream,
            version=version,
            recorded_at=last_at,
            hash=bytes(digest),
        )
