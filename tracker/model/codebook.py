"""What we watch and how we read it: indicators, signals, composites, conflicts, as parsed from their files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Status = Literal["draft", "trial", "stable", "retired"]
Form = Literal["ripeness", "readiness", "costs", "mean", "geometric", "minimum"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A sentence a definition must read right; no `codes` means it must stay uncoded for the reason given."""

    text: str
    polarity: int | None = None
    locus: str = ""
    mode: str = ""
    intensity: int | None = None
    factuality: str = ""
    speaker_class: str = ""
    speaker_side: str = ""
    exclusion: str = ""  # X1-X14 when this is a negative example


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A readable rule that proposes a signal; the language is described in docs/writing-an-indicator.md.

    `pattern` holds the conditions as parsed from YAML; `nlp.cues` compiles and checks them.
    """

    id: str
    pattern: Mapping[str, Any]
    polarity: int
    mode: str = ""
    intensity: int = 2
    factuality: str = ""
    locus: str = ""  # "subject", "object", "speaker", "all", or empty for the default of the signal
    precision: float = 0.6
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalDefinition:
    """One of the codebook's signals: what it means, how it fades, which words suggest it."""

    id: str
    title: str
    definition: str
    theory: str
    weight: float  # within its indicator
    half_life_days: int
    polarity: Mapping[str, str]  # "+1", "0", "-1" -> meaning
    modes: tuple[str, ...]
    intensity: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()  # gate phrases and regular expressions, lower case
    frames: tuple[Frame, ...] = ()
    examples: tuple[Example, ...] = ()
    act: bool = False  # act-type: corroborated reports by the other side count at least 0.7
    side_weights: Mapping[str, float] = field(default_factory=dict)  # overrides of codebook §3.5
    motivation_modes: tuple[str, ...] = ()  # modes routed to motivation instead (codebook §6.2.9)
    acceptance: float | None = None  # least probability to be coded; None: the recogniser's own threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """A question we watch; one file with its signals."""

    id: str
    title: str
    question: str
    theory: str
    level: Literal["party", "dyad", "conflict"]
    status: Status
    signals: tuple[SignalDefinition, ...]
    references: tuple[str, ...] = ()
    high: str = ""  # what a value above 50 says, in neutral words
    low: str = ""
    caveat: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One input of a composite. `source` is an indicator id, `signal:<id>` or `pressure`."""

    source: str
    weight: float
    of: Literal["own", "opponent", "weakest"] = "own"
    sign: Literal[1, -1] = 1
    group: str = ""  # legs of one group are averaged first (e.g. motivation, optimism)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """A named form over legs (codebook §7); `needs` is the share of weight that must be available."""

    id: str
    title: str
    question: str
    theory: str
    form: Form
    level: Literal["party", "conflict"]
    legs: tuple[Leg, ...]
    needs: Mapping[str, float]  # group -> least available weight
    high: str = ""
    low: str = ""
    caveat: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """A person in office between two dates (`until` None: still in office)."""

    name: str
    office: str
    aliases: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    rank: Literal["leader", "official"] = "official"  # leader: head of state or government, rebel leader
    culpable: bool = False  # in office when the war began


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A principal: a belligerent whose readiness is concerned."""

    id: str  # e.g. "UKR"
    name: str
    aliases: tuple[str, ...] = ()
    demonyms: tuple[str, ...] = ()
    capitals: tuple[str, ...] = ()  # capitals and buildings used for the government: Kyiv, the Kremlin
    forces: tuple[str, ...] = ()
    leaders: tuple[Leader, ...] = ()
    institutions: tuple[str, ...] = ()  # foreign ministry, general staff, parliament …
    backers: tuple[str, ...] = ()  # ids of outside actors
    disputes: tuple[str, ...] = ()  # terms that equal the issue in dispute (precondition test)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outsider:
    """A third party: backer, mediator or other outside actor."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    leaders: tuple[Leader, ...] = ()
    backs: str = ""  # id of a principal, when a backer
    mediator: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bloc:
    """A group of sources that may be expected to lean alike."""

    id: str
    title: str
    aligned_with: str = ""  # id of a principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Who is watched, and by which names the news knows them."""

    id: str
    title: str
    description: str  # says who invaded whom; the scores do not
    started: date
    parties: tuple[Party, ...]  # exactly two principals of the dyad, in registry order
    outsiders: tuple[Outsider, ...] = ()
    places: tuple[str, ...] = ()
    past_rounds: tuple[str, ...] = ()
    blocs: tuple[Bloc, ...] = ()
    fictional: bool = False

    def opponent(self, party: str) -> str:
        """The other principal's id. Raises ValueError for an id that is not a principal."""
        first, second = (p.id for p in self.parties)
        if party == first:
            return second
        if party == second:
            return first
        raise ValueError(f"{party!r} is not a principal of {self.id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Codebook:
    """Everything in force for reading and counting, with the hash that names this state of it."""

    version: str  # first 12 hex digits of the hash over all files and the recogniser's weights
    indicators: tuple[Indicator, ...]
    composites: tuple[Composite, ...]
    conflicts: tuple[Conflict, ...]
    recogniser: str = ""  # name and version, empty when switched off
    files: Mapping[str, str] = field(default_factory=dict, repr=False)  # path -> text, as adopted

    def signal(self, signal: str) -> SignalDefinition:
        """The definition of a signal. Raises KeyError when no indicator has it."""
        for indicator in self.indicators:
            for definition in indicator.signals:
                if definition.id == signal:
                    return definition
        raise KeyError(signal)

    def indicator(self, indicator: str) -> Indicator:
        """Raises KeyError for an unknown id."""
        for candidate in self.indicators:
            if candidate.id == indicator:
                return candidate
        raise KeyError(indicator)

    def composite(self, composite: str) -> Composite:
        """Raises KeyError for an unknown id."""
        for candidate in self.composites:
            if candidate.id == composite:
                return candidate
        raise KeyError(composite)

    def conflict(self, conflict: str) -> Conflict:
        """Raises KeyError for an unknown id."""
        for candidate in self.conflicts:
            if candidate.id == conflict:
                return candidate
        raise KeyError(conflict)
