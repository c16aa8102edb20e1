"""Time stamps: a server's signed word that some bytes existed at a time (RFC 3161)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from lightkeeper.errors import InputError


class Stamp(msgspec.Struct, frozen=True):
    """What a time stamp says: when, and who says so. `checked` where its authority was checked against known roots."""

    at: datetime
    by: str
    checked: bool


def request(data: bytes) -> TimeStampRequest:
    """A request for a time stamp of the SHA-256 of `data`, with a nonce, and for the server's certificate."""
    made = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).cert_request(cert_request=True)
    return made.build()


def read_stamp(reply: bytes, data: bytes, roots: Sequence[x509.Certificate] = ()) -> Stamp:
    """What the reply of a server says of `data`, checked against `roots` where some are given.

    Raises ValueError, with the reason, where it is not about `data`, was refused, or is not signed under the roots.
    Without roots the signature is not checked, and `checked` says so.
    """
    found = _decoded(reply)
    info = found.tst_info
    if info.message_imprint.message != hashlib.sha256(data).digest():
        raise ValueError("it is about other bytes")
    by = _authority(found)
    if roots:
        builder = VerifierBuilder()
        for root in roots:
            builder = builder.add_root_certificate(root)
        try:
            builder.build().verify_message(found, data)
        except VerificationError as error:
            raise ValueError(f"it is not signed under the given root: {error}") from error
    return Stamp(info.gen_time, by, bool(roots))


def answers(reply: bytes, asked: TimeStampRequest, data: bytes) -> Stamp:
    """The stamp in a reply to the request `asked`. Raises ValueError where it is another's, without its nonce."""
    if _decoded(reply).tst_info.nonce != asked.nonce:
        raise ValueError("it answers another request")
    return read_stamp(reply, data)


def roots_of(pem: bytes) -> list[x509.Certificate]:
    """The certificates in a PEM file. Raises InputError where there are none."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise InputError(
            "This holds no certificate", remedy="Name the root of the time stamp server, as PEM"
        ) from error


def _decoded(reply: bytes) -> TimeStampResponse:
    try:
        found = decode_timestamp_response(reply)
        if found.status not in (0, 1):
            raise ValueError(
                "the server refused: " + "; ".join(str(s)[:100] for s in found.status_string or ["no reason"])
            )
        return found
    except ValueError:
        raise
    except Exception as error:  # the parser raises its own kinds for bytes that are no reply
        raise ValueError(f"it is not a time stamp: {type(error).__name__}") from error


def _authority(found: TimeStampResponse) -> str:
    names = [x509.load_der_x509_certificate(der).subject.rfc4514_string() for der in found.signed_data.certificates]
    return min(names, key=len)[:200] if len(names) == 1 else " / ".join(sorted(names))[:200] or "unnamed"
