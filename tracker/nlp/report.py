"""Evaluations and explanations → text and HTML for a person; everything from outside is escaped."""

from collections.abc import Iterator
from html import escape

from tracker.nlp.reader import Explained, Explanation
from tracker.readiness.evaluation import Code, Evaluation, Failure

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "table{border-collapse:collapse}td,th{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #8884}"
    "td:first-child,th:first-child{text-align:left}article{border-top:1px solid #8886;padding:.6rem 0}"
    "small{opacity:.75}b{font-weight:600}"
)


def failures_page(evaluation: Evaluation, *, title: str = "Evaluation", worst: int = 100) -> str:
    """A page with the figures, the confusion of signals and the worst failures, to be read in a browser."""
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            *_figures(evaluation),
            *_confusions(evaluation),
            f"<h2>Worst failures: {min(worst, len(evaluation.failures))} of {len(evaluation.failures)}</h2>",
            *(_failure(failure) for failure in evaluation.failures[:worst]),
            "</body></html>",
            "",
        ]
    )


def explanation_lines(explanation: Explanation) -> Iterator[str]:
    """An explanation as plain lines: sentences, what was proposed, what vetoed it, and the resulting records."""
    yield f"read by {explanation.analyser}"
    if explanation.skipped:
        yield f"skipped: {explanation.skipped}"
        return
    if not explanation.conflicts:
        yield "about no registered conflict, so nothing is coded. An article counts when it names both principals,"
        yield "or one of them twice or with a place of the war, beside a word of war or talks"
        return
    yield f"about {', '.join(explanation.conflicts)}"
    seen = {e.passage.index: e for e in explanation.explained}
    for index, text in enumerate(explanation.sentences):
        if not text:
            continue
        yield f"[{index}] {text}"
        if index not in seen:
            yield f"      {_silent(explanation, index)}"
            continue
        yield from _explained(seen[index])


def _silent(explanation: Explanation, index: int) -> str:
    if not explanation.gated[index]:
        return "no cue"
    if index not in explanation.linked:
        return "a cue, but the sentence is not linked to a conflict"
    return "a cue, but neither recogniser nor frame proposed a signal"


def _explained(entry: Explained) -> Iterator[str]:
    parties = ", ".join(f"{entry.passage.text[m.start : m.end]} = {m.actor or m.role}" for m in entry.passage.mentions)
    if parties:
        yield f"      named: {parties}"
    for said in entry.passage.attributions:
        source = entry.passage.text[slice(*said.source)] if said.source else "(not named here)"
        yield f"      said by: {source} ({said.manner})"
    for verdict in entry.verdicts:
        candidate = verdict.candidate
        head = (
            f"      {candidate.rule} proposes {candidate.signal} {candidate.polarity:+d} at {candidate.probability:.2f}"
        )
        if verdict.signal is None:
            yield f"{head}: refused, {verdict.why}"
            continue
        s = verdict.signal
        yield (
            f"{head}: coded {s.locus} {s.polarity:+d} {s.mode}, intensity {s.intensity}, {s.factuality}, "
            f"{s.speaker_class} ({s.speaker_side}){' ' + repr(s.speaker) if s.speaker else ''}"
        )
    for candidate in entry.below:
        why = "its direction is in doubt" if candidate.doubtful else "too unlikely"
        yield f"      {candidate.rule} thinks of {candidate.signal} at {candidate.probability:.2f}: {why}"


def _figures(evaluation: Evaluation) -> Iterator[str]:
    micro = evaluation.micro
    yield (
        f"<p>Sentences: {evaluation.sentences}; codes: {evaluation.codes}. Precision {micro.precision:.3f}, "
        f"recall {micro.recall:.3f}, F1 <b>{micro.f1:.3f}</b>, macro F1 {evaluation.macro_f1:.3f}; of hits polarity "
        f"{_share(evaluation.polarity_accuracy)}, party {_share(evaluation.locus_accuracy)}, "
        f"speaker {_share(evaluation.speaker_accuracy)}.</p>"
    )
    yield "<table><tr><th>signal</th><th>hits</th><th>false</th><th>missed</th><th>P</th><th>R</th><th>F1</th></tr>"
    for signal, score in sorted(evaluation.per_signal.items()):
        yield (
            f"<tr><td>{escape(signal)}</td><td>{score.tp}</td><td>{score.fp}</td><td>{score.fn}</td>"
            f"<td>{score.precision:.2f}</td><td>{score.recall:.2f}</td><td>{score.f1:.2f}</td></tr>"
        )
    yield "</table>"


def _confusions(evaluation: Evaluation) -> Iterator[str]:
    wrong = evaluation.largest_confusions(20)
    if wrong:
        yield "<h2>Confusions</h2><table><tr><th>expected</th><th>found</th><th>sentences</th></tr>"
        for expected, found, number in wrong:
            yield f"<tr><td>{escape(expected)}</td><td>{escape(found)}</td><td>{number}</td></tr>"
        yield "</table>"


def _failure(failure: Failure) -> str:
    return (
        f"<article><p>{escape(failure.sentence.text)}</p>"
        f"<small><b>{escape(failure.kind)}</b> of {escape(failure.signal)} · "
        f"expected {_code(failure.expected)} · found {_code(failure.found)} · {escape(failure.sentence.id)} · "
        f"{escape(failure.sentence.title)}</small></article>"
    )


def _code(code: Code | None) -> str:
    if code is None:
        return "nothing"
    return escape(f"{code.locus} {code.polarity:+d} ({code.speaker_class}, {code.probability:.2f})")


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
