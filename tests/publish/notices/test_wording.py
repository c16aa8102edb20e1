"""What notices say: rounded times, what is not known, corrections, and nothing that outside text could do."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from lightkeeper.model.channel import LONGEST, Channel
from lightkeeper.model.told import CHANGES
from lightkeeper.publish.notices.digest import Watched, digest_of, heartbeat_of
from lightkeeper.publish.notices.wording import message_of
from publish.notices.entries import AT, entry, silent
from publish.notices.servers import channel

KINDS = ("email", "telegram", "matrix", "mastodon", "webhook")
BIDI = "\u202e\u2066\u200f\u061c\u2028\u200b\ufeff"


def to(kind: str = "telegram", **more: Any) -> Channel:
    return channel(kind, 1, **more)


def test_a_notice_says_what_where_when_how_deep_who_saw_it_and_what_is_not_known() -> None:
    made = message_of(entry(), to(), AT)
    assert made.subject == "New: Outage, national (Iran)"
    assert made.text.splitlines() == [
        "It began between 25 Nov 2026, 10:00 UTC and 25 Nov 2026, 13:00 UTC. No end was seen so far.",
        "At its deepest it fell by 95% of what is usual at that hour.",
        "Kinds of witness that saw it: control plane and active probing.",
        "Kinds of witness that looked and saw no change: telescope.",
        "Networks: AS58224.",
        "Not known: who did it, whether anybody meant it, and what happened where nobody measures. A power cut, a "
        "cable fault or a fault of a source can look the same. This is a reason to look, and no proof.",
        "Event IR-e1, entry 1 of the log.",
    ]


def test_early_signs_are_named_and_foretell_nothing() -> None:
    signs = ["ipv6_withdrawn 4.7 h before, bgp_v6/IR", "ipv6_withdrawn 4.0 h before, x/v6/IR", "odd<b> 1.0 h before, x"]
    said = message_of(entry(leading=signs), to(), AT).text
    assert "Changed shortly before, which foretells nothing: IPv6 fell or was withdrawn and " in said
    assert "<b>" not in message_of(entry(leading=signs), to("email"), AT).text


def test_a_correction_of_a_name_says_what_was_told_and_what_it_is() -> None:
    made = message_of(
        entry(change="renamed", kind="throttling", scope="throttling", told_as="outage/national"), to(), AT
    )
    assert made.subject == "Correction: Throttling, of speed (Iran)"
    assert "Told before: Outage, national." in made.text
    assert "It is: Throttling, of speed." in made.text
    ended = message_of(entry(change="ended", kind="slowdown", told_as="outage/national", end_latest=AT), to(), AT)
    assert "Told before: Outage, national." in ended.text


def test_what_others_recorded_is_told_as_theirs_verified_or_not_and_with_what_is_not_known() -> None:
    theirs = entry(recorded_by="IODA", place="country:IR", lineages=[], flags=["unverified_at_source"], note="<b>")
    made = message_of(theirs, to(), AT)
    assert made.subject == "New: Outage, national, recorded by IODA (Iran)"
    for said in ("no measurement of ours", "Nobody at the source has verified it", "nothing of our own", "Not known"):
        assert said in made.text
    joined = message_of(entry(change="joined", recorded_by="IODA", joins="IR-e1"), to(), AT).text
    assert "We found an event that overlaps it: IR-e1." in joined
    assert "Nobody at the source" not in joined
    assert "has taken it back" in message_of(entry(change="withdrawn", recorded_by="IODA"), to(), AT).text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("change", sorted(CHANGES))
def test_minutes_are_left_out_brackets_only_grow_and_every_notice_says_what_it_does_not_know(
    kind: str, language: str, change: str
) -> None:
    odd = AT.replace(minute=37)
    told = entry(change=change, merged_into="IR-e9", onset_earliest=odd, onset_latest=odd, end_latest=odd)
    made = message_of(told, to(kind, language=language, time_zone="UTC"), AT, AT)
    assert not re.search(r"\b\d\d:(?!00)\d\d|[۰-۹]{2}:(?!۰۰)[۰-۹]{2}", made.text)
    if change not in ("withdrawn", "merged"):
        assert "13:00 UTC" in made.text
        assert "Not known: who did it" in made.text or "معلوم نیست: چه کسی" in made.text
    assert len(made.whole) <= LONGEST[kind]


def test_the_hour_stands_in_the_zone_of_the_reader_and_in_utc_with_the_day_of_each() -> None:
    late = entry(onset_earliest=AT.replace(hour=22), onset_latest=AT.replace(hour=23))
    said = message_of(late, to(time_zone="Asia/Tehran"), AT).text
    assert "between 26 Nov 2026 at 01:30 in Asia/Tehran (2026-11-25 22:00 UTC)" in said
    persian = message_of(late, to(time_zone="Asia/Tehran", language="fa"), AT).text
    assert "۵ آذر ۱۴۰۵ (۲۶ نوامبر ۲۰۲۶) ساعت ۰۱:۳۰ به وقت" in persian


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_wrong_is_corrected_and_asks_to_pass_that_on(kind: str) -> None:
    made = message_of(entry(change="withdrawn"), to(kind), AT, AT - timedelta(days=1))
    assert made.subject == "Correction: Outage, national (Iran)"
    assert "it is not found any more. What we told was wrong." in made.text
    assert "Please tell those whom you told." in made.text
    merged = message_of(entry(change="merged", merged_into="IR-e9"), to(kind), AT)
    assert "it is a part of IR-e9" in merged.text


def test_a_silent_source_is_neither_all_well_nor_an_outage_and_its_own_words_are_not_repeated() -> None:
    made = message_of(silent(), to(), AT)
    assert made.subject == "New: A source does not answer (Iran)"
    assert "neither that all is well nor that something happened" in made.text
    assert "script" not in made.whole
    again = message_of(silent(change="ended"), to(), AT)
    assert "gives new data again" in again.text


def test_a_notice_that_goes_out_late_says_so() -> None:
    assert "This notice is late" in message_of(entry(), to(), AT + timedelta(days=1)).text
    assert "late" not in message_of(entry(), to(), AT + timedelta(hours=1)).text


HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[here](https://evil.example/x)", "**bold** _it_ `c`",
    "@everyone", "@admin@evil.example", "#tag", "https://evil.example/phish", "evil.example\r\nBcc: all@example.org",
    "x\nSubject: other", f"good{BIDI}moc.live", "=HYPERLINK(\"http://evil\")", "&lt;b&gt;", "a|b", "раураl.com",
    "\ud800", "x" * 5000, "{0.__class__}", "%(secret)s", "<svg/onload=alert(1)>", "~~a~~ >quote", "![i](http://e.x/i)",
]  # fmt: skip


@pytest.mark.parametrize("evil", HOSTILE)
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_names_are_no_markup_no_link_no_mention_and_no_line_of_their_own(evil: str, kind: str) -> None:
    told = entry(targets=[evil], event_id=evil, kind=evil, scope=evil, merged_into=evil, country="IR", flags=[evil])
    for change in ("new", "merged"):
        made = message_of(entry(**{**vars_of(told), "change": change}), to(kind), AT)
        assert "\n" not in made.subject
        assert "\r" not in made.whole
        assert not re.search(r"[<>`*_\[\]()|#@=~{}\"&]", cut_ours(made.whole)), made.whole
        assert "://" not in made.whole
        assert not set(BIDI) & set(made.whole)
        assert not re.search(r"\w\.(example|com|x)\b", made.whole)
        assert len(made.subject) <= 120
        made.whole.encode()


def vars_of(told: Any) -> dict[str, Any]:
    return {name: getattr(told, name) for name in told.__struct_fields__}


def cut_ours(text: str) -> str:
    """The text without the marks that we set ourselves: brackets about a country, and those of a dot."""
    return text.replace("(Iran)", "").replace("[.]", ".").replace("[:]", ":")


def test_a_channel_with_little_room_keeps_the_correction_and_what_is_not_known() -> None:
    many = [entry(n, change="withdrawn" if n == 40 else "new") for n in range(1, 61)]
    made = digest_of(many, to("mastodon"), Watched(AT), AT)
    assert len(made.whole) <= LONGEST["mastodon"]
    assert "40. Correction" in made.text
    assert "Not known: who did it" in made.text
    assert "the log has them" in made.text
    whole = digest_of(many, to("email"), Watched(AT), AT)
    assert [f"{n}. " in whole.text for n in (1, 30, 60)] == [True] * 3
    assert "the log has them" not in whole.text


def test_a_heartbeat_tells_quiet_from_a_watch_that_does_not_look_and_from_a_source_that_is_blind() -> None:
    since = AT - timedelta(days=1)
    quiet = heartbeat_of("IR", since, to(), Watched(AT), AT).text
    assert "Nothing was told about Iran since 24 Nov 2026, 12:00 UTC." in quiet
    assert "The watch last looked on 25 Nov 2026, 12:00 UTC." in quiet
    assert "does not mean that all is well" in quiet
    assert "nobody could have told anything since" in heartbeat_of("IR", since, to(), Watched(since), AT).text
    assert "No watch has ever looked" in heartbeat_of("IR", since, to(), Watched(None), AT).text
    assert "in the data of ioda and tor." in heartbeat_of("IR", since, to(), Watched(AT, ["ioda", "tor"]), AT).text


@pytest.mark.parametrize("kind", KINDS)
def test_persian_is_persian_but_for_ids_names_of_zones_and_utc(kind: str) -> None:
    ours = to(kind, language="fa", time_zone="Asia/Tehran")
    later = AT + timedelta(days=1)
    made = [
        *(message_of(entry(change=change, merged_into="IR-e9"), ours, later, AT) for change in CHANGES),
        message_of(silent(), ours, AT), message_of(silent(change="ended"), ours, AT),
        heartbeat_of("IR", AT, ours, Watched(AT, ["ioda"]), AT), heartbeat_of("IR", AT, ours, Watched(None), AT),
        digest_of([entry(1), silent(2)], ours, Watched(AT - timedelta(days=1)), AT),
    ]  # fmt: skip
    for one in made:
        bare = re.sub("\u2066[^\u2069]*\u2069", "", one.whole)
        assert re.findall(r"[A-Za-z]{2,}", bare) in ([], ["BGP"], ["BGP", "BGP"]), one.whole
        assert len(one.whole) <= LONGEST[kind]
