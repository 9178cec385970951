"""Touched stories → story rows → touched days → daily rows: the numbers that readings are made from."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, select

from tracker.model.codebook import Codebook
from tracker.model.readings import ConflictStory, StorySignal
from tracker.projections import blocks
from tracker.projections.quick import add
from tracker.projections.rows import chunks, day, names, names_text
from tracker.projections.schema import Tables
from tracker.projections.signals import NOW, Told, told_at
from tracker.readiness import weights
from tracker.readiness.adding import SAID, added

Codebooks = Callable[[str], Codebook]
Days = dict[tuple[str, str], set[int]]  # codebook, conflict -> day numbers
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


def recount(connection: Connection, t: Tables, touched: Days, codebooks: Codebooks) -> None:
    """Add up the touched days again, from all their stories."""
    for (version, conflict), numbers in sorted(touched.items()):
        codebook = codebooks(version)
        for some in blocks.months(numbers, 10):
            said, about = _told_on(connection, t, version, conflict, some)
            blocks.replace(connection, t, codebook, some, added(said, about, codebook, conflict, spelled=names))


def _told_on(
    connection: Connection, t: Tables, codebook: str, conflict: str, days: Sequence[int]
) -> tuple[Sequence[Any], Sequence[Any]]:
    """Story signals of some days as SAID lists them, and (bloc, day, stories), as the driver gives them."""
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    where = f"WHERE codebook = {mark} AND conflict = {mark} AND day IN ({', '.join([mark] * len(days))})"
    about = f"SELECT bloc, day, count(*) FROM {t.conflict_stories.name} {where} GROUP BY bloc, day"  # noqa: S608 -- our names
    said = f"SELECT {', '.join(SAID)} FROM {t.story_signals.name} {where}"  # noqa: S608 -- our names
    found = []
    for sql in (said, about):
        cursor: Any = connection.exec_driver_sql(sql, (codebook, conflict, *days)).cursor
        found.append(cursor.fetchall() if cursor else ())
    return found[0], found[1]


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
        "plus_square": weights.thinned_square(s.records, 1),
        "minus_square": weights.thinned_square(s.records, -1),
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


def with_any(codebook: Codebook, signals: Collection[str]) -> frozenset[str]:
    """Ids of the indicators that have one of the signals."""
    return frozenset(i.id for i in codebook.indicators if any(s.id in signals for s in i.signals))
