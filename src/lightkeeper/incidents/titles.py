"""The title of an incident in plain English, with its local day."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from lightkeeper.incidents.group import Members
from lightkeeper.incidents.naming import operators_of
from lightkeeper.incidents.services import service_name
from lightkeeper.incidents.spans import Span
from lightkeeper.model.case import Case

MOST_NAMED = 3


def local_day(span: Span, zone: ZoneInfo) -> date:
    """The local day on which it began, or is first known to have been so: the middle of the bracket."""
    return (span.onset_earliest + (span.onset_latest - span.onset_earliest) / 2).astimezone(zone).date()


def title(case: Case, members: Members, kind: str, scopes: list[str], services: list[str], span: Span) -> str:
    """What happened, where and when (the local day)."""
    day = local_day(span, case.zone)
    when = f"{day.day} {day:%B %Y}"
    where = _where(case, scopes, members)
    names = _listed([service_name(case, s) for s in services])
    if members.events:
        return f"{_measured(members, kind, names)} {where}, from {when}".replace("outage nation", "outage, nation")
    if kind == "service_block":
        place = "" if where == "nationwide" else f" {where}"
        if not span.begin_known:
            return f"{names or 'Services'} recorded as blocked{place} on {when}"
        return f"{names or 'Services'} recorded as blocked{place} {'since' if span.ongoing else 'from'} {when}"
    if kind == "throttling":
        word = "from" if span.begin_known else "on"
        return f"{names or 'Internet'} recorded as throttled {where}, {word} {when}"
    whole = any(d.extent == "full_network" for d in members.documents)
    what = "Internet shutdown" if whole else "Disruption"
    return f"{what} recorded {where}, from {when}" if span.begin_known else f"{what} recorded {where}, on {when}"


def _measured(members: Members, kind: str, names: str) -> str:
    """What events show, as the begin of a title. A fall of use is no block, and is not called one."""
    tor = any("tor" in member for e in members.events for member in e.members)
    repeated = any(e.kind == "periodic" for e in members.events)
    told = {
        "service_block": f"{names or 'Services'} measured as blocked",
        "service_drop": f"Use of {names or 'a service'} fell",
        "circumvention_drop": f"Use of {'Tor' if tor else 'circumvention tools'} fell",
        "slowdown": f"{names or 'Internet'} slowed down",
        "throttling": f"{names or 'Internet'} measured as throttled",
        "decline": "Slow decline of the internet",
        "allowlisted": "Internet back for some and dark for others",
        "silence": "Fewer measurements than usual",
    }
    return told.get(kind) or ("Repeated internet outages" if repeated else "Internet outage")


def _where(case: Case, scopes: list[str], members: Members) -> str:
    if "country" in scopes:
        return "nationwide"
    places = [s.split(":", 1)[1] for s in scopes if s.split(":", 1)[0] in ("region", "county", "city")]
    networks = [_network(case, s.split(":", 1)[1]) for s in scopes if s.startswith("asn:")]
    parts = [f"in {_listed(places)}"] if places else []
    parts += [f"on {_listed(networks)}"] if networks else []
    if not parts:
        named = {o for d in members.documents for o in operators_of(case, d)}
        parts = [f"on {_listed([o.name for o in case.operators if o.id in named])}"] if named else []
    return " and ".join(parts) or "in an unnamed place"


def _network(case: Case, number: str) -> str:
    operator = case.operator_of(number)
    return f"{operator.name} AS{number}" if operator else f"AS{number}"


def _listed(names: list[str]) -> str:
    if len(names) > MOST_NAMED:
        names = [*names[: MOST_NAMED - 1], f"{len(names) - MOST_NAMED + 1} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
