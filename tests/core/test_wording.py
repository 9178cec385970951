"""The wording rules of the codebook, over every template, every message and every generated page."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from digest_material import a_material

from tracker.digest import render
from tracker.digest.language import CATALOGUES, language, languages
from tracker.digest.wording import Say

FORBIDDEN = (
    r"peace (is|looks|seems) (more |less |very )?(un)?likely",
    r"(un)?likel(y|ihood) (of|to) (peace|settle|negotiate)",
    r"\bchances?\b (of|for|that)",
    r"% chance",
    r"probability of (peace|talks|a settlement)",
    r"will (soon )?(negotiate|talk|settle|make peace)",
    r"\bis (now )?ready\b",
    r"\bare (now )?ready\b",
    r"shows? (weakness|strength)",
    r"\b(best|worst|winner|loser|top|ranked|ranking)\b",
    r"\b(more|less) (ready|willing) than",
    r"\b(good|bad) news\b",
    r"forecasts? (that|of)",
    r"(paix|accord) (est|semble) (im)?probable",
    r"% de chances?",
    r"\b(va|vont) négocier\b",
    r"\best prête?\b",
    r"\bfaiblesse de\b",
)
MORAL = re.compile(r"\b(red|green|crimson|lime)\b|#(?:[0-3][0-9a-f]c|00ff00|ff0000|f00|0f0)\b", re.IGNORECASE)
KEYWORDS = {"_": None, "N_": None, "say": None, "some": (1, 2), "_t": None, "gettext": None}


def messages() -> set[str | tuple[str, ...]]:
    found: set[str | tuple[str, ...]] = set()
    package = Path(render.__file__).parent
    methods = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
    for folder in (package, render.templates_folder()):
        for _, _, message, _, _ in extract_from_dir(str(folder), method_map=methods, keywords=KEYWORDS):
            found.add(message)
    return found


def forms() -> list[str]:
    return sorted(f for m in messages() for f in ((m,) if isinstance(m, str) else m))


def words_of(page: bytes) -> str:
    text = page.decode()
    text = re.sub(r"(?s)<style>.*?</style>|<blockquote.*?</blockquote>|<[^>]+>", " ", text)
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_no_message_says_what_the_codebook_forbids(pattern: str) -> None:
    assert [m for m in forms() if re.search(pattern, m, re.IGNORECASE)] == []


@pytest.mark.parametrize("code", languages())
def test_no_page_says_it_either_outside_quotations(code: str) -> None:
    pages = [p for p in render.site([a_material()], look=render.Look(language=code)) if p.path.endswith(".html")]
    for page in pages:
        text = words_of(page.body)
        for pattern in FORBIDDEN:
            assert not re.search(pattern, text, re.IGNORECASE), (page.path, pattern)


def test_the_rules_catch_what_they_are_for() -> None:
    wrong = ("Peace is unlikely", "a 40% chance", "Kestria will negotiate", "Varnland is ready", "X shows weakness")
    assert all(any(re.search(p, w, re.IGNORECASE) for p in FORBIDDEN) for w in wrong)


def test_the_style_sheet_has_no_moral_colours() -> None:
    css = (render.templates_folder() / "style.css").read_text(encoding="utf-8")
    assert MORAL.search(css) is None


def test_the_page_says_the_same_of_parties_that_read_the_same() -> None:
    """Two parties with equal readings get equal words: only names and style classes differ."""
    from dataclasses import replace

    base = a_material(evidence=(), tallies=(), alerts=(), perceptions=(), postures=(), opinion=())
    twins = []
    for tracked in (*base.composites, *base.indicators):
        if tracked.party == "KES":
            continue
        twins.append(tracked)
        if tracked.party == "VRN":
            series = tuple(replace(r, party="KES") for r in tracked.series)
            twins.append(replace(tracked, party="KES", reading=replace(tracked.reading, party="KES"), series=series))
    known = {c.id for c in base.method.codebook.composites}
    material = replace(
        base,
        composites=tuple(t for t in twins if t.subject in known),
        indicators=tuple(t for t in twins if t.subject not in known),
    )
    from tracker.digest.week import week_view

    view = week_view(material)
    for row in (*view.paired, *view.rows):
        first, second = row.figures
        assert first is not None
        assert second is not None
        assert (first.value, first.note, first.changes) == (second.value, second.note, second.changes)
    english = language("en")
    lines = [english.say(line) for line in view.headlines]
    for line in lines:
        if "Varnland" in line and "and Kestria" not in line:
            assert line.replace("Varnland", "Kestrian Federation") in lines


@pytest.mark.parametrize("code", [c for c in languages() if c != "en"])
def test_a_catalogue_holds_every_message_with_its_placeholders(code: str) -> None:
    with (CATALOGUES / code / "LC_MESSAGES" / "digest.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    missing = []
    for message in messages():
        known = catalogue.get(message)
        strings = () if known is None else known.string if isinstance(known.string, tuple) else (known.string,)
        if not strings or not all(strings) or known.fuzzy:
            missing.append(message)
            continue
        wanted = set(re.findall(r"\{(\w+)\}", message if isinstance(message, str) else message[-1]))
        assert all(set(re.findall(r"\{(\w+)\}", s)) == wanted for s in strings), message
    assert missing == []


def test_there_is_a_second_language_as_proof() -> None:
    assert len(languages()) >= 2


def test_a_sentence_inside_a_sentence_is_said_in_the_same_language() -> None:
    inner = Say(message="{n} story", plural="{n} stories", count=2, values={"n": 2})
    outer = Say(
        message="{stories}, {n} owner", plural="{stories}, {n} owners", count=1, values={"stories": inner, "n": 1}
    )
    assert language("en").say(outer) == "2 stories, 1 owner"
