"""Articles in, codings out: the one way through gate, parser, recogniser and judgement."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from tracker.errors import AnalysisError
from tracker.model.clock import utc_day
from tracker.model.codebook import Codebook, Conflict
from tracker.model.evidence import PendingArticle
from tracker.model.signals import Reject, Signal
from tracker.nlp.analyse import Analyser
from tracker.nlp.attribution import attributions, open_quotation
from tracker.nlp.coding import Verdict, code, rejects, speaker_at
from tracker.nlp.cues import Gate
from tracker.nlp.finding import Finder
from tracker.nlp.frames import FrameSet
from tracker.nlp.language import is_english
from tracker.nlp.layout import lay_out, passages
from tracker.nlp.linking import Registry
from tracker.nlp.locus import is_first_person
from tracker.nlp.parsed import Parsed
from tracker.nlp.passage import Candidate, Passage
from tracker.nlp.recogniser import Recogniser, default_folder
from tracker.nlp.speakers import Speaker, is_pronoun
from tracker.nlp.text import MAX_TEXT, plain
from tracker.nlp.threads import one_thread

Judged = tuple[Passage, tuple[Verdict, ...], tuple[Candidate, ...]]

MAX_TITLE: Final = 2_000  # characters
_ARTICLES: Final = 8  # read at a time


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
    below: tuple[Candidate, ...]  # proposed, but too unlikely, or its direction is


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
    linked: frozenset[int] = frozenset()  # sentences that were linked to a conflict


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
        self._frames = FrameSet(indicators)
        self._analyser = Analyser(model)
        self._recogniser = load_recogniser(recogniser)
        self._finder = Finder(self._definitions, self._gate, self._frames, self._recogniser)
        self._keep_rejects = keep_rejects
        self._others: dict[str, Registry] = {}
        learned = f"{self._recogniser.name}-{self._recogniser.version}" if self._recogniser else "rules only"
        self.name = f"{self._analyser.name} {learned}"
        self.recogniser_name = f"{self._recogniser.name} {self._recogniser.version}" if self._recogniser else ""
        self.indicators = {i.id: tuple(s.id for s in i.signals) for i in indicators}

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """The registered conflicts."""
        return self._codebook.conflicts

    @property
    def signals(self) -> tuple[str, ...]:
        """Ids of the signals that are read for."""
        return tuple(self._definitions)

    def read(self, items: Iterable[tuple[PendingArticle, str]]) -> Iterator[Coding]:
        """Code articles, in their order; texts are body texts without the title.

        A few are read at a time, since the parser has a price per call; what an article gets is what it gets alone.
        """
        remaining = iter(items)
        while some := list(islice(remaining, _ARTICLES)):
            drafts = [self._draft(article, text) for article, text in some]
            judged = iter(self._judged([p for draft in drafts for p in draft.passages]))
            for (article, _), draft in zip(some, drafts, strict=True):
                found = [one for one in islice(judged, len(draft.passages)) if one is not None]
                yield self._coding(article, draft, found)

    def explain(self, title: str, text: str, published_at: datetime | None) -> Explanation:
        """Read one text and keep everything that was considered."""
        day = utc_day(published_at) if published_at else None
        draft = self._drafted(title, text, day)
        judged = self.judge(draft.passages)
        explained = tuple(
            Explained(
                passage=passage,
                verdicts=verdicts,
                below=tuple(c for c in candidates if not c.accepted),
            )
            for passage, verdicts, candidates in judged
        )
        return Explanation(
            analyser=self.name,
            conflicts=draft.conflicts,
            sentences=draft.sentences,
            gated=tuple(self._gate.passes(s) for s in draft.sentences),
            explained=explained,
            signals=_signals(judged),
            skipped=draft.skipped,
            linked=frozenset(p.index for p in draft.passages),
        )

    def judge(self, passages: Sequence[Passage]) -> list[Judged]:
        """Find candidates in sentences, parse what needs it, judge: the core that articles and gold sentences share."""
        return [one for one in self._judged(passages) if one is not None]

    def _judged(self, passages: Sequence[Passage]) -> list[Judged | None]:
        """For each passage what it was judged to say; nothing where nothing was worth parsing."""
        with one_thread():
            proposed = {at: self._finder.propose(p) for at, p in enumerate(passages) if self._gate.passes(p.text)}
        wanted = [at for at, found in proposed.items() if self._finder.wants_parse(passages[at].text, found)]
        full = dict(zip(wanted, map(_analysed, self._parses(passages, wanted)), strict=True))
        antecedents = self._antecedents(full)
        judged: list[Judged | None] = [None] * len(passages)
        for at, passage in full.items():
            complete = replace(passage, earlier=antecedents.get(at))
            candidates = self._finder.complete(complete, proposed[at])
            verdicts = code(complete, [c for c in candidates if c.accepted], self._definitions)
            judged[at] = (complete, verdicts, candidates)
        return judged

    def frame_hits(self, passage: Passage) -> frozenset[str]:
        """Ids of the frames that hold in a sentence, whatever comes of them."""
        parse = next(iter(self._analyser.parse([passage.text])))
        return frozenset(hit.frame.frame.id for hit in self._frames.match(parse, passage.mentions))

    def _parses(self, passages: Sequence[Passage], wanted: Sequence[int]) -> Iterator[tuple[Passage, Parsed]]:
        yield from zip(
            (passages[at] for at in wanted), self._analyser.parse(passages[at].text for at in wanted), strict=True
        )

    def _antecedents(self, full: Mapping[int, Passage]) -> dict[int, Speaker]:
        """For sentences whose speaker is a pronoun or not named: who was last quoted in the sentences before."""
        needy = [at for at, passage in full.items() if passage.before and _asks_back(passage)]
        found: dict[int, Speaker] = {}
        for back in range(1, max((len(full[at].before) for at in needy), default=0) + 1):
            asking = {at: full[at].before[-back] for at in needy if at not in found and len(full[at].before) >= back}
            texts = list(dict.fromkeys(asking.values()))
            parses = dict(zip(texts, self._analyser.parse(texts), strict=True))
            for at, text in asking.items():
                speaker = self._quoted_in(text, full[at], parses[text])
                if speaker is not None:
                    found[at] = speaker
        return found

    def _quoted_in(self, text: str, passage: Passage, parse: Parsed) -> Speaker | None:
        registry = self._registry_of(passage)
        mentions = registry.mentions(registry.scan(text), passage.conflict.id, passage.day, focus=passage.focus)
        return _last_quoted(replace(passage, text=text, mentions=mentions), parse)

    def _registry_of(self, passage: Passage) -> Registry:
        if passage.conflict.id in self._registry.conflicts:
            return self._registry
        return self._others.setdefault(passage.conflict.id, Registry([passage.conflict]))

    def _coding(self, article: PendingArticle, draft: "_Draft", judged: Sequence[Judged]) -> Coding:
        found = tuple(r for p, v, _ in judged for r in rejects(p, v)) if self._keep_rejects else ()
        return Coding(
            article=article.article,
            revision=article.revision,
            conflicts=draft.conflicts,
            signals=_signals(judged),
            rejects=found,
            sentences=len(draft.sentences),
            skipped=draft.skipped,
            truncated=draft.truncated,
        )

    def _draft(self, article: PendingArticle, text: str) -> "_Draft":
        day = utc_day(article.published_at) if article.published_at else None
        if article.language and not article.language.lower().startswith("en"):
            return _Draft(skipped=f"language: {article.language}")
        return self._drafted(article.title, text, day)

    def _drafted(self, title: str, text: str, day: date | None) -> "_Draft":
        """What of a text is to be judged, if it is about a registered conflict and in English."""
        truncated = len(text) > MAX_TEXT
        title, text = plain(title[:MAX_TITLE]), plain(text[:MAX_TEXT])
        title_hits, body_hits = self._registry.scan(title), self._registry.scan(text)
        relevant = self._registry.relevant(title_hits, body_hits, f"{title}\n{text}")
        if not relevant:
            return _Draft(truncated=truncated)
        if not is_english(f"{title} {text}"):
            return _Draft(skipped="language: not English", truncated=truncated)
        layout = lay_out(self._registry, (title, title_hits), (text, body_hits), relevant=relevant, day=day)
        return _Draft(
            conflicts=relevant,
            sentences=(title, *layout.body),
            passages=tuple(p for conflict in relevant for p in passages(self._registry, layout, conflict)),
            truncated=truncated,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    conflicts: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()
    skipped: str = ""
    truncated: bool = False


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


def _analysed(pair: tuple[Passage, Parsed]) -> Passage:
    passage, parse = pair
    opened = False
    for text in passage.before:
        opened = open_quotation(text, before=opened)
    return replace(passage, parsed=parse, attributions=attributions(parse, quoted_before=opened))


def _asks_back(passage: Passage) -> bool:
    if not passage.attributions:
        return is_first_person(passage.text)
    return any(a.source is None or is_pronoun(passage.text[slice(*a.source)]) for a in passage.attributions)


def _last_quoted(passage: Passage, parse: Parsed) -> Speaker | None:
    said = attributions(parse)
    for attribution in reversed(said):
        if attribution.source is not None and not is_pronoun(passage.text[slice(*attribution.source)]):
            speaker, _ = speaker_at(replace(passage, attributions=said), attribution.content[0])
            return speaker
    return None
