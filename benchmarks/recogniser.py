"""How well the learned recogniser does alone, and how that grows with the labels it learns from.

    python benchmarks/recogniser.py GOLD…                      the shipped weights on gold files
    python benchmarks/recogniser.py GOLD… --no-context         the same, without title and preceding sentences
    python benchmarks/recogniser.py GOLD… --no-parties        the same, with no belligerent marked
    python benchmarks/recogniser.py GOLD… --gates              what the two gates let through, and what they cost
    python benchmarks/recogniser.py GOLD… --curve TRAIN… --work DIR --epochs 5
                                                               train on 25, 50 and 100 % of TRAIN's documents

A hit is the same sentence and signal. Codes marked `sure: 1` are neither hit nor
miss when absent, a hit when found. Intervals resample documents. The labels were
made by a language model following the codebook, so the figures say how well the
recogniser repeats that reading, not how well it agrees with people.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tracker.nlp.markers import principals_of
from tracker.nlp.recogniser import Judgement, Recogniser, Unit, default_folder
from tracker.nlp.training_data import Example, read_gold

Counts = Counter[str]


def unit_of(one: Example, *, context: bool = True, parties: bool = True) -> Unit:
    """A sentence as the recogniser is asked; the warring pair is guessed from the names in sight."""
    return Unit(
        text=one.text,
        before=one.before if context else (),
        title=one.title if context else "",
        principals=principals_of([one.text, one.title, *one.before]) if parties else (),
    )


def judged(
    recogniser: Recogniser, examples: Sequence[Example], *, context: bool, parties: bool = True
) -> list[tuple[Judgement, ...]]:
    """The recogniser's judgements; the warring pair is guessed from the names in sight, never from the labels."""
    return recogniser.judge([unit_of(one, context=context, parties=parties) for one in examples])


def counted(
    examples: Sequence[Example], judgements: Sequence[Sequence[Judgement]], thresholds: Mapping[str, float]
) -> tuple[dict[str, Counts], dict[str, Counts]]:
    """Counts by document and by signal."""
    by_doc: dict[str, Counts] = defaultdict(Counter)
    by_signal: dict[str, Counts] = defaultdict(Counter)
    for example, found in zip(examples, judgements, strict=True):
        wanted = {code.signal: code for code in example.codes}
        hits = {one.signal: one for one in found if one.probability >= thresholds[one.signal]}
        tally: Counts = Counter()
        for signal, one in hits.items():
            kind = "tp" if signal in wanted else "fp"
            by_signal[signal][kind] += 1
            tally[kind] += 1
            if kind == "tp":
                code = wanted[signal]
                tally["polarity"] += one.polarity == code.polarity
                tally["locus"] += one.locus == code.locus
                tally["speaker"] += one.speaker_class == code.speaker
        for signal, code in wanted.items():
            if signal not in hits and code.sure:
                by_signal[signal]["fn"] += 1
                tally["fn"] += 1
        by_doc[example.doc] += tally
    return by_doc, by_signal


def scores(tally: Mapping[str, int]) -> dict[str, float]:
    """Precision, recall, F1."""
    right, wrong, missed = tally.get("tp", 0), tally.get("fp", 0), tally.get("fn", 0)
    return {
        "precision": round(right / max(1, right + wrong), 3),
        "recall": round(right / max(1, right + missed), 3),
        "f1": round(2 * right / max(1, 2 * right + wrong + missed), 3),
    }


def report(
    examples: Sequence[Example], recogniser: Recogniser, *, context: bool = True, parties: bool = True
) -> dict[str, object]:
    """Everything that is worth saying about one set of sentences."""
    started = time.process_time()
    judgements = judged(recogniser, examples, context=context, parties=parties)
    spent = time.process_time() - started
    by_doc, by_signal = counted(examples, judgements, recogniser.thresholds)
    total: Counts = sum(by_doc.values(), Counter())
    rng = random.Random(7)
    docs = sorted(by_doc)
    drawn = []
    for _ in range(1000):
        tally: Counts = Counter()
        for doc in rng.choices(docs, k=len(docs)):
            tally.update(by_doc[doc])
        drawn.append(scores(tally)["f1"])
    hits = max(1, total["tp"])
    return {
        "weights": recogniser.version,
        "sentences": len(examples),
        "micro": scores(total),
        "micro_f1_90": [round(float(value), 3) for value in np.quantile(drawn, [0.05, 0.95])],
        "polarity": round(total["polarity"] / hits, 3),
        "locus": round(total["locus"] / hits, 3),
        "speaker": round(total["speaker"] / hits, 3),
        "milliseconds_per_sentence": round(1000 * spent / max(1, len(examples)), 2),
        "per_signal": {signal: {**tally, **scores(tally)} for signal, tally in sorted(by_signal.items())},
    }


def gates(examples: Sequence[Example], folder: Path) -> dict[str, object]:
    """Which share of the sentences comes to each reader, and what is found with the gates shut and open."""
    shut = Recogniser(folder)
    came = Counter(shut.reach(unit_of(one)) for one in examples)
    pairs = {"gates": shut, "no gates": Recogniser(folder, gates=False)}
    return {
        "sentences": len(examples),
        "pass the first look": round(1 - came[1] / max(1, len(examples)), 3),
        "and the lower layers": round(came[3] / max(1, len(examples)), 3),
        **{name: report(examples, one)["micro"] for name, one in pairs.items()},
    }


def curve(train: Sequence[Path], dev: Sequence[Example], work: Path, epochs: float) -> None:
    """Train on growing shares of the documents and print what each share gives."""
    from tracker.nlp.training import train as fit_all  # noqa: PLC0415

    for share in (0.25, 0.5, 1.0):
        parts = []
        for path in train:
            rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
            docs = sorted({row["doc"] for row in rows})
            random.Random(7).shuffle(docs)
            kept = set(docs[: round(share * len(docs))])
            part = work / f"{share:.2f}" / path.name
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_text("".join(json.dumps(row) + "\n" for row in rows if row["doc"] in kept), encoding="utf-8")
            parts.append(part)
        folder = fit_all(parts, work / f"{share:.2f}" / "weights", epochs=epochs, more=0.0)
        print(json.dumps({"share": share, **report(dev, Recogniser(folder))}), flush=True)


def main() -> None:
    """Read the arguments, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, nargs="+")
    parser.add_argument("--weights", type=Path, default=default_folder())
    parser.add_argument("--no-context", action="store_true")
    parser.add_argument("--no-parties", action="store_true")
    parser.add_argument("--gates", action="store_true")
    parser.add_argument("--curve", type=Path, nargs="+")
    parser.add_argument("--work", type=Path, default=Path("curve"))
    parser.add_argument("--epochs", type=float, default=5)
    given = parser.parse_args()
    examples = [one for path in given.gold for one in read_gold(path)]
    if given.curve:
        curve(given.curve, examples, given.work, given.epochs)
    elif given.gates:
        print(json.dumps(gates(examples, given.weights), indent=1))
    else:
        result = report(examples, Recogniser(given.weights), context=not given.no_context, parties=not given.no_parties)
        print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
