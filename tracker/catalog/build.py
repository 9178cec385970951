"""Plain values → frozen dataclasses of the vocabulary, by their type hints and nothing else."""

import dataclasses
import difflib
import types
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from tracker.catalog.documents import Document, Path_

T = TypeVar("T")
_HINTS: dict[type, dict[str, Any]] = {}


def build(kind: type[T], document: Document, value: Any, path: Path_ = ()) -> T:
    """Make a dataclass from a mapping. Raises CatalogError for unknown, missing or wrongly typed keys."""
    if not isinstance(value, Mapping):
        raise document.error(path, f"should be a mapping with the keys of {kind.__name__}", remedy="see docs")
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]  # callers pass dataclasses
    for key in value:
        if key not in fields:
            near = difflib.get_close_matches(str(key), fields, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(fields)}"
            raise document.error((*path, str(key)), "unknown key", remedy=remedy)
    hints = _HINTS.setdefault(kind, get_type_hints(kind))
    given = {}
    for name, f in fields.items():
        if name in value:
            given[name] = convert(hints[name], document, value[name], (*path, name))
        elif f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING:
            raise document.error(path, f"the key {name!r} is missing", remedy=f"add `{name}: …`")
    return kind(**given)


def convert(hint: Any, document: Document, value: Any, path: Path_) -> Any:
    """One value by one hint: str, int, float, bool, date, Literal, X | None, tuple[X, ...], Mapping, dataclass."""
    origin = get_origin(hint)
    if hint is Any:
        return value
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return build(hint, document, value, path)
    if origin in (Union, types.UnionType):
        return _optional(hint, document, value, path)
    if origin is Literal:
        if value not in get_args(hint) or isinstance(value, bool):
            choices = ", ".join(map(str, get_args(hint)))
            raise document.error(path, f"{value!r} is not one of: {choices}", remedy="choose one of them")
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise document.error(path, f"should be a list, not {value!r}", remedy="write `- item` lines or [a, b]")
        item = get_args(hint)[0]
        return tuple(convert(item, document, entry, (*path, index)) for index, entry in enumerate(value))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise document.error(path, f"should be a mapping, not {value!r}", remedy="write `key: value` lines")
        inner = get_args(hint)[1]
        return {str(key): convert(inner, document, entry, (*path, str(key))) for key, entry in value.items()}
    return _scalar(hint, document, value, path)


def _optional(hint: Any, document: Document, value: Any, path: Path_) -> Any:
    if value is None:
        return None
    (inner,) = (arg for arg in get_args(hint) if arg is not type(None))
    return convert(inner, document, value, path)


def _scalar(hint: Any, document: Document, value: Any, path: Path_) -> Any:
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if hint is date and isinstance(value, datetime):
        raise document.error(path, "should be a day without a time", remedy="write 2022-02-24")
    if isinstance(value, hint) and (hint is bool or not isinstance(value, bool)):
        return value
    remedy = "put it in quotation marks" if hint is str else f"write a {_NAMES.get(hint, hint.__name__)}"
    raise document.error(path, f"should be a {_NAMES.get(hint, hint.__name__)}, not {value!r}", remedy=remedy)


_NAMES = {str: "text", int: "whole number", float: "number", bool: "true or false", date: "day"}
