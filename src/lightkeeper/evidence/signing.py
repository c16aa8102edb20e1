"""Signing: the seal of a bag, a short text that names its list, and an Ed25519 signature of that text."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from lightkeeper.evidence import verify
from lightkeeper.evidence.bag import About, Bag
from lightkeeper.evidence.keys import SealKey

NO_SERVER = "none: no server was named"


def sign_bag(
    bag: Bag,
    about: About,
    key: SealKey,
    *,
    stamp: bytes | None = None,
    no_stamp: str = NO_SERVER,
    at: datetime | None = None,
) -> None:
    """Write `seal/`: `seal.txt`, `seal.sig` and, where there is one, `timestamp.tsr`.

    The time stamp is about the list of the bag, and the signature is about the time stamp too, so that it can neither
    be lost nor exchanged. `no_stamp` says why there is none. The signature covers the bytes of `seal.txt`:
    `openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in seal/seal.txt -sigfile seal/seal.sig`.
    """
    moment = (at or datetime.now(UTC)).astimezone(UTC)
    values = (
        about.case_id,
        about.kind,
        bag.tagmanifest_sha256,
        f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        about.by,
        key.public.hex(),
        key.fingerprint,
        f"sha256 {hashlib.sha256(stamp).hexdigest()}" if stamp else no_stamp,
    )
    rows = [f"{name}: {_plain(value)}" for name, value in zip(verify.FIELDS, values, strict=True)]
    text = "\n".join([verify.FIRST_LINE, *rows, ""]).encode()
    made = {verify.SEAL: text, verify.SIGNATURE: key.sign(text)}
    if stamp:
        made[verify.TIME_STAMP] = stamp
    (bag.folder / "seal").mkdir()
    for path, data in made.items():
        Path(bag.folder / path).write_bytes(data)


def _plain(value: str) -> str:
    """One line of characters that are seen, as short as a verifier takes it."""
    return verify.shown(" ".join(value.split()))[: verify.MOST_SEAL_LINE - max(map(len, verify.FIELDS)) - 2]
