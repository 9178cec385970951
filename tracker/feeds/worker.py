"""A parsing process: reads jobs from standard input and answers on standard output, within limits of its own.

Foreign bytes are parsed here and nowhere else, because it can be ended at any time without harm. It has no network
to use and writes no file. Run as `python -m tracker.feeds.worker`; a job is a JSON header and a body, each with its
length in front.
"""

import contextlib
import resource
import struct
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any, BinaryIO
from zlib import crc32

import orjson

from tracker.errors import FeedError
from tracker.feeds import addresses, clean, wire
from tracker.feeds.language import detect
from tracker.feeds.parse import Parsed, parse
from tracker.model.articles import Article, Entry, Problem

_LENGTHS = struct.Struct(">II")
_NAMED = 20  # problems of one feed that are named one by one; the rest is counted


def read_feed(job: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    """Body of a feed → articles not seen at the last poll, problems, hints and hashes of what was seen now.

    Raises FeedError when it is no feed.
    """
    feed = wire.feed_of(job["feed"])
    at = wire.moment_of(job["at"])
    assert at is not None
    parsed = parse(body, url=job["url"], content_type=job["content_type"], most=job["most"])
    about = clean.Circumstances(
        at=at,
        home=parsed.home,
        feed_date=parsed.hints.dated,
        http_date=wire.moment_of(job["http_date"]),
        first=job["first"],
        shared_urls=_shared(parsed),
    )
    before = frozenset(job["seen"])
    seen: dict[int, None] = {}
    kept: dict[str, Article] = {}
    problems = list(parsed.problems)
    again = 0
    for entry in parsed.entries:
        mark = _mark(entry)
        repeated = mark in seen
        seen[mark] = None
        if mark in before or repeated:
            again += repeated
            continue
        article, troubles = clean.article_of(entry, feed, about, detect)
        problems.extend(troubles)
        if article is None:
            continue
        if article.id in kept:
            again += 1
        kept[article.id] = _later(kept.get(article.id), article)
    if again:
        repeat = "entry repeats another" if again == 1 else "entries repeat others"
        problems.append(Problem(subject=feed.id, reason=f"{again} {repeat} of the same poll"))
    problems.extend(_languages(feed.id, feed.language, kept))
    return {
        "articles": list(kept.values()),
        "problems": _bounded(problems, feed.id),
        "hints": parsed.hints,
        "seen": list(seen),
        "entries": len(parsed.entries),
        "format": parsed.format,
        "title": parsed.title,
        "fresh": sum(1 for mark in seen if mark not in before),
        "pace_minutes": _pace(parsed, job["at"]),
    }


def read_page(job: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    """Body of a web page → title, text, date and language of its article."""
    from tracker.feeds.fulltext import extract  # noqa: PLC0415 -- a second of imports that most feeds never need

    page = extract(body, url=job["url"])
    return {"title": page.title, "text": page.text, "published": page.published, "author": page.author}


def _mark(entry: Entry) -> int:
    """Which entry this is and what it says, without its guid, which some servers change on every poll."""
    parts = (addresses.canonical_url(entry.url), entry.title, entry.summary, entry.content, str(entry.published))
    text = "\0".join(parts).encode("utf-8", "replace")
    return crc32(text) << 32 | crc32(text[::-1])


def _shared(parsed: Parsed) -> frozenset[str]:
    """Canonical addresses that several entries with different guids and titles carry: they identify none of them."""
    by_url: dict[str, set[tuple[str, str]]] = {}
    for entry in parsed.entries:
        if entry.url and entry.guid:
            by_url.setdefault(addresses.key_of(addresses.canonical_url(entry.url)), set()).add(
                (entry.guid, entry.title)
            )
    return frozenset(
        key for key, members in by_url.items() if min(len({g for g, _ in members}), len({t for _, t in members})) > 1
    )


def _later(first: Article | None, second: Article) -> Article:
    """Of two entries for one article, the one published later; the first when that is not known."""
    if first is None or (
        first.published_at is not None and second.published_at is not None and second.published_at > first.published_at
    ):
        return second
    return first


def _languages(feed: str, claimed: str, kept: Mapping[str, Article]) -> list[Problem]:
    found = Counter(article.language for article in kept.values())
    if sum(found.values()) < 5 or not claimed:
        return []
    language, count = found.most_common(1)[0]
    if language == claimed or count < 0.8 * sum(found.values()):
        return []
    return [
        Problem(
            subject=feed,
            reason=f"feeds.yaml says {claimed!r}, but {count} of {sum(found.values())} entries read as {language!r}",
            remedy=f"set `language: {language}` on it",
        )
    ]


def _pace(parsed: Parsed, at: str) -> int:
    """Mean minutes between the last twenty dated entries, up to now; 0 when nothing is dated."""
    now = wire.moment_of(at)
    assert now is not None
    dates = sorted((e.published for e in parsed.entries if e.published and e.published <= now), reverse=True)[:20]
    return int((now - dates[-1]).total_seconds() / 60 / len(dates)) if dates else 0


def _bounded(problems: list[Problem], feed: str) -> list[Problem]:
    """Hundreds of like problems are told by kind and number, the first few by name."""
    if len(problems) <= _NAMED:
        return problems
    rest = Counter(problem.reason for problem in problems[_NAMED:])
    return problems[:_NAMED] + [
        Problem(subject=feed, reason=f"{count} more entries: {reason}") for reason, count in rest.most_common(5)
    ]


def ready(_job: Mapping[str, Any], _body: bytes) -> dict[str, Any]:
    """The first job of every process: what takes long to import is loaded, so that later limits count reading only.

    The language model (half a second, 70 MB) is not: a process that only meets plain English never needs it.
    """
    return {}


_KINDS = {"feed": read_feed, "page": read_page, "ready": ready}


def answer(header: bytes, body: bytes) -> bytes:
    """One job → one JSON answer; whatever goes wrong becomes a reason."""
    try:
        job = orjson.loads(header)
        return orjson.dumps(_KINDS[job["kind"]](job, body))
    except FeedError as error:
        return orjson.dumps({"reason": error.message, "remedy": error.remedy})
    except (MemoryError, RecursionError) as error:
        return orjson.dumps({"reason": f"it cannot be read within limits ({type(error).__name__})", "remedy": ""})
    except Exception as error:  # noqa: BLE001 -- a stranger's bytes must not end the process
        return orjson.dumps({"reason": f"it cannot be read: {type(error).__name__}: {error}"[:300], "remedy": ""})


def main(inward: BinaryIO, outward: BinaryIO, *, address_space: int, cpu_seconds: int) -> None:
    """Serve until standard input ends."""
    with contextlib.suppress(ValueError, OSError):  # not every system can limit address space
        resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while len(lengths := inward.read(_LENGTHS.size)) == _LENGTHS.size:
        header, body = (inward.read(length) for length in _LENGTHS.unpack(lengths))
        used = resource.getrusage(resource.RUSAGE_SELF)
        with contextlib.suppress(ValueError, OSError):
            _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
            resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + cpu_seconds + 1, hard))
        reply = answer(header, body)
        outward.write(_LENGTHS.pack(len(reply), 0) + reply)
        outward.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer, address_space=int(sys.argv[1]), cpu_seconds=int(sys.argv[2]))
