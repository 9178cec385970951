"""feeds.yaml, conflicts/ and indicators/ → frozen objects; an error names file, line, key and remedy."""

from tracker.catalog.checks import check_codebook, check_feeds, feed_faults
from tracker.catalog.load import (
    codebook_of,
    codebook_version,
    countable,
    defaults,
    document_of,
    feeds_of,
    read_codebook_files,
    read_feeds,
)
from tracker.catalog.sense import check_sense

__all__ = [
    "check_codebook",
    "check_feeds",
    "check_sense",
    "codebook_of",
    "codebook_version",
    "countable",
    "defaults",
    "document_of",
    "feed_faults",
    "feeds_of",
    "read_codebook_files",
    "read_feeds",
]
