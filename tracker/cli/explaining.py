"""`tracker code --text`: how one text is read, sentence by sentence."""

from tracker.bootstrap import Build
from tracker.cli.common import out
from tracker.feeds.onepage import page_at
from tracker.nlp.report import explanation_lines


def explain_text(build: Build, *, text: str, url: str, title: str) -> None:
    """Print sentences, candidates, what fired, what vetoed it, and the records. Raises FeedError for a bad page."""
    if url:
        page = page_at(url, build.tracker.fetching)
        title, text = title or page.title, page.text
    for line in explanation_lines(build.reader.explain(title, text, build.clock())):
        out.print(line, markup=False)
