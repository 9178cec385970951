"""Dataclass → plain functions that check and write it as JSON values, and that read it back fast.

Encoders and decoders are generated once per class from its type hints, as `dataclasses` itself makes `__init__`:
a library that validates by walking a schema was measured at several times the cost of the read itself.
Encoders are strict (a fact of the wrong shape never enters the log); decoders trust what the chain vouches for.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from math import isfinite
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from tracker.model.events import AlertConfirmed, ArticleRecord, HappeningNoted, SignalReviewed
from tracker.model.signals import Evidence, Reject, Signal
from tracker.model.twins import twin

# Parts that may have to be forgotten: kept beside the log, the payload holds their number in `words`.
FORGETTABLE: Mapping[type, Mapping[str, str]] = {
    ArticleRecord: {"url": "url", "title": "title", "author": "author"},
    Evidence: {"quote": "quote", "before": "quote"},
    Signal: {"speaker": "speaker", "actor": "speaker", "target": "speaker", "third_party": "speaker"},
    Reject: {"quote": "quote"},
    HappeningNoted: {"title": "note", "url": "url", "by": "person"},
    SignalReviewed: {"reason": "note", "by": "person"},
    AlertConfirmed: {"by": "person", "reason": "note"},
}
NOTHING = -1  # the number of an empty part: the last of every list of words is ""


class Misfit(ValueError):
    """A value that does not fit its field; the message names the field."""


class _Forgotten(list[str]):
    """Words that were removed as a whole: every number means nothing any more."""

    def __getitem__(self, _number: Any) -> Any:
        return ""


FORGOTTEN: list[str] = _Forgotten()


class Inline(list[str]):
    """Words of an event from before one of its fields could be forgotten: that field holds its text itself."""

    def __getitem__(self, number: Any) -> Any:
        return number if isinstance(number, str) else super().__getitem__(number)


def encoder(cls: type) -> Callable[[Any, list[str]], dict[str, Any]]:
    """A function (value, words) → JSON object; forgettable parts are moved into `words`. It raises Misfit."""
    return _Writer().build(cls)


def decoder(cls: type) -> Callable[[dict[str, Any], list[str]], Any]:
    """A function (JSON object, words) → value; fields with a default may be absent."""
    return _Reader().build(cls)


def kinds(cls: type, payload: Mapping[str, Any]) -> dict[int, str]:
    """Number of each forgettable part in a payload → what kind of part it is."""
    found: dict[int, str] = {}
    hints = get_type_hints(cls)
    for field in fields(cls):
        value, kind = payload.get(field.name), FORGETTABLE.get(cls, {}).get(field.name)
        inner = hints[field.name]
        if kind is not None:
            if isinstance(value, int) and value != NOTHING:
                found[value] = kind
        elif is_dataclass(inner) and isinstance(inner, type) and value is not None:
            found |= kinds(inner, value)
        elif get_origin(inner) is tuple and is_dataclass(get_args(inner)[0]):
            for item in value or ():
                found |= kinds(get_args(inner)[0], item)
    return found


class _Writer:
    """Builds encoders; one per class, nested ones called by name."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {
            "check_str": _check_str,
            "check_int": _check_int,
            "check_float": _check_float,
            "check_bool": _check_bool,
            "check_moment": _check_moment,
            "check_date": _check_date,
            "check_literal": _check_literal,
            "check_ints": _check_ints,
            "misfit": _misfit,
        }
        self.built: dict[type, str] = {}

    def build(self, cls: type) -> Callable[[Any, list[str]], dict[str, Any]]:
        return self.scope[self._class(cls)]  # type: ignore[no-any-return]  # made by exec

    def _class(self, cls: type) -> str:
        if cls in self.built:
            return self.built[cls]
        name = self.built[cls] = f"write_{cls.__name__}"
        hints = get_type_hints(cls)
        forgettable = FORGETTABLE.get(cls, {})
        self.scope[f"c_{name}"] = cls
        lines = [
            f"def {name}(o, words):",
            f"    if type(o) is not c_{name}: misfit({cls.__name__!r}, o, {cls.__name__!r})",
        ]
        for field in fields(cls):
            where = f"{cls.__name__}.{field.name}"
            lines.append(f"    v_{field.name} = o.{field.name}")
            if field.name in forgettable:
                lines += [
                    f"    if type(v_{field.name}) is not str: v_{field.name} = check_str(v_{field.name}, {where!r})",
                    f"    if v_{field.name}:",
                    f"        words.append(v_{field.name})",
                    f"        v_{field.name} = len(words) - 1",
                    f"    else: v_{field.name} = {NOTHING}",
                ]
            else:
                lines += [f"    {line}" for line in self._field(f"v_{field.name}", hints[field.name], where)]
        body = ", ".join(f"{field.name!r}: v_{field.name}" for field in fields(cls))
        lines.append(f"    return {{{body}}}")
        _define(lines, self.scope)
        return name

    def _field(self, v: str, hint: Any, where: str) -> list[str]:
        """Statements that check `v` and turn it into what JSON can say."""
        plain = {str: "str", int: "int", float: "float", bool: "bool"}
        if hint in plain:
            kind = plain[hint]
            test = f"type({v}) is not {kind}"
            if hint is float:
                test += f" or {v} - {v} != 0.0"
            return [f"if {test}: {v} = check_{kind}({v}, {where!r})"]
        if hint is datetime:
            return [f"{v} = check_moment({v}, {where!r})"]
        if hint is date:
            return [f"if type({v}) is not date: check_date({v}, {where!r})"]
        origin, args = get_origin(hint), get_args(hint)
        if origin is Literal:
            allowed = f"l_{len(self.scope)}"
            self.scope[allowed] = frozenset(args)
            alike = f"type({v}) is not {type(args[0]).__name__} or "  # True equals 1
            return [f"if {alike}{v} not in {allowed}: check_literal({v}, {allowed}, {where!r})"]
        if origin in {Union, types.UnionType}:
            (inner,) = (a for a in args if a is not type(None))
            return [f"if {v} is not None:", *(f"    {line}" for line in self._field(v, inner, where))]
        if origin is tuple:
            return self._tuple(v, args, where)
        if origin is Mapping:
            item = self._field("x", args[1], f"{where}[…]")
            return [
                f"if not isinstance({v}, Mapping): misfit('a mapping', {v}, {where!r})",
                "pairs = {}",
                f"for k, x in {v}.items():",
                f"    if type(k) is not str: k = check_str(k, {where!r})",
                *(f"    {line}" for line in item),
                "    pairs[k] = x",
                f"{v} = pairs",
            ]
        if is_dataclass(hint) and isinstance(hint, type):
            return [f"{v} = {self._class(hint)}({v}, words)"]
        raise TypeError(f"{where}: no event may hold a {hint}")

    def _tuple(self, v: str, args: tuple[Any, ...], where: str) -> list[str]:
        refuse = f"if type({v}) is not tuple: misfit('a tuple', {v}, {where!r})"
        if args[-1] is not Ellipsis:
            return [
                refuse,
                f"if len({v}) != {len(args)}: misfit('{len(args)} items', {v}, {where!r})",
                f"check_ints({v}, {where!r})",
            ]
        if args[0] is int:
            return [refuse, f"if {v}: check_ints({v}, {where!r})"]
        if is_dataclass(args[0]) and isinstance(args[0], type):
            return [refuse, f"if {v}: {v} = [{self._class(args[0])}(x, words) for x in {v}]"]
        item = self._field("x", args[0], f"{where}[…]")
        return [
            refuse,
            f"if {v}:",
            "    items = []",
            f"    for x in {v}:",
            *(f"        {line}" for line in item),
            "        items.append(x)",
            f"    {v} = items",
        ]


class _Reader:
    """Builds decoders; a class's fast path takes every field from the payload, the slow one fills in defaults."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {"moment": datetime.fromisoformat, "day": date.fromisoformat}
        self.built: dict[type, str] = {}

    def build(self, cls: type) -> Callable[[dict[str, Any], list[str]], Any]:
        return self.scope[self._class(cls)]  # type: ignore[no-any-return]  # made by exec

    def _class(self, cls: type) -> str:
        if cls in self.built:
            return self.built[cls]
        name = self.built[cls] = f"read_{cls.__name__}"
        _define([f"def {name}(d0, words):", *self._fill(cls, 0), "    return o0"], self.scope)
        return name

    def _fill(self, cls: type, depth: int) -> list[str]:
        """Statements that make `o<depth>` from `d<depth>`; a dataclass held directly is filled in line."""
        name, o, d = cls.__name__, f"o{depth}", f"d{depth}"
        hints = get_type_hints(cls)
        self.scope |= {f"c_{name}": cls, f"t_{name}": twin(cls), f"d_{name}": _defaults(cls)}
        lines = [f"    {o} = t_{name}()", f"    if len({d}) != {len(fields(cls))}: {d} = d_{name} | {d}"]
        for field in fields(cls):
            hint, v = hints[field.name], f"{d}[{field.name!r}]"
            if field.name in FORGETTABLE.get(cls, {}):
                lines.append(f"    {o}.{field.name} = words[{v}]")
            elif isinstance(hint, type) and is_dataclass(hint):
                inner = self._fill(hint, depth + 1)
                lines += [f"    d{depth + 1} = {v}", *inner, f"    {o}.{field.name} = o{depth + 1}"]
            else:
                lines.append(f"    {o}.{field.name} = {self._value(v, hint)}")
        return [*lines, f"    {o}.__class__ = c_{name}"]

    def _value(self, v: str, hint: Any) -> str:
        """The expression that turns the JSON value `v` into the field's."""
        if hint in {str, int, bool, float} or get_origin(hint) is Literal:
            return v
        if hint is datetime:
            return f"moment({v})"
        if hint is date:
            return f"day({v})"
        origin, args = get_origin(hint), get_args(hint)
        if origin in {Union, types.UnionType}:
            (inner,) = (a for a in args if a is not type(None))
            value = self._value("x", inner)
            return v if value == "x" else f"(None if (x := {v}) is None else {value})"
        if origin is tuple:
            value = self._value("x", args[0])
            return f"tuple({v})" if value == "x" else f"tuple([{value} for x in {v}])"
        if origin is Mapping:
            value = self._value("x", args[1])
            return v if value == "x" else f"{{k: {value} for k, x in {v}.items()}}"
        return f"{self._class(hint)}({v}, words)"


def _defaults(cls: type) -> dict[str, Any]:
    """What an absent field means, as JSON would say it."""
    found: dict[str, Any] = {}
    for field in fields(cls):
        value = _default(field)
        if value is not MISSING:
            found[field.name] = NOTHING if field.name in FORGETTABLE.get(cls, {}) and value == "" else value
    return found


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _define(lines: list[str], scope: dict[str, Any]) -> None:
    scope.setdefault("date", date)
    scope.setdefault("Mapping", Mapping)
    exec("\n".join(lines), scope)  # noqa: S102 -- our own text from our own type hints, as dataclasses does


def _misfit(wanted: str, value: Any, where: str) -> None:
    raise Misfit(f"{where} must be {wanted}, not {value!r:.80}")


def _check_str(value: Any, where: str) -> str:
    if not isinstance(value, str):
        _misfit("text", value, where)
    return str(value)


def _check_int(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        _misfit("a whole number", value, where)
    return int(value)


def _check_float(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        _misfit("a finite number", value, where)
    return float(value)


def _check_bool(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        _misfit("true or false", value, where)
    return bool(value)


def _check_moment(value: Any, where: str) -> datetime:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        _misfit("a moment with a time zone", value, where)
    return value  # type: ignore[no-any-return]  # just checked


def _check_date(value: Any, where: str) -> None:
    if not isinstance(value, date) or isinstance(value, datetime):
        _misfit("a calendar day", value, where)


def _check_literal(value: Any, allowed: frozenset[Any], where: str) -> None:
    _misfit(f"one of {sorted(map(str, allowed))}", value, where)


def _check_ints(value: tuple[Any, ...], where: str) -> None:
    if set(map(type, value)) != {int}:
        _misfit("whole numbers", value, where)
