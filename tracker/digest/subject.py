"""Material → the page of one indicator or composite with its full history, and the front page's rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from tracker.digest import safe
from tracker.digest.charts import DayLabel, Line, Mark, line_chart, value_range
from tracker.digest.figures import Figure, figure, pair, points, shared_limits
from tracker.digest.headlines import headlines, seen, week_alerts
from tracker.digest.records import composite_order, style, titles
from tracker.digest.view import DigestMaterial, Download, Part, RaisedAlert, Tracked
from tracker.digest.wording import Say, posture_words, say
from tracker.model.codebook import Composite, Indicator
from tracker.model.readings import Happening, Reading

TABLE_ROWS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """One part with its balance for each party."""

    title: str
    weight: float
    of: str
    sign: int
    balances: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One day of the table of numbers."""

    day: date
    readings: tuple[Reading | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectView:
    """Everything an indicator page prints."""

    material: DigestMaterial
    id: str
    title: str
    question: str
    theory: str
    high: str
    low: str
    caveat: str
    figures: tuple[Figure | None, ...]
    lines: tuple[Line, ...]
    baselines: tuple[Say, ...]
    said: tuple[Say, ...]
    parts: tuple[PartRow, ...]
    happenings: tuple[Happening, ...]
    alerts: tuple[RaisedAlert, ...]
    table: tuple[TableRow, ...]
    cut: bool
    downloads: tuple[tuple[str, str], ...]
    names: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A composite with its figures on the front page."""

    id: str
    title: str
    figures: tuple[Figure | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontRow:
    """One conflict on the front page."""

    material: DigestMaterial
    folder: str
    headline: Say
    groups: tuple[Group, ...]
    postures: tuple[Say, ...]
    alerts: tuple[RaisedAlert, ...]
    seen: Say
    names: dict[str, str]


def front_rows(materials: Sequence[DigestMaterial]) -> tuple[FrontRow, ...]:
    """Conflicts by title: an order that says nothing of them."""
    return tuple(_front_row(m) for m in sorted(materials, key=lambda m: (m.conflict.title, m.conflict.id)))


def subjects(material: DigestMaterial) -> tuple[Indicator | Composite, ...]:
    """The indicators and composites that have a page: those with readings."""
    known = {t.subject for t in (*material.composites, *material.indicators)}
    codebook = material.method.codebook
    every: list[Indicator | Composite] = [*codebook.composites, *codebook.indicators]
    return tuple(s for s in every if s.id in known)


def subject_view(
    material: DigestMaterial, subject: Indicator | Composite, downloads: Sequence[Download] = ()
) -> SubjectView:
    """The page of one indicator or composite."""
    followed = _followed(material, subject.id)
    limits = shared_limits((*material.composites, *material.indicators))
    lines = tuple(
        Line(label=t.party or "", style=style(material, t.party), points=points(t.history or t.series))
        for t in followed
    )
    days = [p.day for line in lines for p in line.points]
    first, last = (min(days), max(days)) if days else (material.monday, material.sunday)
    signals = {s.id for s in subject.signals} if isinstance(subject, Indicator) else set()
    alerts = tuple(
        sorted(
            (a for a in material.alerts if a.alert.signal in signals and first <= a.alert.week <= last),
            key=lambda a: (a.alert.week, a.alert.signal, a.alert.party, a.alert.kind),
        )
    )
    happenings = tuple(
        sorted((h for h in material.happenings if first <= h.day <= last), key=lambda h: (h.day, h.title))
    )
    table = _table(followed)
    return SubjectView(
        material=material,
        id=subject.id,
        title=subject.title,
        question=subject.question,
        theory=subject.theory,
        high=subject.high,
        low=subject.low,
        caveat=subject.caveat,
        figures=pair(material, subject.id, limits),
        lines=lines,
        baselines=tuple(_baselines(material, followed)),
        said=tuple(_said(material, followed)),
        parts=_parts(material, subject, followed),
        happenings=happenings,
        alerts=alerts,
        table=table[:TABLE_ROWS],
        cut=len(table) > TABLE_ROWS,
        downloads=tuple(
            (d.format.upper() if d.format != "parquet" else "Parquet", f"data/{safe.slug(d.subject)}.{d.format}")
            for d in downloads
            if d.conflict == material.conflict.id and d.subject == subject.id
        ),
        names=titles(material.method.codebook),
    )


def history_chart(view: SubjectView, *, title: str, desc: str, label: DayLabel) -> str:
    """The full history as a drawing."""
    marks = [Mark(day=h.day, kind="happening", label=str(i)) for i, h in enumerate(view.happenings, 1)]
    marks += [Mark(day=week, kind="alert") for week in sorted({a.alert.week for a in view.alerts})]
    return line_chart(
        view.lines, name="history", title=title, desc=desc, label=label, marks=marks, limits=value_range(view.lines)
    )


def _front_row(material: DigestMaterial) -> FrontRow:
    limits = shared_limits(material.composites)
    codebook = material.method.codebook
    known = {t.subject for t in material.composites}
    return FrontRow(
        material=material,
        folder=safe.slug(material.conflict.id),
        headline=headlines(material)[0],
        groups=tuple(
            Group(
                id=c.id,
                title=c.title,
                figures=tuple(
                    figure(material, t, limits, prefix=f"{safe.slug(material.conflict.id)}-")
                    for t in _followed(material, c.id)
                ),
            )
            for c in composite_order(codebook)
            if c.id in known
        ),
        postures=tuple(
            posture_words(next((p for p in material.postures if p.party == party), None)) for party in material.parties
        ),
        alerts=week_alerts(material),
        seen=seen(material),
        names=titles(codebook),
    )


def _followed(material: DigestMaterial, subject: str) -> tuple[Tracked, ...]:
    shared = material.tracked(subject)
    found = [shared] if shared is not None else [material.tracked(subject, p) for p in material.parties]
    return tuple(t for t in found if t is not None)


def _baselines(material: DigestMaterial, followed: Sequence[Tracked]) -> list[Say]:
    names = {p.id: p.name for p in material.conflict.parties}
    found = []
    for tracked in followed:
        values = [r.value for r in tracked.history or tracked.series if r.value is not None]
        if len(values) >= 8:
            found.append(
                say(
                    "Baseline of {party}, the median of all readings shown: {value}.",
                    party=names.get(tracked.party or "", material.conflict.title),
                    value=round(median(values), 1),
                )
            )
    return found


def _said(material: DigestMaterial, followed: Sequence[Tracked]) -> list[Say]:
    names = {p.id: p.name for p in material.conflict.parties}
    return [
        say(
            "Of the stories on the conflict, {share} % speak on it with regard to {party} "
            "(90 % interval {low} to {high} %); older stories count less.",
            party=names.get(tracked.party or "", material.conflict.title),
            share=round(100 * tracked.said.share, 1),
            low=round(100 * tracked.said.low, 1),
            high=round(100 * tracked.said.high, 1),
        )
        for tracked in followed
        if tracked.said is not None
    ]


def _parts(
    material: DigestMaterial, subject: Indicator | Composite, followed: Sequence[Tracked]
) -> tuple[PartRow, ...]:
    names = titles(material.method.codebook)
    by_party = [{(p.source, p.of): p for p in t.parts or _derived(t, subject)} for t in followed]
    rows = []
    for key in dict.fromkeys(k for parts in by_party for k in parts):
        one = next(parts[key] for parts in by_party if key in parts)
        rows.append(
            PartRow(
                title=names.get(one.source.removeprefix("signal:"), one.source),
                weight=one.weight,
                of=one.of,
                sign=one.sign,
                balances=tuple(parts[key].balance if key in parts else None for parts in by_party),
            )
        )
    return tuple(rows)


def _derived(tracked: Tracked, subject: Indicator | Composite) -> tuple[Part, ...]:
    known = tracked.reading.parts
    if isinstance(subject, Indicator):
        return tuple(Part(source=s.id, weight=s.weight, balance=known.get(s.id)) for s in subject.signals)
    return tuple(
        Part(
            source=leg.source,
            weight=leg.weight,
            balance=known.get(leg.source if leg.of == "own" else f"{leg.source} ({leg.of})"),
            of=leg.of,
            sign=leg.sign,
        )
        for leg in subject.legs
    )


def _table(followed: Sequence[Tracked]) -> tuple[TableRow, ...]:
    by_day = [{r.day: r for r in t.history or t.series} for t in followed]
    days = sorted({day for readings in by_day for day in readings}, reverse=True)
    return tuple(TableRow(day=day, readings=tuple(readings.get(day) for readings in by_day)) for day in days)
