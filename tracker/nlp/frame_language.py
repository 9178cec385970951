"""The language of frames: what `pattern` may say in an indicator file, read and checked once, at the start."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tracker.errors import CatalogError
from tracker.model.codebook import Frame, SignalDefinition
from tracker.nlp.phrases import pattern as trie

CLASSES: Final = {
    "PARTY": frozenset({"party"}),
    "ENEMY": frozenset({"party"}),
    "BACKER": frozenset({"backer"}),
    "MEDIATOR": frozenset({"mediator", "outsider", "backer"}),
    "OUTSIDER": frozenset({"backer", "mediator", "outsider"}),
    "PLACE": frozenset({"place"}),
}
KEYS: Final = frozenset(
    {
        "predicate",
        "noun",
        "subject",
        "object",
        "complement",
        "preposition",
        "modifier",
        "negated",
        "near",
        "without",
        "phrase",
        "modal",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """What may fill a place: words by lemma, or classes of actors."""

    words: frozenset[str]
    classes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledFrame:
    """A frame whose conditions have been read."""

    signal: str
    frame: Frame
    verbs: frozenset[str]  # anchors, "peter out" as (peter, out)
    particles: Mapping[str, frozenset[str]]  # verb -> particles that must follow; empty set: none needed
    nouns: frozenset[str]
    subject: Slot | None
    object: Slot | None
    complement: Slot | None
    prepositions: Mapping[str, Slot]
    modifier: frozenset[str]
    modal: frozenset[str]
    negated: str  # "no", "yes", "any", "flip"
    near: Any
    without: Any
    phrase: Any


def compile_frame(frame: Frame, definition: SignalDefinition, indicator: str) -> CompiledFrame:
    """Read one frame. Raises CatalogError with file, signal, frame, key and remedy."""
    where = f"indicators/{indicator}.yaml: {definition.id}.frames.{frame.id}"
    given = frame.pattern
    for key in given:
        if key not in KEYS:
            raise CatalogError(f"{where}: {key}: unknown key", remedy=f"known keys: {', '.join(sorted(KEYS))}")
    if not any(key in given for key in ("predicate", "noun", "phrase")):
        raise CatalogError(f"{where}: has no anchor", remedy="give it `predicate`, `noun` or `phrase`")
    particles: dict[str, frozenset[str]] = {}
    for entry in _list(given.get("predicate", []), f"{where}: predicate"):
        verb, *rest = entry.split()
        particles[verb] = particles.get(verb, frozenset()) | frozenset(rest)
    negated = given.get("negated", "no")
    negated = {True: "yes", False: "no"}.get(negated, negated) if isinstance(negated, bool) else negated
    if negated not in {"no", "yes", "any", "flip"}:
        raise CatalogError(f"{where}: negated: {negated!r}", remedy="write no, yes, any or flip")
    prepositions = given.get("preposition", {})
    if not isinstance(prepositions, Mapping):
        raise CatalogError(f"{where}: preposition: should be a mapping", remedy="write {of: [troops, shells]}")
    if frame.mode and frame.mode not in definition.modes:
        raise CatalogError(f"{where}: mode: {frame.mode!r} is not a mode", remedy=f"use {', '.join(definition.modes)}")
    return CompiledFrame(
        signal=definition.id,
        frame=frame,
        verbs=frozenset(particles),
        particles=particles,
        nouns=frozenset(_list(given.get("noun", []), f"{where}: noun")),
        subject=_slot(given.get("subject"), f"{where}: subject"),
        object=_slot(given.get("object"), f"{where}: object"),
        complement=_slot(given.get("complement"), f"{where}: complement"),
        prepositions={str(k): _required(v, f"{where}: preposition.{k}") for k, v in prepositions.items()},
        modifier=frozenset(_list(given.get("modifier", []), f"{where}: modifier")),
        modal=frozenset(_list(given.get("modal", []), f"{where}: modal")),
        negated=str(negated),
        near=trie(_list(given.get("near", []), f"{where}: near")),
        without=trie(_list(given.get("without", []), f"{where}: without")),
        phrase=trie(_list(given.get("phrase", []), f"{where}: phrase")),
    )


def _list(value: Any, where: str) -> list[str]:
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, list | tuple) or not all(isinstance(entry, str) and entry.strip() for entry in entries):
        raise CatalogError(f"{where}: {value!r} is not a list of words", remedy="write [word, other word]")
    return [entry if entry.isupper() else entry.lower() for entry in entries]


def _slot(value: Any, where: str) -> Slot | None:
    return None if value is None else _required(value, where)


def _required(value: Any, where: str) -> Slot:
    entries = _list(value, where)
    for entry in entries:
        if entry.isupper() and len(entry) > 3 and entry not in CLASSES:
            raise CatalogError(f"{where}: unknown class {entry!r}", remedy=f"use {', '.join(CLASSES)} or lower case")
    return Slot(
        words=frozenset(e for e in entries if e not in CLASSES), classes=frozenset(e for e in entries if e in CLASSES)
    )
