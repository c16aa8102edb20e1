"""A rule: when it fires, what it then says, and why. The register of all rules."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from lightkeeper.judge.control import View
from lightkeeper.model import Observation

Condition = Callable[[Observation, View], bool]
Outcome = Literal["worked", "failed", "any"]


class Rule(msgspec.Struct, frozen=True):
    """One rule. `mechanism` may hold `{kind}`, filled with the kind of failure: reset, timeout, eof, refused …"""

    id: str
    layer: str
    state: str
    mechanism: str | None
    why: str
    version: int
    fires: Condition
    when: Outcome = "any"
    otherwise: bool = False


RULES: dict[str, list[Rule]] = {"dns": [], "tcp": [], "tls": [], "quic": [], "http": [], "app": [], "rate": []}
"""Rules by layer, in the order in which they are tried."""


def rule(
    id: str,
    *,
    layer: str,
    state: str,
    mechanism: str | None = None,
    version: int = 1,
    when: Outcome = "any",
    otherwise: bool = False,
) -> Callable[[Condition], Rule]:
    """Register a condition as a rule. Its docstring is the reason that people read.

    `when` limits it to observations where the layer worked or failed. With `otherwise` it is tried only where no other
    rule of the layer fired.
    """

    def register(condition: Condition) -> Rule:
        why = inspect.cleandoc(condition.__doc__ or "").split("\n\n", maxsplit=1)[0].replace("\n", " ")
        if not why:
            raise TypeError(f"rule {id} does not say why")
        made = Rule(id, layer, state, mechanism, why, version, condition, when, otherwise)
        RULES[layer].append(made)
        return made

    return register


@lru_cache(maxsize=64)
def rules_for(layer: str, worked: bool) -> tuple[Sequence[Rule], Sequence[Rule]]:
    """Rules to try on a layer that worked, or that failed: first those, then the ones for when none of them fired."""
    fitting = [r for r in RULES[layer] if r.when in ("any", "worked" if worked else "failed")]
    return [r for r in fitting if not r.otherwise], [r for r in fitting if r.otherwise]


def fired(layer: str, seen: Observation, control: View, *, worked: bool) -> list[Rule]:
    """The rules that fire on one layer of one observation, in order: the first decides."""
    first, otherwise = rules_for(layer, worked)
    found = [r for r in first if r.fires(seen, control)]
    return found or [r for r in otherwise if r.fires(seen, control)]


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
