"""The language of frames: what `pattern` may say in an indicator file, read and checked once, at the start."""

from collections.abc import Callable, Mapping
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


Fault = Callable[[str, str, str], CatalogError]  # key, problem, remedy


def compile_frame(frame: Frame, definition: SignalDefinition, place: Callable[..., str]) -> CompiledFrame:
    """Read one frame. Raises CatalogError with file, signal, frame, key and remedy.

    `place(*path)` says where in the indicator's file a key of the frame stands.
    """

    def fault(key: str, problem: str, remedy: str) -> CatalogError:
        path = () if not key else ("mode",) if key == "mode" else ("pattern", *key.split(".", 1))
        where = f"{place(*path)}: {definition.id}.frames.{frame.id}"
        return CatalogError(f"{where}: {key + ': ' if key else ''}{problem}", remedy=remedy)

    given = frame.pattern
    for key in given:
        if key not in KEYS:
            raise fault(key, "unknown key", f"known keys: {', '.join(sorted(KEYS))}")
    if not any(key in given for key in ("predicate", "noun", "phrase")):
        raise fault("", "has no anchor", "give it `predicate`, `noun` or `phrase`")
    particles: dict[str, frozenset[str]] = {}
    for entry in _list(given.get("predicate", []), "predicate", fault):
        verb, *rest = entry.split()
        particles[verb] = particles.get(verb, frozenset()) | frozenset(rest)
    negated = given.get("negated", "no")
    negated = {True: "yes", False: "no"}[negated] if isinstance(negated, bool) else negated
    if not isinstance(negated, str) or negated not in {"no", "yes", "any", "flip"}:
        raise fault("negated", repr(negated), "write no, yes, any or flip")
    prepositions = given.get("preposition", {})
    if not isinstance(prepositions, Mapping):
        raise fault("preposition", "should be a mapping", "write {of: [troops, shells]}")
    if frame.mode and frame.mode not in definition.modes:
        raise fault("mode", f"{frame.mode!r} is not a mode", f"use {', '.join(definition.modes)}")
    return CompiledFrame(
        signal=definition.id,
        frame=frame,
        verbs=frozenset(particles),
        particles=particles,
        nouns=frozenset(_list(given.get("noun", []), "noun", fault)),
        subject=_slot(given.get("subject"), "subject", fault),
        object=_slot(given.get("object"), "object", fault),
        complement=_slot(given.get("complement"), "complement", fault),
        prepositions={str(k): _required(v, f"preposition.{k}", fault) for k, v in prepositions.items()},
        modifier=frozenset(_list(given.get("modifier", []), "modifier", fault)),
        modal=frozenset(_list(given.get("modal", []), "modal", fault)),
        negated=negated,
        near=trie(_list(given.get("near", []), "near", fault)),
        without=trie(_list(given.get("without", []), "without", fault)),
        phrase=trie(_list(given.get("phrase", []), "phrase", fault)),
    )


def _list(value: Any, key: str, fault: Fault) -> list[str]:
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, list | tuple) or not all(isinstance(entry, str) and entry.strip() for entry in entries):
        raise fault(key, f"{value!r} is not a list of words", "write [word, other word]")
    return [entry if entry.isupper() else entry.lower() for entry in entries]


def _slot(value: Any, key: str, fault: Fault) -> Slot | None:
    return None if value is None else _required(value, key, fault)


def _required(value: Any, key: str, fault: Fault) -> Slot:
    entries = _list(value, key, fault)
    for entry in entries:
        if entry.isupper() and len(entry) > 3 and entry not in CLASSES:
            raise fault(key, f"unknown class {entry!r}", f"use {', '.join(CLASSES)} or lower case")
    return Slot(
        words=frozenset(e for e in entries if e not in CLASSES), classes=frozenset(e for e in entries if e in CLASSES)
    )
