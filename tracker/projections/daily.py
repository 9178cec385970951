"""The daily rows of the present as numbers: years of history are read without an object, or a text, a row."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, product
from math import prod
from typing import Any

import numpy as np
from sqlalchemy import Connection, case, literal, select

from tracker.model.codebook import Codebook
from tracker.model.readings import Observed
from tracker.projections.counts import parties_of, with_any
from tracker.projections.rows import names
from tracker.projections.schema import Tables
from tracker.readiness.balance import Array
from tracker.readiness.rows import NUMBERS, WIDTH, Counts, CoverageRow, Line, PresenceRow, Rows

CHANNELS = ("direction", "pressure")
_LINE = ("party", "signal", "channel", "bloc")
_NONE = -(2**28)  # far below any line's place, and four of them fit the integers of both databases


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Which daily rows are wanted; days are inclusive, no `signals` means all."""

    codebook: Codebook
    conflict: str
    signals: Collection[str] | None
    since: date | None
    until: date | None

    def of(self, table: Any, *columns: Any) -> Any:
        """These columns of the table's rows inside the extent."""
        c = table.c
        query = select(*columns).where(c.codebook == self.codebook.version, c.conflict == self.conflict)
        query = query if self.since is None else query.where(c.day >= self.since.toordinal())
        query = query if self.until is None else query.where(c.day <= self.until.toordinal())
        if self.signals is not None and "signal" in c:
            query = query.where(c.signal.in_(sorted(self.signals)))
        if self.signals is not None and "indicator" in c:
            query = query.where(c.indicator.in_(sorted(with_any(self.codebook, self.signals))))
        return query


def rows(connection: Connection, t: Tables, extent: Extent, observed: tuple[Observed, ...]) -> Rows:
    """What `counts.counted` tells, in no order."""
    c = t.coverage.c
    coverage: list[CoverageRow] = list(_tuples(connection, extent.of(t.coverage, c.bloc, c.day, c.stories)))
    return Rows(
        conflict=extent.conflict,
        counts=_counts(connection, t, extent, sorted({bloc for bloc, _, _ in coverage})),
        coverage=coverage,
        presence=_presence(connection, t, extent),
        observed=observed,
    )


def _presence(connection: Connection, t: Tables, extent: Extent) -> list[PresenceRow]:
    c = t.presence.c
    query = extent.of(t.presence, c.indicator, c.party, c.day, c.mask, c.stories, c.outlets, c.owners)
    return [
        (indicator, party, day, mask, stories, names(outlets), names(owners))
        for indicator, party, day, mask, stories, outlets, owners in _tuples(connection, query)
    ]


def _counts(connection: Connection, t: Tables, extent: Extent, blocs: Sequence[str]) -> Counts:
    """Rows with their lines numbered by the database; when others than expected are there, it is asked which."""
    signals = extent.signals
    if signals is None:
        signals = [s.id for i in extent.codebook.indicators for s in i.signals]
    parties = parties_of(extent.codebook, extent.conflict) or ()
    parts: list[Sequence[str]] = [parties, sorted(signals), CHANNELS, blocs]
    table = _numbered(connection, t, extent, parts)
    if (table[:, 0] < 0).any():
        parts = [connection.execute(extent.of(t.counts, t.counts.c[n]).distinct()).scalars().all() for n in _LINE]
        table = _numbered(connection, t, extent, parts)
    party, signal, channel, bloc = parts
    lines: list[Line] = list(product(party, signal, channel, bloc))
    return Counts(lines=lines, table=table)


def _numbered(connection: Connection, t: Tables, extent: Extent, parts: Sequence[Sequence[str]]) -> Array:
    """Every row as numbers: first the place of its line in the product of the parts, negative if it has none."""
    c = t.counts.c
    sizes = [len(values) for values in parts]
    line: Any = literal(0)
    for place, (name, values) in enumerate(zip(_LINE, parts, strict=True)):
        step = prod(sizes[place + 1 :])
        numbers = {value: n * step for n, value in enumerate(values)}
        line = line + (case(numbers, value=c[name], else_=_NONE) if numbers else literal(_NONE))
    query = extent.of(t.counts, line, c.day, *(c[name] for name in NUMBERS))
    return np.fromiter(chain.from_iterable(_tuples(connection, query)), dtype=np.float64).reshape(-1, WIDTH)


def _tuples(connection: Connection, query: Any) -> Iterable[Any]:
    """Rows as the driver gives them: SQLAlchemy's own cost as much as the query."""
    cursor: Any = connection.execute(query).cursor
    return cursor or ()
