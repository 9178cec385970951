"""Stored rows → recorded events, the hot path of every replay."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from tracker.database import EPOCH, moment
from tracker.errors import UnknownEvent
from tracker.eventstore.codec import reader
from tracker.eventstore.shapes import FORGOTTEN
from tracker.model.events import Recorded
from tracker.model.twins import twin

COLUMNS = "e.position, e.stream, e.version, e.type, e.schema_version, e.payload, e.recorded_at, e.hash, w.texts"
_Recorded = twin(Recorded)


def recorded(rows: Iterable[tuple[Any, ...]]) -> Iterator[Recorded]:
    """Rows of COLUMNS as events. Raises UnknownEvent, naming the position, when one cannot be read."""
    readers: dict[tuple[str, int], Any] = {}
    loads = orjson.loads
    position, last_us, last, last_kind, last_schema = 0, -1, EPOCH, "", 0
    read: Any = None
    try:
        for position, stream, version, kind, schema, payload, us, digest, texts in rows:
            if kind != last_kind or schema != last_schema:
                last_kind, last_schema, read = kind, schema, readers.get((kind, schema))
                if read is None:
                    read = readers[kind, schema] = reader(kind, schema)
            if us != last_us:
                last_us, last = us, moment(us)
            words = [] if texts is None else loads(texts)
            gone = words.count(None)
            if gone:
                words = [word or "" for word in words]
            words.append("")
            item: Any = _Recorded()
            try:
                item.event = read(loads(payload), words)
            except IndexError:  # its words are gone altogether
                item.event = read(loads(payload), FORGOTTEN)
                gone = 1
            item.position = position
            item.stream = stream
            item.version = version
            item.recorded_at = last
            item.hash = digest
            item.forgotten = gone
            item.__class__ = Recorded
            yield item
    except UnknownEvent as error:
        raise UnknownEvent(f"position {position}: {error.message}", remedy=error.remedy) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnknownEvent(f"position {position} has a payload that does not fit its type: {error!r}") from error
