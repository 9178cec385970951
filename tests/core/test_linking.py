"""Names to actors, sentences to conflicts."""

from datetime import date

import pytest
from coding_material import a_war

from tracker.nlp.linking import Registry, link


def actors(registry: Registry, text: str, **how: object) -> list[str]:
    found = registry.mentions(registry.scan(text), "lisse", how.get("day"), focus=how.get("focus", ()))  # type: ignore[arg-type]
    return [m.actor for m in found]


def test_names_demonyms_capitals_and_leaders_stand_for_their_party() -> None:
    registry = Registry([a_war()])
    assert actors(registry, "Vrnish envoys left Vrnville; Kesia waits, says Ben New") == ["VRN", "VRN", "KES", "VRN"]


def test_a_name_is_found_in_capitals_and_with_a_possessive_but_not_inside_a_word() -> None:
    registry = Registry([a_war()])
    assert actors(registry, "KESIA’S army; Kesiastan; Kesia-backed") == ["KES", "KES"]


@pytest.mark.parametrize(("day", "rank", "former"), [(date(2024, 6, 1), "leader", False), (date(2026, 1, 1), "", True)])
def test_a_leader_counts_only_in_office(day: date, rank: str, former: bool) -> None:
    registry = Registry([a_war()])
    (mention,) = registry.mentions(registry.scan("Ada Old spoke"), "lisse", day)
    assert (mention.rank, mention.former) == (rank, former)


def test_an_institution_of_both_sides_belongs_to_the_party_next_to_it_or_to_the_focus() -> None:
    registry = Registry([a_war()])
    assert actors(registry, "The Kesian foreign ministry said") == ["KES", "KES"]
    assert actors(registry, "The foreign ministry said", focus=("VRN",)) == ["VRN"]
    assert actors(registry, "The foreign ministry said") == [""]


def test_backers_and_mediators_keep_their_roles() -> None:
    registry = Registry([a_war()])
    roles = [
        (m.role, m.backs) for m in registry.mentions(registry.scan("The Compact and the Sable Republic"), "lisse", None)
    ]
    assert roles == [("backer", "VRN"), ("mediator", "")]


@pytest.mark.parametrize(
    ("text", "relevant"),
    [
        ("Vrnland and Kesia hold ceasefire talks.", True),
        ("Vrnland attacked. Vrnland said the war goes on.", True),
        ("Vrnland and Kesia share a recipe.", False),
        ("Vrnland wins a prize.", False),
        ("The war in another place goes on.", False),
        ("", False),
    ],
)
def test_an_article_is_about_a_war_when_it_names_its_parties_and_speaks_of_war(text: str, relevant: bool) -> None:
    registry = Registry([a_war()])
    assert registry.relevant((), registry.scan(text), text) == (("lisse",) if relevant else ())


def linked(registry: Registry, title: str, *sentences: str) -> list[tuple[str, ...]]:
    return list(link(registry, registry.scan(title), [registry.scan(s) for s in sentences], tuple(registry.conflicts)))


def test_a_sentence_that_names_nobody_inherits_from_the_two_before_it() -> None:
    registry = Registry([a_war(), a_war("other", "ARN", "BRO")])
    found = linked(
        registry, "", "Vrnland and Kesia met.", "Talks went on.", "They ended.", "Rain fell.", "Arnland woke."
    )
    assert found == [("lisse",), ("lisse",), ("lisse",), (), ("other",)]


def test_a_party_of_several_wars_goes_with_the_war_the_article_is_most_about() -> None:
    registry = Registry([a_war(), a_war("other", "VRN", "BRO")])
    assert link(registry, (), [registry.scan("Vrnland waits.")], ("other", "lisse")) == (("other",),)
    assert link(registry, (), [registry.scan("Vrnland and Kesia wait.")], ("other", "lisse")) == (("lisse",),)


def test_a_sentence_about_two_wars_is_linked_to_both() -> None:
    registry = Registry([a_war(), a_war("other", "ARN", "BRO")])
    assert set(linked(registry, "", "Kesia and Vrnland fight, as do Arnland and Broia.")[0]) == {"lisse", "other"}
