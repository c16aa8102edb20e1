"""A small time stamp server for tests: real RFC 3161 replies, signed under a root of its own, over local HTTP."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)
_SHA256, _ECDSA = "2.16.840.1.101.3.4.2.1", "1.2.840.10045.4.3.2"
_SIGNED, _TST = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(length)]) + length + body


def _int(value: int) -> bytes:
    return _der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    out = bytearray([first * 40 + second])
    for number in rest:
        part = [number & 127]
        while number := number >> 7:
            part.append(128 | number & 127)
        out += bytes(reversed(part))
    return _der(6, bytes(out))


def _seq(*parts: bytes) -> bytes:
    return _der(0x30, *parts)


def _read(data: bytes) -> list[tuple[int, bytes]]:
    """Tags and bodies of the elements one after the other."""
    found, at = [], 0
    while at < len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 128:
            count = size & 127
            size, at = int.from_bytes(data[at : at + count], "big"), at + count
        found.append((tag, data[at : at + size]))
        at += size
    return found


class Authority:
    """A root, and a certificate under it that may sign time stamps."""

    def __init__(self, name: str = "Synthetic time stamp authority") -> None:
        root_key, self._key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.root = self._certificate("Synthetic root", root_key.public_key(), "Synthetic root", root_key, ca=True)
        self.leaf = self._certificate(name, self._key.public_key(), "Synthetic root", root_key, ca=False)
        self.root_pem = self.root.public_bytes(Encoding.PEM)

    def _certificate(
        self, name: str, key: ec.EllipticCurvePublicKey, issuer: str, by: ec.EllipticCurvePrivateKey, *, ca: bool
    ) -> x509.Certificate:
        made = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=30))
            .not_valid_after(NOW + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        )
        unused = "content_commitment key_encipherment data_encipherment key_agreement encipher_only decipher_only"
        usage = dict.fromkeys(unused.split(), False)
        made = made.add_extension(
            x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **usage), critical=True
        )
        if not ca:
            made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        return made.sign(by, hashes.SHA256())

    def reply(self, query: bytes, *, other_nonce: bool = False, other_data: bool = False) -> bytes:
        """A granted TimeStampResp to a TimeStampReq."""
        [(_, body)] = _read(query)
        parts = _read(body)
        imprint = _read(parts[1][1])[1][1]
        nonce = next(int.from_bytes(data, "big") for tag, data in parts[2:] if tag == 2) + other_nonce
        wanted = hashlib.sha256(b"other").digest() if other_data else imprint
        info = _seq(
            _int(1),
            _oid("1.2.3.4.1"),
            _seq(_seq(_oid(_SHA256), _der(5)), _der(4, wanted)),
            _int(7),
            _der(0x18, f"{NOW:%Y%m%d%H%M%SZ}".encode()),
            _int(nonce),
        )
        leaf = self.leaf.public_bytes(Encoding.DER)
        attributes = sorted(
            [
                _seq(_oid("1.2.840.113549.1.9.3"), _der(0x31, _oid(_TST))),
                _seq(_oid("1.2.840.113549.1.9.4"), _der(0x31, _der(4, hashlib.sha256(info).digest()))),
                _seq(
                    _oid("1.2.840.113549.1.9.16.2.47"),
                    _der(0x31, _seq(_seq(_seq(_der(4, hashlib.sha256(leaf).digest()))))),
                ),
            ]
        )
        signature = self._key.sign(_der(0x31, *attributes), ec.ECDSA(hashes.SHA256()))
        signer = _seq(
            _int(1),
            _seq(self.leaf.issuer.public_bytes(), _int(self.leaf.serial_number)),
            _seq(_oid(_SHA256), _der(5)),
            _der(0xA0, *attributes),
            _seq(_oid(_ECDSA)),
            _der(4, signature),
        )
        signed = _seq(
            _int(3),
            _der(0x31, _seq(_oid(_SHA256), _der(5))),
            _seq(_oid(_TST), _der(0xA0, _der(4, info))),
            _der(0xA0, leaf),
            _der(0x31, signer),
        )
        return _seq(_seq(_int(0)), _seq(_oid(_SIGNED), _der(0xA0, signed)))


REFUSAL = _seq(_seq(_int(2), _seq(_der(0x0C, b"come back later"))))
"""A TimeStampResp that rejects, with a reason."""


@contextmanager
def serving(authority: Authority, how: str = "well") -> Iterator[str]:
    """The address of a local server that answers each query: well, or wrongly in the way that `how` names."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            body = {
                "well": lambda: authority.reply(query),
                "another nonce": lambda: authority.reply(query, other_nonce=True),
                "other data": lambda: authority.reply(query, other_data=True),
                "refusal": lambda: REFUSAL,
                "nonsense": lambda: b"<html>hello</html>",
                "far too long": lambda: b"x" * (2 << 20),
                "error": lambda: b"",
                "redirect": lambda: b"",
            }[how]()
            self.send_response({"error": 500, "redirect": 302}.get(how, 200))
            if how == "redirect":
                self.send_header("Location", "http://169.254.169.254/")
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
