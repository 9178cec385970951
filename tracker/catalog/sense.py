"""What a codebook may not say although it could be parsed: weights without measure, sides and modes nobody has.

Asked of the files of a workspace only: a codebook in the log was in force as it was, and is taken as it was.
"""

import math
import re
from collections.abc import Collection, Iterator
from typing import get_args

from tracker.catalog.load import document_of
from tracker.model.codebook import Codebook, Composite, Example, Indicator, Party
from tracker.model.signals import ALL, SpeakerSide

_Fault = tuple[tuple[str | int, ...], str, str]  # path, problem, remedy
_POLARITIES = frozenset({"+1", "1", "0", "-1"})  # YAML reads a bare +1 as 1
_SIDES = get_args(SpeakerSide)
_PLACES = frozenset({"subject", "object", "speaker", "all"})
_LEAST_ID = 3  # letters; ids of other wars may begin with a shorter one
_OTHER_WAR = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*")  # examples may be of wars that this workspace does not watch


def check_sense(codebook: Codebook) -> None:
    """Raises CatalogError with file, line, key and remedy at the first thing that means nothing."""
    parties = tuple(party for conflict in codebook.conflicts for party in conflict.parties)
    outsiders = {outsider.id for conflict in codebook.conflicts for outsider in conflict.outsiders}
    for indicator in codebook.indicators:
        for path, problem, remedy in _indicator(indicator, parties, outsiders):
            raise document_of(codebook.files, "indicators", indicator.id).error(path, problem, remedy=remedy)
    taken = {indicator.id for indicator in codebook.indicators}
    for composite in codebook.composites:
        for path, problem, remedy in _composite(composite, taken):
            raise document_of(codebook.files, "indicators/composites", composite.id).error(path, problem, remedy=remedy)


def _indicator(indicator: Indicator, known: Collection[Party], outsiders: Collection[str]) -> Iterator[_Fault]:
    for n, signal in enumerate(indicator.signals):
        here = ("signals", n)
        if not math.isfinite(signal.weight):
            yield (*here, "weight"), "should be a finite number", "write a number such as 1.0"
        for key in signal.polarity:
            if key not in _POLARITIES:
                yield (*here, "polarity", key), "is no polarity", "write '+1', '0' and '-1'"
        for side, weight in signal.side_weights.items():
            where = (*here, "side_weights", side)
            if side not in _SIDES:
                yield where, "there is no such side", f"known: {', '.join(_SIDES)}"
            if not (math.isfinite(weight) and weight >= 0):
                yield where, "should be a finite number, 0 or above", "write 0.0 to 1.0"
        for at, example in enumerate(signal.examples):
            path = (*here, "examples", at)
            if example.mode and example.mode not in signal.modes:
                yield (*path, "mode"), f"{example.mode!r} is not a mode", f"use {', '.join(signal.modes)}"
            if example.locus and (remedy := _no_party(example, known, outsiders)):
                yield (*path, "locus"), f"{example.locus!r} is no party", remedy
        for at, frame in enumerate(signal.frames):
            if frame.locus and (remedy := _no_locus(frame.locus, {party.id for party in known})):
                yield (*here, "frames", at, "locus"), f"{frame.locus!r} is no locus", remedy


def _no_party(example: Example, known: Collection[Party], outsiders: Collection[str]) -> str:
    """What to write instead of an example's locus that is nobody's; nothing where it may stand."""
    parties = {party.id for party in known} | {ALL}
    if example.locus in {*parties, *outsiders}:
        return ""
    if not _OTHER_WAR.fullmatch(example.locus):
        return f"use {', '.join(sorted(parties))}"
    meant = _meant(example.locus, example.text, known)
    return meant and f"did you mean {meant!r}?"


def _no_locus(locus: str, parties: set[str]) -> str:
    """What to write instead of a frame's locus that is none; nothing where it may stand."""
    if locus in parties | _PLACES:
        return ""
    if locus.lower() in _PLACES:
        return f"did you mean {locus.lower()!r}?"
    return "" if _OTHER_WAR.fullmatch(locus) else f"use {', '.join(sorted(_PLACES))}, or the id of a party"


def _meant(locus: str, text: str, known: Collection[Party]) -> str:
    """The watched party whose id a locus misspells, or nothing: its letters are exchanged or more follow them.

    Only of a party that the example names; elsewhere the locus may be the right one of another war.
    """
    for party in known:
        longer = len(party.id) >= _LEAST_ID and locus.startswith(party.id) and "-" not in locus
        misspelt = longer or sorted(locus) == sorted(party.id)
        names = (party.name, *party.aliases, *party.demonyms, *party.capitals)
        if misspelt and any(re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE) for name in names):
            return party.id
    return ""


def _composite(composite: Composite, taken: set[str]) -> Iterator[_Fault]:
    if composite.id in taken:
        yield ("id",), f"{composite.id!r} is the id of an indicator as well", "rename one of them"
    seen: set[tuple[str, str, str]] = set()
    for n, leg in enumerate(composite.legs):
        if not math.isfinite(leg.weight):
            yield ("legs", n, "weight"), "should be a finite number", "write a number such as 1.0"
        if (leg.source, leg.of, leg.group) in seen:
            yield ("legs", n, "source"), f"{leg.source!r} is a leg already", "keep one leg, with the weight of both"
        seen.add((leg.source, leg.of, leg.group))
