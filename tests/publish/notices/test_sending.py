"""Sending, to servers on this machine: what arrives, what is refused, what is in doubt, and no secret anywhere."""

from __future__ import annotations

import email
import email.policy
import json
import logging
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook

from lightkeeper.publish.notices.message import Message
from lightkeeper.publish.notices.outcome import Outcome
from lightkeeper.publish.notices.sending import Parcel, send, shown
from lightkeeper.settings import Settings
from publish.notices.entries import AT, entry
from publish.notices.servers import TOKENS, Mailbox, Post, channel, mailing, posting, settings_for
from sources.server import Answer, Asked, Replay

MESSAGE = Message("New: Outage, national (Iran)", "First line.\nNot known: who did it.")
HTTP = ["telegram", "matrix", "mastodon", "webhook"]
MARK = "planted"


def parcel(message: Message = MESSAGE) -> Parcel:
    return Parcel("lk-IR-desk-1", "notice", "IR", [entry()], message, AT)


@pytest.fixture
def post() -> Iterator[tuple[Post, Replay, int]]:
    with posting() as (made, server):
        yield made, server, int(server.host.split(":")[1])


def sent(kind: str, port: int, settings: Settings | None = None, **more: Any) -> Outcome:
    now = datetime.now(UTC)
    return send(parcel(), channel(kind, port, **more), TOKENS, settings or settings_for(port), now)


def test_a_mail_arrives_with_its_subject_its_text_and_a_sign_that_a_machine_wrote_it() -> None:
    with mailing() as (box, port):
        assert sent("email", port) == Outcome("sent")
    mail = email.message_from_bytes(box.mails[0], policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    assert (mail["Subject"], mail["To"], mail["From"]) == (
        MESSAGE.subject, "desk@example.org", "Lightkeeper <lk@example.org>",
    )  # fmt: skip
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n").strip() == MESSAGE.text


def test_a_persian_mail_keeps_its_letters() -> None:
    persian = Message("تازه: قطعی، سراسری (ایران)", "معلوم نیست: چه کسی چنین کرد.")
    with mailing() as (box, port):
        now = datetime.now(UTC)
        assert send(parcel(persian), channel("email", port), TOKENS, settings_for(port), now).state == "sent"
    mail = email.message_from_bytes(box.mails[0], policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    assert mail["Subject"] == persian.subject
    assert mail.get_content().strip() == persian.text


def test_line_ends_in_a_subject_make_no_header() -> None:
    evil = Message("New\r\nBcc: all@example.org\r\n\r\nbody", "text")
    with mailing() as (box, port):
        send(parcel(evil), channel("email", port), TOKENS, settings_for(port), datetime.now(UTC))
    for mail in box.mails:
        assert email.message_from_bytes(mail)["Bcc"] is None
        assert b"\nBcc:" not in mail


def test_telegram_gets_the_documented_call_as_plain_text(post: tuple[Post, Replay, int]) -> None:
    made, _, port = post
    assert sent("telegram", port) == Outcome("sent")
    (asked,) = made.taken
    assert asked.path == f"/bot{TOKENS['LK_TELEGRAM']}/sendMessage"
    body = json.loads(asked.body)
    assert body["chat_id"] == -100123
    assert body["text"].replace("\r\n", "\n") == MESSAGE.whole
    assert body["disable_web_page_preview"] is True


def test_markup_that_slipped_through_is_escaped_for_telegram(post: tuple[Post, Replay, int]) -> None:
    made, _, port = post
    evil = Message("<b>s</b>", "<a href='https://evil.example'>x</a> & y")
    send(parcel(evil), channel("telegram", port), TOKENS, settings_for(port), datetime.now(UTC))
    body = json.loads(made.taken[0].body)
    assert body["parse_mode"] == "HTML"
    assert "<" not in body["text"]
    assert "&lt;a href=" in body["text"]


def test_matrix_gets_a_text_event_in_the_room_with_the_token_in_a_header(post: tuple[Post, Replay, int]) -> None:
    made, _, port = post
    assert sent("matrix", port) == Outcome("sent")
    (asked,) = made.taken
    assert (asked.method, asked.headers["authorization"]) == ("PUT", f"Bearer {TOKENS['LK_MATRIX']}")
    assert asked.path.startswith("/_matrix/client/v3/rooms/%21abc%3Aexample.org/send/m.room.message/")
    body = json.loads(asked.body)
    assert (body["msgtype"], body["body"].replace("\r\n", "\n")) == ("m.text", MESSAGE.whole)
    assert "formatted_body" not in body


def test_mastodon_gets_a_status_with_visibility_and_language(post: tuple[Post, Replay, int]) -> None:
    made, _, port = post
    assert sent("mastodon", port, visibility="private", language="fa") == Outcome("sent")
    (asked,) = made.taken
    assert (asked.path, asked.headers["authorization"]) == ("/api/v1/statuses", f"Bearer {TOKENS['LK_MASTODON']}")
    body = json.loads(asked.body)
    assert body["status"].replace("\r\n", "\n") == MESSAGE.whole
    assert (body["visibility"], body["language"]) == ("private", "fa")


def test_a_webhook_arrives_with_a_signature_that_a_receiver_can_check(post: tuple[Post, Replay, int]) -> None:
    made, _, port = post
    assert sent("webhook", port) == Outcome("sent")
    (asked,) = made.taken
    told = Webhook(TOKENS["LK_KEY"]).verify(asked.body, asked.headers)
    assert told["type"] == "told.new"
    assert told["data"]["text"] == MESSAGE.text
    assert told["data"]["entries"][0]["event_id"] == "IR-e1"


@pytest.mark.parametrize("kind", HTTP)
@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 410, 429, 500, 503])
def test_an_answer_that_refuses_is_a_failure_and_no_redirect_is_followed(
    post: tuple[Post, Replay, int], kind: str, status: int
) -> None:
    made, server, port = post
    made.broken = lambda _asked: Answer(b'{"error": "no"}', status, {"Location": f"{server.url}/elsewhere"})
    found = sent(kind, port)
    assert found.state == "failed"
    assert str(status) in found.reason
    assert not any(asked.path == "/elsewhere" for asked in server.asked)


def test_the_wait_that_a_receiver_asks_for_is_known(post: tuple[Post, Replay, int]) -> None:
    made, _, port = post
    made.broken = lambda _asked: Answer(b"", 429, {"Retry-After": "77"})
    assert sent("webhook", port).retry_after_s == 77.0


@pytest.mark.parametrize("kind", ["telegram", "matrix", "mastodon"])
def test_an_answer_that_breaks_off_or_does_not_come_leaves_a_doubt(post: tuple[Post, Replay, int], kind: str) -> None:
    made, _, port = post
    made.broken = lambda _asked: Answer(b"x" * 100, 200, cut=5)
    assert sent(kind, port).state == "in_doubt"

    def slow(_asked: Asked) -> Answer:
        time.sleep(1.5)
        return Answer(b"{}")

    made.broken = slow
    assert sent(kind, port, settings_for(port).model_copy(update={"http_timeout_s": 0.5})).state == "in_doubt"


def test_a_webhook_without_an_answer_is_tried_again_since_its_id_says_that_it_is_the_same(
    post: tuple[Post, Replay, int],
) -> None:
    made, _, port = post

    def slow(_asked: Asked) -> Answer:
        time.sleep(1.5)
        return Answer(b"{}")

    made.broken = slow
    assert sent("webhook", port, settings_for(port).model_copy(update={"http_timeout_s": 0.5})).state == "failed"


def test_a_receiver_that_drips_is_given_up_and_one_that_talks_is_not_listened_to(
    post: tuple[Post, Replay, int],
) -> None:
    made, _, port = post
    made.broken = lambda _asked: Answer(b"x" * (8 << 20))
    assert sent("webhook", port).state == "sent"
    made.broken = lambda _asked: Answer(b"x" * 100, pause_s=0.4)
    begun = time.monotonic()
    found = send(parcel(), channel("webhook", port), TOKENS, settings_for(port), AT, deadline_s=0.6)
    assert (found.state, time.monotonic() - begun < 1.5) == ("in_doubt", True)


@pytest.mark.parametrize("kind", [*HTTP, "email"])
def test_a_server_that_is_not_there_is_a_failure(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert sent(kind, port).state == "failed"


@pytest.mark.parametrize("said", ["550 no such user", "451 later", "552 too much"])
def test_a_mail_that_the_server_refuses_is_a_failure(said: str) -> None:
    with mailing() as (box, port):
        box.refuse = said
        found = sent("email", port)
    assert (found.state, said[:3] in found.reason) == ("failed", True)


PRIVATE = [
    "127.0.0.1", "localhost", "10.0.0.8", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "2130706433",
    "0x7f000001", "0177.0.0.1", "127.1",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
@pytest.mark.parametrize("kind", ["matrix", "mastodon", "email"])
def test_private_addresses_are_refused_however_they_are_written(
    post: tuple[Post, Replay, int], host: str, kind: str
) -> None:
    _, server, port = post
    more = {"host": host, "security": "tls"}
    found = send(parcel(), channel(kind, port, **more), TOKENS, settings_for(1), datetime.now(UTC))
    assert found.state == "failed"
    assert server.asked == []


@pytest.mark.parametrize("host", [*PRIVATE, "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"])
def test_a_webhook_goes_to_no_private_address(post: tuple[Post, Replay, int], host: str) -> None:
    _, server, port = post
    found = send(parcel(), channel("webhook", port, url=f"https://{host}:{port}/x"), TOKENS, settings_for(1), AT)
    assert (found.state, server.asked) == ("failed", [])


def test_a_webhook_goes_to_no_name_that_leads_home(
    post: tuple[Post, Replay, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that changes its mind gains nothing either: `tests/sources/test_web.py`, since the client is the same."""
    _, server, port = post
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *args, **more: real("127.0.0.1" if "." in host else host, *args, **more)
    )
    url = f"https://rebind.example:{port}/x"
    assert send(parcel(), channel("webhook", port, url=url), TOKENS, settings_for(1), AT).state == "failed"
    assert server.asked == []


@pytest.mark.parametrize("kind", HTTP)
def test_plain_http_is_refused_but_where_the_settings_allow_the_host(post: tuple[Post, Replay, int], kind: str) -> None:
    _, server, port = post
    other = settings_for(1).model_copy(update={"telegram_url": "http://example.org"})
    assert sent(kind, port, other).state == "failed"
    assert server.asked == []


@pytest.mark.parametrize("kind", ["starttls", "tls"])
def test_a_mail_server_whose_certificate_is_not_trusted_gets_no_password(tmp_path: Path, kind: str) -> None:
    context = self_signed(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    logins: list[object] = []

    def authenticator(*args: object) -> None:
        logins.append(args)

    more = {"ssl_context": context} if kind == "tls" else {"tls_context": context, "require_starttls": True}
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=port, authenticator=authenticator, **more)  # type: ignore[arg-type]
    server.ready_timeout = 0.1 if kind == "tls" else 5.0
    try:
        server.start()
    except (TimeoutError, ConnectionError, ssl.SSLError):
        pytest.skip("the test's own mail server does not start with TLS here")
    try:
        found = sent("email", port, security=kind, user="lk", password_env="LK_PASSWORD")
    finally:
        server.stop()
    assert (found.state, box.mails, logins) == ("failed", [], [])
    assert "CERTIFICATE_VERIFY_FAILED" in found.reason


@pytest.mark.parametrize("kind", [*HTTP, "email"])
def test_no_secret_shows_in_an_outcome_a_log_the_screen_or_a_dry_run(
    post: tuple[Post, Replay, int], kind: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """The server says each secret back in its error, and nobody listens below `apprise` but us."""
    made, _, port = post
    caplog.set_level(logging.DEBUG)
    said = json.dumps({"error": " ".join(TOKENS.values()), "description": TOKENS["LK_TELEGRAM"]}).encode()
    ours = channel(kind, port, **({"url": None, "url_env": "LK_URL"} if kind == "webhook" else {}))
    secrets = TOKENS | {"LK_URL": f"http://127.0.0.1:{port}/hook/planted-path-secret?key=planted-query"}
    found: list[Outcome] = []
    for answer in (Answer(said, 401), Answer(said, 500), Answer(b"x" * 100, 200, cut=5), Answer(said, 302)):
        made.broken = lambda _asked, answer=answer: answer  # type: ignore[misc]
        found.append(send(parcel(), ours, secrets, settings_for(port), AT))
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = free.getsockname()[1]
    found.append(send(parcel(), channel(kind, nobody), secrets, settings_for(nobody), AT))
    out, err = capfd.readouterr()
    everything = " ".join([*map(str, found), caplog.text, out, err, shown(parcel(), ours, secrets, AT)]).casefold()
    taken = [2] if kind == "webhook" else []  # its status had come, and says that it was taken
    assert [n for n, one in enumerate(found) if one.state == "sent"] == taken
    assert MARK not in everything
    assert TOKENS["LK_KEY"].removeprefix("whsec_").casefold() not in everything
    assert logging.getLogger("apprise").handlers == [] or logging.getLogger("apprise").propagate


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "both.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return context
