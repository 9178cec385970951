"""The weekly page on a telephone, in a real browser: what a style sheet alone cannot show."""

import shutil
from pathlib import Path

import pytest
from digest_material import a_material

from tracker.digest import deliver, render

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LINES = """[...document.querySelectorAll("#h-coverage ~ table thead th")].map(head => {
const range = document.createRange();
range.selectNodeContents(head);
return [head.textContent, new Set([...range.getClientRects()].map(r => r.top)).size]})"""


def test_no_table_head_is_broken_inside_a_word_on_a_telephone(tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next((p for name in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    deliver.write(render.site([a_material(weeks=1)]), tmp_path)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto((tmp_path / "varnland-kestria/latest.html").as_uri())
        heads = page.evaluate(LINES)
        browser.close()
    assert len(heads) == 9
    assert [text for text, lines in heads if lines > len(text.split())] == []
