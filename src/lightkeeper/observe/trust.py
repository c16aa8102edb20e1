"""The trust store: authorities that we trust, and whether a chain leads to one by signatures alone."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.verification import Store

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
    """The trusted authorities. One that the library refuses, such as for its serial number, is left out."""
    blocks = Path(certifi.where()).read_bytes().split(b"-----BEGIN CERTIFICATE-----")[1:]
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for block in blocks:
            try:
                found.append(x509.load_pem_x509_certificate(b"-----BEGIN CERTIFICATE-----" + block))
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


def signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool | None:
    """Whether one certificate signed the other; none where the algorithm is beyond us."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError):
        return False
    except (TypeError, UnsupportedAlgorithm):
        return None
    return True


def leads_to(chain: Sequence[x509.Certificate], trusted: Sequence[x509.Certificate]) -> str:
    """Where a chain leads, leaf first: `trusted`, `unknown` (it ends in a root of its own), `open` or `unclear`.

    Only names and signatures count, neither dates nor profiles: an old chain is still that authority's. `open` lacks
    its upper part: a server that forgets to send it looks so, and so does a record that kept the leaf alone.
    """
    here, rest = chain[0], list(chain[1:])
    for _ in range(len(chain)):
        for issuer in trusted:
            if issuer.subject == here.issuer and signed(here, issuer) is not False:
                return "trusted"
        if here.subject == here.issuer and signed(here, here):
            return "unknown"
        above = [c for c in rest if c.subject == here.issuer and signed(here, c) is not False]
        if not above:
            named = any(c.subject == here.issuer for c in (*rest, *trusted))
            return "unclear" if named else "open"
        here = above[0]
        rest.remove(here)
    return "open"
