"""Saved feeds, saved pages and WARC files → articles; foreign bytes are read in a parsing process."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tracker.feeds import addresses, clean, wire, workers
from tracker.feeds.records import ArchiveOptions, made, moment, opened, slug
from tracker.model.articles import Article, Feed, Problem


def _source(options: ArchiveOptions, outlet: str) -> Feed:
    name = options.outlet or outlet
    return Feed(
        id=options.archive,
        url="",
        outlet=name,
        owner=options.owner or slug(name),
        country=options.country,
        language=options.language,
        bloc=options.blocs.get(name, options.bloc),
        conflicts=(),
    )


def feed(path: Path, options: ArchiveOptions) -> Iterator[Article | Problem]:
    """A saved feed → its entries, then what could not be used."""
    with opened(path) as stream:
        body = stream.read(options.settings.max_bytes + 1)
    if len(body) > options.settings.max_bytes:
        yield Problem(subject=path.name, reason="the file is larger than a feed may be")
        return
    saved = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    job = {
        "kind": "feed", "feed": _source(options, path.stem), "at": saved, "url": path.name, "content_type": "",
        "http_date": None, "first": True, "seen": (), "most": 100_000,
    }  # fmt: skip
    done = workers.run(job, body, options.settings)
    if "reason" in done:
        yield Problem(subject=path.name, reason=done["reason"], remedy=done["remedy"])
        return
    for values in done["articles"]:
        article = wire.article_of(values)
        outlet = done["title"] if not options.outlet and article.outlet == path.stem and done["title"] else ""
        if outlet:
            article = replace(article, outlet=outlet, owner=options.owner or slug(outlet))
        yield replace(article, text_source="archive")
    yield from (replace(p, subject=f"{path.name}: {p.subject}") for p in wire.problems_of(done["problems"]))


def page(path: Path, options: ArchiveOptions) -> Iterator[Article | Problem]:
    """A saved page → its article."""
    with opened(path) as stream:
        body = stream.read(options.settings.max_bytes)
    yield _page_article(body, "", path.name, options, guid=path.name)


def _page_article(body: bytes, url: str, where: str, options: ArchiveOptions, *, guid: str = "") -> Article | Problem:
    done = workers.run({"kind": "page", "url": url}, body, options.settings)
    if "reason" in done:
        return Problem(subject=where, reason=done["reason"])
    published = moment(done["published"])
    host = re.sub(r"^https?://(?:www\.)?([^/:]+).*", r"\1", url)
    return made(
        _source(options, host or options.archive),
        url=addresses.canonical_url(url),
        guid=guid,
        title=done["title"],
        text=done["text"],
        published=published if published and published >= clean.EARLIEST else None,
        author=done["author"],
    )


def warc(path: Path, options: ArchiveOptions) -> Iterator[Article | Problem]:
    """The HTML answers of a WARC file → articles; a damaged end becomes a problem."""
    from warcio.archiveiterator import ArchiveIterator  # noqa: PLC0415 -- only WARC imports need it
    from warcio.exceptions import ArchiveLoadFailed  # noqa: PLC0415 -- as above

    with path.open("rb") as stream:
        records = 0
        try:
            for record in ArchiveIterator(stream):
                records += 1
                url = record.rec_headers.get_header("WARC-Target-URI") or ""
                if record.rec_type != "response" or record.http_headers is None:
                    continue
                kind = record.http_headers.get_header("Content-Type") or ""
                if record.http_headers.get_statuscode() != "200" or "html" not in kind.lower():
                    continue
                body = record.content_stream().read(options.settings.max_bytes)
                yield _page_article(body, url, f"{path.name}: {url}"[:300], options, guid=url)
        except (ArchiveLoadFailed, OSError, EOFError, ValueError) as fault:
            if not records and isinstance(fault, ArchiveLoadFailed):
                yield Problem(subject=path.name, reason="the file is no WARC", remedy="name it after what it holds")
                return
            yield Problem(subject=path.name, reason=f"the file is damaged from here on: {fault}"[:300])
            return
    if not records:
        yield Problem(subject=path.name, reason="no record of the file can be read", remedy="it may be cut off")
