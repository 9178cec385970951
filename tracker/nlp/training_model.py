"""The network and one run of its training. Needs the extra `train`; judging does not."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from tracker.nlp.rendering import Renderer
from tracker.nlp.training_data import LOCI, SIGNALS, SPEAKERS, Example, Rendered, prepare

Floats = np.ndarray[Any, np.dtype[np.float32]]
WIDTHS = (len(SIGNALS), len(SIGNALS) * 3, len(SIGNALS) * len(LOCI), len(SPEAKERS))
POLARITY_SHARE, LOCUS_SHARE, SPEAKER_SHARE = 0.7, 0.7, 0.35
MEMORY = 0.998  # per step: the weights kept are a running mean over the last five hundred steps or so


class Network(nn.Module):  # type: ignore[misc]
    """An encoder with one pair of eyes per signal.

    Each signal looks at the tokens with its own query; presence, polarity and locus
    are read from what it sees, together with the mean of the sentence.
    """

    def __init__(self, encoder: Any, dropout: float = 0.1) -> None:
        super().__init__()
        size = int(encoder.config.hidden_size)
        count = len(SIGNALS)
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
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

    def forward(self, ids: Tensor, segments: Tensor, mask: Tensor) -> Tensor:
        """One row per sentence: presence, polarity, locus, speaker, end to end."""
        extra = {"token_type_ids": segments} if self.encoder.config.model_type == "bert" else {}
        hidden = self.encoder(input_ids=ids, attention_mask=mask, **extra).last_hidden_state.float()
        own = (mask * (1 - segments)).unsqueeze(-1).float()
        return self.heads_of(hidden, own)

    def heads_of(self, hidden: Tensor, own: Tensor) -> Tensor:
        """What the heads say of encoded tokens, of which `own` marks the sentence itself."""
        mean = (hidden * own).sum(1) / own.sum(1)
        score = self.query @ hidden.transpose(1, 2) / math.sqrt(hidden.shape[-1]) * 4.0
        outside = (1.0 - own.transpose(1, 2)) * 1e4
        seen = torch.softmax(score - outside, -1) @ hidden
        both = self.dropout(torch.cat([seen, mean.unsqueeze(1).expand_as(seen)], -1))
        presence = (both * self.presence).sum(-1) + self.bias
        column = both.unsqueeze(-1)
        polarity = self.polarity(both) + (self.polarity_own @ column).squeeze(-1) + self.polarity_bias
        locus = self.locus(both) + (self.locus_own @ column).squeeze(-1) + self.locus_bias
        speaker = self.speaker(self.dropout(mean))
        return torch.cat([presence, polarity.flatten(1), locus.flatten(1), speaker], 1)


def collate(batch: Sequence[Rendered]) -> tuple[Tensor, Tensor, Tensor]:
    """Pad to the longest of the batch."""
    longest = max(len(item.ids) for item in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    segments, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, item in enumerate(batch):
        ids[row, : len(item.ids)] = torch.tensor(item.ids)
        segments[row, : len(item.ids)] = torch.tensor(item.segments)
        mask[row, : len(item.ids)] = 1
    return ids, segments, mask


def loss_of(output: Tensor, batch: Sequence[Rendered]) -> Tensor:
    """Presence first; the other heads learn only where a code tells them what to say."""
    presence, polarity, locus, speaker = output.split(list(WIDTHS), 1)
    target = torch.tensor([item.target for item in batch])
    weight = torch.tensor([item.weight for item in batch])
    smooth = target * 0.96 + 0.01
    total = (functional.binary_cross_entropy_with_logits(presence, smooth, reduction="none") * weight).sum()
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
    layers = int(network.encoder.config.num_hidden_layers)
    groups = []
    for name, parameter in network.named_parameters():
        if name.startswith("encoder."):
            depth = layers
            if ".layer." in name:
                depth = layers - 1 - int(name.split(".layer.")[1].split(".")[0])
            elif "embeddings" not in name:
                depth = 0
            own_rate = rate * decay**depth
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
            sorted(rendered[at : at + batch * 24], key=lambda item: len(item.ids))
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
                output = network(*collate(items))
            loss = loss_of(output.float(), items)
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
    network: Network, examples: Sequence[Example], renderer: Renderer, batch: int = 64, *, half: bool = False
) -> Floats:
    """Raw outputs, one row per example, in the examples' order; faster and less exact in half precision."""
    network.eval()
    rendered = [prepare(example, renderer, None) for example in examples]
    order = sorted(range(len(rendered)), key=lambda at: len(rendered[at].ids))
    out = np.zeros((len(rendered), sum(WIDTHS)), dtype=np.float32)
    with torch.inference_mode():
        for at in range(0, len(order), batch):
            chosen = order[at : at + batch]
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
                out[chosen] = network(*collate([rendered[one] for one in chosen])).float().numpy()
    return out


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
