"""What recogniser and frames say of the same signal, settled."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tracker.catalog import codebook_of, read_codebook_files
from tracker.nlp.cues import Gate
from tracker.nlp.finding import Finder
from tracker.nlp.frames import FrameSet
from tracker.nlp.passage import Candidate, Passage
from tracker.nlp.reader import Reader
from tracker.nlp.recogniser import Judgement, Unit

ROOT = Path(__file__).parents[2]
SIGNAL = "negotiation_openness"


@dataclass
class Opinion:
    """A recogniser that has one opinion."""

    polarity: int
    thresholds: dict[str, float] = field(default_factory=lambda: {SIGNAL: 0.5})

    def judge(self, units: Sequence[Unit], *, floor: float) -> list[tuple[Judgement, ...]]:
        assert floor < 0.9
        said = Judgement(
            signal=SIGNAL, probability=0.9, polarity=self.polarity, polarity_probability=0.99, locus="RUS",
            locus_probability=0.99, speaker_class="leader", speaker_probability=0.99,
        )  # fmt: skip
        return [(said,) for _ in units]


@pytest.fixture(scope="module")
def passage() -> Passage:
    """A sentence in which a frame sees a refusal."""
    reader = Reader(codebook_of(read_codebook_files(ROOT)), recogniser=False)
    told = reader.explain("", "Russia refused to negotiate with Ukraine.", None)
    assert [(s.signal, s.polarity, s.locus) for s in told.signals] == [(SIGNAL, -1, "RUS")]
    return told.explained[0].passage


def settled(passage: Passage, polarity: int) -> list[Candidate]:
    indicators = codebook_of(read_codebook_files(ROOT)).indicators
    definitions = {s.id: s for i in indicators for s in i.signals}
    finder = Finder(definitions, Gate(indicators), FrameSet(indicators), Opinion(polarity))  # type: ignore[arg-type]
    found = finder.complete(passage, finder.propose(passage))
    return [c for c in found if c.signal == SIGNAL and c.rule == "recogniser"]


def test_a_frame_that_agrees_gives_its_place(passage: Passage) -> None:
    (one,) = settled(passage, -1)
    assert (one.accepted, one.doubtful) == (True, False)
    assert one.also
    assert one.anchor is not None


def test_a_direction_that_frames_only_contradict_is_in_doubt(passage: Passage) -> None:
    (one,) = settled(passage, 1)
    assert (one.accepted, one.doubtful) == (False, True)
    assert not one.also
