"""Material → the weekly page, already sorted, rounded and worded; templates only print it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tracker.digest.charts import columns, share_bar, sparkline
from tracker.digest.figures import TRAIL_WEEKS, Figure, figure, pair, shared_limits
from tracker.digest.headlines import headlines, week_alerts
from tracker.digest.movers import Facing, Mover, facing, movers
from tracker.digest.quadrant import Trail, cell, quadrant
from tracker.digest.records import Quote, composite_order, quote, quotes, strongest, style, titles
from tracker.digest.view import BlocShare, Correction, DigestMaterial, RaisedAlert, Weighed
from tracker.digest.wording import CELLS, N_, Say, posture_words, say
from tracker.model.evidence import FeedHealth
from tracker.model.readings import Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One indicator or composite with both parties side by side; a single figure when it has no party."""

    id: str
    title: str
    question: str
    high: str
    low: str
    caveat: str
    figures: tuple[Figure | None, ...]
    costs: bool = False  # whether a higher value means costlier, which the page then says


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
    placed: bool  # whether any party has a place on the plane in any of the weeks
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
            costs=c.form == "costs",
        )
        for c in composite_order(codebook)
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
        placed=any(p is not None for t in trails(material) for p in t.points),
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
