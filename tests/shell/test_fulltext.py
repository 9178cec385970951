"""Full text: what robots.txt allows, what a page gives, and the fall-back to the feed's own text."""

from datetime import UTC, datetime

import pytest
from hostile import QUICK, a_feed, hostile, item, rss

from tracker.feeds.collector import collect
from tracker.feeds.fulltext import without_title

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
PARAGRAPH = "Envoys of Varnland and the Kestrian Federation met again in the town hall of Oster on Monday morning. "
PAGE = (
    "<html><head><title>Talks</title></head><body><nav><a href='/'>Home</a> Subscribe now</nav><article>"
    + "".join(f"<p>{PARAGRAPH} This is paragraph {n}, and it says what was said.</p>" for n in range(8))
    + "</article><footer>Imprint</footer></body></html>"
).encode()


@pytest.fixture
def server():
    with hostile() as running:
        yield running


def collected(server, robots=None, page=(200, {"Content-Type": "text/html"}, PAGE)):
    if robots is not None:
        server.pages["/robots.txt"] = robots
    server.pages["/news/1"] = page
    server.pages["/feed"] = (200, {}, rss(item(1, link=server.url + "/news/1")))
    (got,) = collect([a_feed(server.url + "/feed", text="page")], {}, at=AT, settings=QUICK)
    return got.articles[0], [problem.reason for problem in got.problems]


def test_the_page_gives_the_text_and_says_so(server):
    article, problems = collected(server, robots=(200, {}, b"User-agent: *\nDisallow: /private"))
    assert problems == []
    assert article.text_source == "page"
    assert article.text.count(PARAGRAPH.strip()) == 8
    assert "Subscribe" not in article.text
    assert "\n\n" in article.text


def test_the_headline_of_the_page_is_not_its_first_paragraph(server):
    headed = PAGE.replace(b"<article>", b"<article><h1>Talks in Oster, Part 1</h1>")
    article, _problems = collected(server, page=(200, {"Content-Type": "text/html"}, headed))
    assert article.text_source == "page"
    assert article.text.startswith(PARAGRAPH.strip())


@pytest.mark.parametrize(
    ("title", "text", "left"),
    [
        ("Talks resume | Lisse Post", "Talks resume\n\nEnvoys met.", "Envoys met."),
        ("Talks resume", "TALKS RESUME!\nEnvoys met.", "Envoys met."),
        ("Talks resume", "Talks resume today.\n\nEnvoys met.", "Talks resume today.\n\nEnvoys met."),
        ("Talks resume", "Talks resume", "Talks resume"),
        ("", "\nEnvoys met.", "\nEnvoys met."),
        ("!", "?\nEnvoys met.", "?\nEnvoys met."),
    ],
)
def test_only_a_first_paragraph_that_is_the_title_is_dropped(title, text, left):
    assert without_title(title, text) == left


def test_without_robots_txt_pages_are_allowed(server):
    assert collected(server)[0].text_source == "page"


@pytest.mark.parametrize("robots", [(200, {}, b"User-agent: Parley\nDisallow: /news"), (503, {}, b"")])
def test_a_page_that_robots_txt_forbids_or_that_hides_its_rules_is_not_asked(server, robots):
    article, problems = collected(server, robots=robots)
    assert article.text_source == "feed"
    assert "Envoys of both sides" in article.text
    assert problems == ["robots.txt forbids the page; the feed's text is used"]
    assert not server.asked["/news/1"]


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ((404, {}, b"no"), "answered 404"),
        ((302, {"Location": "file:///etc/passwd"}, b""), "only http and https"),
        ((200, {"Content-Type": "text/html"}, b"<html><body>Please log in</body></html>"), "no"),
        ((200, {}, b"\x89PNG" + bytes(999)), "no web page"),
    ],
)
def test_a_page_that_gives_nothing_leaves_the_text_of_the_feed(server, page, says):
    article, problems = collected(server, page=page)
    assert article.text_source == "feed"
    assert "Envoys of both sides" in article.text
    assert says in problems[0]
