"""Which addresses may be asked: a pure decision over URLs and resolved addresses, made before every connection."""

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from tracker.errors import AddressRefused

_NEVER4 = tuple(
    (IPv4Network(network), name)
    for network, name in (
        ("0.0.0.0/8", "an unspecified address"),
        ("169.254.0.0/16", "a link-local address"),
        ("192.0.0.0/24", "a protocol assignment"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
    )
)
_PRIVATE4 = tuple(
    (IPv4Network(network), name)
    for network, name in (
        ("10.0.0.0/8", "a private network"),
        ("100.64.0.0/10", "a carrier's private network"),
        ("127.0.0.0/8", "this machine"),
        ("172.16.0.0/12", "a private network"),
        ("192.0.2.0/24", "a documentation network"),
        ("192.168.0.0/16", "a private network"),
        ("198.18.0.0/15", "a benchmarking network"),
        ("198.51.100.0/24", "a documentation network"),
        ("203.0.113.0/24", "a documentation network"),
    )
)
_NEVER6 = tuple(
    (IPv6Network(network), name)
    for network, name in (
        ("::/128", "an unspecified address"),
        ("64:ff9b:1::/48", "a local NAT64 network"),
        ("100::/64", "a discarding network"),
        ("2001::/32", "a Teredo tunnel"),
        ("2001:10::/28", "an ORCHID address"),
        ("2001:20::/28", "an ORCHID address"),
        ("2002::/16", "a 6to4 tunnel"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a site-local address"),
        ("ff00::/8", "a multicast address"),
    )
)
_PRIVATE6 = tuple(
    (IPv6Network(network), name)
    for network, name in (
        ("::1/128", "this machine"),
        ("2001:db8::/32", "a documentation network"),
        ("3fff::/20", "a documentation network"),
        ("fc00::/7", "a private network"),
    )
)
_GLOBAL6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal", ".intranet", ".home.arpa", ".lan")
_REMEDY = "if this is an intranet feed, set `allow_private: true` on it"


def refusal(address: str, *, allow_private: bool = False) -> str:
    """Why a numeric address must not be connected to; empty when it may.

    With `allow_private`, private networks and this machine are allowed; link-local (cloud metadata), multicast,
    reserved and tunnelled addresses never are.

    >>> refusal("::ffff:127.0.0.1")
    'this machine'
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "no numeric address"
    if isinstance(found, IPv6Address):
        inner = _embedded(found)
        if inner is None:
            return _six(found, allow_private=allow_private)
        found = inner
    return _within(found, _NEVER4) or ("" if allow_private else _within(found, _PRIVATE4))


def numeric(host: str) -> str:
    """The address that a host part denotes when it is a number in any form a C library accepts, else empty.

    >>> numeric("0x7f.1"), numeric("2130706433"), numeric("0177.0.0.1"), numeric("[::1]"), numeric("example.org")
    ('127.0.0.1', '127.0.0.1', '127.0.0.1', '::1', '')
    """
    bare = host.strip("[]").partition("%")[0].rstrip(".")
    try:
        return str(ip_address(bare))
    except ValueError:
        pass
    if not bare or not all(part and part[0].isdigit() for part in bare.split(".")):
        return ""
    try:
        return str(IPv4Address(socket.inet_aton(bare)))
    except OSError:
        return ""


def check(url: str, *, allow_private: bool = False) -> None:
    """Raises AddressRefused when the URL's scheme, host or literal address may not be asked; names are not resolved."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise AddressRefused(f"{url[:200]!r} is no usable address: {error}", remedy="correct the URL") from None
    if parts.scheme.lower() not in {"http", "https"}:
        raise AddressRefused(
            f"{url[:200]!r}: only http and https are asked, not {parts.scheme or 'a path'!r}", remedy="correct the URL"
        )
    if not host:
        raise AddressRefused(f"{url[:200]!r} names no host", remedy="correct the URL")
    literal = numeric(host)
    why = refusal(literal, allow_private=allow_private) if literal else ""
    if not why and not allow_private and not literal and _local(host):
        why = "a name of the local network"
    if why:
        raise AddressRefused(f"{host} is {why} and is not asked", remedy=_REMEDY)


def _local(host: str) -> bool:
    name = host.rstrip(".").lower()
    return any(name == suffix.lstrip(".") or (suffix[0] == "." and name.endswith(suffix)) for suffix in _LOCAL_NAMES)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a mapped, compatible or NAT64 address reaches."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _six(address: IPv6Address, *, allow_private: bool) -> str:
    why = _within(address, _NEVER6)
    private = _within(address, _PRIVATE6)
    if why or (private and not allow_private):
        return why or private
    return "" if private or address in _GLOBAL6 else "outside the public address space"


def _within(
    address: IPv4Address | IPv6Address,
    networks: tuple[tuple[IPv4Network, str], ...] | tuple[tuple[IPv6Network, str], ...],
) -> str:
    return next((name for network, name in networks if address in network), "")
