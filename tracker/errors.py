"""Everything that can go wrong by the user's or the world's doing; each error names its subject and a remedy.

TrackerError
├── SettingsError
├── CatalogError
├── WorkspaceError
│   └── WorkspaceBusy
├── FeedError
│   └── AddressRefused
├── ArchiveError
├── AnalysisError
├── EventStoreError
│   ├── StreamConflict
│   ├── ChainBroken
│   ├── UnknownEvent
│   ├── StoreTooNew
│   └── StoreUnavailable
├── QuestionError
└── DeliveryError
"""


class TrackerError(Exception):
    """Base of all errors that a user can do something about; the command line prints them without a traceback."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, dict(self.__dict__)))


class SettingsError(TrackerError):
    """A setting cannot be used."""


class CatalogError(TrackerError):
    """A file of the catalogue is wrong; the message names file, line where known, and key."""


class WorkspaceError(TrackerError):
    """The workspace is missing or unusable."""


class WorkspaceBusy(WorkspaceError):
    """Another process works on this workspace."""


class FeedError(TrackerError):
    """A feed or page cannot be had or read."""


class AddressRefused(FeedError):
    """An address outside what we may ask: scheme, private network, too many hops."""


class ArchiveError(TrackerError):
    """An archive cannot be imported as asked."""


class AnalysisError(TrackerError):
    """The language model or recogniser cannot be loaded or used."""


class EventStoreError(TrackerError):
    """The log refuses or cannot be used."""


class StreamConflict(EventStoreError):
    """Another writer was first on this stream."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"stream {stream!r} is at version {actual}, not {expected}")
        self.stream, self.expected, self.actual = stream, expected, actual


class ChainBroken(EventStoreError):
    """The hash chain does not hold; `position` is the first that fails."""

    def __init__(self, message: str, *, position: int, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.position = position


class UnknownEvent(EventStoreError):
    """An event type or version that this program does not know."""


class StoreTooNew(EventStoreError):
    """The store was written by a newer release."""


class StoreUnavailable(EventStoreError):
    """The database cannot be read or written now: locked, full, read-only, damaged, gone."""


class QuestionError(TrackerError):
    """A question about history names something that is not there."""


class DeliveryError(TrackerError):
    """A digest could not be delivered."""


def _rebuild(kind: type[TrackerError], message: str, state: dict[str, object]) -> TrackerError:
    """Errors cross process borders whole, whatever their constructors take."""
    error = kind.__new__(kind)
    Exception.__init__(error, message)
    error.__dict__.update(state)
    return error
