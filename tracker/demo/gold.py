"""The story's labelled sentences in the gold format, so that `evaluate` can measure our coding on them."""

from collections.abc import Iterator
from typing import Any

from tracker.demo.story import Story

CONFLICT = "varnland-kestria"


def gold_lines(story: Story) -> Iterator[dict[str, Any]]:
    """One mapping per body sentence of every distinct text as first published, in the order of the story.

    Hoaxes are left out: their sentences were labelled as they read before they were exposed.
    """
    for article in story.articles:
        if article.hoax:
            continue
        outlet, published = next(iter(article.carried.items()))
        for number, sentence in enumerate(article.sentences, start=1):
            yield {
                "id": f"{article.id}-{number:02d}",
                "doc": article.id,
                "date": published.date().isoformat(),
                "source": story.outlet(outlet).outlet,
                "conflict": CONFLICT,
                "title": article.title,
                "text": sentence,
                "before": list(article.sentences[max(number - 3, 0) : number - 1]),
                "codes": [
                    {"signal": label.signal, "polarity": label.polarity, "locus": label.locus, "sure": 2}
                    for label in article.expected
                    if label.sentence == number
                ],
                "rejects": [],
            }
