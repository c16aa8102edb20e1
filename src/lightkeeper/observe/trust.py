"""The trust store: authorities that we trust, and whether a chain leads to one by signatures alone."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.verification import Store

from lightkeeper.observe.serials import Loaded, load, quiet, signed_over

TRUST_STORE = f"certifi-{version('certifi')}"
"""Name of the list of trusted authorities: Mozilla's, as certifi packs it."""
JUDGES_BACK = timedelta(days=730)
"""How long before its own date the list can call an authority unknown: roots are taken off it over the years."""


@lru_cache(maxsize=1)
def trust_store_sha256() -> str:
    """SHA-256 of the file that `TRUST_STORE` names."""
    return hashlib.sha256(Path(certifi.where()).read_bytes()).hexdigest()


@lru_cache(maxsize=1)
def roots() -> tuple[x509.Certificate, ...]:
    """The trusted authorities. One that the library refuses is left out."""
    blocks = Path(certifi.where()).read_bytes().split(b"-----BEGIN CERTIFICATE-----")[1:]
    found = []
    with quiet():
        for block in blocks:
            try:
                found.append(load(b64decode(block.partition(b"-----END")[0])).certificate)
            except ValueError:
                continue
    return tuple(found)


@lru_cache(maxsize=1)
def store() -> Store:
    """The trusted authorities as the verifier wants them."""
    return Store(list(roots()))


@lru_cache(maxsize=1)
def speaks_from() -> datetime:
    """The first moment at which a root that is missing from the list says something."""
    year, month, day = (int(part) for part in version("certifi").split(".")[:3])
    return datetime(year, month, day, tzinfo=UTC) - JUDGES_BACK


def signed(one: Loaded, issuer: x509.Certificate) -> bool | None:
    """Whether one certificate signed the other; none where the algorithm is beyond us."""
    if one.signed_bytes is not None:
        return signed_over(one.certificate, one.signed_bytes, issuer)
    try:
        one.certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError):
        return False
    except (TypeError, UnsupportedAlgorithm):
        return None
    return True


def leads_to(chain: Sequence[Loaded], trusted: Sequence[x509.Certificate]) -> str:
    """Where a chain leads, leaf first: `trusted`, `unknown` (it ends in a root of its own), `open` or `unclear`.

    Only names and signatures count, neither dates nor profiles: an old chain is still that authority's. `open` lacks
    its upper part: a server that forgets to send it looks so, and so does a record that kept the leaf alone.
    """
    here, rest = chain[0], list(chain[1:])
    for _ in range(len(chain)):
        named = here.certificate.issuer
        for issuer in trusted:
            if issuer.subject == named and signed(here, issuer) is not False:
                return "trusted"
        if here.certificate.subject == named and signed(here, here.certificate):
            return "unknown"
        above = [c for c in rest if c.certificate.subject == named and signed(here, c.certificate) is not False]
        if not above:
            others = (*(c.certificate for c in rest), *trusted)
            return "unclear" if any(c.subject == named for c in others) else "open"
        here = above[0]
        rest.remove(here)
    return "open"
