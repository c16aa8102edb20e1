"""CAP 1.2, against the schema of OASIS."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree
from msgspec.structs import replace

from lightkeeper.errors import InputError
from lightkeeper.publish.exports.cap import GONE, NAMESPACE, cap_alert, cap_cancel, sent_before
from places import ROOT
from publish.exports.export_rows import hostile, persian, record

SENT = datetime(2031, 4, 1, 12, tzinfo=UTC)
SENDER = "alerts@example.org"


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(Path(ROOT) / "tests" / "data" / "cap" / "CAP-v1.2.xsd"))


def texts(xml: bytes, name: str) -> list[str]:
    return [e.text or "" for e in etree.fromstring(xml).iterfind(f".//{{{NAMESPACE}}}{name}")]


def text(xml: bytes, name: str) -> str | None:
    return etree.fromstring(xml).findtext(f".//{{{NAMESPACE}}}{name}")


@pytest.mark.parametrize("made", [record, hostile, persian])
def test_every_alert_validates(made: object, schema: etree.XMLSchema) -> None:
    whole = made()  # type: ignore[operator]
    for incident in whole.incidents:
        schema.assertValid(etree.fromstring(cap_alert(whole, incident, sender=SENDER, sent=SENT)))


def test_an_alert_is_an_exercise_unless_told_otherwise() -> None:
    whole = record()
    alert = cap_alert(whole, whole.incidents[3], sender=SENDER, sent=SENT)
    assert text(alert, "status") == "Exercise"
    assert text(cap_alert(whole, whole.incidents[3], sender=SENDER, sent=SENT, status="Actual"), "status") == "Actual"


def test_what_goes_on_is_urgent_only_while_its_days_are_watched() -> None:
    whole = record()
    going_on = replace(whole.incidents[3], ongoing=True, end_earliest=None, end_latest=None)
    for sent, urgency in (
        (datetime(2031, 3, 15, tzinfo=UTC), "Immediate"),
        (datetime(2035, 1, 1, tzinfo=UTC), "Unknown"),
    ):
        assert set(texts(cap_alert(whole, going_on, sender=SENDER, sent=sent), "urgency")) == {urgency}


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


def test_an_alert_says_all_in_english_and_in_persian() -> None:
    whole = persian()
    alert = cap_alert(whole, replace(whole.incidents[3], scopes=["country"]), sender=SENDER, sent=SENT)
    assert texts(alert, "language") == ["en", "fa"]
    assert texts(alert, "event") == ["Internet disruption", "اختلال اینترنت"]
    english, told = texts(alert, "areaDesc")
    assert english == "Arcadia"
    assert told.strip("\u2068\u2069") == "آرکادیا"
    for name in ("certainty", "severity", "urgency", "onset", "category"):
        assert len(set(texts(alert, name))) == 1  # what machines read is the same in each


def test_text_in_another_direction_is_isolated_in_persian_alone() -> None:
    whole = persian()
    english, told = texts(cap_alert(whole, whole.incidents[3], sender=SENDER, sent=SENT), "headline")
    assert "\u2066" not in english
    assert told == f"\u2066{english}\u2069"


def test_an_alert_whose_incident_is_gone_is_cancelled_in_all_its_languages(schema: etree.XMLSchema) -> None:
    whole = persian()
    first = cap_alert(whole, whole.incidents[3], sender=SENDER, sent=SENT, status="Actual")
    gone = cap_cancel(whole.case.id, first, sender=SENDER, sent=SENT.replace(hour=18))
    schema.assertValid(etree.fromstring(gone))
    before = sent_before(first)
    assert text(gone, "msgType") == "Cancel"
    assert text(gone, "status") == "Actual"
    assert text(gone, "references") == f"{SENDER},{before.identifier},{before.sent}"
    assert texts(gone, "language") == ["en", "fa"]
    assert texts(gone, "headline") == texts(first, "headline")
    english, told = texts(gone, "description")
    assert english == GONE
    assert told.startswith("این هشدار پس گرفته شد")
    assert texts(gone, "urgency") == ["Past", "Past"]


def test_what_comes_back_after_a_cancellation_is_a_new_alert(schema: etree.XMLSchema) -> None:
    whole = record()
    first = cap_alert(whole, whole.incidents[3], sender=SENDER, sent=SENT)
    gone = cap_cancel(whole.case.id, first, sender=SENDER, sent=SENT.replace(hour=18))
    again = cap_alert(whole, whole.incidents[3], sender=SENDER, sent=SENT.replace(hour=20), before=sent_before(gone))
    schema.assertValid(etree.fromstring(again))
    assert (text(again, "msgType"), text(again, "references")) == ("Alert", None)


def test_a_long_headline_is_cut_whole_and_no_sign_of_direction_is_left_open() -> None:
    whole = persian()
    incident = replace(whole.incidents[3], title="Long words " * 40)
    for headline in texts(cap_alert(whole, incident, sender=SENDER, sent=SENT), "headline"):
        assert len(headline) <= 160
        assert headline.count("\u2066") == headline.count("\u2069")


@pytest.mark.parametrize("sender", ["a b@example.org", "a,b", "<x>", "", "a&b"])
def test_a_sender_that_cap_forbids_is_refused(sender: str) -> None:
    whole = record()
    with pytest.raises(InputError):
        cap_alert(whole, whole.incidents[0], sender=sender, sent=SENT)


def test_an_alert_in_the_folder_cannot_make_us_read_another_file(tmp_path: Path) -> None:
    """XXE: what an entity would bring in would go out as the identifier of the alert before."""
    (tmp_path / "secret").write_text("planted-secret")
    whole = record()
    alert = cap_alert(whole, whole.incidents[3], sender=SENDER, sent=SENT).decode()
    entity = f'<!DOCTYPE alert [<!ENTITY x SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
    evil = alert.replace("?>", f"?>{entity}", 1).replace("<identifier>", "<identifier>a&x;", 1)
    with contextlib.suppress(InputError):
        assert "planted-secret" not in str(sent_before(evil.encode()))


@pytest.mark.parametrize("body", [b"", b"<a/>", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'])
def test_what_is_no_alert_is_refused(body: bytes) -> None:
    with pytest.raises(InputError):
        sent_before(body)
