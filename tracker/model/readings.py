"""What we say about a day: readings with interval, state and the counts they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

State = Literal["ok", "one-sided", "contested", "insufficient", "withheld", "not-assessable"]
AlertKind = Literal["surge", "turn", "first", "break"]
Channel = Literal["direction", "pressure"]  # pressure: modes routed to motivation (codebook §6.2.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class StorySignal:
    """What one story says on one signal about one party: the strongest record of either sign (codebook §6.2.2).

    `plus` and `minus` are corroborated weights (already times the owners' factor), without decay.
    The `ALL` locus has been spread over the principals.
    """

    conflict: str
    party: str
    signal: str
    channel: Channel
    story: str
    bloc: str
    day: date  # first publication of the story
    plus: float
    minus: float
    owners: tuple[str, ...]  # independent owners of the story's articles that say it
    outlets: tuple[str, ...]
    self_plus: float = 0.0  # the same from self-perceived records only
    self_minus: float = 0.0
    leader: bool = False  # a leader or official act is among the records
    # The distinct records behind it, for the bootstrap: (sign × corroborated weight without rule precision,
    # probability, self-perceived). Equal ones are one: copies of a sentence cannot vouch for one another.
    records: tuple[tuple[float, float, bool], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictStory:
    """A story about a conflict, whether or not it says anything on a signal: the denominator."""

    conflict: str
    story: str
    bloc: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyCount:
    """One row of `counts`: a day's story weights of one signal, party and bloc."""

    party: str
    signal: str
    channel: Channel
    bloc: str
    day: date
    plus: float
    minus: float
    plus_stories: int
    minus_stories: int
    self_plus: float = 0.0
    self_minus: float = 0.0
    plus_squares: float = 0.0  # sum of the stories' expected squared weights under thinning, for fast intervals
    minus_squares: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyCoverage:
    """Distinct stories on the conflict first published that day in one bloc."""

    bloc: str
    day: date
    stories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyPresence:
    """Distinct stories with direction on an indicator, by which of its signals they carry.

    `mask` has bit i set for the i-th signal of the indicator file, `stories` carry exactly these signals.
    `outlets` and `owners` stand on the rows with a single bit: the distinct ones that say that signal that day,
    in whatever stories (such a row may have no story of its own). Rows with several bits have none. Windows of
    unlike length per signal stay exact this way.
    """

    party: str
    indicator: str
    day: date
    mask: int
    stories: int
    outlets: tuple[str, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Coverage ledger of one conflict on one day: how many expected sources answered."""

    day: date
    observed: int
    expected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """All that readiness needs to know of one conflict, up to some log position; no text, no database."""

    conflict: str
    counts: tuple[DailyCount, ...]
    coverage: tuple[DailyCoverage, ...]
    presence: tuple[DailyPresence, ...]
    observed: tuple[Observed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An indicator or composite of one party (or the conflict) on one day."""

    subject: str  # id of the indicator or composite
    conflict: str
    party: str | None  # None for conflict level
    day: date
    state: State
    value: float | None  # 0-100, 50 no direction; None when state is insufficient, withheld or not-assessable
    low: float | None = None  # 5 % and 95 % points
    high: float | None = None
    prevalence: float | None = None  # weighted mentions per conflict story
    stories: int = 0
    owners: int = 0
    outlets: int = 0
    sources_observed: int | None = None
    sources_expected: int | None = None
    missing: tuple[str, ...] = ()  # legs that could not be assessed
    parts: Mapping[str, float] = field(default_factory=dict)  # signal or leg -> balance in (-1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Difference of a reading against so many weeks before."""

    weeks: int
    difference: float | None
    low: float | None
    high: float | None
    arrow: Literal["up", "down", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A week that stood out, with everything needed to check it."""

    kind: AlertKind
    conflict: str
    signal: str
    party: str
    polarity: int
    week: date  # Monday
    count: int
    baseline: float
    deviation: float
    z: float
    probability: float
    blocs: tuple[str, ...]
    leader: bool
    p_value: float
    state: Literal["raised", "withheld", "awaiting-confirmation"]
    why: str = ""
    settings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something an analyst noted, shown on calendars and charts; it moves no number."""

    conflict: str
    day: date
    title: str
    url: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """The point of view of a question: a log position, and the codebook whose codings are used."""

    position: int
    recorded_at: datetime | None
    codebook: str
