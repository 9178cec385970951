"""Material → words: what is said, in which order, and what is not said."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from digest_material import a_material, a_raised, a_reading, a_record, a_tracked, a_weighed
from hypothesis import given
from hypothesis import strategies as st

from tracker.digest.headlines import headlines, records
from tracker.digest.records import PAGE, order, quotes, strongest
from tracker.digest.subject import subject_view
from tracker.digest.view import Posture, Tally, monday_of, week_of
from tracker.digest.week import trails, week_view
from tracker.digest.wording import Say, posture_words, state_note
from tracker.model.codebook import Leg
from tracker.model.readings import Change


def said(line: Say) -> str:
    """A sentence in the source language."""
    from tracker.digest.language import language

    return language("en").say(line)


def test_a_signal_told_more_than_in_any_week_is_said_first_with_stories_and_owners() -> None:
    first = said(headlines(a_material())[0])
    assert "“Mediation offer” pointing towards talks, about both parties" in first
    assert "14 stories, 9 owners" in first


def test_a_signal_that_had_as_many_stories_before_names_that_week() -> None:
    lines = [said(line) for line in records(a_material("2026-W12"))]
    assert any("“Talks activity”" in line and "since that of 29 December 2025" in line for line in lines)


def test_three_weeks_of_counts_are_too_few_to_speak_of_records() -> None:
    monday = monday_of("2026-W12")
    tallies = tuple(
        Tally(signal="talks_activity", party="VRN", week=monday - timedelta(weeks=k), plus=9 if k == 0 else 1, minus=0)
        for k in range(3)
    )
    assert list(records(a_material(tallies=tallies))) == []


def test_when_one_party_moved_the_other_is_told_too() -> None:
    monday = monday_of("2026-W12")
    still = Change(weeks=4, difference=0.4, low=-2.0, high=2.8, arrow="none")
    up = Change(weeks=4, difference=6.1, low=2.0, high=9.8, arrow="up")
    first = replace(a_tracked("readiness", "VRN", monday), changes=(up,))
    second = replace(a_tracked("readiness", "KES", monday), changes=(still,))
    lines = [said(line) for line in headlines(a_material(composites=(first, second)))]
    assert any("of Varnland rose by 6.1 points" in line for line in lines)
    assert any("of Kestrian Federation did not move by more than its interval allows for" in line for line in lines)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"difference": -14.2, "low": None, "high": None}, "fell by 14.2 points, to 55, with too few stories for an"),
        ({"difference": 0.01, "low": None, "high": None}, "stayed at 55, with too few stories for an interval"),
        ({"difference": 6.0, "low": 1.0, "high": 9.0}, "55 (interval 51–59), with too few new stories behind it"),
        ({"difference": 6.0, "low": -1.0, "high": 9.0}, "did not move by more than its interval allows for: 55"),
        ({"difference": None, "low": None, "high": None}, "has none of four weeks before to compare with: 55."),
    ],
)
def test_a_reading_without_an_arrow_says_why_it_has_none(change: dict[str, float | None], words: str) -> None:
    monday = monday_of("2026-W12")
    up = Change(weeks=4, difference=6.1, low=2.0, high=9.8, arrow="up")
    first = replace(a_tracked("contact_channel", "VRN", monday), changes=(up,))
    reading = a_reading("contact_channel", "KES", monday, value=55.0, low=51.0, high=59.0)
    second = replace(
        a_tracked("contact_channel", "KES", monday),
        reading=reading,
        changes=(Change(weeks=4, arrow="none", **change),),
    )
    lines = [said(line) for line in headlines(a_material(composites=(), indicators=(first, second)))]
    assert any("“Contact between the parties” of Kestrian Federation" in line and words in line for line in lines)
    moved = any("did not move by more" in line for line in lines)
    assert moved == ("did not move by more" in words)


@pytest.mark.parametrize(
    ("low", "words"),
    [
        (None, "No composite reading has an interval for its change over four weeks."),
        (1.0, "allows for with three new stories or more behind it."),
        (-1.0, "No composite reading moved over four weeks by more than its interval allows for."),
    ],
)
def test_that_no_composite_moved_is_said_with_the_reason(low: float | None, words: str) -> None:
    change = Change(weeks=4, difference=6.0, low=low, high=None if low is None else 9.0, arrow="none")
    tracked = replace(a_tracked("readiness", "VRN", monday_of("2026-W12")), changes=(change,))
    lines = [said(line) for line in headlines(a_material(composites=(tracked,), indicators=()))]
    assert any(line.endswith(words) for line in lines)


def test_a_rare_kind_of_alert_is_not_headlined_before_a_person_confirmed_it() -> None:
    monday = monday_of("2026-W12")
    waiting = a_raised(monday, kind="first", signal="back_channel", state="awaiting-confirmation")
    lines = [said(line) for line in headlines(a_material(alerts=(waiting,)))]
    assert not any("Back channel" in line for line in lines)
    assert any("1 alert awaits confirmation" in line for line in lines)
    confirmed = [said(line) for line in headlines(a_material(alerts=(replace(waiting, verdict="confirmed"),)))]
    assert any("Alert (first): “Back channel”" in line for line in confirmed)


def test_a_dismissed_alert_is_not_headlined() -> None:
    dismissed = replace(a_raised(monday_of("2026-W12")), verdict="dismissed")
    assert not any("Alert (" in said(line) for line in headlines(a_material(alerts=(dismissed,))))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("insufficient", "insufficient evidence (3 stories)"),
        ("one-sided", "one-sided sources"),
        ("contested", "contested"),
        ("withheld", "withheld: 5 of 6 sources observed"),
        ("not-assessable", "not assessable"),
    ],
)
def test_every_state_but_ok_is_told_beside_the_number(state: str, words: str) -> None:
    note = state_note(a_reading("readiness", "VRN", date(2026, 3, 22), state=state, stories=3))
    assert note is not None
    assert said(note) == words


def test_a_reading_that_stands_needs_no_note() -> None:
    assert state_note(a_reading("readiness", "VRN", date(2026, 3, 22))) is None


def test_no_number_no_change_and_no_interval_are_printed_without_evidence() -> None:
    monday = monday_of("2026-W12")
    quiet = a_reading("readiness", "VRN", monday + timedelta(days=6), state="insufficient", value=None)
    tracked = replace(a_tracked("readiness", "VRN", monday), reading=quiet)
    figure = week_view(a_material(composites=(tracked,))).paired[0].figures[0]
    assert figure is not None
    assert (figure.value, figure.low, figure.high, figure.changes) == (None, None, None, ())


def test_counted_records_come_first_and_by_what_they_weigh() -> None:
    ranked = order([a_weighed(i, monday_of("2026-W12")) for i in range(40)])
    counted = [w.counted for w in ranked]
    assert counted == sorted(counted, reverse=True)
    sizes = [abs(w.contribution) for w in ranked if w.counted]
    assert sizes == sorted(sizes, reverse=True)


@given(st.permutations(range(12)))
def test_the_order_of_the_material_does_not_matter(indices: list[int]) -> None:
    monday = monday_of("2026-W12")
    given_order = tuple(a_weighed(i, monday) for i in indices)
    assert order(given_order) == order(tuple(a_weighed(i, monday) for i in range(12)))


def test_a_record_knows_the_page_it_stands_on() -> None:
    found = quotes(a_material(records=PAGE + 3))
    assert found[PAGE - 1].href.startswith("2026-W12-evidence.html#")
    assert found[PAGE].href.startswith("2026-W12-evidence-2.html#")
    assert len({q.anchor for q in found}) == PAGE + 3


def test_an_anchor_stays_when_other_records_come_and_go() -> None:
    monday = monday_of("2026-W12")
    few = quotes(a_material(evidence=(a_weighed(3, monday),)))
    many = quotes(a_material(evidence=tuple(a_weighed(i, monday) for i in range(9))))
    assert few[0].anchor in {q.anchor for q in many}


def test_a_cue_is_marked_and_a_wrong_span_is_not() -> None:
    monday = monday_of("2026-W12")
    good = quotes(a_material(evidence=(a_weighed(0, monday),)))[0]
    assert good.cue == "met"
    assert good.start + good.cue + good.rest == a_record(0, monday).signal.evidence.quote
    record = a_record(0, monday)
    wrong = replace(record, signal=replace(record.signal, evidence=replace(record.signal.evidence, cue=(5, 9999))))
    shown = quotes(a_material(evidence=(replace(a_weighed(0, monday), record=wrong),)))[0]
    assert (shown.cue, shown.start) == ("", record.signal.evidence.quote)


def test_the_words_of_a_private_person_are_not_given_a_name() -> None:
    monday = monday_of("2026-W12")
    record = a_record(1, monday)
    named = replace(record, signal=replace(record.signal, speaker_class="public", speaker="Jo Doe, 43, a baker"))
    shown = quotes(a_material(evidence=(replace(a_weighed(1, monday), record=named),)))[0]
    assert shown.speaker == ""


def test_statements_face_each_other_only_where_both_ways_were_counted() -> None:
    view = week_view(a_material())
    assert view.facing
    for pair in view.facing:
        assert (pair.towards.polarity, pair.away.polarity) == (1, -1)
        assert pair.towards.signal == pair.away.signal
        assert pair.towards.counted
        assert pair.away.counted


def test_what_a_review_removed_is_not_quoted_on_the_page() -> None:
    monday = monday_of("2026-W12")
    removed = replace(a_weighed(0, monday), counted=False, contribution=0.0, why_not="rejected on review")
    assert strongest(quotes(a_material(evidence=(removed,)))) == ()


def test_a_mover_quotes_the_direction_it_moved_in_and_tells_both_parties() -> None:
    found = week_view(a_material()).movers
    assert found
    for mover in found:
        assert [line.figure.party for line in mover.lines] == ["VRN", "KES"]
        assert all(q.polarity == (1 if mover.up else -1) for q in mover.pro)
        assert all(q.polarity == (-1 if mover.up else 1) for q in mover.contra)


def test_an_indicator_that_could_not_be_read_is_no_mover() -> None:
    monday = monday_of("2026-W12")
    quiet = a_reading("contact_channel", "VRN", monday + timedelta(days=6), state="insufficient", value=None)
    tracked = replace(a_tracked("contact_channel", "VRN", monday), reading=quiet)
    assert week_view(a_material(indicators=(tracked,))).movers == ()


@pytest.mark.parametrize(
    ("weeks", "plus", "back", "earlier"),
    [(4, 2, 3, True), (4, 2, 4, False), (4, 0, 2, False), (1, 2, 1, False)],
)
def test_a_mover_knows_whether_the_weeks_of_its_change_brought_stories_its_way(
    weeks: int, plus: int, back: int, earlier: bool
) -> None:
    monday = monday_of("2026-W12")
    up = Change(weeks=weeks, difference=6.1, low=2.0, high=9.8, arrow="up")
    tracked = replace(a_tracked("contact_channel", "VRN", monday), changes=(up,))
    week = monday - timedelta(weeks=back)
    tallies = (
        Tally(signal="talks_activity", party="VRN", week=week, plus=plus, minus=3),
        Tally(signal="talks_activity", party="KES", week=monday - timedelta(weeks=1), plus=3, minus=3),
        Tally(signal="mediation_offer", party="VRN", week=monday - timedelta(weeks=1), plus=3, minus=3),
    )
    (mover,) = week_view(a_material(indicators=(tracked,), tallies=tallies, evidence=())).movers
    assert mover.earlier is earlier


@pytest.mark.parametrize(("stories", "few"), [(4, True), (5, False)])
def test_a_posture_on_fewer_than_five_stories_says_so(stories: int, few: bool) -> None:
    words = said(posture_words(Posture(party="VRN", state="closed", share=0.8, stories=stories)))
    assert words.startswith("closed to direct talks (")
    assert ("few stories" in words) is few
    assert f"{stories}" in words


def test_a_missing_leg_is_told_by_its_title_and_whose_it_is() -> None:
    monday = monday_of("2026-W12")
    lacking = a_reading(
        "readiness",
        "VRN",
        monday,
        missing=("support_erosion", "diplomatic_posture (opponent)", "signal:talks_activity"),
    )
    tracked = replace(a_tracked("readiness", "VRN", monday), reading=lacking)
    figure = week_view(a_material(composites=(tracked,))).paired[0].figures[0]
    assert figure is not None
    assert [said(leg) for leg in figure.missing] == [
        "Erosion of outside support",
        "Diplomatic posture (of the opponent)",
        "Talks activity",
    ]


def test_composites_are_told_in_one_order_whatever_the_files_are_called() -> None:
    material = a_material()
    book = material.method.codebook
    turned = replace(material.method, codebook=replace(book, composites=tuple(reversed(book.composites))))
    assert [r.id for r in week_view(replace(material, method=turned)).paired] == ["readiness", "costs_of_conversation"]


def test_only_the_costs_say_that_higher_means_costlier() -> None:
    told = {r.id: r.costs for r in week_view(a_material()).paired}
    assert told == {"readiness": False, "costs_of_conversation": True}


def test_the_trail_breaks_where_one_of_the_two_readings_is_missing() -> None:
    monday = monday_of("2026-W12")
    costs = a_tracked("costs_of_conversation", "VRN", monday)
    gap = replace(costs.series[3], value=None)
    costs = replace(costs, series=(*costs.series[:3], gap, *costs.series[4:]))
    trail = trails(a_material(composites=(a_tracked("readiness", "VRN", monday), costs)))[0]
    assert trail.points[3] is None
    assert trail.points[4] is not None


def test_the_page_never_links_forward() -> None:
    material = a_material("2026-W12", weeks=3)
    assert material.previous == "2026-W11"
    assert a_material("2026-W12", weeks=1).previous is None


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1)))
def test_every_day_lies_in_the_week_that_is_named_after_it(day: date) -> None:
    monday = monday_of(week_of(day))
    assert monday <= day <= monday + timedelta(days=6)
    assert monday.weekday() == 0


@pytest.mark.parametrize("word", ["2026-47", "2026-W00", "2026-W54", "W47", "../../x", ""])
def test_what_is_no_week_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match=r"week|Week|month|day|year"):
        monday_of(word)


def test_two_legs_of_one_source_keep_their_own_balance_and_sign() -> None:
    material = a_material()
    legs = (
        Leg(source="signal:attrition_strain", weight=0.15, sign=-1),
        Leg(source="signal:attrition_strain", weight=0.10, of="opponent"),
    )
    composite = replace(material.method.codebook.composite("costs_of_conversation"), legs=legs)
    known = {"signal:attrition_strain": 0.4, "signal:attrition_strain (opponent)": -0.2}
    day = monday_of("2026-W12")
    tracked = replace(
        a_tracked("costs_of_conversation", "VRN", day),
        reading=a_reading("costs_of_conversation", "VRN", day, parts=known),
    )
    parts = subject_view(replace(material, composites=(tracked,)), composite).parts
    assert [(p.title, p.of, p.sign, p.balances) for p in parts] == [
        ("Attrition strain", "own", -1, (0.4,)),
        ("Attrition strain", "opponent", 1, (-0.2,)),
    ]
