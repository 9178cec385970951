"""What a feed itself says about how often it should be asked."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the feed itself says about polling."""

    minutes: int = 0  # from <ttl> and sy:updatePeriod, the longer; 0: nothing said
    skip_hours: tuple[int, ...] = ()  # UTC
    skip_days: tuple[int, ...] = ()  # 0 Monday
    dated: datetime | None = None  # when the feed says it was made


NO_HINTS = Hints()
