"""The daily rows of the present: years of history are read without an object, or a text, a row."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Any

import numpy as np
from sqlalchemy import Connection

from tracker.model.codebook import Codebook
from tracker.model.readings import DailyCount, DailyCoverage, DailyPresence, Inputs, Observed
from tracker.model.twins import twin
from tracker.projections.blocks import COUNTS, COVERAGE, PRESENCE, Kind, decoded, month_of
from tracker.projections.counts import with_any
from tracker.projections.rows import day
from tracker.projections.schema import Tables
from tracker.readiness.rows import Names, Rows, Table, joined

_Count: Any = twin(DailyCount)
_Presence: Any = twin(DailyPresence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Which daily rows are wanted; days are inclusive, no `signals` means all."""

    codebook: Codebook
    conflict: str
    signals: Collection[str] | None
    since: date | None
    until: date | None

    def blocks(self, connection: Connection, t: Tables, kind: Kind) -> list[Table]:
        """The rows of the extent. Plain SQL: compiling the statements costs as much as they do."""
        first, last = (None if d is None else month_of(d.toordinal()) for d in (self.since, self.until))
        given: list[Any] = [self.codebook.version, self.conflict]
        mark = "%s" if connection.dialect.name == "postgresql" else "?"
        where = f"codebook = {mark} AND conflict = {mark}"
        for bound, compares in ((first, ">="), (last, "<=")):
            if bound is not None:
                where += f" AND month {compares} {mark}"
                given.append(bound)
        if self.signals is not None and kind.part:
            parts = self.signals if kind is COUNTS else with_any(self.codebook, self.signals)
            if not parts:
                return []
            where += f" AND {kind.part} IN ({', '.join([mark] * len(parts))})"
            given += sorted(parts)
        sql = f"SELECT month, {', '.join(kind.columns)} FROM {kind.of(t).name} WHERE {where}"  # noqa: S608 -- our names
        cursor: Any = connection.exec_driver_sql(sql, tuple(given)).cursor
        found = [(month, decoded(kind, row)) for month, *row in cursor or ()]
        return [self._within(block) if month in (first, last) else block for month, block in found]

    def _within(self, block: Table) -> Table:
        """The rows on the days of the extent."""
        day = block.rows["day"]
        inside = np.ones(len(day), dtype=np.bool_)
        if self.since is not None:
            inside &= day >= self.since.toordinal()
        if self.until is not None:
            inside &= day <= self.until.toordinal()
        return block.of(inside)


def rows(connection: Connection, t: Tables, extent: Extent, observed: tuple[Observed, ...]) -> Rows:
    """The daily rows in force: counts of the signals, presence of the indicators that have one of them."""

    def read(kind: Kind) -> Table:
        return joined(extent.blocks(connection, t, kind) or [kind.nothing()])

    return Rows(
        conflict=extent.conflict,
        counts=read(COUNTS),
        coverage=read(COVERAGE),
        presence=read(PRESENCE),
        observed=observed,
    )


def inputs(told: Rows) -> Inputs:
    """The same in words: counts by line and day, presence by indicator, party, day and mask."""
    coverage = (
        DailyCoverage(bloc=told.coverage.lines[line][0], day=day(number), stories=stories)
        for line, number, stories in _ordered(told.coverage)
    )
    return Inputs(
        conflict=told.conflict,
        counts=tuple(_daily_counts(told.counts)),
        coverage=tuple(coverage),
        presence=tuple(sorted(_daily_presence(told.presence), key=_PRESENCE_ORDER)),
        observed=told.observed,
    )


_PRESENCE_ORDER = attrgetter("indicator", "party", "day", "mask")


def _ordered(table: Table) -> list[tuple[Any, ...]]:
    """Rows by line and day; lines are sorted as they were joined."""
    ordered: list[tuple[Any, ...]] = table.rows[np.lexsort((table.rows["day"], table.rows["line"]))].tolist()
    return ordered


def _daily_counts(table: Table) -> Iterable[DailyCount]:
    """Frozen rows without their slow `__init__`: a history has hundreds of thousands."""
    for line, number, *numbers in _ordered(table):
        o = _Count()
        o.party, o.signal, o.channel, o.bloc = table.lines[line]
        (
            o.plus_stories,
            o.minus_stories,
            o.plus,
            o.minus,
            o.self_plus,
            o.self_minus,
            o.plus_squares,
            o.minus_squares,
        ) = numbers
        o.day = day(number)
        o.__class__ = DailyCount
        yield o


def _daily_presence(table: Table) -> Iterable[DailyPresence]:
    """As `_daily_counts`."""
    outlets, owners = map(_spelled, table.names)
    for n, (line, number, stories) in enumerate(table.rows.tolist()):
        o = _Presence()
        o.indicator, o.party, o.mask = table.lines[line]
        o.day, o.stories, o.outlets, o.owners = day(number), stories, outlets[n], owners[n]
        o.__class__ = DailyPresence
        yield o


def _spelled(given: Names) -> list[tuple[str, ...]]:
    """The names on each row, sorted; each combination is spelled once."""

    @cache
    def names(bits: bytes) -> tuple[str, ...]:
        found = np.unpackbits(np.frombuffer(bits, dtype=np.uint8), count=len(given.names))
        return tuple(given.names[n] for n in np.flatnonzero(found).tolist())

    return [names(bits.tobytes()) for bits in given.bits]
