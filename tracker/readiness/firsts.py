"""Records of a week → alerts of the kinds first and break, which wait for a person before a digest headlines them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType

from tracker.model.codebook import Codebook
from tracker.model.evidence import EvidenceRecord
from tracker.model.readings import Alert, AlertKind, Inputs
from tracker.model.signals import ALL, Signal
from tracker.readiness.board import parties_of
from tracker.readiness.surges import SETTINGS, AlertSettings, cooled, missing_inputs
from tracker.readiness.weights import bloc_in, leaders_act

RARE: Mapping[str, Callable[[Signal], bool]] = MappingProxyType(
    {
        "back_channel": lambda s: s.polarity > 0 and s.intensity >= 2,
        "mediation_offer": lambda s: s.polarity > 0 and s.mode == "accepted",
        "negotiation_openness": lambda s: s.polarity > 0 and s.mode == "legal_ban",
        "talks_activity": lambda s: s.polarity > 0 and s.mode == "ceasefire",
    }
)
BREAKS = frozenset({"talks_activity", "back_channel", "mediation_offer", "negotiation_openness"})


def firsts(
    records: Iterable[EvidenceRecord],
    inputs: Inputs,
    codebook: Codebook,
    week: date,
    *,
    settings: AlertSettings = SETTINGS,
    previous: Sequence[Alert] = (),
) -> tuple[Alert, ...]:
    """The first record of a rare kind in 180 days, reported this week by two blocs or acted on by a leader.

    Rare kinds: a back channel of intensity 2 or more, mediation accepted, a ban on talks lifted, a ceasefire.
    `records` must hold those of the 180 days before the week as well. On a shorter record than 180 days the alert
    says so; below eight weeks nothing is called a first.
    """
    start = min((c.day for c in inputs.coverage), default=week)
    if week - start < timedelta(weeks=settings.least_history_weeks):
        return ()
    rare = [r for r in records if r.signal.signal in RARE and RARE[r.signal.signal](r.signal)]
    history = min((week - start).days, settings.first_days)
    since = week - timedelta(days=settings.first_days)

    def is_first(party: str, signal: str) -> bool:
        earlier = (r.story_day for r in _of(rare, party, signal, inputs.conflict))
        return not any(day is not None and since <= day < week for day in earlier)

    return _judged(
        "first",
        rare,
        inputs,
        codebook,
        week,
        settings=settings,
        previous=previous,
        why=f"first of its kind in {history} days",
        accept=is_first,
    )


def breaks(
    records: Iterable[EvidenceRecord],
    inputs: Inputs,
    codebook: Codebook,
    week: date,
    *,
    settings: AlertSettings = SETTINGS,
    previous: Sequence[Alert] = (),
) -> tuple[Alert, ...]:
    """Contact broken this week: negatives of intensity 3 on talks, back channel, mediation or openness.

    Two blocs must report it, or a leader or official act; the cool-down holds unless more stories carry it.
    """
    strong = [
        r
        for r in records
        if r.signal.polarity < 0 and r.signal.intensity >= settings.break_intensity and r.signal.signal in BREAKS
    ]
    return _judged(
        "break",
        strong,
        inputs,
        codebook,
        week,
        settings=settings,
        previous=previous,
        why="reported as broken off or ruled out",
        accept=lambda _party, _signal: True,
    )


def _judged(
    kind: AlertKind,
    records: Sequence[EvidenceRecord],
    inputs: Inputs,
    codebook: Codebook,
    week: date,
    *,
    settings: AlertSettings,
    previous: Sequence[Alert],
    why: str,
    accept: Callable[[str, str], bool],
) -> tuple[Alert, ...]:
    groups: dict[tuple[str, str], list[EvidenceRecord]] = defaultdict(list)
    parties = parties_of(codebook, inputs.conflict)
    for party in parties:
        for signal in sorted({r.signal.signal for r in records}):
            groups[party, signal] = [
                r
                for r in _of(records, party, signal, inputs.conflict)
                if r.story_day is not None and week <= r.story_day < week + timedelta(days=7)
            ]
    missing = missing_inputs(inputs, [week], settings)
    alerts = []
    for (party, signal), found in sorted(groups.items()):
        blocs = tuple(sorted({bloc_in(codebook, inputs.conflict, r.story_bloc) for r in found}))
        leader = any(leaders_act(r.signal) for r in found)
        if not found or not (len(blocs) >= settings.least_blocs or leader):
            continue
        if not accept(party, signal):
            continue
        stories = len({r.story for r in found})
        alert = Alert(
            kind=kind,
            conflict=inputs.conflict,
            signal=signal,
            party=party,
            polarity=1 if kind == "first" else -1,
            week=week,
            count=stories,
            baseline=0.0,
            deviation=0.0,
            z=0.0,
            probability=max(r.signal.probability for r in found),
            blocs=blocs,
            leader=leader,
            p_value=1.0,
            state="withheld" if missing else "awaiting-confirmation",
            why=missing or why,
            settings=settings.as_mapping(),
        )
        if not cooled(alert, previous, settings):
            alerts.append(alert)
    return tuple(alerts)


def _of(records: Iterable[EvidenceRecord], party: str, signal: str, conflict: str) -> list[EvidenceRecord]:
    """Records that count for a party: its own and those of all principals; never rejected or withdrawn ones."""
    return [
        r
        for r in records
        if r.signal.signal == signal
        and r.signal.locus in (party, ALL)
        and r.signal.conflict == conflict
        and r.review not in ("rejected", "withdrawn")
    ]
