"""Keys: the Ed25519 key that seals, made once, kept for its owner only, and known by its fingerprint."""

from __future__ import annotations

import errno
import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from lightkeeper.archive import atomic
from lightkeeper.errors import InputError
from lightkeeper.evidence import verify

PRIVATE, PUBLIC = "seal-key.pem", "public-key.pem"
DEMONSTRATION = "demonstration-key.pem"
"""A key for trying out. What it seals proves no origin, since nobody states its fingerprint anywhere."""
OWNER_ONLY, EVERYBODY = 0o600, 0o644
_PLAIN = (Encoding.Raw, PrivateFormat.Raw, NoEncryption())


class SealKey:
    """A key that can sign. Its secret is never shown: not by `repr`, not in an error."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key in DER, 64 hexadecimal digits."""
        return verify.fingerprint(self.public)

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature. The same message gives the same bytes (RFC 8032)."""
        return self._private.sign(message)

    def blinding(self, about: bytes) -> str:
        """A secret of this key about some bytes, 64 hexadecimal digits. The same bytes give the same secret."""
        secret = self._private.private_bytes(*_PLAIN)
        return hmac.new(secret, b"lightkeeper blinding 1\0" + hashlib.sha256(about).digest(), "sha256").hexdigest()


def make_key(path: Path) -> SealKey:
    """Make a key and write it to `path`, readable by its owner only, with the public key beside it.

    Both appear whole or not at all: a full disk, or a kill, leaves no half of a key. An empty file, which holds no
    secret, is no key. Raises InputError where a key is there already: to overwrite it would make its seals unknown.
    """
    private = Ed25519PrivateKey.generate()
    text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    made = SealKey(private)
    public = path.with_name(f"{path.stem}.public.pem" if path.name != PRIVATE else PUBLIC)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.is_file() and not path.is_symlink() and path.stat().st_size == 0:
            path.unlink()
        if os.path.lexists(path) or not atomic.put_file(path, text, OWNER_ONLY, once=True):
            remedy = "Keep it: its owner is known by it. Name another file with --out for another key"
            raise InputError("There is a key already", remedy=remedy, where=str(path))
        try:
            atomic.put_file(public, made.pem, EVERYBODY)
        except OSError:
            path.unlink()  # so that the next try is not told that there is a key
            raise
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = "Free some space and run it again" if full else "Name another file with --out"
        raise InputError(
            f"The key cannot be written: {error.strerror or error}", remedy=remedy, where=str(path)
        ) from error
    return made


def load_key(path: Path) -> SealKey:
    """The key in a file. Raises InputError where there is none, where others may read it, or it is of another kind."""
    try:
        mode = path.stat().st_mode
        text = path.read_bytes()
    except OSError as error:
        remedy = "Make one with `lightkeeper key new`, or name it with --sign-with"
        raise InputError("There is no key to sign with", remedy=remedy, where=str(path)) from error
    if os.name == "posix" and mode & 0o077:
        remedy = f"Let only its owner read it: chmod 600 {path}"
        raise InputError("Others may read the key", remedy=remedy, where=str(path))
    try:
        private = load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InputError(
            "This is not a private key without a password",
            remedy="Make one with `lightkeeper key new`",
            where=str(path),
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise InputError("The key is not Ed25519", remedy="Make one with `lightkeeper key new`", where=str(path))
    return SealKey(private)


def holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is of the message by the key, as OpenSSL sees it."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
