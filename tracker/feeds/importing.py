"""An archive → the log in batches, so that it can be broken off at any moment and gone on with; nothing twice."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import orjson

from tracker.feeds.archive import ArchiveOptions, files, read_archive
from tracker.model.articles import Article, Problem

BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import has read so far, this run and earlier ones together."""

    archive: str
    digest: str  # of names and sizes of the files
    items: int = 0
    articles: int = 0
    rejected: int = 0
    rejects_bytes: int = 0
    outlets: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    done: bool = False


def import_archive(
    path: Path,
    options: ArchiveOptions,
    record: Callable[[Sequence[Article]], object],
    *,
    checkpoint: Path,
    rejects: Path,
    progress: Callable[[Imported], None] = lambda _: None,
) -> Imported:
    """Read the archive on from its checkpoint, give every batch to `record`, write unusable records to `rejects`.

    `record` must be idempotent (the log is): the one batch that a crash may catch between recording and checkpoint is
    given again. A changed archive starts over. Raises ArchiveError when the path or a checkpoint cannot be used.
    """
    digest = digest_of(path)
    so_far = _load(checkpoint)
    if so_far is None or so_far.digest != digest or so_far.archive != options.archive:
        so_far = Imported(archive=options.archive, digest=digest)
    rejects.parent.mkdir(parents=True, exist_ok=True)
    with rejects.open("ab") as refused:
        refused.truncate(so_far.rejects_bytes)  # what a crash wrote after its last checkpoint comes again
        articles: list[Article] = []
        problems: list[Problem] = []
        for item in read_archive(path, options, after=so_far.items):
            if isinstance(item, Article):
                articles.append(item)
            else:
                problems.append(item)
            if len(articles) + len(problems) >= BATCH:
                so_far = _keep(so_far, articles, problems, record=record, write=refused.write, checkpoint=checkpoint)
                refused.flush()
                progress(so_far)
                articles, problems = [], []
        so_far = _keep(so_far, articles, problems, record=record, write=refused.write, checkpoint=checkpoint, done=True)
    progress(so_far)
    return so_far


def digest_of(path: Path) -> str:
    """16 hex digits that change when a file of the archive does (by name and size). Raises ArchiveError."""
    told = "\n".join(f"{file.name}\0{file.stat().st_size}" for file in files(path))
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _keep(
    so_far: Imported,
    articles: Sequence[Article],
    problems: Sequence[Problem],
    *,
    record: Callable[[Sequence[Article]], object],
    write: Callable[[bytes], int],
    checkpoint: Path,
    done: bool = False,
) -> Imported:
    if articles:
        record(articles)
    lines = [orjson.dumps(asdict(problem), option=orjson.OPT_APPEND_NEWLINE) for problem in problems]
    days = [article.published_at.date() for article in articles if article.published_at]
    after = Imported(
        archive=so_far.archive,
        digest=so_far.digest,
        items=so_far.items + len(articles) + len(problems),
        articles=so_far.articles + len(articles),
        rejected=so_far.rejected + len(problems),
        rejects_bytes=so_far.rejects_bytes + sum(write(line) for line in lines),
        outlets=tuple(sorted({*so_far.outlets, *(article.outlet for article in articles)})),
        since=min([*days, *([so_far.since] if so_far.since else [])], default=None),
        until=max([*days, *([so_far.until] if so_far.until else [])], default=None),
        done=done,
    )
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    beside = checkpoint.with_suffix(".new")
    beside.write_bytes(orjson.dumps(after))
    beside.replace(checkpoint)
    return after


def _load(checkpoint: Path) -> Imported | None:
    with suppress(OSError, orjson.JSONDecodeError, TypeError, ValueError, KeyError):
        values = orjson.loads(checkpoint.read_bytes())
        values["outlets"] = tuple(values["outlets"])
        for name in ("since", "until"):
            values[name] = date.fromisoformat(values[name]) if values[name] else None
        return Imported(**values)
    return None
