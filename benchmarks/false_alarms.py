"""How many alerts a year would come of chance and of misreading alone, under the settings in force.

    python benchmarks/false_alarms.py [--years 40] [--seed 7] [--kinds surge,turn,first]

News without any change: 72 signals, parties and directions, each with its own steady rate between 0.1 and 8 stories
a week, in three blocs with 420 conflict stories a week that vary by a fifth; one story in five carries a leader's or
official's own act. Counts are Poisson, or overdispersed (variance = mean + mean²/4) as news are. Of surges the full
rule is compared with its parts; turns are looked for in the same news. Firsts and breaks rest on single records, so
what is simulated is misreading: nothing of the kind happens, and sentences are misread as it at a steady rate.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from tracker.model.codebook import Codebook, Conflict, Indicator, Party, SignalDefinition
from tracker.model.evidence import EvidenceRecord
from tracker.model.readings import Alert, DailyCount, DailyCoverage, Inputs, StorySignal
from tracker.readiness.alerts import turn_days, turns
from tracker.readiness.approximation import from_counts
from tracker.readiness.firsts import BREAKS, RARE, breaks, firsts
from tracker.readiness.surges import SETTINGS, AlertSettings, surges
from tracker.testing import a_signal

BLOCS = ("wires", "third-country", "aligned-aaa")
PARTIES = ("AAA", "BBB")
MONDAY = date(2020, 1, 6)
RULES = {
    "z > 3 alone": replace(
        SETTINGS, least_count=0, certainty=-1.0, least_blocs=0, false_discovery=1e9, cool_down_weeks=0
    ),
    "and three stories": replace(SETTINGS, certainty=-1.0, least_blocs=0, false_discovery=1e9, cool_down_weeks=0),
    "and twice the rate": replace(SETTINGS, least_blocs=0, false_discovery=1e9, cool_down_weeks=0),
    "and two blocs or a leader": replace(SETTINGS, false_discovery=1e9, cool_down_weeks=0),
    "and Benjamini-Hochberg": replace(SETTINGS, cool_down_weeks=0),
    "and the cool-down: the rule in force": SETTINGS,
}  # fmt: skip


def codebook(signals: int = 18, names: Sequence[str] = ()) -> Codebook:
    """As many signals as the shipped codebook has, or these."""
    made = tuple(
        SignalDefinition(
            id=name, title="", definition="", theory="", weight=1.0, half_life_days=30, polarity={},
            modes=(), intensity="",
        )
        for name in names or [f"signal-{n}" for n in range(signals)]
    )  # fmt: skip
    indicator = Indicator(id="all", title="", question="", theory="", level="party", status="trial", signals=made)
    parties = tuple(Party(id=p, name=p) for p in PARTIES)
    conflict = Conflict(id="null", title="", description="", started=MONDAY, parties=parties)
    return Codebook(version="null", indicators=(indicator,), composites=(), conflicts=(conflict,))


def history(years: int, seed: int, *, overdispersed: bool, book: Codebook) -> tuple[list, list, list]:
    """Per week: rows of counts, rows of coverage, story signals of leaders."""
    rng = np.random.default_rng(seed)
    tests = [(p, s.id, sign) for s in book.indicators[0].signals for p in PARTIES for sign in (1, -1)]
    rates = np.geomspace(0.1, 8.0, len(tests))
    rng.shuffle(rates)
    counts, coverage, leaders = [], [], []
    for week in range(52 * years + 11):
        day = MONDAY + timedelta(weeks=week)
        volume = min(max(float(rng.normal(1, 0.2)), 0.4), 2.0)
        coverage.append([DailyCoverage(bloc=b, day=day, stories=round(140 * volume)) for b in BLOCS])
        mean = rates * volume
        if overdispersed:
            mean = mean * rng.gamma(4, 1 / 4, len(tests))
        found, acts = [], []
        for (party, signal, sign), total in zip(tests, rng.poisson(mean), strict=True):
            for bloc, number in zip(BLOCS, rng.multinomial(total, [1 / 3] * 3), strict=True):
                if number:
                    plus, minus = (int(number), 0) if sign > 0 else (0, int(number))
                    found.append(
                        DailyCount(
                            party=party, signal=signal, channel="direction", bloc=bloc, day=day, plus=plus,
                            minus=minus, plus_stories=plus, minus_stories=minus,
                        )
                    )  # fmt: skip
            if rng.random() > 0.8**total:
                acts.append(
                    StorySignal(
                        conflict="null", party=party, signal=signal, channel="direction", story="s", bloc="wires",
                        day=day, plus=1.0, minus=0.0, owners=(), outlets=(), leader=True,
                    )
                )  # fmt: skip
        counts.append(found)
        leaders.append(acts)
    return counts, coverage, leaders


def false_alarms(years: int, seed: int, settings: AlertSettings, *, overdispersed: bool) -> float:
    """Alerts a year on such news."""
    book = codebook()
    counts, coverage, leaders = history(years, seed, overdispersed=overdispersed, book=book)
    raised: list[Alert] = []
    for week in range(10, len(counts) - 1):
        inputs = Inputs(
            conflict="null",
            counts=tuple(row for rows in counts[week - 10 : week + 1] for row in rows),
            coverage=tuple(row for rows in coverage[week - 10 : week + 1] for row in rows),
            presence=(),
        )
        monday = MONDAY + timedelta(weeks=week)
        raised += surges(inputs, leaders[week], book, monday, settings=settings, previous=raised[-20:])
    return len(raised) / years


def false_turns(years: int, seed: int, settings: AlertSettings, *, overdispersed: bool) -> float:
    """Turns a year on such news; intervals from the daily counts, as in archives."""
    book = codebook()
    counts, coverage, leaders = history(years + 1, seed, overdispersed=overdispersed, book=book)
    raised: list[Alert] = []
    for week in range(52, 52 * (years + 1)):
        inputs = Inputs(
            conflict="null",
            counts=tuple(row for rows in counts[week - 40 : week + 1] for row in rows),
            coverage=tuple(row for rows in coverage[week - 40 : week + 1] for row in rows),
            presence=(),
        )
        monday = MONDAY + timedelta(weeks=week)
        drawn = from_counts(inputs, book, turn_days(monday))
        raised += turns(
            inputs, book, monday, drawn, week_signals=leaders[week], settings=settings, previous=raised[-20:]
        )
    return len(raised) / years


def misread(rate: float, years: int, seed: int) -> dict[str, float]:
    """Firsts and breaks a year when so many sentences a week are misread as each rare kind, three blocs alike."""
    rng = np.random.default_rng(seed)
    book = codebook(names=sorted({*RARE, *BREAKS}))
    weeks = 52 * years + 30
    records = {
        "first": [_records(rng, signal, RARE_LIKE[signal], rate, weeks) for signal in sorted(RARE)],
        "break": [_records(rng, signal, {"polarity": -1, "intensity": 3}, rate, weeks) for signal in sorted(BREAKS)],
    }
    coverage = tuple(DailyCoverage(bloc="wires", day=MONDAY + timedelta(weeks=w), stories=140) for w in range(weeks))
    found = {}
    for kind, look in (("first", firsts), ("break", breaks)):
        everything = sorted((r for some in records[kind] for r in some), key=lambda r: r.story_day)
        raised: list[Alert] = []
        for week in range(30, weeks):
            monday = MONDAY + timedelta(weeks=week)
            near = [r for r in everything if monday - timedelta(days=190) <= r.story_day < monday + timedelta(days=7)]
            inputs = Inputs(conflict="null", counts=(), coverage=coverage[: week + 1], presence=())
            raised += look(near, inputs, book, monday, previous=raised[-20:])
        found[kind] = round(len(raised) / years, 2)
    return found


RARE_LIKE = {
    "back_channel": {"intensity": 2},
    "mediation_offer": {"mode": "accepted"},
    "negotiation_openness": {"mode": "legal_ban"},
    "talks_activity": {"mode": "ceasefire"},
}


def _records(
    rng: np.random.Generator, signal: str, like: dict[str, object], rate: float, weeks: int
) -> list[EvidenceRecord]:
    found = []
    for week in range(weeks):
        for _ in range(rng.poisson(rate)):
            own = rng.random() < 0.2
            told = a_signal(signal=signal, conflict="null", locus=str(rng.choice([*PARTIES, "ALL"])), **like)
            told = replace(
                told, speaker_class="leader" if own else "narration", speaker_side="self" if own else "media"
            )
            day, bloc = MONDAY + timedelta(days=7 * week + int(rng.integers(7))), str(rng.choice(BLOCS))
            found.append(
                EvidenceRecord(
                    signal=told, article=str(len(found)), revision=0, title="", url="", outlet="", owner="", bloc=bloc,
                    language="en", published_at=None, story=f"{signal}-{len(found)}", story_day=day, story_bloc=bloc,
                    story_owners=("o",), position=0,
                )
            )  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--years", type=int, default=40)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kinds", default="surge,turn,first")
    options = parser.parse_args()
    if "turn" in options.kinds:
        found = {
            kind: round(false_turns(options.years, options.seed, SETTINGS, overdispersed=kind != "poisson"), 2)
            for kind in ("poisson", "overdispersed")
        }
        print(json.dumps({"kind": "turn", "false alarms a year": found}), flush=True)
    if "first" in options.kinds:
        for rate in (0.02, 0.1, 0.5):
            told = {"misread sentences a week of each kind": rate, **misread(rate, options.years, options.seed)}
            print(json.dumps(told), flush=True)
    for name, settings in RULES.items() if "surge" in options.kinds else ():
        found = {
            kind: round(false_alarms(options.years, options.seed, settings, overdispersed=kind != "poisson"), 2)
            for kind in ("poisson", "overdispersed")
        }
        print(json.dumps({"rule": name, "false alarms a year": found}), flush=True)


if __name__ == "__main__":
    main()
