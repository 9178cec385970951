"""Files of a workspace (or the ones that come with the program) → Codebook and feeds."""

import difflib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import tracker
from tracker.catalog.build import build
from tracker.catalog.checks import check_codebook, check_feeds
from tracker.catalog.documents import Document, parse
from tracker.errors import CatalogError
from tracker.model.articles import Feed
from tracker.model.codebook import Codebook, Composite, Conflict, Indicator

_EVERY = re.compile(r"(\d+)\s*(m|min|h|d)")
_MINUTES = {"m": 1, "min": 1, "h": 60, "d": 1440}
_FOLDERS = ("indicators", "indicators/composites", "conflicts")


def defaults() -> Path:
    """The folder with the conflicts, indicators, templates and feeds that come with the program."""
    package = Path(tracker.__file__).resolve().parent
    installed = package / "_defaults"
    return installed if installed.is_dir() else package.parent


def read_codebook_files(home: Path) -> dict[str, str]:
    """Codebook files of a workspace by relative path; a folder that the workspace lacks comes from the defaults.

    Raises CatalogError for a file that cannot be read.
    """
    files: dict[str, str] = {}
    for folder in _FOLDERS:
        root = home if (home / folder).is_dir() else defaults()
        for path in sorted((root / folder).glob("*.yaml")):
            files[f"{folder}/{path.name}"] = _text(path)
    if not any(name.startswith("indicators/") for name in files):
        raise CatalogError(
            f"{home}/indicators: no indicator files", remedy="run `tracker init` to get the default ones"
        )
    return files


def codebook_version(files: Mapping[str, str], recogniser: str) -> str:
    """First 12 hex digits of the hash over all files and the recogniser's name and version."""
    digest = hashlib.sha256()
    for name in sorted(files):
        for part in (name, files[name]):
            data = part.encode()
            digest.update(len(data).to_bytes(8, "big") + data)
    digest.update(recogniser.encode())
    return digest.hexdigest()[:12]


def codebook_of(files: Mapping[str, str], recogniser: str = "") -> Codebook:
    """Parse and check a codebook. Raises CatalogError naming file, line, key and remedy."""
    documents = {name: parse(name, text) for name, text in sorted(files.items())}
    composites = _all(Composite, documents, "indicators/composites/")
    conflicts = _all(Conflict, documents, "conflicts/")
    indicators = _all(
        Indicator,
        {name: d for name, d in documents.items() if not name.startswith("indicators/composites/")},
        "indicators/",
    )
    codebook = Codebook(
        version=codebook_version(files, recogniser),
        indicators=indicators,
        composites=composites,
        conflicts=conflicts,
        recogniser=recogniser,
        files=dict(files),
    )
    check_codebook(codebook, documents)
    return codebook


def document_of(files: Mapping[str, str], folder: str, id_: str) -> Document:
    """The file of a definition, parsed again to say where in it a mistake stands. Raises KeyError for an unknown id."""
    for name, text in sorted(files.items()):
        if name.rpartition("/")[0] == folder:
            document = parse(name, text)
            if document.value.get("id") == id_:
                return document
    raise KeyError(id_)


def read_feeds(home: Path, codebook: Codebook | None = None) -> tuple[Feed, ...]:
    """Feeds of a workspace, or the default ones where it has no feeds.yaml.

    With a codebook, the workspace's feeds may name only conflicts and blocs that it or the program knows.
    """
    path = home / "feeds.yaml"
    if not path.is_file():
        return feeds_of(_text(defaults() / "feeds.yaml"))
    return feeds_of(_text(path), conflicts=countable(codebook) if codebook else ())


def countable(codebook: Codebook) -> tuple[Conflict, ...]:
    """Conflicts that a feed may name: those watched, and those that come with the program.

    Who ceases to watch one of the latter by removing its file need not mend every feed that names it.
    """
    here = {c.id for c in codebook.conflicts}
    shipped = {f"conflicts/{path.name}": path for path in (defaults() / "conflicts").glob("*.yaml")}
    rest = {name: parse(name, _text(path)) for name, path in shipped.items() if path.stem not in here}
    return codebook.conflicts + tuple(c for c in _all(Conflict, rest, "conflicts/") if c.id not in here)


def feeds_of(text: str, name: str = "feeds.yaml", conflicts: Sequence[Conflict] = ()) -> tuple[Feed, ...]:
    """Parse and check a list of feeds, against the conflicts where given. Raises CatalogError: line, key, remedy."""
    document = parse(name, text)
    items = document.value.get("feeds") if isinstance(document.value, dict) else None
    if not isinstance(items, list):
        raise document.error((), "should begin with `feeds:` and a list", remedy="see docs/collecting.md")
    feeds = []
    for index, item in enumerate(items):
        path = ("feeds", index)
        value: Any = dict(item) if isinstance(item, dict) else item
        if isinstance(value, dict):
            _known_keys(document, value, path)
        if isinstance(value, dict) and "every" in value:
            value["every_minutes"] = _minutes(document, value.pop("every"), (*path, "every"))
        feeds.append(build(Feed, document, value, path))
    check_feeds(feeds, document, conflicts)
    return tuple(feeds)


def _known_keys(document: Document, value: Mapping[Any, Any], path: tuple[str | int, ...]) -> None:
    """A mistyped key is answered with those that people write: `every`, and not the field behind it."""
    written = [f.name for f in fields(Feed) if f.name != "every_minutes"] + ["every"]
    for key in value:
        if key not in (*written, "every_minutes"):
            near = difflib.get_close_matches(str(key), written, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(written)}"
            raise document.error((*path, str(key)), "unknown key", remedy=remedy)


def _minutes(document: Document, value: object, path: tuple[str | int, ...]) -> int:
    match = _EVERY.fullmatch(str(value).strip())
    if match is None or int(match[1]) == 0:
        raise document.error(path, f"{value!r} is not a time between polls", remedy="write 30m, 2h or 1d")
    return int(match[1]) * _MINUTES[match[2]]


def _all(kind: type, documents: Mapping[str, Document], prefix: str) -> tuple[Any, ...]:
    found: list[Any] = [build(kind, d, d.value) for name, d in documents.items() if name.startswith(prefix)]
    return tuple(sorted(found, key=lambda item: item.id))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as broken:
        raise CatalogError(
            f"{path.name}: cannot be read: {broken}", remedy="check that it is a UTF-8 text file"
        ) from None
