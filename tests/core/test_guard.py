"""What the guard decides about addresses, as a pure function; nothing is connected to."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import AddressRefused
from tracker.feeds.guard import check, numeric, refusal

PRIVATE = [
    "127.0.0.1",
    "127.8.9.1",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "::1",
    "fc00::1",
    "fdff::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:10.1.2.3",
    "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1",
    "::127.0.0.1",
    "2001:db8::1",
]
NEVER = [
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "fec0::1",
    "2002:7f00:1::",
    "2002:0808:0808::",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "64:ff9b::169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b:1::1",
    "100::1",
    "4000::1",
    "192.0.0.170",
    "192.88.99.1",
    "nonsense",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "2606:4700::1111",
    "2a00:1450::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_need_leave(address):
    assert refusal(address)
    assert refusal(address, allow_private=True) == ""


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_never_asked(address):
    assert refusal(address)
    assert refusal(address, allow_private=True)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_asked(address):
    assert refusal(address) == ""


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "0x7f.0.0.1",
        "2130706433",
        "017700000001",
        "0177.0.0.1",
        "0x7F.1",
        "127.0.0.1.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "printer.local",
        "db.internal",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_this_machine_is_known_under_all_its_names(host, scheme):
    with pytest.raises(AddressRefused):
        check(f"{scheme}://user:pass@{host}:8080/feed")


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "/etc/passwd", "ftp://a.example/", "gopher://a.example/", "javascript:alert(1)", "http://",
     "data:text/xml,<rss/>", "http://[::1", "http://a.example:99999/", ""],
)  # fmt: skip
def test_other_schemes_and_broken_addresses_are_refused_with_a_remedy(url):
    with pytest.raises(AddressRefused) as refused:
        check(url, allow_private=True)
    assert refused.value.remedy


def test_names_and_public_addresses_pass():
    check("https://news.example/feed?x=1")
    check("http://8.8.8.8/feed")
    check("https://xn--e1afmkfd.example/")
    check("http://127.0.0.1:8000/feed", allow_private=True)


@given(st.integers(0, 2**32 - 1))
def test_every_spelling_of_an_ipv4_address_is_judged_alike(number):
    plain = str(ip_address(number))
    a, rest = number >> 24, number & 0xFFFFFF
    for spelling in (str(number), hex(number), f"0{number:o}", f"{a}.{rest}", f"0x{a:x}.{rest}"):
        assert numeric(spelling) == plain
    judged = refusal(plain)
    assert refusal(f"::ffff:{plain}") == judged
    assert bool(refusal(str(ip_address((0x64FF9B << 96) | number)))) == bool(judged)


@given(st.ip_addresses())
def test_leave_never_forbids_more(address):
    if refusal(str(address), allow_private=True):
        assert refusal(str(address))
    if ip_address(str(address)).is_private and ip_address(str(address)).version == 4:
        assert refusal(str(address))
