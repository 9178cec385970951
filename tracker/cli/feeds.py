"""feeds check, health, add, export, import: the sources."""

from pathlib import Path
from typing import Annotated, Any

import typer
from yaml import YAMLError

from tracker import catalog
from tracker.bootstrap import Build
from tracker.cli.common import contents, err, out, some, table, workspace, write
from tracker.errors import CatalogError, FeedError
from tracker.feeds import discover, listing, opml
from tracker.feeds.discover import Checked
from tracker.model.articles import Feed
from tracker.projections import reads
from tracker.questions import known_conflict

STATES = {"unpolled": "idle"}  # shown by a shorter word, so that eight columns fit a narrow terminal
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
    if conflict:
        known_conflict(build.codebook, conflict)
    build.tracker.adopt_feeds()
    found = [
        h for h in reads.feed_health(build.engine, day=build.clock().date()) if not conflict or conflict in h.conflicts
    ]
    order = ("gone", "failing", "silent", "unpolled", "never", "observed")
    found.sort(key=lambda h: (order.index(h.state), h.feed))
    rows = [
        (
            h.feed,
            STATES.get(h.state, h.state),
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
        if h.problem and h.state != "unpolled":
            out.print(f"{h.feed}: {h.problem}", markup=False)
    for problem in dict.fromkeys(h.problem for h in found if h.state == "unpolled"):
        out.print(f"{problem}: run `tracker once`, or keep `tracker run` going", markup=False)


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
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="A feed on your own network: its private address may be asked.")
    ] = False,
) -> None:
    """Find the feed behind an address, try it, and add it to feeds.yaml."""
    build = workspace(context)
    _countable(build, country=country, language=language or "en", bloc=bloc, conflicts=tuple(conflict))
    _new(build, url)
    found = discover.discover(url, at=build.clock(), settings=build.tracker.fetching, allow_private=allow_private)
    usable = [one for one in found if one.problem is None]
    if not usable:
        raise _unusable(url, found)
    best = max(usable, key=lambda one: one.entries)
    feed = Feed(
        id=opml.slug(outlet, taken=[f.id for f in build.tracker.feeds]),
        url=_new(build, best.permanent or best.final_url or best.url),
        outlet=outlet,
        owner=owner or opml.slug(outlet),
        country=country,
        language=language or next(iter(best.languages), "en"),
        bloc=bloc,
        conflicts=tuple(conflict),
        allow_private=allow_private,
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
    out.print(f"{some(len(build.tracker.feeds), 'feed')} written to {file}", markup=False)


@app.command("import")
def import_(context: typer.Context, file: Annotated[Path, typer.Argument(help="OPML file to read.")]) -> None:
    """Add the feeds of an OPML file to feeds.yaml; those already there are kept as they are."""
    build = workspace(context)
    found, problems = opml.read(contents(file))
    known = {f.id for f in build.tracker.feeds} | {f.url for f in build.tracker.feeds}
    conflicts = catalog.countable(build.codebook)
    unknown = [f for f in found if f.id not in known and f.url not in known]
    faults = {f.id: fault for f in unknown for fault in [next(catalog.feed_faults(f, conflicts), None)] if fault}
    fresh = [f for f in unknown if f.id not in faults]
    if fresh:
        _append(build, fresh)
    for problem in problems:
        err.print(f"{problem.subject}: {problem.reason}", markup=False)
    for feed, (key, reason, remedy) in faults.items():
        err.print(f"{feed}: {key}: {reason}; {remedy}", markup=False)
    out.print(
        f"{some(len(fresh), 'feed')} added, {len(found) - len(unknown)} known already, "
        f"{len(problems) + len(faults)} not usable"
    )


def _append(build: Build, feeds: list[Feed]) -> None:
    """Write below what is there, so that a person's comments stay; read again before it is written."""
    path = build.settings.home / "feeds.yaml"
    before = path.read_bytes().decode("utf-8") if path.is_file() else "feeds: []\n"
    try:
        after = listing.appended(before, feeds)
        whole = catalog.feeds_of(after) == (*catalog.feeds_of(before), *feeds)
    except (ValueError, YAMLError, CatalogError):
        whole = False
    if not whole:
        remedy = "write the list below `feeds:` as lines that begin with `- `, then try again"
        raise CatalogError("feeds.yaml: nothing could be added to the list as it is written", remedy=remedy)
    catalog.feeds_of(after, conflicts=catalog.countable(build.codebook))
    path.write_bytes(after.encode("utf-8"))


def _new(build: Build, url: str) -> str:
    """An address, when no feed has it yet."""
    for feed in build.tracker.feeds:
        if feed.url == url:
            raise CatalogError(f"{url} is listed already, as {feed.id}", remedy=f"edit {feed.id} in feeds.yaml")
    return url


def _countable(build: Build, **given: Any) -> None:
    """Refuse what cannot be counted before a server is asked for it."""
    feed = Feed(id="feed", url="https://feed.invalid/", outlet="", owner="", **given)
    for key, problem, remedy in catalog.feed_faults(feed, catalog.countable(build.codebook)):
        raise CatalogError(f"--{'conflict' if key == 'conflicts' else key}: {problem}", remedy=remedy)


def _unusable(url: str, found: tuple[Checked, ...]) -> Exception:
    if not found:
        return CatalogError(f"{url}: no feed was found", remedy="look for an RSS or Atom link on the page")
    problem = found[0].problem
    reason = problem.reason if problem else "no feed was found"
    remedy = problem.remedy if problem else "try another address"
    if "allow_private" in remedy:  # said of feeds that are listed
        remedy = "if this is an intranet feed, add it with --allow-private"
    return FeedError(f"{url}: {reason}", remedy=remedy)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
