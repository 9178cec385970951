"""The arithmetic of `tracker evaluate`."""

from hypothesis import given
from hypothesis import strategies as st

from tracker.nlp.report import failures_page
from tracker.readiness.errors_of_reading import Misreading, Quality, as_json, from_json, misreadings
from tracker.readiness.evaluation import Code, Compared, Score, evaluation


def a_code(signal: str = "talks", polarity: int = 1, locus: str = "ALL", *, sure: int = 2) -> Code:
    return Code(signal=signal, polarity=polarity, locus=locus, speaker_class="leader", sure=sure)


def compared(expected: list[Code], found: list[Code], text: str = "A sentence.") -> Compared:
    return Compared(id="s", text=text, expected=tuple(expected), found=tuple(found))


def test_a_debatable_code_is_a_hit_when_found_and_nothing_when_absent() -> None:
    maybe = a_code(sure=1)
    assert evaluation([compared([maybe], [a_code()])]).micro == Score(tp=1, fp=0, fn=0)
    absent = evaluation([compared([maybe], [])])
    assert (absent.micro, absent.any) == (Score(tp=0, fp=0, fn=0), Score(tp=0, fp=0, fn=0))


def test_hits_misses_and_false_alarms_are_counted_by_sentence_and_signal() -> None:
    result = evaluation([compared([a_code("a"), a_code("b")], [a_code("a"), a_code("c")]), compared([], [])])
    assert result.micro == Score(tp=1, fp=1, fn=1)
    assert result.any == Score(tp=1, fp=0, fn=0)
    assert result.confusion == {("a", "a"): 1, ("b", "c"): 1}
    assert {f.kind for f in result.failures} == {"miss", "false alarm"}


def test_polarity_and_party_are_judged_over_hits_only() -> None:
    result = evaluation(
        [compared([a_code(polarity=1, locus="UKR")], [a_code(polarity=-1, locus="UKR")]), compared([], [a_code()])]
    )
    assert (result.polarity_accuracy, result.locus_accuracy, result.speaker_accuracy) == (0.0, 1.0, 1.0)


def test_without_hits_there_is_no_accuracy() -> None:
    assert evaluation([compared([a_code()], [])]).polarity_accuracy is None


def test_the_json_has_the_published_keys() -> None:
    answer = evaluation([compared([a_code()], [a_code()])], ["talks", "other"]).as_json()
    assert {
        "sentences",
        "codes",
        "micro",
        "macro_f1",
        "any",
        "polarity_accuracy",
        "locus_accuracy",
        "per_signal",
    } <= set(answer)
    assert answer["per_signal"]["talks"] == {"tp": 1, "fp": 0, "fn": 0, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert answer["per_signal"]["other"]["f1"] == 0.0
    assert answer["macro_f1"] == 1.0


def test_the_page_of_failures_escapes_what_it_quotes() -> None:
    page = failures_page(evaluation([compared([a_code()], [], text="<script>alert(1)</script>")]))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


codes = st.lists(
    st.builds(a_code, st.sampled_from("abc"), st.sampled_from([-1, 0, 1]), sure=st.sampled_from([1, 2])), max_size=3
)


@given(st.lists(st.builds(compared, codes, codes), max_size=8))
def test_ratios_stay_between_nothing_and_everything_and_order_does_not_matter(rows: list[Compared]) -> None:
    result = evaluation(rows)
    assert evaluation(rows[::-1]).as_json() == result.as_json()
    assert all(0.0 <= r <= 1.0 for r in (result.micro.f1, result.any.f1, result.macro_f1, result.micro.precision))


def in_text(doc: str, expected: list[Code], found: list[Code]) -> Compared:
    return Compared(id=f"{doc}-s", doc=doc, text="A sentence.", expected=tuple(expected), found=tuple(found))


def test_a_text_speaks_on_an_indicator_when_one_of_its_sentences_does() -> None:
    sentences = [
        in_text("one", [a_code("talks")], []),
        in_text("one", [], [a_code("channel")]),  # another signal of the same indicator: the text is found
        in_text("two", [a_code("talks")], []),
        in_text("three", [], [a_code("talks")]),
        in_text("four", [], []),
        in_text("five", [a_code("talks", sure=1)], []),  # debatable: neither
    ]
    found = misreadings(sentences, {"contact": ("talks", "channel"), "aid": ("aid",)})
    assert found["contact"] == Misreading(tp=1, fn=1, fp=1, tn=1)
    assert found["aid"] == Misreading(tp=0, fn=0, fp=0, tn=5)
    assert not found["contact"].enough


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_what_was_measured_comes_back_from_its_file(tp: int, fn: int, fp: int, tn: int) -> None:
    quality = Quality(recogniser="r 1", documents=9, indicators={"a": Misreading(tp=tp, fn=fn, fp=fp, tn=tn)})
    assert from_json(as_json(quality)) == quality
    assert 0 <= quality.indicators["a"].sensitivity <= 1
    assert quality.indicators["a"].enough == (tp + fn >= 10 and fp + tn >= 10)
