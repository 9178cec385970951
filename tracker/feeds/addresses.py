"""Addresses of articles: one form to show and open, one to tell articles apart. Pure: the same in, the same out."""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

_TRACKING = re.compile(
    r"^(?:utm_.*|at_.*|ns_.*|mc_.*|pk_.*|hsa_.*|_hs.*|fb_.*|ga_.*|oly_.*|wt_.*|fbclid|gclid|dclid|msclkid|yclid|igshid|"
    r"twclid|ttclid|mkt_tok|cmpid?|icid|ito|ocid|partner|rss|source|src|ref|ref_?src|referrer|smid|smtyp|sref|sr_share|"
    r"spm|xtor|feed|ftag|traffic_source|outputtype|__twitter_impression|phpsessid|jsessionid|sid|sessionid|mod|"
    r"guccounter|guce_referrer.*|taid|ncid|intcid|cid|maca)$",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?:/[\w./~-]*)?", re.ASCII)  # nothing in it to fold or escape
_OTHER_HOST = re.compile(r"^(?:www\d?|m|mobile|amp)\.")
_AMP = re.compile(r"/amp/?$")
_PORTS = {"http": 80, "https": 443}


@lru_cache(maxsize=8192)
def canonical_url(url: str) -> str:
    """The address to show and open: http(s) only, host in lower case, no tracking parameters, no fragment.

    Anything that is no web address becomes empty.
    """
    if _PLAIN.fullmatch(url) and len(url) <= 4000:
        return url if url.count("/") > 2 else f"{url}/"
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not host or len(url) > 4000:
        return ""
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii").rstrip(".")
        except UnicodeError:
            return ""
        if not host:  # a name of dots in another script
            return ""
    query = urlencode([(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(k)])
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    place = host.lower() if port in {None, _PORTS[scheme]} else f"{host.lower()}:{port}"
    fragment = f"#{parts.fragment}" if parts.fragment.startswith("!") else ""
    return f"{scheme}://{place}{path}{'?' + query if query else ''}{fragment}"


@lru_cache(maxsize=8192)
def key_of(url: str) -> str:
    """What of a canonical address tells articles apart: not scheme, `www`, `m`, order of parameters, last slash."""
    if not url:
        return ""
    if _PLAIN.fullmatch(url) and len(url) <= 4000:
        host, slash, path = url.partition("://")[2].partition("/")
        return _OTHER_HOST.sub("", host) + _AMP.sub("", slash + path).rstrip("/")
    parts = urlsplit(url)
    host = _OTHER_HOST.sub("", parts.netloc)
    path = _AMP.sub("", parts.path).rstrip("/")
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    return f"{host}{path}{'?' + query if query else ''}{'#' + parts.fragment if parts.fragment else ''}"
