"""What the parser saw of a sentence, frozen: the only view of grammar that the rest of the room has."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """A word with its place in the sentence's text and in its tree; the root is its own head."""

    text: str
    lemma: str  # lower case
    tag: str  # Penn treebank
    dep: str  # ClearNLP label as spaCy gives it
    head: int  # index in the sentence
    start: int  # character offsets in the sentence
    end: int

    @property
    def is_verb(self) -> bool:
        """A full or auxiliary verb by its tag."""
        return self.tag.startswith("VB")

    @property
    def is_noun(self) -> bool:
        """A noun, name or number used as one."""
        return self.tag.startswith("NN")


@dataclass(frozen=True, slots=True)
class Parsed:
    """One sentence with its tokens; children and subtrees are looked up in `kids`."""

    text: str
    tokens: tuple[Token, ...]
    kids: tuple[tuple[int, ...], ...]  # of each token, in order

    def subtree(self, index: int) -> tuple[int, ...]:
        """Indices of a token and everything below it, in the order of the text."""
        found = []
        stack = [index]
        while stack:
            at = stack.pop()
            found.append(at)
            stack.extend(self.kids[at])
        return tuple(sorted(found))

    def children(self, index: int, *labels: str) -> Iterator[int]:
        """Children of a token with one of the labels (any, when none is given)."""
        for kid in self.kids[index]:
            if not labels or self.tokens[kid].dep in labels:
                yield kid

    def ancestors(self, index: int) -> Iterator[int]:
        """Heads from the nearest to the root."""
        while self.tokens[index].head != index:
            index = self.tokens[index].head
            yield index

    def words(self, indices: tuple[int, ...]) -> str:
        """The text from the first to the last of the tokens; empty for none."""
        if not indices:
            return ""
        return self.text[self.tokens[indices[0]].start : self.tokens[indices[-1]].end]

    def at(self, start: int, end: int) -> tuple[int, ...]:
        """Indices of the tokens that overlap a stretch of characters."""
        return tuple(i for i, token in enumerate(self.tokens) if token.start < end and token.end > start)


def parsed(text: str, tokens: tuple[Token, ...]) -> Parsed:
    """Index the children of a list of tokens."""
    kids: list[list[int]] = [[] for _ in tokens]
    for index, token in enumerate(tokens):
        if token.head != index:
            kids[token.head].append(index)
    return Parsed(text=text, tokens=tokens, kids=tuple(tuple(row) for row in kids))
