"""Certificates whose serial number is not positive are read and checked, without a word on the terminal (SYNTHETIC)."""

from __future__ import annotations

import base64
import json
import warnings
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import Store

from lightkeeper.observe.certificates import Examined, examine_against
from lightkeeper.observe.nettests import observe
from lightkeeper.observe.serials import load, signed_over
from observe.synthetic import record, shake
from observe.test_certificates import NAME, NOW, key_of, make

MARK = b"\x02\x01\x07"
"""The serial number of every certificate that `make` makes."""


def element(tag: int, content: bytes) -> bytes:
    size = len(content)
    octets = size.to_bytes(2).lstrip(b"\x00")
    length = bytes([size]) if size < 0x80 else bytes([0x80 + len(octets)]) + octets
    return bytes([tag]) + length + content


def numbered(made: x509.Certificate, serial: bytes, by: str) -> bytes:
    """The certificate under another serial number, signed again."""
    whole = made.public_bytes(Encoding.DER)
    tbs = made.tbs_certificate_bytes
    rest = whole[whole.index(tbs) + len(tbs) :]
    algorithm = rest[: 2 + rest[1]]
    assert tbs.count(MARK) >= 1
    head, _, tail = tbs.partition(MARK)
    start = head.index(b"\xa0\x03")
    tbs = element(0x30, head[start:] + element(0x02, serial) + tail)
    signature = key_of(by).sign(tbs, ec.ECDSA(hashes.SHA256()))
    return element(0x30, tbs + algorithm + element(0x03, b"\x00" + signature))


def examined(*chain: bytes, name: str | None = NAME) -> Examined:
    root = make("Root", "Root", authority=True, days=3000)
    return examine_against([root], Store([root]), chain, name, NOW)


SERIALS = [b"\x00", b"\x80", b"\xff\x01", b"\x80\x00\x00"]


@pytest.fixture(autouse=True)
def silent() -> Iterator[None]:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        yield
    assert [str(w.message) for w in heard] == []


@pytest.mark.parametrize("serial", SERIALS, ids=bytes.hex)
def test_a_leaf_that_signed_itself_is_found_whatever_its_number(serial: bytes) -> None:
    found = examined(numbered(make("leaf", "leaf", names=(NAME,)), serial, "leaf"))
    assert (found.check, found.issuer, found.odd) == ("self_signed", "leaf", True)


def test_a_name_and_an_authority_are_checked_whatever_the_number() -> None:
    middle = make("Middle", "Root", authority=True, days=900).public_bytes(Encoding.DER)
    leaf = numbered(make("leaf", "Middle", names=("other.example",)), b"\x00", "Middle")
    assert examined(leaf, middle).check == "wrong_name"
    stranger = make("Stranger", "Stranger", authority=True).public_bytes(Encoding.DER)
    assert examined(numbered(make("leaf", "Stranger", names=(NAME,)), b"\x00", "Stranger"), stranger).check == (
        "unknown_authority"
    )


def test_a_chain_with_such_a_number_is_never_valid_and_accuses_nobody() -> None:
    middle = make("Middle", "Root", authority=True, days=900).public_bytes(Encoding.DER)
    found = examined(numbered(make("leaf", "Middle", names=(NAME,)), b"\x00", "Middle"), middle)
    assert (found.check, found.odd) == (None, True)
    plain = examined(make("leaf", "Middle", names=(NAME,)).public_bytes(Encoding.DER), middle)
    assert (plain.check, plain.odd) == ("valid", False)


def test_a_signature_over_other_bytes_does_not_count() -> None:
    forged = numbered(make("leaf", "Root", names=(NAME,)), b"\x00", "leaf")
    assert examined(forged).check is None
    loaded = load(numbered(make("leaf", "leaf"), b"\x00", "leaf"))
    assert loaded.signed_bytes is not None
    assert signed_over(loaded.certificate, loaded.signed_bytes, make("leaf", "leaf")) is True
    assert signed_over(loaded.certificate, loaded.signed_bytes + b"x", make("leaf", "leaf")) is False
    assert signed_over(loaded.certificate, loaded.signed_bytes, make("other", "other")) is False


@pytest.mark.parametrize("kind", ["rsa", "pss", "ed25519"])
def test_signatures_of_all_usual_kinds_are_checked_over_the_bytes(kind: str) -> None:
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey = (
        ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else rsa.generate_private_key(65537, 2048)
    )
    builder = x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(x509.Name([])).serial_number(7)
    builder = builder.public_key(key.public_key()).not_valid_before(NOW).not_valid_after(NOW)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH) if kind == "pss" else None
    made = builder.sign(key, None if kind == "ed25519" else hashes.SHA256(), rsa_padding=pss)
    assert signed_over(made, made.tbs_certificate_bytes, made) is True
    assert signed_over(made, made.tbs_certificate_bytes + b"x", made) is False


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x03\x30\x01\x02", b"\x30\x80\x00"])
def test_bytes_that_are_no_certificate_are_unreadable(der: bytes) -> None:
    assert examined(der).check == "unreadable"


def test_a_country_of_three_letters_makes_no_noise() -> None:
    made = make("leaf", "leaf", names=(NAME,)).public_bytes(Encoding.DER)
    odd = made.replace(b"\x06\x03\x55\x04\x03\x0c\x04leaf", b"\x06\x03\x55\x04\x06\x0c\x04leaf")
    assert odd != made
    assert examined(odd).leaf_sha256 is not None


def test_a_record_with_such_a_chain_says_that_it_was_checked_as_far_as_that_goes() -> None:
    leaf = numbered(make("leaf", "leaf", names=(NAME,)), b"\x00", "leaf")
    chain = [{"data": base64.b64encode(leaf).decode(), "format": "base64"}]
    keys = {"tls_handshakes": [shake("ssl_unknown_authority", NAME, peer_certificates=chain)]}
    seen = observe(json.dumps(record("signal", keys)).encode(), file_sha256="0" * 64, line=1)
    assert any(
        note.startswith("1 chains hold a certificate whose serial number is not positive") for note in seen.notes
    )
