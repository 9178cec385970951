"""A small codebook, and news about it made by rule or by chance, for tests of the arithmetic."""

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from tracker.catalog import defaults
from tracker.model.codebook import Codebook, Composite, Conflict, Indicator, Leg, Party, SignalDefinition
from tracker.model.evidence import EvidenceRecord
from tracker.model.readings import ConflictStory, Inputs, Observed, StorySignal
from tracker.model.signals import Evidence, Signal
from tracker.readiness import weights

ROOT = Path(__file__).resolve().parents[1]
ORACLE = ROOT / "../shared/codebook/reference_aggregate.py"
DAY_ZERO = date(2026, 1, 1)
PARTIES = ("VRN", "KES")
BLOCS = ("wires", "third-country", "aligned-vrn")
INDICATORS: Mapping[str, Mapping[str, tuple[float, int]]] = {
    "hurting_stalemate": {"battlefield_stalemate": (0.5, 60), "attrition_strain": (0.5, 60)},
    "support_erosion": {
        "external_support": (0.45, 45),
        "ally_rift": (0.2, 21),
        "attention_shift": (0.2, 21),
        "persuasion_campaign": (0.15, 21),
    },
    "resolve_erosion": {"victory_confidence": (0.6, 60), "waiting_out": (0.4, 60)},
    "diplomatic_posture": {"negotiation_openness": (0.6, 30), "concession_signal": (0.4, 30)},
    "contact_channel": {"talks_activity": (0.6, 21), "back_channel": (0.4, 45)},
    "third_party_way_out": {
        "mediation_offer": (0.45, 30),
        "inducement": (0.35, 45),
        "mediator_credibility": (0.2, 90),
    },
    "talk_affordability": {
        "adverse_inference": (0.4, 60),
        "strategic_adaptation": (0.35, 60),
        "public_opinion": (0.25, 120),
    },
}
ACTS = {"talks_activity", "back_channel", "mediation_offer", "external_support", "inducement"}
SIDES = {
    "adverse_inference": {"opponent": 0.8, "backer_opp": 0.6},
    "waiting_out": {"opponent": 0.6, "backer_opp": 0.6},
}
MOTIVATION = {"inducement": ("stick",), "ally_rift": ("pressure",)}
SIGNALS = tuple(s for signals in INDICATORS.values() for s in signals)


def definition(signal: str, weight: float = 1.0, half_life_days: int = 60) -> SignalDefinition:
    return SignalDefinition(
        id=signal,
        title=signal,
        definition="",
        theory="",
        weight=weight,
        half_life_days=half_life_days,
        polarity={},
        modes=("plain", *MOTIVATION.get(signal, ())),
        intensity="",
        act=signal in ACTS,
        side_weights=SIDES.get(signal, {}),
        motivation_modes=MOTIVATION.get(signal, ()),
    )


def an_indicator(name: str) -> Indicator:
    return Indicator(
        id=name,
        title=name,
        question="",
        theory="",
        level="party",
        status="trial",
        signals=tuple(definition(s, w, h) for s, (w, h) in INDICATORS[name].items()),
    )


def shipped_composites() -> tuple[Composite, ...]:
    found = []
    for path in sorted((defaults() / "indicators/composites").glob("*.yaml")):
        raw = yaml.safe_load(path.read_text())
        raw["legs"] = tuple(Leg(**leg) for leg in raw["legs"])
        raw["references"] = tuple(raw["references"])
        found.append(Composite(**raw))
    return tuple(found)


def a_codebook(parties: tuple[str, str] = PARTIES, composites: Sequence[Composite] | None = None) -> Codebook:
    return Codebook(
        version="0" * 12,
        indicators=tuple(an_indicator(name) for name in INDICATORS),
        composites=shipped_composites() if composites is None else tuple(composites),
        conflicts=(
            Conflict(
                id="lisse",
                title="",
                description="",
                started=DAY_ZERO,
                parties=tuple(Party(id=p, name=p) for p in parties),
            ),
        ),
    )


CODEBOOK = a_codebook()


def day(number: int) -> date:
    return DAY_ZERO + timedelta(days=number)


Record = dict[str, Any]  # as the oracle has it: one coded sentence


def evidence(record: Record, n: int = 0) -> EvidenceRecord:
    """The oracle's record as the program's; its story's owners are `outlets` many, `outlet` is its own."""
    return EvidenceRecord(
        signal=Signal(
            conflict="lisse",
            signal=record["signal"],
            mode=record.get("mode", "plain"),
            polarity=record["polarity"],
            intensity=record.get("intensity", 2),
            locus=record.get("locus", "ALL"),
            speaker_class=record.get("speaker_class", "official"),
            speaker_side=record.get("speaker_side", record.get("side", "self")),
            factuality=record.get("factuality", "done"),
            rule="r",
            probability=record.get("precision", 0.8),
            evidence=Evidence(sentence=n, quote=""),
            self_perceived=record.get("self_perceived", False),
        ),
        article=f"{record['story']}-{n}",
        revision=0,
        title="",
        url="",
        outlet=record.get("outlet", record["story"]),
        owner=record.get("outlet", record["story"]),
        bloc=record["bloc"],
        language="en",
        published_at=None,
        story=record["story"],
        story_day=day(record["day"]),
        story_bloc=record["bloc"],
        story_owners=tuple(f"owner-{k}" for k in range(record.get("outlets", 1))),
        position=n + 1,
    )


def a_story(story: Mapping[str, Any]) -> ConflictStory:
    return ConflictStory(conflict="lisse", story=story["story"], bloc=story["bloc"], day=day(story["day"]))


def signals_from(records: Iterable[Record], codebook: Codebook = CODEBOOK) -> tuple[StorySignal, ...]:
    parties = tuple(p.id for p in codebook.conflict("lisse").parties)
    return weights.story_signals((evidence(r, n) for n, r in enumerate(records)), codebook, parties)


def inputs_from(
    records: Iterable[Record],
    stories: Iterable[Mapping[str, Any]],
    codebook: Codebook = CODEBOOK,
    observed: tuple[Observed, ...] = (),
) -> Inputs:
    counts, coverage, presence = weights.daily(signals_from(records, codebook), map(a_story, stories), codebook)
    return Inputs(conflict="lisse", counts=counts, coverage=coverage, presence=presence, observed=observed)


def random_news(
    seed: int,
    *,
    days: int = 180,
    per_day: int = 3,
    share: float = 0.5,
    toward: float = 0.6,
    blocs: Sequence[str] = BLOCS,
) -> tuple[list[Record], list[dict[str, Any]]]:
    """Records and stories of all signals, the same for a seed on every platform (only `Random.random` is used)."""
    rng = random.Random(seed)

    def pick(choices: Sequence[Any]) -> Any:
        return choices[int(rng.random() * len(choices))]

    records: list[Record] = []
    stories: list[dict[str, Any]] = []
    for when in range(days):
        for bloc in blocs:
            for n in range(per_day):
                story = {"story": f"{bloc}-{when}-{n}", "bloc": bloc, "day": when}
                stories.append(story)
                owners = 1 + int(rng.random() * 4)
                if rng.random() > share:
                    continue
                for _ in range(1 + int(rng.random() * 3)):
                    signal = pick(SIGNALS)
                    modes = ("plain", "plain", *MOTIVATION.get(signal, ()))
                    records.append(
                        {
                            **story,
                            "signal": signal,
                            "mode": pick(modes),
                            "polarity": 1 if rng.random() < toward else -1 if rng.random() < 0.9 else 0,
                            "intensity": 1 + int(rng.random() * 3),
                            "locus": pick((*PARTIES, "ALL")),
                            "speaker_class": pick(tuple(weights.SPEAKER)),
                            "side": pick(tuple(weights.SIDE)),
                            "factuality": pick(tuple(weights.FACTUALITY)),
                            "precision": 0.5 + rng.random() / 2,
                            "outlets": owners,
                            "outlet": f"outlet-{int(rng.random() * owners)}",
                        }
                    )
    return records, stories
