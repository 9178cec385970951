"""Archives → articles: JSON Lines, CSV, WARC, saved feeds and pages, and folders of all these; one item per record."""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tracker.errors import ArchiveError
from tracker.feeds import records, saved
from tracker.feeds.records import FIELDS, ArchiveOptions
from tracker.model.articles import Article, Problem

__all__ = ["FIELDS", "ArchiveOptions", "files", "guess", "read_archive"]

_KINDS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv", ".warc": "warc", ".xml": "feed",
          ".rss": "feed", ".atom": "feed", ".rdf": "feed", ".json": "feed", ".html": "page", ".htm": "page",
          ".xhtml": "page"}  # fmt: skip


_READERS = {"jsonl": records.lines, "csv": records.rows, "warc": saved.warc, "feed": saved.feed, "page": saved.page}


def read_archive(path: Path, options: ArchiveOptions, *, after: int = 0) -> Iterator[Article | Problem]:
    """Every record of a file or folder, in a stable order, as an article or as the reason why it cannot be one.

    `after` skips so many items, for going on after an interruption. Raises ArchiveError when the path itself cannot
    be read or a CSV has no column for title or text.
    """
    return islice(_items(path, options), after, None)


def guess(path: Path) -> dict[str, str]:
    """Our field → the column or key that is taken for it, from the beginning of a CSV or JSON Lines file.

    Raises ArchiveError when the file cannot be read.
    """
    try:
        if _kind(path) == "csv":
            with records.text_lines(path) as lines:
                return records.guessed(csv.DictReader(lines, dialect=records.dialect(path)).fieldnames or ())
        with records.opened(path) as lines:
            for line in islice(lines, 20):
                record = records.json_of(line)
                if isinstance(record, dict):
                    return records.guessed(list(record))
    except (OSError, EOFError, csv.Error) as fault:
        raise _unreadable(path, fault) from fault
    return {}


def files(path: Path) -> tuple[Path, ...]:
    """The files an archive consists of, in the order they are read. Raises ArchiveError when there is none we know."""
    if path.is_dir():
        found = tuple(sorted(p for p in path.rglob("*") if p.is_file() and _kind(p)))
        if not found:
            raise ArchiveError(f"{path}: no file of a kind we read", remedy="JSON Lines, CSV, WARC, feeds or pages")
        return found
    if not path.is_file():
        raise ArchiveError(f"{path}: there is no such file or folder", remedy="check the path")
    if not _kind(path):
        raise ArchiveError(
            f"{path}: its kind is not known by its name", remedy=f"name it with one of {', '.join(sorted(_KINDS))}"
        )
    return (path,)


def _items(path: Path, options: ArchiveOptions) -> Iterator[Article | Problem]:
    for file in files(path):
        read = _READERS[_kind(file)]
        try:
            yield from read(file, options)
        except (OSError, EOFError, csv.Error) as fault:
            raise _unreadable(file, fault) from fault


def _unreadable(path: Path, fault: Exception) -> ArchiveError:
    return ArchiveError(f"{path}: it cannot be read: {fault}", remedy="check the file; it may be cut off or protected")


def _kind(path: Path) -> str:
    name = path.with_suffix("") if path.suffix == ".gz" else path
    return _KINDS.get(name.suffix.lower(), "")
