"""What a digest is made from: everything one page may say about one conflict in one week, as frozen values.

`DigestMaterial` is filled by `questions` from the projections and the readiness room; nothing in this room
reads a database, asks the time or computes a reading. The page makers (`week`, `front`, `records` …) turn
material into wording and geometry, `render` turns those into bytes. Same material, same bytes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from tracker.model.codebook import Codebook, Conflict
from tracker.model.evidence import EvidenceRecord, FeedHealth
from tracker.model.readings import Alert, AsOf, Change, Happening, Reading
from tracker.readiness.prevalence import Prevalence

PostureState = Literal["open", "preconditioned", "closed", "unknown"]
CorrectionKind = Literal["withdrawn", "rejected", "recoded", "revised", "forgotten"]

_WEEK = re.compile(r"^(\d{4})-W(\d{2})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One signal of an indicator, or one leg of a composite, with what it says now and said before."""

    source: str  # signal id, or the leg's source
    weight: float  # ω within the indicator or composite
    balance: float | None  # in (-1, 1); None when it could not be assessed
    before: float | None = None  # the same four weeks earlier
    of: str = "own"  # for legs: own, opponent, weakest
    sign: int = 1  # for legs: -1 when a high balance lowers the composite


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """An indicator or composite of one party (None: of the conflict) followed through time."""

    subject: str  # id of an indicator or composite in the codebook
    party: str | None
    reading: Reading  # at the end of the week
    changes: tuple[Change, ...] = ()  # against 1, 4, 13 and 52 weeks before, those that can be asked
    series: tuple[Reading, ...] = ()  # weekly ends, oldest first, the last is `reading`; 26 or fewer
    history: tuple[Reading, ...] = ()  # the full history for the indicator page, oldest first; empty: `series`
    said: Prevalence | None = None  # of an indicator: how many of the stories speak on it at all
    parts: tuple[Part, ...] = ()  # empty: taken from `reading.parts` and the codebook's weights

    def change(self, weeks: int) -> Change | None:
        """The change against so many weeks before, or None when it was not asked or cannot be said."""
        return next((c for c in self.changes if c.weeks == weeks), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A record with its share in the number: what it weighs and why (codebook §6.2)."""

    record: EvidenceRecord
    indicator: str  # id of the indicator its signal belongs to
    contribution: float  # signed by polarity: the product of `factors`; 0.0 when it did not count
    factors: Mapping[str, float] = field(default_factory=dict)  # class, side, factuality, intensity, rule, layers,
    # headline, corroboration, decay: those that apply, in the order they are to be shown
    counted: bool = True  # False: a stronger record of its story stands for it, or review removed it
    why_not: str = ""  # why it did not count, in a few words, when `counted` is False


@dataclass(frozen=True, slots=True, kw_only=True)
class Posture:
    """What a party says of direct talks (codebook §7.3): the plurality of its decayed openness records."""

    party: str
    state: PostureState
    share: float | None = None  # of the mass, 0-1, behind the state
    stories: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Perception:
    """The hurting stalemate of one party as all sources tell it and as it tells it itself (codebook §7.1)."""

    party: str
    everyone: float | None  # 0-100
    itself: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Stories of one signal about one party in one ISO week, for "more than in any week since"."""

    signal: str
    party: str
    week: date  # Monday
    plus: int
    minus: int
    owners: int = 0  # independent owners behind them; 0 when not known (past weeks)

    @property
    def stories(self) -> int:
        """Stories that point either way; one that points both ways counts once on each side."""
        return self.plus + self.minus


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedAlert:
    """An alert with where it stands in the log and what a person said of it."""

    alert: Alert
    position: int = 0
    verdict: Literal["", "confirmed", "dismissed"] = ""
    by: str = ""
    reason: str = ""
    counts: tuple[int, ...] = ()  # weekly stories up to and with the alert's week, for its small chart


@dataclass(frozen=True, slots=True, kw_only=True)
class BlocShare:
    """One bloc of sources: how much of the week's coverage it is, and whether it could be used."""

    bloc: str
    title: str
    stories: int  # distinct stories on the conflict first published in the week by this bloc
    share: float | None  # of the week's stories, 0-1
    sources: int = 0  # feeds of this bloc that are expected
    usable: bool = True  # N_g of at least 10 (codebook §6.2.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What could and could not be observed in the week."""

    articles: int
    stories: int
    owners: int
    observed: int  # feeds that answered on at least one day of the week
    expected: int
    undated: int = 0  # articles left out of the counts because their date is not known
    usual_stories: float | None = None  # mean of the eight weeks before
    days_observed: float | None = None  # feed-days observed of feed-days expected, 0-1


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A change, since the previous digest, to what an earlier week rested on."""

    kind: CorrectionKind
    week: str  # the ISO week whose numbers it touches
    signal: str
    party: str  # locus, "" when it concerns no one party
    title: str
    outlet: str
    url: str = ""
    reason: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How the numbers were made, enough to make them again."""

    codebook: Codebook
    analyser: str = ""  # language model and versions
    recogniser: str = ""  # empty: switched off
    templates: str = ""  # hash of templates and locale in force; `render.templates_hash()`
    program: str = ""  # version of the program
    accuracy: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # signal -> (precision, recall), 0-1
    accuracy_note: str = ""  # on which sentences these were measured
    flips: Mapping[str, float] = field(default_factory=dict)  # composite -> share of weeks whose arrow flips (§7.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestMaterial:
    """Everything that the pages of one conflict and one ISO week are made from."""

    conflict: Conflict
    week: str  # ISO, "2026-W47"
    at: datetime  # the moment the digest speaks of, aware (end of its week, or of publication in a running week)
    as_of: AsOf
    method: Method
    composites: tuple[Tracked, ...]  # ripeness (party None), readiness and costs per party
    indicators: tuple[Tracked, ...]  # per principal; dyad and conflict levels once per principal as computed
    coverage: Coverage
    blocs: tuple[BlocShare, ...] = ()
    feeds: tuple[FeedHealth, ...] = ()  # every feed expected for this conflict, at the week's last day
    evidence: tuple[Weighed, ...] = ()  # every record of the week (published in it), counted or not, any order
    opinion: tuple[Weighed, ...] = ()  # public_opinion records of the last 26 weeks
    postures: tuple[Posture, ...] = ()
    perceptions: tuple[Perception, ...] = ()
    tallies: tuple[Tally, ...] = ()  # per signal, party and week, up to 53 weeks back, zeros may be left out
    alerts: tuple[RaisedAlert, ...] = ()  # all known up to this week; pages choose
    happenings: tuple[Happening, ...] = ()  # all noted up to this position
    corrections: tuple[Correction, ...] = ()
    weeks: tuple[str, ...] = ()  # ISO weeks of this conflict's digests up to and with this one, oldest first

    def tracked(self, subject: str, party: str | None = None) -> Tracked | None:
        """The composite or indicator of a party, or None when it was not filled."""
        every = (*self.composites, *self.indicators)
        return next((t for t in every if t.subject == subject and t.party == party), None)

    @property
    def parties(self) -> tuple[str, ...]:
        """Ids of the principals in registry order."""
        return tuple(p.id for p in self.conflict.parties)

    @property
    def monday(self) -> date:
        """First day of the week."""
        return monday_of(self.week)

    @property
    def sunday(self) -> date:
        """Last day of the week."""
        return self.monday + timedelta(days=6)

    @property
    def running(self) -> bool:
        """Whether the digest was made before its week was over."""
        return self.at.date() < self.sunday

    @property
    def previous(self) -> str | None:
        """The week before among this conflict's digests; pages never link forward, so that they never change."""
        earlier = [w for w in self.weeks if w < self.week]
        return max(earlier, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file offered on an indicator page, made by `exports`."""

    conflict: str
    subject: str
    format: Literal["csv", "json", "parquet"]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A digest that was published at some time; what the archive and the Atom feed need to know of it."""

    conflict: str
    title: str  # of the conflict
    week: str
    at: datetime
    position: int
    codebook: str
    headlines: tuple[str, ...] = ()


def monday_of(week: str) -> date:
    """The Monday of an ISO week. Raises ValueError for anything that is not one.

    >>> monday_of("2026-W47")
    datetime.date(2026, 11, 16)
    """
    match = _WEEK.match(week)
    if match is None:
        raise ValueError(f"{week!r} is not an ISO week such as 2026-W47")
    return date.fromisocalendar(int(match[1]), int(match[2]), 1)


def week_of(day: date) -> str:
    """The ISO week a day lies in.

    >>> week_of(monday_of("2026-W53"))
    '2026-W53'
    """
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02d}"
