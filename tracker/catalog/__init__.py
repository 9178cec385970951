"""feeds.yaml, conflicts/ and indicators/ → frozen objects; an error names file, line, key and remedy."""

from tracker.catalog.checks import check_codebook, check_feeds
from tracker.catalog.load import (
    codebook_of,
    codebook_version,
    defaults,
    feeds_of,
    read_codebook_files,
    read_feeds,
)

__all__ = [
    "check_codebook",
    "check_feeds",
    "codebook_of",
    "codebook_version",
    "defaults",
    "feeds_of",
    "read_codebook_files",
    "read_feeds",
]
