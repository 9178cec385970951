"""Many phrases → one regular expression over a trie, so that thousands are looked for in one pass."""

import re
from collections.abc import Iterable
from typing import Final

_LEAF: Final = ""
Trie = dict[str, "Trie"]


def listed(text: str) -> tuple[str, ...]:
    """Words of a table that is written as running text, so that it can be read and mended.

    >>> listed("one two  three")
    ('one', 'two', 'three')
    """
    return tuple(text.split())


def pattern(phrases: Iterable[str]) -> re.Pattern[str] | None:
    """One expression that finds the longest of the phrases at each place, at word borders; None without phrases.

    A `*` at the end of a word stands for any ending. Case counts: fold the text first when it should not.

    >>> pattern(["peace talk*", "peace"]).findall("peace talks, peaceful peace")
    ['peace talks', 'peace']
    """
    trie: Trie = {}
    for phrase in phrases:
        if not phrase.strip():
            continue
        node = trie
        for character in " ".join(phrase.split()):
            node = node.setdefault(character, {})
        node[_LEAF] = {}
    if not trie:
        return None
    return re.compile(rf"(?<!\w)(?:{_expression(trie)})(?!\w)")


def _expression(node: Trie) -> str:
    branches = []
    singles = []
    for character in sorted(key for key in node if key != _LEAF):
        rest = _expression(node[character])
        own = r"\w*" if character == "*" else r"\s+" if character == " " else re.escape(character)
        if rest:
            branches.append(own + rest)
        else:
            singles.append(own)
    if len(singles) > 1 and all(len(single) == 1 for single in singles):
        branches.append("[" + "".join(singles) + "]")
    else:
        branches.extend(singles)
    if not branches:
        return ""
    alone = len(branches) == 1
    body = branches[0] if alone else "(?:" + "|".join(branches) + ")"
    if _LEAF in node:
        return f"(?:{body})?"
    return body
