"""How we ask: who we say we are, how much we take, how long we wait."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """Limits of one collection; sizes in bytes after decompression, times in seconds."""

    user_agent: str = "Parley (feed reader)"
    allow_private: bool = False  # addresses of private networks and this machine: tests and intranets
    concurrency: int = 20  # requests under way at once
    per_host: int = 2
    connect_seconds: float = 10.0
    total_seconds: float = 30.0  # for one feed with all its redirects
    max_bytes: int = 15 * MIB
    max_redirects: int = 5
    workers: int = 1  # parsing processes
    parse_seconds: float = 15.0  # after which a parsing process is ended
    parse_bytes: int = 1536 * MIB  # address space of a parsing process
    max_entries: int = 2000  # of one feed and poll
    start_jitter_seconds: float = 0.0  # the first requests are spread over so long
