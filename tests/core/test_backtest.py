"""A signal that moves with its dates is told from one that moves at any time."""

from dataclasses import replace
from datetime import timedelta

import pytest
from readiness_material import CODEBOOK, DAY_ZERO, day, evidence, inputs_from, random_news, signals_from

from tracker.errors import QuestionError
from tracker.model.codebook import SignalDefinition
from tracker.readiness.backtest import Backtest, backtest
from tracker.readiness.changes import WEEKS, change_days
from tracker.readiness.differences import differences, responsible, retuned
from tracker.readiness.posture import perception, posture
from tracker.readiness.sensitivity import sensitivity
from tracker.readiness.series import series
from tracker.readiness.truth import Expectation, expectations

DATES = [day(n) for n in range(60, 360, 40)]


def news(*, moves: bool) -> tuple[list, list]:
    """A year of noise; after each date, where it `moves`, three weeks of talks in every bloc."""
    records, stories = random_news(3, days=400, per_day=3, toward=0.5)
    for date in DATES if moves else ():
        start = (date - DAY_ZERO).days
        for n, story in enumerate(s for s in stories if start <= s["day"] < start + 21):
            if n % 2 == 0:
                records.append(
                    {**story, "signal": "talks_activity", "polarity": 1, "locus": "ALL", "outlet": f"o{n % 5}"}
                )
    return records, stories


def expected(signal: str = "talks_activity", sign: int = 1) -> list[Expectation]:
    return [
        Expectation(kind="turning_point", day=d, event="", signal=signal, party="ALL", expected=sign)  # type: ignore[arg-type]
        for d in DATES
    ]


def run(*, moves: bool, truth: list[Expectation] | None = None) -> Backtest:
    return backtest(inputs_from(*news(moves=moves)), CODEBOOK, truth or expected(), placebo=200)


def test_movement_at_the_dates_stands_out_from_placebo_dates() -> None:
    report = run(moves=True)
    assert (report.scored, report.agreed) == (len(DATES), len(DATES))
    assert report.beyond_placebo
    assert report.chance == pytest.approx(0.5 ** len(DATES))
    assert (report.low, report.high) == (1.0, 1.0)
    assert report.lead[0] == 1.0 > report.lead[-4]
    assert report.by_signal[0].placebo is not None


def test_noise_does_not_stand_out() -> None:
    report = run(moves=False)
    assert not report.beyond_placebo
    assert report.agreement is not None
    assert report.agreement < 0.9


def test_an_expected_fall_is_scored_the_other_way_round() -> None:
    assert run(moves=True, truth=expected(sign=-1)).agreed == 0


def test_nothing_after_the_window_is_used() -> None:
    records, stories = news(moves=True)
    last = DATES[-1] + timedelta(days=14)
    cut = (last - DAY_ZERO).days
    whole = run(moves=True)
    before = backtest(
        inputs_from([r for r in records if r["day"] < cut], [s for s in stories if s["day"] < cut]),
        CODEBOOK,
        expected(),
        placebo=5,
    )
    assert before.outcomes == whole.outcomes


def test_controls_stand_for_all_signals_and_unknown_rows_are_counted() -> None:
    control = Expectation(kind="control", day=day(200), event="", signal="", party="ALL", expected=0)
    unknown = Expectation(kind="turning_point", day=day(200), event="", signal="weather", party="VRN", expected=1)
    early = Expectation(kind="turning_point", day=day(-90), event="", signal="talks_activity", party="VRN", expected=1)
    report = run(moves=True, truth=[*expected(), control, unknown, early])
    assert report.controls == 18
    assert report.controls_quiet >= 15
    assert report.unscored == {"unknown signal or party": 1, "no bloc with ten stories in a window": 1}
    assert report.scored == len(DATES)


def test_a_back_test_of_nothing_says_nothing() -> None:
    report = backtest(inputs_from([], []), CODEBOOK, expected(), placebo=10)
    assert (report.scored, report.agreement, report.low, report.beyond_placebo) == (0, None, None, False)


def test_a_truth_file_is_read_and_its_mistakes_are_named_by_line() -> None:
    row = {"kind": "turning_point", "date": "2022-03-29", "event": "e", "signal": "s", "party": "", "expected": "+"}
    (found,) = expectations([row])
    assert (found.party, found.expected, found.day.year) == ("ALL", 1, 2022)
    assert expectations([{**row, "expected": "mixed"}])[0].expected == 0
    with pytest.raises(QuestionError, match="line 2"):
        expectations([{**row, "date": "yesterday"}])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "turningpoint"}, "kind 'turningpoint' is none of control, turning_point"),
        ({"expected": "up"}, "expected 'up'"),
    ],
)
def test_a_truth_row_of_an_unknown_kind_or_expectation_is_refused_by_line(wrong: dict, message: str) -> None:
    row = {"kind": "turning_point", "date": "2022-03-29", "event": "e", "signal": "talks_activity", "party": "UKR",
           "expected": "no_move"}  # fmt: skip
    known = {"signals": {"talks_activity"}, "parties": {"UKR", "RUS"}}
    control = {**row, "kind": "control", "signal": "", "party": ""}
    assert [e.expected for e in expectations([row, control], **known)] == [0, 0]
    with pytest.raises(QuestionError, match=f"line 3.*{message}"):
        expectations([row, {**row, **wrong}], **known)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"signal": "talks_activty"}, "signal 'talks_activty'"),
        ({"signal": ""}, "signal ''"),
        ({"party": "RUSS"}, "party 'RUSS' is none of ALL, RUS, UKR"),
    ],
)
def test_a_truth_row_about_something_unknown_is_left_out_by_name(wrong: dict, message: str) -> None:
    row = {"kind": "turning_point", "date": "2022-03-29", "event": "e", "signal": "talks_activity", "party": "UKR",
           "expected": "+"}  # fmt: skip
    told: list[str] = []
    known = {"signals": {"talks_activity"}, "parties": {"UKR", "RUS"}, "say": told.append}
    assert len(expectations([row, {**row, **wrong}], **known)) == 1
    assert [message in line and "line 3" in line for line in told] == [True]


def test_a_recoding_is_explained_by_the_signals_that_changed() -> None:
    records, stories = random_news(2, days=90)
    recoded = [r for r in records if r["signal"] != "talks_activity"]
    days = [day(80), day(89)]
    subjects = [("contact_channel", "VRN"), ("hurting_stalemate", "VRN")]
    before, after = (
        [r for s, p in subjects for r in series(inputs_from(kept, stories), CODEBOOK, s, p, days)]
        for kept in (records, recoded)
    )
    because = responsible(signals_from(records), signals_from(recoded))
    assert {r.signal for r in because} == {"talks_activity"}
    assert all(r.lost > 0 and r.gained == 0 for r in because)
    rows = differences(before, after, because=because)
    assert {(r.subject, r.day) for r in rows} == {("contact_channel", d) for d in days}
    assert rows[0].responsible == because
    assert rows[0].points is None or abs(rows[0].points) >= 0.05
    assert differences(before, before) == ()


def test_a_change_of_weight_half_life_side_weights_or_legs_is_named_though_no_story_differs() -> None:
    def tuned(s: SignalDefinition) -> SignalDefinition:
        match s.id:
            case "talks_activity":
                return replace(s, half_life_days=60)
            case "back_channel":
                return replace(s, weight=s.weight + 1)
            case "attrition_strain":
                return replace(s, side_weights={"opponent": 0.9})
        return s

    composites = tuple(replace(c, legs=c.legs[:-1]) if c.id == "readiness" else c for c in CODEBOOK.composites)
    indicators = tuple(replace(i, signals=tuple(map(tuned, i.signals))) for i in CODEBOOK.indicators)
    other = replace(CODEBOOK, indicators=indicators, composites=composites)
    found = {t.subject: t.what for t in retuned(CODEBOOK, other)}
    assert set(found) == {"talks_activity", "back_channel", "attrition_strain", "readiness"}
    assert "→ 60 days" in found["talks_activity"]
    assert retuned(CODEBOOK, CODEBOOK) == ()
    inputs = inputs_from(*random_news(2, days=90))
    before, after = (series(inputs, book, "contact_channel", "VRN", [day(80)]) for book in (CODEBOOK, other))
    rests = {"contact_channel": frozenset({"talks_activity"})}
    (row,) = differences(before, after, tuned=retuned(CODEBOOK, other), signals_of=rests)
    assert [t.subject for t in row.retuned] == ["talks_activity"]


def openness(mode: str, n: int, **telling: object) -> list:
    sign = 1 if mode in ("willing", "precondition_procedural") else -1
    return [
        evidence({"story": f"{mode}{k}", "bloc": "wires", "day": 0, "signal": "negotiation_openness", "mode": mode,
                  "polarity": sign, "locus": "VRN", **telling}, k)
        for k in range(n)
    ]  # fmt: skip


def test_posture_is_open_only_to_unconditional_talks() -> None:
    def state(*records: list) -> str:
        return posture([r for some in records for r in some], CODEBOOK, "VRN", day(10)).state

    assert state(openness("willing", 3)) == "open"
    assert state(openness("willing", 2)) == "unknown"
    assert state(openness("precondition_procedural", 4)) == "preconditioned"
    assert state(openness("refusal", 3), openness("willing", 1)) == "closed"
    assert state(openness("refusal", 2), openness("willing", 2)) == "unknown"
    assert posture(openness("willing", 3), CODEBOOK, "VRN", day(61)).state == "unknown"
    assert posture(openness("willing", 3), CODEBOOK, "KES", day(10)).state == "unknown"


def test_a_stalemate_that_only_outsiders_see_is_told() -> None:
    records, stories = random_news(4, days=60, per_day=6, toward=1.0)
    mixed = [{**r, "self_perceived": True, "polarity": -1} if n % 6 == 0 else r for n, r in enumerate(records)]
    found = perception(inputs_from(mixed, stories), CODEBOOK, "VRN", day(59))
    assert found.finding == "not-admitted"
    assert found.all_records > found.self_perceived
    silent = perception(inputs_from(records, stories), CODEBOOK, "VRN", day(59))
    assert (silent.self_perceived, silent.finding) == (None, "")


def test_sensitivity_counts_the_weeks_whose_direction_hangs_on_the_weights() -> None:
    inputs = inputs_from(*random_news(5, days=200))
    days = [day(n) for n in range(60, 200, 7)]
    report = sensitivity(inputs, CODEBOOK, CODEBOOK.composite("readiness"), "VRN", days, draws=20)
    assert report.weeks == len(days)
    assert 0 <= report.joint <= 1
    assert len(report.single) == 18 + 8
    assert report == sensitivity(inputs, CODEBOOK, CODEBOOK.composite("readiness"), "VRN", days, draws=20)
    assert report.arrow == (report.joint <= 0.2)


def test_change_days_cover_all_spans() -> None:
    assert len(change_days(day(0))) == len(WEEKS) + 1
