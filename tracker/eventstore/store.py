"""What every event store promises: commit-ordered positions without holes, expected versions, a hash chain."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tracker.model.events import Event, Recorded

NEW_STREAM = 0  # expected version of a stream that must not exist yet
ANY = None  # no expectation: append after whatever is there


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """Events for one stream; `expected` is the stream's version as the writer believes it, or ANY."""

    stream: str
    events: tuple[Event, ...]
    expected: int | None = ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the log: position 0 and 32 zero bytes when empty."""

    position: int
    hash: bytes


class EventStore(Protocol):
    """Append-only log. First position is 1, first version of a stream is 1."""

    def append(
        self, batch: Sequence[Append], *, at: datetime, texts: Mapping[str, str] | None = None
    ) -> Sequence[Recorded]:
        """Record all of the batch in one transaction, or nothing.

        `texts` are article bodies by sha256, stored in the same transaction beside the log.
        Raises StreamConflict when a stream is not at its expected version.
        """
        ...

    def read(self, *, after: int = 0, until: int | None = None, limit: int | None = None) -> Iterator[Recorded]:
        """Events with `after` < position <= `until`, in order of position."""
        ...

    def stream(self, stream: str) -> Sequence[Recorded]:
        """All events of one stream in order of version; empty when it does not exist."""
        ...

    def versions(self, streams: Sequence[str]) -> Mapping[str, int]:
        """Current version of each existing stream among those named."""
        ...

    def head(self) -> Head:
        """The last position and its hash."""
        ...

    def position_at(self, moment: datetime) -> int:
        """The last position recorded at or before a moment; 0 when there is none."""
        ...

    def texts(self, hashes: Sequence[str]) -> Mapping[str, str]:
        """Bodies that are still there, by sha256; purged ones are absent."""
        ...
