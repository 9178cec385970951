"""Messages, dates and numbers in the reader's language; quotations and the codebook stay in theirs."""

import gettext
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_interval
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from tracker.digest.wording import Percent, Say
from tracker.errors import SettingsError

CATALOGUES = Path(__file__).resolve().parent.parent / "locale"
SOURCE = "en"


class Language:
    """One reader's language: `code` is "en" or the name of a folder in `tracker/locale`."""

    def __init__(self, code: str = SOURCE) -> None:
        self.code = code
        self.locale = Locale.parse("en_GB" if code == SOURCE else code)
        self._messages = _catalogue(code)

    def gettext(self, message: str, /, **values: object) -> str:
        """A message of the catalogue with its values written in this language."""
        return self._fill(self._messages.gettext(message), values)

    def say(self, sentence: Say) -> str:
        """A sentence with its values; sentences inside sentences are said first."""
        if sentence.plural:
            message = self._messages.ngettext(sentence.message, sentence.plural, sentence.count)
        else:
            message = self._messages.gettext(sentence.message)
        return self._fill(message, sentence.values)

    def day(self, day: date | None) -> str:
        """A day written out: 16 November 2026."""
        return "" if day is None else _day(self.locale, day, "long")

    def short(self, day: date | None) -> str:
        """A day in short: 16 Nov."""
        return "" if day is None else _day(self.locale, day, "d MMM")

    def month(self, day: date) -> str:
        """A month on an axis; January carries its year."""
        return _day(self.locale, day, "MMM yyyy" if day.month == 1 else "MMM")

    def span(self, monday: date) -> str:
        """A week from its Monday: 16–22 November 2026."""
        return _span(self.locale, monday)

    def moment(self, moment: datetime | None) -> str:
        """A moment to the minute, in UTC."""
        return "" if moment is None else f"{self.day(moment.date())}, {moment:%H:%M} UTC"

    def whole(self, value: float | None) -> str:
        """A reading: no decimals, a dash when there is none."""
        return "–" if value is None else _decimal(self.locale, round(value), "#,##0")

    def one(self, value: float | None) -> str:
        """At most one decimal."""
        return "–" if value is None else _decimal(self.locale, round(value, 1), "#,##0.#")

    def fixed(self, value: float | None) -> str:
        """One decimal, always, so that columns of numbers line up."""
        return "–" if value is None else _decimal(self.locale, round(value, 1), "#,##0.0")

    def tiny(self, value: float | None) -> str:
        """A probability; what would round to nothing is said to be below a thousandth."""
        return self.exact(value) if value is None or value >= 0.001 else f"< {self.exact(0.001)}"

    def exact(self, value: float | None) -> str:
        """Three decimals, for weights and probabilities."""
        return "–" if value is None else _decimal(self.locale, round(value, 3), "#,##0.0##")

    def signed(self, value: float | None) -> str:
        """A difference with its sign, one decimal, a true minus."""
        if value is None:
            return "–"
        text = _decimal(self.locale, abs(round(value, 1)), "#,##0.0")
        sign = "+" if round(value, 1) > 0 else "−" if round(value, 1) < 0 else "±"
        return f"{sign}{text}"

    def percent(self, share: float | None) -> str:
        """A share as a percentage without decimals."""
        return "–" if share is None else _percent(self.locale, share)

    def _fill(self, message: str, values: Mapping[str, object]) -> str:
        if not values:
            return message
        return message.format_map({name: self._word(value) for name, value in values.items()})

    def _word(self, value: object) -> str:
        match value:
            case Say():
                return self.say(value)
            case Percent():
                return self.percent(value.share)
            case date():
                return self.day(value)
            case int():
                return _decimal(self.locale, value, "#,##0")
            case float():
                return self.one(value)
            case _:
                return str(value)


def languages() -> tuple[str, ...]:
    """The languages a digest can be written in."""
    return (SOURCE, *sorted(p.parent.parent.name for p in CATALOGUES.glob("*/LC_MESSAGES/digest.po")))


@cache
def language(code: str) -> Language:
    """The language of a code. Raises SettingsError for one without a catalogue."""
    if code not in languages():
        raise SettingsError(f"there is no catalogue for language {code!r}", remedy=f"choose {', '.join(languages())}")
    return Language(code)


@lru_cache(maxsize=4096)
def _day(locale: Locale, day: date, form: str) -> str:
    return str(format_date(day, format=form, locale=locale))


@lru_cache(maxsize=1024)
def _span(locale: Locale, monday: date) -> str:
    return str(format_interval(monday, monday + timedelta(days=6), "yMMMMd", locale=locale))


@lru_cache(maxsize=8192)
def _decimal(locale: Locale, value: float, form: str) -> str:
    return str(format_decimal(value, format=form, locale=locale))


@lru_cache(maxsize=1024)
def _percent(locale: Locale, share: float) -> str:
    return str(format_percent(share, locale=locale))


def _catalogue(code: str) -> gettext.NullTranslations:
    if code == SOURCE:
        return gettext.NullTranslations()
    compiled = BytesIO()
    with (CATALOGUES / code / "LC_MESSAGES" / "digest.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
