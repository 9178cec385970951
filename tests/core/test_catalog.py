"""A good catalogue becomes frozen words; a bad one says where and what."""

import pytest

from tracker import catalog
from tracker.bootstrap import read_codebook
from tracker.errors import CatalogError

INDICATOR = """\
id: talks
title: Talks
question: Do they talk?
theory: none
level: dyad
status: trial
signals:
  - id: meeting
    title: Meeting
    definition: They meet.
    theory: none
    weight: 1
    half_life_days: 21
    polarity: {"+1": held, "-1": cancelled}
    modes: [held]
    intensity: by rank
"""
CONFLICT = """\
id: a-b
title: A and B
description: A fights B.
started: 2024-01-01
parties:
  - {id: A, name: Aland}
  - {id: B, name: Beland}
"""
FILES = {"indicators/talks.yaml": INDICATOR, "conflicts/a-b.yaml": CONFLICT}


def test_files_become_a_codebook_whose_version_is_their_hash():
    first = catalog.codebook_of(FILES)
    again = catalog.codebook_of(dict(reversed(FILES.items())))
    changed = catalog.codebook_of(FILES | {"indicators/talks.yaml": INDICATOR.replace("21", "22")})
    assert first.version == again.version != changed.version
    assert first.signal("meeting").half_life_days == 21
    assert first.conflict("a-b").opponent("A") == "B"


def test_the_recogniser_is_part_of_the_version():
    assert catalog.codebook_of(FILES).version != catalog.codebook_of(FILES, "reader 1").version


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("level: dyad", "level: town", "talks.yaml:5: level: 'town' is not one of: party, dyad, conflict"),
        ("title: Talks", "titel: Talks", "talks.yaml:2: titel: unknown key"),
        ("weight: 1", "weight: 0", "talks.yaml:12: signals.0.weight: should be above 0"),
        ("weight: 1", "weight: heavy", "signals.0.weight: should be a number, not 'heavy'"),
        ("half_life_days: 21", "half_life_days: 21\n    half_life_days: 3", "the key stands twice"),
        ("title: Talks", "title: No", "should be a text, not False"),
        ("title: Talks\n", "", "the key 'title' is missing"),
        ("title: Talks", "title: &x Talks\nhigh: *x", "aliases"),
        ("title: Talks", "title: [", "not valid YAML"),
        ("id: meeting", "id: Meet ing", "cannot be an id"),
    ],
)
def test_a_broken_file_is_refused_with_file_key_and_remedy(old, new, message):
    with pytest.raises(CatalogError) as caught:
        catalog.codebook_of(FILES | {"indicators/talks.yaml": INDICATOR.replace(old, new, 1)})
    assert message in str(caught.value)
    assert "talks.yaml" in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("2022-02-30", "started: '2022-02-30' is no day of the calendar"),
        ("!secret x", "started: !secret means nothing here"),
        ("!!binary eA==", "started: !!binary means nothing here"),
        ("!!timestamp soon", "started: 'soon' is no day"),
        ("!!bool maybe", "started: 'maybe' is no true or false"),
        ("!!int many", "started: 'many' is no whole number"),
        ("1" * 5000, "is no whole number"),
        ("=", "started: = means nothing here"),
        ("{<<: 3}", "a-b.yaml:4"),
        ("{[x]: 3}", "a-b.yaml:4"),
    ],
)
def test_a_value_that_does_not_exist_is_refused_with_file_line_and_key(value, message):
    with pytest.raises(CatalogError) as caught:
        catalog.codebook_of(FILES | {"conflicts/a-b.yaml": CONFLICT.replace("2024-01-01", value)})
    assert "conflicts/a-b.yaml:4: " in str(caught.value)
    assert message in str(caught.value)
    assert caught.value.remedy


def test_a_misspelt_key_is_answered_with_the_nearest_known_one():
    with pytest.raises(CatalogError) as caught:
        catalog.codebook_of(FILES | {"indicators/talks.yaml": INDICATOR.replace("theory: none", "teory: none", 1)})
    assert "theory" in caught.value.remedy


def test_a_signal_may_belong_to_one_indicator_only():
    other = INDICATOR.replace("id: talks", "id: other", 1)
    with pytest.raises(CatalogError, match="also stands in"):
        catalog.codebook_of(FILES | {"indicators/other.yaml": other})


def test_a_conflict_has_exactly_two_principals():
    with pytest.raises(CatalogError, match="instead of 2"):
        catalog.codebook_of(FILES | {"conflicts/a-b.yaml": CONFLICT + "  - {id: C, name: Celand}\n"})


def test_a_file_of_many_megabytes_is_refused_before_it_is_read():
    with pytest.raises(CatalogError, match="larger than"):
        catalog.codebook_of(FILES | {"indicators/talks.yaml": INDICATOR + "#" * 1_000_001})


def test_feeds_are_read_with_their_interval_in_minutes():
    text = "feeds:\n  - {id: a, url: 'https://a.example/f', outlet: A, owner: a, country: XX, language: en, bloc: wires, conflicts: [a-b], every: 2h}\n"
    (feed,) = catalog.feeds_of(text)
    assert feed.every_minutes == 120


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("every: 2h", "every: often"), "is not a time between polls"),
        (("https://a.example/f", "file:///etc/passwd"), "is not an http address"),
        (("https://a.example/f", "https://[x/f"), "url: .* is not an http address"),
        (("https://a.example/f", "https://a.example:port/f"), "url: .* is not an http address"),
        (("country: XX", "country: NO"), "should be a text"),
        (("country: XX", "country: Norway"), "country: 'Norway' is no country code"),
        (("language: en", "language: english"), "language: 'english' is no language code"),
        (("language: en", "language: en-GB"), "language: 'en-GB' is no language code"),
        (("id: a,", "id: A B,"), "cannot be an id"),
    ],
)
def test_a_broken_feed_is_refused_with_its_place(change, message):
    text = "feeds:\n  - {id: a, url: 'https://a.example/f', outlet: A, owner: a, country: XX, language: en, bloc: wires, conflicts: [a-b], every: 2h}\n"
    with pytest.raises(CatalogError, match=message) as caught:
        catalog.feeds_of(text.replace(*change))
    assert "feeds.yaml:2: feeds.0" in str(caught.value)


def test_a_mistyped_interval_is_answered_with_the_key_that_people_write():
    with pytest.raises(CatalogError) as caught:
        catalog.feeds_of(FEED + "    evry: 2h\n")
    assert caught.value.remedy == "did you mean 'every'?"


def test_a_signal_that_stands_twice_is_told_with_the_file_it_stands_in():
    with pytest.raises(CatalogError, match=r"also stands in indicators/a-name\.yaml"):
        catalog.codebook_of(
            {"indicators/a-name.yaml": INDICATOR, "indicators/b.yaml": INDICATOR.replace("id: talks", "id: zz")}
        )


def test_a_number_is_asked_for_in_words():
    with pytest.raises(CatalogError) as caught:
        catalog.codebook_of({"indicators/talks.yaml": INDICATOR.replace("21", "long")})
    assert caught.value.remedy == "write a whole number"


def test_two_feeds_may_not_share_an_id():
    line = "  - {id: a, url: 'https://a.example/f', outlet: A, owner: a, country: XX, language: en, bloc: wires, conflicts: []}\n"
    with pytest.raises(CatalogError, match="stands twice"):
        catalog.feeds_of("feeds:\n" + line + line)


FEED = "feeds:\n  - id: a\n    url: https://a.example/f\n    outlet: A\n    owner: a\n    country: XX\n    language: en\n    bloc: wires\n    conflicts: [a-b]\n"
BLOCS = CONFLICT + "blocs:\n  - {id: wires, title: Wires}\n"


@pytest.mark.parametrize(
    ("old", "new", "place", "remedy"),
    [
        ("bloc: wires", "bloc: wire", "feeds.yaml:8: feeds.0.bloc", "did you mean 'wires'?"),
        ("[a-b]", "[a-b, b-a]", "feeds.yaml:9: feeds.0.conflicts", "known: a-b"),
    ],
)
def test_a_feed_names_conflicts_and_blocs_that_the_codebook_knows(old, new, place, remedy):
    conflicts = catalog.codebook_of(FILES | {"conflicts/a-b.yaml": BLOCS}).conflicts
    assert catalog.feeds_of(FEED, conflicts=conflicts)
    assert catalog.feeds_of(FEED.replace("bloc: wires", "bloc: third-country"), conflicts=conflicts)
    with pytest.raises(CatalogError) as caught:
        catalog.feeds_of(FEED.replace(old, new), conflicts=conflicts)
    assert place in str(caught.value)
    assert remedy in caught.value.remedy


def test_a_conflict_that_lists_no_blocs_takes_any():
    assert catalog.feeds_of(FEED.replace("wires", "mine"), conflicts=catalog.codebook_of(FILES).conflicts)


def test_who_watches_one_war_less_need_not_mend_the_feeds_that_come_with_the_program(tmp_path):
    shipped = catalog.defaults()
    (tmp_path / "feeds.yaml").write_text((shipped / "feeds.yaml").read_text("utf-8"), "utf-8")
    files = catalog.read_codebook_files(shipped)
    few = catalog.codebook_of({n: t for n, t in files.items() if not n.endswith(("sudan.yaml", "israel-gaza.yaml"))})
    assert [c.id for c in few.conflicts] == ["russia-ukraine"]
    assert catalog.read_feeds(tmp_path, few) == catalog.read_feeds(shipped)
    text = (tmp_path / "feeds.yaml").read_text("utf-8").replace("bloc: aligned-saf", "bloc: aligned-sef")
    (tmp_path / "feeds.yaml").write_text(text, "utf-8")
    with pytest.raises(CatalogError, match="aligned-sef"):
        catalog.read_feeds(tmp_path, few)


COMPOSITE = """\
id: both
title: Both
question: Both?
theory: none
form: mean
level: party
legs:
  - {source: talks, weight: 1}
needs: {}
"""


@pytest.fixture
def home(tmp_path):
    """A workspace of one indicator, one composite and one conflict."""
    for name, text in (FILES | {"indicators/composites/both.yaml": COMPOSITE}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("    cues:\n      - talks\n      - /(a/\n", "talks.yaml:19: meeting.cues: '/(a/' is not a regular"),
        ("    cues:\n      - '*'\n", "talks.yaml:18: meeting.cues: '*' would match everything"),
        ("    frames:\n      - id: f\n        polarity: 1\n        pattern:\n          predikate: [meet]\n",
         "talks.yaml:21: meeting.frames.f: predikate: unknown key"),
        ("    frames:\n      - id: f\n        polarity: 1\n        pattern: {near: [x]}\n",
         "talks.yaml:18: meeting.frames.f: has no anchor"),
        ("    frames:\n      - id: f\n        polarity: 1\n        mode: hold\n        pattern: {noun: [x]}\n",
         "talks.yaml:20: meeting.frames.f: mode: 'hold' is not a mode"),
        ("    frames:\n      - id: f\n        polarity: 1\n        pattern: {noun: [x], negated: [yes]}\n",
         "talks.yaml:20: meeting.frames.f: negated: [True]"),
    ],
)  # fmt: skip
def test_a_broken_cue_or_frame_stops_the_start_with_file_line_and_remedy(home, more, message):
    assert read_codebook(home, "")
    (home / "indicators/talks.yaml").write_text(INDICATOR + more, "utf-8")
    with pytest.raises(CatalogError) as caught:
        read_codebook(home, "")
    assert f"indicators/{message}" in str(caught.value)
    assert caught.value.remedy


def test_a_retired_indicator_may_keep_frames_that_are_no_longer_read(home):
    text = INDICATOR.replace("trial", "retired") + "    cues: ['*']\n"
    (home / "indicators/talks.yaml").write_text(text, "utf-8")
    assert read_codebook(home, "")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("form: mean", "form: ripeness", "both.yaml:8: legs.0: composite 'both': the form 'ripeness' joins"),
        ("needs: {}", "needs: {other: 0.5}", "both.yaml:9: needs.other: composite 'both': needs names"),
        ("level: party", "level: conflict", "both.yaml:8: legs.0.of: composite 'both': a composite of the whole"),
    ],
)
def test_a_composite_that_is_no_form_over_legs_is_told_with_file_line_and_key(home, old, new, message):
    text = COMPOSITE.replace(old, new).replace("weight: 1", "weight: 1, of: opponent")
    (home / "indicators/composites/both.yaml").write_text(text, "utf-8")
    with pytest.raises(CatalogError) as caught:
        read_codebook(home, "")
    assert f"indicators/composites/{message}" in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weight: 1", "weight: .inf", "talks.yaml:12: signals.0.weight: should be a finite"),
        ("modes: [held]", "modes: [held]\n    side_weights: {self: -2}", "talks.yaml:16: signals.0.side_weights.self: should be"),
        ("modes: [held]", "modes: [held]\n    side_weights: {martian: 1}", "side_weights.martian: there is no such side"),
        ("modes: [held]", "modes: [held]\n    side_weights: {self: .nan}", "side_weights.self: should be a finite"),
        ('"+1": held', '"+2": held', "talks.yaml:14: signals.0.polarity.+2: is no polarity"),
        ("modes: [held]", "modes: [held]\n    examples: [{text: A., locus: martian}]", "examples.0.locus: 'martian' is no party"),
        ("modes: [held]", "modes: [held]\n    examples: [{text: A., mode: sung}]", "examples.0.mode: 'sung' is not a mode"),
        ("modes: [held]", "modes: [held]\n    frames: [{id: f, polarity: 1, pattern: {noun: [x]}, locus: sky}]",
         "frames.0.locus: 'sky' is no locus"),
        ("modes: [held]", "modes: [held]\n    frames: [{id: f, polarity: 1, pattern: {noun: [x]}, locus: SUBJECT}]",
         "frames.0.locus: 'SUBJECT' is no locus"),
        ("modes: [held]", "modes: [held]\n    frames: [{id: f, polarity: 1, pattern: {noun: [x]}, locus: ALL}]",
         "frames.0.locus: 'ALL' is no locus"),
    ],
)  # fmt: skip
def test_what_means_nothing_in_an_indicator_is_refused_with_file_line_and_key(home, old, new, message):
    (home / "indicators/talks.yaml").write_text(INDICATOR.replace(old, new, 1), "utf-8")
    with pytest.raises(CatalogError) as caught:
        read_codebook(home, "")
    assert message in str(caught.value)
    assert "indicators/talks.yaml:" in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weight: 1", "weight: .inf", "both.yaml:8: legs.0.weight: should be a finite"),
        ("needs", "  - {source: talks, weight: 2}\nneeds", "both.yaml:9: legs.1.source: 'talks' is a leg already"),
        ("id: both", "id: talks", "both.yaml:1: id: 'talks' is the id of an indicator as well"),
    ],
)
def test_what_means_nothing_in_a_composite_is_refused_with_file_line_and_key(home, old, new, message):
    (home / "indicators/composites/both.yaml").write_text(COMPOSITE.replace(old, new, 1), "utf-8")
    with pytest.raises(CatalogError) as caught:
        read_codebook(home, "")
    assert f"indicators/composites/{message}" in str(caught.value)
    assert caught.value.remedy


def with_example(home, locus: str, text: str) -> None:
    """A codebook on a war of Varnland (VRN) and Kestria (KES) with one example."""
    example = f"modes: [held]\n    examples: [{{text: '{text}', polarity: 1, locus: {locus}}}]"
    (home / "indicators/talks.yaml").write_text(INDICATOR.replace("modes: [held]", example, 1), "utf-8")
    registry = CONFLICT.replace("{id: A, name: Aland}", "{id: VRN, name: Varnland, demonyms: [Varnish]}")
    (home / "conflicts/a-b.yaml").write_text(
        registry.replace("{id: B, name: Beland}", "{id: KES, name: Kestria}"), "utf-8"
    )


@pytest.mark.parametrize("locus", ["VNR", "VRNN", "VRNLAND"])
def test_a_locus_in_capitals_that_misspells_a_party_of_the_sentence_is_refused(home, locus):
    with_example(home, locus, "The Varnish delegation met the mediators.")
    with pytest.raises(CatalogError) as caught:
        read_codebook(home, "")
    assert f"signals.0.examples.0.locus: {locus!r} is no party" in str(caught.value)
    assert caught.value.remedy == "did you mean 'VRN'?"


@pytest.mark.parametrize(
    ("locus", "text"),
    [
        ("VRN", "Varnland held talks."),
        ("ALL", "Varnland held talks."),
        ("ARM", "Armenia held talks in Varnland."),  # another war
        ("NVR", "Norvaria held talks."),  # whose letters are only by chance those of VRN
        ("VRN-NORTH", "The northern republic held talks with Varnland."),
    ],
)
def test_an_example_may_be_of_a_war_that_is_not_watched(home, locus, text):
    with_example(home, locus, text)
    assert read_codebook(home, "")


@pytest.mark.parametrize("watched", ["israel-gaza", "russia-ukraine", "sudan"])
def test_the_indicators_of_the_program_may_be_kept_with_any_one_of_its_conflicts(home, watched):
    files = catalog.read_codebook_files(catalog.defaults())
    kept = {n: t for n, t in files.items() if not n.startswith("conflicts/") or n == f"conflicts/{watched}.yaml"}
    codebook = catalog.codebook_of(kept)
    assert len(codebook.conflicts) == 1
    catalog.check_sense(codebook)


def test_a_codebook_of_the_log_stays_readable_whatever_is_refused_today():
    text = INDICATOR.replace("modes: [held]", "modes: [held]\n    side_weights: {martian: 1}\n    cues: ['*']")
    assert catalog.codebook_of(FILES | {"indicators/talks.yaml": text})


def test_the_files_that_come_with_the_program_make_sense():
    assert read_codebook(catalog.defaults(), "")
