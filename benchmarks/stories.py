"""Precision and recall of `same_story`: headline pairs with traps, perturbed copies, and other articles of the days.

Usage: python benchmarks/stories.py [--shared ../shared]
"""

import argparse
import csv
import json
import random
import re
import time
from collections import defaultdict
from datetime import date
from pathlib import Path

from tracker.model.sketch import bands, same_story, signature, words

ROOT = Path(__file__).resolve().parents[1]


def perturbed(text: str, chance: random.Random, *, keep: float, noise: float) -> str:
    """A copy as another desk would print it: shortened from the end, sentences dropped, words changed, a line added."""
    sentences = re.split(r"(?<=[.!?])\s+", text)
    kept = sentences[: max(2, round(len(sentences) * keep))]
    kept = [s for s in kept if chance.random() > noise] or kept[:1]
    changed = []
    for sentence in kept:
        tokens = sentence.split()
        changed.append(" ".join("amended" if chance.random() < noise / 2 else token for token in tokens))
    return " ".join(["Our correspondent reports.", *changed, "Additional reporting by our staff."])


def share(hits: int, of: int) -> str:
    return f"{hits}/{of} = {hits / of:.3f}" if of else "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--show", action="store_true", help="print what was decided wrongly")
    options = parser.parse_args()
    corpora = options.shared / "corpora"
    articles = [json.loads(line) for line in (corpora / "articles-2022-2023.jsonl").open(encoding="utf-8")]
    chance = random.Random(7)

    count = sum(len(a["text"].split()) for a in articles)
    start = time.process_time()
    sketches = [signature(a["title"], a["text"]) for a in articles]
    spent = time.process_time() - start
    print(f"signatures: {len(articles) / spent:,.0f} articles a CPU second ({count / spent:,.0f} words)")

    print("\nperturbed copies (title replaced): recall of keys and decision together")
    for keep, noise in ((1.0, 0.0), (0.9, 0.05), (0.7, 0.05), (0.5, 0.05), (0.9, 0.2), (0.4, 0.0)):
        hits = keyed = 0
        for article, sketch in zip(articles, sketches, strict=True):
            title = "From the wires: " + " ".join(chance.sample(words(article["text"]), 5))
            copy = signature(title, perturbed(article["text"], chance, keep=keep, noise=noise))
            shared = bool(set(bands(copy)) & set(bands(sketch)))
            keyed += shared
            hits += shared and same_story(article["title"], sketch, title, copy)
        print(f"  {keep:.0%} kept, {noise:.0%} of sentences dropped: {share(hits, len(articles))}", end=" ")
        print(f"(keys {share(keyed, len(articles))})")

    print("\nother articles within 72 hours: wrongly joined, and pairs that had to be compared")
    days = [date.fromisoformat(a["date"][:10]) for a in articles]
    pairs = wrong = compared = 0
    for i, a in enumerate(articles):
        for j in range(i):
            if abs((days[i] - days[j]).days) <= 3:
                pairs += 1
                compared += bool(set(bands(sketches[i])) & set(bands(sketches[j])))
                if same_story(a["title"], sketches[i], articles[j]["title"], sketches[j]):
                    wrong += 1
                    if options.show:
                        print(
                            "   ",
                            a["date"],
                            a["title"],
                            a["text"][:150],
                            "|",
                            articles[j]["title"],
                            articles[j]["text"][:150],
                        )
    print(f"  joined {share(wrong, pairs)}, compared {share(compared, pairs)}")

    print("\nheadline pairs (headline only; truth: unlike figures mean another happening)")
    tally: dict[str, int] = defaultdict(int)
    for row in csv.DictReader((corpora / "headline-edit-pairs.csv").open(encoding="utf-8")):
        figures = [{w for w in words(row[side]) if w[0].isdigit()} for side in ("first", "second")]
        truth = figures[0] == figures[1]
        a, b = (signature(row[side], "") for side in ("first", "second"))
        said = bool(set(bands(a)) & set(bands(b))) and same_story(row["first"], a, row["second"], b)
        tally[f"{'same' if truth else 'other'} said {'same' if said else 'other'}"] += 1
        if options.show and truth != said:
            print("   ", "missed" if truth else "joined", row["ratio"], "|", row["first"], "|", row["second"])
    print(" ", dict(tally))
    right, found = tally["same said same"], tally["same said same"] + tally["other said same"]
    print(f"  precision {share(right, found)}, recall {share(right, right + tally['same said other'])}")

    print("\nlive headlines within 72 hours: founder-only clustering")
    rows = list(csv.DictReader((corpora / "live-headlines-2022-2023.csv").open(encoding="utf-8")))
    seen: dict[str, str] = {}
    for row in rows:
        seen.setdefault(row["headline"], row["first_seen"])
    founders: dict[int, list[tuple[str, tuple[int, ...], date]]] = defaultdict(list)
    sizes: dict[str, list[str]] = defaultdict(list)
    for headline, first in seen.items():
        sketch, day = signature(headline, ""), date.fromisoformat(first[:10])
        match = next(
            (
                t
                for key in bands(sketch)
                for t, s, d in founders[key]
                if abs((day - d).days) <= 3 and same_story(headline, sketch, t, s)
            ),
            None,
        )
        if match is None:
            for key in bands(sketch):
                founders[key].append((headline, sketch, day))
        sizes[match or headline].append(headline)
    largest = sorted(sizes.values(), key=len, reverse=True)
    print(f"  {len(seen):,} headlines, {len(sizes):,} stories, largest {[len(s) for s in largest[:5]]}")
    if options.show:
        for members in largest[:8]:
            print("   ", members[:6])


if __name__ == "__main__":
    main()
