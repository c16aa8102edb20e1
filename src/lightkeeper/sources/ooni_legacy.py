"""Legacy entry: one entry of an old YAML report as a modern measurement.

The old probe wrote its clock as `time.mktime(time.gmtime())` (ooni/probe-legacy, `ooni/otime.py`): seconds that are off
by the probe's time zone. Where the header also has the time as text, which is true UTC, the zone is known and taken
out; `annotations.legacy_clock_shift_s` says by how much, or null where it could not be known.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

NO_ADDRESS = "127.0.0.1"
"""What OONI puts for the address of the probe. The real one is never carried over."""

_CARRIED = (
    "backend_version",
    "input_hashes",
    "options",
    "probe_asn",
    "probe_cc",
    "report_id",
    "software_name",
    "software_version",
    "test_helpers",
    "test_version",
)
_OWN = {*_CARRIED, "input", "id", "test_name", "test_runtime", "test_start_time", "measurement_start_time"}
_DROPPED = {"probe_ip", "probe_city", "report", "start_time", "data_format_version", "report_filename", "bucket_date"}
_NAMES = {
    "dns_tamper": "dns_consistency",
    "dnstamper": "dns_consistency",
    "http_requests_test": "http_requests",
    "bridgereachability": "bridge_reachability",
    "traceroute": "multi_protocol_traceroute",
    "multi_protocol_traceroute_test": "multi_protocol_traceroute",
    "captivep": "captive_portal",
    "captiveportal": "captive_portal",
}
_QUARTER_S = 900
_MAX_ZONE_S = 14 * 3600


def measurement(header: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """The modern form, data format 0.2.0, of one entry. Other keys of the entry are facts and stay as they are."""
    if isinstance(entry.get("report"), dict):  # the oldest reports nest an entry once more
        entry = {**entry, **entry["report"]}
    both = {**header, **{key: value for key, value in entry.items() if value is not None}}
    started_at, test_started_at, shift_s = _times(header, entry)
    return {
        **{key: both.get(key) for key in _CARRIED},
        "data_format_version": "0.2.0",
        "id": entry.get("id"),
        "input": entry.get("input"),
        "measurement_start_time": started_at,
        "test_start_time": test_started_at,
        "test_runtime": entry.get("test_runtime"),
        "test_name": _test_name(both.get("test_name")),
        "probe_ip": NO_ADDRESS,
        "probe_city": None,
        "annotations": {"legacy_yaml": True, "legacy_clock_shift_s": shift_s},
        "test_keys": _test_keys(entry),
    }


def _test_keys(entry: dict[str, Any]) -> dict[str, Any]:
    nested = entry.get("test_keys")
    found = nested if isinstance(nested, dict) else {}
    return found | {key: value for key, value in entry.items() if key not in _OWN | _DROPPED | {"test_keys"}}


def _test_name(name: object) -> object:
    if not isinstance(name, str):
        return name
    plain = name.strip().lower().replace(" ", "_").replace("-", "_")
    return _NAMES.get(plain, plain)


def _times(header: dict[str, Any], entry: dict[str, Any]) -> tuple[str | None, str | None, int | None]:
    """Start of the measurement, start of the test, and what was added to the probe's clock, in seconds."""
    told, clock = _epoch_of_text(header.get("test_start_time")), _number(header.get("start_time"))
    shift_s = None if told is None or clock is None else _zone_s(told - clock)
    test_start = clock if told is None else told
    own = entry.get("measurement_start_time") or entry.get("test_start_time")
    own_clock = _number(own)
    began = _epoch_of_text(own) if own_clock is None else own_clock + (shift_s or 0)
    return _text(test_start if began is None else began), _text(test_start), shift_s


def _zone_s(difference_s: float) -> int | None:
    """The time zone that explains a difference between two clocks, in seconds; none if none does."""
    zone_s = round(difference_s / _QUARTER_S) * _QUARTER_S
    return zone_s if abs(zone_s) <= _MAX_ZONE_S else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _epoch_of_text(text: object) -> float | None:
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _text(epoch: float | None) -> str | None:
    try:
        return None if epoch is None else f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return None
