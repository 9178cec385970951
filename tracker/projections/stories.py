"""Which story an article belongs to: the most alike founder within 72 hours, or a new story. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from tracker.model.sketch import same_story, similarity

WINDOW = timedelta(hours=72)
WINDOW_US = WINDOW // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Founder:
    """The article that began a story; its id is the story's. Only founders are compared: no chaining."""

    story: str
    title: str
    signature: tuple[int, ...]
    published: int  # microseconds since 1970


def bucket(published: int) -> int:
    """The 72-hour bucket of a moment in microseconds: founders within the window lie in it or beside it.

    >>> bucket(0), bucket(WINDOW_US - 1), bucket(WINDOW_US)
    (0, 0, 1)
    """
    return published // WINDOW_US


def story_of(
    title: str, signature: tuple[int, ...], published: int | None, candidates: Iterable[Founder]
) -> str | None:
    """The story an article joins, None when it founds one; ties go to the earlier founder, then to the lesser id.

    An undated article joins none: nobody can say that it is within 72 hours of anything, and a date
    must not come to it by a side door (design D5).
    """
    if published is None:
        return None
    near = (
        f
        for f in candidates
        if abs(f.published - published) <= WINDOW_US and same_story(f.title, f.signature, title, signature)
    )
    best = min(near, key=lambda f: (-similarity(f.signature, signature), f.published, f.story), default=None)
    return None if best is None else best.story
