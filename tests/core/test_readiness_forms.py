"""States, composites as named forms, and what is refused."""

from dataclasses import replace
from math import sqrt

import pytest
from readiness_material import CODEBOOK, PARTIES, a_story, day, inputs_from, random_news, signals_from

from tracker.errors import CatalogError, QuestionError
from tracker.model.codebook import Composite, Leg
from tracker.readiness.approximation import from_counts, large
from tracker.readiness.board import board
from tracker.readiness.composites import check, value_of
from tracker.readiness.composites import reading as composite_reading
from tracker.readiness.indicators import reading, withheld_on
from tracker.readiness.intervals import bootstrap
from tracker.readiness.rows import Names, Rows, Table, rows_of
from tracker.readiness.series import series, signals_of


def a_composite(**telling: object) -> Composite:
    given: dict[str, object] = {
        "id": "own",
        "title": "",
        "question": "",
        "theory": "",
        "form": "mean",
        "level": "party",
        "legs": (Leg(source="contact_channel", weight=1), Leg(source="diplomatic_posture", weight=3)),
        "needs": {},
    }
    return Composite(**(given | telling))  # type: ignore[arg-type]  # the tests give wrong ones on purpose


INPUTS = inputs_from(*random_news(2))
TODAY = day(179)


def quiet(bloc: str, count: int, when: int = 0) -> list[dict[str, object]]:
    return [{"story": f"{bloc}-q{when}-{n}", "bloc": bloc, "day": when} for n in range(count)]


def told(n: int, bloc: str = "wires", polarity: int = 1, outlets: int = 5) -> list[dict[str, object]]:
    return [
        {
            "story": f"{bloc}{polarity:+d}-{k}",
            "bloc": bloc,
            "day": 0,
            "signal": "talks_activity",
            "polarity": polarity,
            "outlet": f"outlet-{k % outlets}",
        }
        for k in range(n)
    ]


@pytest.mark.parametrize(
    ("records", "coverage", "state"),
    [
        (told(5), quiet("wires", 20), "one-sided"),
        (told(4), quiet("wires", 20), "insufficient"),
        (told(5, outlets=2), quiet("wires", 20), "insufficient"),
        (told(5), quiet("wires", 9), "insufficient"),
        (told(5) + told(5, "third-country"), quiet("wires", 20) + quiet("third-country", 20), "ok"),
        (
            told(5) + told(5, "third-country", -1),
            quiet("wires", 20) + quiet("third-country", 20),
            "contested",
        ),
    ],
)
def test_states_follow_the_evidence(records: list, coverage: list, state: str) -> None:
    found = reading(inputs_from(records, coverage), CODEBOOK.indicator("contact_channel"), "VRN", day(0), CODEBOOK)
    assert found.state == state
    assert (found.value is None) == (state == "insufficient")


def test_records_without_direction_count_nowhere() -> None:
    coverage = quiet("wires", 20)
    neutral = [{**r, "story": f"n{n}", "polarity": 0} for n, r in enumerate(told(20))]
    assert inputs_from(told(4) + neutral, coverage) == inputs_from(told(4), coverage)


def test_a_story_fades_out_of_the_evidence_after_two_half_lives() -> None:
    inputs = inputs_from(told(6), quiet("wires", 20) + [s for n in range(1, 60) for s in quiet("wires", 20, n)])
    states = [r.state for r in series(inputs, CODEBOOK, "contact_channel", "VRN", [day(42), day(43)])]
    assert states == ["one-sided", "insufficient"]


def test_named_forms_are_what_their_names_say() -> None:
    found = board(INPUTS, CODEBOOK, (TODAY,))
    legs = [
        reading(INPUTS, CODEBOOK.indicator(name), "VRN", TODAY, CODEBOOK).value
        for name in ("contact_channel", "diplomatic_posture")
    ]
    assert legs[0] is not None
    assert legs[1] is not None
    first, second = legs
    mean = value_of(found, a_composite(form="mean"), "VRN")[0]
    geometric = value_of(found, a_composite(form="geometric"), "VRN")[0]
    minimum = value_of(found, a_composite(form="minimum"), "VRN")[0]
    assert mean == pytest.approx((first + 3 * second) / 4)
    assert geometric == pytest.approx(100 * (first / 100) ** 0.25 * (second / 100) ** 0.75)
    assert minimum == pytest.approx(min(first, second))


def test_a_missing_leg_is_named_and_never_taken_as_50() -> None:
    inputs = inputs_from(
        [r for r in random_news(2)[0] if r["signal"] not in ("talks_activity", "back_channel")], random_news(2)[1]
    )
    found = board(inputs, CODEBOOK, (TODAY,))
    assert value_of(found, a_composite(form="mean"), "VRN")[0] == pytest.approx(
        reading(inputs, CODEBOOK.indicator("diplomatic_posture"), "VRN", TODAY, CODEBOOK).value
    )
    missing = composite_reading(inputs, a_composite(form="minimum"), "VRN", TODAY, CODEBOOK)
    assert (missing.state, missing.value, missing.missing) == ("not-assessable", None, ("contact_channel",))


def test_ripeness_takes_the_weaker_party_and_readiness_the_opponents_posture() -> None:
    found = board(INPUTS, CODEBOOK, (TODAY,))
    unit = lambda name, party: (1 + found.indicator(CODEBOOK.indicator(name), party)[0]) / 2  # noqa: E731  as in §7
    mhs = min(0.6 * unit("hurting_stalemate", p) + 0.4 * unit("resolve_erosion", p) for p in PARTIES)
    way_out = (
        0.4 * min(unit("diplomatic_posture", p) for p in PARTIES)
        + 0.3 * sum(unit("third_party_way_out", p) for p in PARTIES) / 2
        + 0.3 * sum(unit("contact_channel", p) for p in PARTIES) / 2
    )
    assert value_of(found, CODEBOOK.composite("ripeness"), None)[0] == pytest.approx(100 * sqrt(mhs * way_out))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"form": "a + b * c"}, "is not a form"),
        ({"legs": ()}, "has no legs"),
        ({"form": "readiness"}, "joins the groups"),
        ({"needs": {"nobody": 0.5}}, "no leg belongs to"),
        ({"level": "conflict", "legs": (Leg(source="contact_channel", weight=1, of="opponent"),)}, "no opponent"),
        (
            {
                "form": "ripeness",
                "legs": (
                    Leg(source="hurting_stalemate", weight=1, group="stalemate"),
                    Leg(source="contact_channel", weight=1, group="way_out"),
                ),
            },
            "for the level conflict",
        ),
    ],
)
def test_anything_but_a_named_form_is_refused_with_an_explanation(wrong: dict, said: str) -> None:
    with pytest.raises(CatalogError, match=said) as refusal:
        check(a_composite(**wrong))
    assert refusal.value.remedy


def test_a_composite_asked_for_the_wrong_party_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="for the conflict"):
        series(INPUTS, CODEBOOK, "ripeness", "VRN", [TODAY])
    with pytest.raises(ValueError, match="for a party"):
        series(INPUTS, CODEBOOK, "readiness", None, [TODAY])


def test_an_unknown_subject_is_answered_with_those_there_are() -> None:
    with pytest.raises(QuestionError, match="prosperity") as refusal:
        series(INPUTS, CODEBOOK, "prosperity", None, [TODAY])
    assert "contact_channel" in refusal.value.remedy


def test_only_the_signals_behind_a_subject_are_needed_for_it() -> None:
    for subject, party in (("costs_of_conversation", "VRN"), ("readiness", "KES"), ("support_erosion", "VRN")):
        needed = set(signals_of(CODEBOOK, [subject]))
        less = replace(INPUTS, counts=tuple(c for c in INPUTS.counts if c.signal in needed))
        assert series(less, CODEBOOK, subject, party, [TODAY]) == series(INPUTS, CODEBOOK, subject, party, [TODAY])
    assert set(signals_of(CODEBOOK, ["contact_channel"])) == {"talks_activity", "back_channel"}


def test_nothing_read_yet_gives_no_number_and_no_failure() -> None:
    """Also for days before the first story and after the last, with both ways to an interval."""
    records, stories = random_news(1, days=30)
    for known, told_stories in ((([], [])), (records, stories)):
        inputs = inputs_from(known, told_stories)
        days = [day(-40), day(-1), day(400)]
        for resamples in (
            bootstrap(signals_from(known), map(a_story, told_stories), CODEBOOK, "lisse", days, draws=20),
            from_counts(inputs, CODEBOOK, days, draws=20),
        ):
            for subject, party in (("contact_channel", "VRN"), ("diplomatic_posture", None), ("readiness", "KES")):
                found = series(inputs, CODEBOOK, subject, party, days, resamples=resamples)
                assert {r.state for r in found} <= {"insufficient", "not-assessable"}
                assert {(r.value, r.low, r.high) for r in found} == {(None, None, None)}


def test_rows_of_a_database_give_the_board_that_objects_give() -> None:
    rows = rows_of(INPUTS)

    def turned(table: Table) -> Table:
        names = tuple(Names(names=n.names, bits=n.bits[::-1]) for n in table.names)
        return Table(lines=table.lines, rows=table.rows[::-1], names=names)

    shuffled = Rows(
        conflict=rows.conflict,
        counts=turned(rows.counts),
        coverage=turned(rows.coverage),
        presence=turned(rows.presence),
    )
    one, other = board(INPUTS, CODEBOOK, (TODAY,)), board(shuffled, CODEBOOK, (TODAY,))
    for key, measure in one.measures.items():
        assert measure.balance[0] == other.measures[key].balance[0]
    for key, present in one.presence.items():
        assert (present.stories[0], present.outlets[0], present.owners[0]) == (
            other.presence[key].stories[0],
            other.presence[key].outlets[0],
            other.presence[key].owners[0],
        )
    assert max(p.owners[0] for p in one.presence.values()) > 1
    assert not large(INPUTS)
    assert not large(rows)


def test_a_week_in_which_nothing_was_asked_is_withheld_and_days_outside_the_ledger_are_not():
    from tracker.model.readings import DailyCoverage, Inputs, Observed

    cover = tuple(DailyCoverage(bloc="wires", day=day(n), stories=5) for n in range(40))
    ledger = tuple(
        Observed(day=day(n), observed=3 if n < 30 else 0, expected=3 if n < 30 else 0) for n in range(20, 60)
    )
    inputs = Inputs(conflict=CODEBOOK.conflicts[0].id, counts=(), coverage=cover, presence=(), observed=ledger)
    found = board(inputs, CODEBOOK, (day(10), day(29), day(50)))
    assert [bool(w) for w in withheld_on(found)] == [False, False, True]
    assert found.sources == (None, (3, 3), (0, 0))
