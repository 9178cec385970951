"""When a week stands out, when it only seems to, and when nobody can tell."""

import importlib.util
from dataclasses import replace
from datetime import date, timedelta
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readiness_material import CODEBOOK, DAY_ZERO, ROOT, a_story, evidence, inputs_from, signals_from
from test_readiness_oracle import oracle  # noqa: F401  a fixture

from tracker.model.readings import Alert, Observed
from tracker.readiness.alerts import SETTINGS, AlertSettings, alert_id, alerts, turn_days, turns
from tracker.readiness.firsts import breaks, firsts
from tracker.readiness.intervals import bootstrap
from tracker.readiness.surges import benjamini_hochberg, ears, surges

FIRST_MONDAY = DAY_ZERO + timedelta(days=-DAY_ZERO.weekday() % 7)
WEEK = FIRST_MONDAY + timedelta(weeks=10)  # the eleventh week: 8 of baseline, 2 of guard, this one
START = (FIRST_MONDAY - DAY_ZERO).days


def coverage(weeks: int = 11, per_week: int = 60, blocs: tuple[str, ...] = ("wires", "third-country")) -> list:
    return [
        {"story": f"{b}-{w}-{n}", "bloc": b, "day": START + 7 * w + n % 7}
        for w in range(weeks)
        for b in blocs
        for n in range(per_week // len(blocs))
    ]


def told(week: int, count: int, *, blocs: tuple[str, ...] = ("wires", "third-country"), **telling: object) -> list:
    return [
        {
            "story": f"{blocs[n % len(blocs)]}-{week}-{n // len(blocs)}",
            "bloc": blocs[n % len(blocs)],
            "day": START + 7 * week + (n // len(blocs)) % 7,
            "signal": "talks_activity",
            "polarity": 1,
            "locus": "VRN",
            "speaker_class": "narration",
            "side": "media",
            "outlet": f"o{n % 4}",
            **telling,
        }
        for n in range(count)
    ]


STEADY = [r for w in range(10) for r in told(w, 1 + w % 2)]


def surge(records: list, stories: list | None = None, **more: object) -> tuple[Alert, ...]:
    inputs = inputs_from(records, coverage() if stories is None else stories, observed=more.pop("observed", ()))
    return surges(inputs, signals_from(records), CODEBOOK, WEEK, **more)


def test_a_week_far_above_its_baseline_is_a_surge_with_everything_to_check_it() -> None:
    (found,) = surge(STEADY + told(10, 12))
    assert (found.kind, found.signal, found.party, found.polarity) == ("surge", "talks_activity", "VRN", 1)
    assert (found.count, found.baseline, found.state) == (12, 1.5, "raised")
    assert found.z > 3
    assert found.probability > 0.95
    assert found.blocs == ("third-country", "wires")
    assert found.settings == SETTINGS.as_mapping()
    assert alert_id(found) == f"lisse:talks_activity:VRN:+1:{WEEK}:surge"


def test_one_bloc_alone_raises_nothing_unless_a_leader_acts() -> None:
    one = ("wires",)
    assert surge(STEADY + told(10, 12, blocs=one)) == ()
    acted = surge(STEADY + told(10, 12, blocs=one, speaker_class="leader", side="self"))
    assert [(a.blocs, a.leader) for a in acted] == [(("wires",), True)]


def test_twice_the_coverage_with_twice_the_stories_is_no_surge() -> None:
    steady = [r for w in range(10) for r in told(w, 4)]
    double = coverage(10) + [s for s in coverage(per_week=240) if s["day"] >= START + 70]
    assert surge(steady + told(10, 16), double) == ()
    assert surge(steady + told(10, 16)) != ()


def test_two_stories_are_never_a_surge() -> None:
    assert surge(told(10, 2)) == ()
    assert surge(told(10, 6)) != ()


def test_a_surge_is_withheld_and_says_why_when_sources_were_missing() -> None:
    def ledger(week_share: int, before: int) -> tuple[Observed, ...]:
        return tuple(
            Observed(day=FIRST_MONDAY + timedelta(days=n), observed=week_share if n >= 70 else before, expected=10)
            for n in range(77)
        )

    (now,) = surge(STEADY + told(10, 12), observed=ledger(4, 10))
    assert (now.state, now.why) == ("withheld", "only 40% of the expected source-days of this week were observed")
    (then,) = surge(STEADY + told(10, 12), observed=ledger(10, 3))
    assert (then.state, "weeks compared with" in then.why) == ("withheld", True)
    (fine,) = surge(STEADY + told(10, 12), observed=ledger(6, 6))
    assert fine.state == "raised"


def test_an_alert_cools_down_unless_it_grows_worse() -> None:
    (now,) = surge(STEADY + told(10, 12))
    last_week = replace(now, week=WEEK - timedelta(weeks=1))
    assert surge(STEADY + told(10, 12), previous=[last_week]) == ()
    assert surge(STEADY + told(10, 12), previous=[replace(last_week, count=8, z=now.z - 1)]) == (now,)
    assert surge(STEADY + told(10, 12), previous=[replace(last_week, week=WEEK - timedelta(weeks=5))]) == (now,)
    assert surge(STEADY + told(10, 12), previous=[replace(last_week, state="withheld")]) == (now,)
    assert surge(STEADY + told(10, 12), previous=[replace(last_week, party="KES")]) == (now,)


def the_simulation() -> ModuleType:
    """benchmarks/false_alarms.py, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("false_alarms", ROOT / "benchmarks/false_alarms.py")
    assert spec
    assert spec.loader
    simulation = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(simulation)
    return simulation


@pytest.mark.slow
def test_the_rule_in_force_raises_no_more_false_alarms_than_the_documentation_says() -> None:
    """docs/method.md, section 9: 1.5 a year on steady and 5.3 on bursting news; three years vary around that."""
    simulation = the_simulation()
    assert simulation.false_alarms(3, 11, SETTINGS, overdispersed=False) <= 4
    assert simulation.false_alarms(3, 11, SETTINGS, overdispersed=True) <= 12


def test_short_histories_raise_nothing() -> None:
    assert ears([3] * 10, [100] * 10) is None
    assert surge(told(10, 12), [s for s in coverage() if s["day"] >= START + 70]) == ()


@given(
    st.lists(st.integers(0, 30), min_size=11, max_size=14),
    st.lists(st.integers(1, 300), min_size=14, max_size=14),
)
@settings(deadline=None)
def test_the_ears_arithmetic_is_that_of_the_reference(oracle, counts: list, exposure: list) -> None:  # noqa: F811
    theirs = oracle.ears_c2(counts, exposure[: len(counts)])
    ours = ears(counts, exposure[: len(counts)])
    assert (ours.z, ours.mean, ours.deviation) == pytest.approx((theirs["z"], theirs["mu"], theirs["sd"]), abs=1e-9)


def test_thresholds_are_those_that_r_surveillance_publishes() -> None:
    """R surveillance, tests/testthat/test-earsc.R: C1, alpha 0.05, S. Newport in Germany, first four weeks of 2011.

    The thresholds are the published ones; the counts are the whole numbers that give them (unique but for the order
    within the first weeks). C1 differs from C2 in the guard band only: baseline of 7 and no guard.
    """
    counts = [1, 1, 1, 1, 2, 3, 3, 1, 0, 3, 9]
    published = [3.278854, 3.278854, 3.436517, 3.855617]
    c1 = AlertSettings(baseline_weeks=7, guard_weeks=0, least_deviation=0.0)
    for n, threshold in enumerate(published):
        found = ears(counts[: 8 + n], [100] * (8 + n), c1)
        assert found is not None
        assert found.mean + 1.6448536269514722 * found.deviation == pytest.approx(threshold, abs=1e-6)


def test_the_guard_band_keeps_the_weeks_before_out_of_the_baseline() -> None:
    assert ears([2] * 8 + [50, 50, 9], [100] * 11) == ears([2] * 8 + [0, 0, 9], [100] * 11)


def test_the_step_up_procedure_lets_larger_p_values_in_when_many_are_small() -> None:
    assert benjamini_hochberg([0.01, 0.02, 0.03, 0.04], 0.05) == 0.04
    assert benjamini_hochberg([0.2, 0.5, 0.9], 0.1) == -1.0


def rare(week: int, **telling: object) -> list:
    return told(week, 2, **{"signal": "back_channel", "mode": "secret_meeting", "intensity": 2, **telling})


def records_of(rows: list) -> list:
    return [evidence(r, n) for n, r in enumerate(rows)]


def test_the_first_of_a_rare_kind_waits_for_a_person() -> None:
    inputs = inputs_from([], coverage())
    (found,) = firsts(records_of(rare(10)), inputs, CODEBOOK, WEEK)
    assert (found.kind, found.signal, found.state) == ("first", "back_channel", "awaiting-confirmation")
    assert "70 days" in found.why
    assert firsts(records_of(rare(10) + rare(4)), inputs, CODEBOOK, WEEK) == ()
    assert firsts(records_of(rare(10, intensity=1)), inputs, CODEBOOK, WEEK) == ()
    assert firsts(records_of(rare(10, blocs=("wires",))), inputs, CODEBOOK, WEEK) == ()
    assert firsts(records_of([{**r, "day": r["day"] + 7} for r in rare(10)]), inputs, CODEBOOK, WEEK) == ()
    rejected = [replace(r, review="rejected") for r in records_of(rare(10))]
    assert firsts(rejected, inputs, CODEBOOK, WEEK) == ()


def test_nothing_is_a_first_on_a_short_record() -> None:
    short = inputs_from([], [s for s in coverage() if s["day"] >= START + 35])
    assert firsts(records_of(rare(10)), short, CODEBOOK, WEEK) == ()


def test_a_break_is_a_strong_negative_of_contact_in_two_blocs() -> None:
    inputs = inputs_from([], coverage())
    broken = told(10, 2, mode="collapsed", polarity=-1, intensity=3)
    (found,) = breaks(records_of(broken), inputs, CODEBOOK, WEEK)
    assert (found.kind, found.polarity, found.count, found.state) == ("break", -1, 2, "awaiting-confirmation")
    assert breaks(records_of([{**r, "intensity": 2} for r in broken]), inputs, CODEBOOK, WEEK) == ()
    assert breaks(records_of([{**r, "signal": "victory_confidence"} for r in broken]), inputs, CODEBOOK, WEEK) == ()
    assert (
        breaks(records_of(broken), inputs, CODEBOOK, WEEK, previous=[replace(found, week=WEEK - timedelta(weeks=2))])
        == ()
    )


def turning(after: int) -> tuple[list, list]:
    stories = coverage(weeks=16, per_week=120)
    records = [r for w in range(12) for r in told(w, 14, polarity=-1)]
    return records + [r for w in range(12, 16) for r in told(w, 40, polarity=after)], stories


def test_a_balance_that_changes_sign_with_intervals_apart_is_a_turn() -> None:
    week = FIRST_MONDAY + timedelta(weeks=15)
    records, stories = turning(after=1)
    resamples = bootstrap(signals_from(records), map(a_story, stories), CODEBOOK, "lisse", turn_days(week))
    (found,) = turns(inputs_from(records, stories), CODEBOOK, week, resamples)
    assert (found.kind, found.signal, found.party, found.polarity) == ("turn", "talks_activity", "VRN", 1)
    assert found.count == 160
    everything = alerts(inputs_from(records, stories), CODEBOOK, week, records=records_of(records), resamples=resamples)
    assert found in everything
    records, stories = turning(after=-1)
    resamples = bootstrap(signals_from(records), map(a_story, stories), CODEBOOK, "lisse", turn_days(week), draws=50)
    assert turns(inputs_from(records, stories), CODEBOOK, week, resamples) == ()


def test_two_stories_against_eight_are_no_turn() -> None:
    """Their intervals are apart and every resample moved, but two stories may all point one way by chance."""
    week = WEEK + timedelta(weeks=5)
    stories = coverage(weeks=17)
    records = [r for w in (10, 11) for r in told(w, 1, polarity=-1)]
    records += [r for w in (12, 13, 14, 15) for r in told(w, 2, polarity=1)]
    resamples = bootstrap(signals_from(records), map(a_story, stories), CODEBOOK, "lisse", turn_days(week))
    assert turns(inputs_from(records, stories), CODEBOOK, week, resamples) == ()


@pytest.mark.slow
def test_turns_firsts_and_breaks_raise_no_more_false_alarms_than_the_documentation_says() -> None:
    """docs/method.md, section 9; a year or two vary around its figures."""
    simulation = the_simulation()
    assert simulation.false_turns(1, 11, SETTINGS, overdispersed=False) <= 1
    found = simulation.misread(0.1, 3, 11)
    assert found["first"] <= 2
    assert 3 <= found["break"] <= 14


def test_a_turn_compares_the_sundays_four_weeks_apart() -> None:
    assert turn_days(date(2026, 3, 2)) == (date(2026, 2, 8), date(2026, 3, 8))


def null_weeks(rate: float, weeks: int, seed: int) -> tuple[int, int]:
    """Weeks in which z > 3 fires on Poisson counts, and those with three stories or more as well."""
    rng = np.random.default_rng(seed)
    alone = both = 0
    for _ in range(weeks):
        counts = [float(c) for c in rng.poisson(rate, 11)]
        found = ears(counts, [100.0] * 11)
        assert found is not None
        alone += found.z > SETTINGS.z
        both += found.z > SETTINGS.z and counts[-1] >= SETTINGS.least_count
    return alone, both


@pytest.mark.parametrize(("rate", "alone", "both"), [(0.5, 0.038, 0.012), (1.0, 0.033, 0.028)])
def test_the_score_alone_fires_as_often_on_sparse_noise_as_the_codebook_says(
    rate: float, alone: float, both: float
) -> None:
    found = null_weeks(rate, 4000, 5)
    assert found[0] / 4000 == pytest.approx(alone, abs=0.009)
    assert found[1] / 4000 == pytest.approx(both, abs=0.007)
