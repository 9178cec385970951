"""Builders of digest material for the fictional conflict: whole weeks that look like a run of the real thing."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from tracker.digest.view import (
    BlocShare,
    Correction,
    Coverage,
    DigestMaterial,
    Method,
    Part,
    Perception,
    Posture,
    RaisedAlert,
    Tally,
    Tracked,
    Weighed,
    monday_of,
    week_of,
)
from tracker.model.codebook import Bloc, Codebook, Composite, Conflict, Indicator, Leader, Leg, Party, SignalDefinition
from tracker.model.evidence import EvidenceRecord, FeedHealth
from tracker.model.readings import Alert, AsOf, Change, Happening, Reading
from tracker.model.signals import Evidence, Signal
from tracker.readiness.prevalence import Prevalence

INDICATORS = {
    "hurting_stalemate": ("Hurting stalemate", ("battlefield_stalemate", "attrition_strain")),
    "support_erosion": (
        "Erosion of outside support",
        ("external_support", "ally_rift", "attention_shift", "persuasion_campaign"),
    ),
    "resolve_erosion": ("Erosion of resolve", ("victory_confidence", "waiting_out")),
    "diplomatic_posture": ("Diplomatic posture", ("negotiation_openness", "concession_signal")),
    "contact_channel": ("Contact between the parties", ("talks_activity", "back_channel")),
    "third_party_way_out": (
        "Way out offered by third parties",
        ("mediation_offer", "inducement", "mediator_credibility"),
    ),
    "talk_affordability": ("Affordability of talks", ("adverse_inference", "strategic_adaptation", "public_opinion")),
}
WORDS = (
    (
        "talks_activity",
        1,
        "Envoys of both sides met for three hours in Sable and agreed to meet again, the host said.",
        "met",
    ),
    (
        "talks_activity",
        -1,
        "The delegation left the hall before noon and the afternoon round was called off.",
        "called off",
    ),
    ("mediation_offer", 1, "The Sable Republic offered to host a further round next month.", "offered to host"),
    (
        "negotiation_openness",
        1,
        "“We are ready to sit down without conditions,” the foreign minister said.",
        "ready to sit down",
    ),
    (
        "negotiation_openness",
        -1,
        "The chancellor ruled out talks while foreign guns stand in the valley.",
        "ruled out talks",
    ),
    (
        "battlefield_stalemate",
        1,
        "Neither army has moved the line along the Lisse since May.",
        "Neither army has moved",
    ),
    ("attrition_strain", 1, "Two brigades reported that they were running low on shells.", "running low on shells"),
    ("external_support", 1, "The Assembly put off its vote on the aid for a third time.", "put off its vote"),
    ("external_support", -1, "The Compact approved a further loan for air defence.", "approved a further loan"),
    ("victory_confidence", -1, "“Nobody doubts that we will win this war,” the president said.", "will win this war"),
    (
        "back_channel",
        1,
        "Two people familiar with the meetings said envoys had spoken in secret in Maren.",
        "spoken in secret",
    ),
    ("adverse_inference", -1, "To talk now would be read as surrender, a legislator said.", "read as surrender"),
    (
        "public_opinion",
        1,
        "Fifty-four percent of those asked in Varnland favoured talks, the institute found.",
        "favoured talks",
    ),
    ("inducement", 1, "The Fellowship pledged to pay for rebuilding once a truce holds.", "pledged to pay"),
)
OUTLETS = (
    ("Oster Gazette", "oster-press", "aligned-vrn"),
    ("Maren Courier", "maren-press", "aligned-kes"),
    ("Sable Observer", "sable-media", "third-country"),
    ("Ostrava Wire", "ostrava-wire", "wires"),
    ("The Compact Times", "sable-media", "patrons-vrn"),
    ("Eastern Voice", "maren-press", "patrons-kes"),
)
CLASSES = ("narration", "official", "leader", "official_anon", "third_party", "analyst", "faction")


def a_codebook() -> Codebook:
    """Seven indicators with their signals and three composites, in short."""
    conflict = a_conflict()
    return Codebook(
        version="1f0c6ad2b9e4",
        indicators=tuple(_indicator(i, title, signals) for i, (title, signals) in INDICATORS.items()),
        composites=(
            _composite("ripeness", "Ripeness", "conflict", "Is there a stalemate that hurts both, and a way out?"),
            _composite(
                "readiness", "Readiness", "party", "Has this party reasons to talk, and hope that talks may serve?"
            ),
            _composite(
                "costs_of_conversation",
                "Costs of conversation",
                "party",
                "What does it cost this party to be seen talking?",
            ),
        ),
        conflicts=(conflict,),
        recogniser="small-1",
    )


def a_conflict(conflict: str = "varnland-kestria") -> Conflict:
    """Varnland and the Kestrian Federation."""
    return Conflict(
        id=conflict,
        title="Varnland and Kestria",
        description="The Kestrian Federation invaded the Lisse valley of Varnland in June 2024. Fictional.",
        started=date(2024, 6, 3),
        parties=(
            Party(id="VRN", name="Varnland", leaders=(Leader(name="A. Holm", office="president", rank="leader"),)),
            Party(id="KES", name="Kestrian Federation"),
        ),
        blocs=(
            Bloc(id="wires", title="Wire agencies"),
            Bloc(id="aligned-vrn", title="Press of Varnland", aligned_with="VRN"),
            Bloc(id="aligned-kes", title="Press of Kestria", aligned_with="KES"),
            Bloc(id="third-country", title="Third countries"),
        ),
        fictional=True,
    )


def a_reading(
    subject: str, party: str | None, day: date, *, conflict: str = "varnland-kestria", **fields: object
) -> Reading:
    """A reading that is a smooth function of its names and day."""
    seed = sum(ord(c) for c in subject + (party or ""))
    phase = day.toordinal() / 40 + seed % 11
    value = 50 + 9 * math.sin(phase) + 3 * math.sin(phase * 2.7 + seed)
    known: dict[str, object] = {
        "subject": subject,
        "conflict": conflict,
        "party": party,
        "day": day,
        "state": "ok",
        "value": round(value, 3),
        "low": round(value - 4.2, 3),
        "high": round(value + 3.9, 3),
        "prevalence": 0.04,
        "stories": 12 + seed % 17,
        "owners": 3 + seed % 4,
        "outlets": 4 + seed % 3,
        "sources_observed": 5,
        "sources_expected": 6,
    }
    return Reading(**{**known, **fields})


def a_tracked(
    subject: str, party: str | None, monday: date, *, weeks: int = 26, history: int = 0, parts: tuple[str, ...] = ()
) -> Tracked:
    """A followed reading with changes and a weekly series."""
    days = [monday + timedelta(days=6 - 7 * back) for back in reversed(range(weeks))]
    series = tuple(a_reading(subject, party, day, **_state(subject, party, day)) for day in days)
    older = [monday + timedelta(days=6 - 7 * back) for back in reversed(range(max(history, weeks)))]
    full = tuple(a_reading(subject, party, day, **_state(subject, party, day)) for day in older) if history else ()
    now = series[-1]
    return Tracked(
        subject=subject,
        party=party,
        reading=now,
        changes=tuple(_change(w, now, a_reading(subject, party, now.day - timedelta(weeks=w))) for w in (1, 4, 13, 52)),
        series=series,
        history=full,
        said=Prevalence(share=0.124, low=0.083, high=0.171, stories=96.0, prior=0.1) if party is not None else None,
        parts=tuple(
            Part(
                source=p,
                weight=round(1 / len(parts), 2),
                balance=round(math.sin(len(p) + now.day.toordinal() / 30) / 2, 3),
                before=0.1,
            )
            for p in parts
        ),
    )


def a_record(index: int, monday: date, *, conflict: str = "varnland-kestria", **fields: object) -> EvidenceRecord:
    """One of the fictional sentences, dated within the week."""
    signal, polarity, words, cue = WORDS[index % len(WORDS)]
    outlet, owner, bloc = OUTLETS[index % len(OUTLETS)]
    start = words.find(cue)
    locus = ("ALL", "VRN", "KES", "VRN")[index % 4]
    published = datetime.combine(monday + timedelta(days=index % 7), time(9, 30), UTC)
    article = f"{index:04x}{monday.toordinal():08x}cafe"
    known: dict[str, object] = {
        "signal": Signal(
            conflict=conflict,
            signal=signal,
            mode="held",
            polarity=polarity,
            intensity=1 + index % 3,
            locus=locus,
            speaker_class=CLASSES[index % len(CLASSES)],
            speaker_side=("media", "self", "neutral", "opponent")[index % 4],
            factuality=("done", "ongoing", "announced")[index % 3],
            rule=("recogniser", "talks-hold")[index % 2],
            probability=0.62 + (index % 5) * 0.07,
            evidence=Evidence(
                sentence=1 + index % 9,
                quote=words,
                before="The fighting went on along the river.",
                cue=(start, start + len(cue)),
            ),
            speaker=("", "the foreign minister", "the president", "a person familiar with the matter")[index % 4],
        ),
        "article": article,
        "revision": 0,
        "title": f"{('Envoys meet in Sable', 'Vote on aid put off', 'Line on the Lisse unchanged')[index % 3]} ({index})",
        "url": f"https://news.example/{outlet.lower().replace(' ', '-')}/{article}",
        "outlet": outlet,
        "owner": owner,
        "bloc": bloc,
        "language": "en",
        "published_at": published,
        "story": article,
        "story_day": published.date(),
        "story_bloc": bloc,
        "story_owners": ("oster-press", "sable-media", "ostrava-wire")[: 1 + index % 3],
        "position": 1000 + index,
        "weight": 0.3,
    }
    return EvidenceRecord(**{**known, **fields})


def a_weighed(index: int, monday: date, **fields: object) -> Weighed:
    """A record with factors whose product is its contribution."""
    record = a_record(index, monday, **fields)
    factors = {
        "class": (0.7, 0.9, 1.0, 0.6, 0.8, 0.35, 0.5)[index % 7],
        "side": (0.9, 1.0, 0.9, 0.3)[index % 4],
        "factuality": (1.0, 1.0, 0.7)[index % 3],
        "intensity": record.signal.intensity / 2,
        "rule": round(record.signal.probability, 2),
        "corroboration": round(min(1 + 0.25 * math.log2(len(record.story_owners)), 1.5), 3),
        "decay": round(2 ** (-(6 - index % 7) / 30), 3),
    }
    counted = index % 9 != 8
    size = math.prod(factors.values()) * record.signal.polarity
    owner = next(i for i, (_, signals) in INDICATORS.items() if record.signal.signal in signals)
    return Weighed(
        record=record,
        indicator=owner,
        contribution=round(size, 6) if counted else 0.0,
        factors=factors,
        counted=counted,
        why_not="" if counted else "a stronger record of the same story stands for it",
    )


def a_material(
    week: str = "2026-W12",
    *,
    records: int = 28,
    conflict: str = "varnland-kestria",
    history: int = 0,
    weeks: int = 6,
    **fields: object,
) -> DigestMaterial:
    """A whole week; any field can be set."""
    monday = monday_of(week)
    parties = ("VRN", "KES")
    codebook = a_codebook()
    codebook = replace(codebook, conflicts=(a_conflict(conflict),))
    composites = [a_tracked("ripeness", None, monday, history=history)]
    composites += [
        a_tracked(s, p, monday, history=history) for s in ("readiness", "costs_of_conversation") for p in parties
    ]
    known: dict[str, object] = {
        "conflict": a_conflict(conflict),
        "week": week,
        "at": datetime.combine(monday + timedelta(days=7), time(), UTC),
        "as_of": AsOf(
            position=4711,
            recorded_at=datetime.combine(monday + timedelta(days=7), time(4), UTC),
            codebook=codebook.version,
        ),
        "method": Method(
            codebook=codebook, analyser="model 3.8.0", recogniser="small-1", templates="ab12cd34", program="0.1.0"
        ),
        "composites": tuple(composites),
        "indicators": tuple(
            a_tracked(i, p, monday, history=history, parts=signals)
            for i, (_, signals) in INDICATORS.items()
            for p in parties
        ),
        "coverage": Coverage(
            articles=61, stories=38, owners=4, observed=5, expected=6, undated=2, usual_stories=33.5, days_observed=0.91
        ),
        "blocs": (
            BlocShare(bloc="wires", title="Wire agencies", stories=14, share=14 / 38, sources=1),
            BlocShare(bloc="third-country", title="Third countries", stories=11, share=11 / 38, sources=1),
            BlocShare(bloc="aligned-vrn", title="Press of Varnland", stories=8, share=8 / 38, sources=2, usable=False),
            BlocShare(bloc="aligned-kes", title="Press of Kestria", stories=5, share=5 / 38, sources=2, usable=False),
        ),
        "feeds": tuple(a_feed(i, monday) for i in range(len(OUTLETS))),
        "evidence": tuple(a_weighed(i, monday) for i in range(records)),
        "opinion": (a_weighed(12, monday), a_weighed(26, monday - timedelta(weeks=5))),
        "postures": (
            Posture(party="VRN", state="preconditioned", share=0.71, stories=6),
            Posture(party="KES", state="closed", share=0.64, stories=5),
        ),
        "perceptions": (
            Perception(party="VRN", everyone=63.0, itself=48.0),
            Perception(party="KES", everyone=55.0, itself=51.0),
        ),
        "tallies": tuple(_tallies(monday)),
        "alerts": (
            a_raised(monday),
            a_raised(monday, kind="first", signal="back_channel", state="awaiting-confirmation"),
        ),
        "happenings": (
            Happening(
                conflict=conflict,
                day=monday - timedelta(days=9),
                title="Exchange of 40 prisoners at the Lisse bridge",
                by="analyst",
            ),
            Happening(
                conflict=conflict,
                day=monday + timedelta(days=2),
                title="First round in Sable",
                url="https://news.example/round",
                by="analyst",
            ),
            Happening(conflict=conflict, day=monday + timedelta(days=20), title="Assembly votes on aid", by="analyst"),
        ),
        "corrections": (
            Correction(
                kind="withdrawn",
                week=week_of(monday - timedelta(weeks=2)),
                signal="back_channel",
                party="KES",
                title="Secret paper on a truce",
                outlet="Eastern Voice",
                url="https://news.example/hoax",
                reason="the paper was shown to be invented",
                position=4650,
            ),
        ),
        "weeks": tuple(week_of(monday - timedelta(weeks=back)) for back in reversed(range(weeks))),
    }
    return DigestMaterial(**{**known, **fields})


def a_feed(index: int, monday: date, **fields: object) -> FeedHealth:
    """A feed's health; the last one is silent."""
    outlet, owner, bloc = OUTLETS[index]
    silent = index == len(OUTLETS) - 1
    known: dict[str, object] = {
        "feed": f"feed-{index}",
        "outlet": outlet,
        "owner": owner,
        "bloc": bloc,
        "conflicts": ("varnland-kestria",),
        "state": "failing" if silent else "observed",
        "last_success": monday - timedelta(days=3) if silent else monday + timedelta(days=6),
        "last_article": datetime.combine(
            monday - timedelta(days=4) if silent else monday + timedelta(days=6), time(18), UTC
        ),
        "failures": 41 if silent else 0,
        "problem": "The server answers 503 Service Unavailable; wait, or ask the publisher." if silent else "",
        "observed_share": 0.61 if silent else 0.98,
        "per_day": 1.4 + index,
        "undated_share": 0.2 if index == 2 else 0.0,
        "duplicate_share": 0.35 if index == 4 else 0.08,
        "articles": 210 + index,
    }
    return FeedHealth(**{**known, **fields})


def a_raised(monday: date, **fields: object) -> RaisedAlert:
    """A surge of talks activity, or what is asked for."""
    known: dict[str, object] = {
        "kind": "surge",
        "conflict": "varnland-kestria",
        "signal": "talks_activity",
        "party": "VRN",
        "polarity": 1,
        "week": monday,
        "count": 9,
        "baseline": 1.9,
        "deviation": 1.1,
        "z": 6.45,
        "probability": 0.992,
        "blocs": ("wires", "third-country"),
        "leader": False,
        "p_value": 0.0004,
        "state": "raised",
        "settings": {"z": 3.0, "stories": 3.0, "q": 0.1},
    }
    return RaisedAlert(alert=Alert(**{**known, **fields}), position=4702, counts=(1, 2, 1, 3, 2, 4, 1, 2, 1, 2, 9))


def _indicator(indicator: str, title: str, signals: tuple[str, ...]) -> Indicator:
    return Indicator(
        id=indicator,
        title=title,
        question=f"What does reporting say on “{title.lower()}”?",
        theory="Conditions that the literature links with movement towards talks.",
        level="dyad" if indicator == "contact_channel" else "party",
        status="trial",
        signals=tuple(_definition(s, round(1 / len(signals), 2)) for s in signals),
        references=("Zartman, 2001",),
        high="more reports that point towards talks",
        low="more reports that point away from talks",
        caveat="It describes reporting, not what the parties intend.",
    )


def _definition(signal: str, weight: float) -> SignalDefinition:
    return SignalDefinition(
        id=signal,
        title=signal.replace("_", " ").capitalize(),
        definition=f"Reports of {signal.replace('_', ' ')}.",
        theory="As the codebook says.",
        weight=weight,
        half_life_days=30,
        polarity={"+1": "towards talks", "0": "no direction", "-1": "away from talks"},
        modes=("held", "denied"),
        intensity="1 = hedged; 2 = clear; 3 = at the level of leaders",
        include=("Acts that both sides acknowledge.",),
        exclude=("Talks with allies.",),
    )


def _composite(composite: str, title: str, level: str, question: str) -> Composite:
    return Composite(
        id=composite,
        title=title,
        question=question,
        theory="One theory, one composite.",
        form=composite.split("_", maxsplit=1)[0],
        level=level,
        legs=(
            Leg(source="hurting_stalemate", weight=0.6, of="weakest", group="motivation"),
            Leg(source="diplomatic_posture", weight=0.4, of="opponent", group="optimism"),
        ),
        needs={"motivation": 0.6, "optimism": 0.6},
        high="reporting holds more of the conditions this theory names",
        low="reporting holds fewer of the conditions this theory names",
        caveat="It is not a forecast.",
    )


def _state(subject: str, party: str | None, day: date) -> dict[str, object]:
    if subject == "talk_affordability" and party == "KES":
        return {"state": "insufficient", "value": None, "low": None, "high": None, "stories": 3, "owners": 2}
    if subject == "support_erosion" and party == "KES":
        return {"state": "one-sided"}
    if subject == "diplomatic_posture" and party == "VRN":
        return {"state": "contested"}
    if subject == "resolve_erosion" and day.toordinal() // 7 % 9 in (0, 1):
        return {"state": "withheld", "value": None, "low": None, "high": None, "sources_observed": 2}
    return {}


def _change(weeks: int, now: Reading, then: Reading) -> Change:
    if now.value is None or then.value is None:
        return Change(weeks=weeks, difference=None, low=None, high=None, arrow="none")
    difference = round(now.value - then.value, 3)
    outside = abs(difference) > 4.5
    arrow = ("up" if difference > 0 else "down") if outside else "none"
    return Change(weeks=weeks, difference=difference, low=difference - 4.5, high=difference + 4.5, arrow=arrow)


def _tallies(monday: date) -> list[Tally]:
    found = []
    for back in range(16):
        week = monday - timedelta(weeks=back)
        for party in ("VRN", "KES"):
            count = 14 if back == 0 else 2 + (back * 7 + len(party)) % 5
            found.append(
                Tally(
                    signal="mediation_offer", party=party, week=week, plus=count, minus=0, owners=9 if back == 0 else 0
                )
            )
        found.append(
            Tally(signal="talks_activity", party="VRN", week=week, plus=9 if back in (0, 11) else 1 + back % 3, minus=0)
        )
    return found
