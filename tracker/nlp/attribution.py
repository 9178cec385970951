"""Parsed sentence → who is quoted in it as saying what: source, cue and content (codebook §3.5)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tracker.nlp.parsed import Parsed, Token
from tracker.nlp.speech import NOUNS, PARTICIPLES, SPEECH, STRICT, THINGS, THOUGHT
from tracker.nlp.text import fold

Manner = Literal["indirect", "direct", "mixed", "participial", "according-to", "noun", "headline", "floating"]

_SUBJECTS: Final = ("nsubj", "nsubjpass", "csubj", "agent")
_CLAUSES: Final = ("ccomp", "xcomp", "parataxis", "advcl")
_LINKS: Final = frozenset({"for", "on", "of", "about", "against", "with", "to"})
_PART_OF_NAME: Final = ("NN", "JJ", "DT", "PRP$", "POS", "CD")
_QUOTED: Final = re.compile(r'"[^"]*"?')
_HEADLINE: Final = re.compile(r"^\s*([A-Z][^:\"]{1,60}):\s+\S")
_TAIL: Final = re.compile(r"[-—―]{1,2}\s*([A-Z][\w'. -]{1,50}?)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """One act of saying: character spans in the sentence. A floating quotation has no source of its own."""

    manner: Manner
    source: tuple[int, int] | None
    cue: tuple[int, int] | None
    content: tuple[tuple[int, int], ...]
    verb: str = ""
    negated: bool = False

    def covers(self, start: int, end: int) -> bool:
        """Whether the middle of a stretch of characters is part of what is said."""
        middle = (start + end) / 2
        return any(s <= middle < e for s, e in self.content)


def attributions(sentence: Parsed, *, quoted_before: bool = False) -> tuple[Attribution, ...]:
    """Every attribution of a sentence, in the order of their cues.

    `quoted_before` says that a quotation opened in an earlier sentence is still open here.
    """
    found = [*_verbs(sentence), *_according(sentence), *_nouns(sentence)]
    if not found:
        found = list(_headline(sentence))
    if not found and (quoted_before or _whole_quotation(sentence.text)):
        whole = (0, len(sentence.text))
        found = [Attribution(manner="floating", source=None, cue=None, content=(whole,))]
    return tuple(sorted(found, key=lambda a: a.cue or (0, 0)))


def open_quotation(text: str, *, before: bool = False) -> bool:
    """Whether a quotation is still open at the end of a text, given whether one was open at its start.

    Typographic marks say which way they turn; straight ones are counted.
    """
    state = before
    for mark in re.finditer(r"[“”\"«»]", text):
        if mark[0] in "“«":
            state = True
        elif mark[0] in "”»":
            state = False
        else:
            state = not state
    return state


def _whole_quotation(text: str) -> bool:
    bare = fold(text).strip()
    if bare.startswith('"'):
        rest = bare[1:].rstrip(".,")
        return '"' not in rest[:-1] if rest else False
    return bare.endswith('"') and bare.count('"') == 1


def _verbs(sentence: Parsed) -> Iterator[Attribution]:
    tokens = sentence.tokens
    for at, token in enumerate(tokens):
        if not token.is_verb or token.dep in {"aux", "auxpass"} or token.lemma not in SPEECH:
            continue
        source = _beside(sentence, at) or _source(sentence, at)
        content, manner = _content(sentence, at, source)
        if not content:
            continue
        strict = token.lemma in STRICT
        if source is None and not (strict and manner in {"direct", "mixed"}):
            continue
        if not strict and token.lemma in THOUGHT and not any(tokens[kid].dep == "ccomp" for kid in sentence.kids[at]):
            continue
        negated = any(tokens[kid].dep == "neg" for kid in sentence.kids[at])
        yield Attribution(
            manner=manner,
            source=_chars(sentence, source) if source else None,
            cue=(token.start, token.end),
            content=content,
            verb=token.lemma,
            negated=negated,
        )


def _source(sentence: Parsed, verb: int) -> tuple[int, ...] | None:
    """Subject of a verb of saying: its own, that of the verb it is joined to, or that of its participle's head."""
    tokens = sentence.tokens
    at = verb
    for _ in range(4):
        passive = any(tokens[kid].dep == "auxpass" for kid in sentence.kids[at])
        for kid in sentence.kids[at]:
            if tokens[kid].dep == "agent":
                inner = [k for k in sentence.kids[kid] if tokens[k].dep == "pobj"]
                if inner:
                    return _phrase(sentence, inner[0])
        if passive:
            return None
        for kid in sentence.kids[at]:
            if tokens[kid].dep in {"nsubj", "csubj"}:
                if tokens[kid].lemma in {"who", "which", "that"} and tokens[at].dep == "relcl":
                    return _phrase(sentence, tokens[at].head, without=at)
                return _phrase(sentence, kid)
        dep, head = tokens[at].dep, tokens[at].head
        if head == at:
            return None
        if dep == "acl" and tokens[head].is_noun and tokens[at].tag == "VBG":
            return _phrase(sentence, head, without=at)
        if dep in {"conj", "advcl", "xcomp", "dep", "pcomp"} and (
            dep != "advcl" or tokens[at].tag in {"VBG", "VBN"} or at != verb
        ):
            at = head
            continue
        return None
    return None


def _beside(sentence: Parsed, verb: int) -> tuple[int, ...] | None:
    """Who stands right before or, after a quotation or comma, right behind a verb of saying.

    The parser often misses it there: "Talks, Mr. Omar said, had failed".
    """
    tokens = sentence.tokens
    if tokens[verb].lemma not in STRICT or tokens[verb].tag not in {"VBD", "VBZ", "VBP"}:
        return None
    kids = [k for k in sentence.kids[verb] if tokens[k].dep in {"nsubj", "nsubjpass"}]
    if kids and abs(verb - kids[0]) <= 2:
        return None
    if verb and (tokens[verb - 1].is_noun or tokens[verb - 1].text.lower() in {"he", "she", "they"}):
        first = verb - 1
        while first and tokens[first - 1].tag.startswith(_PART_OF_NAME):
            first -= 1
        if first and tokens[first - 1].text in {",", '"', "”", "''"}:
            return tuple(range(first, verb))
    if verb and tokens[verb - 1].text in {",", '"', "”", "''", "’"} and verb + 1 < len(tokens):
        last = verb + 1
        while last < len(tokens) and tokens[last].tag.startswith(_PART_OF_NAME):
            last += 1
        if last > verb + 1 and tokens[last - 1].is_noun:
            return tuple(range(verb + 1, last))
    return None


def _phrase(sentence: Parsed, head: int, *, without: int = -1) -> tuple[int, ...]:
    """A noun phrase with its modifiers and appositions, without relative clauses, of at most 25 words."""
    tokens = sentence.tokens
    found = []
    stack = [head]
    while stack:
        at = stack.pop()
        found.append(at)
        for kid in sentence.kids[at]:
            if kid == without or tokens[kid].dep in {"relcl", "advcl", "ccomp", "parataxis", "punct", "acl"}:
                continue
            if tokens[kid].dep == "prep" and tokens[kid].head != head and kid > head + 12:
                continue
            stack.append(kid)
    found.sort()
    while len(found) > 25:
        found.pop()
    return tuple(found)


def _content(sentence: Parsed, verb: int, source: tuple[int, ...] | None) -> tuple[tuple[tuple[int, int], ...], Manner]:
    tokens = sentence.tokens
    taken = set(source or ())
    text = fold(sentence.text)
    quotes = [m.span() for m in _QUOTED.finditer(text) if m.end() - m.start() > 3]
    clauses = [kid for kid in sentence.kids[verb] if _is_said(tokens[verb], tokens[kid], quotes)]
    participial = tokens[verb].tag == "VBG" and tokens[verb].dep in {"advcl", "acl", "conj"}
    if clauses:
        indices = sorted({i for c in clauses for i in sentence.subtree(c)} - taken - {verb})
        spans = _runs(sentence, indices)
        quoted = any(_within(quotes, s) or any(s <= q < e for q, _ in quotes) for s, e in spans)
        whole = quoted and any(q <= spans[0][0] + 1 and e >= spans[-1][1] - 1 for q, e in quotes)
        manner: Manner = "participial" if participial else "direct" if whole else "mixed" if quoted else "indirect"
        return spans, manner
    if tokens[verb].dep in {"parataxis", "ccomp", "advcl", "conj"} and tokens[verb].head != verb:
        # "The front is frozen, the general said": the parser may hang the verb of saying below what is said
        below = set(sentence.subtree(verb))
        head = tokens[verb].head
        if tokens[verb].dep == "parataxis" or (quotes and _within(quotes, tokens[head].start)):
            indices = [i for i in sentence.subtree(head) if i not in below]
            return _runs(sentence, indices), "direct" if quotes else "indirect"
    outside = [q for q in quotes if not (q[0] <= tokens[verb].start < q[1])]
    if outside:
        near = min(outside, key=lambda q: min(abs(q[0] - tokens[verb].end), abs(q[1] - tokens[verb].start)))
        if min(abs(near[0] - tokens[verb].end), abs(near[1] - tokens[verb].start)) <= 60:
            return tuple(outside), "direct"
    return (), "indirect"


def _is_said(verb: Token, kid: Token, quotes: Sequence[tuple[int, int]]) -> bool:
    """Whether a word below a verb of saying heads what is said: a clause, an object, or a phrase with for, on, of …"""
    quoted = _within(quotes, kid.start)
    if kid.dep in _CLAUSES:
        return quoted or kid.dep != "advcl"
    if kid.dep in {"prep", "dative"}:
        return verb.lemma in THINGS and kid.lemma in _LINKS
    return kid.dep in {"dobj", "oprd", "attr"} and (quoted or verb.lemma in THINGS)


def _according(sentence: Parsed) -> Iterator[Attribution]:
    tokens = sentence.tokens
    for at, token in enumerate(tokens):
        if token.text.lower() != "according":
            continue
        inner = [k for k in sentence.kids[at] if tokens[k].lemma == "to"]
        targets = [p for k in inner for p in sentence.kids[k] if tokens[p].dep == "pobj"]
        if not targets:
            continue
        source = _phrase(sentence, targets[0])
        skip = {at, *inner, *sentence.subtree(targets[0])}
        indices = [i for i in range(len(tokens)) if i not in skip and tokens[i].dep != "punct"]
        yield Attribution(
            manner="according-to",
            source=_chars(sentence, source),
            cue=(token.start, tokens[inner[0]].end),
            content=_runs(sentence, indices),
            verb="according",
        )


def _nouns(sentence: Parsed) -> Iterator[Attribution]:
    """A statement, claim, warning … that: the owner of the noun is the source."""
    tokens = sentence.tokens
    for at, token in enumerate(tokens):
        if token.lemma not in NOUNS or not token.is_noun:
            continue
        clause = [k for k in sentence.kids[at] if tokens[k].dep in {"acl", "ccomp"} and _that(sentence, k)]
        if not clause:
            continue
        owner = [k for k in sentence.kids[at] if tokens[k].dep == "poss"]
        for k in sentence.kids[at]:
            if tokens[k].dep == "prep" and tokens[k].lemma in {"by", "from", "of"}:
                owner += [p for p in sentence.kids[k] if tokens[p].dep == "pobj"]
        if not owner and token.dep == "dobj":
            found = _source(sentence, token.head)
            if found:
                owner = [found[-1]]
        if owner:
            yield Attribution(
                manner="noun",
                source=_chars(sentence, _phrase(sentence, owner[0])),
                cue=(token.start, token.end),
                content=_runs(sentence, list(sentence.subtree(clause[0]))),
                verb=token.lemma,
            )


def _that(sentence: Parsed, clause: int) -> bool:
    return any(sentence.tokens[k].lemma == "that" for k in sentence.kids[clause])


def _headline(sentence: Parsed) -> Iterator[Attribution]:
    """Putin: "We will win" · We will win - Putin."""
    text = fold(sentence.text)
    match = _HEADLINE.match(text)
    if match and len(match[1].split()) <= 6:
        start = match.end() - 1
        yield Attribution(manner="headline", source=match.span(1), cue=None, content=((start, len(text)),))
        return
    tail = _TAIL.search(text)
    if tail and len(tail[1].split()) <= 6 and tail.start() > 10:
        yield Attribution(manner="headline", source=tail.span(1), cue=None, content=((0, tail.start()),))


def _chars(sentence: Parsed, indices: Sequence[int]) -> tuple[int, int]:
    return sentence.tokens[indices[0]].start, sentence.tokens[indices[-1]].end


def _runs(sentence: Parsed, indices: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Character spans of neighbouring tokens."""
    spans: list[tuple[int, int]] = []
    last = -2
    for index in indices:
        token = sentence.tokens[index]
        if index == last + 1 and spans:
            spans[-1] = (spans[-1][0], token.end)
        else:
            spans.append((token.start, token.end))
        last = index
    return tuple(spans)


def _within(spans: Sequence[tuple[int, int]], place: int) -> bool:
    return any(start <= place < end for start, end in spans)


__all__ = ["PARTICIPLES", "Attribution", "Manner", "attributions", "open_quotation"]
