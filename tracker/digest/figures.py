"""Readings as pages print them: number, interval, state, changes and the series behind the small drawing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracker.digest import safe
from tracker.digest.charts import Line, Point, value_range
from tracker.digest.records import style, titles
from tracker.digest.view import DigestMaterial, Tracked
from tracker.digest.wording import Say, say, state_note
from tracker.model.readings import Change, Reading

TRAIL_WEEKS = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A reading as it is printed: number, interval, state, changes and a word-sized drawing."""

    subject: str
    title: str
    party: str
    party_name: str
    style: str
    state: str
    value: float | None
    low: float | None
    high: float | None
    note: Say | None
    changes: tuple[Change, ...]
    stories: int
    owners: int
    prevalence: float | None
    missing: tuple[Say, ...]
    spark: Line
    limits: tuple[float, float]
    name: str

    def change(self, weeks: int) -> Change | None:
        """The change against so many weeks before, None when there is none to print."""
        return next((c for c in self.changes if c.weeks == weeks and c.difference is not None), None)


def figure(material: DigestMaterial, tracked: Tracked, limits: tuple[float, float], *, prefix: str = "") -> Figure:
    """A reading with everything that is printed beside it."""
    reading = tracked.reading
    names = titles(material.method.codebook)
    parties = {p.id: p.name for p in material.conflict.parties}
    shade = style(material, tracked.party)
    quiet = reading.value is None
    return Figure(
        subject=tracked.subject,
        title=names.get(tracked.subject, tracked.subject),
        party=tracked.party or "",
        party_name=parties.get(tracked.party or "", ""),
        style=shade,
        state=reading.state,
        value=reading.value,
        low=None if quiet else reading.low,
        high=None if quiet else reading.high,
        note=state_note(reading),
        changes=() if quiet else tracked.changes,
        stories=reading.stories,
        owners=reading.owners,
        prevalence=reading.prevalence,
        missing=tuple(leg_words(m, names) for m in reading.missing),
        spark=Line(label="", style=shade, points=points(tracked.series[-TRAIL_WEEKS:])),
        limits=limits,
        name=f"{prefix}{tracked.subject}-{safe.slug(tracked.party or 'all')}",
    )


def leg_words(leg: str, names: Mapping[str, str]) -> Say:
    """A missing leg in words: its title, and whose it is when not the party's own."""
    source, _, of = leg.partition(" (")
    title = names.get(source.removeprefix("signal:"), source)
    match of.rstrip(")"):
        case "opponent":
            return say("{title} (of the opponent)", title=title)
        case "weakest":
            return say("{title} (the lower of both)", title=title)
        case _:
            return say("{title}", title=title)


def pair(material: DigestMaterial, subject: str, limits: tuple[float, float]) -> tuple[Figure | None, ...]:
    """The figures of both parties in registry order, or the single one of a subject without party."""
    shared = material.tracked(subject)
    if shared is not None:
        return (figure(material, shared, limits),)
    found = [material.tracked(subject, party) for party in material.parties]
    return tuple(None if t is None else figure(material, t, limits) for t in found)


def points(series: Sequence[Reading]) -> tuple[Point, ...]:
    """A series for drawing."""
    return tuple(Point(day=r.day, value=r.value, low=r.low, high=r.high) for r in series)


def shared_limits(tracked: Sequence[Tracked]) -> tuple[float, float]:
    """One range for all small drawings of a page, so that they can be compared."""
    return value_range([Line(label="", style="", points=points(t.series[-TRAIL_WEEKS:])) for t in tracked])
