"""Candidates to signals: the codebook's rules, without any model."""

from dataclasses import replace
from datetime import date

import pytest
from coding_material import a_war, tree
from hypothesis import given
from hypothesis import strategies as st

from tracker.model.codebook import SignalDefinition
from tracker.nlp.attribution import attributions
from tracker.nlp.coding import Verdict, code, rejects
from tracker.nlp.linking import Registry
from tracker.nlp.parsed import Parsed
from tracker.nlp.passage import Candidate, Passage

SIGNALS = (
    "talks_activity",
    "negotiation_openness",
    "external_support",
    "victory_confidence",
    "battlefield_stalemate",
    "own",
)


def definitions() -> dict[str, SignalDefinition]:
    return {
        signal: SignalDefinition(
            id=signal, title="", definition="", theory="", weight=1.0, half_life_days=30, polarity={},
            modes=("willing", "precondition_substantive", "refusal", "held"), intensity="",
        )
        for signal in SIGNALS
    }  # fmt: skip


def a_passage(text: str = "Vrnland and Kesia met.", *, parse: Parsed | None = None, **more: object) -> Passage:
    registry = Registry([a_war()])
    text = parse.text if parse else text
    return Passage(
        index=3,
        text=text,
        conflict=a_war(),
        mentions=registry.mentions(registry.scan(text), "lisse", date(2026, 3, 1)),
        day=date(2026, 3, 1),
        parsed=parse,
        attributions=attributions(parse) if parse else (),
        **more,  # type: ignore[arg-type]
    )


def a_candidate(signal: str = "talks_activity", probability: float = 0.8, **more: object) -> Candidate:
    return Candidate(signal=signal, rule="frame:f", probability=probability, **{"polarity": 1, **more})  # type: ignore[arg-type]


def verdict(passage: Passage, candidate: Candidate) -> Verdict:
    return code(passage, [candidate], definitions())[0]


def test_a_candidate_becomes_a_signal_with_its_evidence() -> None:
    signal = verdict(a_passage(before=("It rained.",)), a_candidate(cue=(0, 7))).signal
    assert signal is not None
    assert (signal.signal, signal.locus, signal.rule, signal.probability) == ("talks_activity", "ALL", "f", 0.8)
    assert (signal.evidence.sentence, signal.evidence.quote, signal.evidence.before) == (
        3,
        "Vrnland and Kesia met.",
        "It rained.",
    )
    assert (signal.speaker_class, signal.speaker_side) == ("narration", "media")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Will Vrnland talk to Kesia?", "X3"),
        ("Read more: Vrnland and Kesia meet", "X11"),
        ("In the series, Vrnland and Kesia meet.", "X12"),
        ("The report that Vrnland met Kesia was fabricated.", "X13"),
        ("Vrnland and Kesia met in 2019.", "X4"),
        ("The airline met its pilots' union.", "X6"),
        ("The exhibition on Vrnland and Kesia opened.", "X7"),
        ("No talks between Vrnland and Kesia are scheduled.", "X1"),
    ],
)
def test_exclusions_refuse_with_their_code(text: str, why: str) -> None:
    result = verdict(a_passage(text), a_candidate())
    assert (result.signal, result.why) == (None, why)
    (reject,) = rejects(a_passage(text), [result])
    assert (reject.why, reject.rule, reject.quote) == (why, "frame:f", text)


def test_an_antecedent_is_refused_by_its_clause_and_an_offer_is_not() -> None:
    parse = tree("Vrnland/NNP/nsubj/1 waits/VBZ/ROOT/1 if/IN/mark/4 Kesia/NNP/nsubj/4 wins/VBZ/advcl/1")
    assert verdict(a_passage(parse=parse), a_candidate("victory_confidence", anchor=4, locus="KES")).why == "X2"
    assert (
        verdict(a_passage(parse=parse), a_candidate("negotiation_openness", anchor=4, locus="KES")).signal is not None
    )


def test_willingness_on_a_condition_that_is_the_dispute_is_a_refusal() -> None:
    war = a_war()
    text = "Vrnland will talk only after a full kesian withdrawal."
    from dataclasses import replace

    party = replace(war.parties[0], disputes=("full kesian withdrawal",))
    passage = replace(a_passage(text), conflict=replace(war, parties=(party, war.parties[1])))
    signal = verdict(passage, a_candidate("negotiation_openness", locus="VRN")).signal
    assert signal is not None
    assert (signal.polarity, signal.mode, signal.conditional) == (-1, "precondition_substantive", True)


def test_no_party_no_code() -> None:
    assert verdict(a_passage("They will win."), a_candidate("victory_confidence")).why == "X10"


@pytest.mark.parametrize(
    ("locus", "sure", "coded"), [("VRN", 0.95, True), ("VRN", 0.6, True), ("KES", 0.95, True), ("KES", 0.6, False)]
)
def test_a_party_that_the_recogniser_doubts_and_the_rules_do_not_find_is_not_coded(
    locus: str, sure: float, *, coded: bool
) -> None:
    proposed = a_candidate("victory_confidence", polarity=-1, locus=locus, locus_probability=sure)
    found = verdict(a_passage("Vrnland is certain of victory."), replace(proposed, rule="recogniser"))
    assert (found.signal is not None) is coded
    assert found.why == ("" if coded else "its party is in doubt")


def test_the_speaker_is_the_innermost_source_and_layers_are_counted() -> None:
    parse = tree(
        "Vrnland/NNP/nsubj/1 said/VBD/ROOT/1 Kesia/NNP/nsubj/3 admitted/VBD/ccomp/1 defeat/NN/nsubj/5 looms/VBZ/ccomp/3"
    )
    place = (parse.tokens[5].start, parse.tokens[5].end)
    signal = verdict(a_passage(parse=parse), a_candidate("victory_confidence", anchor=5, cue=place, locus="KES")).signal
    assert signal is not None
    assert (signal.speaker, signal.speaker_side, signal.layers, signal.self_perceived) == ("Kesia", "self", 1, True)


def test_at_most_three_codes_and_one_for_each_signal_and_party() -> None:
    given_ = [a_candidate(signal, 0.5 + i / 10, locus="VRN") for i, signal in enumerate(SIGNALS[:5])]
    twice = a_candidate("victory_confidence", 0.55, locus="VRN", polarity=-1)
    coded = [v.signal.signal for v in code(a_passage(), [*given_, twice], definitions()) if v.signal]
    assert coded == ["battlefield_stalemate", "victory_confidence", "external_support"]


def test_a_sentence_may_speak_of_both_parties() -> None:
    both = [a_candidate("victory_confidence", locus="VRN"), a_candidate("victory_confidence", locus="KES", polarity=-1)]
    assert [v.signal.locus for v in code(a_passage(), both, definitions()) if v.signal] == ["KES", "VRN"]


candidates = st.builds(
    a_candidate,
    st.sampled_from(SIGNALS),
    st.sampled_from([0.2, 0.5, 0.5, 0.9]),
    polarity=st.sampled_from([-1, 0, 1]),
    locus=st.sampled_from(["VRN", "KES", "ALL"]),
)


@given(st.lists(candidates, max_size=6, unique_by=lambda c: (c.signal, c.locus)), st.randoms())
def test_the_order_of_candidates_does_not_matter(found: list[Candidate], chance: object) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one = [v.signal for v in code(a_passage(), found, definitions())]
    assert one == [v.signal for v in code(a_passage(), shuffled, definitions())]


def test_the_recogniser_s_class_of_speaker_is_taken_when_it_is_sure() -> None:
    sure = a_candidate(locus="VRN", speaker_class="analyst", speaker_probability=0.9)
    unsure = a_candidate(locus="VRN", speaker_class="analyst", speaker_probability=0.3)
    classes = [verdict(a_passage(), c).signal for c in (sure, unsure)]
    assert [s.speaker_class for s in classes if s] == ["analyst", "narration"]
