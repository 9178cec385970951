"""The whole way from article to signals, with the real parser and the real files."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tracker.catalog import codebook_of, read_codebook_files
from tracker.errors import AnalysisError
from tracker.model.codebook import Codebook
from tracker.model.evidence import PendingArticle
from tracker.nlp.examples import check_examples
from tracker.nlp.gold import evaluate, read_gold
from tracker.nlp.reader import Reader
from tracker.nlp.report import explanation_lines
from tracker.nlp.text import MAX_SENTENCES

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
KNOWN_FAILURES = ROOT / "tests/data/known-example-failures.txt"
NEWS = (
    "Delegations of Ukraine and Russia met in Istanbul on Tuesday for a new round of peace talks. "
    'Zelensky said Kyiv was ready for negotiations. "We will never give up our land," he told reporters. '
    "The Kremlin ruled out talks on Crimea. The US Senate approved a new arms package for Ukraine."
)
pytestmark = pytest.mark.model


def an_item(
    text: str = NEWS, *, number: int = 1, title: str = "Ukraine and Russia open talks", language: str = "en"
) -> tuple[PendingArticle, str]:
    article = PendingArticle(
        article=f"a{number}", revision=0, url="", title=title, body="", language=language, outlet="", bloc="",
        published_at=datetime(2025, 3, 29, tzinfo=UTC),
    )  # fmt: skip
    return article, text


@pytest.fixture(scope="module")
def codebook() -> Codebook:
    return codebook_of(read_codebook_files(ROOT))


@pytest.fixture(scope="module")
def reader(codebook: Codebook) -> Reader:
    return Reader(codebook, recogniser=False, keep_rejects=True)


def test_an_article_becomes_signals_of_its_conflict(reader: Reader) -> None:
    (coding,) = reader.read([an_item()])
    assert coding.conflicts == ("russia-ukraine",)
    found = {(s.signal, s.polarity, s.locus) for s in coding.signals}
    assert {("talks_activity", 1, "ALL"), ("negotiation_openness", -1, "RUS"), ("external_support", -1, "UKR")} <= found
    assert len({s.key for s in coding.signals}) == len(coding.signals)
    assert all(s.evidence.quote in f"Ukraine and Russia open talks {NEWS}" for s in coding.signals)


def test_a_pronoun_takes_the_speaker_of_the_sentence_before(reader: Reader) -> None:
    (coding,) = reader.read([an_item()])
    land = next(s for s in coding.signals if s.signal == "concession_signal")
    assert (land.speaker, land.speaker_class, land.speaker_side, land.locus) == ("Zelensky", "leader", "self", "UKR")


@pytest.mark.parametrize(
    ("text", "title", "language"),
    [
        ("", "", "en"),
        ("The cup final ended in a stalemate.", "Football", "en"),
        (NEWS, "x", "uk"),
        ("Україна і Росія ведуть переговори про війну. " * 20, "Ukraine Russia war", "en"),
    ],
)
def test_what_is_not_ours_to_read_has_no_signals(reader: Reader, text: str, title: str, language: str) -> None:
    (coding,) = reader.read([an_item(text, title=title, language=language)])
    assert coding.signals == ()


def test_the_same_text_gives_the_same_signals_in_any_company(reader: Reader) -> None:
    items = [an_item(f"{NEWS} On day {i} nothing else happened.", number=i) for i in range(12)]
    together = [c.signals for c in reader.read(items)]
    alone = [next(iter(reader.read([item]))).signals for item in reversed(items)][::-1]
    assert together == alone


@pytest.mark.parametrize(
    "text",
    [
        "Russia and Ukraine at war. " + "word " * 200_000,
        "Russia and Ukraine at war. " + "🕊️" * 100_000,
        "Russia and Ukraine at war. " + "\u202e\u0000\u0007 talks " * 20_000,
        "Russia, Ukraine " * 20_000,
        "Talks in the war of Russia and Ukraine (" * 3_000,
    ],
)
def test_texts_without_measure_are_read_within_bounds(reader: Reader, text: str) -> None:
    (coding,) = reader.read([an_item(text)])
    assert coding.article == "a1"
    assert coding.sentences <= MAX_SENTENCES + 1


def test_half_a_character_does_not_stop_the_reader(reader: Reader) -> None:
    broken, whole = (next(iter(reader.read([an_item(f"{mark} {NEWS}")]))) for mark in ("\ud83d", " "))
    assert broken.signals == whole.signals
    assert broken.signals


def test_rejects_are_kept_when_asked_for(reader: Reader, codebook: Codebook) -> None:
    text = "Will Russia hold peace talks with Ukraine in Istanbul?"
    (kept,) = reader.read([an_item(text, title="")])
    assert {r.why for r in kept.rejects} == {"X3"}
    (plain,) = Reader(codebook, recogniser=False).read([an_item(text, title="")])
    assert plain.rejects == ()


def test_an_explanation_tells_what_fired_and_what_vetoed(reader: Reader) -> None:
    explanation = reader.explain(
        "Ukraine and Russia open talks", f"{NEWS} Will Russia and Ukraine hold peace talks?", None
    )
    lines = "\n".join(explanation_lines(explanation))
    assert "coded UKR" in lines
    assert "refused, X3" in lines
    assert "Zelensky" in lines
    assert explanation.signals == next(iter(reader.read([(replace(an_item()[0], published_at=None), NEWS)]))).signals


def test_an_explanation_tells_a_sentence_without_a_proposal_from_one_without_a_conflict(reader: Reader) -> None:
    base = reader.explain("", "Will Russia and Ukraine hold talks?", None)
    silent = replace(base, gated=(True,) * len(base.gated), explained=())
    assert "neither recogniser nor frame proposed" in "\n".join(explanation_lines(silent))
    apart = "\n".join(explanation_lines(replace(silent, linked=frozenset())))
    assert "not linked to a conflict" in apart


def test_missing_weights_are_refused_with_a_remedy(codebook: Codebook, tmp_path: Path) -> None:
    with pytest.raises(AnalysisError) as caught:
        Reader(codebook, recogniser=tmp_path)
    assert caught.value.remedy


def test_the_files_own_examples_fail_only_where_it_is_written_down(reader: Reader, codebook: Codebook) -> None:
    failing = {f"{r.signal}\t{r.expected}\t{r.text}" for r in check_examples(reader, codebook.indicators) if not r.ok}
    known = set(KNOWN_FAILURES.read_text("utf-8").splitlines()[1:])
    assert failing == known


def test_a_gold_file_is_read_coded_and_scored(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    row = {
        "text": "The Kremlin ruled out talks with Kyiv.",
        "date": "2025-03-01",
        "codes": [{"signal": "negotiation_openness", "polarity": -1, "locus": "RUS", "sure": 2}],
    }
    path.write_text(json.dumps(row) + "\n\n" + json.dumps({"text": "It rained."}) + "\n", "utf-8")
    answer = evaluate(reader, [path]).as_json()
    assert (answer["sentences"], answer["per_signal"]["negotiation_openness"]["tp"]) == (2, 1)
    assert (answer["polarity_accuracy"], answer["locus_accuracy"]) == (1.0, 1.0)


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"id": 3}', '{"text": "x", "codes": [{}]}', '{"text": "x", "date": "yesterday"}']
)
def test_a_broken_gold_line_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(f'{{"text": "fine"}}\n{line}\n', "utf-8")
    with pytest.raises(AnalysisError, match=r"gold\.jsonl:2"):
        read_gold([path])


def test_gold_of_an_unknown_signal_without_a_text_or_without_a_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text('{"text": "x", "codes": [{"signal": "talks_activty"}]}\n', "utf-8")
    with pytest.raises(AnalysisError, match=r"gold\.jsonl:1: codes\[0\]\.signal: 'talks_activty'") as caught:
        read_gold([path], signals=("talks_activity",))
    assert "talks_activity" in caught.value.remedy
    path.write_text('{"id": 3}\n', "utf-8")
    with pytest.raises(AnalysisError, match="the key 'text' is missing"):
        read_gold([path])
    path.write_text("\n", "utf-8")
    with pytest.raises(AnalysisError, match="no labelled sentence"):
        read_gold([path])


@pytest.mark.skipif(not (SHARED / "gold/dev.jsonl").is_file(), reason="the labelled sentences are not at hand")
def test_rules_alone_stay_above_the_floor_on_labelled_sentences(reader: Reader) -> None:
    result = evaluate(reader, [SHARED / "gold/dev.jsonl"])
    assert result.micro.f1 > 0.45
    assert (result.polarity_accuracy or 0) > 0.8
