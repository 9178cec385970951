"""CSV → records, one broken quotation mark costing one record and not the rest of the file."""

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

LONGEST: Final = 4 << 20  # characters of one record; more is a quotation mark that nobody closed


class Table:
    """Reads one CSV file, its header first.

    A record that cannot be read, or that has plainly swallowed the records after it because a quotation mark was not
    closed, is reported by itself; reading goes on with the line after its first.
    """

    def __init__(self, lines: Iterable[str], dialect: type[csv.Dialect]) -> None:
        csv.field_size_limit(LONGEST)
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self._dialect = dialect
        self._line = 0
        self._names: list[str] = []

    def header(self) -> list[str]:
        """The names of the columns; empty when the file is."""
        found = next(self._next(), [])
        self._names = found if isinstance(found, list) else []
        return self._names

    def records(self, is_record: Callable[[Sequence[str]], bool]) -> Iterator[tuple[int, dict[str, str] | str]]:
        """Number of the first line and the record, or what is wrong with it.

        `is_record` says of a line that was read as part of a longer record whether it is plainly one by itself.
        """
        width = len(self._names)
        while True:
            first = self._line + 1
            taken: list[str] = []
            row = next(self._next(taken), None)
            if row is None:
                return
            if isinstance(row, list) and not row:
                continue
            fault = row if isinstance(row, str) else ""
            if not fault and len(taken) > 1 and any(self._alone(line, width, is_record) for line in taken[1:]):
                fault = "a quotation mark is not closed: the record would run over those after it"
            if not fault and len(row) > width:
                fault = f"{len(row)} fields where the header has {width}"
            if not fault:
                yield first, dict(zip(self._names, [*row, *[""] * (width - len(row))], strict=True))
                continue
            yield first, fault
            self._again.extendleft(reversed(taken[1:]))
            self._line -= len(taken) - 1

    def _next(self, taken: list[str] | None = None) -> Iterator[list[str] | str]:
        """The next row, or why it cannot be read; the lines it took are added to the list."""
        kept = taken if taken is not None else []
        try:
            yield from csv.reader(self._taken(kept), self._dialect, strict=True)
        except csv.Error as fault:
            yield f"it cannot be read: {fault}"

    def _taken(self, kept: list[str]) -> Iterator[str]:
        size = 0
        while True:
            line = self._again.popleft() if self._again else next(self._lines, None)
            if line is None:
                return
            kept.append(line)
            self._line += 1
            size += len(line)
            if size > LONGEST:
                raise csv.Error(f"it is longer than {LONGEST >> 20} million characters")
            yield line

    def _alone(self, line: str, width: int, is_record: Callable[[Sequence[str]], bool]) -> bool:
        try:
            row = next(csv.reader([line], self._dialect, strict=True), [])
        except csv.Error:
            return False
        return len(row) == width and is_record(row)
