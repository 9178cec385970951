"""Asking servers, good and bad: every answer ends in bytes or in a line that a person understands."""

import os
import ssl
import subprocess
import sys
import threading

import pytest
from hostile import QUICK, bomb, drip, endless, hostile, item, rss, unused_port

from tracker.feeds.fetch import Request, _explained, _guarded_socket, fetch
from tracker.feeds.settings import FetchSettings
from tracker.model.articles import Validators


@pytest.fixture
def server():
    with hostile() as running:
        yield running


def ask(url, settings=QUICK, **telling):
    (answer,) = fetch([Request(key="k", url=url, **telling)], settings)
    return answer


def test_a_feed_arrives_with_its_headers(server):
    server.pages["/feed"] = (200, {"ETag": '"a"', "Content-Type": "application/rss+xml"}, rss(item()))
    answer = ask(server.url + "/feed")
    assert (answer.status, answer.reason, answer.header("etag")) == (200, "", '"a"')
    assert answer.body == rss(item())


def test_we_say_who_we_are_and_send_validators_as_they_were_given(server):
    server.pages["/feed"] = (304, {}, b"")
    weird = Validators(etag='W/"x, y"', last_modified="yesterday, as the server put it")
    answer = ask(server.url + "/feed", validators=weird)
    sent = server.headers[0][1]
    assert answer.status == 304
    assert (sent["if-none-match"], sent["if-modified-since"]) == (weird.etag, weird.last_modified)
    assert sent["user-agent"] == QUICK.user_agent


def test_no_validators_means_no_condition(server):
    ask(server.url + "/feed")
    assert not {"if-none-match", "if-modified-since"} & set(server.headers[0][1])


def test_permanent_redirects_are_told_and_temporary_ones_are_not(server):
    server.pages["/old"] = (301, {"Location": "/mid"}, b"")
    server.pages["/mid"] = (308, {"Location": "/new"}, b"")
    server.pages["/new"] = (200, {}, rss())
    server.pages["/mixed"] = (302, {"Location": "/old"}, b"")
    assert ask(server.url + "/old").permanent == server.url + "/new"
    mixed = ask(server.url + "/mixed")
    assert (mixed.permanent, mixed.final_url, mixed.status) == ("", server.url + "/new", 200)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("http://169.254.169.254/latest/meta-data/", "link-local"),
        ("http://0x0.0/", "unspecified"),
        ("ftp://news.example/feed", "only http and https"),
        ("http://[fe80::1]/", "link-local"),
    ],
)
def test_a_redirect_to_a_forbidden_place_is_refused_even_for_intranet_feeds(server, target, says):
    server.pages["/feed"] = (302, {"Location": target}, b"")
    answer = ask(server.url + "/feed")
    assert says in answer.reason
    assert answer.status is None


def test_without_leave_this_machine_is_not_asked(server):
    for host in (server.url, server.url.replace("127.0.0.1", "localhost"), server.url.replace("127.0.0.1", "0x7f.1")):
        answer = ask(host + "/feed", FetchSettings())
        assert "not asked" in answer.reason
        assert "allow_private" in answer.remedy
    assert not server.asked


def test_the_address_about_to_be_connected_to_is_judged_whatever_the_name_said():
    make = _guarded_socket(allow_private=False)
    with pytest.raises(OSError, match="this machine"):
        make((2, 1, 6, "", ("127.0.0.1", 80)))
    with pytest.raises(OSError, match="private network"):
        make((10, 1, 6, "", ("::ffff:10.0.0.1", 80, 0, 0)))
    _guarded_socket(allow_private=True)((2, 1, 6, "", ("127.0.0.1", 80))).close()


def test_redirects_in_a_circle_and_without_end_are_left(server):
    server.pages["/a"] = (302, {"Location": "/b"}, b"")
    server.pages["/b"] = (302, {"Location": "/a"}, b"")
    assert "circle" in ask(server.url + "/a").reason
    for n in range(9):
        server.pages[f"/{n}"] = (302, {"Location": f"/{n + 1}"}, b"")
    assert "more than 5 redirects" in ask(server.url + "/0").reason
    assert not server.asked["/6"]


def test_slow_bytes_for_ever_end_at_the_deadline(server):
    server.pages["/feed"] = lambda _: (200, {}, drip())
    quick = FetchSettings(allow_private=True, total_seconds=0.7)
    assert "no complete answer within 0.7 s" in ask(server.url + "/feed", quick).reason


def test_an_endless_body_and_a_bomb_end_at_the_size_limit(server):
    server.pages["/endless"] = lambda _: (200, {}, endless())
    server.pages["/bomb"] = (200, {"Content-Encoding": "gzip"}, bomb())
    for path in ("/endless", "/bomb"):
        answer = ask(server.url + path)
        assert "larger than 15 MiB after decompression" in answer.reason
        assert answer.body == b""


def test_broken_compression_is_a_reason(server):
    server.pages["/feed"] = (200, {"Content-Encoding": "gzip"}, b"this is not gzip at all")
    assert ask(server.url + "/feed").reason


def test_nobody_there_and_no_such_name():
    assert "no connection" in ask(f"http://127.0.0.1:{unused_port()}/").reason
    for address in (
        "",
        "feed",
        "http://bad host/",
        "http://",
        "http://[::1",
        "gopher://x/",
        "http://x:99999/",
        "http://\x00/",
    ):
        answer = ask(address)
        assert answer.reason, address
        assert answer.remedy, address


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path):
    pem, key, cert = (tmp_path / name for name in ("server.pem", "key.pem", "cert.pem"))
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "1"]
    try:
        subprocess.run([*command, "-keyout", key, "-out", cert], capture_output=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("no openssl that makes certificates")
    pem.write_bytes(cert.read_bytes() + key.read_bytes())
    with hostile(certificate=pem) as server:
        server.pages["/feed"] = (200, {}, rss(item()))
        answer = ask(server.url + "/feed")
    assert "certificate" in answer.reason
    assert answer.status is None
    assert not server.asked


def test_a_server_whose_certificate_expired_is_refused_and_told_so(tmp_path):
    conf, pem, key, cert = (tmp_path / name for name in ("ca.conf", "server.pem", "key.pem", "cert.pem"))
    for name in ("index.txt", "index.txt.attr"):
        (tmp_path / name).touch()
    (tmp_path / "serial").write_text("01")
    conf.write_text(
        f"[ca]\ndefault_ca=a\n[a]\ndir={tmp_path}\ndatabase=$dir/index.txt\nserial=$dir/serial\nnew_certs_dir=$dir\n"
        "default_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n"
        "[e]\nsubjectAltName=IP:127.0.0.1\nbasicConstraints=CA:TRUE\n"
        "[req]\ndistinguished_name=d\n[d]\n"
    )
    ask_for = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-config", conf]
    sign = ["openssl", "ca", "-batch", "-selfsign", "-config", conf, "-keyfile", key, "-in", tmp_path / "request.pem"]
    try:
        subprocess.run([*ask_for, "-keyout", key, "-out", tmp_path / "request.pem"], capture_output=True, check=True)
        subprocess.run(
            [*sign, "-out", cert, "-notext", "-startdate", "20200101000000Z", "-enddate", "20200201000000Z"],
            capture_output=True,
            check=True,
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("no openssl that makes certificates of the past")
    pem.write_bytes(cert.read_bytes() + key.read_bytes())
    with hostile(certificate=pem) as server:
        server.pages["/feed"] = (200, {}, rss(item()))
        program = (
            "import sys\nfrom tracker.feeds.fetch import Request, fetch\nfrom tracker.feeds.settings import FetchSettings\n"
            "(answer,) = fetch([Request(key='k', url=sys.argv[1])], FetchSettings(allow_private=True))\n"
            "print(answer.status, answer.reason)"
        )
        done = subprocess.run(  # another process, because who is trusted is settled at import
            [sys.executable, "-c", program, server.url + "/feed"],
            env={**os.environ, "SSL_CERT_FILE": str(cert), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout.strip() == "None the certificate of the server is not valid: certificate has expired"
    assert not server.asked


def test_a_certificate_that_expired_is_called_so():
    fault = ssl.SSLCertVerificationError(1, "verify failed")
    fault.verify_message = "certificate has expired"
    reason, remedy = _explained(fault)
    assert reason == "the certificate of the server is not valid: certificate has expired"
    assert "not ignored" in remedy


def test_one_host_is_asked_by_two_at_a_time(server):
    gate = threading.Barrier(2, timeout=4)

    def page(_):
        gate.wait()  # passes only when two requests are here together
        return 200, {}, rss()

    for n in range(6):
        server.pages[f"/{n}"] = page
    answers = list(fetch([Request(key=str(n), url=f"{server.url}/{n}") for n in range(6)], QUICK))
    assert [a.reason for a in answers] == [""] * 6
    assert server.most_busy == 2


def test_closing_early_ends_the_requests(server):
    server.pages["/slow"] = lambda _: (200, {}, drip())
    server.pages["/feed"] = (200, {}, rss())
    requests = [
        Request(key="a", url=server.url + "/feed"),
        *(Request(key=str(n), url=server.url + "/slow") for n in range(9)),
    ]
    answers = fetch(requests, QUICK)
    assert next(answers).key == "a"
    answers.close()
    assert not [t for t in threading.enumerate() if t.name == "parley-fetch"]
