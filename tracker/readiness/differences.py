"""Two codings of the same news → the readings, states and alerts that differ, how much, and which signals did it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

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


def differences(
    before: Iterable[Reading],
    after: Iterable[Reading],
    *,
    alerts_before: Iterable[Alert] = (),
    alerts_after: Iterable[Alert] = (),
    because: Sequence[Responsible] = (),
    signals_of: dict[str, frozenset[str]] | None = None,
    least: float = 0.05,
) -> tuple[Difference, ...]:
    """Rows for every reading that moved by at least `least` points or changed its state, and every alert that did.

    Readings are matched by subject, party and day; one that exists on one side only counts as having no number on
    the other. `because` are the rows of `responsible`; `signals_of` says which signals a subject rests on.
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
            )
        )
    return (*rows, *_alerts(alerts_before, alerts_after, because))


def _alerts(before: Iterable[Alert], after: Iterable[Alert], because: Sequence[Responsible]) -> Iterable[Difference]:
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
        )
