"""What strangers wrote, made harmless: links only to the web, text without direction overrides."""

import re
import unicodedata
from urllib.parse import quote, urlsplit

_SCHEMES = ("http", "https")
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])
_HOST = re.compile(r"^[A-Za-z0-9.\-\[\]:_%\u00a1-\U0010ffff]+$")
_SPACE = re.compile(r"\s+")


def text(words: str) -> str:
    """The words without control characters and without marks that reorder what is read; spaces folded.

    >>> text("safe\\u202egnp.exe\\x00  name")
    'safegnp.exe name'
    """
    kept = words.translate(_BIDI)
    kept = "".join(c if unicodedata.category(c) not in {"Cc", "Cs", "Co", "Cn"} or c in "\n\t" else "" for c in kept)
    return _SPACE.sub(" ", kept).strip()


def short(words: str, most: int = 300) -> str:
    """Harmless words, cut with an ellipsis when there are more than anybody would read in their place.

    >>> short("abcdef", 4)
    'abc…'
    """
    plain = text(words)
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"


def link(url: str) -> str | None:
    """The address when a browser may be sent there (http or https, with a host), else None: show it as text.

    >>> link("javascript:alert(1)"), link("https://example.org/a?b=1")
    (None, 'https://example.org/a?b=1')
    """
    if not url or url != url.strip() or any(unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"} for c in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in _SCHEMES or not parts.hostname or not _HOST.match(parts.netloc.rpartition("@")[2]):
        return None
    if parts.username is not None or "\\" in url or " " in url or port == 0:
        return None
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]")


def archived(url: str, stamp: str) -> str | None:
    """Where a public archive keeps copies of a page; the one nearest to `stamp` (YYYYMMDD) is shown there."""
    found = link(url)
    return None if found is None else f"https://web.archive.org/web/{stamp}/{found}"


def slug(name: str) -> str:
    """A name that is safe as a file name and in an address.

    >>> slug("../Etc/passwd É")
    'etc-passwd-e'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-") or "x"
