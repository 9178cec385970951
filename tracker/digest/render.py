"""Material → pages as bytes: one function per kind of page and `site` for all of them; same material, same bytes."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from tracker.digest import images, safe
from tracker.digest.atom import alerts_feed, digests_feed
from tracker.digest.filters import filters
from tracker.digest.glossary import TERMS
from tracker.digest.language import CATALOGUES, language
from tracker.digest.machine import SCHEMA, digest_json, site_json
from tracker.digest.records import PAGE, page_name, titles
from tracker.digest.subject import front_rows, subject_view, subjects
from tracker.digest.view import DigestMaterial, Download, Issue
from tracker.digest.week import WeekView, week_view
from tracker.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A file of the site: its path below the site's folder, with forward slashes, and its bytes."""

    path: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How pages are written: language, address of the site (empty: unknown), folder of templates."""

    language: str = "en"
    base_url: str = ""
    templates: Path | None = None
    cards: bool = False  # a PNG per week for link previews; needs the `mail` extra and a `base_url`


def templates_folder() -> Path:
    """The templates that came with the program. Raises SettingsError when there are none."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_defaults" / "templates", package.parent / "templates"):
        if (folder / "base.html").is_file():
            return folder
    raise SettingsError("the templates are missing", remedy="install the program again")


def templates_hash(look: Look | None = None) -> str:
    """First 12 hex digits of the hash over templates and catalogues: goes into `Method.templates`."""
    folder = (look or Look()).templates or templates_folder()
    digest = hashlib.sha256()
    for file in (*sorted(folder.glob("*.*")), *sorted(CATALOGUES.glob("*/LC_MESSAGES/*.po"))):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def site(
    materials: Sequence[DigestMaterial],
    *,
    look: Look | None = None,
    issues: Sequence[Issue] = (),
    downloads: Sequence[Download] = (),
) -> Iterator[Page]:
    """Every page that these materials give; the newest week of each conflict speaks on the shared pages.

    `issues` are digests already published (see `deliver.issues`).
    """
    look = look or Look()
    latest = newest(materials)
    for material in materials:
        yield from week_pages(material, look=look)
    for material in latest:
        yield from conflict_pages(material, look=look, downloads=downloads)
    yield from shared_pages(latest, look=look, issues=[*issues, *(issue(m, look) for m in materials)])


def newest(materials: Sequence[DigestMaterial]) -> tuple[DigestMaterial, ...]:
    """The newest material of each conflict, by conflict title."""
    found: dict[str, DigestMaterial] = {}
    for material in materials:
        known = found.get(material.conflict.id)
        if known is None or known.week < material.week:
            found[material.conflict.id] = material
    return tuple(sorted(found.values(), key=lambda m: (m.conflict.title, m.conflict.id)))


def issue(material: DigestMaterial, look: Look | None = None) -> Issue:
    """What the archive needs to know of a digest."""
    words = language((look or Look()).language)
    return Issue(
        conflict=material.conflict.id,
        title=material.conflict.title,
        week=material.week,
        at=material.at,
        position=material.as_of.position,
        codebook=material.as_of.codebook,
        headlines=tuple(words.say(line) for line in week_view(material).headlines),
    )


def week_pages(material: DigestMaterial, *, look: Look | None = None) -> Iterator[Page]:
    """The weekly page, its evidence pages, its JSON and card; the first is the page whose hash is recorded.

    Raises SettingsError when cards are asked for without the extra that draws them.
    """
    look = look or Look()
    folder = safe.slug(material.conflict.id)
    view = week_view(material)
    yield Page(path=f"{folder}/{material.week}.html", body=_week(view, look))
    yield from _evidence(view, look)
    yield Page(path=f"{folder}/{material.week}.json", body=digest_json(view, language(look.language)))
    if look.cards:
        if not images.available():
            raise SettingsError("cards need matplotlib and pillow", remedy="install parley-tracker[mail]")
        yield Page(path=f"{folder}/{material.week}.png", body=images.card_png(material))


def conflict_pages(
    material: DigestMaterial,
    *,
    look: Look | None = None,
    downloads: Sequence[Download] = (),
) -> Iterator[Page]:
    """The pages of a conflict that follow its newest week: `latest.html`, indicators, downloads."""
    look = look or Look()
    folder = safe.slug(material.conflict.id)
    view = week_view(material)
    yield Page(path=f"{folder}/latest.html", body=_week(view, look))
    yield Page(path=f"{folder}/digest.json", body=digest_json(view, language(look.language)))
    mine = [d for d in downloads if d.conflict == material.conflict.id]
    for subject in subjects(material):
        page = subject_view(material, subject, mine)
        body = _print("subject.html", look, root="../", page=page)
        yield Page(path=f"{folder}/{safe.slug(subject.id)}.html", body=body)
    for download in mine:
        yield Page(path=f"{folder}/data/{safe.slug(download.subject)}.{download.format}", body=download.body)


def shared_pages(
    latest: Sequence[DigestMaterial], *, look: Look | None = None, issues: Sequence[Issue] = ()
) -> Iterator[Page]:
    """Front page, sources, archive, method, glossary, Atom feeds, JSON and its schema."""
    look = look or Look()
    groups = archive(issues)
    yield Page(path="index.html", body=_print("front.html", look, root="", conflicts=front_rows(latest)))
    yield Page(path="sources.html", body=_print("sources.html", look, root="", conflicts=_sources(latest)))
    yield Page(path="archive.html", body=_print("archive.html", look, root="", groups=groups))
    if latest:
        method = latest[0].method
        known = {"codebook": method.codebook, "method": method, "names": titles(method.codebook)}
        yield Page(path="method.html", body=_print("method.html", look, root="", **known))
        yield Page(path="glossary.html", body=_print("glossary.html", look, root="", terms=TERMS, **known))
    words = language(look.language)
    yield Page(path="feed.xml", body=digests_feed([i for g in groups for i in g], words, base_url=look.base_url))
    yield Page(path="alerts.xml", body=alerts_feed(latest, words, base_url=look.base_url))
    yield Page(path="digest.json", body=site_json(latest, words))
    yield Page(path="digest.schema.json", body=SCHEMA)


def archive(issues: Sequence[Issue]) -> tuple[tuple[Issue, ...], ...]:
    """Issues by conflict title, newest first; of two for one week the later position stands."""
    best: dict[tuple[str, str], Issue] = {}
    for one in issues:
        known = best.get((one.conflict, one.week))
        if known is None or known.position <= one.position:
            best[one.conflict, one.week] = one
    ordered = sorted(best.values(), key=lambda i: i.week, reverse=True)
    conflicts = sorted({(i.title, i.conflict) for i in ordered})
    return tuple(tuple(i for i in ordered if i.conflict == conflict) for _, conflict in dict.fromkeys(conflicts))


def template(name: str, look: Look) -> Template:
    """A template of the folder in use, with this room's filters, in the language asked for."""
    return _environment(look.language, str(look.templates or templates_folder())).get_template(name)


def _week(view: WeekView, look: Look) -> bytes:
    folder = safe.slug(view.material.conflict.id)
    base = f"{look.base_url.rstrip('/')}/{folder}/" if look.base_url else ""
    return _print(
        "week.html",
        look,
        root="../",
        view=view,
        canonical=f"{base}{view.material.week}.html",
        card=f"{base}{view.material.week}.png" if look.cards and base else "",
    )


def _evidence(view: WeekView, look: Look) -> Iterator[Page]:
    material, found = view.material, view.records
    pages = max(1, -(-len(found) // PAGE))
    for number in range(1, pages + 1):
        first = (number - 1) * PAGE
        body = _print(
            "evidence.html",
            look,
            root="../",
            m=material,
            records=found[first : first + PAGE],
            total=len(found),
            counted=sum(q.counted for q in found),
            number=number,
            pages=pages,
            first=first,
        )
        yield Page(path=f"{safe.slug(material.conflict.id)}/{page_name(material.week, number)}", body=body)


def _sources(latest: Sequence[DigestMaterial]) -> list[dict[str, object]]:
    return [
        {
            "title": m.conflict.title,
            "feeds": sorted(m.feeds, key=lambda f: (f.outlet.lower(), f.feed)),
            "blocs": {b.id: b.title for b in m.conflict.blocs},
        }
        for m in latest
    ]


def _print(name: str, look: Look, *, root: str, **values: object) -> bytes:
    text = template(name, look).render(root=root, **values)
    return (text.rstrip() + "\n").encode()


@lru_cache(maxsize=8)
def _environment(code: str, folder: str) -> Environment:
    words = language(code)
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(filters(words))
    css = environment.get_template("style.css").render().strip()
    shown = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    environment.globals.update(
        _=words.gettext,
        language=words,
        css=_Style(css),
        policy=f"default-src 'none'; style-src 'sha256-{shown}'; img-src data:; base-uri 'none'; form-action 'none'",
    )
    return environment


class _Style(str):
    """The page's own style sheet: part of the program, not of what strangers wrote."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)
