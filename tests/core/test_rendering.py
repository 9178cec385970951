"""What the encoder is shown: a sentence and what stands around it, each on its own, with its role."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from tracker.nlp.recogniser import default_folder
from tracker.nlp.rendering import BEFORE, CLS, EARLIER, LIMIT, LIMIT_BEFORE, LIMIT_TITLE, SEP, TITLE, Renderer
from tracker.nlp.text import plain

TOKENIZER = default_folder() / "tokenizer.json"
pytestmark = pytest.mark.skipif(not Path(TOKENIZER).is_file(), reason="the weights are not installed")
PAIR = ("UKR", "RUS")


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """The shipped vocabulary."""
    return Tokenizer.from_file(str(TOKENIZER))


@pytest.fixture(scope="module")
def renderer(tokenizer: Tokenizer) -> Renderer:
    return Renderer(tokenizer)


def test_roles_follow_the_distance(renderer: Renderer) -> None:
    far, near, title = "Snow fell.", "Talks were held.", "A day of talks"
    both = renderer.around("They ended.", before=(far, near), title=title)
    assert both == (
        (renderer.sentence(title), TITLE),
        (renderer.sentence(far), EARLIER),
        (renderer.sentence(near), BEFORE),
    )
    assert renderer.around("They ended.", before=(near,)) == ((renderer.sentence(near), BEFORE),)
    assert renderer.around("They ended.", before=("older", far, near)) == both[1:]


def test_nothing_stands_around_when_nothing_does(renderer: Renderer) -> None:
    assert renderer.around("They ended.") == ()
    assert renderer.around("They ended.", before=("", " "), title=" ") == ()


def test_a_sentence_looks_the_same_before_another_as_alone(renderer: Renderer) -> None:
    text = "Moscow rejected what Kyiv had proposed."
    assert renderer.around("They ended.", before=(text,), principals=PAIR)[0][0] == renderer.sentence(
        text, principals=PAIR
    )


def test_each_belligerent_has_its_marker(renderer: Renderer) -> None:
    one, other = (renderer.number_of(f"[unused{n}]") for n in (1, 2))
    ids = renderer.sentence("Moscow rejected what Kyiv had proposed.", principals=PAIR)
    assert [i for i in ids if i in {one, other}] == [other, one]
    swapped = renderer.sentence("Moscow rejected what Kyiv had proposed.", principals=PAIR[::-1])
    assert [i for i in swapped if i in {one, other}] == [one, other]


def test_names_known_only_from_the_sentence_are_marked_around_it(renderer: Renderer) -> None:
    text, before = "Brinko refused.", "An envoy went to Brinko."
    marked = renderer.around(text, before=(before,), principals=("VRN", "KES"), supplied=((0, 6, "VRN"),))
    assert renderer.number_of("[unused1]") in marked[0][0]
    assert renderer.number_of("[unused1]") not in renderer.sentence(before, principals=("VRN", "KES"))


def test_length_is_bounded_and_ends_are_kept(renderer: Renderer) -> None:
    endless = "war " * 5_000
    for ids, limit in (
        (renderer.sentence(endless), LIMIT),
        (renderer.around("It ended.", title=endless)[0][0], LIMIT_TITLE),
        (renderer.around("It ended.", before=(endless,))[0][0], LIMIT_BEFORE),
    ):
        assert len(ids) == limit
        assert (ids[0], ids[-1]) == (CLS, SEP)


@given(st.text(st.sampled_from("aé’'-$.,U123 \n\t«\u202e\u200d北🇺🇦[]") | st.characters(), max_size=60))
def test_words_cut_one_by_one_are_cut_as_in_the_text(tokenizer: Tokenizer, renderer: Renderer, text: str) -> None:
    shown = plain(text)
    whole = tokenizer.encode(shown, add_special_tokens=False).ids
    assert list(renderer.sentence(shown)[1:-1]) == whole[: LIMIT - 2]


def test_an_endless_word_is_read_as_any_other(renderer: Renderer) -> None:
    assert renderer.sentence("x" * 100_000) == renderer.sentence("x" * 200)
