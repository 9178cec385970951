"""Batch → rows: positions and versions given in order, words sealed, every row hashed with its predecessor.

hash(n) = SHA-256(hash(n-1) ‖ header ‖ payload), header = position, stream, version, type, schema version,
recorded_at in microseconds and the root over the words, one a line; hash(0) is 32 zero bytes. The payload is
hashed as stored, never re-serialised. Words that may be forgotten enter only through their root:
root = SHA-256(leaf ‖ leaf ‖ …), leaf = SHA-256(salt ‖ text). Forgetting a part removes text and salt and keeps the
leaf, so the chain holds and the words cannot be guessed from what is left.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256, shake_256
from typing import Any, NamedTuple, overload

import orjson

from tracker.database import microseconds
from tracker.errors import EventStoreError, StreamConflict
from tracker.eventstore.codec import encode
from tracker.eventstore.store import Append, Head
from tracker.model.events import Event, Recorded
from tracker.model.twins import twin

Salt = Callable[[int], bytes]  # so many random bytes
ZERO = bytes(32)
AT_ONCE = 128  # salts asked for at a time
SEAL = 32  # bytes a part: its salt while the text is there, its leaf once it is forgotten
BEGINNING = Head(position=0, hash=ZERO)
_Recorded = twin(Recorded)


class EventRow(NamedTuple):
    """A row of `events`, in the order of its columns."""

    position: int
    stream: str
    version: int
    type: str
    schema_version: int
    payload: str
    recorded_at: int
    words: bytes | None
    hash: bytes


class WordsRow(NamedTuple):
    """A row of `words`: JSON list of the parts (null once forgotten) and one seal of 32 bytes for each."""

    position: int
    texts: str
    seals: bytes


class Written(Sequence[Recorded]):
    """What was just recorded, made up as it is asked for: most writers never look."""

    __slots__ = ("_at", "_events", "_rows")

    def __init__(self, events: Sequence[Event], rows: Sequence[tuple[Any, ...]], at: datetime) -> None:
        self._events, self._rows, self._at = events, rows, at

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Recorded]:
        for event, row in zip(self._events, self._rows, strict=True):
            item: Any = _Recorded()
            item.event = event
            item.position, item.stream, item.version = row[:3]
            item.recorded_at = self._at
            item.hash = row[-1]
            item.forgotten = 0
            item.__class__ = Recorded
            yield item

    @overload
    def __getitem__(self, index: int) -> Recorded: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Recorded]: ...
    def __getitem__(self, index: int | slice) -> Recorded | Sequence[Recorded]:
        if isinstance(index, slice):
            return Written(self._events[index], self._rows[index], self._at)
        row = EventRow(*self._rows[index])
        return Recorded(
            event=self._events[index],
            position=row.position,
            stream=row.stream,
            version=row.version,
            recorded_at=self._at,
            hash=row.hash,
        )


class Placed(NamedTuple):
    """A batch ready to be written; rows as plain tuples in the order of EventRow and WordsRow."""

    events: list[tuple[Any, ...]]
    words: list[tuple[int, str, bytes]]
    recorded: Sequence[Recorded]


def fresh(size: int) -> bytes:
    """So many random bytes for salts: one seed, stretched and thrown away (asking the system for all was 8× slower)."""
    return shake_256(secrets.token_bytes(32)).digest(size)


def place(batch: Sequence[Append], head: Head, versions: Mapping[str, int], at: datetime, salt: Salt) -> Placed:
    """Give every event its place behind `head`; `versions` are those of the streams that exist.

    Raises StreamConflict when a stream is not where its writer believes, EventStoreError for an unfit event.
    """
    refuse_odd_names(batch)
    now, position, previous = microseconds(at), head.position, head.hash
    current = dict(versions)
    salts, used = b"", 0
    facts: list[Event] = []
    events: list[tuple[Any, ...]] = []
    kept: list[tuple[int, str, bytes]] = []
    for append in batch:
        stream = append.stream
        version = current.get(stream, 0)
        if append.expected is not None and append.expected != version:
            raise StreamConflict(stream, append.expected, version)
        for event in append.events:
            kind, schema, payload, words = encode(event)
            position += 1
            version += 1
            root, sealed = None, ""
            if words:
                if used + SEAL * len(words) > len(salts):
                    salts, used = salt(SEAL * max(len(words), AT_ONCE)), 0
                leaves, start = [], used
                for text in words:
                    leaves.append(sha256(salts[used : used + SEAL] + text.encode()).digest())
                    used += SEAL
                root = sha256(b"".join(leaves)).digest()
                sealed = root.hex()
                kept.append((position, orjson.dumps(words).decode(), salts[start:used]))
            header = f"{position}\n{stream}\n{version}\n{kind}\n{schema}\n{now}\n{sealed}\n"
            previous = sha256(previous + header.encode() + payload).digest()
            events.append((position, stream, version, kind, schema, payload.decode(), now, root, previous))
            facts.append(event)
        current[stream] = version
    return Placed(events, kept, Written(facts, events, at))


def refuse_odd_names(batch: Sequence[Append]) -> None:
    """Raises EventStoreError for a stream whose name is empty, has control characters or is not plain text."""
    for append in batch:
        if not append.stream or not append.stream.isprintable():
            raise EventStoreError(f"a stream cannot be called {append.stream!r}")


def link(previous: bytes, row: EventRow) -> bytes:
    """The hash a row must carry behind `previous`."""
    root = row.words.hex() if row.words else ""
    header = (
        f"{row.position}\n{row.stream}\n{row.version}\n{row.type}\n{row.schema_version}\n{row.recorded_at}\n{root}\n"
    )
    return sha256(previous + header.encode() + row.payload.encode()).digest()


def leaf(text: str, salt: bytes) -> bytes:
    """What stands for a part in the chain."""
    return sha256(salt + text.encode()).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """What stands for all parts of an event in the chain."""
    return sha256(b"".join(leaves)).digest()


def root_of_row(row: WordsRow) -> bytes:
    """The root as the stored words give it, forgotten parts standing by their leaves."""
    texts: list[str | None] = orjson.loads(row.texts)
    seals = [row.seals[i * SEAL : (i + 1) * SEAL] for i in range(len(texts))]
    return root_of(seal if text is None else leaf(text, seal) for text, seal in zip(texts, seals, strict=True))
