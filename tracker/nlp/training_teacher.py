"""A larger network reads what nobody labelled, so that the small one has more to learn from. Needs the extra `train`.

The teacher is fine-tuned on the labelled sentences like the small network, is too large to ship, and then says of
many unlabelled sentences what it sees in them and how surely. The small network learns to say the same.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from torch import Tensor, nn

from tracker.nlp.rendering import CLS, SEP, Renderer
from tracker.nlp.training_data import Example
from tracker.nlp.training_model import Network, outputs_of
from tracker.nlp.training_words import fit_gate
from tracker.nlp.words import terms_of

EPOCHS: Final = 3.0
RATE: Final = 5e-5
LIKELY_SHARE: Final = 2 / 3  # of the sentences taught: those likeliest to hold something; the rest by chance
_SHIFT: Final = 4  # MPNet's vocabulary is BERT's behind four symbols of its own
_START, _PAD, _END = 0, 1, 2


class Translated(nn.Module):  # type: ignore[misc]
    """An MPNet encoder that takes the token numbers of BERT's vocabulary."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        self.config = encoder.config

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Any:
        """What the encoder makes of the tokens."""
        ids = input_ids + _SHIFT
        ids = ids.masked_fill(input_ids == CLS, _START).masked_fill(input_ids == SEP, _END)
        return self.encoder(input_ids=ids.masked_fill(attention_mask == 0, _PAD), attention_mask=attention_mask)


def teacher_from(folder: Path) -> Network:
    """An untrained teacher on an MPNet encoder in a folder, such as all-mpnet-base-v2 (Apache-2.0)."""
    from transformers import AutoModel  # noqa: PLC0415 - judging must not need it

    encoder = AutoModel.from_pretrained(str(folder), local_files_only=True)
    encoder.pooler = None
    encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    return Network(Translated(encoder))


def worth_teaching(
    unlabelled: Sequence[Example], labelled: Sequence[Example], *, count: int, seed: int
) -> list[Example]:
    """The sentences likeliest to hold something by the words of the labelled ones, and some by chance."""
    gate = fit_gate([one.text for one in labelled], np.array([float(bool(one.codes)) for one in labelled]))
    ranked = sorted(unlabelled, key=lambda one: -float(gate.judge(terms_of(one.text))[0]))
    likely = ranked[: round(count * LIKELY_SHARE)]
    rest = ranked[len(likely) :]
    random.Random(seed).shuffle(rest)  # noqa: S311 - repeatable, not secret
    return likely + rest[: count - len(likely)]


def taught(teacher: Network, sentences: Sequence[Example], renderer: Renderer) -> list[Example]:
    """The sentences with what the teacher says of them."""
    said = outputs_of(teacher, sentences, renderer, half=True)
    return [
        replace(one, taught=tuple(round(float(value), 3) for value in row), origin="taught")
        for one, row in zip(sentences, said, strict=True)
    ]
