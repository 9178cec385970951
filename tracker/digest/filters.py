"""What templates may ask of a value: its words, its numbers by locale, its drawing."""

from collections.abc import Callable
from datetime import datetime

from markupsafe import Markup

from tracker.digest import records, safe, subject, week, wording
from tracker.digest.figures import Figure
from tracker.digest.language import Language
from tracker.digest.subject import SubjectView
from tracker.digest.view import Correction, DigestMaterial, RaisedAlert, monday_of
from tracker.digest.week import WeekView
from tracker.digest.wording import say, some
from tracker.model.clock import utc_day
from tracker.model.evidence import FeedHealth
from tracker.model.readings import Alert, Happening, Reading
from tracker.model.signals import ALL

FLAGS = {
    "conditional": wording.N_("conditional"),
    "contested": wording.N_("contested"),
    "imputed": wording.N_("imputed by another"),
    "self_perceived": wording.N_("said of itself"),
    "is_spoiler": wording.N_("spoiler"),
}
STATES = {
    "ok": wording.N_("ok"),
    "one-sided": wording.N_("one-sided sources"),
    "contested": wording.N_("contested"),
    "insufficient": wording.N_("insufficient evidence"),
    "withheld": wording.N_("withheld"),
    "not-assessable": wording.N_("not assessable"),
}
LEGS = {
    "own": wording.N_("own"),
    "opponent": wording.N_("of the opponent"),
    "weakest": wording.N_("the lower of both"),
}


def filters(language: Language) -> dict[str, Callable[..., object]]:
    """Every filter, bound to one language."""
    names = _Filters(language)
    plain = ("day", "short", "span", "whole", "one", "exact", "fixed", "tiny", "signed", "percent", "moment", "say")
    return {
        **{name: getattr(language, name) for name in plain},
        **{name: getattr(names, name) for name in dir(names) if not name.startswith("_")},
        "clean": safe.short,
        "slug": safe.slug,
        "monday": monday_of,
        "evidencepage": lambda number, iso: records.page_name(iso, number),
    }


class _Filters:
    def __init__(self, language: Language) -> None:
        self._language = language

    def _t(self, message: str, **values: object) -> str:
        return self._language.gettext(message, **values)

    def polarity(self, polarity: int) -> str:
        return self._t(wording.POLARITY.get(polarity, wording.POLARITY[0]))

    def speaker(self, quote: records.Quote) -> str:
        kind = self._t(wording.SPEAKERS.get(quote.speaker_class, quote.speaker_class))
        return f"{quote.speaker} ({kind})" if quote.speaker else kind

    def side(self, quote: records.Quote) -> str:
        return self._t(wording.SIDES.get(quote.speaker_side, quote.speaker_side))

    def factuality(self, quote: records.Quote) -> str:
        return self._t(wording.FACTUALITY.get(quote.factuality, quote.factuality))

    def factor(self, name: str) -> str:
        return self._t(wording.FACTORS.get(name, name))

    def flag(self, name: str) -> str:
        return self._t(FLAGS[name])

    def review(self, quote: records.Quote) -> str:
        return self._t(wording.REVIEWS[quote.review])

    def statename(self, reading: Reading) -> str:
        return self._t(STATES[reading.state])

    def feedstate(self, feed: FeedHealth) -> str:
        return self._t(wording.FEED_STATES[feed.state])

    def legof(self, of: str) -> str:
        return self._t(LEGS[of])

    def alertkind(self, alert: Alert) -> str:
        return self._t(wording.ALERTS[alert.kind])

    def alertstate(self, raised: RaisedAlert) -> str:
        if raised.verdict == "confirmed":
            return self._t("confirmed by a person")
        if raised.verdict == "dismissed":
            return self._t("dismissed by a person")
        return self._t(wording.ALERT_STATES[raised.alert.state])

    def correction(self, correction: Correction) -> str:
        return self._t(wording.CORRECTIONS[correction.kind])

    def party(self, party: str, material: DigestMaterial) -> str:
        if party in ("", ALL):
            return self._t("both parties")
        return next((p.name for p in material.conflict.parties if p.id == party), party)

    def spaced(self, name: str) -> str:
        return safe.short(name.replace("_", " "), 80)

    def balance(self, value: float | None) -> str:
        if value is None:
            return "–"
        sign = "+" if round(value, 2) > 0 else "−" if round(value, 2) < 0 else ""
        return f"{sign}{self._language.exact(abs(round(value, 2)))}"

    def weight(self, value: float) -> str:
        return f"{'−' if value < 0 else '+' if value > 0 else ''}{self._language.exact(abs(value))}"

    def shortmoment(self, moment: datetime | None) -> str:
        return "–" if moment is None else self._language.short(utc_day(moment))

    def linked(self, happening: Happening) -> Markup:
        return _linked(happening.title, happening.url)

    def titled(self, correction: Correction) -> Markup:
        return _linked(correction.title, correction.url)

    def stories(self, count: int) -> str:
        return self._language.say(some("{n} story", "{n} stories", count))

    def basis(self, figure: Figure) -> str:
        stories = some("{n} story", "{n} stories", figure.stories)
        owners = some("{n} owner", "{n} owners", figure.owners)
        if figure.prevalence is None:
            return self._language.say(say("{stories}, {owners}", stories=stories, owners=owners))
        return self._language.say(
            say(
                "{stories}, {owners}; {rate} mentions per 100 stories",
                stories=stories,
                owners=owners,
                rate=round(100 * figure.prevalence, 1),
            )
        )

    def legs(self, figure: Figure) -> str:
        return ", ".join(self._language.say(leg) for leg in figure.missing)

    def spark(self, figure: Figure) -> Markup:
        title = self._t("{title} {party}: the last weeks", title=figure.title, party=figure.party_name)
        return _drawing(week.spark(figure, title=title, desc=self._series([p.value for p in figure.spark.points])))

    def history(self, page: SubjectView) -> Markup:
        title = self._t("{title}: full history", title=page.title)
        parts = [f"{line.label or page.title}: {self._series([p.value for p in line.points])}" for line in page.lines]
        return _drawing(subject.history_chart(page, title=title, desc=" ".join(parts), label=self._language.month))

    def plane(self, view: WeekView) -> Markup:
        cells = [self._t(wording.CELLS[c][0]) for c in ("front", "back", "instrumental", "closed")]
        desc = " ".join(self._language.say(p) for p in view.places)
        words = (self._t("cost of being seen to talk →"), self._t("readiness →"))
        title = self._t("Readiness and cost of each party over the last weeks")
        return _drawing(week.plane(view, words=words, cells=cells, title=title, desc=desc))

    def columns(self, raised: RaisedAlert, index: int) -> Markup:
        title = self._t("Weekly stories up to the alert")
        desc = ", ".join(str(c) for c in raised.counts)
        return _drawing(week.alert_columns(raised, index, title=title, desc=desc))

    def blocbar(self, view: WeekView) -> Markup:
        title = self._t("Share of the week's stories by bloc")
        desc = "; ".join(f"{b.title} {self._language.percent(b.share)}" for b in view.blocs)
        return _drawing(week.bloc_bar(view, title=title, desc=desc))

    def _series(self, values: list[float | None]) -> str:
        known = [v for v in values if v is not None]
        if not known:
            return self._t("no reading could be given")
        return self._language.say(
            some(
                "{n} reading, from {first} to {last}, lowest {low}, highest {high}",
                "{n} readings, from {first} to {last}, lowest {low}, highest {high}",
                len(known),
                first=round(known[0]),
                last=round(known[-1]),
                low=round(min(known)),
                high=round(max(known)),
            )
        )


def _linked(title: str, url: str) -> Markup:
    words, found = safe.short(title), safe.link(url)
    if found is None:
        return Markup("{}").format(words)
    return Markup('<a href="{}" rel="noopener noreferrer nofollow">{}</a>').format(found, words or found)


def _drawing(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704 - drawn by this room, every text in it escaped
