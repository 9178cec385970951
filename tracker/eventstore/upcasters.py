"""Old payloads stay readable: one pure step per version, never edited, each with a sample file.

A step sees the stored JSON object; forgettable parts are numbers in it and are moved like any other value.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tracker.errors import UnknownEvent

Payload = Mapping[str, Any]
Upcaster = Callable[[Payload], Payload]

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}  # (type, version) -> the step to version + 1


def upcast(
    kind: str, version: int, current: int, payload: Payload, upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS
) -> Payload:
    """A payload of an older version as the current one would have said it. Raises UnknownEvent for a missing step."""
    refuse_unknown(kind, version, current, upcasters)
    for step in range(version, current):
        payload = upcasters[kind, step](payload)
    return payload


def refuse_unknown(
    kind: str, version: int, current: int, upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS
) -> None:
    """Raises UnknownEvent when a newer release wrote the version, or when a step from it is missing."""
    if version > current:
        raise UnknownEvent(f"{kind} version {version} was written by a newer release", remedy="upgrade this program")
    for step in range(version, current):
        if (kind, step) not in upcasters:
            raise UnknownEvent(f"{kind} version {step} has no step to version {step + 1}", remedy="report this mistake")
