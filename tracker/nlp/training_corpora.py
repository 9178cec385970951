"""Sentences of the corpora on disk, found again by their hash.

Label files point at sentences without repeating their words; this module cuts the
corpora into the same sentences as when they were labelled.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tracker.nlp.training_data import sentence_hash

_BREAK: Final = re.compile(r"[.!?][\"”’')]*\s+(?=[\"“‘'(A-Z0-9])")
_TITLE: Final = re.compile(
    r"\b(Mr|Mrs|Ms|Dr|Gen|Lt|Col|Sgt|Maj|Sen|Rep|Gov|St|U\.S|U\.N|U\.K|a\.m|p\.m|No|Jan|Feb|Mar|Apr|Aug"
    r"|Sept|Oct|Nov|Dec|vs|Inc|[A-Z])\.$"
)
_QUOTES: Final = re.compile(r"[\"”’')]*$")
_SPACES: Final = re.compile(r"\s+")


def sentences_of(text: str) -> list[str]:
    """A plain cut at sentence ends, paragraph by paragraph; titles and initials do not end one."""
    found: list[str] = []
    for line in text.split("\n"):
        paragraph = _SPACES.sub(" ", line).strip()
        at = 0
        for match in _BREAK.finditer(paragraph):
            piece = paragraph[at : match.end()].strip()
            if not _TITLE.search(_QUOTES.sub("", piece)):
                found.append(piece)
                at = match.end()
        if paragraph[at:].strip():
            found.append(paragraph[at:].strip())
    return found


def _windows(doc: str, title: str, text: str) -> Iterator[dict[str, Any]]:
    cut = sentences_of(text)
    for at, sentence in enumerate(cut):
        yield {"doc": doc, "title": title, "text": sentence, "before": cut[max(0, at - 2) : at]}


def _articles(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.open(encoding="utf-8"):
        row = json.loads(line)
        yield from _windows(row["id"], row["title"], row["text"])


def _statements(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(path.open(encoding="utf-8")):
        row = json.loads(line)
        yield from _windows(f"st-{number}", row["title"], row["text"])


def _items(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(path.open(encoding="utf-8")):
        row = json.loads(line)
        text = _SPACES.sub(" ", row["text"]).strip()
        yield {"doc": f"wce-{number}", "title": " > ".join(row["headings"]), "text": text, "before": []}


def _headlines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            text = _SPACES.sub(" ", row["headline"]).strip()
            yield {"doc": f"hl-{number}", "title": "", "text": text, "before": []}


_READERS: Final = {
    "articles-2022-2023.jsonl": _articles,
    "wikipedia-current-events-2020-2023.jsonl": _items,
    "statements-2022.jsonl": _statements,
    "live-headlines-2022-2023.csv": _headlines,
}


def windows_in(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Every sentence of the corpora in the folder, with its document, title and the two sentences before it."""
    for name, reader in _READERS.items():
        if (folder / name).is_file():
            yield from reader(folder / name)


def sentences_by_hash(folder: Path, wanted: set[str]) -> Mapping[str, Mapping[str, Any]]:
    """The wanted sentences that the corpora in the folder still hold, first occurrence first."""
    found: dict[str, Mapping[str, Any]] = {}
    for row in windows_in(folder):
        digest = sentence_hash(row["text"])
        if digest in wanted and digest not in found:
            found[digest] = row
    return found


def hashes_in(path: Path) -> set[str]:
    """The sentences a label file points at."""
    return {json.loads(line)["sha256"] for line in path.open(encoding="utf-8") if line.strip()}
