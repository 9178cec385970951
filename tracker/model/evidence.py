"""A coded record with all that is known of where it came from, and a feed with all that is known of its health."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from tracker.model.signals import Signal

Review = Literal["", "confirmed", "rejected", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRecord:
    """One signal with its article and story, as valid at the log position that was asked for."""

    signal: Signal
    article: str
    revision: int
    title: str
    url: str
    outlet: str
    owner: str
    bloc: str
    language: str
    published_at: datetime | None
    story: str
    story_day: date | None
    story_bloc: str
    story_owners: tuple[str, ...]  # independent owners of all articles of the story
    position: int  # of the ArticleCoded that brought it
    review: Review = ""
    weight: float = 0.0  # record weight before corroboration and decay, filled by readiness.weights


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingArticle:
    """A revision that the codebook in force has not read yet."""

    article: str
    revision: int
    url: str
    title: str
    body: str  # sha256 of the text
    language: str
    outlet: str
    bloc: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """What the coverage ledger says of one feed on one day."""

    feed: str
    outlet: str
    owner: str
    bloc: str
    conflicts: tuple[str, ...]
    state: Literal["observed", "failing", "silent", "unpolled", "gone", "never"]
    last_success: date | None
    last_article: datetime | None
    failures: int
    problem: str  # why it fails, with the remedy, or why it is called silent or not polled
    observed_share: float | None  # of the last 28 days since it was adopted
    per_day: float | None  # articles a day over the last 28 days before the silence
    undated_share: float | None
    duplicate_share: float | None  # articles that joined a story another outlet had begun
    articles: int = 0
