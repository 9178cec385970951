"""The records behind a reading, with what each adds; their sums give the number back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isnan

from tracker.digest.view import Weighed
from tracker.errors import QuestionError
from tracker.model.codebook import Codebook, Indicator, SignalDefinition
from tracker.model.evidence import EvidenceRecord
from tracker.model.readings import Reading
from tracker.model.signals import ALL
from tracker.questions.history import REACH, history, measured
from tracker.questions.lists import known_conflict, known_party
from tracker.questions.standpoint import Standpoint
from tracker.readiness import weights
from tracker.readiness.balance import MIN_BLOC_STORIES, decay
from tracker.readiness.errors_of_reading import Misreading, Quality
from tracker.readiness.prevalence import Prevalence, prevalence

TOO_FAINT = 1e-4  # a record this faded moves no printed digit; it is left out of lists, not of sums


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSum:
    """One signal of the explained indicator: all that its balance can be computed from again.

    A rate is the plain mean over the usable blocs of decayed weights / stories, and
    balance = (plus_rate - minus_rate) / (plus_rate + minus_rate + ρ + κ / N), N being the stories of the usable blocs.
    """

    signal: str
    weight: float
    plus: Mapping[str, float]  # bloc -> sum of decayed story weights
    minus: Mapping[str, float]
    stories: Mapping[str, float]  # bloc -> decayed stories on the conflict, whatever they say
    balance: float | None  # None, as are the rates, without a usable bloc
    plus_rate: float | None
    minus_rate: float | None

    @property
    def usable(self) -> tuple[str, ...]:
        """The blocs that are heard: those with at least ten decayed stories."""
        return tuple(bloc for bloc, stories in self.stories.items() if stories >= MIN_BLOC_STORIES)

    @property
    def usable_stories(self) -> float:
        """N, the decayed stories of the usable blocs."""
        return sum(self.stories[bloc] for bloc in self.usable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A reading with every record that it rests on, strongest first."""

    reading: Reading
    codebook: str
    as_of: int
    sums: tuple[SignalSum, ...]
    records: tuple[Weighed, ...]
    prevalence: Prevalence | None  # None without coverage
    misreading: Misreading | None  # what the correction rests on; None where nothing was measured


def explain(
    view: Standpoint,
    subject: str,
    *,
    conflict: str,
    party: str,
    day: date | None = None,
    intervals: bool = True,
    quality: Quality | None = None,
) -> Explanation:
    """The records behind one indicator of one party on one day (default: the day of the standpoint).

    Counted contributions of a signal, summed by sign and bloc, are `sums`; a test holds them against the board.
    Prevalence is corrected when `quality` was measured with the recogniser of the standpoint's codebook.
    Raises QuestionError for composites (explain their legs) and for unknown names.
    """
    registered = known_conflict(view.codebook, conflict)
    chosen = known_party(registered, party)
    try:
        indicator = view.codebook.indicator(subject)
    except KeyError:
        raise _no_indicator(view.codebook, subject) from None
    on = day or view.at.date()
    told = history(view, subject, conflict=conflict, party=chosen, since=on, until=on, every="day", intervals=intervals)
    records = weighed(view, indicator, conflict, chosen, on)
    board, _ = measured(view, conflict, (on,), (subject,), intervals=False)
    sums = []
    for definition in indicator.signals:
        mine = [w for w in records if w.counted and w.record.signal.signal == definition.id]
        key = (chosen, definition.id, "direction")
        found = board.measures[key]
        sums.append(
            SignalSum(
                signal=definition.id,
                weight=definition.weight,
                plus=_by_bloc(mine, 1, view.codebook, conflict),
                minus=_by_bloc(mine, -1, view.codebook, conflict),
                stories={bloc: float(n) for bloc, n in zip(board.blocs, board.stories[key][0], strict=True) if n > 0},
                balance=_number(found.balance[0]),
                plus_rate=_number(found.plus_rate[0]),
                minus_rate=_number(found.minus_rate[0]),
            )
        )
    shown = tuple(sorted(records, key=lambda w: (not w.counted, -abs(w.contribution), w.record.signal.key)))
    misread = None
    if quality is not None and quality.recogniser == view.codebook.recogniser:
        misread = quality.indicators.get(indicator.id)
    return Explanation(
        reading=told.points[-1],
        codebook=told.codebook,
        as_of=told.as_of,
        sums=tuple(sums),
        records=shown,
        prevalence=prevalence(
            view.inputs(conflict, on - REACH, on, [s.id for s in indicator.signals]),
            view.codebook,
            indicator,
            chosen,
            on,
            sensitivity=misread.sensitivity if misread is not None and misread.enough else None,
            specificity=misread.specificity if misread is not None and misread.enough else None,
        ),
        misreading=misread,
    )


def weighed(view: Standpoint, indicator: Indicator, conflict: str, party: str, on: date) -> tuple[Weighed, ...]:
    """Every record on an indicator that concerns a party, up to a day, with its factors and whether it counts."""
    since = on - timedelta(days=20 * max(s.half_life_days for s in indicator.signals))
    found = view.evidence(conflict, since, on, signals=[s.id for s in indicator.signals], party=party)
    return weigh(found, view.codebook, on)


def weigh(found: Sequence[EvidenceRecord], codebook: Codebook, on: date) -> tuple[Weighed, ...]:
    """Factors and contribution of each record on a day; of a story, only the strongest of either sign counts.

    Records that concern both parties count for each of them alike, so they are weighed once.
    """
    of = {s.id: (i, s) for i in codebook.indicators for s in i.signals}
    best: dict[tuple[str, str, str, int, bool], tuple[float, str]] = {}
    products: list[tuple[EvidenceRecord, Indicator, SignalDefinition, dict[str, float], float]] = []
    for record in found:
        if record.signal.signal not in of:
            continue
        indicator, definition = of[record.signal.signal]
        factors = _factors(record, definition, on)
        product = 1.0
        for factor in factors.values():
            product *= factor
        products.append((record, indicator, definition, factors, product))
        if not why_not(record, definition):
            for locus in _loci(record, codebook):
                key = (record.story, record.signal.signal, locus, record.signal.polarity, _pressure(record, definition))
                best[key] = max(best.get(key, (0.0, "")), (product, _name(record)))
    result = []
    for record, indicator, definition, factors, product in products:
        reason = why_not(record, definition)
        if not reason:
            keys = [
                (record.story, record.signal.signal, locus, record.signal.polarity, _pressure(record, definition))
                for locus in _loci(record, codebook)
            ]
            if not any(best.get(key) == (product, _name(record)) for key in keys):
                reason = "a stronger record of the same story stands for it"
            elif record.story_day is not None and record.story_day > on:
                reason = "published later"
        result.append(
            Weighed(
                record=record,
                indicator=indicator.id,
                contribution=0.0 if reason else product * record.signal.polarity,
                factors=factors,
                counted=not reason,
                why_not=reason,
            )
        )
    return tuple(result)


def why_not(record: EvidenceRecord, definition: SignalDefinition) -> str:
    """Why a record counts nowhere in its indicator, whatever else its story holds; empty when it may count."""
    if record.review in ("rejected", "withdrawn"):
        return f"{record.review} on review"
    if record.story_day is None:
        return "its date is not known"
    if record.signal.polarity == 0:
        return "it has no direction"
    if _pressure(record, definition):
        return "it counts as pressure, in the motivation of readiness"
    return ""


def _pressure(record: EvidenceRecord, definition: SignalDefinition) -> bool:
    return record.signal.mode in definition.motivation_modes


def _loci(record: EvidenceRecord, codebook: Codebook) -> tuple[str, ...]:
    if record.signal.locus != ALL:
        return (record.signal.locus,)
    return tuple(p.id for p in codebook.conflict(record.signal.conflict).parties)


def _factors(record: EvidenceRecord, definition: SignalDefinition, on: date) -> dict[str, float]:
    """The product of these is the decayed, corroborated record weight (codebook §3.5, §6.2)."""
    signal = record.signal
    base = weights.base_weight(signal, definition, len(record.story_owners))
    parts = {
        "class": weights.SPEAKER[signal.speaker_class],
        "factuality": weights.FACTUALITY[signal.factuality],
        "intensity": weights.INTENSITY[signal.intensity],
    }
    if signal.layers:
        parts["layers"] = weights.LAYER**signal.layers
    if signal.unit == "headline":
        parts["headline"] = weights.HEADLINE
    rest = 1.0
    for factor in parts.values():
        rest *= factor
    factors = {"class": parts.pop("class"), "side": base / rest if rest else 0.0} | parts
    factors["rule"] = signal.probability
    factors["corroboration"] = weights.corroboration(len(record.story_owners))
    age = (on - record.story_day).days if record.story_day else 0
    factors["decay"] = decay(age, definition.half_life_days) if age >= 0 else 0.0
    return factors


def _no_indicator(codebook: Codebook, subject: str) -> QuestionError:
    for composite in codebook.composites:
        if composite.id == subject:
            legs = ", ".join(
                f"{leg.sign * leg.weight:g} × {'' if leg.of == 'own' else leg.of + ' '}{leg.source}"
                for leg in composite.legs
            )
            return QuestionError(
                f"{subject!r} is a composite, which is explained by its legs: {legs}",
                remedy="ask for the indicator of a leg (of the opponent, with the opponent's --party)",
            )
    known = ", ".join(i.id for i in codebook.indicators)
    return QuestionError(f"{subject!r} is no indicator", remedy=f"ask for one of {known}")


def _by_bloc(records: Sequence[Weighed], sign: int, codebook: Codebook, conflict: str) -> dict[str, float]:
    sums: dict[str, float] = {}
    for w in records:
        if w.record.signal.polarity == sign:
            bloc = weights.bloc_in(codebook, conflict, w.record.story_bloc)
            sums[bloc] = sums.get(bloc, 0.0) + abs(w.contribution)
    return dict(sorted(sums.items()))


def _number(value: float) -> float | None:
    return None if isnan(value) else float(value)


def _name(record: EvidenceRecord) -> str:
    return f"{record.article}:{record.signal.key}"
