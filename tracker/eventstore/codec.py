"""Event ↔ stored bytes: canonical JSON, with the words that may be forgotten kept apart."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, get_args

import orjson

from tracker.errors import EventStoreError, UnknownEvent
from tracker.eventstore.shapes import Inline, Misfit, decoder, encoder, kinds
from tracker.eventstore.upcasters import refuse_unknown, upcast
from tracker.model.events import Event

EVENTS: dict[str, type] = {cls.type: cls for cls in get_args(Event)}
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
    except (Misfit, TypeError, AttributeError) as error:
        raise EventStoreError(
            f"{type(event).__name__} cannot be recorded: {error}", remedy="this is a mistake in the program: report it"
        ) from error


def decode(kind: str, version: int, payload: bytes | str, words: Sequence[str | None] = ()) -> Event:
    """The event as first recorded, in today's shape; words that were forgotten (None) read as "".

    Raises UnknownEvent for a type or version this release does not know, or a payload that does not fit.
    """
    return reader(kind, version)(orjson.loads(payload), [*(word or "" for word in words), ""])


def reader(kind: str, version: int) -> Callable[[dict[str, Any], list[str]], Event]:
    """The function (parsed payload, its words and a last "") → event for a stored type and version.

    Raises UnknownEvent for one this release does not know; the function raises it for a payload that does not fit.
    """
    cls = EVENTS.get(kind)
    if cls is None:
        raise UnknownEvent(f"no event is called {kind!r}", remedy="upgrade this program")
    current: int = cls.version  # type: ignore[attr-defined]  # events have one
    read = _DECODERS[kind, current]
    if version == current:
        return read
    refuse_unknown(kind, version, current)
    return lambda payload, words: read(dict(upcast(kind, version, current, payload)), Inline(words))


def words_of(kind: str, version: int, payload: dict[str, Any]) -> list[str]:
    """What kind of part each word of a stored event is: title, url, author, quote, speaker, note, person.

    Raises UnknownEvent for a type or version this release does not know.
    """
    cls = EVENTS.get(kind)
    if cls is None:
        raise UnknownEvent(f"no event is called {kind!r}", remedy="upgrade this program")
    current: int = cls.version  # type: ignore[attr-defined]  # events have one
    numbered = kinds(cls, upcast(kind, version, current, payload))
    return [numbered.get(number, "words") for number in range(max(numbered, default=-1) + 1)]
