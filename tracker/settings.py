"""What a person may set for a workspace: one file, overridden by the environment, checked before anything runs."""

import dataclasses
import re
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from tracker import catalog
from tracker.digest.language import languages
from tracker.errors import SettingsError, WorkspaceError

MARKER = "tracker.toml"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):[0-5][0-9]")
_KINDS: Mapping[type, tuple[str, str]] = {
    bool: ("true or false", "write true or false, without quotes"),
    int: ("a whole number", "write a whole number, without quotes"),
    str: ("a text", "write it between quotes"),
    tuple: ("a list", 'write ["…", "…"]'),
}
_TEMPLATE = """\
# Settings of this Parley workspace. Every key may also be given as TRACKER_<KEY> in the environment.

contact = ""                  # an address that feed servers can write to; part of the User-Agent
# database_url = "postgresql+psycopg://user@host/parley"   # default: tracker.db in this folder
model = "auto"                # spaCy pipeline: auto, an installed package's name, or a path
recogniser = "default"        # default, off, or the folder of a recogniser that you trained
allow_private_networks = false  # true only for feeds on an intranet
collect_minutes = 30          # tracker run: time between collections
publish_day = "mon"           # tracker run: weekday and time of the weekly digest …
publish_time = "06:00"
timezone = "UTC"              # … in this zone
language = "en"               # of the pages: en or fr
site_url = ""                 # where the site will be served, for feeds and e-mail links
retention_days = 0            # tracker purge: bodies older than this; 0 keeps them

[mail]                        # tracker publish --mail
host = ""
port = 587
user = ""                     # the password comes from TRACKER_MAIL_PASSWORD
sender = ""
recipients = []
starttls = true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """How digests are mailed; the password is read from the environment only."""

    host: str = ""
    port: int = 587
    user: str = ""
    password: str = dataclasses.field(default="", repr=False)
    sender: str = ""
    recipients: tuple[str, ...] = ()
    starttls: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a person may set for one workspace."""

    home: Path
    contact: str = ""
    database_url: str = ""
    model: str = "auto"
    recogniser: str = "default"
    allow_private_networks: bool = False
    collect_minutes: int = 30
    publish_day: str = "mon"
    publish_time: str = "06:00"
    timezone: str = "UTC"
    language: str = "en"
    site_url: str = ""
    retention_days: int = 0
    mail: MailSettings = MailSettings()

    @property
    def url(self) -> str:
        """The database in use."""
        return self.database_url or f"sqlite:///{self.home / 'tracker.db'}"

    @property
    def site(self) -> Path:
        """Where pages are written."""
        return self.home / "site"


def find_home(start: Path, env: Mapping[str, str], explicit: Path | None = None) -> Path:
    """The workspace: `--home`, then TRACKER_HOME, then the nearest folder upwards with a tracker.toml.

    Raises WorkspaceError when there is none.
    """
    named = explicit or (Path(env["TRACKER_HOME"]) if env.get("TRACKER_HOME") else None)
    if named is not None:
        if not (named / MARKER).is_file():
            raise WorkspaceError(f"{named} is not a workspace: it has no {MARKER}", remedy=f"tracker init {named}")
        return named.resolve()
    for folder in (start, *start.parents):
        if (folder / MARKER).is_file():
            return folder.resolve()
    raise WorkspaceError(
        f"no workspace in {start} or above it",
        remedy="make one with `tracker init DIR`, or name one with --home or TRACKER_HOME",
    )


def make_workspace(home: Path) -> list[Path]:
    """Create a workspace with its own copies of feeds, conflicts and indicators; existing files are kept.

    Returns what was made. Raises WorkspaceError when the folder cannot be written.
    """
    source = catalog.defaults()
    made: list[Path] = []
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not (home / MARKER).exists():
            (home / MARKER).write_text(_TEMPLATE, "utf-8")
            made.append(home / MARKER)
        for name in ("feeds.yaml", "conflicts", "indicators"):
            target = home / name
            if target.exists():
                continue
            if (source / name).is_dir():
                shutil.copytree(source / name, target, ignore=shutil.ignore_patterns("training", "__pycache__"))
            else:
                shutil.copy(source / name, target)
            made.append(target)
    except OSError as refused:
        message = f"{home} cannot be made a workspace: {refused}"
        raise WorkspaceError(message, remedy="choose a folder that you may write to") from refused
    return made


def load_settings(home: Path, env: Mapping[str, str]) -> Settings:
    """tracker.toml, overridden by TRACKER_* of the environment. Raises SettingsError naming the key."""
    path = home / MARKER
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise SettingsError(f"{path.name}: {broken}", remedy="mend the file, or `tracker init` a new one") from None
    mail = given.pop("mail", {})
    if not isinstance(mail, dict):
        raise SettingsError(f"{path.name}: mail: should be a table", remedy="write [mail] and its keys below")
    names = {f.name for f in dataclasses.fields(Settings)} - {"home", "mail"}
    for name in names:
        if value := env.get(f"TRACKER_{name.upper()}"):
            given[name] = _from_environment(name, value)
    mail |= {"password": env.get("TRACKER_MAIL_PASSWORD", "")}
    settings = Settings(
        home=home,
        mail=MailSettings(**_checked(MailSettings, mail, "mail.")),
        **_checked(Settings, given, ""),
    )
    _sensible(settings)
    return settings


def _sensible(s: Settings) -> None:
    """Raises SettingsError for a value of the right type that cannot be meant."""
    site = urlsplit(s.site_url)
    web = not s.site_url or (site.scheme in {"http", "https"} and bool(site.netloc))
    for key, fine, remedy in (
        ("collect_minutes", 1 <= s.collect_minutes <= 1440, "write a whole number, 1 to 1440"),
        ("publish_day", s.publish_day in DAYS, f"write one of {', '.join(DAYS)}"),
        ("publish_time", _TIME.fullmatch(s.publish_time), "write a time of day, e.g. 06:00"),
        ("timezone", _is_zone(s.timezone), "write a zone such as Europe/Kyiv or UTC"),
        ("language", s.language in languages(), f"write one of {', '.join(languages())}"),
        ("retention_days", s.retention_days >= 0, "write a whole number, 0 to keep everything"),
        ("site_url", web, "write https://…, or leave it empty"),
    ):
        if not fine:
            raise SettingsError(f"{MARKER}: {key}: {getattr(s, key)!r} cannot be used", remedy=remedy)


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (OSError, ValueError, KeyError):  # a folder of zones, a path, an unknown name
        return False


def _from_environment(name: str, value: str) -> Any:
    kind = next(f.type for f in dataclasses.fields(Settings) if f.name == name)
    if kind is bool:
        return value.strip().lower() in {"1", "true", "yes", "on"}
    if kind is int:
        if not value.strip().isdigit():
            raise SettingsError(
                f"TRACKER_{name.upper()}: {value!r} is not a whole number", remedy="write a whole number"
            )
        return int(value)
    return value


def _checked(kind: type, given: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    fields = {f.name: f for f in dataclasses.fields(kind)}
    result: dict[str, Any] = {}
    for key, value in given.items():
        if key not in fields or key in {"home", "mail"}:
            known = ", ".join(n for n in fields if n not in {"home", "mail", "password"})
            raise SettingsError(f"{MARKER}: {prefix}{key}: unknown key", remedy=f"known keys: {known}")
        expected = fields[key].type
        if isinstance(value, list):
            value = tuple(str(item) for item in value)  # noqa: PLW2901 - TOML has lists, the vocabulary tuples
        if isinstance(expected, type) and (
            not isinstance(value, expected) or isinstance(value, bool) != (expected is bool)
        ):
            raise SettingsError(
                f"{MARKER}: {prefix}{key}: {value!r} is not {_KINDS[expected][0]}", remedy=_KINDS[expected][1]
            )
        result[key] = value
    return result
