"""What it costs to keep stories and daily counts up to date, on SQLite.

    python benchmarks/upkeep.py [--days 20] [--times 10] [--density 100]

Builds a small log of coded articles and one of ten times as many days with the same number of articles a day, appends
200 more articles of the last day to each, and catches up: CPU time an article must not grow with the log. Then a day
of 10,000 articles, collected and coded in the batches of the projector. CPU is told apart: `stories` is deciding what
touched stories say, `counts` adding up the touched days and rewriting their blocks, `all` the whole catch-up with
articles and signals, without the codec of a log on disk.
"""

import argparse
import gc
import json
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from readiness import CONFLICT, codebook

from tracker import database
from tracker.eventstore.store import Append
from tracker.model.codebook import Codebook
from tracker.model.events import CodebookAdopted
from tracker.model.sketch import signature
from tracker.projections import runner
from tracker.projections.runner import Projections
from tracker.testing import MemoryEventStore, a_coding, a_signal, an_article, collected

START = datetime(2026, 1, 1, tzinfo=UTC)
MORE = 200
BLOCS = ("wires", "third-country", "international", "aligned-1", "aligned-2", "patrons-1")
WORDS = [f"{a}{b}" for a in "the river talks envoy front army grain vote".split() for b in range(60)]  # noqa: SIM905
CPU: dict[str, float] = {"stories": 0.0, "counts": 0.0}


def clocked(name: str, plain):
    """The function, with its CPU time added up under a name."""

    def run(*args, **kwargs):
        started = time.process_time()
        try:
            return plain(*args, **kwargs)
        finally:
            CPU[name] += time.process_time() - started

    return run


def articles(number: int, days: float, *, seed: int, since: datetime = START) -> Iterator[tuple[Append, Append]]:
    """Collected and coded: every second one is a copy of the one before by another owner; three signals each."""
    chance = random.Random(seed)
    names = [s.id for i in codebook().indicators for s in i.signals]
    text = ""
    for n in range(number):
        if n % 2 == 0:
            text = " ".join(chance.choices(WORDS, k=80))
        source = chance.randrange(40)
        article = an_article(
            url=f"https://outlet-{source}.example/{seed}/{n}",
            title=" ".join(text.split()[:8]),
            text=text,
            feed=f"outlet-{source}",
            outlet=f"outlet-{source}",
            owner=f"owner-{source // 2}",
            bloc=BLOCS[source % 6],
            published_at=since + timedelta(days=days * n / number),
            signature=signature("", text),
        )
        signals = [
            a_signal(
                conflict=CONFLICT,
                signal=chance.choice(names),
                mode="",
                polarity=chance.choice((-1, 1, 1)),
                locus=chance.choice(("AAA", "BBB")),
                speaker_class=chance.choice(("leader", "official", "narration", "analyst")),
                probability=round(chance.uniform(0.5, 0.95), 2),
                sentence=k,
            )
            for k in range(3)
        ]
        coding = a_coding(article.id, *signals, codebook=codebook_version(), conflicts=(CONFLICT,))
        yield collected(article)[0], Append(stream=f"article-{article.id}", events=(coding,))


BOOK: Codebook = codebook()


def codebook_version() -> str:
    return BOOK.version


class Kept:
    """A log in memory and its tables in a file."""

    def __init__(self, folder: Path) -> None:
        self.engine = database.connect(f"sqlite:///{folder / 'upkeep.db'}")
        database.migrate(self.engine)
        self.store = MemoryEventStore()
        self.store.append(
            [Append(stream="codebook", events=(CodebookAdopted(codebook=BOOK.version, recogniser="", files={}),))],
            at=START,
        )
        self.projections = Projections(self.engine, self.store, lambda _: BOOK)
        self.projections.catch_up()

    def record(self, batch: list[Append], at: datetime) -> None:
        self.store.append(batch, at=at)

    def catch_up(self, articles: int) -> dict[str, float]:
        """Milliseconds of CPU an article."""
        CPU.update(stories=0.0, counts=0.0)
        gc.collect()
        gc.freeze()  # the log is in memory here: its objects shall not be looked through again and again
        started = time.process_time()
        self.projections.catch_up()
        CPU["all"] = time.process_time() - started
        return {name: round(1000 * taken / articles, 3) for name, taken in CPU.items()}


def grown(number: int, days: int, folder: Path) -> dict[str, object]:
    """A log of so many articles, then 200 more of its last day: CPU an article for coding these."""
    kept = Kept(folder)
    pairs = list(articles(number, days, seed=1))
    kept.record([seen for seen, _ in pairs] + [read for _, read in pairs], START + timedelta(days=days))
    kept.projections.rebuild()
    told = []
    for seed in (2, 3, 4):
        pairs = list(articles(MORE, 1, seed=seed, since=START + timedelta(days=days - 1)))
        kept.record([seen for seen, _ in pairs], START + timedelta(days=days))
        kept.catch_up(MORE)
        kept.record([read for _, read in pairs], START + timedelta(days=days))
        told.append(kept.catch_up(MORE))
    kept.engine.dispose()
    return {name: sorted(one[name] for one in told)[1] for name in told[0]}


def one_day(number: int, folder: Path) -> dict[str, object]:
    """A busy day on top of a quiet month, all of it through the projector: seconds of CPU."""
    kept = Kept(folder)
    pairs = list(articles(3000, 30, seed=1))
    kept.record([seen for seen, _ in pairs] + [read for _, read in pairs], START + timedelta(days=30))
    kept.projections.rebuild()
    pairs = list(articles(number, 1, seed=2, since=START + timedelta(days=29)))
    for first in range(0, number, 500):
        some = pairs[first : first + 500]
        kept.record([seen for seen, _ in some] + [read for _, read in some], START + timedelta(days=30))
    told = kept.catch_up(number)
    kept.engine.dispose()
    return {f"{name}_s": round(taken * number / 1000, 2) for name, taken in told.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--density", type=int, default=100)
    options = parser.parse_args()
    runner.retell, runner.recount = clocked("stories", runner.retell), clocked("counts", runner.recount)
    for days in (options.days, options.days * options.times):
        with tempfile.TemporaryDirectory() as folder:
            number = days * options.density
            told = grown(number, days, Path(folder))
            print(f"{number} coded articles over {days} days, CPU ms for each of {MORE} more", json.dumps(told))
    with tempfile.TemporaryDirectory() as folder:
        print("a day of 10,000 articles, CPU s", json.dumps(one_day(10_000, Path(folder))))


if __name__ == "__main__":
    main()
