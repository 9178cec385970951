"""Raw coded signals by chance, what counting makes of them (docs/method.md §1-2), and the same asked of DuckDB.

A record is one coded sentence: its story (with day, bloc and number of independent owners), signal, party, sign, the
outlet that wrote it, and the five factors of its weight. Records stand in the order of their days, as a log has them.
DuckDB is given an easy task: the factors are columns instead of codes to look up, the story's day, bloc and owners
stand on every record instead of being counted from the articles that carry it, nothing is indexed by party or review,
squares for intervals are not asked for, and answers are fetched as numpy columns.
"""

import time
from pathlib import Path
from statistics import median

import numpy as np

from tracker.readiness.weights import CORROBORATION_CAP, CORROBORATION_STEP, FACTUALITY, INTENSITY, SIDE, SPEAKER

try:
    import duckdb
except ImportError:  # an optional yardstick
    duckdb = None

PER_STORY = 3  # records of a story, on average
OUTLETS = 150
FACTORS = ("speaker", "side", "factuality", "intensity", "precision")
Columns = dict[str, np.ndarray]


def make(count: int, *, days: int, signals: int, blocs: int) -> Columns:
    """So many records; those of one story mostly speak of one signal and party, as copies and rewrites do."""
    rng = np.random.default_rng(1)
    stories = max(count // PER_STORY, 1)
    story = np.sort(rng.integers(0, stories, count, dtype=np.int32))

    def of_story(values: np.ndarray, others: np.ndarray, share: float) -> np.ndarray:
        return np.where(rng.random(count) < share, values[story], others)

    def factor(table: list[float]) -> np.ndarray:
        return rng.choice(np.array(table, dtype=np.float32), count)

    signal = of_story(rng.integers(0, signals, stories), rng.integers(0, signals, count), 0.7).astype(np.int8)
    return {
        "story": story,
        "day": (story.astype(np.int64) * days // stories).astype(np.int16),
        "bloc": rng.integers(0, blocs, stories, dtype=np.int8)[story],
        "owners": np.minimum(rng.geometric(0.5, stories), 40).astype(np.int8)[story],
        "signal": signal,
        "party": of_story(rng.integers(0, 2, stories), rng.integers(0, 2, count), 0.7).astype(np.int8),
        "plus": of_story(rng.random(stories) < 0.6, rng.random(count) < 0.6, 0.8),
        "outlet": (OUTLETS * rng.random(count) ** 3).astype(np.int16),
        "speaker": factor(list(SPEAKER.values())),
        "side": factor(list(SIDE.values())),
        "factuality": factor(list(FACTUALITY.values())),
        "intensity": factor(list(INTENSITY.values())),
        "precision": factor([0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]),
    }


def strongest(raw: Columns) -> Columns:
    """One row a story, signal, party and sign, in this order: the strongest record, times the corroboration."""
    weight = np.ones(len(raw["story"]))
    for name in FACTORS:
        weight *= raw[name]
    key = ((raw["story"].astype(np.int64) * 128 + raw["signal"]) * 2 + raw["party"]) * 2 + raw["plus"]
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    first = order[starts]
    owners = raw["owners"][first].astype(np.float64)
    factor = np.minimum(1 + CORROBORATION_STEP * np.log2(owners), CORROBORATION_CAP)
    told = {name: raw[name][first] for name in ("story", "day", "bloc", "signal", "party", "plus")}
    return told | {"weight": np.maximum.reduceat(weight[order], starts) * factor}


SIMPLE = (
    "SELECT party, signal, bloc, plus, day, sum(speaker::DOUBLE), count(*) FROM signals "
    "WHERE signal IN ({signals}) GROUP BY ALL"
)
FULL = """
WITH strongest AS (
  SELECT story, signal, party, plus, any_value(day) AS day, any_value(bloc) AS bloc,
         max(speaker::DOUBLE * side * factuality * intensity * precision)
           * least(1 + {step} * log2(any_value(owners)), {cap}) AS weight
  FROM signals WHERE signal IN ({signals}) GROUP BY story, signal, party, plus)
SELECT party, signal, bloc, plus, day, sum(weight) AS weight, count(*) AS stories FROM strongest GROUP BY ALL
"""
STORIES = "SELECT bloc, day, count(DISTINCT story) AS stories FROM signals GROUP BY ALL"


def asked(folder: Path, raw: Columns, wanted: list[int]) -> tuple[dict[str, float | str], Columns]:
    """CPU in ms of three queries in one thread, and what counting by story gave."""
    if duckdb is None:
        return {"duckdb": "not installed"}, {}
    path = folder / "raw.duckdb"
    fresh = not path.exists()
    connection = duckdb.connect(str(path))
    connection.execute("SET threads = 1")
    if fresh:
        columns = raw  # noqa: F841 -- DuckDB finds it by its name
        connection.execute("CREATE TABLE signals AS SELECT * FROM columns")
        connection.execute("CHECKPOINT")
    told: dict[str, float | str] = {"duckdb": duckdb.__version__}
    words = {"signals": ", ".join(map(str, wanted)), "step": CORROBORATION_STEP, "cap": CORROBORATION_CAP}
    found: Columns = {}
    for name, query in (("simple", SIMPLE), ("by_story", FULL), ("stories_of_all_days", STORIES)):
        taken = []
        for _ in range(6):
            started = time.process_time()
            answer = connection.execute(query.format(**words)).fetchnumpy()
            taken.append(time.process_time() - started)
        told[f"{name}_cpu_ms"] = round(1000 * median(taken[1:]), 1)
        if name == "by_story":
            found = {key: np.asarray(column) for key, column in answer.items()}
            told["rows"] = len(found["day"])
    connection.close()
    return told, found
