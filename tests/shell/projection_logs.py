"""Logs made by chance from a seed, small codebooks to read them with, and what all tables of a database hold."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, event, select

from tracker.database import connect, migrate, reading
from tracker.eventstore.store import Append, EventStore
from tracker.model.articles import Article, Feed
from tracker.model.codebook import Bloc, Codebook, Conflict, Indicator, Party, SignalDefinition
from tracker.model.events import (
    AlertConfirmed,
    AlertRaised,
    ArchiveImported,
    ArticleCollected,
    ArticleRevised,
    CodebookAdopted,
    DigestPublished,
    Event,
    FeedFailed,
    FeedGone,
    FeedMoved,
    FeedObserved,
    FeedRecovered,
    FeedsAdopted,
    HappeningNoted,
    SignalReviewed,
    record_of,
)
from tracker.model.readings import Alert
from tracker.model.signals import ALL, Signal
from tracker.model.sketch import signature
from tracker.projections import schema
from tracker.testing import a_coding, a_signal, an_article, body_hash

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
CONFLICT, OTHER = "varnland-kestria", "north-south"
VERSIONS = ("aaaaaaaaaaaa", "bbbbbbbbbbbb")


def a_definition(name: str, **telling: object) -> SignalDefinition:
    plain = {"title": name, "definition": "", "theory": "", "weight": 0.5, "half_life_days": 21}
    plain |= {"polarity": {}, "modes": ("held", "stick"), "intensity": ""}
    return SignalDefinition(id=name, **(plain | telling))


def an_indicator(name: str, *signals: SignalDefinition) -> Indicator:
    return Indicator(id=name, title=name, question="", theory="", level="party", status="trial", signals=signals)


def a_conflict(name: str, *parties: str, blocs: tuple[str, ...] = ()) -> Conflict:
    return Conflict(
        id=name,
        title=name,
        description="",
        started=date(2024, 1, 1),
        parties=tuple(Party(id=p, name=p) for p in parties),
        blocs=tuple(Bloc(id=b, title=b) for b in blocs),
    )


def a_codebook(version: str = VERSIONS[0]) -> Codebook:
    contact = an_indicator(
        "contact_channel", a_definition("talks_activity", act=True), a_definition("back_channel", act=True)
    )
    offers = an_indicator("third_party_way_out", a_definition("inducement", motivation_modes=("stick",)))
    return Codebook(
        version=version,
        indicators=(contact, offers),
        composites=(),
        conflicts=(
            a_conflict(CONFLICT, "VRN", "KES", blocs=("wires", "aligned-vrn", "aligned-kes", "third-country")),
            a_conflict(OTHER, "NOR", "SOU", blocs=("wires", "third-country")),
        ),
    )


CODEBOOKS: Mapping[str, Codebook] = {version: a_codebook(version) for version in VERSIONS}


def a_feed(name: str, bloc: str, owner: str, **telling: object) -> Feed:
    plain = {"url": f"https://{name}.example/feed", "outlet": name.title(), "country": "INT", "language": "en"}
    return Feed(id=name, bloc=bloc, owner=owner, **(plain | {"conflicts": (CONFLICT,)} | telling))


FEEDS = (
    a_feed("lisse-wire", "wires", "lisse"),
    a_feed("oster-post", "aligned-vrn", "oster", conflicts=(CONFLICT, OTHER)),
    a_feed("oster-radio", "aligned-vrn", "oster"),
    a_feed("maren-times", "aligned-kes", "maren"),
    a_feed("sable-daily", "elsewhere", "sable"),
)

_WORDS = (  # noqa: SIM905 -- sixty quoted words read worse
    "envoys ministers generals talks ceasefire border valley river bridge winter offensive army council aid grain "
    "prisoners exchange summit proposal offer guarantee sanctions delegation capital morning spokesman president "
    "chancellor rebels shelling truce village hospital road convoy assembly vote league compact mediator letter"
).split()


class Chance:
    """A log that grows event by event, all of it from one seed."""

    def __init__(self, seed: int, *, days: float = 9.0) -> None:
        self.random = random.Random(seed)
        self.days = days
        self.articles: list[Article] = []
        self.revisions: dict[str, int] = {}
        self.coded: list[tuple[str, str]] = []  # article, signal key
        self.alerts: list[str] = []
        self.made = 0

    def events(self, number: int) -> Iterator[tuple[str, Event]]:
        """So many (stream, event), in order."""
        for version in VERSIONS[:1]:
            yield "codebook", CodebookAdopted(codebook=version, recogniser="", files={"a": version})
        yield "feeds", FeedsAdopted(feeds=FEEDS[:4])
        for n in range(number - 2):
            yield self._event(n / max(number, 1))

    def _event(self, share: float) -> tuple[str, Event]:
        chance = self.random
        kind = chance.choices(("collect", "code", "revise", "review", "feed", "note"), weights=(34, 40, 6, 8, 8, 4))[0]
        if kind == "collect" or not self.articles:
            return self._collect()
        article = chance.choice(self.articles[-40:])
        match kind:
            case "code":
                return f"article-{article.id}", self._coding(article)
            case "revise":
                self.revisions[article.id] += 1
                later = article.published_at or START
                changed = replace(
                    article,
                    title=f"{article.title} corrected",
                    published_at=later + timedelta(hours=chance.choice((-90, -5, 0, 3, 40))),
                )
                record = record_of(changed, body_hash("x"))
                return f"article-{article.id}", ArticleRevised(article=record, revision=self.revisions[article.id])
            case "review" if self.coded:
                which, key = chance.choice(self.coded[-60:])
                verdict = chance.choice(("confirmed", "rejected", "withdrawn"))
                review = SignalReviewed(article=which, signal_key=key, verdict=verdict, reason="r", by="a person")
                return f"article-{which}", review
            case "feed":
                return self._feed(share)
            case _:
                return self._note(share)

    def _collect(self) -> tuple[str, Event]:
        chance = self.random
        self.made += 1
        feed = chance.choice(FEEDS)
        old = [a for a in self.articles[-30:] if a.text]
        if old and chance.random() < 0.45:
            parent = chance.choice(old)
            words = parent.text.split()
            if chance.random() < 0.5:
                words[chance.randrange(len(words))] = "changed"
            title, text = parent.title, " ".join(words)
        else:
            title = " ".join(chance.choices(_WORDS, k=6))
            text = " ".join(chance.choices(_WORDS, k=90)) + f" {self.made}"
        dated = chance.random() > 0.08
        published = START + timedelta(days=chance.random() * self.days) if dated else None
        article = an_article(
            url=f"https://{feed.id}.example/{self.made}",
            title=title,
            text=text,
            feed=feed.id,
            outlet=feed.outlet,
            owner=feed.owner,
            bloc=feed.bloc,
            published_at=published,
            date_source="entry" if dated else "none",
            signature=signature(title, text),
        )
        self.articles.append(article)
        self.revisions[article.id] = 0
        return f"article-{article.id}", ArticleCollected(article=record_of(article, body_hash(text)))

    def _coding(self, article: Article) -> Event:
        chance = self.random
        signals = {s.key: s for s in (self._signal() for _ in range(chance.choice((0, 1, 2, 3))))}
        self.coded += [(article.id, key) for key in signals]
        revision = max(0, self.revisions[article.id] - chance.choice((0, 0, 0, 1)))
        conflicts = chance.choice(((CONFLICT,), (CONFLICT, OTHER), ()))
        return a_coding(
            article.id,
            *signals.values(),
            revision=revision,
            codebook=chance.choice((VERSIONS[0], VERSIONS[0], VERSIONS[1])),
            conflicts=conflicts,
        )

    def _signal(self) -> Signal:
        chance = self.random
        conflict = chance.choice((CONFLICT, CONFLICT, OTHER))
        parties = {CONFLICT: ("VRN", "KES"), OTHER: ("NOR", "SOU")}[conflict]
        return a_signal(
            conflict=conflict,
            signal=chance.choice(("talks_activity", "back_channel", "inducement")),
            mode=chance.choice(("held", "stick")),
            polarity=chance.choice((-1, 0, 1, 1)),
            intensity=chance.choice((1, 2, 3)),
            locus=chance.choice((*parties, ALL)),
            speaker_class=chance.choice(("leader", "official", "narration", "analyst")),
            speaker_side=chance.choice(("self", "opponent", "media")),
            probability=round(chance.uniform(0.3, 0.99), 3),
            self_perceived=chance.random() < 0.2,
            sentence=chance.randrange(9),
        )

    def _feed(self, share: float) -> tuple[str, Event]:
        chance = self.random
        feed = chance.choice(FEEDS)
        day = (START + timedelta(days=share * self.days)).date()
        match chance.randrange(8):
            case 0:
                return f"feed-{feed.id}", FeedFailed(feed=feed.id, reason="no answer")
            case 1:
                return f"feed-{feed.id}", FeedRecovered(feed=feed.id, failures=3)
            case 2:
                return f"feed-{feed.id}", FeedMoved(feed=feed.id, old=feed.url, new=feed.url + "/new")
            case 3 if chance.random() < 0.3:
                return f"feed-{feed.id}", FeedGone(feed=feed.id, url=feed.url)
            case 4:
                some = tuple(sorted(chance.sample(FEEDS, k=chance.randrange(2, 6)), key=lambda f: f.id))
                return "feeds", FeedsAdopted(feeds=some)
            case _:
                return f"feed-{feed.id}", FeedObserved(feed=feed.id, day=day)

    def _note(self, share: float) -> tuple[str, Event]:
        chance = self.random
        day = (START + timedelta(days=share * self.days)).date()
        match chance.randrange(6):
            case 0:
                return f"conflict-{CONFLICT}", HappeningNoted(conflict=CONFLICT, day=day, title="A round of talks")
            case 1:
                alert = an_alert(week=day - timedelta(days=day.weekday()))
                return f"conflict-{CONFLICT}", AlertRaised(alert=alert, codebook=VERSIONS[0])
            case 2:
                name = f"{CONFLICT}:back_channel:VRN:+1:2026-03-02:first"
                return f"conflict-{CONFLICT}", AlertConfirmed(alert=name, verdict="confirmed", by="a person")
            case 3:
                digest = DigestPublished(
                    conflict=CONFLICT,
                    week="2026-W10",
                    at=START,
                    as_of=1,
                    codebook=VERSIONS[0],
                    templates="t",
                    sha256="s",
                )
                return f"conflict-{CONFLICT}", digest
            case 4:
                version = chance.choice(VERSIONS)
                return "codebook", CodebookAdopted(codebook=version, recogniser="", files={"a": version})
            case _:
                archive = ArchiveImported(
                    archive="old",
                    digest="d",
                    articles=3,
                    rejected=0,
                    outlets=("Oster-Post", "Elsewhere"),
                    since=START.date() - timedelta(days=2),
                    until=START.date() + timedelta(days=1),
                )
                return "archive-old", archive


def an_alert(**telling: object) -> Alert:
    plain = {"kind": "first", "conflict": CONFLICT, "signal": "back_channel", "party": "VRN", "polarity": 1}
    plain |= {"week": date(2026, 3, 2), "count": 3, "baseline": 0.5, "deviation": 0.5, "z": 5.0, "probability": 0.99}
    plain |= {"blocs": ("wires",), "leader": False, "p_value": 0.001, "state": "awaiting-confirmation"}
    return Alert(**(plain | telling))


def grow(store: EventStore, events: Iterator[tuple[str, Event]], *, of: int, days: float = 9.0) -> None:
    """Append events one at a time, the recording moments spread over so many days."""
    begun = store.head().position
    for n, (stream, fact) in enumerate(events):
        at = START + timedelta(days=days * (begun + n) / max(of, 1))
        store.append([Append(stream=stream, events=(fact,))], at=at)


def a_log(store: EventStore, seed: int, number: int) -> None:
    """A log of so many events, by chance."""
    grow(store, Chance(seed).events(number), of=number)


def a_database(path: Path) -> Engine:
    """A migrated SQLite database that trusts the operating system to keep what was written: ours is what may die."""
    engine = connect(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def unhurried(connection: object, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]  # a sqlite3.Connection

    migrate(engine)
    return engine


def contents(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table in force, in order; the checkpoint's position with them."""
    with reading(engine) as connection:
        pointer = schema.pointer(connection)
        assert pointer is not None
        found: dict[str, list[tuple[object, ...]]] = {"position": [(pointer.position,)]}
        for table in schema.tables(pointer.generation).every():
            name = table.name.rpartition("_g")[0]
            found[name] = sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
    return found
