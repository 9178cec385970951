"""Intervals: against the reference, against known truth, and what must not move them."""

import random
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readiness_material import CODEBOOK, a_story, day, inputs_from, random_news, signals_from
from test_readiness_oracle import oracle  # noqa: F401  a fixture

from tracker.readiness.approximation import from_counts
from tracker.readiness.board import board
from tracker.readiness.changes import change_days, changes, new_stories
from tracker.readiness.distributions import (
    beta_cdf,
    beta_quantile,
    negative_binomial_tail,
    rate_ratio_probability,
    student_tail,
)
from tracker.readiness.intervals import Resamples, bootstrap, interval, percentiles
from tracker.readiness.prevalence import beta_binomial, prevalence, rogan_gladen
from tracker.readiness.series import series

ONLY = ("talks_activity", "back_channel")


def drawn(
    records: list, stories: list, days: list, *, seed: int = 7, draws: int = 500, only: tuple | None = ONLY
) -> Resamples:
    return bootstrap(
        signals_from(records), map(a_story, stories), CODEBOOK, "lisse", days, only=only, draws=draws, seed=seed
    )


def test_the_reference_draws_the_same_interval(oracle) -> None:  # noqa: F811
    """Other random numbers, so agreement is up to Monte-Carlo error: a few tenths of a point at 2,000 draws."""
    records, stories = random_news(4, days=60, per_day=3, toward=0.7)
    talks = [r for r in records if r["signal"] in ONLY]
    reference = [{"outlet_ids": [r["outlet"]], **r} for r in talks]
    theirs = oracle.bootstrap(
        lambda r, s: oracle.indicator(r, s, "contact_channel", "VRN", 59), reference, stories, B=1000
    )
    inputs = inputs_from(records, stories)
    (ours,) = series(
        inputs, CODEBOOK, "contact_channel", "VRN", [day(59)], resamples=drawn(records, stories, [day(59)], draws=2000)
    )
    assert (ours.low, ours.high) == pytest.approx([50 * (1 + v) for v in theirs], abs=1.2)


def test_composites_of_the_reference_have_the_same_interval(oracle) -> None:  # noqa: F811
    records, stories = random_news(6, days=40, per_day=3, share=1.0)
    reference = [{"outlet_ids": [r["outlet"]], **r} for r in records]
    theirs = oracle.bootstrap(
        lambda r, s: oracle.composites(r, s, "VRN", "KES", 39)["readiness", "VRN"], reference, stories, B=150
    )
    resamples = drawn(records, stories, [day(39)], draws=1000, only=None)
    (ours,) = series(inputs_from(records, stories), CODEBOOK, "readiness", "VRN", [day(39)], resamples=resamples)
    assert (ours.low, ours.high) == pytest.approx(theirs, abs=1.2)


def simulated(seed: int, *, positive: float, precision: float = 0.9, weeks: int = 12) -> tuple[list, list]:
    """News whose stories speak on talks with a probability of 0.3, each in the given direction with `positive`."""
    rng = random.Random(seed)
    records, stories = [], []
    for when in range(7 * weeks):
        for bloc in ("wires", "third-country"):
            for n in range(4):
                story = {"story": f"{bloc}-{when}-{n}", "bloc": bloc, "day": when}
                stories.append(story)
                if rng.random() < 0.3:
                    polarity = 1 if rng.random() < positive else -1
                    records.append(
                        {**story, "signal": "talks_activity", "polarity": polarity, "locus": "VRN",
                         "intensity": 1 + int(rng.random() * 3), "precision": precision, "outlet": f"o{int(rng.random() * 5)}"}
                    )  # fmt: skip
    return records, stories


def truth(positive: float, precision: float, weeks: int) -> float:
    """The balance that the expected weights of that news would show."""
    last = 7 * weeks - 1
    fade = [0.5 ** ((last - d) / 21) for d in range(last + 1)]
    stories = 4 * sum(fade)
    rate = 0.3 * 0.9 * 1.0 * precision  # speaker official, own side, mean intensity 1
    plus, minus = rate * positive, rate * (1 - positive)
    return 50 * (1 + (plus - minus) / (plus + minus + 0.01 + 1 / (2 * stories)))


@pytest.mark.slow
@pytest.mark.parametrize("fast", [False, True])
def test_90_per_cent_intervals_cover_the_truth_in_86_to_94_per_cent_of_simulated_histories(fast: bool) -> None:
    covered, runs, weeks = 0, 300, 12
    codebook = CODEBOOK
    expected = truth(0.65, 0.9, weeks)
    today = [day(7 * weeks - 1)]
    for seed in range(runs):
        records, stories = simulated(seed, positive=0.65)
        inputs = inputs_from(records, stories)
        found = board(inputs, codebook, today, signals=ONLY)
        resamples = (
            from_counts(inputs, codebook, today, only=ONLY, draws=200, seed=seed)
            if fast
            else drawn(records, stories, today, seed=seed, draws=200)
        )
        values = 50 * (1 + resamples.measures["VRN", "talks_activity", "direction"].balance)
        low, high = percentiles(values)
        covered += low[0] <= expected <= high[0]
        assert not np.isnan(found.balance("talks_activity", "VRN")[0])
    assert 0.86 <= covered / runs <= 0.94


def test_the_same_news_and_seed_give_the_same_interval_in_any_order() -> None:
    records, stories = random_news(8, days=50)
    shuffled, stories_shuffled = list(records), list(stories)
    random.Random(1).shuffle(shuffled)
    random.Random(2).shuffle(stories_shuffled)
    for key, measure in drawn(records, stories, [day(49)], draws=50).measures.items():
        again = drawn(shuffled, stories_shuffled, [day(49)], draws=50).measures[key]
        assert np.array_equal(measure.balance, again.balance)


def test_another_seed_gives_another_draw_and_nearly_the_same_interval() -> None:
    records, stories = random_news(8, days=50)
    inputs = inputs_from(records, stories)
    one, other = (
        series(
            inputs,
            CODEBOOK,
            "contact_channel",
            "VRN",
            [day(49)],
            resamples=drawn(records, stories, [day(49)], seed=seed),
        )[0]
        for seed in (7, 8)
    )
    assert one.low != other.low
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=2)


def test_an_interval_holds_its_value_and_narrows_with_evidence() -> None:
    widths = []
    for per_day in (3, 24):
        records, stories = random_news(9, days=60, per_day=per_day)
        (found,) = series(
            inputs_from(records, stories),
            CODEBOOK,
            "contact_channel",
            None,
            [day(59)],
            resamples=drawn(records, stories, [day(59)]),
        )
        assert found.low <= found.value <= found.high
        widths.append(found.high - found.low)
    assert widths[1] < widths[0] / 1.5


def test_fewer_than_eight_stories_take_the_beta_interval() -> None:
    stories = [{"story": f"q{n}", "bloc": "wires", "day": 0} for n in range(40)]
    records = [
        {**stories[n], "signal": "talks_activity", "polarity": 1 if n < 4 else -1, "locus": "VRN", "precision": 1.0, "outlet": f"o{n}"}
        for n in range(6)
    ]  # fmt: skip
    inputs = inputs_from(records, stories)
    found = board(inputs, CODEBOOK, [day(0)], signals=ONLY)
    low, high = interval(found, drawn(records, stories, [day(0)]), CODEBOOK.indicator("contact_channel"), "VRN")
    mentions = 6 * 0.9 / 40
    reach = 0.6 * mentions / (mentions + 0.01 + 1 / 40)
    expected = [50 * (1 + (2 * beta_quantile(q, 4.5, 2.5) - 1) * reach) for q in (0.05, 0.95)]
    assert (low[0], high[0]) == pytest.approx(expected, abs=1e-9)


def test_resamples_of_other_days_are_refused() -> None:
    records, stories = random_news(8, days=20)
    with pytest.raises(ValueError, match="other days"):
        series(inputs_from(records, stories), CODEBOOK, "contact_channel", "VRN", [day(19)], resamples=drawn(records, stories, [day(18)], draws=5))  # fmt: skip


def test_the_fast_way_from_counts_agrees_with_drawing_the_stories() -> None:
    records, stories = random_news(5, days=120, per_day=12)
    inputs = inputs_from(records, stories)
    days = [day(60), day(119)]
    exact = series(
        inputs, CODEBOOK, "contact_channel", "VRN", days, resamples=drawn(records, stories, days, draws=1000)
    )
    fast = series(
        inputs,
        CODEBOOK,
        "contact_channel",
        "VRN",
        days,
        resamples=from_counts(inputs, CODEBOOK, days, only=ONLY, draws=1000),
    )
    for one, other in zip(exact, fast, strict=True):
        assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1.0)


def test_an_arrow_needs_an_interval_off_zero_and_three_new_stories() -> None:
    calm, calm_stories = random_news(1, days=150, per_day=4, toward=0.35)
    warm, warm_stories = random_news(2, days=28, per_day=12, toward=1.0)
    later = [{**x, "day": x["day"] + 150, "story": f"w{x['story']}"} for x in warm]
    stories = calm_stories + [{**x, "day": x["day"] + 150, "story": f"w{x['story']}"} for x in warm_stories]
    records, today = calm + later, day(177)
    resamples = drawn(records, stories, change_days(today), only=None)
    inputs = inputs_from(records, stories)
    found = {c.weeks: c for c in changes(inputs, CODEBOOK, "contact_channel", "VRN", today, resamples=resamples)}
    assert (found[4].arrow, found[52].difference, found[52].arrow) == ("up", None, "none")
    assert found[4].low > 0
    composite = {c.weeks: c for c in changes(inputs, CODEBOOK, "readiness", "VRN", today, resamples=resamples)}
    assert composite[4].arrow == "up"
    bare = {c.weeks: c for c in changes(inputs, CODEBOOK, "contact_channel", "VRN", today)}
    assert (bare[4].arrow, bare[4].low) == ("none", None)
    quiet = [s for s in stories if s["day"] < 150]
    still = today + timedelta(weeks=4)
    only_old = changes(inputs_from(calm, quiet), CODEBOOK, "contact_channel", "VRN", still, weeks=(4,),
                       resamples=drawn(calm, quiet, change_days(still, (4,))))  # fmt: skip
    assert only_old[0].arrow == "none"


@pytest.mark.parametrize(
    ("signal", "about", "costs"),
    [
        ("talks_activity", "VRN", 0),  # contact is no leg of the costs
        ("battlefield_stalemate", "VRN", 0),  # of the stalemate only attrition_strain is a leg
        ("adverse_inference", "KES", 0),  # an own leg, of the other party
        ("adverse_inference", "VRN", 5),
        ("attrition_strain", "KES", 5),  # a leg of the opponent's
    ],
)
def test_new_stories_count_only_for_the_legs_of_a_composite(signal: str, about: str, costs: int) -> None:
    stories = [{"story": f"s{n}", "bloc": "wires", "day": 20 + n} for n in range(5)]
    records = [{**story, "signal": signal, "polarity": 1, "locus": about} for story in stories]
    inputs = inputs_from(records, stories)
    found = board(inputs, CODEBOOK, (day(26),))
    composite = CODEBOOK.composite("costs_of_conversation")
    assert new_stories(found, inputs, composite, "VRN", 28) == costs
    assert new_stories(found, inputs, composite, "VRN", 2) == 0


def test_new_stories_of_the_whole_conflict_may_be_about_either_party() -> None:
    stories = [{"story": f"s{n}", "bloc": "wires", "day": 20 + n} for n in range(5)]
    records = [{**story, "signal": "battlefield_stalemate", "polarity": 1, "locus": "KES"} for story in stories]
    inputs = inputs_from(records, stories)
    found = board(inputs, CODEBOOK, (day(26),))
    assert new_stories(found, inputs, CODEBOOK.composite("ripeness"), None, 28) == 5


@given(st.floats(0.3, 40), st.floats(0.3, 40), st.floats(0.001, 0.999))
@settings(max_examples=50)
def test_quantiles_invert_the_beta_distribution(a: float, b: float, share: float) -> None:
    assert beta_cdf(beta_quantile(share, a, b), a, b) == pytest.approx(share, abs=1e-6)


def test_the_distributions_agree_with_published_tables() -> None:
    """Abramowitz and Stegun, tables 26.9 and 26.10 (F and t), and the binomial tail as an incomplete beta."""
    assert student_tail(1.895, 7) == pytest.approx(0.05, abs=5e-5)
    f_5_percent = 3.3258  # F with 5 and 10 degrees of freedom
    assert 1 - beta_cdf(5 * f_5_percent / (5 * f_5_percent + 10), 2.5, 5) == pytest.approx(0.05, abs=5e-6)
    assert beta_cdf(0.3, 3, 8) == pytest.approx(1 - sum([0.7**10, 10 * 0.3 * 0.7**9, 45 * 0.09 * 0.7**8]), abs=1e-12)


def test_the_closed_form_of_the_rate_ratio_is_what_the_reference_draws(oracle) -> None:  # noqa: F811
    for x, e, xb, eb in ((6, 90, 9, 700), (3, 60, 4, 500), (12, 100, 40, 800), (4, 100, 0, 800)):
        drawn_value = oracle.gamma_poisson_ratio(x, e, xb, eb)
        assert rate_ratio_probability(x, e, xb, eb) == pytest.approx(drawn_value, abs=4 * (0.25 / 20_000) ** 0.5)


def test_the_predictive_tail_sums_the_negative_binomial() -> None:
    shape, odds, p, total = 4.5, 0.8, 0.8**4.5, 0.0
    for k in range(6):
        total += p
        p *= (k + shape) / (k + 1) * (1 - odds)
    assert negative_binomial_tail(6, shape, odds) == pytest.approx(1 - total)


def test_impossible_exposures_are_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        rate_ratio_probability(1, 0, 1, 1)


def test_prevalence_shrinks_to_the_trailing_mean_and_is_corrected_for_errors() -> None:
    records, stories = random_news(3, days=200)
    inputs = inputs_from(records, stories)
    found = prevalence(
        inputs, CODEBOOK, CODEBOOK.indicator("contact_channel"), "VRN", day(199), sensitivity=0.7, specificity=0.97
    )
    assert found is not None
    assert found.low < found.share < found.high
    assert found.corrected == rogan_gladen(found.share, 0.7, 0.97)
    assert prevalence(inputs, CODEBOOK, CODEBOOK.indicator("contact_channel"), "VRN", day(-1)) is None
    few, many = beta_binomial(0.3, 5, 0.1), beta_binomial(0.3, 500, 0.1)
    assert few[0] < 0.1 < many[0] < 0.3 < many[1]
