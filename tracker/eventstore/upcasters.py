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
    """A payload of an older version as the current one would have said it.

    Raises UnknownEvent when a step is missing, or when a newer release wrote the event.
    """
    if version > current:
        raise UnknownEvent(f"{kind} version {version} was written by a newer release", remedy="upgrade this program")
    for step in range(version, current):
        try:
            payload = upcasters[kind, step](payload)
        except KeyError as error:
            raise UnknownEvent(f"{kind} version {step} has no step to version {step + 1}") from error
    return payload
