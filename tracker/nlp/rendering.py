"""How a sentence and its context become the numbers the encoder reads.

Training and judging share this file, so that what was learned is what is asked.
The sentence comes first, with a marker before each mention of a belligerent; the
title and the preceding sentences follow as a second segment, marked likewise.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal

from tokenizers import Tokenizer

from tracker.nlp.markers import KINDS, PARTIES, WARS, Span, kind_of, mentions_in

MARKERS: Final = ("[unused1]", "[unused2]", "[unused3]")
LIMIT_TEXT: Final = 104
LIMIT_CONTEXT: Final = 56
CLS, SEP = 101, 102
Style = Literal["mark", "mask", "rename"]
_KEPT: Final = 256  # texts that are not cut into word pieces again
_GENERIC: Final = {"name": "", "adj": "", "leader": "leader", "place": "capital", "force": "forces"}
_SPACES: Final = re.compile(r"\s+")


def typical(party: str, kind: str) -> str:
    """The usual word for a party, of one kind; empty when it has none."""
    columns = PARTIES.get(party)
    return columns[KINDS.index(kind)].split("|")[0] if columns else ""


def spans_in(text: str, principals: Sequence[str], supplied: Sequence[Span] = ()) -> list[Span]:
    """Mentions of the principals: the supplied ones, then those the table knows and nobody supplied."""
    if not principals:
        return []
    spans = [span for span in supplied if span[2] in principals and 0 <= span[0] < span[1] <= len(text)]
    for mention in mentions_in(text, principals):
        if all(mention.end <= start or end <= mention.start for start, end, _ in spans):
            spans.append((mention.start, mention.end, mention.party))
    return sorted(spans)


def echoes(text: str, mentions: Mapping[str, str]) -> list[Span]:
    """Places where words that name a party in the sentence itself occur again in its context."""
    if not mentions:
        return []
    pattern = (
        r"(?<![\w-])(?:" + "|".join(re.escape(word) for word in sorted(mentions, key=len, reverse=True)) + r")(?!\w)"
    )
    return [(match.start(), match.end(), mentions[match[0]]) for match in re.finditer(pattern, text)]


def marked(
    text: str,
    spans: Sequence[Span],
    principals: Sequence[str],
    *,
    style: Style = "mark",
    war: tuple[str, str] | None = None,
) -> str:
    """The text with a marker before each mention; the mention kept, masked or renamed."""
    pieces: list[str] = []
    at = 0
    for start, end, party in spans:
        if start < at:
            continue
        place = min(principals.index(party), 2)
        surface = text[start:end]
        if style == "mask":
            surface = _GENERIC[kind_of(surface)]
        elif style == "rename" and war is not None and place < 2:
            surface = typical(war[place], kind_of(surface)) or typical(war[place], "name")
        pieces += [text[at:start], f" {MARKERS[place]} ", surface]
        at = end
    pieces.append(text[at:])
    return _SPACES.sub(" ", "".join(pieces)).strip()


class Renderer:
    """Marks, tokenises and joins; two lists come out: token ids and segment ids."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        tokenizer.add_special_tokens(list(MARKERS))
        self._tokenizer = tokenizer
        self._ids = lru_cache(_KEPT)(self._cut)  # a sentence stands before two others and a title before all

    def _cut(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(text, add_special_tokens=False).ids) if text else ()

    def number_of(self, token: str) -> int:
        """The id of one token of the vocabulary."""
        found: int | None = self._tokenizer.token_to_id(token)
        if found is None:
            raise ValueError(f"the tokeniser does not know {token}; its weights are of another model")
        return found

    def sentence(
        self,
        text: str,
        *,
        principals: Sequence[str] = (),
        supplied: Sequence[Span] = (),
        style: Style = "mark",
        war: tuple[str, str] | None = None,
    ) -> list[int]:
        """Ids of the sentence alone, the belligerents in it marked: the first segment."""
        shown = marked(text, spans_in(text, principals, supplied), principals, style=style, war=war)
        return [CLS, *self._ids(shown)[: LIMIT_TEXT - 2], SEP]

    def surroundings(
        self,
        text: str,
        *,
        before: Sequence[str] = (),
        title: str = "",
        principals: Sequence[str] = (),
        supplied: Sequence[Span] = (),
        style: Style = "mark",
        war: tuple[str, str] | None = None,
    ) -> list[int]:
        """Ids of the title and the sentences before; names that the sentence itself has are marked there too."""
        named = {text[start:end]: party for start, end, party in supplied if 0 <= start < end <= len(text)}

        def rendered(part: str) -> tuple[int, ...]:
            spans = spans_in(part, principals, echoes(part, named))
            return self._ids(marked(part, spans, principals, style=style, war=war))

        head = rendered(title)[:24]
        tail = [token for part in before[-2:] for token in rendered(part)]
        found = [*head, *tail[-(LIMIT_CONTEXT - len(head)) :]]
        return [*found, SEP] if found else []


def random_war(rng: random.Random) -> tuple[str, str]:
    """Another war to dress a sentence in, its sides in either order."""
    one, other = WARS[rng.randrange(len(WARS))]
    return (one, other) if rng.random() < 0.5 else (other, one)
