"""Feeds → lines of feeds.yaml, added where its list ends and as that list is written."""

import json
from collections.abc import Iterable, Sequence

import yaml

from tracker.model.articles import Feed


def appended(text: str, feeds: Sequence[Feed]) -> str:
    """A feeds.yaml with feeds added at the end of its list; whatever a person wrote stays as it is.

    A list may be indented or not, be empty, stand in brackets, or be followed by other keys. The caller reads the
    result before it takes the place of the old text. Raises ValueError without a list of feeds.

    >>> print(appended("feeds: []  # none yet", []))
    feeds:  # none yet
    <BLANKLINE>
    """
    end = "\r\n" if "\r\n" in text else "\n"
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    found = [pair for pair in root.value if pair[0].value == "feeds"] if isinstance(root, yaml.MappingNode) else []
    if not isinstance(root, yaml.MappingNode) or not found:
        raise ValueError("no list of feeds")
    key, node = found[0]
    empty = node.value in ([], "", "~", "null")
    if (root.flow_style or node.flow_style) and not (empty and not root.flow_style):
        place = node.value[-1].end_mark.index if node.value else node.start_mark.index + 1
        items = ", ".join(map(_flow, feeds))
        return text[:place] + (", " if node.value else "") + items + text[place:]
    if empty:
        before, after = text[: node.start_mark.index].rstrip(" "), text[node.end_mark.index :]
        rest, newline, below = after.partition("\n")
        head, indent = before + rest.rstrip("\r") + end, key.start_mark.column + 2
        return head + _lines(feeds, indent, end) + (below if newline else "")
    last = root.value[-1][1] is node and not text[node.end_mark.index :].strip()
    lines = text.splitlines(keepends=True)
    at = len(lines) if last else node.end_mark.line
    while at and (not lines[at - 1].strip() or (not last and lines[at - 1].lstrip().startswith("#"))):
        at -= 1
    head = "".join(lines[:at])
    head += "" if head.endswith("\n") else end
    return head + _lines(feeds, node.start_mark.column, end) + "".join(lines[at:])


def _lines(feeds: Iterable[Feed], indent: int, end: str) -> str:
    return "".join(f"{line}{end}" for line in yaml_of(feeds, indent=indent).splitlines())


def _flow(feed: Feed) -> str:
    """One item on one line, as it stands between brackets."""
    return json.dumps(yaml.safe_load(yaml_of([feed]))[0], ensure_ascii=False)


def yaml_of(feeds: Iterable[Feed], *, indent: int = 2) -> str:
    """Items that may be added below `feeds:`; texts are quoted as JSON, which YAML reads alike.

    >>> print(yaml_of([Feed(id="a", url="https://a.example/", outlet="A: the paper", owner="a", country="NO",
    ...     language="en", bloc="wires", conflicts=("x-y",))]))
      - id: a
        url: "https://a.example/"
        outlet: "A: the paper"
        owner: "a"
        country: "NO"
        language: "en"
        bloc: "wires"
        conflicts: ["x-y"]
        every: 30m
    <BLANKLINE>
    """
    lines: list[str] = []
    for feed in feeds:
        lines += [f"- id: {json.dumps(feed.id) if feed.id.isdigit() else feed.id}"]
        for name in ("url", "outlet", "owner", "country", "language", "bloc"):
            lines.append(f"  {name}: {json.dumps(getattr(feed, name), ensure_ascii=False)}")
        lines.append(f"  conflicts: {json.dumps(list(feed.conflicts))}")
        lines.append(f"  every: {feed.every_minutes}m")
        if feed.text != "feed":
            lines.append(f"  text: {feed.text}")
        if feed.allow_private:
            lines.append("  allow_private: true")
    return "".join(f"{' ' * indent}{line}\n" for line in lines)
