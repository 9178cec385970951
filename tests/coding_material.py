"""A small fictional war and trees written by hand, for tests of reading."""

from datetime import date

from tracker.model.codebook import Conflict, Leader, Outsider, Party
from tracker.nlp.lemmas import lemma
from tracker.nlp.parsed import Parsed, Token, parsed


def a_war(name: str = "lisse", first: str = "VRN", second: str = "KES") -> Conflict:
    return Conflict(
        id=name,
        title=name,
        description="",
        started=date(2024, 1, 1),
        parties=(
            Party(
                id=first,
                name=f"{first.title()}land",
                demonyms=(f"{first.title()}ish",),
                capitals=(f"{first.title()}ville",),
                institutions=("foreign ministry",),
                leaders=(
                    Leader(name="Ada Old", office="president", rank="leader", until=date(2025, 1, 1)),
                    Leader(name="Ben New", office="president", rank="leader", since=date(2025, 1, 1)),
                ),
            ),
            Party(
                id=second,
                name=f"{second.title()}ia",
                demonyms=(f"{second.title()}ian",),
                institutions=("foreign ministry",),
            ),
        ),
        outsiders=(
            Outsider(id="CMP", name="the Compact", backs=first),
            Outsider(id="SBL", name="Sable Republic", mediator=True),
        ),
        places=("Lisse valley",),
    )


def tree(words: str) -> Parsed:
    """`word/TAG/dep/head` separated by blanks; heads count from 0."""
    rows = [piece.rsplit("/", 3) for piece in words.split()]
    text = " ".join(row[0] for row in rows)
    tokens, at = [], 0
    for word, tag, dep, head in rows:
        tokens.append(Token(word, lemma(word, tag), tag, dep, int(head), at, at + len(word)))
        at += len(word) + 1
    return parsed(text, tuple(tokens))
