"""Bytes of one record → its envelope, its nettest and its test keys."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar, cast
from unicodedata import decimal

import msgspec

from lightkeeper.errors import SetAside
from lightkeeper.model import Measurement
from lightkeeper.observe.addresses import MAX_URL
from lightkeeper.observe.repair import fit
from lightkeeper.observe.wire import Envelope, Wire

MAX_TEXT = 200
YEARS = range(1990, 2101)
"""Years in which a measurement may have begun. A clock by another calendar, and one that was never set, say others."""
LATEST_UPLOAD = timedelta(days=90)
"""How long before the collector had it a measurement may have begun: what is measured during a shutdown is uploaded
when the shutdown is over."""
LONGEST_SESSION = timedelta(days=7)
"""How long a report stays open: where only its opening is known, a later start proves nothing before this."""
T = TypeVar("T", bound=Wire)
_ENVELOPE: msgspec.json.Decoder[Envelope] = msgspec.json.Decoder(Envelope)
_NAME = re.compile(rb'"test_name": ?"([a-z0-9_]{1,64})"')
_AN_END = 4096
_ANY = msgspec.json.Decoder()
_COUNTRY = re.compile(r"[A-Z]{2}")
_ASN = re.compile(r"(?:AS)?([0-9]{1,10})")
_TIME_IN_ID = re.compile(r"(20[0-9]{2})([0-9]{2})([0-9]{2})T?([0-9]{2})([0-9]{2})([0-9]{2})(?:\.[0-9]{1,9})?Z?_")
_ADDRESS = re.compile(
    r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b|\[?(?<![0-9A-Za-z])[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){2,7}\]?"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def name_in(data: bytes) -> str | None:
    """The nettest that a record seems to be of, by a look at its end and at its beginning; a guess, to be checked."""
    for start, end in ((max(len(data) - _AN_END, 0), len(data)), (0, _AN_END)):
        at = data.find(b'"test_name"', start, end)  # many times faster than the pattern
        if at >= 0 and (found := _NAME.search(data, at, end)):
            return found[1].decode()
    return None


def whole_decoder(wanted: type[Wire]) -> msgspec.json.Decoder[Any]:
    """Decodes a record whose `test_keys` are of this type in one pass, where `envelope` and `keys` take two."""
    made = msgspec.defstruct("Whole", [("test_keys", cast(Any, wanted | None), None)], bases=(Envelope,), gc=False)
    return msgspec.json.Decoder(made)


def whole(data: bytes, name: str, decoder: msgspec.json.Decoder[Any]) -> Envelope | None:
    """The record in one pass, with `test_keys` as the nettest `name` has them; none where it is not as it should be.

    Then `envelope` and `keys` say what is wrong and keep what fits.
    """
    try:
        found: Envelope = decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return found if found.test_name == name else None


def envelope(data: bytes) -> tuple[Envelope, list[str]]:
    """Decode the outer record. Returns it and the paths that had wrong types and were dropped.

    Raises SetAside for bytes that are not JSON, not an object, or name no nettest.
    """
    dropped: list[str] = []
    try:
        found = _ENVELOPE.decode(data)
    except msgspec.ValidationError:
        found, dropped = fit(_decode_any(data), Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_json(error) from error
    if not found.test_name:
        raise SetAside(
            "the record names no nettest (`test_name`)", remedy="Check that it is a measurement as OONI publishes it"
        )
    return found, dropped


def keys(record: Envelope, wanted: msgspec.json.Decoder[T]) -> tuple[T, list[str]]:
    """Decode `test_keys` as the nettest has them; none or null gives the empty keys."""
    raw = bytes(record.test_keys)
    empty: T = wanted.type()
    if raw.strip() in (b"null", b"", b"{}"):
        return empty, []
    try:
        return wanted.decode(raw), []
    except msgspec.ValidationError:
        return fit(_decode_any(raw), wanted.type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_json(error) from error


def measurement(record: Envelope, *, data: bytes, target: str, file_sha256: str, line: int) -> Measurement:
    """The row of the measurement. The probe's address is never taken over."""
    stated = when(record.measurement_start_time) or when(record.test_start_time)
    exact = time_in_id(record.measurement_uid) or time_in_id(record.id)
    received = exact or time_in_id(record.report_id)
    started = sure_time(stated, received, exact=exact is not None)
    return Measurement(
        measurement_id=clean(record.measurement_uid) or clean(record.id) or record_id(data),
        report_id=clean(record.report_id),
        test_name=token(record.test_name) or "unknown",
        test_version=token(record.test_version),
        probe_cc=country(record.probe_cc),
        probe_asn=asn(record.probe_asn),
        resolver_asn=asn(record.resolver_asn),
        input=input_text(record.input),
        target=target,
        started_at=started,
        stated_at=None if stated == started else stated,
        received_at=received,
        software=" ".join(filter(None, (token(record.software_name), token(record.software_version)))) or None,
        platform=token(record.annotations.platform) if record.annotations else None,
        network_type=token(record.annotations.network_type) if record.annotations else None,
        is_verified=verified(record.is_verified),
        file_sha256=file_sha256,
        file_line=line,
    )


def sure_time(stated: datetime | None, received: datetime | None, *, exact: bool) -> datetime | None:
    """When a measurement began, in UTC: by the probe's clock, unless that cannot be.

    It cannot be after the collector had the measurement, nor long before, nor in a year out of `YEARS`. Then the
    collector's time stands in where it is `exact`, that of the measurement itself; that of its report, which may have
    been opened days before, does not, and nothing is known.
    """
    if stated is not None and stated.year in YEARS:
        latest = timedelta(0) if exact else LONGEST_SESSION
        if received is None or -LATEST_UPLOAD <= stated - received <= latest:
            return stated
    return received if exact else None


def verified(said: str | bool | None) -> bool | None:
    """Whether OONI's collector verified the sender's anonymous credential: it writes `t`, `f` or `u` beside the record.

    Until the spring of 2026 the collector let pass what a sender wrote there (ooni/backend, issue 1165).
    """
    if isinstance(said, bool) or said is None:
        return said
    return {"t": True, "true": True, "f": False, "u": False, "false": False}.get(said.casefold())


def time_in_id(text: str | None) -> datetime | None:
    """The collector's time at the head of an id that it gave, in UTC: `20200302130853.123456_IR_…` of a measurement,
    when it came in; `20200302T130853Z_AS…` of a report, when it was opened. None where the id is of another form.
    """
    found = _TIME_IN_ID.match(text) if text else None
    if found is None:
        return None
    try:
        return datetime(*map(int, found.groups()), tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError:
        return None


def record_id(data: bytes) -> str:
    """An id for a record that has none of its own."""
    return "sha256:" + hashlib.sha256(data.strip()).hexdigest()[:32]


def clean(text: str | None, limit: int = MAX_TEXT) -> str | None:
    """Text without control and direction characters, cut to `limit` characters; none where nothing is left."""
    if not text:
        return None
    text = text[:limit]
    if not text.isprintable():
        text = _CONTROL.sub("", text)
    return text.strip() or None


def failure(text: str | msgspec.UnsetType | None) -> str | None:
    """A failure string (df-007). Addresses are taken out: an unclassified error may name the probe's own."""
    return _failure(text[:MAX_TEXT]) if text else None


@lru_cache(maxsize=4096)
def _failure(text: str) -> str | None:
    found = clean(text)
    return found if found is None or found.isidentifier() else _ADDRESS.sub("[address]", found)


def token(text: str | None) -> str | None:
    """`clean` for words of which there are few: the name of a resolver, a type, a version."""
    return _token(text[:MAX_TEXT]) if text else None


@lru_cache(maxsize=4096)
def _token(text: str) -> str | None:
    return clean(text)


@lru_cache(maxsize=4096)
def country(text: str | None) -> str | None:
    """An ISO 3166-1 alpha-2 code; none for ZZ, which OONI writes where it does not know."""
    return text if text and _COUNTRY.fullmatch(text) and text != "ZZ" else None


@lru_cache(maxsize=65536)
def asn(value: str | int | None) -> int | None:
    """An AS number; none for AS0, which OONI writes where it does not know."""
    number = value if isinstance(value, int) else None
    if isinstance(value, str) and (match := _ASN.fullmatch(value)):
        number = int(match[1])
    return number if number is not None and 0 < number < 2**32 else None


def when(text: str | None) -> datetime | None:
    """A time in OONI's form, `YYYY-MM-DD HH:MM:SS`, in UTC; none where it is another.

    A phone set to Persian, Arabic or Thai writes it in digits of its own, which are read as what they are.
    """
    if not text or len(text) > 40:
        return None
    if not text.isascii():
        text = "".join(str(decimal(c, c)) for c in text)
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def input_text(value: Any) -> str | None:
    """What was tested, as text; a list of inputs is joined with spaces."""
    if isinstance(value, list):
        value = " ".join(v for v in value if isinstance(v, str))
    return clean(value, MAX_URL) if isinstance(value, str) else None


def _decode_any(data: bytes) -> Any:
    try:
        return _ANY.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_json(error) from error


def _not_json(error: Exception) -> SetAside:
    what = "too deeply nested" if isinstance(error, RecursionError) else clean(str(error)) or type(error).__name__
    return SetAside(f"not a JSON object that can be read: {what}", remedy="Fetch the file again, or remove the line")
