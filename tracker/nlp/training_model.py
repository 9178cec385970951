"""The network and one run of its training. Needs the extra `train`; judging does not."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from tracker.nlp.rendering import Pieces, Renderer
from tracker.nlp.training_data import LOCI, SIGNALS, SPEAKERS, Example, Rendered, prepare

Floats = np.ndarray[Any, np.dtype[np.float32]]
WIDTHS = (len(SIGNALS), len(SIGNALS) * 3, len(SIGNALS) * len(LOCI), len(SPEAKERS))
LOWER = 2  # layers of the lower storey
TOGETHER = 16  # texts that the lower storey is given at once
POLARITY_SHARE, LOCUS_SHARE, SPEAKER_SHARE, EARLY_SHARE = 1.0, 1.0, 0.35, 0.3
MEMORY = 0.998  # per step: the weights kept are a running mean over the last five hundred steps or so


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some sentences as the network reads them: every distinct piece of text once, then who stands where."""

    texts: list[tuple[Tensor, Tensor]]  # numbers of word pieces and mask, a few texts of like length at a time
    own: Tensor  # per sentence the places of its word pieces among all of them, -1 beyond its end
    around: Tensor  # the same of what stands around it
    role: Tensor  # and the role each of those plays


class Network(nn.Module):  # type: ignore[misc]
    """An encoder in two storeys, with one pair of eyes per signal.

    The lower layers read every sentence alone, so that a sentence that is judged and then stands before others is
    read once. The upper layers read the sentence together with what the lower ones made of title and sentences
    before, which they look at but do not change. Each signal looks at the tokens with its own query; presence,
    polarity and locus are read from what it sees, together with the mean of the sentence. A first pair of eyes
    looks at the lower storey alone and says early whether there is anything to find.
    """

    def __init__(self, encoder: Any, lower: int = LOWER, dropout: float = 0.1) -> None:
        super().__init__()
        size = int(encoder.config.hidden_size)
        count = len(SIGNALS)
        self.heads = int(encoder.config.num_attention_heads)
        self.storey = lower
        self.embeddings = encoder.embeddings
        self.layers = encoder.encoder.layer
        self.dropout = nn.Dropout(dropout)
        self.role = nn.Parameter(torch.randn(3, size) * 0.02)
        self.early_query = nn.Parameter(torch.randn(count, size) * 0.02)
        self.early = nn.Parameter(torch.randn(count, 2 * size) * 0.02)
        self.early_bias = nn.Parameter(torch.full((count,), -3.0))
        self.query = nn.Parameter(torch.randn(count, size) * 0.02)
        self.presence = nn.Parameter(torch.randn(count, 2 * size) * 0.02)
        self.bias = nn.Parameter(torch.full((count,), -3.0))
        self.polarity = nn.Linear(2 * size, 3)
        self.polarity_own = nn.Parameter(torch.zeros(count, 3, 2 * size))
        self.polarity_bias = nn.Parameter(torch.zeros(count, 3))
        self.locus = nn.Linear(2 * size, len(LOCI))
        self.locus_own = nn.Parameter(torch.zeros(count, len(LOCI), 2 * size))
        self.locus_bias = nn.Parameter(torch.zeros(count, len(LOCI)))
        self.speaker = nn.Linear(size, len(SPEAKERS))

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """One row per sentence: presence, polarity, locus, speaker, end to end; and the early presence."""
        flat = torch.cat([self.read(ids, mask).flatten(0, 1) for ids, mask in batch.texts])
        flat = torch.cat([flat, flat.new_zeros(1, flat.shape[1])])
        hidden, around = _taken(flat, batch.own), _taken(flat, batch.around)
        around = around + self.role[batch.role].to(flat.dtype)
        seen = batch.own >= 0
        own = seen.unsqueeze(-1).float()
        early = self.early_of(hidden.float(), own)
        closed = _closed(torch.cat([seen, batch.around >= 0], 1))
        for layer in self.layers[self.storey :]:
            hidden = attended(layer, self.heads, hidden, torch.cat([hidden, around], 1), closed)
        return self.heads_of(hidden.float(), own), early

    def read(self, ids: Tensor, mask: Tensor) -> Tensor:
        """The lower storey: what it makes of texts, each alone."""
        words = self.embeddings.word_embeddings(ids) + self.embeddings.token_type_embeddings.weight[0]
        placed = words + self.embeddings.position_embeddings.weight[: ids.shape[1]]
        hidden = self.embeddings.dropout(self.embeddings.LayerNorm(placed))
        closed = _closed(mask > 0)
        for layer in self.layers[: self.storey]:
            hidden = attended(layer, self.heads, hidden, hidden, closed)
        return hidden

    def early_of(self, hidden: Tensor, own: Tensor) -> Tensor:
        """What the first pair of eyes says of a sentence that the lower storey has read."""
        both, _ = _looked(hidden, own, self.early_query)
        return (both * self.early).sum(-1) + self.early_bias

    def heads_of(self, hidden: Tensor, own: Tensor) -> Tensor:
        """What the heads say of encoded tokens, of which `own` marks the sentence itself."""
        both, mean = _looked(hidden, own, self.query)
        both = self.dropout(both)
        presence = (both * self.presence).sum(-1) + self.bias
        column = both.unsqueeze(-1)
        polarity = self.polarity(both) + (self.polarity_own @ column).squeeze(-1) + self.polarity_bias
        locus = self.locus(both) + (self.locus_own @ column).squeeze(-1) + self.locus_bias
        speaker = self.speaker(self.dropout(mean))
        return torch.cat([presence, polarity.flatten(1), locus.flatten(1), speaker], 1)


def attended(layer: Any, heads: int, hidden: Tensor, memory: Tensor, closed: Tensor) -> Tensor:
    """One layer of the encoder: `hidden` looks at `memory`, except where it is closed to it."""
    rows, length, size = hidden.shape
    own = layer.attention.self
    query, key, value = (
        part(of).view(rows, -1, heads, size // heads).transpose(1, 2)
        for part, of in ((own.query, hidden), (own.key, memory), (own.value, memory))
    )
    share = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(size // heads) + closed.to(query.dtype), -1)
    seen = (share @ value).transpose(1, 2).reshape(rows, length, size)
    hidden = layer.attention.output(seen, hidden)
    return layer.output(layer.intermediate(hidden), hidden)


def _taken(flat: Tensor, places: Tensor) -> Tensor:
    at = torch.where(places < 0, len(flat) - 1, places)
    return flat.index_select(0, at.flatten()).view(*places.shape, -1)


def _closed(open_: Tensor) -> Tensor:
    return torch.zeros(open_.shape[0], 1, 1, open_.shape[1]).masked_fill(~open_[:, None, None, :], -1e4)


def _looked(hidden: Tensor, own: Tensor, queries: Tensor) -> tuple[Tensor, Tensor]:
    """What every query sees of a sentence's tokens beside their mean; and the mean."""
    mean = (hidden * own).sum(1) / own.sum(1)
    score = queries @ hidden.transpose(1, 2) / math.sqrt(hidden.shape[-1]) * 4.0
    outside = (1.0 - own.transpose(1, 2)) * 1e4
    seen = torch.softmax(score - outside, -1) @ hidden
    return torch.cat([seen, mean.unsqueeze(1).expand_as(seen)], -1), mean


def collate(batch: Sequence[Rendered]) -> Batch:
    """Every distinct text once, padded to the longest of a few."""
    number: dict[Pieces, int] = {}
    for item in batch:
        for pieces in (item.own, *(pieces for pieces, _ in item.around)):
            number.setdefault(pieces, len(number))
    ordered = sorted(number, key=lambda pieces: (len(pieces), number[pieces]))
    texts: list[tuple[Tensor, Tensor]] = []
    begin: dict[Pieces, int] = {}
    rows = 0
    for at in range(0, len(ordered), TOGETHER):
        part = ordered[at : at + TOGETHER]
        longest = len(part[-1])
        ids = torch.zeros(len(part), longest, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, pieces in enumerate(part):
            ids[row, : len(pieces)], mask[row, : len(pieces)] = torch.tensor(pieces), 1
            begin[pieces] = rows + row * longest
        texts.append((ids, mask))
        rows += len(part) * longest
    own = [[begin[item.own] + at for at in range(len(item.own))] for item in batch]
    around = [[begin[pieces] + at for pieces, _ in item.around for at in range(len(pieces))] for item in batch]
    role = [[role for pieces, role in item.around for _ in pieces] for item in batch]
    return Batch(texts=texts, own=_padded(own, -1), around=_padded(around, -1), role=_padded(role, 0))


def _padded(rows: Sequence[Sequence[int]], beyond: int) -> Tensor:
    table = torch.full((len(rows), max(1, *map(len, rows))), beyond, dtype=torch.long)
    for at, row in enumerate(rows):
        table[at, : len(row)] = torch.tensor(row, dtype=torch.long)
    return table


def loss_of(output: Tensor, early: Tensor, batch: Sequence[Rendered]) -> Tensor:
    """Presence first, and early; the other heads learn only where a code tells them what to say."""
    presence, polarity, locus, speaker = output.split(list(WIDTHS), 1)
    target = torch.tensor([item.target for item in batch])
    weight = torch.tensor([item.weight for item in batch])
    smooth = target * 0.96 + 0.01
    total = (functional.binary_cross_entropy_with_logits(presence, smooth, reduction="none") * weight).sum()
    soon = (functional.binary_cross_entropy_with_logits(early, smooth, reduction="none") * weight).sum()
    total = total + EARLY_SHARE * soon
    for head, name, share in ((polarity, "polarity", POLARITY_SHARE), (locus, "locus", LOCUS_SHARE)):
        wanted = torch.tensor([getattr(item, name) for item in batch]).flatten()
        if (wanted >= 0).any():
            total = total + share * functional.cross_entropy(
                head.reshape(-1, 3), wanted, reduction="sum", ignore_index=-100
            )
    who = torch.tensor([item.speaker for item in batch])
    if (who >= 0).any():
        total = total + SPEAKER_SHARE * functional.cross_entropy(speaker, who, reduction="sum", ignore_index=-100)
    return total / len(batch)


def _groups(network: Network, rate: float, head_rate: float, decay: float) -> list[dict[str, Any]]:
    layers = len(network.layers)
    groups = []
    for name, parameter in network.named_parameters():
        if name.startswith("layers."):
            own_rate = rate * decay ** (layers - 1 - int(name.split(".")[1]))
        elif name.startswith("embeddings."):
            own_rate = rate * decay**layers
        else:
            own_rate = head_rate
        plain = parameter.ndim < 2 or "LayerNorm" in name or "bias" in name
        groups.append({"params": [parameter], "lr": own_rate, "weight_decay": 0.0 if plain else 0.02, "top": own_rate})
    return groups


def fit(
    network: Network,
    examples: Sequence[Example],
    renderer: Renderer,
    *,
    seed: int,
    epochs: float = 5,
    batch: int = 24,
    rate: float = 1.4e-4,
    head_rate: float = 1e-3,
    decay: float = 0.9,
    say: Callable[[str], None] = print,
    after_epoch: Callable[[int], None] | None = None,
) -> None:
    """Train in place; a running mean of the weights stays. Same seed, examples and machine: the same weights."""
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    torch.manual_seed(seed)
    optimiser = torch.optim.AdamW(_groups(network, rate, head_rate, decay), fused=True)
    steps = max(1, int(math.ceil(len(examples) / batch) * epochs))
    step = 0
    mean = [parameter.detach().clone() for parameter in network.parameters()]
    for epoch in range(math.ceil(epochs)):
        network.train()
        rendered = [prepare(example, renderer, rng) for example in examples]
        rng.shuffle(rendered)
        pools = [
            sorted(rendered[at : at + batch * 24], key=lambda item: len(item.own))
            for at in range(0, len(rendered), batch * 24)
        ]
        batches = [pool[at : at + batch] for pool in pools for at in range(0, len(pool), batch)]
        rng.shuffle(batches)
        running = 0.0
        for items in batches:
            step += 1
            if step > steps:
                break
            share = min(1.0, step / (0.08 * steps)) * max(0.02, 1.0 - max(0.0, step / steps - 0.08) / 0.92)
            for group in optimiser.param_groups:
                group["lr"] = group["top"] * share
            with torch.autocast("cpu", dtype=torch.bfloat16):
                output, early = network(collate(items))
            loss = loss_of(output.float(), early.float(), items)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            kept = min(MEMORY, (step + 1) / (step + 10))
            with torch.no_grad():
                torch._foreach_lerp_(mean, [parameter.detach() for parameter in network.parameters()], 1.0 - kept)
            running += float(loss.detach())
        say(f"epoch {epoch + 1}: loss {running / len(batches):.4f}")
        if after_epoch is not None:
            after_epoch(epoch + 1)
    with torch.no_grad():
        for parameter, value in zip(network.parameters(), mean, strict=True):
            parameter.copy_(value)


def outputs_of(
    network: Network, examples: Sequence[Example], renderer: Renderer, batch: int = 32, *, half: bool = False
) -> tuple[Floats, Floats]:
    """Raw outputs and early presence, one row per example, in their order; faster and less exact in half precision."""
    network.eval()
    rendered = [prepare(example, renderer, None) for example in examples]
    order = sorted(range(len(rendered)), key=lambda at: len(rendered[at].own))
    out = np.zeros((len(rendered), sum(WIDTHS)), dtype=np.float32)
    soon = np.zeros((len(rendered), len(SIGNALS)), dtype=np.float32)
    with torch.inference_mode():
        for at in range(0, len(order), batch):
            chosen = order[at : at + batch]
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
                whole, early = network(collate([rendered[one] for one in chosen]))
            out[chosen], soon[chosen] = whole.float().numpy(), early.float().numpy()
    return out, soon


def sow(seed: int) -> None:
    """Make the untrained parts of a network repeatable."""
    torch.manual_seed(seed)


def load_encoder(folder: Any) -> Any:
    """The starting encoder, from a folder on disk and nowhere else."""
    from transformers import AutoModel  # noqa: PLC0415 - judging must not need it

    encoder = AutoModel.from_pretrained(str(folder), local_files_only=True, attn_implementation="eager")
    encoder.pooler = None  # nothing here reads it
    for layer in encoder.encoder.layer:
        layer.attention.self.dropout.p = 0.0  # a quarter of the time on processors, and nothing learned by it
    return encoder
