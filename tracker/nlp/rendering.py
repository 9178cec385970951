"""How a sentence and its context become the numbers the encoder reads.

Training and judging share this file, so that what was learned is what is asked.
Every sentence is rendered on its own, with a marker before each mention of a
belligerent; what stands around it (title, the sentences before) likewise, each
with the role it plays there. A sentence that is judged and later stands before
another looks the same both times, so that the encoder's lower layers read it once.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final, Literal

from tokenizers import Tokenizer

from tracker.nlp.markers import KINDS, PARTIES, WARS, Span, kind_of, mentions_in

MARKERS: Final = ("[unused1]", "[unused2]", "[unused3]")
LIMIT: Final = 104  # word pieces of a sentence that are read; fewer of what stands around it
LIMIT_TITLE: Final = 32
LIMIT_BEFORE: Final = 64
TITLE, EARLIER, BEFORE = 0, 1, 2  # roles: the title, the sentence before the last, the last
CLS, SEP = 101, 102
Style = Literal["mark", "mask", "rename"]
Pieces = tuple[int, ...]  # word pieces by number
_KEPT: Final = 1 << 16  # words that are not cut into pieces again
_LONG: Final = 40  # characters; longer ones are not kept
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
    there = [word for word in mentions if word in text]
    if not there:
        return []
    pattern = r"(?<![\w-])(?:" + "|".join(re.escape(word) for word in sorted(there, key=len, reverse=True)) + r")(?!\w)"
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
    """Marks and tokenises."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        tokenizer.add_special_tokens(list(MARKERS))
        self._tokenizer = tokenizer
        self._cut = lru_cache(_KEPT)(self._encoded)

    def _pieces(self, text: str) -> Iterator[int]:
        """Word pieces of a text; the tokeniser never joins words across a space, so each word is cut once."""
        for word in text.split():
            yield from (self._cut if len(word) < _LONG else self._encoded)(word)

    def _encoded(self, word: str) -> Pieces:
        return tuple(self._tokenizer.encode(word, add_special_tokens=False).ids)

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
        limit: int = LIMIT,
    ) -> Pieces:
        """Ids of one sentence alone, the belligerents in it marked."""
        shown = marked(text, spans_in(text, principals, supplied), principals, style=style, war=war)
        return (CLS, *islice(self._pieces(shown), limit - 2), SEP)

    def around(
        self,
        text: str,
        *,
        before: Sequence[str] = (),
        title: str = "",
        principals: Sequence[str] = (),
        supplied: Sequence[Span] = (),
        style: Style = "mark",
        war: tuple[str, str] | None = None,
    ) -> tuple[tuple[Pieces, int], ...]:
        """Title and up to two sentences before, with their roles; names that the sentence has are marked there too."""
        named = {text[start:end]: party for start, end, party in supplied if 0 <= start < end <= len(text)}
        parts = [(title, TITLE, LIMIT_TITLE)]
        roles = (EARLIER, BEFORE)[-len(before) :]
        parts += [(part, role, LIMIT_BEFORE) for part, role in zip(before[-2:], roles, strict=False)]
        return tuple(
            (
                self.sentence(
                    part,
                    principals=principals,
                    supplied=echoes(part, named) if principals else (),
                    style=style,
                    war=war,
                    limit=limit,
                ),
                role,
            )
            for part, role, limit in parts
            if part.strip()
        )


def random_war(rng: random.Random) -> tuple[str, str]:
    """Another war to dress a sentence in, its sides in either order."""
    one, other = WARS[rng.randrange(len(WARS))]
    return (one, other) if rng.random() < 0.5 else (other, one)
