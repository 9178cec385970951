"""What holds for any news: bounds, symmetry, order, copies, volume, floods, silence."""

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readiness_material import BLOCS, CODEBOOK, PARTIES, day, inputs_from, random_news, signals_from

from tracker.model.readings import Inputs, Observed, Reading
from tracker.readiness.board import board
from tracker.readiness.series import readings, series

SUBJECTS = [(i.id, p) for i in CODEBOOK.indicators for p in (*PARTIES, None)] + [
    (c.id, p) for c in CODEBOOK.composites for p in ((None,) if c.level == "conflict" else PARTIES)
]
COMPOSITES = SUBJECTS[-5:]
SLOW = settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
news = st.builds(
    random_news,
    st.integers(0, 10_000),
    days=st.integers(20, 90),
    per_day=st.integers(1, 3),
    share=st.floats(0.05, 1),
    toward=st.floats(0, 1),
)


def all_readings(inputs: Inputs, today: int) -> dict[tuple[str, str | None], Reading]:
    found = board(inputs, CODEBOOK, (day(today),))
    return {(s, p): readings(found, s, p)[0] for s, p in SUBJECTS}


def composites(inputs: Inputs, today: int) -> dict[tuple[str, str | None], float]:
    found = all_readings(inputs, today)
    return {key: found[key].value for key in COMPOSITES}  # type: ignore[misc]  # a missing one fails the comparison


@SLOW
@given(news, st.integers(0, 120))
def test_every_number_lies_between_0_and_100_and_only_where_the_state_allows_one(found: Any, today: int) -> None:
    for reading in all_readings(inputs_from(*found), today).values():
        assert (reading.value is None) == (reading.state in ("insufficient", "withheld", "not-assessable"))
        assert reading.value is None or 0 < reading.value < 100
        assert all(-1 < part < 1 for part in reading.parts.values())


@SLOW
@given(news)
def test_swapping_the_parties_swaps_their_readings_and_nothing_else(found: Any) -> None:
    records, stories = found
    other = {PARTIES[0]: PARTIES[1], PARTIES[1]: PARTIES[0]}
    swapped = [{**r, "locus": other.get(r["locus"], "ALL")} for r in records]
    before, after = all_readings(inputs_from(records, stories), 80), all_readings(inputs_from(swapped, stories), 80)
    for (subject, party), reading in before.items():
        mirrored = after[subject, other[party] if party else None]
        assert (mirrored.value, mirrored.state, mirrored.stories) == (reading.value, reading.state, reading.stories)


@SLOW
@given(news, st.randoms(use_true_random=False))
def test_the_order_of_the_news_does_not_matter_to_the_last_bit(found: Any, chance: random.Random) -> None:
    records, stories = found
    shuffled, stories_shuffled = list(records), list(stories)
    chance.shuffle(shuffled)
    chance.shuffle(stories_shuffled)
    inputs, again = inputs_from(records, stories), inputs_from(shuffled, stories_shuffled)
    assert again == inputs
    rows = list(inputs.counts)
    chance.shuffle(rows)
    assert all_readings(replace(inputs, counts=tuple(rows)), 80) == all_readings(inputs, 80)


@SLOW
@given(news, st.integers(0, 1_000_000), st.integers(1, 50))
def test_copies_of_a_sentence_within_its_story_change_nothing(found: Any, which: int, copies: int) -> None:
    records, stories = found
    copied = records[which % len(records)] if records else None
    more = records + [copied] * copies if copied else records
    assert inputs_from(more, stories) == inputs_from(records, stories)
    assert signals_from(more) == signals_from(records)  # the bootstrap sees nothing new either


@pytest.mark.parametrize("seed", range(3))
def test_three_times_the_volume_at_the_same_mix_moves_no_composite_by_more_than_3_points(seed: int) -> None:
    records, stories = random_news(seed, per_day=3, toward=0.7)
    before = composites(inputs_from(records, stories), 179)
    thrice = [{**r, "story": f"{r['story']}x{k}"} for r in records for k in range(3)]
    after = composites(
        inputs_from(thrice, [{**s, "story": f"{s['story']}x{k}"} for s in stories for k in range(3)]), 179
    )
    assert max(abs(after[key] - before[key]) for key in COMPOSITES) <= 3


@pytest.mark.parametrize("seed", range(3))
def test_a_bloc_that_floods_the_news_tenfold_moves_no_composite_by_more_than_3_points(seed: int) -> None:
    calm, calm_stories = random_news(seed, per_day=3, toward=0.6, blocs=BLOCS[:2])
    loud, loud_stories = random_news(seed + 100, per_day=3, toward=0.05, blocs=BLOCS[2:])
    before = composites(inputs_from(calm + loud, calm_stories + loud_stories), 179)
    flood = [{**r, "story": f"{r['story']}x{k}"} for r in loud for k in range(10)]
    flood_stories = [{**s, "story": f"{s['story']}x{k}"} for s in loud_stories for k in range(10)]
    after = composites(inputs_from(calm + flood, calm_stories + flood_stories), 179)
    assert max(abs(after[key] - before[key]) for key in COMPOSITES) <= 3


@SLOW
@given(st.integers(0, 10_000), st.integers(2, 5), st.sampled_from([0.2, 0.8]))
def test_days_left_out_are_never_calmer_than_the_same_days_counted_as_silent(
    seed: int, silent: int, toward: float
) -> None:
    """A source that failed is missing from both sides of the share; filled with silence it would pull to 50."""
    records, stories = random_news(seed, days=100, per_day=3, toward=toward)
    filler = [{**s, "story": f"{s['story']}-silent-{k}"} for s in stories for k in range(silent - 1)]
    missing, filled = inputs_from(records, stories), inputs_from(records, stories + filler)
    found, other = (board(i, CODEBOOK, (day(99),)) for i in (missing, filled))
    for key, measure in found.measures.items():
        assert abs(measure.balance[0]) >= abs(other.measures[key].balance[0])


@SLOW
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_while_all_sources_are_silent_the_rates_stand_still(seed: int, silence: int) -> None:
    records, stories = random_news(seed, days=100, per_day=6)
    found = board(inputs_from(records, stories), CODEBOOK, (day(99), day(99 + silence)))
    for (_, signal, _), measure in found.measures.items():
        if CODEBOOK.signal(signal).half_life_days >= 45:  # the others may fall below ten stories in a bloc
            assert measure.plus_rate[1] == pytest.approx(measure.plus_rate[0], rel=1e-9)
            assert measure.minus_rate[1] == pytest.approx(measure.minus_rate[0], rel=1e-9)


def test_a_reading_whose_sources_were_mostly_silent_is_withheld_and_says_how_many_answered() -> None:
    records, stories = random_news(1, days=100)
    ledger = tuple(Observed(day=day(n), observed=10 if n < 95 else 2, expected=10) for n in range(100))
    inputs = inputs_from(records, stories, observed=ledger)
    days = [day(94), day(99)]
    (whole, silent) = series(inputs, CODEBOOK, "contact_channel", "VRN", days)
    assert (whole.state != "withheld", whole.sources_observed, whole.sources_expected) == (True, 10, 10)
    assert (silent.state, silent.value, silent.sources_observed, silent.prevalence) == ("withheld", None, 4, None)
    assert series(inputs, CODEBOOK, "ripeness", None, days)[1].state == "withheld"


def test_a_value_does_not_depend_on_the_other_days_asked_for() -> None:
    inputs = inputs_from(*random_news(3, days=60))
    alone = series(inputs, CODEBOOK, "readiness", "KES", [day(50)])
    among = series(inputs, CODEBOOK, "readiness", "KES", [day(n) for n in range(70)])
    assert among[50] == alone[0]
