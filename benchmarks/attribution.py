"""Sources of attributions against the PolNeAR development part, beside the nearest subject of a reporting verb.

    python benchmarks/attribution.py [--corpus ../shared/corpora/polnear-dev]

A gold attribution (with a source) counts as found when an attribution of ours has a source whose tokens overlap
the gold source with at least half of the shorter one, and a cue within it or content that overlaps the gold content.
"""

import argparse
import time
from pathlib import Path

from tracker.nlp.analyse import Analyser
from tracker.nlp.attribution import attributions
from tracker.nlp.speech import STRICT
from tracker.nlp.text import sentences

ROOT = Path(__file__).resolve().parents[1]


def gold(path):
    """(source spans, cue spans, content spans) of each attribution of one annotation file."""
    spans, events = {}, []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("T"):
            key, middle, _ = (line + "\t\t").split("\t")[:3]
            kind, places = middle.split(" ", 1)
            spans[key] = (kind, [tuple(map(int, part.split())) for part in places.split(";")])
        elif line.startswith("E"):
            events.append(line.split("\t")[1].split())
    for event in events:
        parts = {"Source": [], "Cue": [], "Content": []}
        for role in event:
            name, key = role.split(":")
            name = name.rstrip("0123456789")
            if name in parts and key in spans:
                parts[name] += spans[key][1]
        yield parts["Source"], parts["Cue"], parts["Content"]


def overlap(one, other):
    """Shared characters of two lists of spans."""
    return sum(max(0, min(a[1], b[1]) - max(a[0], b[0])) for a in one for b in other)


def same(ours, theirs):
    """Whether two sources are the same words, give or take an apposition."""
    shared = overlap([ours], theirs)
    shorter = min(ours[1] - ours[0], sum(e - s for s, e in theirs))
    return shared >= 0.5 * shorter


def baseline(sentence):
    """The nearest noun or pronoun to the left of a reporting verb, else to the right, with its left modifiers."""
    for at, token in enumerate(sentence.tokens):
        if token.lemma not in STRICT or not token.is_verb:
            continue
        order = [*range(at - 1, max(-1, at - 8), -1), *range(at + 1, min(len(sentence.tokens), at + 8))]
        for near in order:
            other = sentence.tokens[near]
            if other.is_noun or other.tag == "PRP":
                first = near
                while first > 0 and sentence.tokens[first - 1].tag.startswith(("NN", "JJ", "DT", "PRP$", "POS")):
                    first -= 1
                yield (sentence.tokens[first].start, other.end), (token.start, token.end), []
                break


def ours(sentence):
    """What the room finds."""
    for found in attributions(sentence):
        if found.source is not None:
            yield found.source, found.cue or found.source, list(found.content)


def main():
    """Print precision, recall and F1 of both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared/corpora/polnear-dev")
    corpus = parser.parse_args().corpus
    analyser = Analyser()
    counts = {name: [0, 0, 0, 0] for name in ("baseline", "rules")}
    total = words = 0
    begun = time.process_time()
    for path in sorted((corpus / "attributions").glob("*.ann")):
        text = (corpus / "text" / (path.stem.rsplit("_", 1)[0] + ".txt")).read_text("utf-8")
        marks = list(gold(path))
        sourced = [m for m in marks if m[0]]
        total += len(sourced)
        spans = sentences(text)
        words += len(text.split())
        for name, finder in (("baseline", baseline), ("rules", ours)):
            hit = set()
            for span, parse in zip(spans, analyser.parse(s.text for s in spans), strict=True):
                for source, cue, content in finder(parse):
                    row = counts[name]
                    row[0] += 1
                    moved = [(s + span.start, e + span.start) for s, e in (source, cue, *content)]
                    right = [
                        i
                        for i, (whose, what, said) in enumerate(sourced)
                        if same(moved[0], whose) and (overlap([moved[1]], what) or overlap(moved[2:], said) > 10)
                    ]
                    row[1] += bool(right)
                    hit.update(right)
            counts[name][2] += len(hit)
    print(f"{total} attributions with a source, {words:,} words, {time.process_time() - begun:.0f} CPU s")
    for name, (found, right, hit, _) in counts.items():
        precision, recall = right / max(found, 1), hit / max(total, 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        print(f"{name:9} found {found:5}  precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}")


if __name__ == "__main__":
    main()
