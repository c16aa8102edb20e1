"""What kind of thing a service is that a document names: a platform, a circumvention tool, a protocol or telephony."""

from __future__ import annotations

from lightkeeper.model.case import Case
from lightkeeper.observe.tunnels import tunnels

_PROTOCOLS = frozenset("http https ssl tls quic ipv6 dns ssh smtp".split())
_TOOLS = (tunnels() - _PROTOCOLS) | frozenset("vpn vpns proxy proxies".split())
_TELEPHONY = frozenset(
    """
    sms mms text texts texting text-message text-messages text-messaging bulk-sms bulk-messages ussd call calls calling
    voice voice-call voice-calls voice-service voice-services phone phones phone-call phone-calls telephone telephony
    telephone-calls mobile-calls mobile-telephony landline landlines sms-and-calls
    """.split()
)
"""Services of the telephone network, as records name them. Calls and messages of an app are the app's."""


def is_tool(case: Case, service: str) -> bool:
    """Whether a service is a circumvention tool: one that the case watches as `vpn`, or a well-known one."""
    watched = {w.id: w.kind for w in case.watched}
    return watched.get(service) == "vpn" or (service not in watched and is_well_known_tool(service))


def is_well_known_tool(service: str) -> bool:
    """Whether it is a circumvention tool by its name alone, with no case to say so. What calls itself a VPN is one."""
    plain = service.casefold()
    return plain.split(" ")[0] in _TOOLS or "vpn" in plain


def is_protocol(service: str) -> bool:
    """Whether it is a protocol and not a service: blocking it bears on the quality of all."""
    return service.casefold() in _PROTOCOLS


def is_platform(case: Case, service: str) -> bool:
    """Whether a service is a platform or an app: neither a tool, nor a protocol, nor telephony."""
    return not is_tool(case, service) and not is_protocol(service) and not is_telephony(case, service)


def is_telephony(case: Case, service: str) -> bool:
    """Whether it is a service of the telephone network: SMS, calls. The case may watch a service as `telephony`."""
    watched = {w.id: w.kind for w in case.watched}
    if service in watched:
        return watched[service] == "telephony"
    return "-".join(service.casefold().replace("-", " ").replace("_", " ").split()) in _TELEPHONY


def is_payment(case: Case, service: str) -> bool:
    """Whether the case watches it as a payment service, such as mobile money."""
    return any(w.id == service and w.kind == "payment" for w in case.watched)


def service_name(case: Case, service: str) -> str:
    """The name of a service as a sentence has it."""
    named = {w.id: w.name for w in case.watched}
    plain = service.upper() if is_protocol(service) or service in ("vpn", "sms") else service[:1].upper() + service[1:]
    return named.get(service, plain)
