"""Daily rows as numbers and tuples, as a database driver hands them over: `Inputs` without an object a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeAlias

import numpy as np

from tracker.model.readings import Inputs, Observed
from tracker.readiness.balance import Array

Line: TypeAlias = tuple[str, str, str, str]  # party, signal, channel, bloc: what a row of counts is about
CoverageRow: TypeAlias = tuple[str, int, int]  # bloc, day, stories
PresenceRow: TypeAlias = tuple[str, str, int, int, int, tuple[str, ...], tuple[str, ...]]  # fields of DailyPresence
NUMBERS = ("plus", "minus", "self_plus", "self_minus", "plus_squares", "minus_squares")  # of a count, in table order
WIDTH = 2 + len(NUMBERS)
_NUMBERS = attrgetter(*NUMBERS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counts:
    """Rows of `counts`: each row of the table is the place of its line, the day's ordinal, then `NUMBERS`.

    Lines may be listed that no row is about, if their blocs are covered.
    """

    lines: Sequence[Line]
    table: Array  # [row, WIDTH]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """`Inputs` with days as ordinals; the order of the rows means nothing."""

    conflict: str
    counts: Counts
    coverage: Sequence[CoverageRow]
    presence: Sequence[PresenceRow]
    observed: tuple[Observed, ...] = ()


def rows_of(inputs: Inputs) -> Rows:
    """The same inputs as rows."""
    places: dict[Line, int] = {}
    table = [
        (places.setdefault((c.party, c.signal, c.channel, c.bloc), len(places)), c.day.toordinal(), *_NUMBERS(c))
        for c in inputs.counts
    ]
    return Rows(
        conflict=inputs.conflict,
        counts=Counts(lines=tuple(places), table=np.array(table, dtype=np.float64).reshape(-1, WIDTH)),
        coverage=[(c.bloc, c.day.toordinal(), c.stories) for c in inputs.coverage],
        presence=[
            (p.indicator, p.party, p.day.toordinal(), p.mask, p.stories, p.outlets, p.owners) for p in inputs.presence
        ],
        observed=inputs.observed,
    )
