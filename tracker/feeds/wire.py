"""Frozen words ↔ JSON for the pipe between us and the parsing processes; never pickle, which runs code."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tracker.feeds.hints import Hints
from tracker.model.articles import Article, Feed, Problem
from tracker.model.twins import twin

_Article = twin(Article)  # filled without the slow `__init__` of a frozen class: there are thousands


def moment_of(value: str | None) -> datetime | None:
    """An ISO moment or day as an aware moment in UTC."""
    if value is None:
        return None
    found = datetime.fromisoformat(value)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def feed_of(values: Mapping[str, Any]) -> Feed:
    """A feed as it was before it became JSON."""
    return Feed(**{**values, "conflicts": tuple(values["conflicts"])})


def article_of(values: dict[str, Any]) -> Article:
    """An article as it was before it became JSON."""
    made: Any = _Article()
    for name, value in values.items():
        setattr(made, name, value)
    made.published_at = moment_of(values["published_at"])
    made.signature = tuple(values["signature"])
    made.__class__ = Article
    return made  # type: ignore[no-any-return]  # it is one now


def problems_of(values: Sequence[Mapping[str, str]]) -> tuple[Problem, ...]:
    """Problems as they were before they became JSON."""
    return tuple(Problem(**problem) for problem in values)


def hints_of(values: Mapping[str, Any]) -> Hints:
    """A feed's hints as they were before they became JSON."""
    return Hints(
        minutes=values["minutes"],
        skip_hours=tuple(values["skip_hours"]),
        skip_days=tuple(values["skip_days"]),
        dated=moment_of(values["dated"]),
    )
