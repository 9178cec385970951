"""Records with fields, in JSON Lines or CSV → articles; columns are guessed by their usual names."""

import csv
import gzip
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO

import orjson

from tracker.errors import ArchiveError
from tracker.feeds import addresses, clean
from tracker.feeds.language import detect
from tracker.feeds.settings import FetchSettings
from tracker.feeds.tables import Table
from tracker.model.articles import Article, Feed, Problem
from tracker.model.sketch import signature, words

FIELDS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline", "headline_main", "heading", "subject"),
    "text": ("text", "body", "content", "article", "article_text", "full_text", "fulltext", "description", "summary"),
    "date": ("date", "published_at", "published", "pubdate", "pub_date", "publication_date", "publish_date", "datetime",
             "timestamp", "first_seen", "created_at", "time"),
    "url": ("url", "link", "href", "permalink", "web_url", "source_url"),
    "outlet": ("outlet", "publisher", "publication", "newspaper", "source", "sources", "site", "domain", "media"),
    "owner": ("owner", "publisher_group"),
    "country": ("country", "country_code"),
    "language": ("language", "lang"),
    "author": ("author", "authors", "byline"),
    "id": ("id", "guid", "uid", "uuid", "article_id"),
}  # fmt: skip
_FORMATS = ("%Y%m%d", "%Y/%m/%d", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%Y%m%d%H%M%S", "%d.%m.%Y")
_LINE_LIMIT = 32 << 20
_UNKNOWN = frozenset({"", "unknown", "none", "null", "n/a", "nan"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveOptions:
    """How an archive is to be read, and what is true of all its articles unless a record says otherwise."""

    archive: str  # id of the archive: lower case, digits and hyphens
    outlet: str = ""
    owner: str = ""
    country: str = "INT"
    language: str = "en"
    bloc: str = "third-country"
    blocs: Mapping[str, str] = field(default_factory=dict)  # outlet or country -> bloc, before `bloc`
    columns: Mapping[str, str] = field(default_factory=dict)  # our field -> the archive's column, before the guess
    latest: datetime | None = None  # records dated later are refused
    settings: FetchSettings = field(default_factory=FetchSettings)  # limits of the parsing processes


def opened(path: Path) -> IO[bytes]:
    """A file's bytes, unpacked when its name ends in .gz."""
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]  # reads bytes


def text_lines(path: Path) -> IO[str]:
    """A file as text; what is not UTF-8 becomes a replacement mark."""
    return io.TextIOWrapper(opened(path), "utf-8-sig", errors="replace", newline="")


def lines(path: Path, options: ArchiveOptions) -> Iterator[Article | Problem]:
    """JSON Lines → one item a line; empty lines are passed over."""
    with opened(path) as stream:
        number = 0
        while line := stream.readline(_LINE_LIMIT):
            number += 1
            if not line.strip():
                continue
            record = json_of(line)
            where = f"{path.name}:{number}"
            if isinstance(record, dict):
                yield _article(record, guessed(list(record)) | dict(options.columns), options, where)
            else:
                yield Problem(subject=where, reason="the line is no JSON object", remedy="correct or remove the line")


def rows(path: Path, options: ArchiveOptions) -> Iterator[Article | Problem]:
    """CSV → one item a row. Raises ArchiveError when no column can be a title or a text."""
    with text_lines(path) as stream:
        table = Table((line.replace("\x00", "") for line in stream), dialect(path))
        names = table.header()
        columns = guessed(names) | dict(options.columns)
        missing = [column for column in columns.values() if column not in names]
        if missing or not {"title", "text"} & set(columns):
            raise ArchiveError(
                f"{path}: no column {missing[0]!r}" if missing else f"{path}: no column looks like a title or a text",
                remedy=f"name them, e.g. title=COLUMN; there are: {', '.join(names)[:300]}",
            )
        dated = names.index(columns["date"]) if "date" in columns else None
        for line, row in table.records(lambda alone: dated is not None and moment(alone[dated]) is not None):
            where = f"{path.name}:{line}"
            if isinstance(row, str):
                yield Problem(subject=where, reason=row, remedy="correct the quotation marks of this record")
            else:
                yield _article(row, columns, options, where)


def dialect(path: Path) -> type[csv.Dialect]:
    """The delimiter that the first line shows."""
    with text_lines(path) as stream:
        first = stream.readline(1 << 16)
    counts = {mark: first.count(mark) for mark in ",;\t|"}
    best = max(counts, key=lambda mark: counts[mark])

    class Dialect(csv.excel):
        delimiter = best if counts[best] else ","

    return Dialect


def guessed(names: Iterable[str]) -> dict[str, str]:
    """The first of each field's usual names that is there, whatever its case."""
    lowered = {str(name).strip().lower().replace(" ", "_"): str(name) for name in reversed(list(names))}
    return {
        field_: lowered[usual[0]]
        for field_, candidates in FIELDS.items()
        if (usual := [candidate for candidate in candidates if candidate in lowered])
    }


def json_of(line: bytes) -> object:
    """The value of a line, or None."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _article(
    record: Mapping[str, object], columns: Mapping[str, str], options: ArchiveOptions, where: str
) -> Article | Problem:
    values = {name: _value(record.get(column)) for name, column in columns.items()}
    title = clean.title_of(_escaped(values.get("title", "")))
    text = clean.text_of(_escaped(values.get("text", "")))
    if not title and not text:
        return Problem(subject=where, reason="neither title nor text", remedy="name the columns to be used")
    given = values.get("date", "")
    published = moment(given)
    if given and published is None:
        return Problem(subject=where, reason=f"the date {given[:40]!r} cannot be read", remedy="write it as YYYY-MM-DD")
    if published is not None and published < clean.EARLIEST:
        return Problem(subject=where, reason=f"the date {given[:40]!r} is before 1990", remedy="correct the date")
    if published is not None and options.latest is not None and published > options.latest:
        return Problem(subject=where, reason=f"the date {given[:40]!r} is in the future", remedy="correct the date")
    country = values.get("country", "").upper() or options.country
    outlet = values.get("outlet", "")
    if outlet.lower() in _UNKNOWN:
        outlet = options.outlet or _unnamed(options.archive, values.get("country", ""))
    url = addresses.canonical_url(values.get("url", ""))
    return made(
        Feed(
            id=options.archive,
            url="",
            outlet=outlet,
            owner=values.get("owner", "") or options.owner or slug(outlet),
            country=country if len(country) in {2, 3} else options.country,
            language=values.get("language", "")[:2].lower() or options.language,
            bloc=options.blocs.get(outlet) or options.blocs.get(country) or options.bloc,
            conflicts=(),
        ),
        url=url,
        guid=values.get("id", "") or clean.fingerprint(title, text),
        title=title,
        text=text,
        published=published,
        author=values.get("author", ""),
    )


def _unnamed(archive: str, country: str) -> str:
    """What stands for an outlet that is not named: unnamed ones of different countries are surely not one.

    >>> _unnamed("old-papers", "pl"), _unnamed("old-papers", "")
    ('old-papers (PL)', 'old-papers')
    """
    return f"{archive} ({country.upper()})" if country.strip() else archive


def made(
    feed: Feed, *, url: str, guid: str, title: str, text: str, published: datetime | None, author: str = ""
) -> Article:
    """An article with everything that follows from its words; `feed` says whose it is."""
    day = clean.day_in(url) if published is None else None
    return Article(
        id=clean.article_id(url, feed=feed.id, guid=guid),
        url=url,
        title=title,
        text=text,
        feed=feed.id,
        outlet=feed.outlet,
        owner=feed.owner,
        country=feed.country,
        bloc=feed.bloc,
        language=detect(f"{title}. {text[:400]}", feed.language),
        published_at=published or (datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None),
        date_source="archive" if published else "url" if day else "none",
        fingerprint=clean.fingerprint(title, text),
        signature=signature(title, text),
        words=len(words(f"{title}\n{text}")),
        text_source="archive",
        author=clean.title_of(author)[:200],
    )


def moment(value: str) -> datetime | None:
    """A date in one of the usual forms as a moment in UTC; a day is its midnight. None when it cannot be read.

    >>> moment("24 Feb 2022").isoformat(), moment("1645660800").isoformat()
    ('2022-02-24T00:00:00+00:00', '2022-02-24T00:00:00+00:00')
    """
    value = value.strip()
    if not value:
        return None
    if re.fullmatch(r"\d{9,10}(?:\.\d+)?|\d{12,13}", value):
        seconds = float(value) / (1000 if len(value.partition(".")[0]) > 10 else 1)
        return datetime.fromtimestamp(seconds, UTC)
    ways: tuple[Callable[[str], datetime], ...] = (
        datetime.fromisoformat,
        parsedate_to_datetime,
        *(_reader(form) for form in _FORMATS),
    )
    for read in ways:
        try:
            found = read(value)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        try:
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except OverflowError:
            return None
    return None


def _reader(form: str) -> Callable[[str], datetime]:
    return lambda value: datetime.strptime(value, form).replace(tzinfo=UTC)


def _value(value: object) -> str:
    if isinstance(value, list):
        return _value(value[0]) if value else ""
    return "" if value is None or isinstance(value, dict) else str(value).encode("utf-8", "replace").decode()


def _escaped(text: str) -> str:
    """Plain text must not lose its "<" and "&"; a record that holds markup is read as such."""
    if re.search(r"</(?:p|div|a|b|i|em|strong|span|h\d|li)>|<br\s*/?>", text, re.IGNORECASE):
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;") if "<" in text or "&" in text else text


def slug(name: str) -> str:
    """A name in lower case with hyphens."""
    return re.sub(r"[^\w]+", "-", name.casefold()).strip("-")
