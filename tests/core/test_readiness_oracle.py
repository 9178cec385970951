"""The same inputs give the numbers of the published reference, through weights, daily counts and readings."""

import importlib.util
import json
import types
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readiness_material import (
    ACTS,
    BLOCS,
    CODEBOOK,
    INDICATORS,
    MOTIVATION,
    ORACLE,
    PARTIES,
    ROOT,
    SIDES,
    SIGNALS,
    day,
    inputs_from,
    random_news,
)

from tracker.catalog.load import codebook_of, read_codebook_files
from tracker.readiness import composites, indicators, weights
from tracker.readiness.board import board

FIXTURE = ROOT / "tests/data/readiness/oracle.json"


@pytest.fixture(scope="module")
def oracle() -> types.ModuleType:
    if not ORACLE.exists():
        pytest.skip("the reference aggregation is not at hand (../shared is absent)")
    spec = importlib.util.spec_from_file_location("reference_aggregate", ORACLE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_oracle(oracle: types.ModuleType, records: list[Any], stories: list[Any], today: int) -> dict[str, float | None]:
    found = oracle.composites([{"outlet_ids": [r["outlet"]], **r} for r in records], stories, *PARTIES, today)
    flat = {f"{name} {party}": value for (name, party), value in found["indicators"].items()}
    flat |= {f"{kind} {p}": found[kind, p] for kind in ("readiness", "costs_of_conversation") for p in PARTIES}
    return flat | {"ripeness": found["ripeness"]}


def by_us(records: list[Any], stories: list[Any], today: int) -> dict[str, float | None]:
    """Direction of indicators in (-1, 1) and composites in 0-100, as the oracle gives them."""
    inputs = inputs_from(records, stories)
    flat: dict[str, float | None] = {}
    for name in INDICATORS:
        for party in PARTIES:
            reading = indicators.reading(inputs, CODEBOOK.indicator(name), party, day(today), CODEBOOK)
            flat[f"{name} {party}"] = None if reading.value is None else reading.value / 50 - 1
    found = board(inputs, CODEBOOK, (day(today),))
    for composite in CODEBOOK.composites:
        for party in (None,) if composite.level == "conflict" else PARTIES:
            (reading,) = composites.readings(found, composite, party)
            flat[f"{composite.id} {party}" if party else composite.id] = reading.value
    return flat


def assert_same(ours: dict[str, float | None], theirs: dict[str, float | None]) -> None:
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        assert ours[name] == (None if value is None else pytest.approx(value, abs=1e-9)), name


@st.composite
def news(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
    stories = [
        {"story": f"s{n}", "bloc": draw(st.sampled_from(BLOCS)), "day": draw(st.integers(0, 120))}
        for n in range(draw(st.integers(1, 12)))
    ]
    sizes = draw(st.lists(st.integers(1, 5), min_size=len(stories), max_size=len(stories)))
    record = st.tuples(
        st.integers(0, len(stories) - 1),
        st.sampled_from(SIGNALS),
        st.integers(0, 4),
        st.fixed_dictionaries(
            {
                "polarity": st.sampled_from((-1, 0, 1)),
                "intensity": st.sampled_from((1, 2, 3)),
                "locus": st.sampled_from((*PARTIES, "ALL", "ELSEWHERE")),
                "speaker_class": st.sampled_from(sorted(weights.SPEAKER)),
                "side": st.sampled_from(sorted(weights.SIDE)),
                "factuality": st.sampled_from(sorted(weights.FACTUALITY)),
                "precision": st.floats(0.05, 1.0),
            }
        ),
        st.booleans(),
    )
    records = [
        {
            **stories[n],
            "signal": signal,
            "mode": (*MOTIVATION.get(signal, ()), "plain")[0 if odd else -1],
            "outlets": sizes[n],
            "outlet": f"outlet-{outlet}",
            **rest,
        }
        for n, signal, outlet, rest, odd in draw(st.lists(record, min_size=1, max_size=40))
    ]
    blocks = st.tuples(st.sampled_from(BLOCS), st.integers(0, 120), st.integers(1, 30))
    quiet = [
        {"story": f"q{n}-{k}", "bloc": bloc, "day": when}
        for n, (bloc, when, count) in enumerate(draw(st.lists(blocks, max_size=6)))
        for k in range(count)
    ]
    return records, stories + quiet, draw(st.integers(60, 200))


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(news=news())
def test_any_news_read_as_the_reference_reads_them(oracle: types.ModuleType, news: Any) -> None:
    records, stories, today = news
    assert_same(by_us(records, stories, today), by_oracle(oracle, records, stories, today))


@pytest.mark.parametrize("seed", range(4))
def test_half_a_year_of_news_reads_as_the_reference_reads_it(oracle: types.ModuleType, seed: int) -> None:
    records, stories = random_news(seed)
    theirs = by_oracle(oracle, records, stories, 179)
    assert sum(value is not None for value in theirs.values()) == len(theirs)
    assert_same(by_us(records, stories, 179), theirs)


def test_the_numbers_of_the_reference_hold_where_it_is_absent() -> None:
    """The fixture was written by `python tests/core/test_readiness_oracle.py` with the reference at hand."""
    for case in json.loads(FIXTURE.read_text()):
        records, stories = random_news(case["seed"], days=case["days"], per_day=case["per_day"])
        assert_same(by_us(records, stories, case["today"]), case["values"])


def test_the_shipped_files_have_the_published_weights() -> None:
    files = read_codebook_files(ROOT)
    shipped = codebook_of({name: text for name, text in files.items() if name.startswith("indicators/")})
    assert {i.id for i in shipped.indicators} == set(INDICATORS)
    for name, signals in INDICATORS.items():
        for signal in shipped.indicator(name).signals:
            assert (signal.weight, signal.half_life_days) == signals[signal.id]
            assert signal.act == (signal.id in ACTS)
            assert dict(signal.side_weights) == SIDES.get(signal.id, {})
            assert tuple(signal.motivation_modes) == MOTIVATION.get(signal.id, ())


def _write_fixture() -> None:
    spec = importlib.util.spec_from_file_location("reference_aggregate", ORACLE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    cases = []
    for seed, days, per_day, today in ((11, 180, 3, 179), (12, 60, 1, 75), (13, 120, 2, 100), (14, 30, 2, 29)):
        records, stories = random_news(seed, days=days, per_day=per_day)
        values = by_oracle(module, records, stories, today)
        cases.append({"seed": seed, "days": days, "per_day": per_day, "today": today, "values": values})
    FIXTURE.parent.mkdir(parents=True, exist_ok=True)
    FIXTURE.write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    _write_fixture()
