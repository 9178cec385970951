"""Material → an e-mail that can be read without images, in dark mode and in clients that clip at 102 kB; and SMTP."""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import Literal

from tracker.digest import images, safe
from tracker.digest.charts import range_of
from tracker.digest.figures import TRAIL_WEEKS
from tracker.digest.language import language
from tracker.digest.render import Look, template
from tracker.digest.view import DigestMaterial
from tracker.digest.week import WeekView, week_view
from tracker.errors import DeliveryError, SettingsError

LARGEST = 100_000  # bytes of the HTML part: clients clip at 102 kB
BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """Where and how mail goes out; `recipients` are told of by Bcc, so that none sees the others."""

    sender: str
    recipients: tuple[str, ...]
    host: str = "localhost"
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0  # seconds

    def __post_init__(self) -> None:
        for address in (self.sender, *self.recipients):
            name, plain = parseaddr(address)
            if "@" not in plain or any(c in address for c in "\r\n"):
                raise SettingsError(f"{address or name!r} is not a mail address", remedy="write name@example.org")
        if not self.recipients:
            raise SettingsError("no recipients are set", remedy="set mail.recipients")
        if self.user and self.security == "none":
            raise SettingsError("a password would go out unencrypted", remedy="set mail.security to starttls or tls")


def sparkline(values: Sequence[float | None], limits: tuple[float, float] = (40.0, 60.0)) -> str:
    """A series in block characters between two limits; a dot where no reading could be given.

    >>> sparkline([40.0, 50.0, None, 60.0])
    '▁▅·█'
    """
    low, high = limits
    return "".join(
        "·" if v is None else BARS[min(max(int((v - low) / (high - low) * len(BARS)), 0), len(BARS) - 1)]
        for v in values
    )


def message(
    materials: Sequence[DigestMaterial], *, settings: MailSettings, at: datetime, look: Look | None = None
) -> EmailMessage:
    """The digest of one or several conflicts as a multipart message; `at` dates it and makes its id.

    Raises DeliveryError when the HTML part would be clipped (more conflicts than one mail holds).
    """
    look = look or Look()
    words = language(look.language)
    views = [week_view(m) for m in materials]
    pictures = _pictures(materials)
    known = {"views": views, "base_url": look.base_url.rstrip("/"), "sparks": _sparks, "pictures": dict(pictures)}
    text = template("mail.txt", look).render(**known)
    html = template("mail.html", look).render(**known)
    if len(html.encode()) > LARGEST:
        raise DeliveryError(f"the mail has {len(html.encode())} bytes", remedy="send fewer conflicts in one mail")
    titles = ", ".join(safe.text(m.conflict.title) for m in materials)
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = f"{titles}: {words.span(materials[0].monday)}"
    mail["From"] = settings.sender
    mail["To"] = settings.sender
    mail["Date"] = format_datetime(at)
    mark = sha256("|".join(f"{m.conflict.id}{m.week}{m.as_of.position}" for m in materials).encode()).hexdigest()[:24]
    mail["Message-ID"] = f"<{mark}@{parseaddr(settings.sender)[1].rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    html_part = mail.get_payload()[1]  # type: ignore[index] # a multipart's payload is a list
    for cid, (_, body) in pictures:
        html_part.add_related(body, "image", "png", cid=f"<{cid}>", filename=f"{cid}.png", disposition="inline")  # type: ignore[union-attr] # as above
    _fixed_boundaries(mail, mark)
    return mail


def send(mail: EmailMessage, settings: MailSettings) -> tuple[str, ...]:
    """Hand the message to the server; addresses it refused. Raises DeliveryError when it takes none."""
    context = ssl.create_default_context()
    try:
        if settings.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=settings.timeout, context=context
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)
        with server:
            if settings.security == "starttls":
                server.starttls(context=context)
            if settings.user:
                server.login(settings.user, settings.password)
            refused = server.send_message(mail, to_addrs=list(settings.recipients))
    except (OSError, smtplib.SMTPException) as problem:
        raise DeliveryError(
            f"mail to {settings.host}:{settings.port} failed: {problem}",
            remedy="check host, port, security and password; try a dry run",
        ) from problem
    return tuple(sorted(refused))


def eml(mail: EmailMessage) -> bytes:
    """The message as a file, for a dry run."""
    return mail.as_bytes()


def _sparks(view: WeekView, subject: str, party: str | None) -> str:
    material = view.material
    tracked = material.tracked(subject, party or None)
    if tracked is None:
        return ""
    every = (*material.composites, *material.indicators)
    values = [r.value for t in every for r in t.series[-TRAIL_WEEKS:] if r.value is not None]
    return sparkline([r.value for r in tracked.series[-TRAIL_WEEKS:]], range_of(values))


def _pictures(materials: Sequence[DigestMaterial]) -> list[tuple[str, tuple[str, bytes]]]:
    if not images.available():
        return []
    return [
        (f"readiness-{safe.slug(m.conflict.id)}", (m.conflict.title, images.chart_png(m, "readiness")))
        for m in materials
        if any(m.tracked("readiness", party) for party in m.parties)
    ]


def _fixed_boundaries(mail: EmailMessage, mark: str) -> None:
    """Boundaries from the content's mark, so that the same digest gives the same bytes."""
    for i, part in enumerate(mail.walk()):
        if part.is_multipart():
            part.set_boundary(f"=={mark}-{i}==")
