"""Serial numbers: certificates whose number is not positive, which libraries refuse, read all the same.

RFC 5280 (4.1.2.2) forbids such numbers, and some devices write them. The number is made positive for reading alone;
what was signed stays beside it, so that signatures are checked over the bytes that came.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

_SEQUENCE, _INTEGER, _VERSION = 0x30, 0x02, 0xA0
_filters = Lock()


class Loaded(NamedTuple):
    """A certificate, and the bytes that its issuer signed where the library was shown others; else none."""

    certificate: x509.Certificate
    signed_bytes: bytes | None


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the library's warnings about odd certificates from the user's terminal: records may hold anything."""
    with _filters, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def load(der: bytes) -> Loaded:
    """A certificate as the library reads it. Raises what the library raises for one that it cannot read."""
    where = _serial(der)
    if where is None or not _is_refused(der[where]):
        return Loaded(x509.load_der_x509_certificate(der), None)
    mended = bytearray(der)
    mended[where.start] = mended[where.start] & 0x7F or 1
    return Loaded(x509.load_der_x509_certificate(bytes(mended)), _signed_part(der))


def signed_over(certificate: x509.Certificate, signed_bytes: bytes, issuer: x509.Certificate) -> bool | None:
    """Whether the issuer's key signed these bytes with the certificate's signature; none for algorithms beyond us."""
    key, signature = issuer.public_key(), certificate.signature
    try:
        how, digest = certificate.signature_algorithm_parameters, certificate.signature_hash_algorithm
        if isinstance(key, rsa.RSAPublicKey) and isinstance(how, padding.PKCS1v15 | padding.PSS) and digest:
            key.verify(signature, signed_bytes, how, digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(how, ec.ECDSA):
            key.verify(signature, signed_bytes, how)
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signature, signed_bytes)
        else:
            return None
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError, TypeError):
        return None
    return True


def _is_refused(number: bytes) -> bool:
    return bool(number) and (number[0] >= 0x80 or not any(number))


def _serial(der: bytes) -> slice | None:
    """Where the serial number's digits are (RFC 5280, 4.1); none where the bytes are no certificate's."""
    outer = _content(der, 0, _SEQUENCE)
    inner = _content(der, outer.start, _SEQUENCE) if outer else None
    if inner is None:
        return None
    version = _content(der, inner.start, _VERSION)
    return _content(der, version.stop if version else inner.start, _INTEGER)


def _signed_part(der: bytes) -> bytes:
    outer = _content(der, 0, _SEQUENCE)
    inner = _content(der, outer.start, _SEQUENCE) if outer else None
    return der[outer.start : inner.stop] if outer and inner else b""


def _content(der: bytes, at: int, tag: int) -> slice | None:
    """The content of the element that begins here (X.690, 8.1), if it has this tag and lies within the bytes."""
    if at + 2 > len(der) or der[at] != tag:
        return None
    first, start = der[at + 1], at + 2
    if first < 0x80:
        size = first
    else:
        octets = first & 0x7F
        size, start = int.from_bytes(der[start : start + octets]), start + octets
        if not 1 <= octets <= 4:
            return None
    return slice(start, start + size) if start + size <= len(der) else None
