"""Nearly: rules that would accuse, had a control shown what none did, and what was missing.

Found by judging the same facts again under controls that were not there: one of the record's own that got through
everywhere, one made of other networks, and a comparison of whole tables that lacks nothing. No list says which rules
these are. A control that was there and says otherwise is a fact, and is not wished away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from lightkeeper.judge.beside import LINEAGES as BESIDE
from lightkeeper.judge.control import View
from lightkeeper.judge.failure import WRONG
from lightkeeper.judge.interception import ISSUERS, KINDS, SESSIONS, SITES, missing_for_issuer
from lightkeeper.judge.place import place_of
from lightkeeper.judge.proof import LINEAGES, failure_of, key_of, kind_made_by_network, layers_tried
from lightkeeper.judge.rule import decide
from lightkeeper.judge.session import SESSION
from lightkeeper.judge.slowness import BESIDE as SAME_SERVERS
from lightkeeper.judge.slowness import KINDS as SOFTWARE
from lightkeeper.judge.slowness import PAIRS, SPEEDS, missing_in
from lightkeeper.judge.speeds import is_sample
from lightkeeper.judge.verdicts import mechanism_of
from lightkeeper.model import Control, Observation
from lightkeeper.observe.facts import Seen

_ACCUSING = frozenset({"blocked", "throttled"})
_ANY_ADDRESS = "9.9.9.9"
"""Stands for an address that the control would have found, where any public one will do."""
NO_CONTROL = "the record holds no control of its own for it"
NO_OTHERS = "nothing is known from other networks (`judge FILES --out DIR --across` compares them)"


class Near(msgspec.Struct, frozen=True):
    """A rule that nearly accused: what it would have said of which place, and what was missing, in words."""

    layer: str
    place: str
    state: str
    mechanism: str | None
    rule: str
    missing: str


def nearly(seen: Seen, around: Iterable[Control] = ()) -> list[Near]:
    """The rules that nearly accused, each once for a place. `around` is as for `judge`."""
    controls = [*seen.controls, *around]
    line = place_of(seen.measurement)
    view = View(seen.observations, controls, line)
    found: dict[Near, None] = {}
    for one in seen.observations:
        for layer, failure in _layers(one):
            worked = failure is None
            now = decide(layer, one, view, worked)
            if now and now.rule.state in _ACCUSING:
                continue
            for rows, missing in _wished(layer, one, view, controls):
                wished = View(seen.observations, [*(c for c in controls if c.lineage not in BESIDE), *rows], line)
                then = decide(layer, one, wished, worked)
                if then and then.rule.state in _ACCUSING:
                    first = then.rule
                    mechanism = first.mechanism and mechanism_of(first.mechanism, layer, one)
                    place = one.http_url if layer == "http" else one.hostname or one.ip
                    found[Near(layer, place or one.target, first.state, mechanism, first.id, missing)] = None
    return list(found)


def _layers(seen: Observation) -> Iterator[tuple[str, str | None]]:
    """Layers on which something failed or is odd, with the failure; what went well is no near accusation."""
    for layer in layers_tried(seen):
        failure: str | None = getattr(seen, f"{layer}_failure")
        if failure_of(layer, seen) is not None or (layer == "tls" and seen.tls_certificate_check in WRONG):
            yield layer, failure
    if seen.rate_tried:
        yield "rate", seen.rate_failure


def _wished(layer: str, seen: Observation, view: View, controls: list[Control]) -> Iterator[tuple[list[Control], str]]:
    """Rows that were not there and might have been, and what is missing without them."""
    own = [c for c in controls if c.lineage not in LINEAGES | BESIDE | {SESSION} and c.layer != "address"]
    if layer != "rate" and not _knows(own, layer, seen):
        yield _through(layer, seen), NO_CONTROL
    key = key_of(layer, seen) if layer != "rate" else None
    made = kind_made_by_network(layer, failure_of(layer, seen)) if key else None
    if not own and key is not None and made is not None:
        _, target, host, ip, port, step = key
        base = Control(
            measurement_id="", number=0, layer=layer, target=target, hostname=host or None, ip=ip or None,
            port=port or None, step=step or None, succeeded=20, networks=9, countries=9, lineage="same_window",
        )  # fmt: skip
        here = msgspec.structs.replace(base, succeeded=0, failed=9, failure=made, lineage="same_network")
        line = Control(
            measurement_id="", number=0, layer=layer, target=target, step=None, succeeded=9, lineage="same_line"
        )
        yield [base, here, line], view.others.missing(layer, seen) or NO_OTHERS
    yield from _complete(layer, seen, controls)


def _knows(own: list[Control], layer: str, seen: Observation) -> bool:
    """Whether the record's own control tried this: then what it says is a fact."""
    if layer == "http":
        return any(c.layer == "http" for c in own)
    if layer == "dns":
        return any(c.layer == "dns" and c.hostname == seen.hostname for c in own)
    return any(c.layer == layer and (c.ip, c.port) == (seen.ip, seen.port) for c in own)


def _through(layer: str, seen: Observation) -> list[Control]:
    """A control that got through where the probe did not."""
    base = Control(measurement_id="", number=0, layer=layer, succeeded=1, lineage="test_helper")
    if layer == "dns":
        return [msgspec.structs.replace(base, hostname=seen.hostname, dns_answers=[_ANY_ADDRESS])]
    if layer == "http":
        return [msgspec.structs.replace(base, http_status=200)]
    return [msgspec.structs.replace(base, ip=seen.ip, port=seen.port)]


def _complete(layer: str, seen: Observation, controls: list[Control]) -> Iterator[tuple[list[Control], str]]:
    """Comparisons of whole tables that found something, made complete; none where they found nothing."""
    speeds = {c.step or "": c for c in controls if (c.lineage, c.layer, c.target) == (SPEEDS, layer, seen.target)}
    if speeds and is_sample(seen, "handshake" if layer == "tls" else "bits_per_s"):
        base = Control(measurement_id="", number=0, layer=layer, target=seen.target, lineage=SPEEDS, slower=99.0)
        steps = ("elsewhere", "others_here", "others_against_elsewhere", "round_trip", *SAME_SERVERS)
        whole = [msgspec.structs.replace(base, step=step, slower_least=9.0) for step in steps]
        kinds = msgspec.structs.replace(base, step=SOFTWARE, succeeded=9)
        yield [*whole, kinds, msgspec.structs.replace(kinds, step=PAIRS, chance=0.0)], missing_in(speeds)
    issuers = {c.step or "": c for c in controls if c.lineage == ISSUERS and c.failure == seen.tls_issuer}
    if issuers and layer == "tls":
        rows = [msgspec.structs.replace(c, succeeded=9, failed=0) for c in issuers.values() if c.step != SITES]
        if {c.step for c in rows} == {SESSIONS, KINDS}:
            yield [issuers[SITES], *rows], missing_for_issuer(issuers)
