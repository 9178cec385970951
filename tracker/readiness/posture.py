"""Beside the scores, unscored: a party's posture, and whether outsiders see a stalemate that it does not admit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np

from tracker.model.codebook import Codebook
from tracker.model.evidence import EvidenceRecord
from tracker.model.readings import Inputs
from tracker.model.signals import ALL
from tracker.readiness.balance import decay, weighted_mean
from tracker.readiness.board import board
from tracker.readiness.indicators import points, value_on
from tracker.readiness.weights import record_weight

PostureState: TypeAlias = Literal["open", "preconditioned", "closed", "unknown"]
OPENNESS = "negotiation_openness"
MODES: Mapping[str, PostureState] = MappingProxyType(
    {
        "willing": "open",
        "precondition_procedural": "preconditioned",
        "precondition_substantive": "preconditioned",
        "refusal": "closed",
        "taboo": "closed",
        "legal_ban": "closed",
    }
)
PLURALITY, LEAST_STORIES = 0.6, 3
PERCEPTION_GAP = 10.0  # points


@dataclass(frozen=True, slots=True, kw_only=True)
class Posture:
    """Mastro's posture of one party: open only to unconditional direct talks (codebook §7.3)."""

    party: str
    state: PostureState
    shares: Mapping[str, float]  # of the decayed mass, by state
    stories: int


def posture(records: Iterable[EvidenceRecord], codebook: Codebook, party: str, day: date) -> Posture:
    """The posture that holds at least 60 % of the decayed mass of negotiation_openness, on three stories or more.

    Stories count within two half-lives, each with its strongest record per posture. A willing statement with a
    condition is `preconditioned`; a willing one with a minus sign, or a lifted ban, speaks for the other side.
    Raises KeyError when the codebook has no negotiation_openness.
    """
    definition = codebook.signal(OPENNESS)
    strongest: dict[tuple[str, PostureState], float] = {}
    stories: set[str] = set()
    for record in records:
        signal = record.signal
        if signal.signal != OPENNESS or signal.locus not in (party, ALL) or not signal.polarity:
            continue
        if record.review in ("rejected", "withdrawn") or record.story_day is None:
            continue
        age = (day - record.story_day).days
        state = MODES.get(signal.mode)
        if state is None or not 0 <= age <= 2 * definition.half_life_days:
            continue
        if state == "open" and (signal.conditional or signal.polarity < 0):
            state = "closed" if signal.polarity < 0 else "preconditioned"
        elif state == "closed" and signal.polarity > 0:
            state = "preconditioned" if signal.conditional else "open"
        weight = record_weight(signal, definition, len(record.story_owners)) * decay(age, definition.half_life_days)
        key = (record.story, state)
        strongest[key] = max(strongest.get(key, 0.0), weight)
        stories.add(record.story)
    mass = dict.fromkeys(("open", "preconditioned", "closed"), 0.0)
    for (_, state), weight in sorted(strongest.items()):
        mass[state] += weight
    total = sum(mass.values())
    shares = {name: value / total for name, value in mass.items()} if total else {}
    result: PostureState = "unknown"
    for name in ("open", "preconditioned", "closed"):
        if len(stories) >= LEAST_STORIES and shares.get(name, 0.0) >= PLURALITY:
            result = name
    return Posture(party=party, state=result, shares=shares, stories=len(stories))


@dataclass(frozen=True, slots=True, kw_only=True)
class PerceptionCheck:
    """A party's mutual-stalemate term from all records and from what its own people say, 0-100 (codebook §7.1)."""

    party: str
    all_records: float | None
    self_perceived: float | None
    finding: Literal["", "not-admitted", "only-admitted"]  # outsiders see what the party does not say, or the reverse


def perception(inputs: Inputs, codebook: Codebook, party: str, day: date) -> PerceptionCheck:
    """Recompute .6·hurting_stalemate + .4·resolve_erosion from self-perceived records; a gap above 10 points is told.

    Raises KeyError when the codebook lacks one of the two indicators.
    """
    parts = [(codebook.indicator("hurting_stalemate"), 0.6), (codebook.indicator("resolve_erosion"), 0.4)]
    found = board(inputs, codebook, (day,), signals=[s.id for indicator, _ in parts for s in indicator.signals])
    weights = [weight for _, weight in parts]
    everyone = weighted_mean([value_on(found, i, party) for i, _ in parts], weights, 0.6)
    own = weighted_mean([found.indicator(i, party, channel="self") for i, _ in parts], weights, 0.6)
    said = sum(
        float((found.plus_mass[party, s.id, "self"] + found.minus_mass[party, s.id, "self"]).sum())
        for i, _ in parts
        for s in i.signals
    )
    whole = None if np.isnan(everyone[0]) else float(points(everyone)[0])
    inner = None if np.isnan(own[0]) or said <= 0 else float(points(own)[0])
    finding: Literal["", "not-admitted", "only-admitted"] = ""
    if whole is not None and inner is not None and abs(whole - inner) > PERCEPTION_GAP:
        finding = "not-admitted" if whole > inner else "only-admitted"
    return PerceptionCheck(party=party, all_records=whole, self_perceived=inner, finding=finding)
