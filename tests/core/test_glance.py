"""The first look: a sentence scores by the strongest place it has, and by nothing else."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tracker.nlp.glance import PARTS, REACH, Glance

ROWS, SIZE, WIDTH, TOKENS = 6, 4, 5, 40


def some_parts(seed: int = 3) -> dict[str, np.ndarray[Any, Any]]:
    """Small weights; tokens that no row stands for share row 0, which is empty."""
    draw = np.random.default_rng(seed)
    place = np.zeros(TOKENS, dtype=np.int16)
    place[1:ROWS] = np.arange(1, ROWS)
    pieces = draw.integers(-127, 128, (ROWS, SIZE)).astype(np.int8)
    pieces[0] = 0
    return {
        "place": place,
        "pieces": pieces,
        "scale": np.full((ROWS, 1), 0.01, dtype=np.float16),
        "first": draw.normal(size=(REACH * SIZE, WIDTH)).astype(np.float16),
        "first_bias": draw.normal(size=WIDTH).astype(np.float16),
        "second": draw.normal(size=(REACH * WIDTH, WIDTH)).astype(np.float16),
        "second_bias": draw.normal(size=WIDTH).astype(np.float16),
        "last": draw.normal(size=WIDTH).astype(np.float16),
        "last_bias": np.float16(0.5),
    }


def slowly(parts: dict[str, np.ndarray[Any, Any]], ids: list[int]) -> float:
    """The same by loops."""
    rows = [parts["pieces"][parts["place"][i]] * float(parts["scale"][0, 0]) for i in ids]
    for name in ("first", "second"):
        weight, bias = parts[name].astype(float), parts[f"{name}_bias"].astype(float)
        none = np.zeros(len(rows[0]))
        seen = [
            np.concatenate([rows[at - 1] if at else none, row, rows[at + 1] if at + 1 < len(rows) else none])
            for at, row in enumerate(rows)
        ]
        rows = [np.maximum(one @ weight + bias, 0.0) for one in seen]
    return float(np.max(rows, axis=0) @ parts["last"].astype(float) + float(parts["last_bias"]))


@pytest.mark.parametrize("ids", [[1, 2, 3], [5], [4, 4, 39, 2, 1, 5, 3]])
def test_it_computes_what_the_loops_do(ids: list[int]) -> None:
    parts = some_parts()
    assert Glance(parts).score(ids) == pytest.approx(slowly(parts, ids), abs=0.01)


def test_tokens_it_never_saw_are_all_the_same_to_it() -> None:
    glance = Glance(some_parts())
    assert glance.score([1, 30, 2]) == glance.score([1, 39, 2])


def test_scores_are_rounded_so_that_no_processor_decides_otherwise() -> None:
    score = Glance(some_parts()).score([1, 2, 3, 4, 5])
    assert score == round(score, 2)


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    parts = some_parts()
    np.savez_compressed(tmp_path / "gate.npz", **parts)  # type: ignore[arg-type]  # names of arrays, no switch
    assert Glance.load(tmp_path / "gate.npz").score([1, 2]) == Glance(parts).score([1, 2])
    np.savez_compressed(tmp_path / "less.npz", place=parts["place"])
    with pytest.raises(KeyError):
        Glance.load(tmp_path / "less.npz")
    assert set(parts) == set(PARTS)
