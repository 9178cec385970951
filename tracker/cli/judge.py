"""review, note, alerts: what a person adds to the log."""

import getpass
import json
import sys
from datetime import datetime
from math import isfinite
from typing import Annotated, Any, Literal

import typer

from tracker import questions
from tracker.bootstrap import Build
from tracker.cli.common import out, some, workspace
from tracker.errors import QuestionError
from tracker.eventstore.store import Append
from tracker.model.events import AlertConfirmed, Event, HappeningNoted, SignalReviewed
from tracker.projections.notes import AlertNote

VERDICTS = ("confirmed", "rejected", "withdrawn")
AWAITING = ("first", "break")  # kinds of alert that wait for a person before a digest headlines them
By = Annotated[str, typer.Option(help="Who says so; default: your user name.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command()(review)
    app.command()(note)
    app.command()(alerts)


def review(
    context: typer.Context,
    article: Annotated[str, typer.Argument(help="Article id, as `tracker explain` prints it.")],
    signal: Annotated[str, typer.Argument(help="Signal key, as `tracker explain` prints it.")],
    verdict: Annotated[str, typer.Argument(help="confirmed, rejected or withdrawn.")],
    reason: Annotated[str, typer.Option(help="Why; shown beside the correction.")],
    by: By = "",
) -> None:
    """Record a person's verdict on one coded signal; it outlives later codings."""
    if verdict not in VERDICTS:
        raise QuestionError(f"{verdict!r} is no verdict", remedy=f"use one of {', '.join(VERDICTS)}")
    build = workspace(context)
    known = {s.key for r in build.store.stream(f"article-{article}") for s in getattr(r.event, "signals", ())}
    if signal not in known:
        raise QuestionError(f"article {article!r} has no signal {signal!r}", remedy="copy both from `tracker explain`")
    event = SignalReviewed(
        article=article,
        signal_key=signal,
        verdict=verdict,  # type: ignore[arg-type]  # checked against VERDICTS above
        reason=reason,
        by=by or getpass.getuser(),
    )
    _append(build, f"article-{article}", event)
    out.print(f"recorded: {verdict}; the readings that rest on it are computed anew")


def note(
    context: typer.Context,
    title: Annotated[str, typer.Argument(help="What happened, in a few words.")],
    conflict: Annotated[str, typer.Option(help="Conflict id.")],
    day: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Day, e.g. 2026-11-16.")],
    url: Annotated[str, typer.Option(help="A source.")] = "",
    by: By = "",
) -> None:
    """Note a dated happening for calendars and charts; it moves no number."""
    build = workspace(context)
    questions.known_conflict(build.codebook, conflict)
    if not title.strip():
        raise QuestionError("the note is empty", remedy="say in a few words what happened")
    event = HappeningNoted(conflict=conflict, day=day.date(), title=title, url=url, by=by or getpass.getuser())
    _append(build, f"conflict-{conflict}", event)
    out.print("noted")


def alerts(
    context: typer.Context,
    conflict: Annotated[str, typer.Option(help="Only this conflict.")] = "",
    confirm: Annotated[str, typer.Option(help="Confirm the alert with this id.")] = "",
    dismiss: Annotated[str, typer.Option(help="Dismiss the alert with this id.")] = "",
    reason: Annotated[str, typer.Option(help="Why, with --confirm or --dismiss.")] = "",
    by: By = "",
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="Output.")] = "text",
) -> None:
    """List the alerts in the log, or confirm or dismiss one of the kinds first and break."""
    if confirm and dismiss:
        raise QuestionError("--confirm and --dismiss exclude each other", remedy="give one of them")
    build = workspace(context)
    if conflict:
        questions.known_conflict(build.codebook, conflict)
    raised = questions.alert_list(build.engine, conflict or None)
    if wanted := confirm or dismiss:
        if wanted not in {a.id for a in raised}:
            raise QuestionError(f"no alert {wanted!r}", remedy="copy an id from `tracker alerts`")
        kind = next(a.alert.kind for a in raised if a.id == wanted)
        if confirm and kind not in AWAITING:
            raise QuestionError(
                f"an alert of the kind {kind} needs no confirmation",
                remedy=f"confirm those of the kinds {' and '.join(AWAITING)}",
            )
        verdict = "confirmed" if confirm else "dismissed"
        event = AlertConfirmed(alert=wanted, verdict=verdict, by=by or getpass.getuser(), reason=reason)  # type: ignore[arg-type]  # one of two literals
        _append(build, f"conflict-{wanted.split(':')[0]}", event)
        out.print(verdict)
        return
    if form == "json":
        sys.stdout.write(json.dumps([_alert(a) for a in raised], ensure_ascii=False, allow_nan=False) + "\n")
        return
    if not raised:
        out.print("no alerts have been raised")
        return
    for a in raised:
        found = a.alert
        what = f"{found.week} {found.kind}: {found.signal} {found.polarity:+d} of {found.party}"
        usual = f", usually {found.baseline:.1f}" if found.kind == "surge" else ""
        out.print(
            f"{what}, {some(found.count, 'story', 'stories')}{usual}; {a.verdict or found.state}",
            markup=False,
            soft_wrap=True,
        )
        told = [] if found.kind in AWAITING else [f"z {found.z:.1f}", f"p {found.p_value:.2g}"]
        told += [f"blocs: {', '.join(found.blocs) or 'none'}"]
        told += ["its leader's own act"] if found.leader else []
        told += [found.why] if found.why else []
        out.print(f"  {'; '.join(told)}", markup=False, soft_wrap=True)
        out.print(f"  {a.id}", markup=False, soft_wrap=True)


def _alert(a: AlertNote) -> dict[str, Any]:
    """The documented JSON of one alert; a figure that was not tested, or is not finite, is null."""
    found = a.alert
    untested = {"z", "p_value"} if found.kind in AWAITING else set()
    figures = {
        "baseline": found.baseline, "deviation": found.deviation, "z": found.z, "p_value": found.p_value,
        "probability": found.probability,
    }  # fmt: skip
    return {
        "id": a.id,
        "kind": found.kind,
        "conflict": found.conflict,
        "signal": found.signal,
        "party": found.party,
        "polarity": found.polarity,
        "week": found.week.isoformat(),
        "count": found.count,
        **{name: value if isfinite(value) and name not in untested else None for name, value in figures.items()},
        "blocs": list(found.blocs),
        "leader": found.leader,
        "state": found.state,
        "why": found.why,
        "codebook": a.codebook,
        "position": a.position,
        "verdict": a.verdict,
        "by": a.by,
        "reason": a.reason,
    }


def _append(build: Build, stream: str, event: Event) -> None:
    build.store.append([Append(stream=stream, events=(event,))], at=build.clock())
    build.tracker.project()
