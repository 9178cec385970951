"""Drawings: within their frame, light, readable by machines, with gaps where nothing was measured."""

import re
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from tracker.digest.charts import (
    MOST_POINTS,
    RANGES,
    Line,
    Mark,
    Point,
    columns,
    line_chart,
    month_ticks,
    share_bar,
    sparkline,
    spread,
    thinned,
    value_range,
)
from tracker.digest.quadrant import Trail, cell, quadrant
from tracker.digest.render import templates_folder

FIRST = date(2025, 1, 5)
VALUES = st.lists(st.none() | st.floats(min_value=0, max_value=100), max_size=60)


def a_line(values: list[float | None], *, style: str = "a", label: str = "VRN") -> Line:
    return Line(
        label=label,
        style=style,
        points=tuple(
            Point(
                day=FIRST + timedelta(weeks=i),
                value=v,
                low=None if v is None else max(v - 4, 0),
                high=None if v is None else min(v + 4, 100),
            )
            for i, v in enumerate(values)
        ),
    )


def drawn(line: Line, **more: object) -> ET.Element:
    return ET.fromstring(line_chart([line], name="n", title="T", desc="D", label=lambda d: f"{d:%b}", **more))


@given(VALUES)
def test_every_chart_is_well_formed_and_says_what_it_is(values: list[float | None]) -> None:
    root = drawn(a_line(values))
    assert root.get("role") == "img"
    assert [child.tag for child in root][:2] == ["title", "desc"]
    assert root.get("aria-labelledby") == "n-t n-d"


@given(VALUES)
def test_no_coordinate_leaves_the_drawing(values: list[float | None]) -> None:
    root = drawn(a_line(values))
    for path in root.iter("path"):
        if path.get("class") in {"line a", "band a"}:
            pairs = re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.get("d", ""))
            assert all(0 <= float(x) <= 640 and 0 <= float(y) <= 260 for x, y in pairs)


def test_a_gap_breaks_the_line_and_is_not_bridged() -> None:
    root = drawn(a_line([50, 51, None, 53, 54]))
    assert len([p for p in root.iter("path") if p.get("class") == "line a"]) == 2


def test_a_lone_point_between_gaps_is_drawn_as_a_dot() -> None:
    root = drawn(a_line([50, 51, None, 53, None, 54, 55]))
    assert len([c for c in root.iter("circle") if c.get("class") == "dot a"]) == 1


def test_ten_years_of_days_are_thinned_and_keep_their_extremes() -> None:
    points = tuple(
        Point(day=FIRST + timedelta(days=i), value=99.0 if i == 1234 else 1.0 if i == 2345 else 50.0)
        for i in range(3650)
    )
    kept = thinned(points)
    assert len(kept) <= MOST_POINTS
    assert {99.0, 1.0} <= {p.value for p in kept}
    assert [p.day for p in kept] == sorted(p.day for p in kept)


@given(st.lists(st.floats(min_value=0, max_value=200), min_size=1, max_size=8))
def test_labels_keep_apart_and_within_their_space(wanted: list[float]) -> None:
    places = sorted(spread(wanted, gap=18, low=0, high=200))
    assert all(b - a >= 17 for a, b in pairwise(places))
    assert all(-0.5 <= p <= 200.5 for p in places)


@given(VALUES)
def test_the_range_is_the_same_above_and_below_fifty_and_holds_all(values: list[float | None]) -> None:
    line = a_line(values)
    low, high = value_range([line])
    assert (low, high) in RANGES
    assert 50 - low == high - 50
    assert all(low <= p.value <= high for p in line.points if p.value is not None)


def test_ninety_points_with_a_band_stay_small() -> None:
    values: list[float | None] = [50 + (i % 9) for i in range(90)]
    assert len(sparkline(a_line(values), name="n", title="T", desc="D", limits=(40, 60))) < 5_000


def test_words_in_a_drawing_are_escaped() -> None:
    line = a_line([50, 51], label="<b>&")
    text = line_chart(
        [line],
        name="n",
        title="<script>",
        desc="</svg>",
        label=lambda _: "<i>",
        marks=[Mark(day=FIRST, kind="happening", label="<u>")],
    )
    tags = {element.tag for element in ET.fromstring(text).iter()}
    assert tags <= {"svg", "title", "desc", "path", "text", "tspan", "circle"}


def test_numbers_of_happenings_close_to_each_other_do_not_stand_on_one_another() -> None:
    marks = [Mark(day=FIRST + timedelta(days=d), kind="happening", label=str(d)) for d in range(3)]
    root = drawn(a_line([50.0] * 60), marks=marks)
    notes = [(t.get("x"), t.get("y")) for t in root.iter("text") if t.get("class") == "note"]
    assert len(notes) == 2
    assert notes[0][1] != notes[1][1]


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2060, 1, 1)), st.integers(min_value=0, max_value=9000))
def test_there_are_some_ticks_and_never_a_crowd(first: date, days: int) -> None:
    assert 1 <= len(month_ticks(first, first + timedelta(days=days))) <= 8


def test_the_four_cells_are_those_of_the_codebook() -> None:
    assert [cell(70, 30), cell(70, 70), cell(30, 30), cell(30, 70)] == ["front", "back", "instrumental", "closed"]


def test_the_plane_ends_both_trails_with_a_large_dot_and_a_name() -> None:
    trails = [
        Trail(label="VRN", style="a", points=((40.0, 60.0), None, (42.0, 61.0))),
        Trail(label="KES", style="b", points=((42.0, 61.0),)),
        Trail(label="X", style="c", points=(None,)),
    ]
    text = quadrant(trails, name="q", title="T", desc="D", words=("cost", "readiness"), cells=("1", "2", "3", "4"))
    root = ET.fromstring(text)
    assert [c.get("class") for c in root.iter("circle") if "end" in c.get("class", "")] == ["end a", "end b"]
    names = [t for t in root.iter("text") if "end" in t.get("class", "")]
    assert [t.text for t in names] == ["VRN", "KES"]
    assert abs(float(names[0].get("y", 0)) - float(names[1].get("y", 0))) >= 19


def test_columns_and_shares_are_well_formed_even_when_empty() -> None:
    for text in (
        columns([], name="c", title="T", desc="D"),
        columns([0, 3, 9], name="c", title="T", desc="D", baseline=20.0),
        share_bar([], name="s", title="T", desc="D"),
        share_bar([("a", 0.6), ("b", 0.4)], name="s", title="T", desc="D"),
    ):
        assert ET.fromstring(text).get("role") == "img"


def test_the_two_lowest_ticks_of_the_plane_do_not_share_a_place() -> None:
    trail = Trail(label="VRN", style="a", points=((44.0, 63.0),))
    text = quadrant([trail], name="q", title="T", desc="D", words=("cost", "readiness"), cells=("1", "2", "3", "4"))
    lowest = [t for t in ET.fromstring(text).iter("text") if t.text == "30"]
    across, upward = lowest
    assert (across.get("class"), upward.get("class")) == ("tick x first", "tick y")
    css = (templates_folder() / "style.css").read_text(encoding="utf-8")
    assert "svg .tick.y{text-anchor:end}" in css
    assert "svg .tick.x.first{text-anchor:start}" in css
    assert float(upward.get("x", "")) < float(across.get("x", ""))
