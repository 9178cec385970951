"""Records → story weights → daily counts: what one sentence, one story and one day say on a signal."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from tracker.model.codebook import Codebook, SignalDefinition
from tracker.model.evidence import EvidenceRecord
from tracker.model.readings import Channel, ConflictStory, DailyCount, DailyCoverage, DailyPresence, StorySignal
from tracker.model.signals import ALL, Signal

SPEAKER: Mapping[str, float] = MappingProxyType(
    {
        "leader": 1.0,
        "pollster": 1.0,
        "official": 0.9,
        "third_party": 0.8,
        "narration": 0.7,
        "official_anon": 0.6,
        "faction": 0.5,
        "analyst": 0.35,
        "public": 0.2,
    }
)
MIND_READING = 0.4  # a narrator who says what somebody thinks (codebook §3.5)
SIDE: Mapping[str, float] = MappingProxyType(
    {"self": 1.0, "neutral": 0.9, "media": 0.9, "backer_self": 0.7, "backer_opp": 0.4, "opponent": 0.3}
)
ACT_SIDE = 0.7  # least side weight of an act that two owners report
FACTUALITY: Mapping[str, float] = MappingProxyType(
    {
        "done": 1.0,
        "ongoing": 1.0,
        "announced": 0.7,
        "alleged": 0.5,
        "considered": 0.4,
        "called_for": 0.3,
        "denied": 1.0,
    }
)
INTENSITY: Mapping[int, float] = MappingProxyType({1: 0.5, 2: 1.0, 3: 1.5})
LAYER = 0.8  # for each attribution layer beyond the first
HEADLINE = 0.5
CORROBORATION_STEP, CORROBORATION_CAP = 0.25, 1.5
OTHER_BLOC = "third-country"
FIRM = frozenset({"done", "ongoing", "announced", "denied"})


def base_weight(signal: Signal, definition: SignalDefinition, owners: int) -> float:
    """The record weight without rule precision: class × side × factuality × intensity (codebook §3.5, §6.2.1).

    `owners` is the number of independent owners of the story; two make an act believable whoever reports it.
    """
    speaker = SPEAKER[signal.speaker_class]
    if signal.imputed and signal.speaker_class == "narration":
        speaker = MIND_READING
    side = definition.side_weights.get(signal.speaker_side, SIDE[signal.speaker_side])
    if definition.act and owners >= 2:
        side = max(side, ACT_SIDE)
    weight = speaker * side * FACTUALITY[signal.factuality] * INTENSITY[signal.intensity]
    return weight * LAYER**signal.layers * (HEADLINE if signal.unit == "headline" else 1.0)


def record_weight(
    signal: Signal, definition: SignalDefinition, owners: int, *, precision: float | None = None
) -> float:
    """What one coded sentence weighs, in [0, 1.5], before corroboration and decay (codebook §3.5, §6.2.1).

    `precision` replaces the probability on the signal; the bootstrap passes 1 because it thins instead.

    >>> from tracker.model.signals import Evidence
    >>> stalemate = SignalDefinition(id="battlefield_stalemate", title="", definition="", theory="", weight=0.5,
    ...     half_life_days=60, polarity={}, modes=(), intensity="")
    >>> backer = Signal(conflict="c", signal="battlefield_stalemate", mode="grinding", polarity=1, intensity=2,
    ...     locus="ALL", speaker_class="official_anon", speaker_side="backer_self", factuality="ongoing",
    ...     rule="r", probability=0.8, evidence=Evidence(sentence=1, quote=""))
    >>> round(record_weight(backer, stalemate, owners=4), 3)
    0.336
    """
    return base_weight(signal, definition, owners) * (signal.probability if precision is None else precision)


def corroboration(owners: int) -> float:
    """How much independent owners add to a story: 1 for one, 1.25 for two, never more than 1.5 (codebook §6.2.3).

    >>> [corroboration(n) for n in (1, 2, 4, 8)]
    [1.0, 1.25, 1.5, 1.5]
    """
    return min(1 + CORROBORATION_STEP * math.log2(max(owners, 1)), CORROBORATION_CAP)


def bloc_in(codebook: Codebook, conflict: str, bloc: str) -> str:
    """The bloc under which a source counts in a conflict; blocs it does not list count as third countries."""
    try:
        listed = codebook.conflict(conflict).blocs
    except KeyError:
        return bloc
    return bloc if not listed or any(bloc == known.id for known in listed) else OTHER_BLOC


def story_signals(
    records: Iterable[EvidenceRecord], codebook: Codebook, parties: tuple[str, str]
) -> tuple[StorySignal, ...]:
    """The strongest record of either sign per story, signal, party and channel (codebook §6.2.2, §6.2.3, §6.2.9).

    Records of any number of stories of one conflict, in any order. Records that a person rejected or that were
    withdrawn, stories without a date, records without direction, and signals unknown to the codebook are left out.
    """
    definitions = {s.id: s for i in codebook.indicators for s in i.signals}
    groups: dict[tuple[str, str, str, str, Channel], list[EvidenceRecord]] = defaultdict(list)
    for record in records:
        signal = record.signal
        definition = definitions.get(signal.signal)
        if definition is None or record.review in ("rejected", "withdrawn"):
            continue
        if record.story_day is None or not signal.polarity:
            continue
        channel: Channel = "pressure" if signal.mode in definition.motivation_modes else "direction"
        for party in parties if signal.locus == ALL else (signal.locus,):
            if party in parties:
                groups[signal.conflict, record.story, party, signal.signal, channel].append(record)
    return tuple(
        _story_signal(group, definitions[key[3]], codebook, party=key[2], channel=key[4])
        for key, group in sorted(groups.items())
    )


def _story_signal(
    group: Sequence[EvidenceRecord], definition: SignalDefinition, codebook: Codebook, *, party: str, channel: Channel
) -> StorySignal:
    first = group[0]
    assert first.story_day is not None
    owners = len(first.story_owners)
    factor = corroboration(owners)
    plus, minus, self_plus, self_minus = [0.0], [0.0], [0.0], [0.0]
    shares: set[tuple[float, float, bool]] = set()
    for record in group:
        signal = record.signal
        weight = record_weight(signal, definition, owners) * factor
        (plus if signal.polarity > 0 else minus).append(weight)
        if signal.self_perceived:
            (self_plus if signal.polarity > 0 else self_minus).append(weight)
        base = base_weight(signal, definition, owners) * factor
        shares.add((base * signal.polarity, signal.probability, signal.self_perceived))
    return StorySignal(
        conflict=first.signal.conflict,
        party=party,
        signal=definition.id,
        channel=channel,
        story=first.story,
        bloc=bloc_in(codebook, first.signal.conflict, first.story_bloc),
        day=first.story_day,
        plus=max(plus),
        minus=max(minus),
        owners=tuple(sorted({r.owner for r in group})),
        outlets=tuple(sorted({r.outlet for r in group})),
        self_plus=max(self_plus),
        self_minus=max(self_minus),
        leader=any(leaders_act(r.signal) for r in group),
        records=tuple(sorted(shares)),
    )


def leaders_act(signal: Signal) -> bool:
    """Whether a leader or official of the party itself says or does it, not merely is said to consider it."""
    return (
        signal.speaker_class in ("leader", "official") and signal.speaker_side == "self" and signal.factuality in FIRM
    )


def thinned_square(shares: Iterable[tuple[float, float, bool]], sign: int) -> float:
    """Expected square of a story's weight of one sign when each record is kept with its probability.

    With the records in falling order of weight, the i-th is the maximum when it is kept and all before it are not.

    >>> thinned_square([(1.0, 0.5, False), (0.5, 0.5, False), (-1.0, 0.9, False)], 1)
    0.5625
    """
    total, none_before = [], 1.0
    for weight, probability, _ in sorted((s for s in shares if s[0] * sign > 0), key=lambda s: (-abs(s[0]), s[1])):
        total.append(weight * weight * probability * none_before)
        none_before *= 1 - probability
    return math.fsum(total)


def daily(
    story_signals: Iterable[StorySignal], conflict_stories: Iterable[ConflictStory], codebook: Codebook
) -> tuple[tuple[DailyCount, ...], tuple[DailyCoverage, ...], tuple[DailyPresence, ...]]:
    """Rows of `counts`, `coverage` and `presence`, sorted; the order of the stories cannot matter (fsum)."""
    signals = tuple(story_signals)
    by_key: dict[tuple[str, str, Channel, str, date], list[StorySignal]] = defaultdict(list)
    for s in signals:
        by_key[s.party, s.signal, s.channel, s.bloc, s.day].append(s)
    counts = tuple(_count(key, group) for key, group in sorted(by_key.items()))
    distinct: dict[tuple[str, date], set[str]] = defaultdict(set)
    for c in conflict_stories:
        distinct[bloc_in(codebook, c.conflict, c.bloc), c.day].add(c.story)
    coverage = tuple(DailyCoverage(bloc=b, day=d, stories=len(ids)) for (b, d), ids in sorted(distinct.items()))
    return counts, coverage, _presence(signals, codebook)


def _count(key: tuple[str, str, Channel, str, date], group: Sequence[StorySignal]) -> DailyCount:
    party, signal, channel, bloc, day = key
    return DailyCount(
        party=party,
        signal=signal,
        channel=channel,
        bloc=bloc,
        day=day,
        plus=math.fsum(s.plus for s in group),
        minus=math.fsum(s.minus for s in group),
        plus_stories=sum(s.plus > 0 for s in group),
        minus_stories=sum(s.minus > 0 for s in group),
        self_plus=math.fsum(s.self_plus for s in group),
        self_minus=math.fsum(s.self_minus for s in group),
        plus_squares=math.fsum(thinned_square(s.records, 1) for s in group),
        minus_squares=math.fsum(thinned_square(s.records, -1) for s in group),
    )


def _presence(signals: Sequence[StorySignal], codebook: Codebook) -> tuple[DailyPresence, ...]:
    """Stories by the exact set of signals they carry; names under each single signal (see DailyPresence)."""
    rows: list[DailyPresence] = []
    for indicator in codebook.indicators:
        bits = {s.id: 1 << n for n, s in enumerate(indicator.signals)}
        masks: dict[tuple[str, date, str], int] = defaultdict(int)
        outlets: dict[tuple[str, date, int], set[str]] = defaultdict(set)
        owners: dict[tuple[str, date, int], set[str]] = defaultdict(set)
        for s in signals:
            if s.signal in bits:
                bit = bits[s.signal]
                masks[s.party, s.day, s.story] |= bit
                outlets[s.party, s.day, bit].update(s.outlets)
                owners[s.party, s.day, bit].update(s.owners)
        stories: dict[tuple[str, date, int], int] = dict.fromkeys(outlets, 0)
        for (party, day, _), mask in masks.items():
            stories[party, day, mask] = stories.get((party, day, mask), 0) + 1
        rows += [
            DailyPresence(
                party=party,
                indicator=indicator.id,
                day=day,
                mask=mask,
                stories=count,
                outlets=tuple(sorted(outlets.get((party, day, mask), ()))),
                owners=tuple(sorted(owners.get((party, day, mask), ()))),
            )
            for (party, day, mask), count in sorted(stories.items())
        ]
    return tuple(rows)
