"""Delivery: only what changed is written, nothing outside the folder, mail that a server takes."""

import email
import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.policy import default
from pathlib import Path

import pytest
from digest_material import a_material

from tracker.digest import deliver, images, mail, render
from tracker.digest.render import Page
from tracker.errors import DeliveryError, SettingsError

AT = datetime(2026, 3, 23, 6, tzinfo=UTC)


def settings(**more: object) -> mail.MailSettings:
    return mail.MailSettings(
        **{"sender": "Parley <parley@example.org>", "recipients": ("a@example.org", "b@example.org"), **more}
    )


def test_a_second_delivery_writes_nothing(tmp_path: Path) -> None:
    first = deliver.write(render.site([a_material()]), tmp_path)
    assert len(first) > 15
    assert deliver.write(render.site([a_material()]), tmp_path) == ()


def test_only_what_changed_is_written_again(tmp_path: Path) -> None:
    deliver.write(render.site([a_material("2026-W11", weeks=1)]), tmp_path)
    known = deliver.issues(tmp_path)
    changed = deliver.write(render.site([a_material("2026-W12", weeks=2)], issues=known), tmp_path)
    assert "varnland-kestria/2026-W12.html" in changed
    assert not any("W11" in path for path in changed)
    assert "method.html" not in changed
    assert b"2026-W11.html" in (tmp_path / "archive.html").read_bytes()


def test_a_page_that_is_no_longer_named_keeps_its_place(tmp_path: Path) -> None:
    deliver.write(render.site([a_material("2026-W11", weeks=1)]), tmp_path)
    deliver.write(render.site([a_material("2026-W12", weeks=2)]), tmp_path)
    assert (tmp_path / "varnland-kestria/2026-W11.html").is_file()


@pytest.mark.parametrize("path", ["../x.html", "/tmp/x.html", "a/../../x", ""])
def test_a_path_outside_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(DeliveryError, match="outside"):
        deliver.write([Page(path=path, body=b"x")], tmp_path / "site")


def test_a_folder_that_refuses_is_said_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "varnland-kestria").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(DeliveryError) as problem:
        deliver.write(render.site([a_material()]), tmp_path)
    assert problem.value.remedy


def test_issues_are_read_back_and_strange_files_are_passed_over(tmp_path: Path) -> None:
    deliver.write(render.site([a_material("2026-W12")]), tmp_path)
    (tmp_path / "varnland-kestria" / "2026-W13.json").write_text("{broken", encoding="utf-8")
    (tmp_path / "varnland-kestria" / "2026-Wxx.json").write_text("{}", encoding="utf-8")
    (found,) = deliver.issues(tmp_path)
    assert found == render.issue(a_material("2026-W12"))


def test_the_mail_is_the_same_bytes_every_time_and_stays_below_the_clip() -> None:
    first, second = (mail.eml(mail.message([a_material()], settings=settings(), at=AT)) for _ in range(2))
    assert first == second
    html = email.message_from_bytes(first, policy=default).get_body(("html",))
    assert html is not None
    assert len(html.get_content().encode()) < 100_000


def test_the_mail_reads_without_images() -> None:
    message = mail.message([a_material()], settings=settings(), at=AT)
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        text = part.get_content()
        for words in ("Mediation offer", "Varnland", "Kestrian Federation", "46–54", "Eastern Voice", "▲"):
            assert words in text, (kind, words)
        assert any(c in text for c in mail.BARS)


def test_pictures_go_by_content_id_when_they_can_be_drawn() -> None:
    if not images.available():
        pytest.skip("matplotlib and pillow (extra: mail) are not installed")
    message = mail.message([a_material()], settings=settings(), at=AT)
    pictures = [p for p in message.walk() if p.get_content_type() == "image/png"]
    assert [p["Content-ID"] for p in pictures] == ["<readiness-varnland-kestria>"]
    html = message.get_body(("html",))
    assert html is not None
    assert "cid:readiness-varnland-kestria" in html.get_content()
    body = pictures[0].get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.startswith(b"\x89PNG")
    assert len(body) < 20_000


def test_a_card_is_a_picture_of_the_size_that_previews_ask_for() -> None:
    if not images.available():
        pytest.skip("matplotlib and pillow (extra: mail) are not installed")
    body = images.card_png(a_material())
    assert (int.from_bytes(body[16:20], "big"), int.from_bytes(body[20:24], "big")) == (1200, 630)
    look = render.Look(cards=True, base_url="https://digests.example")
    pages = {p.path: p.body for p in render.site([a_material()], look=look)}
    assert pages["varnland-kestria/2026-W12.png"] == body
    address = b'property="og:image" content="https://digests.example/varnland-kestria/2026-W12.png"'
    assert address in pages["varnland-kestria/latest.html"]


def test_recipients_do_not_see_each_other() -> None:
    text = mail.eml(mail.message([a_material()], settings=settings(), at=AT)).decode()
    assert "a@example.org" not in text
    assert "b@example.org" not in text


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": "nobody"},
        {"sender": "a@example.org\r\nBcc: x@example.org"},
        {"recipients": ()},
        {"recipients": ("x",)},
        {"user": "me", "security": "none"},
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingsError) as problem:
        settings(**wrong)
    assert problem.value.remedy


def test_more_than_a_mail_holds_is_refused() -> None:
    with pytest.raises(DeliveryError, match="bytes"):
        mail.message([a_material(conflict=f"war-{i}") for i in range(9)], settings=settings(), at=AT)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    heard: list[str]
    refuse: str = ""


class Session(socketserver.StreamRequestHandler):
    """As much of SMTP as one message needs."""

    server: Server

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        in_data = False
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            self.server.heard.append(line)
            if in_data:
                in_data = line != "."
                if not in_data:
                    self.wfile.write(b"250 taken\r\n")
                continue
            verb = line[:4].upper()
            if verb == "DATA":
                in_data = True
                self.wfile.write(b"354 go on\r\n")
            elif verb == "QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            elif self.server.refuse and self.server.refuse in line:
                self.wfile.write(b"550 unknown here\r\n")
            else:
                self.wfile.write(b"250 ok\r\n")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Session) as running:
        running.heard = []
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_a_server_is_given_the_message_for_every_recipient(server: Server) -> None:
    chosen = settings(host="127.0.0.1", port=server.server_address[1], security="none")
    assert mail.send(mail.message([a_material()], settings=chosen, at=AT), chosen) == ()
    heard = "\n".join(server.heard)
    assert "<a@example.org>" in heard
    assert "<b@example.org>" in heard
    assert "Subject: Varnland and Kestria" in heard


def test_a_refused_address_is_reported_and_the_others_are_served(server: Server) -> None:
    server.refuse = "b@example.org"
    chosen = settings(host="127.0.0.1", port=server.server_address[1], security="none")
    assert mail.send(mail.message([a_material()], settings=chosen, at=AT), chosen) == ("b@example.org",)


def test_a_server_that_is_not_there_is_a_delivery_error_with_a_remedy() -> None:
    chosen = settings(host="127.0.0.1", port=1, security="none", timeout=2.0)
    with pytest.raises(DeliveryError, match=r"127\.0\.0\.1:1 failed") as problem:
        mail.send(mail.message([a_material()], settings=chosen, at=AT), chosen)
    assert "dry run" in problem.value.remedy
