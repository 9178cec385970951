"""YAML text → plain values with a line for every key, refusing what a configuration file has no use for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tracker.errors import CatalogError

MAX_BYTES = 1_000_000  # a codebook file of this house is below 100 kB
Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A parsed file: its name for messages, its values, and the line on which each key path stands."""

    name: str
    value: Any
    lines: Mapping[Path_, int]

    def error(self, path: Iterable[str | int], problem: str, *, remedy: str = "") -> CatalogError:
        """An error that names file, line, key and remedy."""
        where = tuple(path)
        key = ".".join(str(part) for part in where)
        return CatalogError(f"{self.place(where)}: {key + ': ' if key else ''}{problem}", remedy=remedy)

    def place(self, path: Path_) -> str:
        """File and line of a key, or of the nearest key above it."""
        line = next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), 1)
        return f"{self.name}:{line}"


def parse(name: str, text: str) -> Document:
    """Read one YAML document.

    Raises CatalogError for broken YAML, aliases, tags, values that do not exist, repeated keys and files over 1 MB.
    """
    if len(text.encode()) > MAX_BYTES:
        raise CatalogError(f"{name}: is larger than {MAX_BYTES:,} bytes", remedy="split it, or check what it is")
    try:
        for token in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.AliasEvent):
                start: Any = token.start_mark
                raise CatalogError(
                    f"{name}:{start.line + 1}: YAML aliases (*name) are not accepted",
                    remedy="write the value out",
                )
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None:
            return Document(name=name, value={}, lines={(): 1})
        lines: dict[Path_, int] = {}
        constructor = _Constructor("")
        _walk(Document(name=name, value=None, lines=lines), root, (), lines, constructor)
        return Document(name=name, value=constructor.construct_document(root), lines=lines)
    except yaml.YAMLError as broken:
        mark: Any = getattr(broken, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(broken, "problem", None) or str(broken)
        raise CatalogError(
            f"{name}:{line}: not valid YAML: {problem}", remedy="mend the line, or the one above"
        ) from None
    except RecursionError:
        raise CatalogError(f"{name}: is nested too deeply", remedy="flatten it") from None


class _Constructor(yaml.SafeLoader):
    """Builds safe values from composed nodes."""


def _walk(here: Document, node: yaml.Node, path: Path_, lines: dict[Path_, int], constructor: _Constructor) -> None:
    """Note the line of every key, and refuse what no value can be made of while its place is known."""
    lines.setdefault(path, node.start_mark.line + 1)
    _check(here, node, path, constructor)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            where = (*path, str(key.value))
            if where in lines:
                raise CatalogError(
                    f"{here.name}:{key.start_mark.line + 1}: {'.'.join(map(str, where))}: the key stands twice",
                    remedy="keep one of them",
                )
            lines[where] = key.start_mark.line + 1
            _check(here, key, where, constructor)
            _walk(here, value, where, lines, constructor)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(here, item, (*path, index), lines, constructor)


def _check(here: Document, node: yaml.Node, path: Path_, constructor: _Constructor) -> None:
    kind = node.tag.removeprefix("tag:yaml.org,2002:")
    if kind not in _KINDS:
        tag = "=" if kind == "value" else f"!!{kind}" if kind != node.tag else node.tag
        raise here.error(path, f"{tag[:60]} means nothing here", remedy="write the plain value, quoted if it is text")
    if isinstance(node, yaml.ScalarNode) and kind in _READ:
        try:
            constructor.construct_object(node)
        except (ValueError, OverflowError, KeyError, AttributeError, TypeError, yaml.YAMLError) as broken:
            shown = node.value[:60]
            reason = f": {broken}" if isinstance(broken, ValueError) and len(str(broken)) < 80 else ""
            problem = f"{shown!r} is no {_READ[kind]}{reason}"
            raise here.error(path, problem, remedy="mend it, or put it in quotation marks if it is text") from None


_READ = {"bool": "true or false", "int": "whole number", "float": "number", "timestamp": "day of the calendar"}
_KINDS = frozenset({*_READ, "null", "str", "seq", "map", "merge"})
