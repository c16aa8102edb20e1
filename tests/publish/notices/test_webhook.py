"""Webhooks are signed as Standard Webhooks says, and tell strangers no more than the pages do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook
from standardwebhooks.exceptions import WebhookVerificationError

from lightkeeper.errors import InputError
from lightkeeper.publish.notices.message import Message
from lightkeeper.publish.notices.webhook import body_of, key_of, signed, view
from publish.notices.entries import AT, entry
from publish.notices.servers import TOKENS

KEY = base64.b64decode(TOKENS["LK_KEY"].removeprefix("whsec_"))


def body() -> bytes:
    return body_of("notice", [entry(3)], "IR", Message("Subject", "Text «ü»"), "en", AT)


def test_the_signature_is_hmac_sha256_over_id_time_and_body_as_the_specification_says() -> None:
    made = signed("lk-IR-desk-3", body(), KEY, AT)
    content = b"lk-IR-desk-3." + str(int(AT.timestamp())).encode() + b"." + made.body
    assert made.headers["webhook-id"] == "lk-IR-desk-3"
    assert made.headers["webhook-timestamp"] == str(int(AT.timestamp()))
    wanted = base64.b64encode(hmac.new(KEY, content, hashlib.sha256).digest()).decode()
    assert made.headers["webhook-signature"] == f"v1,{wanted}"


def test_the_example_of_the_specification_gives_its_signature() -> None:
    """The example of the specification's repository: secret, id, time and payload are its own."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "X")
    at = datetime.fromtimestamp(1614265330, UTC)
    made = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', key, at)
    assert made.headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_accepts_it_and_refuses_a_changed_body_another_id_and_an_old_time() -> None:
    now = datetime.now(UTC)
    made, receiver = signed("lk-1", body(), KEY, now), Webhook(TOKENS["LK_KEY"])
    assert receiver.verify(made.body, made.headers)["type"] == "told.new"
    for wrong in (
        (made.body.replace(b"outage", b"nothin"), made.headers),
        (made.body, made.headers | {"webhook-id": "lk-2"}),
        (made.body, signed("lk-1", body(), KEY, now - timedelta(hours=1)).headers),
        (made.body, signed("lk-1", body(), b"x" * 32, now).headers),
    ):
        with pytest.raises(WebhookVerificationError):
            receiver.verify(*wrong)


def test_a_view_has_rounded_times_no_note_and_no_names_of_series() -> None:
    told = view(entry(note="secret words of a source", targets=["<b>evil.example"], end_latest=AT.replace(minute=1)))
    assert (told["onset_earliest"], told["onset_latest"]) == ("2026-11-25T10:00:00Z", "2026-11-25T13:00:00Z")
    assert told["end_latest"] == "2026-11-25T13:00:00Z"
    assert told["targets"] == ["?b?evil[.]example"]
    assert (told["series"], told["severity"]) == (2, 0.95)
    shown = json.dumps(told)
    assert "secret words" not in shown
    assert "ioda/bgp" not in shown


def test_the_same_try_and_the_next_one_have_the_same_id_and_body() -> None:
    one, two = signed("lk-1", body(), KEY, AT), signed("lk-1", body(), KEY, AT + timedelta(hours=1))
    assert (one.body, one.headers["webhook-id"]) == (two.body, two.headers["webhook-id"])
    assert one.headers["webhook-signature"] != two.headers["webhook-signature"]


@pytest.mark.parametrize("bad", ["", "whsec_", "whsec_!!!!", "short", "whsec_" + base64.b64encode(b"x" * 23).decode()])
def test_a_key_that_is_none_is_refused_without_showing_it(bad: str) -> None:
    with pytest.raises(InputError) as error:
        key_of(bad, "LK_KEY")
    assert "LK_KEY" in str(error.value)
    assert not bad or bad == "whsec_" or bad not in str(error.value)
