"""One sentence, one story, one day: what each weighs."""

from dataclasses import replace
from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readiness_material import CODEBOOK, PARTIES, a_story, definition, evidence, random_news, signals_from

from tracker.model.codebook import Bloc
from tracker.model.readings import Inputs
from tracker.readiness import weights
from tracker.readiness.adding import added
from tracker.readiness.rows import Table, rows_of
from tracker.readiness.weights import corroboration, daily, record_weight, story_signals, thinned_square


def said(**telling: object) -> dict[str, object]:
    return {"story": "s", "bloc": "wires", "day": 0, "signal": "battlefield_stalemate", "polarity": 1, **telling}


def weigh(record: dict[str, object], owners: int = 1) -> float:
    return record_weight(evidence(record).signal, definition(str(record["signal"])), owners)


@pytest.mark.parametrize(
    ("record", "weight"),
    [
        (said(speaker_class="official_anon", side="backer_self"), 0.336),  # story 1 of the codebook's example
        (said(speaker_class="analyst", side="neutral", intensity=1), 0.126),  # absorbed by it
        (said(speaker_class="leader", intensity=1, factuality="denied", polarity=-1), 0.4),  # story 2
        (said(speaker_class="official", intensity=3), 1.08),  # story 3
    ],
)
def test_the_sentences_of_the_worked_example_weigh_what_the_codebook_says(
    record: dict[str, object], weight: float
) -> None:
    assert weigh(record) == pytest.approx(weight, abs=1e-12)


def test_an_enemys_report_of_an_act_counts_more_once_two_owners_carry_it() -> None:
    act = said(signal="talks_activity", side="opponent")
    assert weigh(act, owners=2) / weigh(act, owners=1) == pytest.approx(0.7 / 0.3)
    stance = said(signal="negotiation_openness", side="opponent")
    assert weigh(stance, owners=2) == weigh(stance, owners=1)


def test_layers_headlines_and_mind_reading_take_their_share() -> None:
    plain = evidence(said(speaker_class="narration", side="media")).signal
    where = definition("battlefield_stalemate")
    base = record_weight(plain, where, 1)
    assert record_weight(replace(plain, layers=2), where, 1) == pytest.approx(base * 0.64)
    assert record_weight(replace(plain, unit="headline"), where, 1) == pytest.approx(base / 2)
    assert record_weight(replace(plain, imputed=True), where, 1) == pytest.approx(base * 0.4 / 0.7)
    assert record_weight(plain, where, 1, precision=1.0) == pytest.approx(base / 0.8)


@given(st.integers(1, 200))
def test_owners_corroborate_up_to_a_half(owners: int) -> None:
    assert corroboration(owners) == min(1 + log2(owners) / 4, 1.5)


def test_what_concerns_all_counts_for_each_party_and_what_concerns_others_for_none() -> None:
    assert {s.party for s in signals_from([said(locus="ALL")])} == set(PARTIES)
    assert {s.party for s in signals_from([said(locus="VRN")])} == {"VRN"}
    assert signals_from([said(locus="ELSEWHERE")]) == ()


def test_rejected_withdrawn_undated_and_unknown_records_are_left_out() -> None:
    record = evidence(said())
    for dropped in (
        replace(record, review="rejected"),
        replace(record, review="withdrawn"),
        replace(record, story_day=None),
        replace(record, signal=replace(record.signal, signal="weather")),
        replace(record, signal=replace(record.signal, polarity=0)),
    ):
        assert story_signals([dropped], CODEBOOK, PARTIES) == ()
    assert story_signals([replace(record, review="confirmed")], CODEBOOK, PARTIES) != ()


def test_sticks_and_patron_pressure_go_to_the_pressure_channel() -> None:
    stick, carrot = (said(signal="inducement", mode=mode, locus="VRN") for mode in ("stick", "plain"))
    assert [s.channel for s in signals_from([stick])] == ["pressure"]
    assert [s.channel for s in signals_from([carrot])] == ["direction"]
    assert len(signals_from([stick, carrot])) == 2


def test_a_story_keeps_its_strongest_record_of_either_sign_and_who_said_it() -> None:
    found = signals_from(
        [
            said(locus="VRN", outlet="a", speaker_class="leader", self_perceived=True),
            said(locus="VRN", outlet="b", intensity=1),
            said(locus="VRN", outlet="b", polarity=-1, side="opponent"),
        ]
    )
    (s,) = found
    assert (s.plus, s.minus, s.self_plus, s.self_minus) == pytest.approx((0.8, 0.9 * 0.3 * 0.8, 0.8, 0.0))
    assert (s.owners, s.outlets, s.leader) == (("a", "b"), ("a", "b"), True)


def test_a_leader_is_one_who_speaks_for_himself_and_does_not_merely_consider() -> None:
    def leader(**telling: object) -> bool:
        return signals_from([said(locus="VRN", speaker_class="leader", **telling)])[0].leader

    assert leader(factuality="announced")
    assert not leader(factuality="considered")
    assert not leader(side="opponent")


def test_a_bloc_that_the_conflict_does_not_list_counts_as_third_country() -> None:
    listed = replace(CODEBOOK.conflicts[0], blocs=(Bloc(id="wires", title=""),))
    codebook = replace(CODEBOOK, conflicts=(listed,))
    assert {s.bloc for s in signals_from([said(bloc="blogs")], codebook)} == {"third-country"}
    _, coverage, _ = daily((), [a_story({"story": "x", "bloc": "blogs", "day": 0})], codebook)
    assert [c.bloc for c in coverage] == ["third-country"]


def test_presence_keeps_stories_by_the_signals_they_carry_and_names_by_signal() -> None:
    both = [said(story="s", signal=name, locus="VRN", outlet=name) for name in ("talks_activity", "back_channel")]
    one = said(story="t", signal="talks_activity", locus="VRN", outlet="third")
    _, _, presence = daily(signals_from([*both, one]), (), CODEBOOK)
    rows = {r.mask: (r.stories, r.outlets) for r in presence if r.indicator == "contact_channel"}
    assert rows == {1: (1, ("talks_activity", "third")), 2: (0, ("back_channel",)), 3: (1, ())}


def test_a_story_counts_once_however_often_it_is_named() -> None:
    story = a_story({"story": "x", "bloc": "wires", "day": 0})
    assert [c.stories for c in daily((), [story, story], CODEBOOK)[1]] == [1]


@given(st.lists(st.tuples(st.floats(0.01, 1.5), st.floats(0.05, 1.0), st.booleans()), max_size=4, unique=True))
def test_the_expected_square_of_a_thinned_story_is_that_of_all_its_outcomes(shares: list) -> None:
    expected = 0.0
    for kept in range(2 ** len(shares)):
        probability, strongest = 1.0, 0.0
        for n, (weight, p, _) in enumerate(shares):
            probability *= p if kept >> n & 1 else 1 - p
            strongest = max(strongest, weight if kept >> n & 1 else 0.0)
        expected += probability * strongest**2
    assert thinned_square(shares, 1) == pytest.approx(expected)
    assert thinned_square(shares, -1) == 0.0


def test_all_classes_sides_and_forms_of_speech_have_a_published_weight() -> None:
    assert len(weights.SPEAKER) == 9
    assert len(weights.SIDE) == 6
    assert len(weights.FACTUALITY) == 7


@pytest.mark.parametrize("seed", range(3))
def test_days_added_up_by_columns_are_those_added_up_by_stories_to_the_last_bit(seed: int) -> None:
    records, told = random_news(seed, days=12)
    said, about = list(signals_from(records)), list(map(a_story, told))
    counts, coverage, presence = daily(said, about, CODEBOOK)
    expected = rows_of(Inputs(conflict="lisse", counts=counts, coverage=coverage, presence=presence))
    columns = [
        (
            *(s.party, s.signal, s.channel, s.bloc, s.day.toordinal(), s.story),
            *(s.plus, s.minus, s.self_plus, s.self_minus),
            *(thinned_square(s.records, sign) for sign in (1, -1)),
            *(s.outlets, s.owners),
        )
        for s in reversed(said)
    ]
    stories = [(c.bloc, c.day.toordinal(), c.stories) for c in coverage]
    found = added(columns, stories, CODEBOOK, "lisse")
    for one, other in (
        (found.counts, expected.counts),
        (found.coverage, expected.coverage),
        (found.presence, expected.presence),
    ):
        assert listed(one) == listed(other)
    assert len(found.presence.rows) > 12


def listed(table: Table) -> list[tuple[object, ...]]:
    return sorted(
        (table.lines[line], *numbers, *(tuple(np.array(n.names)[n.on[row]].tolist()) for n in table.names))
        for row, (line, *numbers) in enumerate(table.rows.tolist())
    )
