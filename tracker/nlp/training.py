"""`tracker train`: from labelled sentences to the weights the product ships.

The order of the work: read the labels, train on eight ninths of the documents,
learn calibration and thresholds from the ninth that was held out, train on a
little longer with everything, ask the encoder which unlabelled sentences would
have been worth its time and teach the first look that, export to eight-bit ONNX, write
the folder. Needs the extra `train`; nothing here runs when the product judges.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from tracker.errors import AnalysisError
from tracker.nlp.glance import SHARE, Glance
from tracker.nlp.rendering import Renderer
from tracker.nlp.training_calibration import calibrate
from tracker.nlp.training_corpora import hashes_in, sentences_by_hash
from tracker.nlp.training_data import (
    SIGNALS,
    SPEAKERS,
    Example,
    read_examples,
    read_gold,
    read_pointers,
    reweighted,
    sentence_hash,
    without,
)
from tracker.nlp.words import Words, terms_of

Floats = np.ndarray[Any, np.dtype[np.float64]]
REAL: Final = frozenset({"gold", "pointers"})  # only real sentences calibrate
INVENTED_WEIGHT: Final = 1.0


def load_examples(
    gold: Sequence[Path],
    *,
    examples: Path | None = None,
    invented: Path | None = None,
    pointers: Sequence[Path] = (),
    corpora: Path | None = None,
) -> list[Example]:
    """Everything there is to learn from, each sentence once; what comes of gold files says so, whatever their names."""
    found = [replace(example, origin="gold") for path in gold for example in read_gold(path)]
    if examples is not None and examples.is_file():
        found += read_examples(examples)
    if invented is not None and invented.is_file():
        made_up = reweighted(read_gold(invented), INVENTED_WEIGHT)
        found += [replace(example, origin="invented") for example in made_up]
    if corpora is not None:
        for path in pointers:
            found += read_pointers(path, sentences_by_hash(corpora, hashes_in(path)))
    return list({example.text: example for example in reversed(found)}.values())[::-1]


def held_out(examples: Sequence[Example], count: int, seed: int) -> list[bool]:
    """Which examples to calibrate on: the real ones of one fold of `count`.

    Raises AnalysisError when there are none, since a recogniser without calibration knows no thresholds.
    """
    fold = folds_of(examples, count, seed)
    aside = [own == 0 and one.origin in REAL for one, own in zip(examples, fold, strict=True)]
    if not any(aside):
        raise AnalysisError(
            f"{len(examples)} sentences leave none to calibrate on",
            remedy=f"give gold files of more documents: one in {count} is held out",
        )
    return aside


def folds_of(examples: Sequence[Example], count: int, seed: int) -> list[int]:
    """A fold per example; one document never spans two."""
    docs = sorted({example.doc for example in examples})
    random.Random(seed).shuffle(docs)  # noqa: S311 - repeatable, not secret
    place = {doc: at % count for at, doc in enumerate(docs)}
    return [place[example.doc] for example in examples]


def train(
    gold: Sequence[Path],
    out: Path,
    *,
    seed: int = 7,
    examples: Path | None = None,
    invented: Path | None = None,
    pointers: Sequence[Path] = (),
    corpora: Path | None = None,
    apart: Sequence[Path] = (),
    encoder: Path | None = None,
    epochs: float = 3.5,
    more: float = 0.75,
    folds: int = 9,
    sample: int = 20_000,
    say: Callable[[str], None] = print,
) -> Path:
    """Train, calibrate, export; the folder it returns is what `Recogniser` opens.

    No sentence of the files kept `apart` is learned from, labelled or not. The first look learns from `sample`
    sentences of the corpora; without corpora it learns from the labelled sentences alone and lets more through.
    """
    # Heavy and optional: only training asks for them.
    from tokenizers import Tokenizer  # noqa: PLC0415

    from tracker.nlp.training_export import encoder_folder, export  # noqa: PLC0415
    from tracker.nlp.training_gate import (  # noqa: PLC0415
        FIRST_LOSS,
        SECOND_LOSS,
        fit_glance,
        likelihoods,
        lowest_of,
        save_glance,
        unlabelled,
        worth_of,
    )
    from tracker.nlp.training_model import Network, fit, load_encoder, outputs_of, sow  # noqa: PLC0415
    from tracker.nlp.training_words import fit_words  # noqa: PLC0415

    def scores_of(some: Sequence[Example]) -> tuple[Floats, Floats, Floats]:
        outputs, early = outputs_of(network, some, renderer, half=len(some) > 5000)
        presence = outputs[:, : len(SIGNALS)].astype(np.float64)
        return presence, np.stack([words.judge(terms_of(one.text)) for one in some]), early.max(1).astype(np.float64)

    kept_apart = [one for path in apart for one in read_gold(path)]
    unseen = [one.text for one in kept_apart]
    everything = load_examples(gold, examples=examples, invented=invented, pointers=pointers, corpora=corpora)
    everything = without(everything, unseen)
    start = encoder or encoder_folder()
    renderer = Renderer(Tokenizer.from_file(str(start / "tokenizer.json")))
    aside = held_out(everything, folds, seed)
    inside = [one for one, out_of_it in zip(everything, aside, strict=True) if not out_of_it]
    held = [one for one, out_of_it in zip(everything, aside, strict=True) if out_of_it]
    known = frozenset(map(sentence_hash, [*unseen, *(one.text for one in everything)]))
    documents = frozenset(one.doc for one in kept_apart)
    asked = unlabelled(corpora, known, documents, seed=seed, most=sample) if corpora is not None else []
    sow(seed)
    network = Network(load_encoder(start))
    say(f"{len(inside)} sentences to learn from, {len(held)} held out to calibrate")
    fit(network, inside, renderer, seed=seed, epochs=epochs, say=say)
    words = fit_words(inside)
    presence, linear, early = scores_of(held)
    calibration, thresholds = calibrate(presence, linear, held)
    found = likelihoods(presence, linear, calibration, thresholds)
    if more:
        say(f"once more with all {len(everything)} sentences")
        fit(network, everything, renderer, seed=seed + 1, epochs=more, rate=5e-5, head_rate=3e-4, say=say)
    say(f"asking the encoder about {len(asked)} unlabelled sentences, for the first look")
    taught = [*asked, *inside]
    presence, linear, _ = scores_of(taught)
    worth = worth_of(likelihoods(presence, linear, calibration, thresholds))
    pieces = network.embeddings.word_embeddings.weight.detach()
    parts = fit_glance(taught, worth, renderer, pieces, seed=seed, say=say)
    with tempfile.TemporaryDirectory() as scratch:
        export(network, Path(scratch), out, start)
    save_glance(out / "gate.npz", parts)
    glance = Glance.load(out / "gate.npz")
    looks = np.array([glance.score(renderer.sentence(one.text, principals=one.principals)) for one in held])
    gate = lowest_of(looks, held, found, FIRST_LOSS)
    floor = lowest_of(early + SHARE * looks, held, found, SECOND_LOSS)
    write_settings(out, fit_words(everything), calibration, thresholds, gate=gate, early=floor)
    return out


def write_settings(
    out: Path, words: Words, calibration: Floats, thresholds: Floats, *, gate: float, early: float
) -> None:
    """The linear reader, the calibration and the thresholds beside the network."""
    words.save(out / "words.npz")
    settings: Mapping[str, object] = {
        "signals": list(SIGNALS),
        "speakers": list(SPEAKERS),
        "gate": round(gate, 3),
        "early": round(early, 3),
        "calibration": [[round(float(value), 5) for value in row] for row in calibration],
        "thresholds": [round(float(value), 3) for value in thresholds],
    }
    (out / "thresholds.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
