"""Touched stories → story rows → touched days → daily rows: the numbers that readings are made from."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, select

from tracker.model.codebook import Codebook
from tracker.model.readings import ConflictStory, DailyCount, DailyCoverage, DailyPresence, StorySignal
from tracker.model.twins import twin
from tracker.projections.quick import add
from tracker.projections.rows import chunks, day, names, names_text
from tracker.projections.schema import Tables
from tracker.projections.signals import NOW, Told, told_at
from tracker.readiness import weights

Codebooks = Callable[[str], Codebook]
Days = dict[tuple[str, str], set[int]]  # codebook, conflict -> day numbers
_COUNT_FIELDS = tuple(DailyCount.__dataclass_fields__)  # in the order that `_daily_count` unpacks
_PRESENCE_FIELDS = tuple(DailyPresence.__dataclass_fields__)
_Count: Any = twin(DailyCount)
_Presence: Any = twin(DailyPresence)
_STORY_KEY = ("story", "codebook", "conflict", "party", "signal", "channel")


def parties_of(codebook: Codebook, conflict: str) -> tuple[str, str] | None:
    """The two principals, None for a conflict that the codebook does not know."""
    try:
        first, second = codebook.conflict(conflict).parties
    except KeyError:
        return None
    return first.id, second.id


def tell(told: Told, codebooks: Codebooks) -> Iterable[tuple[str, str, tuple[StorySignal, ...], list[ConflictStory]]]:
    """Codebook, conflict, and what the stories say by the arithmetic of the readiness room."""
    for version, conflict in sorted({*told.records, *told.stories}):
        codebook = codebooks(version)
        parties = parties_of(codebook, conflict)
        if parties is not None:
            records = told.records.get((version, conflict), [])
            yield (
                version,
                conflict,
                weights.story_signals(records, codebook, parties),
                told.stories.get((version, conflict), []),
            )


def retell(
    connection: Connection, t: Tables, stories: Collection[str], codebooks: Codebooks, *, fresh: bool = False
) -> Days:
    """Make the story rows of touched stories again; returns the days whose numbers change.

    `fresh`: the stories have no rows yet (a rebuild).
    """
    touched: Days = defaultdict(set)
    for some in chunks(sorted(stories)):
        told = told_at(connection, t, some, NOW, codebooks)
        new_signals: dict[tuple[Any, ...], dict[str, Any]] = {}
        new_stories: dict[tuple[Any, ...], dict[str, Any]] = {}
        for version, conflict, said, about in tell(told, codebooks):
            for signal in said:
                row = _signal_row(version, signal)
                new_signals[tuple(row[k] for k in _STORY_KEY)] = row
            for story in about:
                new_stories[story.story, version, conflict] = _story_row(version, story)
        for table, key, new in (
            (t.story_signals, _STORY_KEY, new_signals),
            (t.conflict_stories, ("story", "codebook", "conflict"), new_stories),
        ):
            old = {} if fresh else _rows(connection, table, key, some)
            _replace(connection, table, key, old, new)
            for side, other in ((old, new), (new, old)):
                for name, row in side.items():
                    if other.get(name) != row:
                        touched[row["codebook"], row["conflict"]].add(row["day"])
    return touched


def _rows(
    connection: Connection, table: Any, key: Sequence[str], stories: Sequence[str]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    found = connection.execute(select(table).where(table.c.story.in_(stories))).mappings()
    return {tuple(row[k] for k in key): dict(row) for row in found}


def _replace(connection: Connection, table: Any, key: Sequence[str], old: dict[Any, Any], new: dict[Any, Any]) -> None:
    gone = [name for name, row in old.items() if new.get(name) != row]
    made = [row for name, row in new.items() if old.get(name) != row]
    if gone:
        where = [table.c[k] == bindparam(f"k_{k}") for k in key]
        connection.execute(
            delete(table).where(*where), [{f"k_{k}": v for k, v in zip(key, name, strict=True)} for name in gone]
        )
    add(connection, table, made)


def recount(connection: Connection, t: Tables, touched: Days, codebooks: Codebooks, *, fresh: bool = False) -> None:
    """Add up the touched days again, from all their stories; `fresh`: they have no rows yet."""
    for (version, conflict), numbers in sorted(touched.items()):
        codebook = codebooks(version)
        for some in chunks(sorted(numbers), 10):
            said = [story_signal(row) for row in connection.execute(_of_days(t.story_signals, version, conflict, some))]
            about = [
                conflict_story(row) for row in connection.execute(_of_days(t.conflict_stories, version, conflict, some))
            ]
            counts, coverage, presence = weights.daily(said, about, codebook)
            key = {"codebook": version, "conflict": conflict}
            if not fresh:
                _forget_days(connection, t, codebook, key, some)
            for table, rows in (
                (t.counts, [key | _count_row(c) for c in counts]),
                (
                    t.coverage,
                    [key | {"bloc": c.bloc, "day": c.day.toordinal(), "stories": c.stories} for c in coverage],
                ),
                (t.presence, [key | _presence_row(p) for p in presence]),
            ):
                add(connection, table, rows)


def _of_days(table: Any, codebook: str, conflict: str, days: Sequence[int]) -> Any:
    return select(table).where(table.c.codebook == codebook, table.c.conflict == conflict, table.c.day.in_(days))


def _forget_days(
    connection: Connection, t: Tables, codebook: Codebook, key: dict[str, str], days: Sequence[int]
) -> None:
    """The keys lead with signal and indicator, so that a history is one range: name them all to find a day."""
    signals = [s.id for i in codebook.indicators for s in i.signals]
    indicators = [i.id for i in codebook.indicators]
    for table, column, values in ((t.counts, "signal", signals), (t.presence, "indicator", indicators)):
        c = table.c
        of_conflict = (c.codebook == key["codebook"]) & (c.conflict == key["conflict"])
        connection.execute(delete(table).where(of_conflict, c[column].in_(values), c.day.in_(days)))
    c = t.coverage.c
    connection.execute(
        delete(t.coverage).where(c.codebook == key["codebook"], c.conflict == key["conflict"], c.day.in_(days))
    )


# -- words and rows ------------------------------------------------------------------------------------------


def _signal_row(codebook: str, s: StorySignal) -> dict[str, Any]:
    return {
        "story": s.story,
        "codebook": codebook,
        "conflict": s.conflict,
        "party": s.party,
        "signal": s.signal,
        "channel": s.channel,
        "day": s.day.toordinal(),
        "bloc": s.bloc,
        "plus": s.plus,
        "minus": s.minus,
        "owners": names_text(s.owners),
        "outlets": names_text(s.outlets),
        "self_plus": s.self_plus,
        "self_minus": s.self_minus,
        "leader": int(s.leader),
        "records": orjson.dumps(s.records).decode(),
    }


def story_signal(row: Any) -> StorySignal:
    """What a row of `story_signals` says."""
    return StorySignal(
        conflict=row.conflict,
        party=row.party,
        signal=row.signal,
        channel=row.channel,
        story=row.story,
        bloc=row.bloc,
        day=day(row.day),
        plus=row.plus,
        minus=row.minus,
        owners=names(row.owners),
        outlets=names(row.outlets),
        self_plus=row.self_plus,
        self_minus=row.self_minus,
        leader=bool(row.leader),
        records=tuple([tuple(r) for r in orjson.loads(row.records)]),
    )


def _story_row(codebook: str, s: ConflictStory) -> dict[str, Any]:
    return {
        "story": s.story,
        "codebook": codebook,
        "conflict": s.conflict,
        "day": s.day.toordinal(),
        "bloc": s.bloc,
    }


def conflict_story(row: Any) -> ConflictStory:
    """What a row of `conflict_stories` says."""
    return ConflictStory(conflict=row.conflict, story=row.story, bloc=row.bloc, day=day(row.day))


def _count_row(c: DailyCount) -> dict[str, Any]:
    return {
        "signal": c.signal,
        "day": c.day.toordinal(),
        "party": c.party,
        "channel": c.channel,
        "bloc": c.bloc,
        "plus": c.plus,
        "minus": c.minus,
        "plus_stories": c.plus_stories,
        "minus_stories": c.minus_stories,
        "self_plus": c.self_plus,
        "self_minus": c.self_minus,
        "plus_squares": c.plus_squares,
        "minus_squares": c.minus_squares,
    }


def _presence_row(p: DailyPresence) -> dict[str, Any]:
    return {
        "indicator": p.indicator,
        "day": p.day.toordinal(),
        "party": p.party,
        "mask": p.mask,
        "stories": p.stories,
        "outlets": names_text(p.outlets),
        "owners": names_text(p.owners),
    }


def _daily_count(row: Any) -> DailyCount:
    """A frozen row without its slow `__init__`: a history has hundreds of thousands."""
    o = _Count()
    (
        o.party,
        o.signal,
        o.channel,
        o.bloc,
        number,
        o.plus,
        o.minus,
        o.plus_stories,
        o.minus_stories,
        o.self_plus,
        o.self_minus,
        o.plus_squares,
        o.minus_squares,
    ) = row
    o.day = day(number)
    o.__class__ = DailyCount
    return o  # type: ignore[no-any-return]  # it is one now


def _daily_presence(row: Any) -> DailyPresence:
    """As `_daily_count`."""
    o = _Presence()
    o.party, o.indicator, number, o.mask, o.stories, outlets, owners = row
    o.day, o.outlets, o.owners = day(number), names(outlets), names(owners)
    o.__class__ = DailyPresence
    return o  # type: ignore[no-any-return]  # it is one now


def counted(
    connection: Connection,
    t: Tables,
    codebook: Codebook,
    conflict: str,
    *,
    signals: Collection[str] | None = None,
    since: date | None = None,
    until: date | None = None,
) -> tuple[tuple[DailyCount, ...], tuple[DailyCoverage, ...], tuple[DailyPresence, ...]]:
    """The daily rows in force; with `signals`, counts of these and presence of the indicators that have one of them."""

    def query(table: Any, fields: Collection[str], *order: str) -> Any:
        c = table.c
        chosen = select(*(c[f] for f in fields)).where(c.codebook == codebook.version, c.conflict == conflict)
        chosen = chosen if since is None else chosen.where(c.day >= since.toordinal())
        return (chosen if until is None else chosen.where(c.day <= until.toordinal())).order_by(*(c[o] for o in order))

    of_counts = query(t.counts, _COUNT_FIELDS, "party", "signal", "channel", "bloc", "day")
    of_presence = query(t.presence, _PRESENCE_FIELDS, "indicator", "party", "day", "mask")
    if signals is not None:
        of_counts = of_counts.where(t.counts.c.signal.in_(sorted(signals)))
        of_presence = of_presence.where(t.presence.c.indicator.in_(sorted(with_any(codebook, signals))))
    of_coverage = query(t.coverage, ("bloc", "day", "stories"), "bloc", "day")
    return (
        tuple(map(_daily_count, connection.execute(of_counts).all())),
        tuple(
            DailyCoverage(bloc=bloc, day=day(number), stories=stories)
            for bloc, number, stories in connection.execute(of_coverage).all()
        ),
        tuple(map(_daily_presence, connection.execute(of_presence).all())),
    )


def with_any(codebook: Codebook, signals: Collection[str]) -> frozenset[str]:
    """Ids of the indicators that have one of the signals."""
    return frozenset(i.id for i in codebook.indicators if any(s.id in signals for s in i.signals))
