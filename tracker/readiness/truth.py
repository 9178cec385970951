"""Rows of a truth file → dated expectations: which way a signal should move from which day on."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

from tracker.errors import QuestionError
from tracker.model.signals import ALL

TURNING_POINT = "turning_point"
KINDS = (TURNING_POINT, "control")
_SIGNS: Mapping[str, Literal[-1, 0, 1]] = MappingProxyType(
    {"+": 1, "-": -1, "mixed": 0, "±": 0, "+/-": 0, "no_move": 0, "0": 0, "": 0}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One row of a truth file: a dated event and the way a signal should move from that day on.

    `expected` is +1 or -1; 0 is a mixed expectation or a control, which is not scored for its sign. A control without
    a signal stands for all of them.
    """

    kind: str  # turning_point, or anything else for a control
    day: date
    event: str
    signal: str
    party: str  # id of a principal, or ALL: the mean of both
    expected: Literal[-1, 0, 1]
    confidence: str = ""


def expectations(
    rows: Iterable[Mapping[str, str]],
    *,
    signals: Collection[str] = (),
    parties: Collection[str] = (),
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Expectation, ...]:
    """Rows of a truth file (columns kind, date, event, signal, party, expected, confidence) as expectations.

    `+` and `-` are signs; mixed, no_move, 0 and nothing are not scored. A span of dates counts from its first day.
    Rows of signals or parties that are none of those given, such as another war's, are named by `say` and left out.
    Raises QuestionError naming the row for a bad date, a missing column, and an unknown kind or expectation.
    """
    found = []
    for number, row in enumerate(rows, 2):
        try:
            _known("kind", row["kind"], KINDS)
            _known("expected", row["expected"].strip(), _SIGNS)
            control = [""] if row["kind"] != TURNING_POINT else []
            try:
                _known("signal", row["signal"], signals and (*signals, *control))
                _known("party", row["party"] or ALL, parties and (*parties, ALL))
            except ValueError as foreign:
                say(f"line {number} of the truth file is left out: {foreign}")
                continue
            found.append(
                Expectation(
                    kind=row["kind"],
                    day=_first_day(row["date"]),
                    event=row["event"],
                    signal=row["signal"],
                    party=row["party"] or ALL,
                    expected=_SIGNS[row["expected"].strip()],
                    confidence=row.get("confidence", ""),
                )
            )
        except (KeyError, ValueError) as problem:
            raise QuestionError(
                f"line {number} of the truth file: {problem}",
                remedy="columns are kind, date (2022-03-29), event, signal, party, expected (+ or -), confidence",
            ) from problem
    return tuple(found)


def _known(column: str, value: str, known: Collection[str]) -> None:
    if known and value not in known:
        raise ValueError(f"{column} {value!r} is none of {', '.join(sorted(filter(None, known)))}")


def _first_day(text: str) -> date:
    """The day, or the first one of a span such as 2022-03-21/22 or 2022-09-30/10-04. Raises ValueError.

    >>> _first_day("2022-03-21/22")
    datetime.date(2022, 3, 21)
    """
    return date.fromisoformat(text.strip().partition("/")[0])
