"""The fictional war of the demonstration: YAML files → outlets and articles, with what each sentence says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Literal

from tracker.catalog.build import build
from tracker.catalog.documents import Document, parse
from tracker.errors import CatalogError

Format = Literal["rss-full", "rss-teaser", "rss-undated", "atom", "json"]
_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A labelled truth: what the n-th sentence of the body (from 1) says on a signal, about whom."""

    sentence: int
    signal: str
    polarity: int  # +1, 0 or -1, toward talks
    locus: str  # id of a principal, or "ALL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What an article says from a later moment on."""

    at: datetime
    title: str
    sentences: tuple[str, ...]
    expected: tuple[Expected, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoArticle:
    """One text, and which outlets carried it when; every outlet but the first carries a copy."""

    id: str
    title: str
    carried: Mapping[str, datetime]  # outlet id -> moment of publication, the first outlet is the author
    sentences: tuple[str, ...]
    expected: tuple[Expected, ...] = ()
    revised: Revision | None = None
    hoax: bool = False
    debunks: str = ""  # id of the hoax that this article shows to be one

    def as_of(self, now: datetime) -> "DemoArticle | Revision":
        """The text in force at a moment."""
        return self.revised if self.revised and self.revised.at <= now else self

    def changed(self, outlet: str, now: datetime) -> datetime:
        """When an outlet's copy last changed, as known at a moment."""
        return self.revised.at if self.revised and self.revised.at <= now else self.carried[outlet]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One file of the story."""

    week: date  # its Monday
    title: str
    summary: str
    articles: tuple[DemoArticle, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """An invented outlet, its place in the source list, and the manner of its feed."""

    id: str
    outlet: str
    owner: str
    country: str
    bloc: str
    format: Format
    fails_from: date | None = None
    fails_until: date | None = None  # the first day on which it answers again

    def fails(self, day: date) -> bool:
        """Whether the outlet answers 503 on that day."""
        return (
            self.fails_from is not None and self.fails_until is not None and self.fails_from <= day < self.fails_until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The whole war."""

    outlets: tuple[Outlet, ...]
    weeks: tuple[Week, ...]

    @property
    def articles(self) -> tuple[DemoArticle, ...]:
        """Every distinct text, in order of first publication."""
        found = [article for week in self.weeks for article in week.articles]
        return tuple(sorted(found, key=lambda a: (min(a.carried.values()), a.id)))

    @property
    def first_day(self) -> date:
        """Monday of the first week."""
        return self.weeks[0].week

    @property
    def last_day(self) -> date:
        """Sunday of the last week."""
        return self.weeks[-1].week + timedelta(days=6)

    def days(self) -> Iterator[date]:
        """Every day of the story, in order."""
        for offset in range((self.last_day - self.first_day).days + 1):
            yield self.first_day + timedelta(days=offset)

    def outlet(self, outlet: str) -> Outlet:
        """Raises KeyError for an unknown id."""
        for candidate in self.outlets:
            if candidate.id == outlet:
                return candidate
        raise KeyError(outlet)

    def published(self, outlet: str, now: datetime) -> tuple[DemoArticle, ...]:
        """What an outlet has published up to a moment, newest first."""
        found = [a for a in self.articles if outlet in a.carried and a.carried[outlet] <= now]
        return tuple(sorted(found, key=lambda a: (a.carried[outlet], a.id), reverse=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outlets:
    outlets: tuple[Outlet, ...]


def conflict_path() -> Path:
    """The conflict file of the fictional war, to be copied into a workspace's `conflicts/`."""
    return _HERE / "varnland-kestria.yaml"


def load_story(folder: Path = _HERE) -> Story:
    """Read outlets.yaml and story/*.yaml. Raises CatalogError naming file, line and key."""
    outlets = build(_Outlets, *_document(folder / "outlets.yaml")).outlets
    weeks = tuple(build(Week, *_document(path)) for path in sorted((folder / "story").glob("*.yaml")))
    story = Story(outlets=outlets, weeks=weeks)
    _check(story)
    return story


def _document(path: Path) -> tuple[Document, object]:
    document = parse(path.name, path.read_text("utf-8"))
    return document, document.value


def _check(story: Story) -> None:
    known = {outlet.id for outlet in story.outlets}
    texts = [article for week in story.weeks for article in week.articles]
    ids = {article.id for article in texts}
    if len(ids) != len(texts):
        raise CatalogError("story: an article id stands twice", remedy="give each article its own id")
    for article in texts:
        for outlet in set(article.carried) - known:
            raise CatalogError(f"story: {article.id}: no outlet {outlet!r}", remedy="add it to outlets.yaml")
        for text in (article, article.revised):
            for label in text.expected if text else ():
                if not 1 <= label.sentence <= len(text.sentences if text else ()) or label.polarity not in {-1, 0, 1}:
                    raise CatalogError(f"story: {article.id}: {label}", remedy="check sentence number and polarity")
        if article.debunks and article.debunks not in ids:
            raise CatalogError(f"story: {article.id}: debunks nothing known", remedy="name an article id")
    for earlier, later in pairwise(story.weeks):
        if later.week - earlier.week != timedelta(days=7):
            raise CatalogError(f"story: no week follows {earlier.week}", remedy="one file for every week")
