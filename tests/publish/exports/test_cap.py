"""CAP 1.2, against the schema of OASIS."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree
from msgspec.structs import replace

from lightkeeper.errors import InputError
from lightkeeper.publish.exports.cap import NAMESPACE, cap_alert, sent_before
from places import ROOT
from publish.exports.export_rows import hostile, record

SENT = datetime(2031, 4, 1, 12, tzinfo=UTC)
SENDER = "alerts@example.org"


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(Path(ROOT) / "tests" / "data" / "cap" / "CAP-v1.2.xsd"))


def text(xml: bytes, name: str) -> str | None:
    return etree.fromstring(xml).findtext(f".//{{{NAMESPACE}}}{name}")


@pytest.mark.parametrize("made", [record, hostile])
def test_every_alert_validates(made: object, schema: etree.XMLSchema) -> None:
    whole = made()  # type: ignore[operator]
    for incident in whole.incidents:
        schema.assertValid(etree.fromstring(cap_alert(whole, incident, sender=SENDER, sent=SENT)))


def test_an_alert_is_an_exercise_unless_told_otherwise() -> None:
    whole = record()
    alert = cap_alert(whole, whole.incidents[3], sender=SENDER, sent=SENT)
    assert text(alert, "status") == "Exercise"
    assert text(cap_alert(whole, whole.incidents[3], sender=SENDER, sent=SENT, status="Actual"), "status") == "Actual"


def test_certainty_follows_the_ladder_and_a_dispute_is_unknown() -> None:
    whole = record()
    wanted = {"signal": "Possible", "corroborated": "Likely", "confirmed": "Observed", "disputed": "Unknown"}
    for rung, certainty in wanted.items():
        alert = cap_alert(whole, replace(whole.incidents[3], rung=rung), sender=SENDER, sent=SENT)
        assert text(alert, "certainty") == certainty


def test_a_change_is_an_update_and_a_retraction_a_cancellation_of_the_alert_before(schema: etree.XMLSchema) -> None:
    whole = record()
    first = cap_alert(whole, whole.incidents[3], sender=SENDER, sent=SENT)
    before = sent_before(first)
    later = SENT.replace(hour=18)
    update = cap_alert(whole, whole.incidents[3], sender=SENDER, sent=later, before=before)
    gone = cap_alert(
        whole, replace(whole.incidents[3], rung="retracted"), sender=SENDER, sent=later, before=sent_before(update)
    )
    assert (text(update, "msgType"), text(gone, "msgType")) == ("Update", "Cancel")
    assert text(update, "references") == f"{SENDER},{before.identifier},{before.sent}"
    schema.assertValid(etree.fromstring(gone))


@pytest.mark.parametrize("sender", ["a b@example.org", "a,b", "<x>", "", "a&b"])
def test_a_sender_that_cap_forbids_is_refused(sender: str) -> None:
    whole = record()
    with pytest.raises(InputError):
        cap_alert(whole, whole.incidents[0], sender=sender, sent=SENT)


@pytest.mark.parametrize("body", [b"", b"<a/>", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'])
def test_what_is_no_alert_is_refused(body: bytes) -> None:
    with pytest.raises(InputError):
        sent_before(body)
