"""Articles in, codings out: the one way through gate, parser, recogniser and judgement."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from tracker.errors import AnalysisError
from tracker.model.clock import utc_day
from tracker.model.codebook import Codebook
from tracker.model.evidence import PendingArticle
from tracker.model.signals import Reject, Signal
from tracker.nlp.analyse import Analyser
from tracker.nlp.attribution import attributions, open_quotation
from tracker.nlp.coding import Verdict, code, rejects, speaker_at
from tracker.nlp.cues import Gate
from tracker.nlp.finding import Finder
from tracker.nlp.frames import FrameSet
from tracker.nlp.language import is_english
from tracker.nlp.linking import Hit, Registry, link
from tracker.nlp.parsed import Parsed
from tracker.nlp.passage import Candidate, Passage
from tracker.nlp.recogniser import Recogniser, default_folder
from tracker.nlp.speakers import Speaker, is_pronoun
from tracker.nlp.text import MAX_TEXT, Span, plain, sentences

_CONTEXT: Final = 2  # sentences before that help to resolve roles (codebook §3.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """What one revision of an article says; no signals is an answer too."""

    article: str
    revision: int
    conflicts: tuple[str, ...] = ()
    signals: tuple[Signal, ...] = ()
    rejects: tuple[Reject, ...] = ()
    sentences: int = 0
    skipped: str = ""  # why it was not read
    truncated: bool = False  # the text was longer than what is read of one article


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One sentence with everything that was considered for it."""

    passage: Passage
    verdicts: tuple[Verdict, ...]
    below: tuple[Candidate, ...]  # proposed, but too unlikely


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How a text was read, for a person."""

    analyser: str
    conflicts: tuple[str, ...]
    sentences: tuple[str, ...]  # title first
    gated: tuple[bool, ...]  # whether the sentence had any cue
    explained: tuple[Explained, ...]
    signals: tuple[Signal, ...]
    skipped: str = ""


class Reader:
    """Reads articles with one codebook. The same text gives the same signals, whatever else is read with it."""

    def __init__(
        self,
        codebook: Codebook,
        *,
        model: str = "auto",
        recogniser: bool | Path = True,
        keep_rejects: bool = False,
    ) -> None:
        """Load model and weights. Raises CatalogError for a broken cue or frame, AnalysisError for missing weights."""
        self._codebook = codebook
        self._definitions = {s.id: s for i in codebook.indicators for s in i.signals if i.status != "retired"}
        self._registry = Registry(codebook.conflicts)
        indicators = [i for i in codebook.indicators if i.status != "retired"]
        self._gate = Gate(indicators)
        frames = FrameSet(indicators)
        self._analyser = Analyser(model)
        self._recogniser = load_recogniser(recogniser)
        self._finder = Finder(self._definitions, self._gate, frames, self._recogniser)
        self._keep_rejects = keep_rejects
        learned = f"{self._recogniser.name}-{self._recogniser.version}" if self._recogniser else "rules only"
        self.name = f"{self._analyser.name} {learned}"

    def read(self, items: Iterable[tuple[PendingArticle, str]]) -> Iterator[Coding]:
        """Code articles one by one, in their order; texts are body texts without the title."""
        for article, text in items:
            yield self._coding(article, text)

    def explain(self, title: str, text: str, published_at: datetime | None) -> Explanation:
        """Read one text and keep everything that was considered."""
        day = utc_day(published_at) if published_at else None
        reading = self._read(title, text, day)
        explained = tuple(
            Explained(
                passage=passage,
                verdicts=verdicts,
                below=tuple(c for c in candidates if not c.accepted),
            )
            for passage, verdicts, candidates in reading.judged
        )
        return Explanation(
            analyser=self.name,
            conflicts=reading.conflicts,
            sentences=reading.sentences,
            gated=tuple(self._gate.passes(s) for s in reading.sentences),
            explained=explained,
            signals=_signals(reading.judged),
            skipped=reading.skipped,
        )

    def judge(self, passages: Sequence[Passage]) -> list[tuple[Passage, tuple[Verdict, ...], tuple[Candidate, ...]]]:
        """Find candidates in sentences, parse what needs it, judge: the core that articles and gold sentences share."""
        proposed = [self._finder.propose(passage) for passage in passages]
        wanted = [
            i
            for i, (passage, found) in enumerate(zip(passages, proposed, strict=True))
            if found or self._finder.wants_parse(passage.text)
        ]
        parses = dict(zip(wanted, self._analyser.parse(passages[i].text for i in wanted), strict=True))
        judged = []
        earlier: Speaker | None = None
        opened = False
        last = -2
        for at, passage in enumerate(passages):
            if passage.index != last + 1:
                earlier, opened = (earlier if 0 < passage.index - last <= 3 else None), False
            was_open = opened
            opened = open_quotation(passage.text, before=opened)
            last = passage.index
            if at not in parses:
                continue
            full = _with_parse(passage, parses[at], was_open, earlier)
            candidates = self._finder.complete(full, proposed[at])
            verdicts = code(full, [c for c in candidates if c.accepted], self._definitions)
            earlier = _last_quoted(full) or earlier
            judged.append((full, verdicts, tuple(candidates)))
        return judged

    def _coding(self, article: PendingArticle, text: str) -> Coding:
        day = utc_day(article.published_at) if article.published_at else None
        if article.language and not article.language.lower().startswith("en"):
            return Coding(article=article.article, revision=article.revision, skipped=f"language: {article.language}")
        reading = self._read(article.title, text, day)
        found = tuple(r for p, v, _ in reading.judged for r in rejects(p, v)) if self._keep_rejects else ()
        return Coding(
            article=article.article,
            revision=article.revision,
            conflicts=reading.conflicts,
            signals=_signals(reading.judged),
            rejects=found,
            sentences=len(reading.sentences),
            skipped=reading.skipped,
            truncated=len(text) > MAX_TEXT,
        )

    def _read(self, title: str, text: str, day: date | None) -> "_Reading":
        title, text = plain(title[:2_000]), plain(text[:MAX_TEXT])
        title_hits, body_hits = self._registry.scan(title), self._registry.scan(text)
        relevant = self._registry.relevant(title_hits, body_hits, f"{title}\n{text}")
        if not relevant:
            return _Reading()
        if not is_english(f"{title} {text}"):
            return _Reading(skipped="language: not English")
        spans = sentences(text)
        rows = _by_sentence(body_hits, spans)
        body = [span.text for span in spans]
        linked = link(self._registry, title_hits, rows, relevant)
        headline = link(self._registry, title_hits, [title_hits], relevant)[0]
        passages: list[Passage] = []
        judged = []
        for conflict in relevant:
            passages = self._passages(conflict, title, title_hits, headline, body, rows, linked, day)
            judged += self.judge(passages)
        return _Reading(conflicts=relevant, sentences=(title, *body), judged=tuple(judged))

    def _passages(
        self,
        conflict: str,
        title: str,
        title_hits: Sequence[Hit],
        headline: Sequence[str],
        body: Sequence[str],
        rows: Sequence[Sequence[Hit]],
        linked: Sequence[Sequence[str]],
        day: date | None,
    ) -> list[Passage]:
        registered = self._registry.conflicts[conflict]
        found = []
        title_mentions = self._registry.mentions(title_hits, conflict, day)
        if title and conflict in headline:
            found.append(
                Passage(index=0, text=title, conflict=registered, mentions=title_mentions, day=day, unit="headline")
            )
        recent = [m.actor for m in title_mentions if m.role == "party" and m.actor]
        trail: list[list[str]] = []
        for at, text in enumerate(body):
            nearest = [a for row in reversed(trail[-_CONTEXT:]) for a in reversed(row)]
            focus = tuple(dict.fromkeys([*nearest, *recent]))
            mentions = self._registry.mentions(rows[at], conflict, day, focus=focus)
            trail.append([m.actor for m in mentions if m.role == "party" and m.actor])
            if conflict not in linked[at] or not self._gate.passes(text):
                continue
            found.append(
                Passage(
                    index=at + 1,
                    text=text,
                    conflict=registered,
                    mentions=mentions,
                    before=tuple(body[max(0, at - _CONTEXT) : at]),
                    title=title,
                    focus=focus,
                    day=day,
                )
            )
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    conflicts: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    judged: tuple[tuple[Passage, tuple[Verdict, ...], tuple[Candidate, ...]], ...] = ()
    skipped: str = ""


def load_recogniser(wanted: bool | Path) -> Recogniser | None:
    """The shipped weights, those of a folder, or none. Raises AnalysisError when they are not there."""
    if wanted is False:
        return None
    folder = default_folder() if wanted is True else wanted
    try:
        return Recogniser(folder)
    except (OSError, KeyError, ValueError) as broken:
        remedy = "run `tracker train`, reinstall, or switch the recogniser off"
        raise AnalysisError(f"the recogniser cannot be loaded: {broken}", remedy=remedy) from None


def _signals(judged: Iterable[tuple[Passage, Sequence[Verdict], Sequence[Candidate]]]) -> tuple[Signal, ...]:
    found = [v.signal for _, verdicts, _ in judged for v in verdicts if v.signal is not None]
    return tuple(sorted(found, key=lambda s: (s.evidence.sentence, s.conflict, s.signal, s.locus, s.polarity)))


def _by_sentence(hits: Sequence[Hit], spans: Sequence[Span]) -> list[list[Hit]]:
    rows: list[list[Hit]] = [[] for _ in spans]
    at = 0
    for hit in hits:
        while at < len(spans) and spans[at].end <= hit.start:
            at += 1
        if at < len(spans) and hit.start >= spans[at].start:
            rows[at].append(Hit(start=hit.start - spans[at].start, end=hit.end - spans[at].start, key=hit.key))
    return rows


def _with_parse(passage: Passage, parse: Parsed, was_open: bool, earlier: Speaker | None) -> Passage:
    said = attributions(parse, quoted_before=was_open)
    return replace(passage, parsed=parse, attributions=said, earlier=earlier)


def _last_quoted(passage: Passage) -> Speaker | None:
    for attribution in reversed(passage.attributions):
        if attribution.source is not None and not is_pronoun(passage.text[slice(*attribution.source)]):
            speaker, _ = speaker_at(passage, attribution.content[0])
            return speaker
    return None
