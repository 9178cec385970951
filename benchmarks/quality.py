"""How well the shipped codebook reads labelled sentences, with intervals by resampling documents.

    python benchmarks/quality.py GOLD.jsonl [--rules] [--draws 1000]

Prints micro F1, polarity and party over hits with 90 % intervals (bootstrap over documents, seed 7), and CPU time.
Give only sentences that nothing was trained on.
"""

import argparse
import random
import time
from collections import defaultdict
from pathlib import Path

from tracker import bootstrap, catalog
from tracker.nlp import gold
from tracker.nlp.reader import Reader
from tracker.nlp.recogniser import default_folder
from tracker.readiness.evaluation import Evaluation, evaluation


def main() -> None:
    """Read, compare, resample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path, nargs="+")
    parser.add_argument("--rules", action="store_true", help="without the learned recogniser")
    parser.add_argument("--draws", type=int, default=1000)
    given = parser.parse_args()
    codebook = bootstrap.read_codebook(catalog.defaults(), "")
    reader = Reader(codebook, model="auto", recogniser=False if given.rules else default_folder())
    sentences = gold.read_gold(given.gold)
    began = time.process_time()
    compared = gold.compared(reader, sentences)
    spent = time.process_time() - began
    found = evaluation(compared, reader.signals)
    by_doc = defaultdict(list)
    for sentence, one in zip(sentences, compared, strict=True):
        by_doc[sentence.doc].append(one)
    docs = sorted(by_doc)
    chance = random.Random(7)
    drawn = [
        evaluation([one for doc in chance.choices(docs, k=len(docs)) for one in by_doc[doc]], reader.signals)
        for _ in range(given.draws)
    ]
    print(f"{found.sentences} sentences of {len(docs)} documents, {found.codes} codes; {reader.name}")
    print(f"CPU per sentence {1000 * spent / max(len(sentences), 1):.1f} ms")
    for name, figure in FIGURES.items():
        values = sorted(v for one in drawn if (v := figure(one)) is not None)
        low, high = values[int(0.05 * len(values))], values[int(0.95 * len(values))]
        print(f"{name:12} {figure(found):.3f}  90 % interval {low:.3f}-{high:.3f}")
    for signal, score in sorted(found.per_signal.items()):
        print(f"  {signal:22} tp {score.tp:3} fp {score.fp:3} fn {score.fn:3}  F1 {score.f1:.3f}")


def micro(one: Evaluation) -> float | None:
    """Micro F1."""
    return one.micro.f1


FIGURES = {
    "precision": lambda one: one.micro.precision,
    "recall": lambda one: one.micro.recall,
    "F1": micro,
    "polarity": lambda one: one.polarity_accuracy,
    "party": lambda one: one.locus_accuracy,
}

if __name__ == "__main__":
    main()
