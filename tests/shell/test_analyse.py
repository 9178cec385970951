"""spaCy behind its one door."""

import pytest

from tracker.errors import AnalysisError
from tracker.nlp.analyse import Analyser


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser()


@pytest.mark.model
def test_a_sentence_comes_out_as_frozen_tokens_with_a_tree(analyser: Analyser) -> None:
    text = "The envoys met in Oster, the minister said."
    (parse,) = analyser.parse([text])
    root = next(i for i, t in enumerate(parse.tokens) if t.head == i)
    assert parse.tokens[root].lemma == "say"
    assert all(text[t.start : t.end] == t.text for t in parse.tokens)
    assert parse.subtree(root) == tuple(range(len(parse.tokens)))
    assert {parse.tokens[i].text for i in parse.children(root, "nsubj")} == {"minister"}


@pytest.mark.model
@pytest.mark.parametrize("text", ["", " ", "\n\n", "🕊️", "a\u00a0b", "word " * 300, "\u202eمحادثات", "?!"])
def test_odd_texts_come_out_whole(analyser: Analyser, text: str) -> None:
    (parse,) = analyser.parse([text])
    assert all(0 <= t.head < len(parse.tokens) for t in parse.tokens)


@pytest.mark.model
def test_a_parse_does_not_depend_on_its_company(analyser: Analyser) -> None:
    texts = [f"Envoys of side {i} met on day {i}, the minister said." for i in range(70)]
    assert list(analyser.parse(texts)) == [next(iter(analyser.parse([text]))) for text in texts]


@pytest.mark.model
def test_the_name_records_model_and_library(analyser: Analyser) -> None:
    assert "core_web_sm" in analyser.name
    assert "spacy-" in analyser.name


def test_a_model_that_is_not_there_is_refused_with_a_remedy() -> None:
    with pytest.raises(AnalysisError) as caught:
        Analyser("no_such_model")
    assert caught.value.remedy
