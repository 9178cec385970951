"""The only crossing between table rows and the words of the model: moments, days, signals, articles."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import orjson

from tracker.model.events import ArticleRecord
from tracker.model.signals import Evidence, Signal
from tracker.projections.schema import OPEN

T = TypeVar("T")
CHUNK = 500  # ids in one IN (…): well below what either database takes
ARTICLE_COLUMNS = (
    "from_position", "to_position", "article", "revision", "url", "title", "feed", "outlet", "owner", "country", "bloc",
    "language", "published", "date_source", "fingerprint", "signature", "words", "body", "text_source", "author",
    "story", "recorded", "undated", "joined",
)  # fmt: skip
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY_US = 86_400_000_000


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Lists of at most `size` items, in order."""
    remaining = iter(items)
    while some := list(islice(remaining, size)):
        yield some


def to_us(moment: datetime | None) -> int | None:
    """Microseconds since 1970; None stays None."""
    return None if moment is None else (moment - _EPOCH) // _US


def from_us(us: int | None) -> datetime | None:
    """The UTC moment; None stays None."""
    return None if us is None else _EPOCH + us * _US


def day_of_us(us: int) -> int:
    """The UTC day of a moment as a day number (`date.toordinal`).

    >>> date.fromordinal(day_of_us(0))
    datetime.date(1970, 1, 1)
    """
    return us // _DAY_US + _EPOCH_DAY


@lru_cache(maxsize=16_384)
def day(number: int) -> date:
    """The date of a day number."""
    return date.fromordinal(number)


@lru_cache(maxsize=16_384)
def names(text: str) -> tuple[str, ...]:
    """A tuple of names from its JSON; the same few combinations come again and again."""
    return tuple(orjson.loads(text))


@lru_cache(maxsize=16_384)
def names_text(values: tuple[str, ...]) -> str:
    """The JSON of a tuple of names."""
    return orjson.dumps(values).decode()


def signature_bytes(signature: Sequence[int]) -> bytes:
    """A signature as four bytes a number, or eight when one of them needs more; the first byte says which."""
    try:
        return b"I" + array("I", signature).tobytes()
    except OverflowError:
        return b"q" + array("q", signature).tobytes()


def signature_of(data: bytes) -> tuple[int, ...]:
    """The inverse of `signature_bytes`."""
    return tuple(array(chr(data[0]), bytes(data[1:])))


def signal_text(signal: Signal) -> str:
    """A signal as JSON, from which `signal_of` makes it again exactly."""
    return orjson.dumps(signal).decode()


def signal_of(data: str) -> Signal:
    """The inverse of `signal_text`."""
    fields = orjson.loads(data)
    evidence = fields["evidence"]
    if evidence["cue"] is not None:
        evidence["cue"] = tuple(evidence["cue"])
    fields["evidence"] = Evidence(**evidence)
    return Signal(**fields)


class Membership(NamedTuple):
    """How an article came to its story: the same for all its revisions."""

    story: str
    recorded: int  # day number of its arrival
    undated: int  # 1 when it arrived without a date
    joined: int  # 1 when it joined the story of another outlet


def article_row(record: ArticleRecord, revision: int, position: int, member: Membership) -> tuple[Any, ...]:
    """A revision of an article, in force from its position on; in the order of ARTICLE_COLUMNS."""
    return (
        position,
        OPEN,
        record.id,
        revision,
        record.url,
        record.title,
        record.feed,
        record.outlet,
        record.owner,
        record.country,
        record.bloc,
        record.language,
        to_us(record.published_at),
        record.date_source,
        record.fingerprint,
        signature_bytes(record.signature),
        record.words,
        record.body,
        record.text_source,
        record.author,
        *member,
    )


def record_of(row: Any) -> ArticleRecord:
    """The inverse of `article_row`; revision and positions are the row's."""
    return ArticleRecord(
        id=row.article,
        url=row.url,
        title=row.title,
        feed=row.feed,
        outlet=row.outlet,
        owner=row.owner,
        country=row.country,
        bloc=row.bloc,
        language=row.language,
        published_at=from_us(row.published),
        date_source=row.date_source,
        fingerprint=row.fingerprint,
        signature=signature_of(row.signature),
        words=row.words,
        body=row.body,
        text_source=row.text_source,
        author=row.author,
    )
