"""Cues, frames and the sentence splitter: what an analyst writes and what the machine makes of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import CatalogError
from tracker.model.codebook import Frame, Indicator, SignalDefinition
from tracker.nlp.cues import Gate
from tracker.nlp.frames import FrameSet
from tracker.nlp.lemmas import forms, lemma
from tracker.nlp.phrases import pattern
from tracker.nlp.text import MAX_SENTENCE, MAX_SENTENCES, plain, sentences


def an_indicator(*, cues: tuple[str, ...] = (), frames: tuple[Frame, ...] = ()) -> Indicator:
    signal = SignalDefinition(
        id="sig", title="", definition="", theory="", weight=1.0, half_life_days=30, polarity={}, modes=("stated",),
        intensity="", cues=cues, frames=frames,
    )  # fmt: skip
    return Indicator(id="mine", title="", question="", theory="", level="party", status="trial", signals=(signal,))


def a_frame(**pattern_: Any) -> Frame:
    return Frame(id="f", polarity=1, pattern=pattern_)


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("Peace talks resumed.", True),
        ("TALKING HELPS", True),
        ("It’s a stalk.", False),
        ("they rule it out", False),
        ("they rule out it", True),
        ("", False),
    ],
)
def test_a_cue_is_found_at_word_borders_in_any_case(text: str, passes: bool) -> None:
    assert Gate([an_indicator(cues=("talk*", "rule out"))]).passes(text) is passes


def test_marked_cues_speak_for_themselves_and_unmarked_ones_only_open_the_gate() -> None:
    gate = Gate([an_indicator(cues=("+ agrees to talk", "- rules out", "talks"))])
    assert [h.polarity for h in gate.speaking("The army rules out talks.")] == [-1]
    assert gate.speaking("Talks.") == []


def test_a_signal_with_bare_cues_only_is_coded_by_them() -> None:
    assert [h.polarity for h in Gate([an_indicator(cues=("talks",))]).speaking("Talks.")] == [1]


@pytest.mark.parametrize("cue", ["/(a/", "/(a+)+b/", "*", "", "x" * 300])
def test_a_cue_that_cannot_be_used_names_file_signal_and_remedy(cue: str) -> None:
    with pytest.raises(CatalogError, match=r"indicators/mine\.yaml: sig\.cues") as caught:
        Gate([an_indicator(cues=(cue,))])
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("frame", "key"),
    [
        ({"predikate": ["stall"]}, "predikate"),
        ({"subject": ["army"]}, "anchor"),
        ({"predicate": ["stall"], "subject": ["PARTI"]}, "PARTI"),
        ({"predicate": ["stall"], "negated": "maybe"}, "negated"),
        ({"predicate": 3}, "predicate"),
        ({"noun": ["x"], "preposition": ["of"]}, "preposition"),
    ],
)
def test_a_broken_frame_names_file_signal_frame_key_and_remedy(frame: dict[str, Any], key: str) -> None:
    with pytest.raises(CatalogError, match=r"indicators/mine\.yaml: sig\.frames\.f") as caught:
        FrameSet([an_indicator(frames=(a_frame(**frame),))])
    assert key in caught.value.message
    assert caught.value.remedy


def test_what_a_frame_needs_in_words_is_told_without_a_parse() -> None:
    frames = FrameSet([an_indicator(frames=(a_frame(predicate=["meet"], near=["envoy*"], without=["football"]),))])
    assert frames.might_hold("Envoys met in Oster.")
    assert not frames.might_hold("Envoys left.")
    assert not frames.might_hold("Envoys met at the football.")


@given(st.lists(st.text(alphabet="abcd ", min_size=1, max_size=8).map(str.strip).filter(bool), min_size=1, max_size=8))
def test_every_phrase_of_a_trie_is_found_whole(phrases: list[str]) -> None:
    regex = pattern(phrases)
    assert regex is not None
    assert all(regex.fullmatch(" ".join(phrase.split())) for phrase in phrases)


@given(st.text(max_size=400))
def test_sentences_stand_where_they_say_they_stand(text: str) -> None:
    for span in sentences(text):
        assert plain(text)[span.start : span.end] == span.text
        assert span.text.strip() == span.text


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Lt. Gen. Omar of the U.S. Army met Mr. Ban on Jan. 5. He left.", 2),
        ("He came from the U.S. The army stayed.", 2),
        ("“Will they talk?” President Omar asked. No one knew.", 2),
        ("It ended on Friday.The army stayed.", 2),
        ("About 5.5 percent of No. 5 was U.N. aid.", 1),
        ("One\n\nTwo", 2),
        ("🕊️ ... !!! ???", 0),
        ("", 0),
    ],
)
def test_sentences_survive_abbreviations_quotations_and_missing_blanks(text: str, count: int) -> None:
    assert len(sentences(text)) == count


@pytest.mark.parametrize(
    "text", ["x" * 1_000_000, "ab " * 300_000, "A. " * 300_000, "\u202eأب. " * 100_000, "\x00\x07." * 99_999]
)
def test_texts_without_end_are_cut_to_a_bound(text: str) -> None:
    found = sentences(text)
    assert len(found) <= MAX_SENTENCES
    assert all(len(span.text) <= MAX_SENTENCE for span in found)


@pytest.mark.parametrize(
    ("word", "tag", "expected"),
    [("stalled", "VBD", "stall"), ("negotiating", "VBG", "negotiate"), ("parties", "NNS", "party"), ("broke", "VBD", "break"),
     ("stopped", "VBD", "stop"), ("Moscow", "NNP", "moscow"), ("agrees", "VBZ", "agree"), ("seized", "VBN", "seize")],
)  # fmt: skip
def test_lemmas_follow_rules_and_a_table(word: str, tag: str, expected: str) -> None:
    assert lemma(word, tag) == expected


@pytest.mark.parametrize(("base", "form"), [("meet", "met"), ("negotiate", "negotiating"), ("stall", "stalled")])
def test_the_forms_of_a_lemma_find_its_inflections(base: str, form: str) -> None:
    regex = pattern(forms(base))
    assert regex is not None
    assert regex.fullmatch(form)
