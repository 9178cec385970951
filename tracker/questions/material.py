"""Everything one digest page is made from, gathered from projections and readiness at one standpoint."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tracker.digest.view import (
    BlocShare,
    Coverage,
    DigestMaterial,
    Method,
    Perception,
    Posture,
    RaisedAlert,
    Tally,
    Tracked,
    monday_of,
)
from tracker.model.codebook import Codebook, Conflict
from tracker.model.evidence import FeedHealth
from tracker.model.readings import AsOf, Inputs, StorySignal
from tracker.projections import reads, weekly
from tracker.questions.corrections import corrections
from tracker.questions.explaining import weigh
from tracker.questions.history import REACH
from tracker.questions.standpoint import Standpoint
from tracker.readiness.approximation import from_counts, large
from tracker.readiness.balance import decay
from tracker.readiness.board import Board, board
from tracker.readiness.changes import change_days, on_board
from tracker.readiness.intervals import Resamples, bootstrap
from tracker.readiness.posture import perception, posture
from tracker.readiness.prevalence import Prevalence, prevalence
from tracker.readiness.series import readings
from tracker.readiness.weights import bloc_in

SERIES, YEAR = 26, 53
BLOC_HALF_LIFE, BLOC_LEAST = 30, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialRequest:
    """Which digest: a conflict, an ISO week, the moment it speaks of, and what is known of the program."""

    conflict: str
    week: str
    at: datetime
    recorded_at: datetime | None  # of the log position that the digest is made from
    templates: str
    program: str
    accuracy: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    accuracy_note: str = ""
    flips: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What was read for one digest, once."""

    inputs: Inputs
    codebook: Codebook
    signals: tuple[StorySignal, ...]
    board: Board
    resamples: Resamples
    past: Board | None  # weekly ends before the series, for full histories; without intervals
    first: date  # of the first story on record


def material(view: Standpoint, request: MaterialRequest) -> DigestMaterial:
    """Gather one digest. The same standpoint and request give the same material, on any later day."""
    conflict = view.codebook.conflict(request.conflict)
    monday = monday_of(request.week)
    end = min(monday + timedelta(days=6), request.at.date())
    facts = _facts(view, conflict, end)
    feeds = tuple(h for h in reads.feed_health(view.engine, day=end, as_of=view.as_of) if conflict.id in h.conflicts)
    week_records = view.evidence(conflict.id, monday, end)
    opinion = view.evidence(conflict.id, end - timedelta(weeks=SERIES), end, signals=["public_opinion"])
    raised = [a for a in reads.alerts(view.engine, conflict.id, as_of=view.as_of) if a.alert.week <= monday]
    tallies = _tallies(facts, end, monday)
    return DigestMaterial(
        conflict=conflict,
        week=request.week,
        at=request.at,
        as_of=AsOf(position=view.position, recorded_at=request.recorded_at, codebook=view.codebook.version),
        method=Method(
            codebook=view.codebook,
            analyser=weekly.last_analyser(view.engine, view.codebook, as_of=view.as_of),
            recogniser=view.codebook.recogniser,
            templates=request.templates,
            program=request.program,
            accuracy=request.accuracy,
            accuracy_note=request.accuracy_note,
            flips=request.flips,
        ),
        composites=tuple(
            _tracked(facts, composite.id, party, end)
            for composite in view.codebook.composites
            for party in ([None] if composite.level == "conflict" else [p.id for p in conflict.parties])
        ),
        indicators=tuple(
            _tracked(facts, indicator.id, party.id, end)
            for indicator in view.codebook.indicators
            for party in conflict.parties
        ),
        coverage=_coverage(view, facts.inputs, feeds, conflict=conflict.id, monday=monday, end=end),
        blocs=_blocs(view, facts.inputs, feeds, conflict=conflict, monday=monday, end=end),
        feeds=feeds,
        evidence=weigh(week_records, view.codebook, end),
        opinion=weigh(opinion, view.codebook, end),
        postures=_postures(view, conflict, end),
        perceptions=_perceptions(facts.inputs, view, conflict, end),
        tallies=tallies,
        alerts=tuple(
            RaisedAlert(
                alert=a.alert,
                position=a.position,
                verdict=a.verdict,
                by=a.by,
                reason=a.reason,
                counts=_weekly_counts(tallies, a.alert.signal, a.alert.party, a.alert.polarity, a.alert.week),
            )
            for a in raised
        ),
        happenings=reads.happenings(view.engine, conflict.id, as_of=view.as_of),
        corrections=corrections(view, conflict.id, request.week),
        weeks=_weeks(view, conflict.id, request.week),
    )


def _facts(view: Standpoint, conflict: Conflict, end: date) -> _Facts:
    since = end - REACH
    inputs = view.inputs(conflict.id, since, end)
    first = min((c.day for c in inputs.coverage), default=end)
    ends = [end - timedelta(weeks=n) for n in range(SERIES)]
    days = tuple(sorted({*ends, *change_days(end)}))
    older = [end - timedelta(weeks=n) for n in range(SERIES, (end - first).days // 7 + 1)]
    signals = view.story_signals(conflict.id, since, end)
    return _Facts(
        inputs=inputs,
        codebook=view.codebook,
        signals=signals,
        board=board(inputs, view.codebook, days),
        resamples=_resamples(view, conflict.id, inputs, signals, days),
        past=board(inputs, view.codebook, tuple(sorted(older))) if older else None,
        first=first,
    )


def _resamples(
    view: Standpoint, conflict: str, inputs: Inputs, signals: Sequence[StorySignal], days: tuple[date, ...]
) -> Resamples:
    if large(inputs):
        return from_counts(inputs, view.codebook, days)
    stories = view.conflict_stories(conflict, days[-1] - REACH, days[-1])
    return bootstrap(signals, stories, view.codebook, conflict, days)


def _tracked(facts: _Facts, subject: str, party: str | None, end: date) -> Tracked:
    told = {r.day: r for r in readings(facts.board, subject, party, resamples=facts.resamples)}
    ends = [end - timedelta(weeks=n) for n in reversed(range(SERIES))]
    series = tuple(told[day] for day in ends if day > facts.first - timedelta(days=7))
    older = readings(facts.past, subject, party) if facts.past else ()
    return Tracked(
        subject=subject,
        party=party,
        reading=told[end],
        changes=on_board(facts.board, facts.inputs, subject, party, resamples=facts.resamples),
        series=series,
        history=(*older, *series),
        said=_said(facts, subject, party, end),
    )


def _said(facts: _Facts, subject: str, party: str | None, end: date) -> Prevalence | None:
    indicator = next((i for i in facts.codebook.indicators if i.id == subject), None)
    if indicator is None or party is None:
        return None
    return prevalence(facts.inputs, facts.codebook, indicator, party, end)


def _coverage(
    view: Standpoint, inputs: Inputs, feeds: Sequence[FeedHealth], *, conflict: str, monday: date, end: date
) -> Coverage:
    found = weekly.articles_between(view.engine, conflict, view.codebook, since=monday, until=end, as_of=view.as_of)
    stories = [0] * 9  # this week, then the eight before
    for row in inputs.coverage:
        weeks_ago = (monday - row.day).days // 7 + 1 if row.day < monday else 0
        if weeks_ago <= 8 and row.day <= end:
            stories[weeks_ago] += row.stories
    ledger = [o for o in inputs.observed if monday <= o.day <= end]
    expected = sum(o.expected for o in ledger)
    return Coverage(
        articles=found.articles,
        stories=stories[0],
        owners=found.owners,
        observed=sum(h.last_success is not None and h.last_success >= monday for h in feeds),
        expected=sum(h.state != "gone" for h in feeds),
        undated=found.undated,
        usual_stories=sum(stories[1:]) / 8 if any(stories[1:]) else None,
        days_observed=sum(o.observed for o in ledger) / expected if expected else None,
    )


def _blocs(
    view: Standpoint, inputs: Inputs, feeds: Sequence[FeedHealth], *, conflict: Conflict, monday: date, end: date
) -> tuple[BlocShare, ...]:
    titles = {b.id: b.title for b in conflict.blocs} or {c.bloc: c.bloc for c in inputs.coverage}
    week: dict[str, int] = defaultdict(int)
    decayed: dict[str, list[float]] = defaultdict(list)
    for row in inputs.coverage:
        if monday <= row.day <= end:
            week[row.bloc] += row.stories
        if row.day <= end:
            decayed[row.bloc].append(row.stories * decay((end - row.day).days, BLOC_HALF_LIFE))
    sources: dict[str, int] = defaultdict(int)
    for health in feeds:
        sources[bloc_in(view.codebook, conflict.id, health.bloc)] += 1
    total = sum(week.values())
    return tuple(
        BlocShare(
            bloc=bloc,
            title=title,
            stories=week[bloc],
            share=week[bloc] / total if total else None,
            sources=sources[bloc],
            usable=math.fsum(decayed[bloc]) >= BLOC_LEAST,
        )
        for bloc, title in titles.items()
    )


def _tallies(facts: _Facts, end: date, monday: date) -> tuple[Tally, ...]:
    plus: dict[tuple[str, str, date], int] = defaultdict(int)
    minus: dict[tuple[str, str, date], int] = defaultdict(int)
    earliest = monday - timedelta(weeks=YEAR)
    for row in facts.inputs.counts:
        if row.channel == "direction" and earliest <= row.day <= end:
            key = (row.signal, row.party, row.day - timedelta(days=row.day.weekday()))
            plus[key] += row.plus_stories
            minus[key] += row.minus_stories
    owners: dict[tuple[str, str], set[str]] = defaultdict(set)
    for s in facts.signals:
        if s.channel == "direction" and monday <= s.day <= end:
            owners[s.signal, s.party].update(s.owners)
    return tuple(
        Tally(
            signal=signal,
            party=party,
            week=week,
            plus=plus[signal, party, week],
            minus=minus[signal, party, week],
            owners=len(owners[signal, party]) if week == monday else 0,
        )
        for signal, party, week in sorted(plus)
    )


def _weekly_counts(tallies: Sequence[Tally], signal: str, party: str, polarity: int, week: date) -> tuple[int, ...]:
    by_week = {t.week: t.plus if polarity > 0 else t.minus for t in tallies if (t.signal, t.party) == (signal, party)}
    return tuple(by_week.get(week - timedelta(weeks=n), 0) for n in reversed(range(11)))


def _weeks(view: Standpoint, conflict: str, week: str) -> tuple[str, ...]:
    published = {d.digest.week for d in reads.digests(view.engine, conflict, as_of=view.as_of)}
    return tuple(sorted({w for w in published if w <= week} | {week}))


def _postures(view: Standpoint, conflict: Conflict, end: date) -> tuple[Posture, ...]:
    if not _has(view, "signal", "negotiation_openness"):
        return ()
    half_life = view.codebook.signal("negotiation_openness").half_life_days
    since = end - timedelta(days=2 * half_life)
    records = view.evidence(conflict.id, since, end, signals=["negotiation_openness"])
    found = [posture(records, view.codebook, party.id, end) for party in conflict.parties]
    return tuple(Posture(party=p.party, state=p.state, share=p.shares.get(p.state), stories=p.stories) for p in found)


def _perceptions(inputs: Inputs, view: Standpoint, conflict: Conflict, end: date) -> tuple[Perception, ...]:
    if not (_has(view, "indicator", "hurting_stalemate") and _has(view, "indicator", "resolve_erosion")):
        return ()
    found = [perception(inputs, view.codebook, party.id, end) for party in conflict.parties]
    return tuple(Perception(party=p.party, everyone=p.all_records, itself=p.self_perceived) for p in found)


def _has(view: Standpoint, kind: str, name: str) -> bool:
    """Users may replace indicators; what rests on one that is gone is left out."""
    known = {i.id for i in view.codebook.indicators} if kind == "indicator" else set()
    if kind == "signal":
        known = {s.id for i in view.codebook.indicators for s in i.signals}
    return name in known
