"""What stories say on some days → the daily rows of these days, added up column by column.

It gives what `weights.daily` gives, to the last bit, without an object a story: busy days have tens of thousands of
story signals, and each batch of a catch-up adds its days up again.
"""

from collections import defaultdict
from collections.abc import Iterable
from math import fsum
from operator import itemgetter
from typing import Any

from tracker.model.codebook import Codebook
from tracker.readiness.rows import COUNT, STORIES, Names, Rows, Table, names_on, table

# A story signal: the fields of StorySignal, its expected squares under thinning (`weights.thinned_square`) for the
# records, and who says it as whatever `spelled` turns into names.
SAID = (
    *("party", "signal", "channel", "bloc", "day", "story"),
    *("plus", "minus", "self_plus", "self_minus", "plus_square", "minus_square", "outlets", "owners"),
)
Said = tuple[Any, ...]
_KEY, _NUMBERS = itemgetter(0, 1, 2, 3, 4), itemgetter(6, 7, 8, 9, 10, 11)


def added(
    said: Iterable[Said],
    stories: Iterable[tuple[str, int, int]],
    codebook: Codebook,
    conflict: str,
    *,
    spelled: Any = tuple,
) -> Rows:
    """Daily rows of story signals in the order of SAID and of (bloc, day number, stories about the conflict)."""
    given = list(said)
    by_key: dict[tuple[Any, ...], list[tuple[float, ...]]] = defaultdict(list)
    for row in given:
        by_key[_KEY(row)].append(_NUMBERS(row))
    counts = []
    for (*line, day), numbers in by_key.items():
        plus, minus, *others = zip(*numbers, strict=True)
        positive = sum(weight > 0 for weight in plus), sum(weight > 0 for weight in minus)
        counts.append((tuple(line), day, *positive, fsum(plus), fsum(minus), *map(fsum, others)))
    return Rows(
        conflict=conflict,
        counts=table(counts, COUNT),
        coverage=table((((bloc,), day, number) for bloc, day, number in stories), STORIES),
        presence=_presence(given, codebook, spelled),
    )


def _presence(said: list[Said], codebook: Codebook, spelled: Any) -> Table:
    """Stories by the exact set of signals they carry; names under each single signal (see DailyPresence)."""
    bits = {s.id: (i.id, 1 << n) for i in codebook.indicators for n, s in enumerate(i.signals)}
    masks: dict[tuple[str, str, int, str], int] = defaultdict(int)
    sayers: dict[tuple[str, str, int, int], set[tuple[Any, Any]]] = defaultdict(set)
    for party, signal, _, _, day, story, *_, outlets, owners in said:
        if signal in bits:
            indicator, bit = bits[signal]
            masks[indicator, party, day, story] |= bit
            sayers[indicator, party, bit, day].add((outlets, owners))
    stories: dict[tuple[str, str, int, int], int] = dict.fromkeys(sayers, 0)
    for (indicator, party, day, _), mask in masks.items():
        stories[indicator, party, mask, day] = stories.get((indicator, party, mask, day), 0) + 1
    plain = table((((i, p, mask), day, number) for (i, p, mask, day), number in stories.items()), STORIES)
    names: list[Names] = []
    for which in (0, 1):
        told = [{one[which] for one in sayers.get(key, ())} for key in stories]
        names.append(names_on([tuple(sorted({n for one in some for n in spelled(one)})) for some in told]))
    return Table(lines=plain.lines, rows=plain.rows, names=tuple(names))
