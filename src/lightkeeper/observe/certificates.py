"""Examine certificates: our own check of chain, name and date, which leans on nothing that the probe concluded.

The check is that of RFC 5280 and of the CA/Browser Forum's profile, as `cryptography` has it. That profile is younger
than many records. Where it refuses what was in use at the time, the answer is none: nobody can tell.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from ipaddress import ip_address
from threading import Lock

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.general_name import DNSName, IPAddress
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from lightkeeper.observe import trust
from lightkeeper.observe.decode import clean
from lightkeeper.observe.interceptors import interceptor
from lightkeeper.observe.serials import Loaded, load, quiet
from lightkeeper.observe.wire import Binary

CHECKS = ("valid", "unknown_authority", "self_signed", "wrong_name", "expired", "not_yet_valid", "unreadable")
MAX_CHAIN = 10
MAX_CERTIFICATE = 1 << 16
"""Bytes of one certificate. Real ones have one to four thousand."""
MAX_KNOWN = 8192
MAX_LATELY = 2048
MAX_TEXT = 1 << 14
"""Characters of a chain that is known by its text. Real ones have four to eight thousand."""
_OUT_OF_DATE = frozenset({"expired", "not_yet_valid"})


class Examined(msgspec.Struct, frozen=True, gc=False):
    """What a chain is: one of `CHECKS`, or none where nobody can tell; the leaf's issuer and SHA-256.

    `odd` where a serial number is not positive: no verifier calls such a chain valid, so the rest alone was checked.
    """

    check: str | None
    issuer: str | None
    leaf_sha256: str | None
    odd: bool = False


NOTHING = Examined(None, None, None)
_Key = tuple[bytes, str | None, int | None]
_known: dict[_Key, Examined] = {}
_lately: dict[tuple[tuple[str, ...], str | None, int | None, int | None], Examined] = {}
_writing = Lock()


def examine(
    chain_der: tuple[bytes, ...], server_name: str | None, at: datetime | None, received_at: datetime | None = None
) -> Examined:
    """Examine a chain (DER, leaf first) for a name, at the probe's time.

    A date that is wrong by the probe's clock and right at the collector's (`received_at`) counts as right: the clock
    was wrong. Dates count by whole days, so that the answer does not hang on the order of the records. Without a name
    or a date the check is none, unless the chain itself decides it.
    """
    if not chain_der:
        return NOTHING
    if len(chain_der) > MAX_CHAIN or max(map(len, chain_der)) > MAX_CERTIFICATE:
        return Examined("unreadable", None, None)
    digest = hashlib.sha256()
    for der in chain_der:
        digest.update(len(der).to_bytes(4, "big"))
        digest.update(der)
    key = digest.digest()
    found = _remembered(key, chain_der, server_name, at or received_at)
    if found.check in _OUT_OF_DATE and at and received_at and received_at.date() != at.date():
        by_collector = _remembered(key, chain_der, server_name, received_at)
        return by_collector if by_collector.check == "valid" else found
    return found


def examine_base64(
    certificates: Sequence[Binary] | None, server_name: str | None, at: datetime | None, received_at: datetime | None
) -> Examined:
    """`examine` for the certificates of a handshake as a record holds them (df-006), leaf first.

    One that is not base64 counts as empty, and none are missed; one more than `MAX_CHAIN` is enough to see that there
    are too many. Chains seen lately are known by their text, which spares decoding and hashing them.
    """
    if not certificates:
        return NOTHING
    texts = tuple([c.data or "" for c in certificates[: MAX_CHAIN + 1]])
    key = (texts, server_name, at.toordinal() if at else None, received_at.toordinal() if received_at else None)
    found = _lately.get(key)
    if found is None:
        found = examine(tuple(map(_der, texts)), server_name, at, received_at)
        if sum(map(len, texts)) <= MAX_TEXT:
            with _writing:
                if len(_lately) >= MAX_LATELY:
                    _lately.pop(next(iter(_lately)))
                _lately[key] = found
    return found


def _der(text: str) -> bytes:
    try:
        return b64decode(text)
    except (BadBase64, ValueError):
        return b""


def _remembered(digest: bytes, chain: tuple[bytes, ...], name: str | None, at: datetime | None) -> Examined:
    key = (digest, name, at.toordinal() if at else None)
    found = _known.get(key)
    if found is None:
        found = examine_against(trust.roots(), trust.store(), chain, name, at)
        with _writing:
            if len(_known) >= MAX_KNOWN:
                _known.pop(next(iter(_known)))
            _known[key] = found
    return found


def examine_against(
    roots: Sequence[x509.Certificate], store: Store, chain_der: Sequence[bytes], name: str | None, at: datetime | None
) -> Examined:
    """Examine a chain against other authorities than those of `trust`. Nothing is remembered."""
    with quiet():
        return _examine(roots, store, chain_der, name, at)


def _examine(
    roots: Sequence[x509.Certificate], store: Store, chain_der: Sequence[bytes], name: str | None, at: datetime | None
) -> Examined:
    leaf_sha256 = hashlib.sha256(chain_der[0]).hexdigest()
    issuer = None
    try:
        loaded = [load(der) for der in chain_der]
        issuer = issuer_of(loaded[0].certificate)
        odd = any(one.signed_bytes is not None for one in loaded)
        return Examined(_check(roots, store, loaded, name, at, issuer), issuer, leaf_sha256, odd)
    except (ValueError, TypeError, OverflowError, x509.InvalidVersion):
        return Examined("unreadable", issuer, leaf_sha256)
    except (UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return Examined(None, issuer, leaf_sha256)


def _check(
    roots: Sequence[x509.Certificate],
    store: Store,
    loaded: list[Loaded],
    name: str | None,
    at: datetime | None,
    issuer: str | None,
) -> str | None:
    chain = [one.certificate for one in loaded]
    leaf = chain[0]
    if name and at and _verifies(store, chain, name, at):
        return "valid"
    end = trust.leads_to(loaded, roots)
    if end == "unknown":
        own = leaf.subject == leaf.issuer
        if own and not _is_authority(leaf):
            return "self_signed"
        if at is None or at < trust.speaks_from():
            return "unknown_authority" if interceptor(issuer) else None
        return "self_signed" if own and name and names(leaf, name) else "unknown_authority"
    if end != "trusted":
        return None
    if name and not names(leaf, name):
        return "wrong_name"
    if at and _end_of(at) < leaf.not_valid_before_utc:
        return "not_yet_valid"
    return "expired" if at and _start_of(at) > leaf.not_valid_after_utc else None


def _verifies(store: Store, chain: list[x509.Certificate], name: str, at: datetime) -> bool:
    subject: DNSName | IPAddress
    try:
        subject = IPAddress(ip_address(name))
    except ValueError:
        try:
            subject = DNSName(name)
        except ValueError:
            return False
    for moment in (_start_of(at), _end_of(at)):
        try:
            PolicyBuilder().store(store).time(moment).build_server_verifier(subject).verify(chain[0], chain[1:])
        except VerificationError:
            continue
        return True
    return False


def _is_authority(leaf: x509.Certificate) -> bool:
    # Go's probes record the authority alone where they do not know it, so a lone root is not the server's own work.
    try:
        return leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return leaf.version is x509.Version.v1


def names(leaf: x509.Certificate, name: str) -> bool:
    """Whether a certificate is for a name (RFC 6125). One without alternative names is read as it was then: by CN."""
    try:
        alternatives = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        shown = [str(a.value) for a in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    else:
        shown = alternatives.get_values_for_type(x509.DNSName)
        shown += [str(a) for a in alternatives.get_values_for_type(x509.IPAddress)]
    wanted = name.lower().rstrip(".")
    above = wanted.partition(".")[2]
    return any(s in (wanted, f"*.{above}") for s in (s.lower().rstrip(".") for s in shown))


def issuer_of(leaf: x509.Certificate) -> str | None:
    """The issuer's organisation and common name, cleaned, at most 128 characters."""
    return issuer_of_name(leaf.issuer)


def issuer_of_name(issuer: x509.Name) -> str | None:
    """`issuer_of` of a name that is given apart from its certificate."""
    parts = [issuer.get_attributes_for_oid(oid) for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)]
    return clean(", ".join(dict.fromkeys(str(found[0].value) for found in parts if found)), 128)


def _start_of(at: datetime) -> datetime:
    return datetime.combine(at.date(), time(), UTC)


def _end_of(at: datetime) -> datetime:
    return _start_of(at) + timedelta(days=1)
