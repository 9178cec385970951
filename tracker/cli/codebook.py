"""indicator, evaluate, recode, backtest, train: what is measured, and how well."""

import csv
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker import catalog
from tracker.bootstrap import Build, read_codebook
from tracker.cli import reporting
from tracker.cli.common import err, out, progress, table, workspace, writable, write
from tracker.digest.reports import report_page
from tracker.errors import AnalysisError, CatalogError, QuestionError
from tracker.eventstore.backup import backup
from tracker.eventstore.locks import single_instance
from tracker.model.codebook import Codebook
from tracker.projections import reads
from tracker.questions import Standpoint, known_conflict
from tracker.questions.recoding import Recoded, recoded
from tracker.readiness.backtest import backtest as run_backtest
from tracker.readiness.errors_of_reading import as_json as quality_json
from tracker.readiness.truth import expectations

if TYPE_CHECKING:
    from tracker.nlp.examples import ExampleResult

TRUTH = ("kind", "date", "event", "signal", "party", "expected")
indicator_app = typer.Typer(help="Definitions of what is measured: try them, begin new ones.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.add_typer(indicator_app, name="indicator")
    for command in (evaluate, recode, backtest, train):
        app.command()(command)


@indicator_app.command("test")
def indicator_test(
    context: typer.Context,
    which: Annotated[str, typer.Argument(help="Only this indicator.")] = "",
    all_examples: Annotated[bool, typer.Option("--all", help="Print those that are read right as well.")] = False,
) -> None:
    """Run every definition's own examples through the reader."""
    from tracker.nlp import examples  # noqa: PLC0415 - loads the language model's room

    build = workspace(context)
    wanted = [i for i in build.codebook.indicators if which in ("", i.id)]
    tried = examples.check_examples(build.reader, wanted)
    if not tried:
        raise QuestionError(f"no indicator {which!r} with examples", remedy="see the folder indicators/")
    wrong = [t for t in tried if not t.ok]
    fresh = _not_shipped(wrong)
    rows = [
        (t.indicator, t.signal, "right" if t.ok else "wrong", t.expected, t.found, t.text)
        for t in (tried if all_examples else wrong)
    ]
    if rows:
        out.print(table(("indicator", "signal", "", "expected", "found", "sentence"), rows))
    out.print(f"{len(tried) - len(wrong)} of {len(tried)} examples are read as their files say")
    if known := len(wrong) - len(fresh):
        out.print(f"{known} of the others come with the program and are known to need context or the recogniser")
    if fresh:
        raise typer.Exit(1)


def _not_shipped(wrong: Sequence["ExampleResult"]) -> list["ExampleResult"]:
    """Examples that do not stand in the files that come with the program."""
    shipped = catalog.codebook_of(catalog.read_codebook_files(catalog.defaults()))
    known: set[tuple[str, str]] = set()
    for signal in (s for i in shipped.indicators for s in i.signals):
        known |= {(signal.id, e.text) for e in signal.examples}
        known |= {(signal.id, text) for frame in signal.frames for text in frame.examples}
    return [w for w in wrong if (w.signal, w.text) not in known]


@indicator_app.command("new")
def indicator_new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Id: lower case, digits, underscores.")],
    title: Annotated[str, typer.Option(help="Short title.")] = "",
    question: Annotated[str, typer.Option(help="What it asks.")] = "",
) -> None:
    """Begin a new indicator: a file that works, with one signal to change."""
    from tracker.nlp import examples  # noqa: PLC0415 - loads the language model's room

    build = workspace(context)
    path = build.settings.home / "indicators" / f"{name}.yaml"
    if path.exists():
        raise QuestionError(f"{path.name} exists", remedy="edit it, or choose another id")
    if name in {c.id for c in build.codebook.composites} | {i.id for i in build.codebook.indicators}:
        raise QuestionError(f"the id {name!r} is taken", remedy="choose another id")
    path.parent.mkdir(exist_ok=True)
    known = build.codebook.conflicts
    parties = tuple(party.name for party in known[0].parties) if known else ()
    path.write_text(examples.scaffold(name, title or name, question or "…?", " and ".join(parties)), "utf-8")
    try:
        read_codebook(build.settings.home, "")
    except CatalogError:
        path.unlink()
        raise
    out.print(f"made {path}; edit it, then run `tracker indicator test {name}`", markup=False)


def evaluate(
    context: typer.Context,
    gold: Annotated[list[Path], typer.Argument(help="Labelled sentences, one JSON object a line.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the documented JSON.")] = False,
    errors: Annotated[Path | None, typer.Option(help="Write the hundred worst errors to this HTML page.")] = None,
    quality: Annotated[
        Path | None, typer.Option(help="Write how whole texts are misread, for `quality.json` beside the weights.")
    ] = None,
) -> None:
    """How well the codebook in force reads labelled sentences; never report figures for what it was trained on."""
    from tracker.nlp import gold as gold_room  # noqa: PLC0415 - loads the language model's room
    from tracker.nlp.report import failures_page  # noqa: PLC0415 - as above

    writable(errors, quality)
    build = workspace(context)
    found, misread = gold_room.evaluate_with_quality(build.reader, gold)
    if as_json:
        sys.stdout.write(json.dumps(found.as_json()) + "\n")
    else:
        reporting.print_evaluation(found)
    if errors:
        write(errors, failures_page(found).encode())
        err.print(f"the worst errors are in {errors}", markup=False)
    if quality:
        write(quality, (json.dumps(quality_json(misread), indent=1) + "\n").encode())


def recode(
    context: typer.Context,
    codebook: Annotated[Path | None, typer.Option(help="Folder with indicators/ (and conflicts/) to try.")] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Dry run: say what would change, record nothing.")] = False,
    page: Annotated[Path | None, typer.Option(help="Also write the differences to this HTML page.")] = None,
) -> None:
    """Read everything again with another codebook, or only say what that would change."""
    writable(page)
    build = workspace(context)
    if codebook and not any((codebook / "indicators").glob("*.yaml")):
        raise QuestionError(
            f"{codebook}: no indicators/*.yaml there", remedy="name the folder that holds the folder indicators/"
        )
    folder = codebook or build.settings.home
    adopted = [note.codebook for note in reads.codebooks(build.engine)]
    if not adopted:
        raise QuestionError("nothing has been coded yet", remedy="run `tracker once` first")
    before = build.past_codebook(adopted[-1])
    after = read_codebook(folder, build.recogniser_name, beside=build.settings.home)
    if codebook and not diff:
        raise QuestionError(
            "a codebook is put in force by the workspace's own files", remedy=f"copy {codebook} there, or add --diff"
        )
    if diff:
        with tempfile.TemporaryDirectory(prefix="parley-recode-") as scratch:
            copy = Path(scratch) / "tracker.db"
            backup(build.engine, copy)
            trial = Build(replace(build.settings, database_url=f"sqlite:///{copy}"), build.clock, codebook=after)
            results = _recode(trial, before)
            trial.engine.dispose()
    else:
        with single_instance(build.engine, build.settings.home):
            results = _recode(build, before)
    for one in results:
        reporting.print_recoded(one)
    if page:
        write(page, report_page(reporting.recode_report(results, dry=diff)))
        out.print(f"the differences are in {page}", markup=False)
    if diff:
        out.print("nothing was recorded")


def _recode(build: Build, before: Codebook) -> list[Recoded]:
    with progress("reading again") as report:
        build.tracker.code(progress=report)
    now, position = build.clock(), reads.position(build.engine)
    results = []
    for conflict in build.codebook.conflicts:
        last = build.tracker.last_day(conflict.id, build.codebook)
        if last is None:
            continue
        then, new = (
            Standpoint(engine=build.engine, codebook=c, as_of=None, position=position, at=now)
            for c in (before, build.codebook)
        )
        if conflict.id in {c.id for c in then.codebook.conflicts}:
            results.append(recoded(then, new, conflict.id, last + timedelta(days=6 - last.weekday())))
    return results


def backtest(
    context: typer.Context,
    truth: Annotated[Path, typer.Argument(help="CSV: kind, date, event, signal, party, expected, confidence.")],
    conflict: Annotated[str, typer.Option(help="Conflict id.")],
    page: Annotated[Path | None, typer.Option(help="Also write a report page.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Do signals move with dated turning points, beyond placebo dates? Validates detection, not foresight."""
    writable(page)
    build = workspace(context)
    registered = known_conflict(build.codebook, conflict)
    try:
        with truth.open(encoding="utf-8-sig", newline="") as stream:
            table_of = csv.DictReader(stream, restval="")
            lacking = [name for name in TRUTH if name not in (table_of.fieldnames or ())]
            if lacking:
                raise QuestionError(
                    f"{truth}: no column {', '.join(lacking)}", remedy=f"the columns are {', '.join(TRUTH)}, confidence"
                )
            rows = expectations(
                table_of,
                signals={s.id for i in build.codebook.indicators for s in i.signals},
                parties={p.id for p in registered.parties},
                say=lambda told: err.print(told, markup=False),
            )
    except (OSError, UnicodeDecodeError, csv.Error) as broken:
        raise QuestionError(f"{truth}: cannot be read: {broken}", remedy="give a CSV in UTF-8") from broken
    build.tracker.project()
    found = run_backtest(reads.inputs(build.engine, conflict, build.codebook), build.codebook, rows)
    if as_json:
        sys.stdout.write(json.dumps(reporting.backtest_json(found)) + "\n")
    else:
        reporting.print_backtest(found)
    if page:
        write(page, report_page(reporting.backtest_report(found, conflict)))
        err.print(f"the report is in {page}", markup=False)


def train(
    context: typer.Context,
    gold: Annotated[list[Path], typer.Argument(help="Labelled sentences to learn from.")],
    out_folder: Annotated[Path, typer.Option("--out", help="Folder for the weights.")] = Path("recogniser"),
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 7,
    examples: Annotated[Path | None, typer.Option(help="Single-signal examples, one JSON object a line.")] = None,
    corpora: Annotated[Path | None, typer.Option(help="Folder of the corpora that label files point into.")] = None,
    labels: Annotated[list[Path] | None, typer.Option(help="Label files that point into --corpora.")] = None,
    apart: Annotated[list[Path] | None, typer.Option(help="Gold files that must stay unseen.")] = None,
) -> None:
    """Train the recogniser anew; needs the extra [train]. Use the result by `recogniser = "recogniser"`."""
    build = workspace(context)
    from tracker.nlp import training  # noqa: PLC0415 - only this command needs it

    invented = build.settings.home / "indicators" / "training" / "invented.jsonl"
    shipped = catalog.defaults() / "indicators" / "training" / "invented.jsonl"
    try:
        made = training.train(
            gold,
            out_folder,
            seed=seed,
            examples=examples,
            invented=invented if invented.is_file() else shipped,
            pointers=tuple(labels or ()),
            corpora=corpora,
            apart=tuple(apart or ()),
        )
    except ModuleNotFoundError as missing:
        raise AnalysisError(f"training needs {missing.name}", remedy="pip install 'parley-tracker[train]'") from missing
    out.print(f"weights written to {made}", markup=False)
