"""Labelled sentences, read from wherever they are, as examples for training.

Three kinds of source: gold files (one JSON object a line), single-signal examples
of the codebook, and label pointers, which name a sentence by its hash and leave
the text where it is.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from tracker.nlp.markers import principals_of
from tracker.nlp.rendering import Pieces, Renderer, Style, random_war

SIGNALS: Final = (
    "battlefield_stalemate", "attrition_strain", "external_support", "attention_shift", "ally_rift",
    "persuasion_campaign", "victory_confidence", "waiting_out", "negotiation_openness",
    "concession_signal", "talks_activity", "back_channel", "mediation_offer", "mediator_credibility",
    "inducement", "adverse_inference", "strategic_adaptation", "public_opinion",
)  # fmt: skip
SPEAKERS: Final = (
    "leader", "official", "official_anon", "faction", "third_party", "pollster", "narration", "analyst", "public",
)  # fmt: skip
LOCI: Final = ("A", "B", "ALL")
_SAME: Final = {
    "3BHA": "MMR-RES", "AA": "MMR-RES", "PSE": "HAMAS", "NKR": "ARM", "AFG-RES": "NRF", "DRC": "COD",
    "SSD-GOV": "SSD", "KATAIB_HEZBOLLAH": "IRN", "SDN": "SAF", "LBN": "HEZBOLLAH", "REB": "MMR-RES",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One signal in one sentence, as a reader saw it."""

    signal: str
    polarity: int
    locus: str
    speaker: str
    sure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One sentence to learn from."""

    text: str
    before: tuple[str, ...]
    title: str
    doc: str
    codes: tuple[Code, ...]
    rejects: frozenset[str]
    principals: tuple[str, ...]
    origin: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """An example as the encoder reads it, with its targets."""

    own: Pieces
    around: tuple[tuple[Pieces, int], ...]  # what stands around it, with its role
    target: list[float]
    weight: list[float]
    polarity: list[int]  # -100 where there is nothing to learn
    locus: list[int]
    speaker: int


def sentence_hash(text: str) -> str:
    """Name of a sentence without its words."""
    return hashlib.sha256(re.sub(r"\s+", " ", text).strip().encode()).hexdigest()


def _principals(texts: Sequence[str], loci: Iterable[str]) -> tuple[str, ...]:
    wanted = {_SAME.get(locus, locus) for locus in loci if locus and locus != "ALL"}
    pair = principals_of(texts, wanted)
    return (*pair, *sorted(wanted - set(pair)))[:3]


def example_from(row: Mapping[str, Any], *, origin: str, weight: float = 1.0) -> Example:
    """An example from one object of the gold format."""
    codes = tuple(
        Code(
            signal=code["signal"],
            polarity=int(code["polarity"]),
            locus=_SAME.get(code["locus"], code["locus"]) or "ALL",
            speaker=code.get("speaker_class") or "narration",
            sure=code.get("sure", 2) == 2,
        )
        for code in row["codes"]
    )
    before = tuple(row.get("before") or ())
    title = row.get("title") or ""
    return Example(
        text=row["text"],
        before=before,
        title=title,
        doc=str(row.get("doc") or row.get("id") or sentence_hash(row["text"])),
        codes=codes,
        rejects=frozenset(reject["signal"] for reject in row.get("rejects") or () if reject.get("signal")),
        principals=_principals([row["text"], title, *before], [code.locus for code in codes]),
        origin=origin,
        weight=weight,
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def read_gold(path: Path, *, weight: float = 1.0) -> list[Example]:
    """A gold file, or an invented one in the same format."""
    return [example_from(row, origin=path.stem, weight=weight) for row in _rows(path)]


def read_examples(path: Path) -> list[Example]:
    """The codebook's own examples: one signal each, positive or hard negative."""
    found = []
    for number, row in enumerate(_rows(path)):
        positive = row["label"] == "positive"
        code = {
            "signal": row["signal"],
            "polarity": row.get("polarity", 0),
            "locus": row.get("locus", "ALL"),
            "speaker_class": row.get("speaker_class"),
        }
        shaped = {
            "text": row["text"],
            "doc": f"example-{number}",
            "codes": [code] if positive else [],
            "rejects": [] if positive else [{"signal": row["signal"]}],
        }
        found.append(example_from(shaped, origin="examples"))
    return found


def read_pointers(path: Path, sentences: Mapping[str, Mapping[str, Any]]) -> list[Example]:
    """Labels that point at sentences by hash; those not found among the sentences are left out."""
    found = []
    for row in _rows(path):
        sentence = sentences.get(row["sha256"])
        if sentence is not None:
            found.append(
                example_from({**sentence, "codes": row["codes"], "rejects": row.get("rejects", ())}, origin="pointers")
            )
    return found


def _locus_place(code: Code, order: Sequence[str], present: bool) -> int:
    if code.locus == "ALL":
        return 2
    if not present or code.locus not in order[:2]:
        return -100
    return order.index(code.locus)


def prepare(example: Example, renderer: Renderer, rng: random.Random | None, *, augment: float = 1.0) -> Rendered:
    """The example as numbers; with a generator of chance, in one of its many dresses."""
    order = list(example.principals)
    style: Style = "mark"
    war, context, title, before = None, True, example.title, example.before
    if rng is not None:
        if len(order) >= 2 and rng.random() < 0.5:
            order[0], order[1] = order[1], order[0]
        draw = rng.random()
        if draw < 0.25 * augment:
            style = "mask"
        elif draw < 0.50 * augment:
            style, war = "rename", random_war(rng)
        context = rng.random() >= 0.10 * augment
        if rng.random() < 0.15 * augment:
            title = ""
    own = renderer.sentence(example.text, principals=order, style=style, war=war)
    around = (
        renderer.around(example.text, before=before, title=title, principals=order, style=style, war=war)
        if context
        else ()
    )
    present = any(token in (2, 3) for pieces in (own, *(pieces for pieces, _ in around)) for token in pieces)
    target, weight = [0.0] * len(SIGNALS), [example.weight] * len(SIGNALS)
    polarity, locus = [-100] * len(SIGNALS), [-100] * len(SIGNALS)
    for signal in example.rejects:
        if signal in SIGNALS:
            weight[SIGNALS.index(signal)] = 1.5 * example.weight
    for code in example.codes:
        at = SIGNALS.index(code.signal)
        target[at], weight[at] = 1.0, (1.0 if code.sure else 0.7) * example.weight
        polarity[at] = code.polarity + 1
        locus[at] = _locus_place(code, order, present)
    speaker = SPEAKERS.index(example.codes[0].speaker) if example.codes else -100
    return Rendered(
        own=own,
        around=around,
        target=target,
        weight=weight,
        polarity=polarity,
        locus=locus,
        speaker=speaker,
    )


def without(examples: Iterable[Example], texts: Iterable[str]) -> list[Example]:
    """Examples whose sentence is not among the texts: tests must stay unseen."""
    kept_out = {sentence_hash(text) for text in texts}
    return [example for example in examples if sentence_hash(example.text) not in kept_out]


def reweighted(examples: Iterable[Example], weight: float) -> list[Example]:
    """The same examples, heeded more or less."""
    return [replace(example, weight=weight) for example in examples]
