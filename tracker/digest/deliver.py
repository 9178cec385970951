"""Pages → a folder, rewriting only what changed; and back: which digests a folder already holds."""

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from tracker.digest.render import Page
from tracker.digest.view import Issue, monday_of
from tracker.errors import DeliveryError


def write(pages: Iterable[Page], folder: Path) -> tuple[str, ...]:
    """Write every page whose bytes differ from what is there; the paths written, in order.

    Each file appears whole or not at all (written beside, then renamed). Files that no page names are left
    alone: permalinks never go away. Raises DeliveryError for a path outside the folder or a disk that refuses.
    """
    changed: list[str] = []
    root = folder.resolve()
    for page in pages:
        target = (root / page.path).resolve()
        if not target.is_relative_to(root) or target == root:
            raise DeliveryError(f"{page.path!r} lies outside {folder}", remedy="give pages relative paths")
        try:
            if target.is_file() and target.read_bytes() == page.body:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f".{target.name}.part")
            beside.write_bytes(page.body)
            os.replace(beside, target)  # noqa: PTH105 - the atomic one
        except OSError as problem:
            raise DeliveryError(
                f"{page.path}: {problem.strerror or problem}", remedy=f"check space and rights of {folder}"
            ) from problem
        changed.append(page.path)
    return tuple(changed)


def issues(folder: Path) -> tuple[Issue, ...]:
    """The digests a site folder holds, read from their `<conflict>/<week>.json`; files that are none are skipped."""
    found: list[Issue] = []
    for file in sorted(folder.glob("*/*-W*.json")):
        try:
            monday_of(file.stem)
            held = json.loads(file.read_bytes())
            as_of = held["as_of"]
            found.append(
                Issue(
                    conflict=str(held["conflict"]),
                    title=str(held["title"]),
                    week=file.stem,
                    at=datetime.fromisoformat(held["at"]),
                    position=int(as_of["position"]),
                    codebook=str(as_of["codebook"]),
                    headlines=tuple(str(line) for line in held["headlines"]),
                )
            )
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return tuple(found)
