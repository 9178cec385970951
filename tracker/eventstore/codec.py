"""Event ↔ stored bytes: canonical JSON, with the words that may be forgotten kept apart."""

from collections.abc import Sequence
from typing import Any, NamedTuple, get_args

import orjson

from tracker.errors import EventStoreError, UnknownEvent
from tracker.eventstore.shapes import FORGOTTEN, Misfit, decoder, encoder
from tracker.eventstore.upcasters import upcast
from tracker.model.events import Event

EVENTS: dict[str, type] = {cls.type: cls for cls in get_args(Event)}
_OPTIONS = orjson.OPT_SORT_KEYS
_ENCODERS = {cls: (cls.type, cls.version, encoder(cls)) for cls in EVENTS.values()}  # type: ignore[attr-defined]  # events have both
_DECODERS = {(kind, cls.version): decoder(cls) for kind, cls in EVENTS.items()}  # type: ignore[attr-defined]  # as above


class Encoded(NamedTuple):
    """An event as the log keeps it; `payload` numbers its forgettable parts, `words` holds them."""

    type: str
    version: int
    payload: bytes
    words: list[str]


def encode(event: Event) -> Encoded:
    """Raises EventStoreError when a field holds what its type does not allow."""
    words: list[str] = []
    try:
        kind, version, write = _ENCODERS[type(event)]
        return Encoded(kind, version, orjson.dumps(write(event, words)), words)
    except KeyError:
        raise EventStoreError(f"{type(event).__name__} is no event") from None
    except (Misfit, orjson.JSONEncodeError) as error:
        raise EventStoreError(
            f"{type(event).__name__} cannot be recorded: {error}", remedy="this is a mistake in the program: report it"
        ) from error


def decode(kind: str, version: int, payload: bytes | str, words: Sequence[str | None] | None = ()) -> Event:
    """The event as first recorded, in today's shape; forgotten words (None, or all of them) read as "".

    Raises UnknownEvent for a type or version this release does not know, or a payload that does not fit.
    """
    return rebuilt(kind, version, orjson.loads(payload), None if words is None else [w or "" for w in words])


def rebuilt(kind: str, version: int, payload: dict[str, Any], words: list[str] | None) -> Event:
    """As `decode`, from a parsed payload; `words` is used up."""
    if words is None:
        words = FORGOTTEN
    else:
        words.append("")
    try:
        read = _DECODERS.get((kind, version))
        if read is None:
            cls = EVENTS.get(kind)
            if cls is None:
                raise UnknownEvent(f"no event is called {kind!r}", remedy="upgrade this program")
            current: int = cls.version  # type: ignore[attr-defined]  # events have one
            payload = dict(upcast(kind, version, current, payload))
            read = _DECODERS[kind, current]
        return read(payload, words)  # type: ignore[no-any-return]  # generated
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise UnknownEvent(f"{kind} version {version} has a payload that does not fit: {error!r}") from error
