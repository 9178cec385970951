"""The learned recogniser: the same sentence, the same answer, whatever surrounds the question."""

from __future__ import annotations

import hashlib
import shutil
from collections import OrderedDict
from dataclasses import fields
from pathlib import Path

import pytest

from tracker.nlp.identity import FILES
from tracker.nlp.recogniser import Judgement, Recogniser, Unit, default_folder

pytestmark = pytest.mark.skipif(not (default_folder() / "upper.onnx").is_file(), reason="the weights are not installed")

UNITS = (
    Unit(
        text="Delegations from Oster and Maren met for four hours and agreed to swap 900 prisoners.",
        parties=((17, 22, "VRN"), (27, 32, "KES")),
        principals=("VRN", "KES"),
    ),
    Unit(text="Ukraine will not cede a single village, the president said.", principals=("UKR", "RUS")),
    Unit(
        text="That money is not coming from us, he said.",
        before=("The prime minister was asked about the European loan to Ukraine.",),
        title="EU summit divided over Ukraine loan",
        principals=("UKR", "RUS"),
    ),
    Unit(text="The keeper saved two penalties in the cup final."),
    Unit(text="Qatar offered to host talks between Israel and Hamas.", principals=("ISR", "HAMAS")),
)


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    """The shipped weights, opened once."""
    return Recogniser(default_folder())


def test_company_does_not_matter(recogniser: Recogniser) -> None:
    together = recogniser.judge(UNITS, floor=0.0)
    alone = [recogniser.judge([unit], floor=0.0)[0] for unit in UNITS]
    repeated = recogniser.judge([*reversed(UNITS), *UNITS, *UNITS], floor=0.0)
    assert together == alone
    assert repeated[-len(UNITS) :] == together
    assert repeated[: len(UNITS)] == list(reversed(together))


def test_another_instance_agrees(recogniser: Recogniser) -> None:
    other = Recogniser(default_folder())
    assert other.version == recogniser.version
    assert other.judge(UNITS) == recogniser.judge(UNITS)


def test_nothing_is_found_in_nothing(recogniser: Recogniser) -> None:
    assert recogniser.judge([]) == []
    assert recogniser.judge([Unit(text=""), Unit(text="  \n ")], floor=0.0) == [(), ()]


def test_odd_text_is_survived(recogniser: Recogniser) -> None:
    odd = [Unit(text="…" * 3), Unit(text="talks " * 900), Unit(text="\u202eпереговори 停火 🕊", before=("", ""))]
    assert len(recogniser.judge(odd, floor=0.0)) == len(odd)


def test_spans_out_of_range_are_ignored(recogniser: Recogniser) -> None:
    plain = Unit(text="Both sides agreed to a truce.", principals=("VRN", "KES"))
    wrong = Unit(text=plain.text, principals=plain.principals, parties=((5, 900, "VRN"), (9, 3, "KES")))
    assert recogniser.judge([wrong]) == recogniser.judge([plain])


def test_no_principals_means_no_markers(recogniser: Recogniser) -> None:
    text = "Ukraine and Russia exchanged prisoners after talks in Istanbul."
    (found,) = recogniser.judge([Unit(text=text, title="Kyiv and Moscow swap prisoners")], floor=0.0)
    assert {one.locus for one in found} <= {None, "ALL"}


def test_floor_and_order(recogniser: Recogniser) -> None:
    for floor in (0.0, 0.05, 0.5):
        for judgements in recogniser.judge(UNITS, floor=floor):
            assert all(one.probability >= floor for one in judgements)
            assert list(judgements) == sorted(judgements, key=lambda one: (-one.probability, one.signal))


def test_a_clear_sentence_is_recognised(recogniser: Recogniser) -> None:
    (found,) = recogniser.judge(UNITS[:1])
    best = found[0]
    assert (best.signal, best.polarity, best.locus) == ("talks_activity", 1, "ALL")
    assert best.probability >= recogniser.thresholds["talks_activity"]


def test_values_are_rounded_and_known(recogniser: Recogniser) -> None:
    for unit, judgements in zip(UNITS, recogniser.judge(UNITS, floor=0.0), strict=True):
        for one in judgements:
            assert one.probability == round(one.probability, 4)
            assert one.polarity in (-1, 0, 1)
            assert one.signal in recogniser.thresholds
            assert one.locus is None or one.locus in {"ALL", *unit.principals}


def test_every_signal_has_a_threshold(recogniser: Recogniser) -> None:
    assert len(recogniser.thresholds) == 18
    assert all(0.0 < value < 1.0 for value in recogniser.thresholds.values())


def test_version_is_the_hash_of_the_weights(recogniser: Recogniser, tmp_path: Path) -> None:
    copy = tmp_path / "weights"
    shutil.copytree(default_folder(), copy)
    digest = hashlib.sha256()
    for name in FILES:
        digest.update((copy / name).read_bytes())
    assert recogniser.version == digest.hexdigest()[:12]
    settings = copy / "thresholds.json"
    settings.write_bytes(settings.read_bytes() + b"\n")
    assert Recogniser(copy).version != recogniser.version


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"lower\.onnx, upper\.onnx"):
        Recogniser(tmp_path)


def test_little_is_remembered_and_nothing_depends_on_it(recogniser: Recogniser) -> None:
    fresh = Recogniser(default_folder(), gates=False)
    first = fresh.judge(UNITS, floor=0.0)
    many = [Unit(text=f"Envoys met for the {n}th time.", before=(f"It was day {n}.",)) for n in range(400)]
    fresh.judge(many, floor=0.0)
    remembered = [len(value) for value in vars(fresh).values() if isinstance(value, OrderedDict)]
    assert remembered
    assert max(remembered) <= 256
    assert fresh.judge(UNITS, floor=0.0) == first


def test_what_stands_before_is_read_as_when_it_is_judged_itself(recogniser: Recogniser) -> None:
    before = "Delegations from Oster and Maren met for four hours."
    unit = Unit(text="They agreed to meet again.", before=(before,), principals=("VRN", "KES"))
    alone = Recogniser(default_folder(), gates=False).judge([unit], floor=0.0)
    after = Recogniser(default_folder(), gates=False).judge(
        [Unit(text=before, principals=("VRN", "KES")), unit], floor=0.0
    )
    assert after[1:] == alone


def test_gates_only_leave_away(recogniser: Recogniser) -> None:
    open_ = Recogniser(default_folder(), gates=False)
    for unit in UNITS:
        (found,), (everything,) = recogniser.judge([unit], floor=0.0), open_.judge([unit], floor=0.0)
        assert found == (everything if recogniser.reach(unit) == 3 else ())
        assert open_.reach(unit) == 3
    assert recogniser.reach(UNITS[0]) == 3
    assert recogniser.reach(UNITS[3]) < 3


def test_judgements_are_plain_values() -> None:
    assert [field.name for field in fields(Judgement)] == [
        "signal",
        "probability",
        "polarity",
        "polarity_probability",
        "locus",
        "locus_probability",
        "speaker_class",
        "speaker_probability",
    ]
