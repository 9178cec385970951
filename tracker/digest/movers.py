"""What moved and on whose words, and which statements of a week contradict each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tracker.digest.figures import Figure, figure
from tracker.digest.records import Quote, strongest, titles
from tracker.digest.view import DigestMaterial, Tracked
from tracker.model.readings import Change
from tracker.model.signals import ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One party's line of an indicator that moved; `change` None when there is none to tell."""

    figure: Figure
    weeks: int
    change: Change | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """An indicator that changed, told for both parties, with the weightiest quotations either way.

    `pro` point the way of the largest change, `contra` the other.
    """

    subject: str
    title: str
    lines: tuple[Moved, ...]
    up: bool
    sure: bool  # whether the interval of a change excludes zero, with three new stories behind it
    pro: tuple[Quote, ...]
    contra: tuple[Quote, ...]
    earlier: bool  # whether stories that point the way it moved are new in the weeks of the change before this one


@dataclass(frozen=True, slots=True, kw_only=True)
class Facing:
    """Two statements of the week on one signal that point opposite ways."""

    signal: str
    title: str
    towards: Quote
    away: Quote


def movers(material: DigestMaterial, found: Sequence[Quote], limits: tuple[float, float]) -> tuple[Mover, ...]:
    """Indicators that changed: first those whose interval says so, then by the size of the difference."""
    ranked: list[tuple[tuple[object, ...], Mover]] = []
    by_subject: dict[str, list[Tracked]] = {}
    for tracked in material.indicators:
        by_subject.setdefault(tracked.subject, []).append(tracked)
    for subject, followed in by_subject.items():
        lines = tuple(_moved(material, t, limits) for t in followed)
        told = [line for line in lines if line.change is not None]
        if not told:
            continue
        most = max(told, key=lambda line: (_shown(line), _size(line)))
        if not _shown(most) and _size(most) < 1.0:
            continue
        up = most.change is not None and (most.change.difference or 0.0) > 0
        mine = [q for q in found if q.indicator == subject and q.party in (most.figure.party or q.party, ALL)]
        mover = Mover(
            subject=subject,
            title=most.figure.title,
            lines=lines,
            up=up,
            sure=_shown(most),
            pro=strongest(mine, most=2, polarity=1 if up else -1),
            contra=strongest(mine, most=1, polarity=-1 if up else 1),
            earlier=_earlier(material, subject, most, up=up),
        )
        ranked.append(((not _shown(most), -round(_size(most), 1), subject), mover))
    ranked.sort(key=lambda entry: entry[0])
    return tuple(mover for _, mover in ranked[:4])


def _moved(material: DigestMaterial, tracked: Tracked, limits: tuple[float, float]) -> Moved:
    known = [c for c in tracked.changes if c.weeks in (1, 4) and c.difference is not None]
    quiet = tracked.reading.value is None or not known
    change = None if quiet else max(known, key=lambda c: (c.arrow != "none", c.weeks == 4))
    return Moved(figure=figure(material, tracked, limits), weeks=change.weeks if change else 4, change=change)


def _earlier(material: DigestMaterial, subject: str, line: Moved, *, up: bool) -> bool:
    """Whether a week of the change before this one brought stories that point the way it moved."""
    first = material.monday - timedelta(weeks=line.weeks - 1)
    signals = {s.id for s in material.method.codebook.indicator(subject).signals}
    return any(
        t.signal in signals
        and t.party in (line.figure.party or t.party, ALL)
        and first <= t.week < material.monday
        and (t.plus if up else t.minus)
        for t in material.tallies
    )


def _shown(line: Moved) -> bool:
    return line.change is not None and line.change.arrow != "none"


def _size(line: Moved) -> float:
    return 0.0 if line.change is None else abs(line.change.difference or 0.0)


def facing(material: DigestMaterial, found: Sequence[Quote]) -> tuple[Facing, ...]:
    """For each signal the strongest statement either way, the heaviest pairs first, at most four."""
    pairs: list[tuple[float, str, Facing]] = []
    names = titles(material.method.codebook)
    for signal in sorted({q.signal for q in found}):
        towards = strongest(found, most=1, signal=signal, polarity=1)
        away = strongest(found, most=1, signal=signal, polarity=-1)
        if towards and away:
            weight = min(abs(towards[0].contribution), abs(away[0].contribution))
            one = Facing(signal=signal, title=names.get(signal, signal), towards=towards[0], away=away[0])
            pairs.append((-weight, signal, one))
    return tuple(one for _, _, one in sorted(pairs, key=lambda p: p[:2])[:4])
