"""Material → the weekly page, already sorted, rounded and worded; templates only print it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tracker.digest import safe
from tracker.digest.charts import Line, Point, columns, share_bar, sparkline, value_range
from tracker.digest.headlines import headlines, week_alerts
from tracker.digest.quadrant import Trail, cell, quadrant
from tracker.digest.records import Quote, quote, quotes, strongest, style, titles
from tracker.digest.view import BlocShare, Correction, DigestMaterial, RaisedAlert, Tracked, Weighed
from tracker.digest.wording import CELLS, N_, Say, posture_words, say, state_note
from tracker.model.evidence import FeedHealth
from tracker.model.readings import Change, Happening, Reading

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
    missing: tuple[str, ...]
    spark: Line
    limits: tuple[float, float]
    name: str

    def change(self, weeks: int) -> Change | None:
        """The change against so many weeks before, None when there is none to print."""
        return next((c for c in self.changes if c.weeks == weeks and c.difference is not None), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A reading that changed, with the quotations of the week that weigh most in its direction."""

    figure: Figure
    weeks: int
    change: Change
    pro: tuple[Quote, ...]
    contra: tuple[Quote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One indicator with both parties side by side; a single figure when it has no party."""

    id: str
    title: str
    question: str
    high: str
    low: str
    caveat: str
    figures: tuple[Figure | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facing:
    """Two statements of the week on one signal that point opposite ways."""

    signal: str
    title: str
    towards: Quote
    away: Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekView:
    """Everything the weekly template prints, in order."""

    material: DigestMaterial
    headlines: tuple[Say, ...]
    standing: tuple[tuple[Say, str], ...]
    ripeness: tuple[Figure, ...]
    paired: tuple[Row, ...]
    movers: tuple[Mover, ...]
    rows: tuple[Row, ...]
    postures: tuple[Say, ...]
    perceptions: tuple[Say, ...]
    facing: tuple[Facing, ...]
    trails: tuple[Trail, ...]
    places: tuple[Say, ...]
    alerts: tuple[RaisedAlert, ...]
    opinion: tuple[Quote, ...]
    happenings: tuple[Happening, ...]
    silent: tuple[FeedHealth, ...]
    blocs: tuple[BlocShare, ...]
    corrections: tuple[Correction, ...]
    records: tuple[Quote, ...]
    names: dict[str, str]


def week_view(material: DigestMaterial) -> WeekView:
    """All the parts of the weekly page."""
    found = quotes(material)
    codebook = material.method.codebook
    composites = {c.id: c for c in codebook.composites}
    limits = shared_limits((*material.composites, *material.indicators))
    conflict_level = tuple(figure(material, t, limits) for t in material.composites if t.party is None)
    paired = tuple(
        Row(
            id=c.id,
            title=c.title,
            question=c.question,
            high=c.high,
            low=c.low,
            caveat=c.caveat,
            figures=pair(material, c.id, limits),
        )
        for c in composites.values()
        if c.level == "party" and any(t.subject == c.id for t in material.composites)
    )
    rows = tuple(
        Row(
            id=i.id,
            title=i.title,
            question=i.question,
            high=i.high,
            low=i.low,
            caveat=i.caveat,
            figures=pair(material, i.id, limits),
        )
        for i in codebook.indicators
        if any(t.subject == i.id for t in material.indicators)
    )
    return WeekView(
        material=material,
        headlines=headlines(material),
        standing=standing(material),
        ripeness=conflict_level,
        paired=paired,
        movers=movers(material, found, limits),
        rows=rows,
        postures=tuple(
            posture_words(next((p for p in material.postures if p.party == party), None)) for party in material.parties
        ),
        perceptions=tuple(perceptions(material)),
        facing=facing(material, found),
        trails=trails(material),
        places=places(material),
        alerts=week_alerts(material),
        opinion=strongest([quote(w, material) for w in opinion_order(material)], most=6),
        happenings=calendar(material),
        silent=tuple(sorted((f for f in material.feeds if f.state != "observed"), key=lambda f: (f.outlet, f.feed))),
        blocs=material.blocs,
        corrections=material.corrections,
        records=found,
        names=titles(codebook),
    )


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
        missing=tuple(names.get(m.removeprefix("signal:"), m) for m in reading.missing),
        spark=Line(label="", style=shade, points=points(tracked.series[-TRAIL_WEEKS:])),
        limits=limits,
        name=f"{prefix}{tracked.subject}-{safe.slug(tracked.party or 'all')}",
    )


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


def movers(material: DigestMaterial, found: Sequence[Quote], limits: tuple[float, float]) -> tuple[Mover, ...]:
    """Indicators that changed: first those whose interval says so, then by the size of the difference."""
    ranked: list[tuple[tuple[object, ...], Mover]] = []
    for tracked in material.indicators:
        known = [c for c in tracked.changes if c.weeks in (1, 4) and c.difference is not None]
        if tracked.reading.value is None or not known:
            continue
        change = max(known, key=lambda c: (c.arrow != "none", c.weeks == 4))
        size = abs(change.difference or 0.0)
        if change.arrow == "none" and size < 1.0:
            continue
        mine = [q for q in found if q.indicator == tracked.subject and q.party in (tracked.party, "ALL", None)]
        if tracked.party is None:
            mine = [q for q in found if q.indicator == tracked.subject]
        sign = 1 if (change.difference or 0.0) > 0 else -1
        mover = Mover(
            figure=figure(material, tracked, limits),
            weeks=change.weeks,
            change=change,
            pro=strongest(mine, most=2, polarity=sign),
            contra=strongest(mine, most=1, polarity=-sign),
        )
        place = material.parties.index(tracked.party) if tracked.party in material.parties else -1
        ranked.append(((change.arrow == "none", -round(size, 1), tracked.subject, place), mover))
    ranked.sort(key=lambda pair: pair[0])
    return tuple(mover for _, mover in ranked[:4])


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


def trails(material: DigestMaterial) -> tuple[Trail, ...]:
    """Each party's way over the readiness × cost plane."""
    found = []
    for party in material.parties:
        readiness, costs = material.tracked("readiness", party), material.tracked("costs_of_conversation", party)
        if readiness is None or costs is None:
            continue
        by_day = {r.day: r.value for r in costs.series}
        steps = tuple(
            None if r.value is None or (cost := by_day.get(r.day)) is None else (cost, r.value)
            for r in readiness.series[-TRAIL_WEEKS:]
        )
        found.append(Trail(label=party, style=style(material, party), points=steps))
    return tuple(found)


def places(material: DigestMaterial) -> tuple[Say, ...]:
    """Where each party lies on the plane, and what codebook §7.4 says to watch there."""
    found = []
    names = {p.id: p.name for p in material.conflict.parties}
    for trail in trails(material):
        last = trail.points[-1] if trail.points else None
        if last is None:
            found.append(say("{party}: readiness or cost could not be given this week.", party=names[trail.label]))
            continue
        name, watch = CELLS[cell(last[1], last[0])]
        found.append(
            say("{party}: {cell}. {watch}", party=names[trail.label], cell=say(name), watch=say(watch)),
        )
    return tuple(found)


def plane(view: WeekView, *, words: tuple[str, str], cells: Sequence[str], title: str, desc: str) -> str:
    """The readiness × cost drawing."""
    return quadrant(view.trails, name="plane", title=title, desc=desc, words=words, cells=cells)


def spark(one: Figure, *, title: str, desc: str) -> str:
    """The word-sized drawing of a figure."""
    return sparkline(one.spark, name=f"s-{one.name}", title=title, desc=desc, limits=one.limits)


def alert_columns(raised: RaisedAlert, index: int, *, title: str, desc: str) -> str:
    """The weekly counts an alert was held against."""
    return columns(raised.counts, name=f"al{index}", title=title, desc=desc, baseline=raised.alert.baseline)


def bloc_bar(view: WeekView, *, title: str, desc: str) -> str:
    """The week's coverage by bloc as one bar."""
    shares = [(b.title, b.share) for b in view.blocs if b.share]
    return share_bar(shares, name="blocs", title=title, desc=desc)


def standing(material: DigestMaterial) -> tuple[tuple[Say, str], ...]:
    """How many readings stand, and how many stand with a reservation, of all of them."""
    states = [t.reading.state for t in (*material.composites, *material.indicators)]
    given = sum(t.reading.value is not None for t in (*material.composites, *material.indicators))
    rows = [(say("Readings given"), f"{given} / {len(states)}")]
    for state, words in (("one-sided", N_("of these one-sided")), ("contested", N_("of these contested"))):
        if state in states:
            rows.append((say(words), str(states.count(state))))
    return tuple(rows)


def perceptions(material: DigestMaterial) -> Iterator[Say]:
    """Where outsiders and a party see its stalemate more than ten points apart (codebook §7.1)."""
    names = {p.id: p.name for p in material.conflict.parties}
    for one in material.perceptions:
        if one.everyone is None or one.itself is None or abs(one.everyone - one.itself) <= 10:
            continue
        values = {"party": names.get(one.party, one.party), "all": round(one.everyone), "own": round(one.itself)}
        if one.everyone > one.itself:
            yield say(
                "{party}: outsiders see a stalemate that the party does not admit ({all} against {own}).", **values
            )
        else:
            yield say(
                "{party}: the party speaks of a stalemate that outsiders do not see ({own} against {all}).", **values
            )


def opinion_order(material: DigestMaterial) -> list[Weighed]:
    """Survey records, the latest first."""
    return sorted(material.opinion, key=lambda w: (str(w.record.published_at or ""), w.record.article), reverse=True)


def calendar(material: DigestMaterial) -> tuple[Happening, ...]:
    """Happenings of the eight weeks up to the end of this one, and those noted for the four after it."""
    first, last = material.monday - timedelta(weeks=7), material.sunday + timedelta(weeks=4)
    return tuple(sorted((h for h in material.happenings if first <= h.day <= last), key=lambda h: (h.day, h.title)))
