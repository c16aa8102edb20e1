"""Kinds of failure, out of the strings that probes write (OONI data format df-007)."""

from __future__ import annotations

from collections.abc import Collection

_KINDS = {
    "generic_timeout_error": "timeout",
    "connect_timeout": "timeout",
    "timed_out": "timeout",
    "deferred_timeout_error": "timeout",
    "tcp_timed_out_error": "timeout",
    "task_timed_out": "timeout",
    "response_never_received": "timeout",
    "connection_reset": "reset",
    "connection_reset_error": "reset",
    "eof_error": "eof",
    "connection_closed": "eof",
    "response_never_received_error": "eof",
    "connection_refused": "refused",
    "connection_refused_error": "refused",
    "connect_error": "failure",
    "connection_aborted": "aborted",
    "host_unreachable": "unreachable",
    "network_unreachable": "unreachable",
    "ssl_unknown_authority": "unknown_authority",
    "ssl_invalid_certificate": "invalid_certificate",
    "ssl_invalid_hostname": "invalid_hostname",
    "ssl_error": "failure",
    "ssl_failed_handshake": "failure",
    "dns_nxdomain_error": "nxdomain",
    "dns_name_error": "nxdomain",
    "dns_lookup_error": "failure",
    "dns_no_answer": "no_answer",
    "android_dns_cache_no_data": "no_answer",
    "dns_non_recoverable_failure": "failure",
    "dns_refused_error": "refused",
    "dns_server_failure": "servfail",
    "dns_name_failure": "servfail",
    "dns_servfail_error": "servfail",
    "dns_temporary_failure": "servfail",
    "dns_server_misbehaving": "servfail",
    "dns_bogon_error": "bogon",
}

CUT = frozenset({"timeout", "reset", "eof", "aborted"})
"""Ways in which a connection is cut on its way."""
CERTIFICATE = frozenset({"unknown_authority", "invalid_certificate", "invalid_hostname"})
"""Ways in which a certificate is not the one of the name."""
WRONG = frozenset({"unknown_authority", "self_signed", "wrong_name"})
"""Results of our own check of a certificate that cannot come from a wrong clock."""
PROBE_SIDE = frozenset({"unreachable"})
"""Failures that come from the probe's own machine or access, such as broken IPv6."""


def names_of(kinds: Collection[str]) -> frozenset[str]:
    """The strings that stand for kinds of failure."""
    return frozenset(name for name, found in _KINDS.items() if found in kinds)


def kind(failure: str | None) -> str | None:
    """The kind of a failure; `failure` for one that is not known; none for a success."""
    if failure is None:
        return None
    found = _KINDS.get(failure)
    if found is None and failure.startswith("unknown_failure"):
        found = next(
            (k for word, k in (("reset", "reset"), ("timeout", "timeout"), ("EOF", "eof")) if word in failure), None
        )
    return found or "failure"
