"""Settings from file and environment, and the only place that chooses adapters."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracker import __version__, catalog, database
from tracker.digest import render
from tracker.errors import SettingsError
from tracker.eventstore.sql import SqlEventStore
from tracker.feeds.collector import FetchSettings
from tracker.model.clock import Clock, system_clock
from tracker.model.codebook import Codebook
from tracker.nlp import identity
from tracker.nlp.cues import check_cues
from tracker.nlp.frame_language import compile_frame
from tracker.projections import reads
from tracker.projections.runner import Projections
from tracker.publishing import Publisher
from tracker.readiness import composites
from tracker.settings import Settings
from tracker.workflow import Tracker

if TYPE_CHECKING:
    from tracker.nlp.reader import Reader


class Build:
    """The adapters of one workspace, made when they are first asked for (the models load slowly)."""

    def __init__(self, settings: Settings, clock: Clock = system_clock, *, codebook: Codebook | None = None) -> None:
        self.settings, self.clock, self._codebook = settings, clock, codebook
        self._past: dict[str, Codebook] = {}

    @cached_property
    def engine(self) -> Any:
        """The database, migrated. Raises StoreUnavailable and StoreTooNew with their remedies."""
        engine = database.connect(self.settings.url)
        database.migrate(engine)
        return engine

    def close(self) -> None:
        """Give back the database's connections; harmless when none was opened."""
        if "engine" in self.__dict__:
            self.engine.dispose()

    @cached_property
    def store(self) -> SqlEventStore:
        return SqlEventStore(self.engine)

    @cached_property
    def codebook(self) -> Codebook:
        """The codebook of the workspace's files and recogniser."""
        return self._codebook or read_codebook(self.settings.home, self.recogniser_name)

    @cached_property
    def recogniser_folder(self) -> Path | None:
        """The folder of the recogniser's weights; None when it is switched off."""
        match self.settings.recogniser:
            case "off":
                return None
            case "default":
                return Path(__file__).parent / "nlp" / "weights"
            case name:
                folder = (self.settings.home / name).resolve()
                if not folder.is_dir():
                    raise SettingsError(f"recogniser: no folder {name}", remedy="write default, off or a folder")
                return folder

    @cached_property
    def recogniser_name(self) -> str:
        """Name and version as they enter the codebook's version, from a hash of the weights."""
        folder = self.recogniser_folder
        return "" if folder is None else f"{identity.NAME} {identity.version_of(folder)}"

    @property
    def codebook_in_force(self) -> Codebook:
        """The codebook that the news was last read with; the files' own before the first reading."""
        adopted = [note.codebook for note in reads.codebooks(self.engine)]
        return self.past_codebook(adopted[-1]) if adopted else self.codebook

    @cached_property
    def reader(self) -> "Reader":
        """Loads the language model and the recogniser. Raises AnalysisError when they are not there."""
        from tracker.nlp.reader import Reader  # noqa: PLC0415 - takes seconds to import

        return Reader(self.codebook, model=self.settings.model, recogniser=self.recogniser_folder or False)

    @cached_property
    def projections(self) -> Projections:
        return Projections(self.engine, self.store, self.past_codebook)

    def past_codebook(self, version: str) -> Codebook:
        """A codebook that was in force at some time, from the log. Raises KeyError for an unknown version."""
        if version == self.codebook.version:
            return self.codebook
        if version not in self._past:
            for recorded in self.store.stream("codebook"):
                event: Any = recorded.event
                if event.codebook == version:
                    self._past[version] = catalog.codebook_of(event.files, event.recogniser)
        return self._past[version]

    @cached_property
    def publisher(self) -> Publisher:
        """The pages of this workspace."""
        look = render.Look(language=self.settings.language, base_url=self.settings.site_url)
        return Publisher(
            store=self.store,
            engine=self.engine,
            projections=self.projections,
            codebook=self.codebook_in_force,
            codebooks=self.past_codebook,
            clock=self.clock,
            site=self.settings.site,
            look=look,
        )

    @cached_property
    def tracker(self) -> Tracker:
        """The workflow over these adapters."""
        return Tracker(
            store=self.store,
            engine=self.engine,
            projections=self.projections,
            codebook=self.codebook,
            feeds=catalog.read_feeds(self.settings.home, self.codebook),
            reader=lambda: self.reader,
            fetching=FetchSettings(
                user_agent=user_agent(self.settings.contact),
                allow_private=self.settings.allow_private_networks,
            ),
            clock=self.clock,
        )


def read_codebook(home: Path, recogniser: str, *, beside: Path | None = None) -> Codebook:
    """The codebook of a folder's files, checked to the last frame. Raises CatalogError with file, line, key, remedy.

    Conflicts and composites that the folder lacks are those of `beside`, or else the ones that come with the program.
    """
    files = catalog.read_codebook_files(home)
    if beside is not None:
        others = catalog.read_codebook_files(beside)
        for folder in ("conflicts", "indicators/composites"):
            if not (home / folder).is_dir():
                files = {name: text for name, text in files.items() if not name.startswith(f"{folder}/")}
                files |= {name: text for name, text in others.items() if name.startswith(f"{folder}/")}
    codebook = catalog.codebook_of(files, recogniser)
    catalog.check_sense(codebook)
    check_reading(codebook)
    return codebook


def check_reading(codebook: Codebook) -> None:
    """What only the stages that use them can tell of cues, frames and composites, told with the place in the file."""
    for composite in codebook.composites:
        composites.check(composite, _place(codebook, "indicators/composites", composite.id))
    for indicator in codebook.indicators:
        if indicator.status != "retired":  # which is never read
            for n, definition in enumerate(indicator.signals):
                check_cues(definition, _place(codebook, "indicators", indicator.id, "signals", n, "cues"))
                for at, frame in enumerate(definition.frames):
                    place = _place(codebook, "indicators", indicator.id, "signals", n, "frames", at)
                    compile_frame(frame, definition, place)


def _place(codebook: Codebook, folder: str, id_: str, *above: str | int) -> Callable[..., str]:
    """Path below a key → file and line; the file is parsed again only when a mistake is to be told."""
    return lambda *path: catalog.document_of(codebook.files, folder, id_).place((*above, *path))


def user_agent(contact: str) -> str:
    """Product, version and a contact, as servers expect of a polite reader."""
    return f"Parley/{__version__} (feed reader{'; ' + contact if contact else ''})"
