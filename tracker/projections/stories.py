"""Which story an article belongs to: the most alike founder within 72 hours, or a new story. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from tracker.model.sketch import same_story, similarity

WINDOW = timedelta(hours=72)
WINDOW_US = WINDOW // timedelta(microseconds=1)
KEY_BITS = 39  # of a key of a signature; the bucket stands above them


@dataclass(frozen=True, slots=True, kw_only=True)
class Founder:
    """The article that began a story; its id is the story's. Only founders are compared: no chaining."""

    story: str
    title: str
    signature: tuple[int, ...]
    published: int  # microseconds since 1970


def buckets(published: int) -> tuple[int, int]:
    """The 144-hour bucket of a moment in microseconds, then the one other that its window reaches into.

    Both are shifted above the bits of a key, so that bucket and key are one number.

    >>> [bucket >> KEY_BITS for bucket in buckets(0)], [bucket >> KEY_BITS for bucket in buckets(WINDOW_US)]
    ([0, -1], [0, 1])
    """
    half = published // WINDOW_US
    own = half >> 1
    return own << KEY_BITS, (own + 1 if half & 1 else own - 1) << KEY_BITS


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
