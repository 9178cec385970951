"""Pages in a real browser: quiet console, no request away from the page, reachable by keyboard, no sideways scrolling.

Set SCREENSHOTS to a folder to keep pictures, AXE_CORE to the path of axe.min.js to run its checks.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from digest_material import a_material

from tracker.digest import deliver, render

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = (
    "index.html",
    "sources.html",
    "archive.html",
    "method.html",
    "glossary.html",
    "varnland-kestria/latest.html",
    "varnland-kestria/2026-W12-evidence.html",
    "varnland-kestria/contact_channel.html",
    "varnland-kestria/ripeness.html",
)
SIZES = ((360, 740), (390, 844), (1280, 900), (1920, 1080))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next((p for name in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    deliver.write(render.site([a_material("2026-W11", weeks=1), a_material("2026-W12", weeks=2, history=70)]), folder)
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_pages_are_quiet_self_contained_and_never_scroll_sideways(
    browser: Any, site: Path, size: tuple[int, int], scheme: str
) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    page = context.new_page()
    noise: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    kept = os.environ.get("SCREENSHOTS")
    for name in PAGES:
        requests.clear()
        page.goto((site / name).as_uri())
        assert [u for u in requests if u != (site / name).as_uri() and not u.startswith("data:,")] == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], name
        if kept:
            shot = Path(kept) / f"{name.replace('/', '_').removesuffix('.html')}-{size[0]}-{scheme}.png"
            page.screenshot(path=str(shot), full_page=True)
    assert noise == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(browser: Any, site: Path, scheme: str) -> None:
    path = os.environ.get("AXE_CORE")
    if not path:
        pytest.skip("AXE_CORE names no axe.min.js")
    source = Path(path).read_text(encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    for name in PAGES:
        page.goto((site / name).as_uri())
        page.evaluate(source)
        found = page.evaluate("axe.run()")["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == [], name
    context.close()


def test_the_keyboard_reaches_every_link_in_order_and_the_skip_link_first(browser: Any, site: Path) -> None:
    page = browser.new_page()
    page.goto((site / "varnland-kestria/latest.html").as_uri())
    wanted = page.evaluate("document.querySelectorAll('a[href], summary, [tabindex=\"0\"]').length")
    reached = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
    assert page.evaluate("document.querySelector('a').className") == "skip"
    assert len(set(reached)) == wanted
    assert reached == sorted(reached)
    page.close()


def test_a_citation_leads_to_its_sentence(browser: Any, site: Path) -> None:
    page = browser.new_page()
    page.goto((site / "varnland-kestria/latest.html").as_uri())
    page.click("section.mover figcaption a")
    anchor = page.url.rpartition("#")[2]
    assert page.evaluate("document.querySelector(':target').id") == anchor
    page.close()


def test_print_is_black_on_white_without_navigation(browser: Any, site: Path) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.emulate_media(media="print")
    page.goto((site / "varnland-kestria/latest.html").as_uri())
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.querySelector('.mast nav')).display") == "none"
    assert len(page.pdf(format="A4")) > 10_000
    context.close()


def test_hostile_pages_run_nothing(browser: Any, tmp_path: Path) -> None:
    from test_render_hostile import TEXTS, a_laced_material

    chosen = [t for t in TEXTS if "alert" in t][::3]
    page = browser.new_page()
    opened: list[str] = []
    page.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for text in chosen:
        for one in render.week_pages(a_laced_material(text, "javascript:alert(1)")):
            if one.path.endswith(".html"):
                file = tmp_path / "page.html"
                file.write_bytes(one.body)
                page.goto(file.as_uri())
    assert opened == []
    assert [u for u in requests if not u.startswith(("file:", "data:,"))] == []
    page.close()
