"""Evaluations, re-codings and back-tests, as tables on the terminal and as report pages."""

from collections.abc import Sequence
from typing import Any

from tracker.cli.common import out, some, table
from tracker.digest.reports import Report, ReportTable
from tracker.questions.recoding import Recoded
from tracker.readiness.backtest import Backtest
from tracker.readiness.differences import Difference
from tracker.readiness.evaluation import Evaluation, Score

SHOWN = 60
CONFUSIONS = 10


def print_evaluation(found: Evaluation) -> None:
    """Figures over all, then per signal."""
    out.print(f"{some(found.sentences, 'sentence')}, {some(found.codes, 'code')}")
    rows = [_score("all signals", found.micro), _score("any signal", found.any)]
    rows += [_score(signal, score) for signal, score in sorted(found.per_signal.items())]
    out.print(table(("", "found", "missed", "false", "precision", "recall", "F1"), rows, right=range(1, 7)))
    out.print(
        f"macro F1 {found.macro_f1:.3f}; of hits: polarity {_share(found.polarity_accuracy)}, "
        f"party {_share(found.locus_accuracy)}, speaker {_share(found.speaker_accuracy)}"
    )
    if wrong := found.largest_confusions(CONFUSIONS):
        out.print()
        out.print(table(("expected", "found instead", "sentences"), wrong, right=(2,)))


def print_recoded(found: Recoded) -> None:
    """What moves, the largest change first."""
    out.print(f"{found.conflict}: codebook {found.before} → {found.after}", style="bold", markup=False)
    if not found.rows:
        out.print("no reading, state or alert changes")
        return
    heads = ("what", "party", "day", "before", "after", "change", "because of")
    out.print(table(heads, _difference_rows(found)[:SHOWN], right=(3, 4, 5)))
    if len(found.rows) > SHOWN:
        out.print(f"… and {len(found.rows) - SHOWN} more (--page FILE has all)")
    if found.digests:
        out.print(f"published digests whose numbers differ: {', '.join(found.digests)}")


def recode_report(results: Sequence[Recoded], *, dry: bool) -> Report:
    """All differences, for a page."""
    tables = []
    for one in results:
        tables.append(
            ReportTable(
                title=f"{one.conflict}: readings and alerts, codebook {one.before} → {one.after}",
                heads=("what", "party", "day", "before", "after", "change", "because of"),
                rows=tuple(_difference_rows(one)),
                nothing="No reading, state or alert changes.",
            )
        )
        tables.append(
            ReportTable(
                title=f"{one.conflict}: signals responsible",
                heads=("signal", "party", "weight towards talks", "weight away", "stories gained", "stories lost"),
                rows=tuple(
                    (r.signal, r.party, f"{r.plus:+.3f}", f"{r.minus:+.3f}", str(r.gained), str(r.lost))
                    for r in one.because
                ),
                nothing="No story reads otherwise.",
            )
        )
        tables.append(
            ReportTable(
                title=f"{one.conflict}: counted otherwise",
                heads=("signal or composite", "what changed"),
                rows=tuple((t.subject, t.what) for t in one.tuned),
                nothing="Weights, half-lives, side weights and legs are the same.",
            )
        )
        tables.append(
            ReportTable(
                title=f"{one.conflict}: published digests whose numbers differ",
                heads=("week",),
                rows=tuple((week,) for week in one.digests),
                nothing="None.",
            )
        )
    lead = "Nothing was recorded: this is what would change." if dry else "This is what the re-coding changed."
    return Report(title="What another codebook changes", lead=(lead,), tables=tuple(tables))


def print_backtest(found: Backtest) -> None:
    """Agreement, placebo, controls, per signal, lead and lag."""
    for line in _backtest_lines(found):
        out.print(line, markup=False)
    if not found.scored:
        return
    rows = [(s.signal, f"{s.agreed}/{s.scored}", _share(s.placebo)) for s in found.by_signal]
    out.print(table(("signal", "agree", "placebo"), rows, right=(1, 2)))


def backtest_report(found: Backtest, conflict: str) -> Report:
    """The report page of a back-test."""
    outcomes = tuple(
        (
            str(o.expectation.day),
            o.expectation.event,
            o.expectation.signal,
            o.expectation.party,
            {1: "+", -1: "−", 0: "±"}[o.expectation.expected],
            _signed(o.before),
            _signed(o.after),
            "" if o.agrees is None else ("agrees" if o.agrees else "differs"),
        )
        for o in found.outcomes
    )
    return Report(
        title=f"Back-test: {conflict}",
        lead=tuple(_backtest_lines(found)),
        tables=(
            ReportTable(
                title="By signal",
                heads=("signal", "agree", "of", "mean at placebo dates"),
                rows=tuple((s.signal, str(s.agreed), str(s.scored), _share(s.placebo)) for s in found.by_signal),
            ),
            ReportTable(
                title="Lead and lag",
                heads=("weeks from the date", "agreement"),
                rows=tuple((f"{weeks:+d}", f"{share:.0%}") for weeks, share in sorted(found.lead.items())),
            ),
            ReportTable(
                title="Every expectation",
                heads=("date", "event", "signal", "party", "expected", "before", "after", ""),
                rows=outcomes,
            ),
        ),
    )


def backtest_json(found: Backtest) -> dict[str, Any]:
    """The figures of a back-test."""
    return {
        "scored": found.scored,
        "agreed": found.agreed,
        "agreement": found.agreement,
        "chance": found.chance,
        "low": found.low,
        "high": found.high,
        "placebo_limit": found.placebo_limit,
        "beyond_placebo": found.beyond_placebo,
        "controls": found.controls,
        "controls_quiet": found.controls_quiet,
        "by_signal": {
            s.signal: {"scored": s.scored, "agreed": s.agreed, "placebo": s.placebo} for s in found.by_signal
        },
        "lead": {str(weeks): share for weeks, share in sorted(found.lead.items())},
        "unscored": dict(found.unscored),
    }


def _backtest_lines(found: Backtest) -> list[str]:
    unscored = [f"not scored: {count} ({why})" for why, count in sorted(found.unscored.items())]
    if found.agreement is None:
        return ["nothing could be scored, so nothing is said about detection", *unscored]
    interval = (
        "" if found.low is None or found.high is None else f", interval {found.low:.0%}–{found.high:.0%} over dates"
    )
    placebo = "placebo dates matched on volume: too few for a comparison"
    if found.placebo_limit is not None:
        beyond = "beyond" if found.beyond_placebo else "not beyond"
        limit = f"95th percentile {found.placebo_limit:.0%}; the agreement is {beyond} it"
        placebo = f"placebo dates matched on volume: {limit}"
    agreed = f"sign agreement: {found.agreed} of {found.scored} ({found.agreement:.0%}{interval})"
    return [
        f"{agreed}; by chance alone P = {found.chance:.3f}",
        placebo,
        f"controls that stayed quiet: {found.controls_quiet} of {found.controls}",
        *unscored,
    ]


def _difference_rows(found: Recoded) -> list[tuple[str, ...]]:
    ordered = sorted(found.rows, key=lambda r: (-abs(r.points or 0.0), r.subject, str(r.day)))
    return [
        (
            r.subject,
            r.party or "",
            str(r.day),
            r.state_before if r.before is None else f"{r.before:.1f} {r.state_before}",
            r.state_after if r.after is None else f"{r.after:.1f} {r.state_after}",
            "" if r.points is None else f"{r.points:+.1f}",
            _because(r),
        )
        for r in ordered
    ]


def _because(row: Difference) -> str:
    """The stories that read otherwise first, then what is counted otherwise."""
    stories = [f"{x.signal} ({x.party})" for x in row.responsible[:3]]
    return ", ".join([*stories, *(f"{x.subject}: {x.what}" for x in row.retuned[:3])])


def _score(name: str, score: Score) -> tuple[str, ...]:
    figures = (f"{score.precision:.3f}", f"{score.recall:.3f}", f"{score.f1:.3f}")
    return (name, str(score.tp), str(score.fn), str(score.fp), *figures)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"
