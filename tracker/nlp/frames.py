"""Frames of the indicator files → conditions over a parsed sentence, checked at the start and matched by anchor."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tracker.model.codebook import Indicator
from tracker.nlp.frame_language import CLASSES, CompiledFrame, Slot, compile_frame
from tracker.nlp.lemmas import forms
from tracker.nlp.linking import Mention
from tracker.nlp.parsed import Parsed
from tracker.nlp.phrases import pattern as trie
from tracker.nlp.text import fold

_NEGATORS: Final = frozenset(
    {"not", "never", "no", "neither", "nor", "hardly", "barely", "scarcely", "little", "without", "nobody", "none"}
)
NEGATING_VERBS: Final = frozenset(
    {
        "refuse",
        "reject",
        "deny",
        "decline",
        "fail",
        "rule",
        "oppose",
        "stop",
        "cease",
        "forbid",
        "prohibit",
        "ban",
        "doubt",
        "avoid",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameHit:
    """A frame that holds in a sentence: its anchor and the parties that fill subject and object."""

    frame: CompiledFrame
    anchor: int
    polarity: int
    subject: str  # id of a party, or empty
    object: str
    negated: bool


class FrameSet:
    """All frames of a codebook by the words that can start them."""

    def __init__(self, indicators: Iterable[Indicator]) -> None:
        """Compile. Raises CatalogError naming file, signal, frame and key."""
        self._by_word: dict[str, list[CompiledFrame]] = {}
        self._by_phrase: list[CompiledFrame] = []
        self.frames: list[CompiledFrame] = []
        self._starts: list[tuple[re.Pattern[str], CompiledFrame]] = []
        for indicator in indicators:
            file = f"indicators/{indicator.id}.yaml"
            for definition in indicator.signals:
                for frame in definition.frames:
                    compiled = compile_frame(frame, definition, lambda *_, file=file: file)
                    self.frames.append(compiled)
                    start = _start(compiled)
                    if start is not None:
                        self._starts.append((start, compiled))
                    for word in compiled.verbs | compiled.nouns:
                        self._by_word.setdefault(word, []).append(compiled)
                    if not compiled.verbs and not compiled.nouns:
                        self._by_phrase.append(compiled)

    def might_hold(self, text: str) -> bool:
        """Whether some frame could hold in a sentence, by its words alone: what need not be parsed is told here."""
        low = fold(text).lower()
        return any(regex.search(low) is not None and _words(compiled, low) for regex, compiled in self._starts)

    def match(self, sentence: Parsed, mentions: Sequence[Mention]) -> list[FrameHit]:
        """Every frame that holds, at most once per frame."""
        low = fold(sentence.text).lower()
        found = []
        seen = set()
        for at, token in enumerate(sentence.tokens):
            for compiled in self._by_word.get(token.lemma, ()):
                if compiled.frame.id in seen or not _words(compiled, low):
                    continue
                hit = _match(compiled, sentence, at, mentions)
                if hit is not None:
                    seen.add(compiled.frame.id)
                    found.append(hit)
        for compiled in self._by_phrase:
            if _words(compiled, low):
                place = compiled.phrase.search(low)
                inside = sentence.at(*place.span())
                anchor = inside[0] if inside else 0
                negated = _is_negated(sentence, anchor) if compiled.negated != "any" else False
                hit = _polar(compiled, anchor, negated, "", "")
                if hit is not None:
                    found.append(hit)
        return found


def _start(compiled: CompiledFrame) -> re.Pattern[str] | None:
    """Forms of the words that a frame starts with, or its phrases when it has no such word."""
    words = {form.lower() for word in compiled.verbs | compiled.nouns for form in forms(word)}
    return trie(words) if words else compiled.phrase


def _words(compiled: CompiledFrame, low: str) -> bool:
    if compiled.phrase is not None and compiled.phrase.search(low) is None:
        return False
    if compiled.near is not None and compiled.near.search(low) is None:
        return False
    return compiled.without is None or compiled.without.search(low) is None


def _match(compiled: CompiledFrame, sentence: Parsed, at: int, mentions: Sequence[Mention]) -> FrameHit | None:
    token = sentence.tokens[at]
    if token.lemma in compiled.verbs and (token.is_verb or token.lemma not in compiled.nouns):
        if not token.is_verb:
            return None
        wanted = compiled.particles.get(token.lemma, frozenset())
        near = {sentence.tokens[k].text.lower() for k in sentence.kids[at]}
        if wanted and not wanted <= near | {t.text.lower() for t in sentence.tokens[at + 1 : at + 3]}:
            return None
    elif not token.is_noun and not token.tag.startswith("JJ"):
        return None
    subjects, objects = _arguments(sentence, at)
    subject = _fill(compiled.subject, sentence, subjects, mentions)
    object_ = _fill(compiled.object, sentence, objects, mentions)
    if subject is None or object_ is None:
        return None
    if compiled.complement is not None:
        below = [
            k
            for k in sentence.kids[at]
            if sentence.tokens[k].dep in {"xcomp", "ccomp", "acomp", "attr", "oprd", "advcl", "acl", "prep", "pcomp"}
        ]
        if _fill(compiled.complement, sentence, below, mentions) is None:
            return None
    for preposition, slot in compiled.prepositions.items():
        targets = [
            p
            for k in (*sentence.kids[at], *(kk for o in objects for kk in sentence.kids[o]))
            if sentence.tokens[k].text.lower() == preposition
            for p in (*sentence.kids[k],)
        ]
        if _fill(slot, sentence, targets, mentions) is None or not targets:
            return None
    under = {sentence.tokens[k].text.lower() for k in sentence.kids[at]} | {
        sentence.tokens[k].lemma for k in sentence.kids[at]
    }
    if compiled.modifier and not compiled.modifier & under:
        return None
    if compiled.modal and not compiled.modal & under:
        return None
    return _polar(compiled, at, _is_negated(sentence, at, subjects), subject, object_)


def _polar(compiled: CompiledFrame, at: int, negated: bool, subject: str, object_: str) -> FrameHit | None:
    if (compiled.negated == "no" and negated) or (compiled.negated == "yes" and not negated):
        return None
    polarity = -compiled.frame.polarity if compiled.negated == "flip" and negated else compiled.frame.polarity
    return FrameHit(frame=compiled, anchor=at, polarity=polarity, subject=subject, object=object_, negated=negated)


def _arguments(sentence: Parsed, at: int) -> tuple[list[int], list[int]]:
    """Heads of logical subject and object; a passive turns them round, a joined or reduced verb borrows its subject."""
    tokens = sentence.tokens
    subjects, objects = [], []
    for kid in sentence.kids[at]:
        dep = tokens[kid].dep
        if dep in {"nsubj", "csubj"}:
            subjects.append(kid)
        elif dep in {"nsubjpass", "dobj", "dative", "attr"}:
            objects.append(kid)
        elif dep == "agent":
            subjects += [p for p in sentence.kids[kid] if tokens[p].dep == "pobj"]
        elif dep in {"poss", "compound", "amod", "nmod"} and tokens[at].is_noun:
            subjects.append(kid)
        elif dep == "prep" and tokens[at].is_noun:
            objects += [p for p in sentence.kids[kid] if tokens[p].dep == "pobj"]
    if tokens[at].is_verb and not subjects:
        head = tokens[at].head
        if tokens[at].dep in {"conj", "xcomp", "advcl"} and head != at:
            return _arguments(sentence, head)[0], objects
        if tokens[at].dep == "acl" and tokens[head].is_noun:
            if tokens[at].tag == "VBN":
                objects.append(head)
            else:
                subjects.append(head)
    subjects = [
        tokens[at].head if tokens[s].lemma in {"who", "which", "that"} and tokens[at].dep == "relcl" else s
        for s in subjects
    ]
    return subjects, objects


def _fill(slot: Slot | None, sentence: Parsed, heads: Sequence[int], mentions: Sequence[Mention]) -> str | None:
    """Id of the party that fills a slot, "" when a word does, None when the slot is not filled."""
    party = ""
    held = slot is None
    for head in heads:
        inside = sentence.subtree(head)
        for mention in mentions:
            covered = [
                i for i in inside if sentence.tokens[i].start < mention.end and sentence.tokens[i].end > mention.start
            ]
            if not covered:
                continue
            if mention.role == "party" and not party:
                party = mention.actor
            if slot is not None and any(mention.role in CLASSES[c] for c in slot.classes):
                held = True
        if slot is not None and slot.words:
            near = [head, *sentence.kids[head]]
            near += [
                k
                for n in sentence.kids[head]
                if sentence.tokens[n].dep in {"conj", "prep", "xcomp", "pobj"}
                for k in sentence.kids[n]
            ]
            held = held or any(sentence.tokens[i].lemma in slot.words for i in near)
    return party if held else None


def _is_negated(sentence: Parsed, at: int, subjects: Sequence[int] = ()) -> bool:
    """Negation over a verb or noun: of itself, of its subject, or of what governs it up to a verb of saying."""
    tokens = sentence.tokens
    turns = 0
    if any(
        tokens[k].lemma in _NEGATORS and tokens[k].dep in {"neg", "det", "advmod", "preconj", "cc"}
        for k in sentence.kids[at]
    ):
        turns += 1
    for subject in subjects:
        if tokens[subject].lemma in _NEGATORS or any(
            tokens[k].lemma in {"no", "neither", "none"} for k in sentence.kids[subject]
        ):
            turns += 1
            break
    here = at
    for above in sentence.ancestors(at):
        if tokens[here].dep not in {"xcomp", "dobj", "attr", "acomp", "pobj", "prep", "pcomp", "conj"}:
            break
        if tokens[above].is_verb:
            if tokens[above].lemma in NEGATING_VERBS and tokens[here].dep != "conj":
                turns += 1
            if any(tokens[k].dep == "neg" for k in sentence.kids[above]) and tokens[here].dep != "conj":
                turns += 1
        here = above
    return turns % 2 == 1
