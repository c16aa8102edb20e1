"""Our own check of certificates, on SYNTHETIC chains made here and on real ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import Store
from hypothesis import given, settings
from hypothesis import strategies as st

from lightkeeper.model import Observation
from lightkeeper.observe import certificates, trust
from lightkeeper.observe.certificates import CHECKS, MAX_CERTIFICATE, MAX_CHAIN, examine, examine_against
from lightkeeper.observe.nettests import observe
from places import DATA

NOW = trust.speaks_from() + trust.JUDGES_BACK
LONG_AGO = datetime(2015, 6, 1, 12, tzinfo=UTC)
NAME = "www.example.org"
Made = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


@cache
def key_of(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def make(
    subject: str,
    by: str,
    at: datetime = NOW,
    *,
    names: tuple[str, ...] = (),
    days: int = 30,
    authority: bool = False,
    organisation: str | None = None,
) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    key = key_of(subject).public_key()
    made = (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(by))
        .public_key(key)
        .serial_number(7)
        .not_valid_before(at - timedelta(days=days))
        .not_valid_after(at + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key_of(by).public_key()), critical=False)
    )
    if authority:
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        made = made.add_extension(usage, critical=True)
        made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    else:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    if names:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
    return made.sign(key_of(by), hashes.SHA256())


def der(*chain: x509.Certificate) -> tuple[bytes, ...]:
    return tuple(c.public_bytes(Encoding.DER) for c in chain)


def chain(names: tuple[str, ...] = (NAME,), at: datetime = NOW) -> list[x509.Certificate]:
    return [make("leaf", "Middle", at, names=names), make("Middle", "Root", at, days=900, authority=True)]


def check(
    made: tuple[bytes, ...], name: str | None = NAME, at: datetime | None = NOW, root_at: datetime = NOW
) -> str | None:
    root = make("Root", "Root", root_at, days=3000, authority=True)
    return examine_against([root], Store([root]), made, name, at).check


def test_a_chain_to_a_trusted_authority_is_valid() -> None:
    assert check(der(*chain())) == "valid"


def test_a_certificate_for_another_name_is_not_valid() -> None:
    assert check(der(*chain(("other.example",)))) == "wrong_name"


def test_a_wildcard_stands_for_one_label() -> None:
    assert check(der(*chain(("*.example.org",)))) == "valid"
    assert check(der(*chain(("*.org",)))) == "wrong_name"


def test_dates_are_checked_both_ways() -> None:
    assert check(der(*chain()), at=NOW + timedelta(days=40)) == "expired"
    assert check(der(*chain()), at=NOW - timedelta(days=40)) == "not_yet_valid"


def test_a_certificate_that_signed_itself_is_seen_at_any_age() -> None:
    assert check(der(make(NAME, NAME, names=(NAME,)))) == "self_signed"
    assert check(der(make(NAME, NAME, LONG_AGO, names=(NAME,))), at=LONG_AGO) == "self_signed"


def test_a_root_that_is_not_on_the_list_is_unknown() -> None:
    strange = make("leaf", "Strange", names=(NAME,)), make("Strange", "Strange", authority=True)
    assert check(der(*strange)) == "unknown_authority"


def test_a_root_that_may_have_been_on_the_list_then_does_not_accuse() -> None:
    old = make("leaf", "Old", LONG_AGO, names=(NAME,)), make("Old", "Old", LONG_AGO, authority=True)
    assert check(der(*old), at=LONG_AGO) is None


def test_a_known_state_authority_is_named_at_any_age() -> None:
    who = "Qaznet Trust Network"
    made = make("leaf", who, LONG_AGO, names=(NAME,)), make(who, who, LONG_AGO, authority=True)
    assert check(der(*made), at=LONG_AGO) == "unknown_authority"


def test_a_leaf_without_its_upper_part_does_not_accuse() -> None:
    assert check(der(chain()[0])) is None


def test_an_old_certificate_without_alternative_names_does_not_accuse() -> None:
    assert check(der(make(NAME, "Root"))) is None


def test_a_forged_issuer_name_is_no_signature() -> None:
    forged = make("leaf", "Middle", names=(NAME,))
    key_of.cache_clear()
    assert check(der(forged, make("Middle", "Root", days=900, authority=True))) is None


def test_without_a_name_or_a_date_nothing_is_valid() -> None:
    assert check(der(*chain()), name=None) is None
    assert check(der(*chain()), at=None) is None


def test_a_wrong_clock_at_the_probe_does_not_make_a_certificate_old(monkeypatch: pytest.MonkeyPatch) -> None:
    root = make("Root", "Root", days=3000, authority=True)
    monkeypatch.setattr(trust, "roots", lambda: (root,))
    monkeypatch.setattr(trust, "store", lambda: Store([root]))
    made, wrong_clock = der(*chain()), NOW + timedelta(days=400)
    monkeypatch.setattr(certificates, "_known", {})
    assert examine(made, NAME, wrong_clock).check == "expired"
    assert examine(made, NAME, wrong_clock, NOW).check == "valid"
    assert examine(made, NAME, None, NOW).check == "valid"


def test_the_memory_is_bounded_and_tells_names_and_days_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "_known", {})
    monkeypatch.setattr(certificates, "MAX_KNOWN", 3)
    made = der(make(NAME, NAME, names=(NAME,)))
    for n in range(9):
        assert examine(made, f"{n}.example", NOW + timedelta(days=n)).check == "self_signed"
    assert len(certificates._known) == 3


def test_too_much_is_not_read() -> None:
    assert examine((b"0",) * (MAX_CHAIN + 1), NAME, NOW).check == "unreadable"
    assert examine((b"0" * (MAX_CERTIFICATE + 1),), NAME, NOW).check == "unreadable"
    assert examine((), NAME, NOW).check is None


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=4), st.text(max_size=20))
def test_garbage_is_unreadable(garbage: list[bytes], name: str) -> None:
    assert examine(tuple(garbage), name, NOW).check == "unreadable"


@settings(deadline=None)  # the first example also loads the authorities
@given(st.integers(0, 400), st.integers(0, 255), st.one_of(st.none(), st.text(max_size=30)))
def test_a_damaged_certificate_is_never_valid_by_accident(place: int, value: int, name: str | None) -> None:
    made = bytearray(der(make(NAME, NAME, names=(NAME,)))[0])
    made[place % len(made)] = value
    found = check((bytes(made),), name)
    assert found is None or (found in CHECKS and found != "valid")


def shown(name: str) -> list[Observation]:
    path = next(p for p in (DATA / "ooni" / "measurements").glob(f"{name}*"))
    seen = observe(json.dumps(json.loads(path.read_bytes())).encode(), file_sha256="0" * 64, line=1)
    return [o for o in seen.observations if o.tls_certificate_sha256]


@pytest.mark.parametrize("name", ["whatsapp", "signal_022", "signal_2627", "riseupvpn"])
def test_real_chains_that_we_cannot_follow_do_not_accuse(name: str) -> None:
    found = {o.tls_certificate_check for o in shown(name)}
    assert found
    # WhatsApp's root of 2022 has left newer lists: valid with an old one, none with a new one.
    assert not found & {"unknown_authority", "self_signed", "wrong_name"}
