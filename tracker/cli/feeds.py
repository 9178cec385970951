"""feeds check, health, add, export, import: the sources."""

from pathlib import Path
from typing import Annotated

import typer

from tracker import catalog
from tracker.bootstrap import Build
from tracker.cli.common import contents, err, out, table, workspace, write
from tracker.errors import CatalogError, FeedError
from tracker.feeds import discover, opml
from tracker.feeds.discover import Checked
from tracker.feeds.listing import yaml_of
from tracker.model.articles import Feed
from tracker.projections import reads

app = typer.Typer(help="The sources: try them, see how they do, add and exchange them.", no_args_is_help=True)


@app.command()
def check(
    context: typer.Context,
    which: Annotated[str, typer.Argument(help="Id of a feed, or an address; default: every feed.")] = "",
) -> None:
    """Ask one feed (or all) now, and explain what is there."""
    build = workspace(context)
    settings, now = build.tracker.fetching, build.clock()
    wanted = [f for f in build.tracker.feeds if which in ("", f.id, f.url)]
    if wanted:
        checked = [discover.check(feed, at=now, settings=settings) for feed in wanted]
    else:
        if "://" not in which:
            raise FeedError(f"{which}: no feed has this id", remedy="see feeds.yaml, or give an address")
        checked = list(discover.discover(which, at=now, settings=settings))
    for one in checked:
        for line in one.lines:
            out.print(line, markup=False)
        for offer in one.offers:
            out.print(f"  it offers {offer}", markup=False, soft_wrap=True)
    bad = sum(one.problem is not None for one in checked)
    if bad:
        raise FeedError(f"{bad} of {len(checked)} did not answer as a feed", remedy="mend or remove them in feeds.yaml")


@app.command()
def health(
    context: typer.Context,
    conflict: Annotated[str, typer.Option(help="Only feeds for this conflict.")] = "",
) -> None:
    """What the coverage ledger says of every feed: silence, failures, dates and copies."""
    build = workspace(context)
    build.tracker.adopt_feeds()
    found = [
        h for h in reads.feed_health(build.engine, day=build.clock().date()) if not conflict or conflict in h.conflicts
    ]
    order = {"gone": 0, "failing": 1, "silent": 2, "never": 3, "observed": 4}
    found.sort(key=lambda h: (order[h.state], h.feed))
    rows = [
        (
            h.feed,
            h.state,
            h.last_success or "–",
            h.last_article.date() if h.last_article else "–",
            _percent(h.observed_share),
            "–" if h.per_day is None else f"{h.per_day:.1f}",
            _percent(h.undated_share),
            _percent(h.duplicate_share),
        )
        for h in found
    ]
    heads = ("feed", "state", "answered", "newest", "seen", "a day", "undated", "copies")
    out.print(table(heads, rows, right=(4, 5, 6, 7)))
    out.print("seen: days observed of the last 28; copies: articles that joined a story of another outlet", style="dim")
    for h in found:
        if h.problem:
            out.print(f"{h.feed}: {h.problem}", markup=False)


@app.command()
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="Address of a feed, or of a page that offers one.")],
    outlet: Annotated[str, typer.Option(help="Name of the outlet.")],
    bloc: Annotated[str, typer.Option(help="Bloc, e.g. wires or third-country.")],
    conflict: Annotated[list[str], typer.Option(help="Conflict it is expected to cover; may be repeated.")],
    owner: Annotated[str, typer.Option(help="Who owns it; independent owners corroborate. Default: the outlet.")] = "",
    country: Annotated[str, typer.Option(help="ISO 3166 code, or INT.")] = "INT",
    language: Annotated[str, typer.Option(help="ISO 639-1 code; default: as found.")] = "",
) -> None:
    """Find the feed behind an address, try it, and add it to feeds.yaml."""
    build = workspace(context)
    found = discover.discover(url, at=build.clock(), settings=build.tracker.fetching)
    usable = [one for one in found if one.problem is None]
    if not usable:
        raise _unusable(url, found)
    best = max(usable, key=lambda one: one.entries)
    feed = Feed(
        id=opml.slug(outlet, taken=[f.id for f in build.tracker.feeds]),
        url=best.permanent or best.final_url or best.url,
        outlet=outlet,
        owner=owner or opml.slug(outlet),
        country=country,
        language=language or next(iter(best.languages), "en"),
        bloc=bloc,
        conflicts=tuple(conflict),
    )
    for line in best.lines:
        out.print(line, markup=False)
    _append(build, [feed])
    out.print(f"added {feed.id} to feeds.yaml", markup=False)


@app.command("export")
def export_(context: typer.Context, file: Annotated[Path, typer.Argument(help="OPML file to write.")]) -> None:
    """Write all feeds as OPML, with outlet, owner, bloc and conflicts kept."""
    build = workspace(context)
    write(file, opml.export(build.tracker.feeds).encode())
    out.print(f"{len(build.tracker.feeds)} feeds written to {file}", markup=False)


@app.command("import")
def import_(context: typer.Context, file: Annotated[Path, typer.Argument(help="OPML file to read.")]) -> None:
    """Add the feeds of an OPML file to feeds.yaml; those already there are kept as they are."""
    build = workspace(context)
    found, problems = opml.read(contents(file))
    known = {f.id for f in build.tracker.feeds} | {f.url for f in build.tracker.feeds}
    fresh = [f for f in found if f.id not in known and f.url not in known]
    if fresh:
        _append(build, fresh)
    for problem in problems:
        err.print(f"{problem.subject}: {problem.reason}", markup=False)
    out.print(f"{len(fresh)} feeds added, {len(found) - len(fresh)} known already, {len(problems)} not usable")


def _append(build: Build, feeds: list[Feed]) -> None:
    """Write below what is there, so that a person's comments stay; checked before it is written."""
    path = build.settings.home / "feeds.yaml"
    before = path.read_text("utf-8") if path.is_file() else "feeds:\n"
    after = before.rstrip() + "\n" + yaml_of(feeds)
    catalog.feeds_of(after)
    path.write_text(after, "utf-8")


def _unusable(url: str, found: tuple[Checked, ...]) -> Exception:
    if not found:
        return CatalogError(f"{url}: no feed was found", remedy="look for an RSS or Atom link on the page")
    problem = found[0].problem
    reason = problem.reason if problem else "no feed was found"
    return FeedError(f"{url}: {reason}", remedy=problem.remedy if problem else "try another address")


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
