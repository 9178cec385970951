"""Daily rows packed by month: what is read is what was counted, whatever the order in which the days came."""

import random
from datetime import date, timedelta

import numpy as np
import pytest
from projection_logs import CODEBOOKS, CONFLICT, OTHER, START, VERSIONS, Chance, contents, grow
from sqlalchemy import Engine

from tracker.eventstore.store import Append
from tracker.model.events import SignalReviewed
from tracker.model.readings import DailyPresence, Inputs
from tracker.projections import blocks, daily, reads
from tracker.projections.runner import Projections
from tracker.readiness import weights
from tracker.readiness.rows import presence_of, rows_of
from tracker.testing import MemoryEventStore, a_coding, a_signal, an_article, collected

CODEBOOK = CODEBOOKS[VERSIONS[0]]


def a_long_log(seed: int, number: int, days: float = 100.0) -> MemoryEventStore:
    """A log whose stories are spread over several months."""
    store = MemoryEventStore()
    grow(store, Chance(seed, days=days).events(number), of=number, days=days)
    return store


def caught_up(engine: Engine, store: MemoryEventStore, batch: int = 1000) -> Projections:
    projections = Projections(engine, store, CODEBOOKS.__getitem__, batch=batch)
    projections.catch_up()
    return projections


def test_months_that_grew_by_and_by_are_those_of_a_rebuild(any_engine: Engine):
    store = a_long_log(51, 320)
    projections = caught_up(any_engine, store, 7)
    by_and_by = contents(any_engine)
    months = {row[3] for row in by_and_by["counts"]}
    assert len(months) > 2
    projections.rebuild()
    assert contents(any_engine) == by_and_by


def test_days_inside_and_across_months_are_what_the_stories_add_up_to(any_engine: Engine):
    caught_up(any_engine, a_long_log(52, 320), 40)
    for conflict in (CONFLICT, OTHER):
        said = reads.story_signals(any_engine, conflict, CODEBOOK)
        about = reads.conflict_stories(any_engine, conflict, CODEBOOK)
        for since, until in ((None, None), (date(2026, 3, 31), date(2026, 4, 1)), (date(2026, 4, 1), None)):
            told = reads.inputs(any_engine, conflict, CODEBOOK, since=since, until=until)
            first, last = since or date.min, until or date.max
            counts, coverage, presence = weights.daily(
                [s for s in said if first <= s.day <= last], [s for s in about if first <= s.day <= last], CODEBOOK
            )
            assert told.counts == counts
            assert told.coverage == coverage
            assert set(told.presence) == set(presence)
            assert len(told.presence) == len(presence)
        assert len({c.day.month for c in told.counts}) > 1


def test_a_day_that_says_nothing_any_more_leaves_no_block_behind(engine: Engine):
    store, article, said = MemoryEventStore(), an_article(), a_signal()
    append = collected(article)[0]
    coding = a_coding(article.id, said, codebook=VERSIONS[0], conflicts=(CONFLICT,))
    store.append([append], at=START)
    store.append([Append(stream=append.stream, events=(coding,))], at=START)
    projections = caught_up(engine, store)
    assert contents(engine)["counts"]
    review = SignalReviewed(article=article.id, signal_key=said.key, verdict="rejected", reason="r", by="a person")
    store.append([Append(stream=append.stream, events=(review,))], at=START + timedelta(hours=1))
    projections.catch_up()
    held = contents(engine)
    assert held["counts"] == held["presence"] == []
    assert held["coverage"]


def test_a_block_is_read_as_it_was_written_and_does_not_depend_on_the_order_of_its_rows():
    chance = random.Random(3)
    names = [f"outlet-{n}" for n in range(21)]
    told = [
        DailyPresence(
            party=party,
            indicator="contact_channel",
            day=date(2026, 3, n),
            mask=mask,
            stories=chance.randrange(9),
            outlets=tuple(sorted(chance.sample(names, chance.randrange(12)))),
            owners=tuple(sorted(chance.sample(names, chance.randrange(3)))),
        )
        for n in range(1, 32)
        for party in ("KES", "VRN")
        for mask in (1, 2, 3)
    ]
    row = blocks.encoded(blocks.PRESENCE, blocks.joined([presence_of(told)]))
    found = blocks.decoded(blocks.PRESENCE, [row[name] for name in blocks.PRESENCE.columns])
    assert row["lines"] == (
        '[["contact_channel","KES",1],["contact_channel","KES",2],["contact_channel","KES",3],'
        '["contact_channel","VRN",1],["contact_channel","VRN",2],["contact_channel","VRN",3]]'
    )
    again = [
        DailyPresence(
            indicator=found.lines[line][0],
            party=found.lines[line][1],
            mask=found.lines[line][2],
            day=date.fromordinal(number),
            stories=stories,
            outlets=tuple(np.array(found.names[0].names)[found.names[0].on[n]].tolist()),
            owners=tuple(np.array(found.names[1].names)[found.names[1].on[n]].tolist()),
        )
        for n, (line, number, stories) in enumerate(found.rows.tolist())
    ]
    assert sorted(again, key=repr) == sorted(told, key=repr)
    chance.shuffle(told)
    halves = [presence_of(told[:40]), presence_of(told[40:])]
    assert blocks.encoded(blocks.PRESENCE, blocks.joined(halves)) == row


def test_numbers_are_kept_little_endian_without_gaps():
    assert blocks.COUNTS.layout.itemsize == 4 * 4 + 6 * 8
    assert blocks.COVERAGE.layout.itemsize == blocks.PRESENCE.layout.itemsize == 3 * 4
    for kind in (blocks.COUNTS, blocks.COVERAGE):
        assert all(kind.layout[name].str[0] == "<" for name in kind.layout.names)


@pytest.mark.parametrize("seed", range(4))
def test_rows_and_inputs_are_one_another(engine: Engine, seed: int):
    caught_up(engine, a_long_log(60 + seed, 150))
    told: Inputs = reads.inputs(engine, CONFLICT, CODEBOOK)
    assert daily.inputs(blocks_joined(told)) == told


def blocks_joined(told: Inputs):
    """The inputs as tables with sorted lines, as they come from the database."""
    rows = rows_of(told)
    return type(rows)(
        conflict=rows.conflict,
        observed=rows.observed,
        **{name: blocks.joined([getattr(rows, name)]) for name in ("counts", "coverage", "presence")},
    )
