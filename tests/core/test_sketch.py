"""Copies of one text find each other; other texts, and headlines with other figures, do not."""

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from tracker.model.sketch import BINS, bands, same_story, signature, similarity, words

WIRE = (
    "The foreign minister of Varnland arrived in the capital of the Sable Republic on Tuesday for two days of meetings. "
    "Officials of both delegations declined to describe the agenda, but a spokesman confirmed that the exchange of "
    "prisoners held since the spring offensive would be raised. Residents of the Lisse valley, where shelling resumed "
    "over the weekend, said they had little hope that anything would change before the winter. Aid convoys reached "
    "three villages on the northern bank, the relief office reported, though the bridge at Maren remains closed to "
    "heavy lorries. The Assembly is expected to debate the supplementary budget on Thursday, and members of the "
    "opposition have asked for guarantees that no troops will be withdrawn while the question of the valley is open. "
    "A Kestrian statement published late in the evening accused unnamed outside powers of prolonging the fighting and "
    "repeated that the chancellor would receive envoys without conditions. Analysts in Oster noted that similar wording "
    "had been used shortly before the meeting that failed in March, when both sides left after only one afternoon. "
    "Separately the railway company announced that night trains to the border would run again from next month, and "
    "farmers along the river were told to expect inspections of their wells after samples showed traces of solvent."
)
OTHER = (
    "Storms over the eastern coast delayed ferries for a second day while crews repaired masts damaged by lightning. "
    "The harbour master of Ostrava advised small boats to stay in port until the swell had passed, and fishermen "
    "gathered to mend nets in the shelter of the old customs hall. Schools on the islands closed early so that children "
    "could be taken home before dark. Meteorologists blamed an unusually warm current for the late season weather and "
    "recommended that households keep lamps and water ready. Insurance companies were preparing for claims that could "
    "exceed those of the previous autumn, a spokeswoman for their association wrote in a note to members."
)


def joined(a: tuple[str, str], b: tuple[str, str]) -> bool:
    first, second = signature(*a), signature(*b)
    return bool(set(bands(first)) & set(bands(second))) and same_story(a[0], first, b[0], second)


def test_a_wire_copy_under_another_headline_is_the_same_story():
    assert joined(("Minister in Sable capital for talks", WIRE), ("Envoy lands, prisoners on the agenda", WIRE))


def test_a_shortened_copy_with_a_line_added_is_the_same_story():
    sentences = WIRE.split(". ")
    assert joined(
        ("Minister arrives", WIRE), ("Minister arrives", "By our reporter. " + ". ".join(sentences[:6]) + ".")
    )


def test_another_text_of_the_same_day_is_another_story():
    assert not joined(("Minister arrives", WIRE), ("Ferries delayed", OTHER))
    assert not joined(("Morning briefing", WIRE), ("Morning briefing", OTHER))


def test_headlines_with_other_figures_are_other_stories():
    assert not joined(("2 more countries ban flights", ""), ("4 more countries ban flights", ""))
    assert not joined(("Two more countries ban flights", ""), ("4 more countries ban flights", ""))


def test_figures_in_words_and_in_digits_are_equal():
    assert joined(("Four more countries ban flights", ""), ("4 more countries ban flights", ""))
    assert joined(("1,200 held after protest in Oster", ""), ("1200 held after protest in Oster", ""))


def test_an_edited_headline_is_the_same_story():
    assert joined(
        ("Opposition leader lists conditions for prisoner exchange in Oster", ""),
        ("Opposition leader lists conditions for prisoner exchange, sources in Oster say", ""),
    )


def test_a_higher_toll_over_the_same_long_text_is_an_update_of_one_story():
    assert joined(("At least 5 hurt in Maren", WIRE), ("At least 7 hurt in Maren", WIRE))


def test_an_article_without_words_is_like_nothing():
    empty = signature("", "— … !")
    assert empty == (0,) * (BINS + 1)
    assert bands(empty) == ()
    assert not same_story("", empty, "", empty)


def test_languages_without_spaces_have_words():
    assert len(words("停战谈判开始")) == 6
    assert joined(("停战谈判在首都开始", ""), ("停战谈判在首都开始", ""))


def test_signatures_are_equal_in_another_process_with_another_hash_seed():
    code = (
        "from tracker.model.sketch import signature, bands\n"
        "s = signature('Talks in Oster', 'a b c d e f')\n"
        "print(s, bands(s))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    expected = signature("Talks in Oster", "a b c d e f")
    assert answers == {f"{expected} {bands(expected)}\n"}


def test_a_known_signature_stays_as_it_is_because_the_log_keeps_it():
    found = signature("Talks in Oster", "Envoys met.")
    assert (found[0], sum(found)) == (6, 9788875695)


@given(st.text(max_size=400), st.text(max_size=400))
def test_sketches_accept_any_text_and_comparison_is_symmetric(a: str, b: str):
    first, second = signature("", a), signature("", b)
    assert 0 <= similarity(first, second) <= 1
    assert similarity(first, second) == similarity(second, first)
    assert same_story("", first, "", second) == same_story("", second, "", first)
    assert all(0 <= key < 2**63 for key in bands(first))
    assert all(0 <= value <= 2**32 for value in first)


@given(st.text(max_size=400))
def test_equal_texts_share_every_key(text: str):
    assert bands(signature("", text)) == bands(signature("", text))
