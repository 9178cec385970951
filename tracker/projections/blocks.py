"""Daily rows in the database: a month of one signal's (or indicator's) rows is one row, its numbers packed.

`lines` is a JSON list of what the rows are about, sorted; `days` holds the rows in the layout that `readiness.rows`
declares, sorted by line and day. Presence has the sorted names of `outlets` and `owners` beside it, with a bit for
each row and name in `outlets_on` and `owners_on` (numpy's `packbits`, a row begins on a whole byte). What a block
holds follows from its rows alone, so that it does not matter in which order the days came. A history reads dozens of
blocks instead of tens of thousands of rows; a day that changes rewrites its month.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy import Table as SqlTable

from tracker.model.codebook import Codebook
from tracker.projections.quick import add
from tracker.projections.rows import names, names_text
from tracker.projections.schema import Tables
from tracker.readiness.rows import COUNT, STORIES, Line, Names, Rows, Table, by, joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One of the three tables of blocks."""

    table: str
    layout: np.dtype[np.void]
    part: str = ""  # the column that a block has one value of, if there is one
    place: int = 0  # of that value in a line
    names: tuple[str, ...] = ()

    def of(self, t: Tables) -> SqlTable:
        """The table of a generation."""
        found: SqlTable = getattr(t, self.table)
        return found

    @property
    def columns(self) -> tuple[str, ...]:
        """What `decoded` reads."""
        return ("lines", "days", *(column for name in self.names for column in (name, f"{name}_on")))

    def nothing(self) -> Table:
        """No rows."""
        none = Names(names=(), bits=np.zeros((0, 0), dtype=np.uint8))
        return Table(lines=(), rows=np.zeros(0, dtype=self.layout), names=(none,) * len(self.names))


COUNTS = Kind(table="counts", layout=COUNT, part="signal", place=1)
COVERAGE = Kind(table="coverage", layout=STORIES)
PRESENCE = Kind(table="presence", layout=STORIES, part="indicator", place=0, names=("outlets", "owners"))


def month_of(number: int) -> int:
    """The month of a day number, counted from the year 0.

    >>> month_of(date(2026, 3, 2).toordinal()) == 12 * 2026 + 2
    True
    """
    day = date.fromordinal(number)
    return 12 * day.year + day.month - 1


def months(numbers: Iterable[int], most: int) -> Iterable[list[int]]:
    """Day numbers, at most so many of one month at a time."""
    for _, some in groupby(sorted(numbers), month_of):
        days = list(some)
        for start in range(0, len(days), most):
            yield days[start : start + most]


def replace(connection: Connection, t: Tables, codebook: Codebook, days: Sequence[int], told: Rows) -> None:
    """Put what is told in the place of all rows of these days, which lie in one month."""
    parts = {
        "signal": [s.id for i in codebook.indicators for s in i.signals],
        "indicator": [i.id for i in codebook.indicators],
    }
    for kind, new in ((COUNTS, told.counts), (COVERAGE, told.coverage), (PRESENCE, told.presence)):
        table, key = kind.of(t), {"codebook": codebook.version, "conflict": told.conflict, "month": month_of(days[0])}
        where = [table.c[name] == value for name, value in key.items()]
        query = select(*(table.c[name] for name in kind.columns)).where(*where)
        if kind.part:
            query = query.where(table.c[kind.part].in_(parts[kind.part]))
        kept = [decoded(kind, row) for row in connection.execute(query)]
        before = {block.lines[0][kind.place] if kind.part else "": block for block in kept}
        after = by(new, lambda line: line[kind.place]) if kind.part else {"": new}  # noqa: B023 -- called at once
        gone: list[str] = []
        made: list[dict[str, Any]] = []
        for part in sorted(before.keys() | after.keys()):
            old = before.get(part, kind.nothing())
            stay = old.of(~np.isin(old.rows["day"], days))
            row = encoded(kind, joined([stay, after.get(part, kind.nothing())]))
            if part in before and row == encoded(kind, old):
                continue
            if part in before:
                gone.append(part)
            if row["days"]:
                made.append(key | ({kind.part: part} if kind.part else {}) | row)
        if gone:
            exact = [table.c[kind.part] == bindparam("gone")] if kind.part else []
            connection.execute(delete(table).where(*where, *exact), [{"gone": part} for part in gone])
        add(connection, table, made)


def encoded(kind: Kind, block: Table) -> dict[str, Any]:
    """The columns of a block, whose lines are those that `joined` leaves."""
    order = np.lexsort((block.rows["day"], block.rows["line"]))
    row: dict[str, Any] = {"lines": orjson.dumps(list(block.lines)).decode(), "days": block.rows[order].tobytes()}
    for given, column in zip(block.names, kind.names, strict=True):
        on = given.on[order]
        used = np.flatnonzero(on.any(axis=0)).tolist()
        row[column] = names_text(tuple(given.names[n] for n in used))
        row[f"{column}_on"] = np.packbits(on[:, used], axis=1).tobytes()
    return row


def decoded(kind: Kind, row: Sequence[Any]) -> Table:
    """The inverse of `encoded`, from the columns in order."""
    lines, days, *rest = row
    rows = np.frombuffer(days, dtype=kind.layout)
    found = []
    for listed, bits in zip(rest[::2], rest[1::2], strict=True):
        packed = np.frombuffer(bits, dtype=np.uint8).reshape(len(rows), -1)
        found.append(Names(names=names(listed), bits=packed))
    return Table(lines=_lines(lines), rows=rows, names=tuple(found))


@lru_cache(maxsize=4096)
def _lines(text: str) -> tuple[Line, ...]:
    """Lines from their JSON; month after month they are much the same."""
    return tuple(tuple(line) for line in orjson.loads(text))
