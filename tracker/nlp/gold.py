"""Labelled sentences → what the whole pipeline finds in them: the running of `tracker evaluate`."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from tracker.errors import AnalysisError
from tracker.model.codebook import Conflict
from tracker.nlp.belligerents import conflict_of, pair_of
from tracker.nlp.linking import Registry
from tracker.nlp.passage import Passage
from tracker.nlp.reader import Reader
from tracker.nlp.speakers import author_of
from tracker.nlp.text import plain
from tracker.readiness.errors_of_reading import Quality, misreadings
from tracker.readiness.evaluation import Code, Compared, Evaluation, evaluation

_CHUNK: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldSentence:
    """One line of a gold file."""

    id: str
    doc: str
    text: str
    title: str = ""
    before: tuple[str, ...] = ()
    day: date | None = None
    codes: tuple[Code, ...] = ()


def read_gold(paths: Iterable[Path], *, signals: Collection[str] = ()) -> tuple[GoldSentence, ...]:
    """Read gold files. Raises AnalysisError naming file and line for what cannot be read, or is none of `signals`."""
    found: list[GoldSentence] = []
    for path in paths:
        before = len(found)
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as broken:
            raise AnalysisError(
                f"{path}: cannot be read: {broken}", remedy="give a file with one JSON object a line"
            ) from None
        for number, line in enumerate(lines, 1):
            if line.strip():
                found.append(_sentence(path, number, line, signals))
        if len(found) == before:
            raise AnalysisError(f"{path}: holds no labelled sentence", remedy="give a file with one JSON object a line")
    return tuple(found)


def evaluate(reader: Reader, paths: Iterable[Path]) -> Evaluation:
    """Code every gold sentence with its title, date and the sentences before it, and compare.

    The war a sentence is about need not be registered: one is made up from the belligerents it names.
    """
    return evaluate_with_quality(reader, paths)[0]


def evaluate_with_quality(reader: Reader, paths: Iterable[Path]) -> tuple[Evaluation, Quality]:
    """The same, and how whole documents are misread on each indicator."""
    found = compared(reader, read_gold(paths, signals=reader.signals))
    quality = Quality(
        recogniser=reader.recogniser_name,
        documents=len({one.doc for one in found}),
        indicators=misreadings(found, reader.indicators),
    )
    return evaluation(found, reader.signals), quality


def compared(reader: Reader, sentences: Sequence[GoldSentence]) -> tuple[Compared, ...]:
    """Each sentence with what was expected and what was found."""
    everything = passages_of(reader, sentences)
    found = []
    for start in range(0, len(sentences), _CHUNK):
        part, passages = sentences[start : start + _CHUNK], everything[start : start + _CHUNK]
        codes: dict[int, tuple[Code, ...]] = {}
        for passage, verdicts, _ in reader.judge(passages):
            codes[passage.index] = tuple(
                Code(
                    signal=v.signal.signal,
                    polarity=v.signal.polarity,
                    locus=v.signal.locus,
                    speaker_class=v.signal.speaker_class,
                    probability=v.signal.probability,
                )
                for v in verdicts
                if v.signal is not None
            )
        found += [
            Compared(id=s.id, doc=s.doc, text=s.text, title=s.title, expected=s.codes, found=codes.get(p.index, ()))
            for s, p in zip(part, passages, strict=True)
        ]
    return tuple(found)


def passages_of(reader: Reader, sentences: Sequence[GoldSentence]) -> list[Passage]:
    """Sentences as the reader's core wants them, each with the war it is about."""
    wars = _wars(sentences)
    registries = _Registries(reader.conflicts)
    return [_passage(s, registries, wars[s.doc], at) for at, s in enumerate(sentences)]


class _Registries:
    """One registry per warring pair, made when first needed; registered conflicts serve for their own pair."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        self._registered = {frozenset(p.id for p in c.parties): c for c in conflicts}
        self._made: dict[frozenset[str], Registry] = {}

    def of(self, pair: tuple[str, str]) -> Registry:
        key = frozenset(pair)
        if key not in self._made:
            self._made[key] = Registry([self._registered.get(key) or conflict_of(pair)])
        return self._made[key]


def _passage(sentence: GoldSentence, registries: _Registries, war: tuple[str, str], index: int) -> Passage:
    pair = pair_of((sentence.text, sentence.title, *reversed(sentence.before))) or war
    registry = registries.of(pair)
    conflict = next(iter(registry.conflicts.values()))
    focus: list[str] = []
    for text in (*reversed(sentence.before), sentence.title):
        mentions = registry.mentions(registry.scan(text), conflict.id, sentence.day)
        focus += [m.actor for m in reversed(mentions) if m.role == "party" and m.actor]
    nearest = tuple(dict.fromkeys(focus))
    title_mentions = registry.mentions(registry.scan(sentence.title), conflict.id, sentence.day)
    return Passage(
        author=author_of(sentence.title, title_mentions),
        index=index * 10,  # sentences of a gold file need not follow one another: context comes from `before`
        text=sentence.text,
        conflict=conflict,
        mentions=registry.mentions(registry.scan(sentence.text), conflict.id, sentence.day, focus=nearest),
        before=sentence.before,
        title=sentence.title,
        focus=nearest,
        day=sentence.day,
    )


def _wars(sentences: Iterable[GoldSentence]) -> Mapping[str, tuple[str, str]]:
    """The pair each document is most about."""
    votes: dict[str, Counter[tuple[str, str]]] = {}
    for sentence in sentences:
        pair = pair_of((sentence.text, sentence.title))
        row = votes.setdefault(sentence.doc, Counter())
        if pair:
            row[pair] += 1
    unknown = ("A", "B")
    return {doc: min(row, key=lambda p: (-row[p], p)) if row else unknown for doc, row in votes.items()}


def _sentence(path: Path, number: int, line: str, signals: Collection[str]) -> GoldSentence:
    try:
        row: Any = json.loads(line)
        for at, code in enumerate(row.get("codes") or ()):
            if signals and code["signal"] not in signals:
                raise AnalysisError(
                    f"{path}:{number}: codes[{at}].signal: {code['signal']!r} is no signal of the codebook in force",
                    remedy=f"use one of {', '.join(sorted(signals))}",
                )
        day = str(row.get("date") or "")
        return GoldSentence(
            id=str(row.get("id") or f"{path.stem}-{number}"),
            doc=str(row.get("doc") or row.get("id") or number),
            text=plain(str(row["text"])),
            title=plain(str(row.get("title") or "")),
            before=tuple(plain(str(text)) for text in row.get("before") or ())[-2:],
            day=date.fromisoformat(day[:10]) if day else None,
            codes=tuple(_codes(row.get("codes") or ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as broken:
        what = f"the key {broken} is missing" if isinstance(broken, KeyError) else str(broken)
        remedy = "see the gold format in docs/coding.md"
        raise AnalysisError(f"{path}:{number}: not a gold sentence: {what}", remedy=remedy) from None


def _codes(rows: Iterable[Mapping[str, Any]]) -> Iterator[Code]:
    for row in rows:
        yield Code(
            signal=str(row["signal"]),
            polarity=int(row.get("polarity", 0)),
            locus=str(row.get("locus", "")),
            speaker_class=str(row.get("speaker_class", "")),
            sure=int(row.get("sure", 2)),
        )
