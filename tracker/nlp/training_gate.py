"""What is worth the encoder's time, learned from the encoder itself. Needs the extra `train`.

A first look that learns only from labelled sentences lets most war news through, since few of its words were ever
seen. The encoder, once trained, can say of any unlabelled sentence whether it would find something; the first look
learns that, and starts from the encoder's own word pieces, so that words alike are alike to it too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from tracker.nlp.glance import REACH
from tracker.nlp.markers import principals_of
from tracker.nlp.rendering import Renderer
from tracker.nlp.training_calibration import probability_of
from tracker.nlp.training_corpora import windows_in
from tracker.nlp.training_data import SIGNALS, Example, sentence_hash

Floats = np.ndarray[Any, np.dtype[np.float64]]
LONGEST: Final = 90  # words; longer pieces are lists and tables
_LITTLE, _MUCH = 0.25, 0.75  # of a signal's threshold: below nothing is there, above something is
FIRST_LOSS: Final = 0.02  # share of what the encoder finds rightly that the first look may cost
SECOND_LOSS: Final = 0.03  # … and the second, by itself; what both leave away is seldom sure
SIZE, WIDTH = 96, 128  # of the embeddings, of the convolutions
EPOCHS, BATCH, RATE = 4, 64, 2e-3


def unlabelled(
    corpora: Path, apart: frozenset[str], documents: frozenset[str] = frozenset(), *, seed: int, most: int
) -> list[Example]:
    """A sample of the sentences of the corpora; none among the hashes, or of the documents, to keep apart."""
    seen = set(apart)
    kept = []
    for row in windows_in(corpora):
        name = sentence_hash(row["text"])
        if name not in seen and str(row["doc"]) not in documents and 5 <= len(row["text"].split()) <= LONGEST:
            seen.add(name)
            kept.append(row)
    random.Random(seed).shuffle(kept)  # noqa: S311 - repeatable, not secret
    return [_example(row) for row in kept[:most]]


def _example(row: Any) -> Example:
    before, title = tuple(row["before"]), row["title"]
    return Example(
        text=row["text"],
        before=before,
        title=title,
        doc=str(row["doc"]),
        codes=(),
        rejects=frozenset(),
        principals=principals_of([row["text"], title, *before]),
        origin="unlabelled",
    )


def likelihoods(presence: Floats, linear: Floats, calibration: Floats, thresholds: Floats) -> Floats:
    """Each signal's probability against its threshold: 1 and more is found."""
    columns = [
        probability_of(calibration[at], presence[:, at], linear[:, at]) / thresholds[at] for at in range(len(SIGNALS))
    ]
    return np.stack(columns, axis=1)


def worth_of(likely: Floats) -> Floats:
    """How much each sentence is worth the encoder's time, 0 to 1, by its likeliest signal."""
    return np.asarray(np.clip((likely.max(1) - _LITTLE) / (_MUCH - _LITTLE), 0.0, 1.0))


class _Look(nn.Module):  # type: ignore[misc]
    """What `Glance` computes, for a padded batch."""

    def __init__(self, pieces: Tensor) -> None:
        super().__init__()
        self.pieces = nn.Embedding.from_pretrained(pieces, freeze=False)
        self.first = nn.Linear(REACH * SIZE, WIDTH)
        self.second = nn.Linear(REACH * WIDTH, WIDTH)
        self.last = nn.Linear(WIDTH, 1)

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        """One score per sentence."""
        shown = mask.unsqueeze(-1)
        hidden = functional.dropout(self.pieces(rows), 0.1, self.training) * shown
        hidden = torch.relu(self.first(_beside(hidden))) * shown
        hidden = torch.relu(self.second(_beside(hidden))) * shown
        score: Tensor = self.last(functional.dropout(hidden.max(1).values, 0.2, self.training)).squeeze(-1)
        return score


def _beside(hidden: Tensor) -> Tensor:
    none = torch.zeros_like(hidden[:, :1])
    return torch.cat([torch.cat([none, hidden[:, :-1]], 1), hidden, torch.cat([hidden[:, 1:], none], 1)], -1)


def fit_glance(
    examples: Sequence[Example],
    worth: Floats,
    renderer: Renderer,
    words: Tensor,
    *,
    seed: int,
    say: Callable[[str], None] = print,
) -> dict[str, np.ndarray[Any, Any]]:
    """The parts of a `Glance` that tells what the encoder finds worth its time; `words` are its word embeddings."""
    torch.manual_seed(seed)
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    sentences = [renderer.sentence(one.text, principals=one.principals) for one in examples]
    used = np.bincount(np.fromiter((i for ids in sentences for i in ids), dtype=np.int64), minlength=len(words))
    kept = np.flatnonzero(used >= 2)
    place = np.zeros(len(words), dtype=np.int16)
    place[kept] = np.arange(1, len(kept) + 1, dtype=np.int16)
    chosen = words[torch.from_numpy(kept)]
    _, _, axes = torch.pca_lowrank(chosen, q=SIZE, niter=4)
    small = chosen @ axes
    start = torch.cat([torch.zeros(1, SIZE), small / small.std()])
    look = _Look(start.contiguous())
    optimiser = torch.optim.AdamW(look.parameters(), lr=RATE, weight_decay=0.01)
    order = sorted(range(len(sentences)), key=lambda at: len(sentences[at]))
    batches = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    steps, step = EPOCHS * len(batches), 0
    for epoch in range(EPOCHS):
        rng.shuffle(batches)
        running = 0.0
        for batch in batches:
            step += 1
            for group in optimiser.param_groups:
                group["lr"] = RATE * max(0.02, 1.0 - step / steps)
            rows, mask = _padded([place[np.asarray(sentences[at])] for at in batch])
            wanted = torch.tensor([float(worth[at]) for at in batch])
            loss = functional.binary_cross_entropy_with_logits(look(rows, mask), wanted)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            running += float(loss.detach())
        say(f"first look, epoch {epoch + 1}: loss {running / len(batches):.4f}")
    return _parts(look, place)


def _padded(rows: Sequence[np.ndarray[Any, Any]]) -> tuple[Tensor, Tensor]:
    longest = max(map(len, rows))
    table, mask = np.zeros((len(rows), longest), dtype=np.int64), np.zeros((len(rows), longest), dtype=np.float32)
    for at, row in enumerate(rows):
        table[at, : len(row)], mask[at, : len(row)] = row, 1.0
    return torch.from_numpy(table), torch.from_numpy(mask)


def _parts(look: _Look, place: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """Embeddings in eight bits, a scale per row; the rest as half-precision numbers."""
    table = look.pieces.weight.detach().numpy()
    scale = np.maximum(np.abs(table).max(1, keepdims=True), 1e-6) / 127.0
    parts: dict[str, np.ndarray[Any, Any]] = {
        "place": place,
        "pieces": np.round(table / scale).astype(np.int8),
        "scale": scale.astype(np.float16),
    }
    for name in ("first", "second", "last"):
        layer = getattr(look, name)
        parts[name] = layer.weight.detach().numpy().T.astype(np.float16)
        parts[f"{name}_bias"] = layer.bias.detach().numpy().astype(np.float16)
    parts["last"], parts["last_bias"] = parts["last"][:, 0], parts["last_bias"][0]
    return parts


def save_glance(path: Path, parts: dict[str, np.ndarray[Any, Any]]) -> None:
    """Keep the first look in one file."""
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **parts)


def lowest_of(scores: Floats, held: Sequence[Example], likely: Floats, loss: float) -> float:
    """The score below which a sentence need not be read on, so that hardly anything found rightly is lost."""
    right = [
        score
        for score, one, row in zip(scores, held, likely, strict=True)
        for code in one.codes
        if row[SIGNALS.index(code.signal)] >= 1.0
    ]
    return float(np.quantile(right, loss)) if right else -1e9
