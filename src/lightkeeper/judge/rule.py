"""A rule: when it fires, what it then says, and why. The register of all rules."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable

import msgspec

from lightkeeper.judge.control import View
from lightkeeper.model import Observation

Condition = Callable[[Observation, View], bool]


class Rule(msgspec.Struct, frozen=True):
    """One rule. `mechanism` may hold `{kind}`, filled with the kind of failure: reset, timeout, eof, refused …"""

    id: str
    layer: str
    state: str
    mechanism: str | None
    why: str
    version: int
    fires: Condition


RULES: dict[str, list[Rule]] = {"dns": [], "tcp": [], "tls": [], "quic": [], "http": [], "app": [], "rate": []}
"""Rules by layer, in the order in which they are tried."""


def rule(
    id: str, *, layer: str, state: str, mechanism: str | None = None, version: int = 1
) -> Callable[[Condition], Rule]:
    """Register a condition as a rule. Its docstring is the reason that people read."""

    def register(condition: Condition) -> Rule:
        why = inspect.cleandoc(condition.__doc__ or "").split("\n\n", maxsplit=1)[0].replace("\n", " ")
        if not why:
            raise TypeError(f"rule {id} does not say why")
        made = Rule(id, layer, state, mechanism, why, version, condition)
        RULES[layer].append(made)
        return made

    return register


def ruleset() -> str:
    """Name of the rules in force: their number and a hash of all of them, conditions included."""
    digest = hashlib.sha256()
    count = 0
    for rules in RULES.values():
        for made in rules:
            count += 1
            digest.update(f"{made.id}|{made.layer}|{made.state}|{made.mechanism}|{made.why}|{made.version}".encode())
            digest.update(inspect.getsource(made.fires).encode())
    return f"lk-{count}-{digest.hexdigest()[:12]}"
