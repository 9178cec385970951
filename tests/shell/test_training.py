"""What training learns from and what it holds out; the training itself needs the extra and is not run here."""

import json
from pathlib import Path

import pytest

from tracker.errors import AnalysisError
from tracker.nlp.training import held_out, load_examples


def a_gold_file(path: Path, *, documents: int) -> Path:
    rows = [
        {"text": f"Envoys met for the {n}th time.", "doc": f"d{n}", "codes": [], "rejects": []}
        for n in range(documents)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def test_gold_of_any_name_is_held_out_and_invented_sentences_are_not(tmp_path: Path) -> None:
    gold = a_gold_file(tmp_path / "our-own-labels.jsonl", documents=18)
    (tmp_path / "made-up").mkdir()
    invented = a_gold_file(tmp_path / "made-up" / "train.jsonl", documents=40)
    found = load_examples([gold], invented=invented)
    assert len(found) == 40  # each sentence once
    assert [e.origin for e in found].count("gold") == 18
    aside = held_out(found, 9, 7)
    assert 0 < sum(aside) < 18
    assert {e.origin for e, out_of_it in zip(found, aside, strict=True) if out_of_it} == {"gold"}


def test_too_few_documents_to_calibrate_are_refused_with_a_remedy(tmp_path: Path) -> None:
    found = load_examples([], invented=a_gold_file(tmp_path / "invented.jsonl", documents=30))
    with pytest.raises(AnalysisError, match="30 sentences leave none") as caught:
        held_out(found, 9, 7)
    assert "documents" in caught.value.remedy
