"""Bytes of one record → envelope and keys, however odd."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightkeeper.errors import SetAside
from lightkeeper.model import Measurement
from lightkeeper.observe import decode, web_connectivity
from lightkeeper.observe.addresses import endpoint, hostname, is_bogon, split_url
from lightkeeper.observe.nettests import observe
from lightkeeper.observe.repair import fit
from lightkeeper.observe.targets import target_of
from lightkeeper.observe.wire import Envelope, Keys
from places import DATA

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_any_json_value_fits_or_is_dropped(value: object) -> None:
    fitted, dropped = fit(value, Keys)
    assert isinstance(fitted, Keys)
    assert all(path.startswith("$") for path in dropped)


def test_what_fits_is_kept_and_what_does_not_is_named() -> None:
    fitted, dropped = fit({"failure": 3, "queries": [{"hostname": "a.example"}, 7]}, Keys)
    assert fitted.queries[0].hostname == "a.example"
    assert dropped == ["$.queries[1]", "$.failure"] or set(dropped) == {"$.queries[1]", "$.failure"}


def test_a_record_with_a_wrong_type_is_still_read() -> None:
    record, dropped = decode.envelope(json.dumps({"test_name": "signal", "report_id": 5, "probe_cc": "IR"}).encode())
    assert (record.test_name, record.probe_cc, dropped) == ("signal", "IR", ["$.report_id"])


def test_a_record_without_a_nettest_is_set_aside() -> None:
    with pytest.raises(SetAside, match="names no nettest"):
        decode.envelope(b"{}")


def test_the_probes_own_address_never_leaves_the_record() -> None:
    record = {"test_name": "signal", "probe_ip": "198.51.100.7", "test_keys": {"client_resolver": "198.51.100.7"}}
    assert "198.51.100.7" not in repr(observe(json.dumps(record).encode(), file_sha256="0" * 64, line=1))


def test_a_record_without_an_id_gets_one_from_its_bytes() -> None:
    one = observe(b'{"test_name":"signal"}', file_sha256="0" * 64, line=1).measurement.measurement_id
    two = observe(b'{"test_name":"signal" }', file_sha256="0" * 64, line=1).measurement.measurement_id
    assert one.startswith("sha256:")
    assert one != two


@pytest.mark.parametrize(
    ("text", "country"), [("IR", "IR"), ("ZZ", None), ("ir", None), ("IRN", None), ("", None), (None, None)]
)
def test_a_country_is_two_capitals_and_zz_is_none(text: str | None, country: str | None) -> None:
    assert decode.country(text) == country


@pytest.mark.parametrize(
    ("value", "number"), [("AS58224", 58224), (58224, 58224), ("AS0", None), ("x", None), (2**40, None), (None, None)]
)
def test_an_as_number_is_read_and_as0_is_none(value: str | int | None, number: int | None) -> None:
    assert decode.asn(value) == number


RECEIVED = datetime(2021, 6, 18, 10, tzinfo=UTC)


def begun(stated: str, *, uid: str | None = "20210618100000.100000_KE_webconnectivity_707c63be3675a7dc") -> Measurement:
    report = "20210618T100000Z_webconnectivity_KE_36866_n1_AAAAAAAAAAAAAAAA"
    record = Envelope(
        test_name="web_connectivity", measurement_start_time=stated, measurement_uid=uid, report_id=report
    )
    return decode.measurement(record, data=b"", target="example.org", file_sha256="0" * 64, line=1)


def test_a_start_by_the_probes_clock_stands_also_where_it_was_uploaded_after_a_shutdown() -> None:
    row = begun("2021-05-30 08:15:00")
    assert (row.started_at, row.stated_at) == (datetime(2021, 5, 30, 8, 15, tzinfo=UTC), None)


def test_a_start_after_the_collector_had_the_measurement_gives_way_to_the_collectors_time() -> None:
    row = begun("2021-06-18 15:00:00")
    assert (row.started_at, row.stated_at) == (RECEIVED, datetime(2021, 6, 18, 15, tzinfo=UTC))


def test_a_long_session_does_not_make_a_clock_wrong_where_only_its_opening_is_known() -> None:
    later = begun("2021-06-20 10:00:00", uid=None)
    assert (later.started_at, later.stated_at) == (datetime(2021, 6, 20, 10, tzinfo=UTC), None)
    wrong = begun("2021-07-30 10:00:00", uid=None)
    assert (wrong.started_at, wrong.stated_at) == (None, datetime(2021, 7, 30, 10, tzinfo=UTC))


@pytest.mark.parametrize("stated", ["1400-03-28 10:00:00", "2564-06-18 10:00:00", "۱۴۰۰-۰۳-۲۸ ۱۰:۰۰:۰۰"])
def test_a_year_of_another_calendar_is_no_time_and_the_collectors_stands(stated: str) -> None:
    row = begun(stated)
    assert row.started_at == RECEIVED
    assert row.stated_at is not None


@pytest.mark.parametrize("stated", ["", "yesterday", "2021-13-45 10:00:00"])
def test_a_start_that_cannot_be_read_leaves_the_collectors_time(stated: str) -> None:
    assert (begun(stated).started_at, begun(stated).stated_at) == (RECEIVED, None)
    assert begun(stated, uid=None).started_at is None


@pytest.mark.parametrize("text", ["۲۰۲۱-۰۶-۱۸ ۰۹:۵۹:۰۰", "٢٠٢١-٠٦-١٨ ٠٩:٥٩:٠٠", "๒๐๒๑-๐๖-๑๘ ๐๙:๕๙:๐๐"])
def test_a_time_in_other_digits_is_read_as_what_it_is(text: str) -> None:
    assert begun(text).started_at == datetime(2021, 6, 18, 9, 59, tzinfo=UTC)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "²⁰²¹-06-18 10:00:00"])
def test_a_time_at_the_edge_of_the_calendar_is_none(text: str) -> None:
    assert decode.when(text) is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [("t", True), (True, True), ("f", False), ("u", False), (False, False), (None, None), ("yes", None), ("", None)],
)
def test_a_sender_is_verified_only_where_ooni_says_so(said: str | bool | None, meant: bool | None) -> None:
    assert decode.verified(said) is meant


def test_direction_and_control_characters_are_taken_out() -> None:
    assert decode.clean("a\u202eb\x00c\u2066d") == "abcd"


@pytest.mark.parametrize(
    ("address", "bogon"),
    [("10.10.34.35", True), ("127.0.0.1", True), ("::1", True), ("::ffff:10.0.0.1", True), ("224.0.0.1", True),
     ("8.8.8.8", False), ("2606:4700::1111", False), ("not an address", False)],
)  # fmt: skip
def test_an_address_that_no_public_server_can_have_is_a_bogon(address: str, bogon: bool) -> None:
    assert is_bogon(address) is bogon


@pytest.mark.parametrize("text", ["", "1.2.3.4", "1.2.3.4:99999", "a.example:443", "1.2.3.4:²", "[::1]:x"])
def test_what_is_no_endpoint_is_none(text: str) -> None:
    assert endpoint(text) is None


def test_an_ipv6_endpoint_is_split() -> None:
    assert endpoint("[2606:4700::1111]:443") == ("2606:4700::1111", 443)


def test_a_name_is_put_into_a_label_form() -> None:
    assert hostname("Яндекс.рф.") == "xn--d1acpjx3f.xn--p1ai"
    assert hostname("a b") is None


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "http://", "http://[::1", "x" * 5000, None]
)
def test_only_web_addresses_are_split(url: str | None) -> None:
    assert split_url(url) is None


@pytest.mark.parametrize(
    ("host", "target"),
    [
        ("chat.signal.org", "signal/chat"),
        ("e5.whatsapp.net", "whatsapp/endpoints"),
        ("scontent.cdninstagram.com", "instagram/cdn"),
        ("www.instagram.com", "instagram/website"),
        ("www.example.org", "example.org"),
        ("notinstagram.com", "notinstagram.com"),
        (None, "unknown"),
    ],
)
def test_a_host_has_a_stable_target(host: str | None, target: str) -> None:
    assert target_of(host) == target


def test_envelope_decodes_the_common_case_without_repair() -> None:
    record, dropped = decode.envelope(b'{"test_name":"signal","probe_asn":"AS1","unknown":[1,2]}')
    assert isinstance(record, Envelope)
    assert dropped == []


@pytest.mark.parametrize("path", sorted((DATA / "ooni" / "wc05_qa").glob("*.json")), ids=lambda p: p.stem)
def test_a_record_as_specified_needs_no_repair(path: Path) -> None:
    record, dropped = decode.envelope(path.read_bytes())
    keys, misfits = decode.keys(record, web_connectivity.DECODER)
    assert keys.queries
    assert (dropped, misfits) == ([], [])


def test_a_well_formed_record_is_decoded_without_the_slow_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "fit", None)
    for path in (DATA / "ooni" / "wc05_qa").glob("*.json"):
        record, _ = decode.envelope(path.read_bytes())
        decode.keys(record, web_connectivity.DECODER)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'{"test_name": "signal", "x": 1}', "signal"),
        (b'{"test_name":"tor"' + b" " * 9000 + b"}", "tor"),
        (b"{" + b" " * 9000 + b'"test_name": "ndt"}', "ndt"),
        (b'{"a": "test_name", "b": "\\"test_name\\"", "test_name": "dash"}', "dash"),
        (b'{"test_name": 3}', None),
        (b"{" + b" " * 9000 + b'"test_name": "ndt"' + b" " * 9000 + b"}", None),
        (b"", None),
    ],
)
def test_the_name_of_a_nettest_is_looked_for_at_both_ends(data: bytes, name: str | None) -> None:
    assert decode.name_in(data) == name
