"""Who says what, on trees built by hand."""

import pytest
from coding_material import a_war, tree

from tracker.nlp.attribution import attributions, open_quotation
from tracker.nlp.linking import Registry
from tracker.nlp.parsed import Parsed
from tracker.nlp.speakers import Speaker, author_of, is_pronoun, side_of, speaker_of


def said(sentence: Parsed) -> list[tuple[str, str]]:
    return [
        (sentence.text[slice(*a.source)] if a.source else "", " … ".join(sentence.text[s:e] for s, e in a.content))
        for a in attributions(sentence)
    ]


def test_indirect_speech_has_the_subject_as_source() -> None:
    assert said(tree("Omar/NNP/nsubj/1 said/VBD/ROOT/1 talks/NNS/nsubj/3 failed/VBD/ccomp/1")) == [
        ("Omar", "talks failed")
    ]


def test_quotation_first_and_inverted_speaker() -> None:
    sentence = tree(
        "\"/``/punct/3 We/PRP/nsubj/3 will/MD/aux/3 win/VB/ccomp/6 ,/,/punct/6 \"/''/punct/6 said/VBD/ROOT/6 Omar/NNP/nsubj/6"
    )
    ((source, content),) = said(sentence)
    assert source == "Omar"
    assert "We will win" in content


def test_a_participle_borrows_the_subject_of_its_head() -> None:
    sentence = tree(
        "Omar/NNP/nsubj/1 left/VBD/ROOT/1 ,/,/punct/1 saying/VBG/advcl/1 talks/NNS/nsubj/5 failed/VBD/ccomp/3"
    )
    assert said(sentence) == [("Omar", "talks failed")]


def test_according_to_names_its_object() -> None:
    sentence = tree("Talks/NNS/nsubj/1 failed/VBD/ROOT/1 according/VBG/prep/1 to/IN/prep/2 officials/NNS/pobj/3")
    assert said(sentence) == [("officials", "Talks failed")]


def test_a_passive_told_by_names_the_teller() -> None:
    sentence = tree(
        "He/PRP/nsubjpass/2 was/VBD/auxpass/2 told/VBN/ROOT/2 by/IN/agent/2 Omar/NNP/pobj/3 "
        "that/IN/mark/7 talks/NNS/nsubj/7 failed/VBD/ccomp/2"
    )
    assert said(sentence)[0][0] == "Omar"


def test_a_headline_with_a_colon_is_an_attribution() -> None:
    sentence = tree("Omar:/NNP/nsubj/2 Talks/NNS/nsubj/2 failed/VBD/ROOT/2")
    assert said(sentence) == [("Omar", "Talks failed")]


def test_a_sentence_inside_an_open_quotation_floats() -> None:
    sentence = tree("Talks/NNS/nsubj/1 failed/VBD/ROOT/1")
    assert attributions(sentence) == ()
    assert attributions(sentence, quoted_before=True)[0].manner == "floating"


@pytest.mark.parametrize(
    ("text", "before", "opened"),
    [("“We win.", False, True), ("They lost.”", True, False), ('"a" b', False, False), ("plain", True, True)],
)
def test_quotations_stay_open_until_they_are_closed(text: str, before: bool, opened: bool) -> None:
    assert open_quotation(text, before=before) is opened


@pytest.mark.parametrize(
    ("words", "kind", "party"),
    [
        ("Ben New", "leader", "VRN"),
        ("an adviser to Ben New", "official", "VRN"),
        ("the Vrnish defence minister", "official", "VRN"),
        ("two Vrnish officials", "official_anon", "VRN"),
        ("people familiar with the talks", "official_anon", ""),
        ("opposition lawmakers", "faction", ""),
        ("the Sable Republic's envoy", "third_party", ""),
        ("the German chancellor", "third_party", ""),
        ("a military analyst", "analyst", ""),
        ("a poll by an institute", "pollster", ""),
        ("residents", "public", ""),
        ("the president", "leader", "KES"),
    ],
)
def test_the_words_of_a_source_say_its_class(words: str, kind: str, party: str) -> None:
    registry = Registry([a_war()])
    mentions = registry.mentions(registry.scan(words), "lisse", None)
    speaker = speaker_of(words, mentions, focus=("KES",))
    assert (speaker.speaker_class, speaker.party) == (kind, party)


@pytest.mark.parametrize(
    ("speaker", "locus", "side"),
    [
        (Speaker(), "VRN", "media"),
        (Speaker(words="x", speaker_class="official", party="VRN"), "VRN", "self"),
        (Speaker(words="x", speaker_class="official", party="VRN"), "KES", "opponent"),
        (Speaker(words="x", speaker_class="official", party="VRN"), "ALL", "self"),
        (Speaker(words="x", speaker_class="third_party", backs="VRN"), "VRN", "backer_self"),
        (Speaker(words="x", speaker_class="third_party", backs="VRN"), "KES", "backer_opp"),
        (Speaker(words="x", speaker_class="third_party", backs="VRN"), "ALL", "neutral"),
        (Speaker(words="x", speaker_class="third_party"), "VRN", "neutral"),
    ],
)
def test_the_side_of_a_speaker_depends_on_the_party_concerned(speaker: Speaker, locus: str, side: str) -> None:
    assert side_of(speaker, locus, a_war()) == side


def test_a_headline_tells_whose_speech_it_is() -> None:
    registry = Registry([a_war()])
    title = "Address by President Ben New"
    author = author_of(title, registry.mentions(registry.scan(title), "lisse", None))
    assert author is not None
    assert (author.speaker_class, author.party) == ("leader", "VRN")
    assert author_of("Rain in Vrnville", ()) is None


def test_pronouns_are_looked_up_elsewhere() -> None:
    assert is_pronoun("He")
    assert not is_pronoun("The minister")
