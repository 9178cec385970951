"""history, explain: questions about numbers and the sentences behind them."""

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

import typer

from tracker import exports
from tracker.bootstrap import Build
from tracker.cli.common import out, some, sparkline, table, workspace
from tracker.digest.view import Weighed
from tracker.errors import QuestionError
from tracker.model.readings import Reading
from tracker.nlp.identity import quality_of
from tracker.questions import Explanation, History, Standpoint, explain, history, standpoint
from tracker.questions.explaining import SignalSum
from tracker.readiness.balance import KAPPA, MIN_BLOC_STORIES, RHO
from tracker.readiness.prevalence import Prevalence

AsOf = Annotated[str, typer.Option(help="As known then: a day, a moment in ISO 8601, or a log position like #1200.")]
OldBook = Annotated[str, typer.Option(help="Codebook version (its first digits); default: the one in force.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("history")(history_)
    app.command("explain")(explain_)


def history_(
    context: typer.Context,
    indicator: Annotated[str, typer.Argument(help="Indicator or composite, e.g. contact_channel.")],
    conflict: Annotated[str, typer.Option(help="Conflict id.")],
    party: Annotated[str, typer.Option(help="Principal's id, for what is kept per party.")] = "",
    since: Day = None,
    until: Day = None,
    every: Annotated[Literal["day", "week", "month"], typer.Option(help="Distance of the points.")] = "week",
    as_of: AsOf = "",
    codebook: OldBook = "",
    form: Annotated[Literal["table", "json", "csv", "parquet"], typer.Option("--format", help="Output.")] = "table",
) -> None:
    """How an indicator or composite went over time, with intervals, states and sources."""
    build = workspace(context)
    view = _view(build, as_of, codebook)
    if since and since.date() > view.at.date():
        raise QuestionError(
            f"--since {since.date()} is after {view.at.date()}, the last day known", remedy="name an earlier day"
        )
    told = history(
        view,
        indicator,
        conflict=conflict,
        party=party or None,
        since=since.date() if since else None,
        until=until.date() if until else _default_until(build, view, conflict, as_of),
        every=every,
    )
    if form == "json":
        sys.stdout.write(json.dumps(as_json(told), ensure_ascii=False, allow_nan=False) + "\n")
    elif form in ("csv", "parquet"):
        rows = as_json(told)["points"]
        sys.stdout.buffer.write(exports.export(rows, form))
    else:
        _print_history(told)


def as_json(told: History) -> dict[str, Any]:
    """The documented JSON of `tracker history`."""
    return {
        "indicator": told.subject,
        "conflict": told.conflict,
        "party": told.party,
        "codebook": told.codebook,
        "as_of": told.as_of,
        "points": [point(r) for r in told.points],
    }


def point(r: Reading) -> dict[str, Any]:
    """One reading; `value` is null where it is not shown."""
    return {
        "date": r.day.isoformat(),
        "value": _rounded(r.value, 2),
        "low": _rounded(r.low, 2),
        "high": _rounded(r.high, 2),
        "state": r.state,
        "prevalence": _rounded(r.prevalence, 5),
        "stories": r.stories,
        "owners": r.owners,
        "sources_observed": r.sources_observed,
        "sources_expected": r.sources_expected,
    }


def explain_(
    context: typer.Context,
    indicator: Annotated[str, typer.Argument(help="Indicator, e.g. contact_channel.")],
    conflict: Annotated[str, typer.Option(help="Conflict id.")],
    party: Annotated[str, typer.Option(help="Principal's id.")],
    at: Day = None,
    as_of: AsOf = "",
    codebook: OldBook = "",
    most: Annotated[int, typer.Option(help="Print at most so many records; 0 prints all.")] = 20,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="Output.")] = "text",
) -> None:
    """The sentences behind a number, with what each of them adds."""
    if most < 0:
        raise QuestionError(f"--most {most}: cannot be below 0", remedy="give a number, or 0 for all")
    build = workspace(context)
    view = _view(build, as_of, codebook)
    day = at.date() if at else _default_until(build, view, conflict, as_of)
    folder = build.recogniser_folder
    told = explain(
        view,
        indicator,
        conflict=conflict,
        party=party,
        day=day,
        quality=quality_of(folder) if folder is not None else None,
    )
    if form == "json":
        sys.stdout.write(json.dumps(_explanation(told), ensure_ascii=False, allow_nan=False) + "\n")
        return
    _print_explanation(told, most)


def _view(build: Build, as_of: str, codebook: str) -> Standpoint:
    build.tracker.project()
    return standpoint(
        build.engine,
        build.store,
        build.past_codebook,
        now=build.clock(),
        default=build.codebook,
        as_of=as_of,
        codebook=codebook,
    )


def _default_until(build: Build, view: Standpoint, conflict: str, as_of: str) -> date:
    """Today; where the news ended longer than a month ago (an archive, the demo), its last week's Sunday."""
    today = view.at.date()
    last = build.tracker.last_day(conflict, view.codebook)
    if as_of or last is None or today - last <= timedelta(days=31):
        return today
    return last + timedelta(days=6 - last.weekday())


def _print_history(told: History) -> None:
    values = [r.value for r in told.points]
    who = f" of {told.party}" if told.party else ""
    out.print(f"{told.subject}{who}, {told.conflict}", style="bold", markup=False)
    out.print(f"codebook {told.codebook}, log position {told.as_of}; 50 is no direction, interval 90 %", style="dim")
    out.print(f"0 {sparkline(values)} 100", markup=False)
    rows = [
        (
            r.day,
            "–" if r.value is None else f"{r.value:.1f}",
            "" if r.low is None or r.high is None else f"{r.low:.0f}–{r.high:.0f}",
            r.state + (f" (missing: {', '.join(r.missing)})" if r.missing and r.value is None else ""),
            r.stories or "",
            r.owners or "",
            "" if r.sources_expected is None else f"{r.sources_observed}/{r.sources_expected}",
        )
        for r in told.points
    ]
    heads = ("date", "value", "interval", "state", "stories", "owners", "sources")
    out.print(table(heads, rows, right=(1, 4, 5, 6)))


def _print_explanation(told: Explanation, most: int) -> None:
    r = told.reading
    value = "no number" if r.value is None else f"{r.value:.1f}"
    interval = "" if r.low is None or r.high is None else f" ({r.low:.0f}–{r.high:.0f})"
    out.print(
        f"{r.subject} of {r.party}, {r.conflict}, {r.day}: {value}{interval}, {r.state}", style="bold", markup=False
    )
    out.print(f"codebook {told.codebook}, log position {told.as_of}", style="dim")
    _print_sums(told.sums)
    for line in _said_of_it(told):
        out.print(line, markup=False)
    counted = [w for w in told.records if w.counted]
    shown = counted if most == 0 else counted[:most]
    for w in shown:
        out.print()
        _print_record(w)
    rest = len(counted) - len(shown)
    left = len(told.records) - len(counted)
    out.print()
    out.print(
        f"{some(len(counted), 'record counts', 'records count')}"
        f"{f', {rest} of them not printed (--most 0)' if rest else ''}; {left} not"
    )


def _print_sums(sums: Sequence[SignalSum]) -> None:
    """Each signal's rates and balance, then by bloc what the rates are the mean of."""
    rows = [
        (s.signal, f"{s.weight:g}", _figure(s.plus_rate, ".5f"), _figure(s.minus_rate, ".5f"),
         f"{s.usable_stories:.2f}", _figure(s.balance, "+.3f"))
        for s in sums
    ]  # fmt: skip
    out.print(table(("signal", "weight", "r+", "r−", "N", "balance"), rows, right=range(1, 6)))
    out.print()
    blocs = [
        (s.signal, bloc, f"{s.plus.get(bloc, 0.0):.3f}", f"{s.minus.get(bloc, 0.0):.3f}", f"{stories:.2f}",
         "yes" if bloc in s.usable else f"no, below {MIN_BLOC_STORIES:g}")
        for s in sums
        for bloc, stories in s.stories.items()
    ]  # fmt: skip
    out.print(table(("signal", "bloc", "towards", "away", "stories", "heard"), blocs, right=(2, 3, 4)))
    out.print(
        "r+ and r− are the mean over the blocs that are heard of towards / stories and away / stories, N their "
        f"stories; balance = (r+ − r−) / (r+ + r− + {RHO:g} + {KAPPA:g}/N)",
        style="dim",
    )


def _figure(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _said_of_it(told: Explanation) -> list[str]:
    """How much is said at all, and what the recogniser's errors make of it."""
    found, misread = told.prevalence, told.misreading
    if found is None:
        return ["how much is said: no stories on the conflict"]
    around = f"({found.low:.1%}–{found.high:.1%})"
    lines = [f"how much is said: {found.share:.1%} of the stories on the conflict speak on it {around}"]
    if misread is not None and found.corrected is not None:
        around = f"({found.corrected_low:.1%}–{found.corrected_high:.1%})"
        lines.append(
            f"freed of errors of reading: {found.corrected:.1%} {around}; "
            f"of labelled texts that speak on it {misread.tp} of {misread.tp + misread.fn} are found, "
            f"of the others {misread.fp} of {misread.fp + misread.tn} wrongly"
        )
    elif misread is None:
        lines.append("not corrected for errors of reading: none were measured with this recogniser")
    elif not misread.enough:
        lines.append(
            "not corrected for errors of reading: "
            f"only {some(misread.tp + misread.fn, 'labelled text speaks', 'labelled texts speak')} on it, "
            f"and {misread.fp + misread.tn} not"
        )
    else:
        lines.append("not corrected for errors of reading: labelled texts were told apart no better than by chance")
    return lines


def _print_record(w: Weighed) -> None:
    s = w.record.signal
    factors = " × ".join(f"{name} {value:.2f}" for name, value in w.factors.items())
    day = w.record.published_at.date() if w.record.published_at else "undated"
    out.print(f"{w.contribution:+.3f}  {s.signal} {s.polarity:+d} {s.locus}  {s.mode}", style="bold", markup=False)
    out.print(f"“{s.evidence.quote}”", markup=False)
    out.print(f"{w.record.outlet}, {day}: {w.record.title}", markup=False)
    out.print(w.record.url, markup=False, soft_wrap=True)
    out.print(f"{factors}; {s.speaker_class}, {s.speaker_side}, rule {s.rule}", style="dim", markup=False)
    out.print(f"review: {w.record.article} {s.key}", style="dim", markup=False, soft_wrap=True)


def _share(p: Prevalence) -> dict[str, Any]:
    raw = {"share": p.share, "low": p.low, "high": p.high, "effective_stories": p.stories}
    freed = {"corrected": p.corrected, "corrected_low": p.corrected_low, "corrected_high": p.corrected_high}
    return {name: None if value is None else _rounded(value, 5) for name, value in (raw | freed).items()}


def _explanation(told: Explanation) -> dict[str, Any]:
    return {
        "indicator": told.reading.subject,
        "conflict": told.reading.conflict,
        "party": told.reading.party,
        "codebook": told.codebook,
        "as_of": told.as_of,
        "reading": point(told.reading),
        "prevalence": None if told.prevalence is None else _share(told.prevalence),
        "signals": [
            {
                "signal": s.signal,
                "weight": s.weight,
                "plus": s.plus,
                "minus": s.minus,
                "balance": s.balance,
                "stories": s.stories,
                "usable_blocs": s.usable,
                "usable_stories": s.usable_stories,
                "plus_rate": s.plus_rate,
                "minus_rate": s.minus_rate,
            }
            for s in told.sums
        ],
        "records": [
            {
                "article": w.record.article,
                "key": w.record.signal.key,
                "signal": w.record.signal.signal,
                "mode": w.record.signal.mode,
                "polarity": w.record.signal.polarity,
                "locus": w.record.signal.locus,
                "speaker_class": w.record.signal.speaker_class,
                "speaker_side": w.record.signal.speaker_side,
                "quote": w.record.signal.evidence.quote,
                "title": w.record.title,
                "outlet": w.record.outlet,
                "url": w.record.url,
                "published_at": w.record.published_at.isoformat() if w.record.published_at else None,
                "story": w.record.story,
                "counted": w.counted,
                "why_not": w.why_not,
                "contribution": w.contribution,
                "factors": dict(w.factors),
            }
            for w in told.records
        ],
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
