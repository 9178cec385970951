"""A board → ripeness, readiness, costs of conversation, and composites that users define (codebook §7)."""

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from tracker.errors import CatalogError
from tracker.model.codebook import Codebook, Composite, Leg
from tracker.model.readings import Inputs, Reading, State
from tracker.readiness.balance import Array, unit, weighted_mean
from tracker.readiness.board import Board, board
from tracker.readiness.indicators import Interval, value_on, withheld_on

Groups: TypeAlias = Mapping[str, tuple[Leg, ...]]
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ripeness": ("stalemate", "way_out"),
        "readiness": ("motivation", "optimism"),
        "costs": ("affordability", "capability"),
        "mean": (),
        "geometric": (),
        "minimum": (),
    }
)
_NEEDS = {"mean": 0.6, "geometric": 1.0, "minimum": 1.0}


def check(composite: Composite, place: Callable[..., str] | None = None) -> None:
    """Raises CatalogError for a composite that is not one of the named forms over legs, saying what is possible.

    `place(*path)` says where in its file a key stands.
    """

    def fault(path: tuple[str | int, ...], problem: str, remedy: str) -> CatalogError:
        where = f"{place(*path)}: {'.'.join(map(str, path))}: " if place else ""
        return CatalogError(f"{where}composite {composite.id!r}{problem}", remedy=remedy)

    if composite.form not in GROUPS:
        raise fault(
            ("form",),
            f": {composite.form!r} is not a form. A composite is a named form over legs, so that a reader can "
            "redo it by hand; formulas of your own are not evaluated",
            f"use one of {', '.join(GROUPS)}",
        )
    if not composite.legs:
        raise fault(("legs",), " has no legs", "name at least one leg with source and weight")
    required = GROUPS[composite.form]
    found = {leg.group for leg in composite.legs}
    if required and found != set(required):
        odd = next((n for n, leg in enumerate(composite.legs) if leg.group not in required), None)
        raise fault(
            ("legs",) if odd is None else ("legs", odd),
            f": the form {composite.form!r} joins the groups {' and '.join(required)}, not {sorted(found)}",
            "give every leg one of these groups, or use the form mean, geometric or minimum",
        )
    unknown = sorted(set(composite.needs) - found)
    if unknown:
        raise fault(
            ("needs", unknown[0]), f": needs names {unknown}, which no leg belongs to", "name the groups of the legs"
        )
    opposed = next((n for n, leg in enumerate(composite.legs) if leg.of == "opponent"), None)
    if opposed is not None and composite.level == "conflict":
        problem = ": a composite of the whole conflict has no opponent"
        raise fault(("legs", opposed, "of"), problem, "write `of: own` or `of: weakest`")
    level = "conflict" if composite.form == "ripeness" else "party"
    if required and composite.level != level:
        raise fault(
            ("level",),
            f": the form {composite.form!r} is for the level {level}",
            "change the level, or use the form mean, geometric or minimum",
        )


def value_of(found: Board, composite: Composite, party: str | None) -> Array:
    """The composite on each day, 0-100, in whatever shape the board has; NaN where it is not assessable.

    Missing legs are never taken as 50: below the share of weight in `needs` there is no number.
    Raises CatalogError for a composite that is not one of the named forms, ValueError without the party it needs.
    """
    check(composite)
    if (party is None) != (composite.level == "conflict"):
        raise ValueError(f"{composite.id!r} is for {'the conflict' if composite.level == 'conflict' else 'a party'}")
    return _FORMS[composite.form](found, composite, party)


def leg_value(found: Board, leg: Leg, party: str | None) -> Array:
    """Balance of one leg, in (-1, 1), sign applied; NaN where it cannot be assessed.

    `weakest` is the lower of the two parties and needs both; for the whole conflict, `own` is the mean of those
    available.
    """
    if leg.of == "weakest":
        first, second = (_source(found, leg.source, p) for p in found.parties)
        return leg.sign * np.minimum(first, second)
    if party is None:
        return leg.sign * weighted_mean([_source(found, leg.source, p) for p in found.parties], [0.5, 0.5])
    own, other = (party, *(p for p in found.parties if p != party))
    return leg.sign * _source(found, leg.source, own if leg.of == "own" else other)


def _source(found: Board, source: str, party: str) -> Array:
    if source == "pressure":
        return found.pressure(party)
    if source.startswith("signal:"):
        return found.balance(source.removeprefix("signal:"), party)
    return value_on(found, found.codebook.indicator(source), party)


def _groups(composite: Composite) -> Groups:
    """Legs by group in file order; a leg without a group stands alone."""
    groups: dict[str, tuple[Leg, ...]] = {}
    for n, leg in enumerate(composite.legs):
        name = leg.group or f"{n}:{leg.source}"
        groups[name] = (*groups.get(name, ()), leg)
    return groups


def _mean(found: Board, legs: tuple[Leg, ...], party: str | None, needs: float) -> Array:
    return weighted_mean([leg_value(found, leg, party) for leg in legs], [leg.weight for leg in legs], needs)


def _ripeness(found: Board, composite: Composite, party: str | None) -> Array:
    """100·√(u(min over the parties of their stalemate) · u(way out)): both are necessary (codebook §7.1)."""
    groups = _groups(composite)
    first, second = (_mean(found, groups["stalemate"], p, composite.needs.get("stalemate", 0.6)) for p in found.parties)
    way_out = _mean(found, groups["way_out"], party, composite.needs.get("way_out", 0.6))
    return 100 * np.sqrt(unit(np.minimum(first, second)) * unit(way_out))


def _readiness(found: Board, composite: Composite, party: str | None) -> Array:
    """100·√(u(motivation) · u(optimism)) (codebook §7.2)."""
    groups = _groups(composite)
    motivation, optimism = (
        _mean(found, groups[name], party, composite.needs.get(name, 0.6)) for name in GROUPS["readiness"]
    )
    return 100 * np.sqrt(unit(motivation) * unit(optimism))


def _costs(found: Board, composite: Composite, party: str | None) -> Array:
    """100·(1 - u(affordability and capability)); higher is costlier (codebook §7.3).

    Affordability counts with the weight of its legs, and only where every indicator that holds one of its signals
    has evidence enough to be shown.
    """
    groups = _groups(composite)
    inner = _mean(found, groups["affordability"], party, composite.needs.get("affordability", 0.8))
    for indicator in found.codebook.indicators:
        if {f"signal:{s.id}" for s in indicator.signals} & {leg.source for leg in groups["affordability"]}:
            shown = value_on(found, indicator, party)
            inner = np.where(np.isnan(shown), np.nan, inner)
    legs = groups["capability"]
    values = [inner, *(leg_value(found, leg, party) for leg in legs)]
    weights = [sum(leg.weight for leg in groups["affordability"]), *(leg.weight for leg in legs)]
    return 100 * (1 - unit(weighted_mean(values, weights, composite.needs.get("capability", 0.75))))


def _plain(found: Board, composite: Composite, party: str | None) -> tuple[list[Array], list[float], float]:
    groups = _groups(composite)
    least = _NEEDS[composite.form]
    values = [_mean(found, legs, party, composite.needs.get(name, least)) for name, legs in groups.items()]
    return values, [sum(leg.weight for leg in legs) for legs in groups.values()], composite.needs.get("", least)


def _weighted(found: Board, composite: Composite, party: str | None) -> Array:
    """100·u(weighted mean of the legs)."""
    return 100 * unit(weighted_mean(*_plain(found, composite, party)))


def _geometric(found: Board, composite: Composite, party: str | None) -> Array:
    """100·Π u(leg)^(weight / Σ weights): none can buy another, so all are needed unless `needs` says otherwise."""
    values, weights, needs = _plain(found, composite, party)
    with np.errstate(divide="ignore"):
        logs = [np.log(unit(value)) for value in values]
    return 100 * np.exp(weighted_mean(logs, weights, needs))


def _minimum(found: Board, composite: Composite, party: str | None) -> Array:
    """100·u(the weakest leg); weights only say what must be available."""
    values, weights, needs = _plain(found, composite, party)
    gate = weighted_mean(values, weights, needs)
    lowest = np.fmin.reduce(np.broadcast_arrays(*values))
    return 100 * unit(np.where(np.isnan(gate), np.nan, lowest))


_FORMS: Mapping[str, Callable[[Board, Composite, str | None], Array]] = MappingProxyType(
    {
        "ripeness": _ripeness,
        "readiness": _readiness,
        "costs": _costs,
        "mean": _weighted,
        "geometric": _geometric,
        "minimum": _minimum,
    }
)


def readings(
    found: Board, composite: Composite, party: str | None, interval: Interval | None = None
) -> tuple[Reading, ...]:
    """One reading per day of the board: `ok`, `not-assessable` with the missing legs, or `withheld`."""
    value = value_of(found, composite, party)
    withheld = withheld_on(found)
    legs = [(_label(leg), leg_value(found, leg, party)) for leg in composite.legs]
    gates = _gates(found, composite, party)
    result = []
    for n, day in enumerate(found.days):
        state: State = "withheld" if withheld[n] else "not-assessable" if np.isnan(value[n]) else "ok"
        shown = state == "ok"
        sources = found.sources[n]
        result.append(
            Reading(
                subject=composite.id,
                conflict=found.conflict,
                party=party,
                day=day,
                state=state,
                value=float(value[n]) if shown else None,
                low=float(interval[0][n]) if shown and interval and not np.isnan(interval[0][n]) else None,
                high=float(interval[1][n]) if shown and interval and not np.isnan(interval[1][n]) else None,
                sources_observed=sources[0] if sources else None,
                sources_expected=sources[1] if sources else None,
                missing=tuple(name for name, values in [*legs, *gates] if np.isnan(values[n])),
                parts={name: float(values[n]) for name, values in legs if not np.isnan(values[n])} if shown else {},
            )
        )
    return tuple(result)


def _gates(found: Board, composite: Composite, party: str | None) -> list[tuple[str, Array]]:
    """Indicators that must have evidence enough although they are no leg: those behind the costs' signals."""
    if composite.form != "costs" or party is None:
        return []
    sources = {leg.source for leg in composite.legs if leg.group == "affordability"}
    behind = [i for i in found.codebook.indicators if {f"signal:{s.id}" for s in i.signals} & sources]
    return [(i.id, value_on(found, i, party)) for i in behind]


def _label(leg: Leg) -> str:
    """A leg's name in lists: its source, and whose it is unless its own.

    >>> _label(Leg(source="diplomatic_posture", weight=0.35, of="opponent"))
    'diplomatic_posture (opponent)'
    """
    return leg.source if leg.of == "own" else f"{leg.source} ({leg.of})"


def reading(inputs: Inputs, composite: Composite, party: str | None, day: date, codebook: Codebook) -> Reading:
    """One composite of one party (None for the whole conflict) on one day, without an interval."""
    return readings(board(inputs, codebook, (day,)), composite, party)[0]
