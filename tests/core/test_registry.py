"""The shipped registry of conflicts and feeds holds together: known names, offices in order, blocs that exist."""

from collections import defaultdict
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from tracker import catalog
from tracker.demo.story import conflict_path
from tracker.model.codebook import Conflict

PRINCIPALS = {
    "russia-ukraine": ("UKR", "RUS"),
    "israel-gaza": ("ISR", "HAMAS"),
    "sudan": ("SAF", "RSF"),
    "varnland-kestria": ("VRN", "KES"),
}


def _conflicts() -> dict[str, Conflict]:
    folder = catalog.defaults() / "conflicts"
    files = {f"conflicts/{p.name}": p.read_text("utf-8") for p in sorted(folder.glob("*.yaml"))}
    demo = conflict_path()
    files[f"conflicts/{demo.name}"] = demo.read_text("utf-8")
    return {c.id: c for c in catalog.codebook_of(files).conflicts}


CONFLICTS = _conflicts()
FEEDS = catalog.feeds_of((catalog.defaults() / "feeds.yaml").read_text("utf-8"))
conflicts = pytest.mark.parametrize("conflict", CONFLICTS.values(), ids=list(CONFLICTS))


def _leaders(conflict: Conflict):
    for actor in (*conflict.parties, *conflict.outsiders):
        for leader in actor.leaders:
            yield actor.id, leader


def test_the_conflicts_and_their_principals_are_the_promised_ones():
    assert {c.id: tuple(p.id for p in c.parties) for c in CONFLICTS.values()} == PRINCIPALS
    assert [c.id for c in CONFLICTS.values() if c.fictional] == ["varnland-kestria"]


@conflicts
def test_nobody_holds_an_office_while_a_predecessor_is_still_in_it(conflict):
    offices = defaultdict(list)
    for actor, leader in _leaders(conflict):
        offices[actor, leader.office].append(leader)
    for (actor, office), holders in offices.items():
        holders.sort(key=lambda leader: leader.since or date.min)
        for earlier, later in pairwise(holders):
            assert earlier.until is not None, f"{actor}: {earlier.name} never leaves the office {office!r}"
            assert later.since is not None, f"{actor}: {later.name} follows as {office!r} on no known day"
            assert earlier.until <= later.since, f"{actor}: {earlier.name} and {later.name} overlap as {office!r}"


@conflicts
def test_terms_of_office_begin_before_they_end_and_not_in_a_far_past(conflict):
    for actor, leader in _leaders(conflict):
        if leader.since and leader.until:
            assert leader.since < leader.until, (actor, leader.name)
        for day in (leader.since, leader.until):
            assert day is None or date(1980, 1, 1) <= day <= date(2026, 12, 31), (actor, leader.name)


@conflicts
def test_culpable_leaders_were_in_office_when_the_war_began(conflict):
    for party in conflict.parties:
        culpable = [leader for leader in party.leaders if leader.culpable]
        assert any(leader.rank == "leader" for leader in culpable), party.id
        for leader in culpable:
            late = leader.since is not None and leader.since > conflict.started
            if not late:
                assert leader.until is None or leader.until >= conflict.started, leader.name
            else:
                same = [other for other in culpable if other.name == leader.name and other is not leader]
                assert any(o.since and o.since <= conflict.started for o in same), leader.name


@conflicts
def test_each_party_can_be_recognised_and_has_an_issue_and_a_backer(conflict):
    for party in conflict.parties:
        assert party.forces, party.id
        assert party.institutions, party.id
        assert party.capitals, party.id
        assert len(party.disputes) >= 5, party.id
        assert party.backers, party.id
        backing = {o.id for o in conflict.outsiders if o.backs == party.id}
        assert set(party.backers) == backing, party.id
    assert sum(o.mediator for o in conflict.outsiders) >= 2
    assert conflict.past_rounds
    assert len(conflict.places) >= 10


@conflicts
def test_no_name_of_one_party_is_also_a_name_of_the_other(conflict):
    def names(party):
        own = (party.name, *party.aliases, *party.demonyms, *party.capitals, *party.forces, *party.institutions)
        people = [name for leader in party.leaders for name in (leader.name, *leader.aliases)]
        return {name.lower() for name in (*own, *people)}

    first, second = conflict.parties
    assert not names(first) & names(second)


@conflicts
def test_the_description_says_who_began_and_that_the_scores_do_not_judge(conflict):
    assert "not who is right" in conflict.description
    assert any(word in conflict.description for word in ("invaded", "invasion", "attack", "attacked"))


@conflicts
def test_blocs_are_the_known_kinds_and_aligned_as_named(conflict):
    parties = {party.id.lower(): party.id for party in conflict.parties}
    for bloc in conflict.blocs:
        kind, _, party = bloc.id.partition("-")
        if kind in {"aligned", "patrons"}:
            assert bloc.aligned_with == parties[party], bloc.id
        else:
            assert bloc.id in {"wires", "third-country", "international"}
            assert not bloc.aligned_with


def test_united_states_presidents_are_known_by_date():
    on = {date(2022, 2, 24): "Joe Biden", date(2025, 1, 19): "Joe Biden", date(2025, 1, 21): "Donald Trump"}
    for conflict in ("russia-ukraine", "israel-gaza", "sudan"):
        usa = next(o for o in CONFLICTS[conflict].outsiders if o.id == "USA")
        presidents = [leader for leader in usa.leaders if leader.office == "president"]
        for day, name in on.items():
            current = [p.name for p in presidents if p.since <= day and (p.until is None or day < p.until)]
            assert current == [name]


def test_there_are_enough_feeds_of_enough_owners_for_every_conflict():
    assert len(FEEDS) >= 40
    for conflict in ("russia-ukraine", "israel-gaza", "sudan"):
        mine = [feed for feed in FEEDS if conflict in feed.conflicts]
        assert len({feed.owner for feed in mine}) >= 12, conflict
        assert len({feed.bloc for feed in mine}) >= 5, conflict


@pytest.mark.parametrize("feed", FEEDS, ids=[feed.id for feed in FEEDS])
def test_a_feed_names_a_conflict_and_a_bloc_that_exist(feed):
    assert feed.conflicts
    assert set(feed.conflicts) <= set(CONFLICTS)
    blocs = {bloc.id for conflict in feed.conflicts for bloc in CONFLICTS[conflict].blocs}
    assert feed.bloc in blocs
    assert len(feed.country) == 2 or feed.country == "INT"
    assert len(feed.language) == 2
    assert not feed.allow_private


def test_no_two_feeds_share_an_address():
    assert len({feed.url for feed in FEEDS}) == len(FEEDS)


def test_the_feeds_file_says_how_its_addresses_are_verified():
    text = (Path(catalog.defaults()) / "feeds.yaml").read_text("utf-8")
    assert "tracker feeds check" in text.partition("feeds:\n")[0]
