"""Feeds → lines of feeds.yaml."""

import json
from collections.abc import Iterable

from tracker.model.articles import Feed


def yaml_of(feeds: Iterable[Feed]) -> str:
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
        lines += [f"  - id: {feed.id}"]
        for name in ("url", "outlet", "owner", "country", "language", "bloc"):
            lines.append(f"    {name}: {json.dumps(getattr(feed, name), ensure_ascii=False)}")
        lines.append(f"    conflicts: {json.dumps(list(feed.conflicts))}")
        lines.append(f"    every: {feed.every_minutes}m")
        if feed.text != "feed":
            lines.append(f"    text: {feed.text}")
        if feed.allow_private:
            lines.append("    allow_private: true")
    return "\n".join((*lines, ""))
