"""The indicator files that come with the program: complete, weighted as the codebook says, and compilable."""

from pathlib import Path

import pytest

from tracker.catalog import codebook_of, read_codebook_files
from tracker.errors import CatalogError
from tracker.model.codebook import Codebook
from tracker.nlp.cues import Gate
from tracker.nlp.examples import scaffold
from tracker.nlp.frames import FrameSet

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = {
    "hurting_stalemate": {"battlefield_stalemate": (0.5, 60), "attrition_strain": (0.5, 60)},
    "support_erosion": {
        "external_support": (0.45, 45),
        "ally_rift": (0.2, 21),
        "attention_shift": (0.2, 21),
        "persuasion_campaign": (0.15, 21),
    },
    "resolve_erosion": {"victory_confidence": (0.6, 60), "waiting_out": (0.4, 60)},
    "diplomatic_posture": {"negotiation_openness": (0.6, 30), "concession_signal": (0.4, 30)},
    "contact_channel": {"talks_activity": (0.6, 21), "back_channel": (0.4, 45)},
    "third_party_way_out": {"mediation_offer": (0.45, 30), "inducement": (0.35, 45), "mediator_credibility": (0.2, 90)},
    "talk_affordability": {
        "adverse_inference": (0.4, 60),
        "strategic_adaptation": (0.35, 60),
        "public_opinion": (0.25, 120),
    },
}


@pytest.fixture(scope="module")
def codebook() -> Codebook:
    return codebook_of(read_codebook_files(ROOT))


def test_indicators_weigh_their_signals_as_the_codebook_says(codebook: Codebook) -> None:
    found = {i.id: {s.id: (s.weight, s.half_life_days) for s in i.signals} for i in codebook.indicators}
    assert {key: found[key] for key in WEIGHTS} == WEIGHTS


def test_act_signals_side_weights_and_motivation_modes_are_those_of_the_reference(codebook: Codebook) -> None:
    signals = {s.id: s for i in codebook.indicators for s in i.signals}
    acts = {"talks_activity", "back_channel", "mediation_offer", "external_support", "inducement"}
    assert {s for s in signals if signals[s].act} == acts
    assert dict(signals["adverse_inference"].side_weights) == {"opponent": 0.8, "backer_opp": 0.6}
    assert dict(signals["waiting_out"].side_weights) == {"opponent": 0.6, "backer_opp": 0.6}
    assert {s: d.motivation_modes for s, d in signals.items() if d.motivation_modes} == {
        "inducement": ("stick",),
        "ally_rift": ("pressure",),
    }


def test_every_signal_has_words_examples_of_both_kinds_and_frames(codebook: Codebook) -> None:
    for indicator in codebook.indicators:
        for signal in indicator.signals:
            assert signal.cues, signal.id
            assert signal.frames, signal.id
            assert any(e.polarity is not None for e in signal.examples), signal.id
            assert any(e.exclusion for e in signal.examples), signal.id
            assert all(e.mode in signal.modes for e in signal.examples if e.mode), signal.id


def test_cues_and_frames_compile_and_frame_ids_are_unique(codebook: Codebook) -> None:
    gate, frames = Gate(codebook.indicators), FrameSet(codebook.indicators)
    assert gate.passes("Peace talks resumed.")
    ids = [compiled.frame.id for compiled in frames.frames]
    assert len(ids) == len(set(ids))


def test_a_scaffold_is_a_valid_file_whose_cues_speak() -> None:
    files = read_codebook_files(ROOT)
    text = scaffold("grain_route", "Grain's route", "Is the 'route' open?")
    made = codebook_of({**files, "indicators/grain_route.yaml": text})
    gate = Gate([made.indicator("grain_route")])
    assert [hit.polarity for hit in gate.speaking("The first cue phrase is here.")] == [1]


@pytest.mark.parametrize("name", ["", "Grain", "../x", "a b", "-x"])
def test_a_scaffold_refuses_a_name_that_cannot_be_an_id(name: str) -> None:
    with pytest.raises(CatalogError):
        scaffold(name, "t", "q")
