"""Two codings of the same news → the readings, states and alerts that differ, how much, and which signals did it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tracker.model.codebook import Codebook
from tracker.model.readings import Alert, Reading, StorySignal
from tracker.readiness.surges import alert_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsible:
    """One signal of one party and what the recoding did to it."""

    signal: str
    party: str
    plus: float  # change of story weight toward talks, before decay
    minus: float
    gained: int  # stories that speak on it now and did not
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retuned:
    """One signal or composite that counts otherwise, though the stories may read as before."""

    subject: str  # id of the signal or composite
    what: str  # "half-life 21 → 60 days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One reading or alert that a recoding changes."""

    kind: Literal["reading", "alert"]
    subject: str  # id of the indicator or composite, or of the alert
    party: str | None
    day: date
    before: float | None
    after: float | None
    state_before: str  # empty for an alert that is new
    state_after: str  # empty for an alert that is gone
    responsible: tuple[Responsible, ...] = ()
    retuned: tuple[Retuned, ...] = ()

    @property
    def points(self) -> float | None:
        """Change in points; None where one side shows no number."""
        return None if self.before is None or self.after is None else self.after - self.before


def responsible(before: Iterable[StorySignal], after: Iterable[StorySignal]) -> tuple[Responsible, ...]:
    """Signals whose story weights changed between two codings, the largest change first."""
    weights: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    stories: dict[tuple[str, str], tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for which, sign, coding in ((0, -1, before), (1, 1, after)):
        for s in sorted(coding, key=lambda s: (s.story, s.signal, s.party, s.channel)):
            weights[s.signal, s.party][0] += sign * s.plus
            weights[s.signal, s.party][1] += sign * s.minus
            stories[s.signal, s.party][which].add(s.story)
    rows = [
        Responsible(
            signal=signal,
            party=party,
            plus=round(plus, 9),
            minus=round(minus, 9),
            gained=len(stories[signal, party][1] - stories[signal, party][0]),
            lost=len(stories[signal, party][0] - stories[signal, party][1]),
        )
        for (signal, party), (plus, minus) in weights.items()
    ]
    changed = [r for r in rows if r.plus or r.minus or r.gained or r.lost]
    return tuple(sorted(changed, key=lambda r: (-abs(r.plus) - abs(r.minus), r.signal, r.party)))


def retuned(before: Codebook, after: Codebook) -> tuple[Retuned, ...]:
    """What two codebooks count otherwise: weights, half-lives, side weights, pressure modes, homes and legs."""
    old, new = ({s.id: (i.id, s) for i in book.indicators for s in i.signals} for book in (before, after))
    found = []
    for name in sorted({*old, *new}):
        (home, was), (place, now) = old.get(name, ("", None)), new.get(name, ("", None))
        if home != place:
            found.append(Retuned(subject=name, what=f"indicator {home or 'none'} → {place or 'none'}"))
        if was is None or now is None:
            continue
        if was.weight != now.weight:
            found.append(Retuned(subject=name, what=f"weight {was.weight:g} → {now.weight:g}"))
        if was.half_life_days != now.half_life_days:
            found.append(Retuned(subject=name, what=f"half-life {was.half_life_days} → {now.half_life_days} days"))
        if (dict(was.side_weights), was.act) != (dict(now.side_weights), now.act):
            found.append(Retuned(subject=name, what="side weights"))
        if was.motivation_modes != now.motivation_modes:
            found.append(Retuned(subject=name, what="modes that count as pressure"))
    forms = {c.id: (c.form, c.level, c.legs, dict(c.needs)) for c in before.composites}
    for composite in after.composites:
        form = (composite.form, composite.level, composite.legs, dict(composite.needs))
        if forms.get(composite.id, form) != form:
            found.append(Retuned(subject=composite.id, what="form or legs"))
    return tuple(found)


def differences(
    before: Iterable[Reading],
    after: Iterable[Reading],
    *,
    alerts_before: Iterable[Alert] = (),
    alerts_after: Iterable[Alert] = (),
    because: Sequence[Responsible] = (),
    tuned: Sequence[Retuned] = (),
    signals_of: dict[str, frozenset[str]] | None = None,
    least: float = 0.05,
) -> tuple[Difference, ...]:
    """Rows for every reading that moved by at least `least` points or changed its state, and every alert that did.

    Readings are matched by subject, party and day; one that exists on one side only counts as having no number on
    the other. `because` are the rows of `responsible`, `tuned` those of `retuned`; `signals_of` says which signals a
    subject rests on.
    """
    old = {(r.subject, r.party, r.day): r for r in before}
    new = {(r.subject, r.party, r.day): r for r in after}
    rests = signals_of or {}
    rows = []
    for key in sorted({*old, *new}, key=lambda k: (k[0], k[1] or "", k[2])):
        was, now = old.get(key), new.get(key)
        value_was, value_now = (None if r is None else r.value for r in (was, now))
        state_was, state_now = ("" if r is None else r.state for r in (was, now))
        moved = value_was is not None and value_now is not None and abs(value_now - value_was) >= least
        if not moved and state_was == state_now and (value_was is None) == (value_now is None):
            continue
        rows.append(
            Difference(
                kind="reading",
                subject=key[0],
                party=key[1],
                day=key[2],
                before=value_was,
                after=value_now,
                state_before=state_was,
                state_after=state_now,
                responsible=tuple(r for r in because if r.signal in rests.get(key[0], frozenset({r.signal}))),
                retuned=tuple(t for t in tuned if t.subject == key[0] or t.subject in rests.get(key[0], ())),
            )
        )
    return (*rows, *_alerts(alerts_before, alerts_after, because, tuned))


def _alerts(
    before: Iterable[Alert], after: Iterable[Alert], because: Sequence[Responsible], tuned: Sequence[Retuned]
) -> Iterable[Difference]:
    old, new = {alert_id(a): a for a in before}, {alert_id(a): a for a in after}
    for name in sorted({*old, *new}):
        was, now = old.get(name), new.get(name)
        if was is not None and now is not None and was.state == now.state:
            continue
        alert = now or was
        assert alert is not None
        yield Difference(
            kind="alert",
            subject=name,
            party=alert.party,
            day=alert.week,
            before=None if was is None else float(was.count),
            after=None if now is None else float(now.count),
            state_before="" if was is None else was.state,
            state_after="" if now is None else now.state,
            responsible=tuple(r for r in because if (r.signal, r.party) == (alert.signal, alert.party)),
            retuned=tuple(t for t in tuned if t.subject == alert.signal),
        )
