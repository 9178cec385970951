"""How many alerts of the kind surge a year would come of chance alone, under the settings in force.

    python benchmarks/false_alarms.py [--years 40] [--seed 7]

News without any change: 72 signals, parties and directions, each with its own steady rate between 0.1 and 8 stories
a week, in three blocs with 420 conflict stories a week that vary by a fifth; one story in five carries a leader's or
official's own act. Counts are Poisson, or overdispersed (variance = mean + mean²/4) as news are. The full rule is
compared with its parts.
"""

import argparse
import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from tracker.model.codebook import Codebook, Conflict, Indicator, Party, SignalDefinition
from tracker.model.readings import Alert, DailyCount, DailyCoverage, Inputs, StorySignal
from tracker.readiness.surges import SETTINGS, AlertSettings, surges

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


def codebook(signals: int = 18) -> Codebook:
    """As many signals as the shipped codebook has."""
    made = tuple(
        SignalDefinition(
            id=f"signal-{n}", title="", definition="", theory="", weight=1.0, half_life_days=30, polarity={},
            modes=(), intensity="",
        )
        for n in range(signals)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--years", type=int, default=40)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    for name, settings in RULES.items():
        found = {
            kind: round(false_alarms(options.years, options.seed, settings, overdispersed=kind != "poisson"), 2)
            for kind in ("poisson", "overdispersed")
        }
        print(json.dumps({"rule": name, "false alarms a year": found}), flush=True)


if __name__ == "__main__":
    main()
