"""Daily rows as numpy columns, as the database keeps them: `Inputs` without an object a row."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tracker.model.readings import DailyCount, DailyCoverage, DailyPresence, Inputs, Observed
from tracker.readiness.balance import Flags

Places: TypeAlias = npt.NDArray[np.int64]
Line: TypeAlias = tuple[Any, ...]  # what a row is about: a key of text and numbers
NUMBERS = ("plus_stories", "minus_stories", "plus", "minus", "self_plus", "self_minus", "plus_squares", "minus_squares")

# The layout of a row, in memory and in the database: little-endian, without gaps. `line` is a place in the table's
# lines, `day` a day number (`date.toordinal`). Whoever changes it raises SCHEMA in `projections.schema`.
COUNT = np.dtype(
    [("line", "<i4"), ("day", "<i4"), *((n, "<i4") for n in NUMBERS[:2]), *((n, "<f8") for n in NUMBERS[2:])]
)
STORIES = np.dtype([("line", "<i4"), ("day", "<i4"), ("stories", "<i4")])

COUNT_LINE = ("party", "signal", "channel", "bloc")
COVERAGE_LINE = ("bloc",)
PRESENCE_LINE = ("indicator", "party", "mask")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Names:
    """Which names stand on which rows of a table: a bit each, as numpy packs them."""

    names: Sequence[str]
    bits: npt.NDArray[np.uint8]  # [row, byte]

    @classmethod
    def of(cls, names: Sequence[str], on: Flags) -> "Names":
        """From flags [row, name]."""
        return cls(names=names, bits=np.packbits(on, axis=1))

    @property
    def on(self) -> Flags:
        """Flags [row, name]."""
        return np.unpackbits(self.bits, axis=1, count=len(self.names)).view(np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Rows of one layout; their order means nothing. Lines and names may be listed that stand on no row."""

    lines: Sequence[Line]
    rows: npt.NDArray[np.void]
    names: tuple[Names, ...] = ()  # of presence: outlets and owners

    def of(self, kept: Flags) -> "Table":
        """Some of the rows."""
        names = tuple(Names(names=n.names, bits=n.bits[kept]) for n in self.names)
        return Table(lines=self.lines, rows=self.rows[kept], names=names)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """`Inputs` as tables: counts by COUNT_LINE, coverage by COVERAGE_LINE, presence by PRESENCE_LINE."""

    conflict: str
    counts: Table
    coverage: Table
    presence: Table
    observed: tuple[Observed, ...] = ()


def joined(tables: Sequence[Table]) -> Table:
    """The rows of several tables of one layout, one after the other; lines are sorted, and those without a row go.

    >>> one = table([(("a",), 1, 5)], STORIES)
    >>> both = joined([one, table([(("b",), 1, 6), (("a",), 2, 7)], STORIES)])
    >>> both.lines, both.rows.tolist()
    ([('a',), ('b',)], [(0, 1, 5), (1, 1, 6), (0, 2, 7)])
    """
    first = tables[0]
    sizes = [len(t.rows) for t in tables]
    starts = np.cumsum([0, *(len(t.lines) for t in tables)])
    rows = np.frombuffer(bytearray().join([np.ascontiguousarray(t.rows).data for t in tables]), dtype=first.rows.dtype)
    line = rows["line"] + np.repeat(starts[:-1], sizes)
    listed = [about for t in tables for about in t.lines]
    used: Flags = np.bincount(line, minlength=len(listed)) > 0
    lines = sorted({about for about, needed in zip(listed, used, strict=True) if needed})
    places = {about: n for n, about in enumerate(lines)}
    rows["line"] = np.array([places.get(about, -1) for about in listed], dtype=np.int64)[line]
    names = tuple(_joined_names([t.names[n] for t in tables]) for n in range(len(first.names)))
    return Table(lines=lines, rows=rows, names=names)


def _joined_names(parts: Sequence[Names]) -> Names:
    if len({tuple(part.names) for part in parts}) == 1:
        return Names(names=parts[0].names, bits=np.concatenate([part.bits for part in parts]))
    names = sorted({name for part in parts for name in part.names})
    places = {name: n for n, name in enumerate(names)}
    on = np.zeros((sum(len(part.bits) for part in parts), len(names)), dtype=np.bool_)
    begin = 0
    for part in parts:
        on[begin : begin + len(part.bits), [places[name] for name in part.names]] = part.on
        begin += len(part.bits)
    return Names.of(names, on)


def table(told: Iterable[tuple[Any, ...]], layout: np.dtype[np.void]) -> Table:
    """A table of (line, day, numbers…) in the order of the layout."""
    places: dict[Line, int] = {}
    rows = [(places.setdefault(line, len(places)), *numbers) for line, *numbers in told]
    return Table(lines=tuple(places), rows=np.array(rows, dtype=layout))


_NUMBERS = attrgetter(*NUMBERS)


def counts_of(counts: Iterable[DailyCount]) -> Table:
    """Rows of `counts`."""
    told = (((c.party, c.signal, c.channel, c.bloc), c.day.toordinal(), *_NUMBERS(c)) for c in counts)
    return table(told, COUNT)


def coverage_of(coverage: Iterable[DailyCoverage]) -> Table:
    """Rows of `coverage`."""
    return table((((c.bloc,), c.day.toordinal(), c.stories) for c in coverage), STORIES)


def presence_of(presence: Iterable[DailyPresence]) -> Table:
    """Rows of `presence`, with the names of outlets and of owners."""
    given = tuple(presence)
    plain = table((((p.indicator, p.party, p.mask), p.day.toordinal(), p.stories) for p in given), STORIES)
    names = (names_on([p.outlets for p in given]), names_on([p.owners for p in given]))
    return Table(lines=plain.lines, rows=plain.rows, names=names)


def names_on(told: Sequence[tuple[str, ...]]) -> Names:
    """Names by row. The same few combinations of names come again and again: each is looked up once."""
    combinations = {names: n for n, names in enumerate(dict.fromkeys(told))}
    names = sorted({name for combination in combinations for name in combination})
    places = {name: n for n, name in enumerate(names)}
    on = np.zeros((len(combinations), len(names)), dtype=np.bool_)
    for combination, n in combinations.items():
        on[n, [places[name] for name in combination]] = True
    return Names.of(names, on[[combinations[one] for one in told]])


def rows_of(inputs: Inputs) -> Rows:
    """The same inputs as tables."""
    return Rows(
        conflict=inputs.conflict,
        counts=counts_of(inputs.counts),
        coverage=coverage_of(inputs.coverage),
        presence=presence_of(inputs.presence),
        observed=inputs.observed,
    )


def by(table: Table, chosen: Callable[[Line], Any]) -> Mapping[Any, Table]:
    """The table in parts, by what is chosen of each line."""
    groups = [chosen(line) for line in table.lines]
    places = {group: n for n, group in enumerate(dict.fromkeys(groups))}
    group_of: Places = np.array([places[group] for group in groups], dtype=np.int64)[table.rows["line"]]
    return {group: table.of(group_of == n) for group, n in places.items()}
