"""An article laid out: its sentences with the names in them, linked to conflicts, as passages ready to be judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from tracker.nlp.linking import Hit, Registry, link
from tracker.nlp.passage import Passage
from tracker.nlp.speakers import author_of
from tracker.nlp.text import Span, sentences

CONTEXT: Final = 2  # sentences before that help to resolve roles (codebook §3.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Title and body sentences with the names found in each, and the conflicts each speaks of."""

    title: str
    title_hits: tuple[Hit, ...]
    headline: tuple[str, ...]  # conflicts of the title
    body: tuple[str, ...]
    rows: tuple[tuple[Hit, ...], ...]
    linked: tuple[tuple[str, ...], ...]
    day: date | None


def lay_out(
    registry: Registry,
    title: tuple[str, Sequence[Hit]],
    text: tuple[str, Sequence[Hit]],
    *,
    relevant: Sequence[str],
    day: date | None,
) -> Layout:
    """Split the text, give each sentence its names, and link it."""
    (headline, title_hits), (body, hits) = title, text
    spans = sentences(body)
    rows = _by_sentence(hits, spans)
    return Layout(
        title=headline,
        title_hits=tuple(title_hits),
        headline=link(registry, title_hits, [title_hits], relevant)[0],
        body=tuple(span.text for span in spans),
        rows=rows,
        linked=link(registry, title_hits, rows, relevant),
        day=day,
    )


def passages(registry: Registry, layout: Layout, conflict: str) -> list[Passage]:
    """The sentences that speak of one conflict, with their context."""
    registered = registry.conflicts[conflict]
    in_title = registry.mentions(layout.title_hits, conflict, layout.day)
    found = []
    if layout.title and conflict in layout.headline:
        found.append(
            Passage(index=0, text=layout.title, conflict=registered, mentions=in_title, day=layout.day, unit="headline")
        )
    recent = [m.actor for m in in_title if m.role == "party" and m.actor]
    author = author_of(layout.title, in_title)
    trail: list[list[str]] = []
    for at, text in enumerate(layout.body):
        nearest = [actor for row in reversed(trail[-CONTEXT:]) for actor in reversed(row)]
        focus = tuple(dict.fromkeys([*nearest, *recent]))
        mentions = registry.mentions(layout.rows[at], conflict, layout.day, focus=focus)
        trail.append([m.actor for m in mentions if m.role == "party" and m.actor])
        if conflict in layout.linked[at]:
            found.append(
                Passage(
                    index=at + 1,
                    text=text,
                    conflict=registered,
                    mentions=mentions,
                    before=layout.body[max(0, at - CONTEXT) : at],
                    title=layout.title,
                    focus=focus,
                    author=author,
                    day=layout.day,
                )
            )
    return found


def _by_sentence(hits: Sequence[Hit], spans: Sequence[Span]) -> tuple[tuple[Hit, ...], ...]:
    rows: list[list[Hit]] = [[] for _ in spans]
    at = 0
    for hit in hits:
        while at < len(spans) and spans[at].end <= hit.start:
            at += 1
        if at < len(spans) and hit.start >= spans[at].start:
            rows[at].append(Hit(start=hit.start - spans[at].start, end=hit.end - spans[at].start, key=hit.key))
    return tuple(map(tuple, rows))
