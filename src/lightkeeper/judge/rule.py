"""A rule: when it fires, what it then says, and why. The register of all rules, and those in force."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

import msgspec

from lightkeeper.judge.control import View
from lightkeeper.judge.digest import digest_of, digest_of_engine
from lightkeeper.model import Observation
from lightkeeper.observe import reference

Condition = Callable[[Observation, View], bool]
Outcome = Literal["worked", "failed", "odd", "compared", "any"]
_ODD: dict[str, Callable[[Observation], bool]] = {
    "dns": lambda o: bool(o.dns_answer_kinds),
    "tls": lambda o: o.tls_failure is not None or o.tls_certificate_check not in (None, "valid"),
    "http": lambda o: o.http_fingerprint is not None or o.http_refusal is not None,
}
"""What makes an observation odd on a layer: answers, certificates or pages that bear a mark. Most bear none, and the
rules about marks are then not tried."""


MAX_OUTCOMES = 4096
"""Sets of rules that are remembered; some dozens come up."""


class Rule(msgspec.Struct, frozen=True):
    """One rule. `mechanism` may hold `{kind}`, filled with the kind of failure: reset, timeout, eof, refused …;
    at layer app it is the protocol and the step.
    """

    id: str
    layer: str
    state: str
    mechanism: str | None
    why: str
    version: int
    fires: Condition
    when: Outcome = "any"
    otherwise: bool = False
    doubt: str | None = None
    """Name of a doubt about the instrument or its place, where that is what the rule rests on."""


RULES: dict[str, list[Rule]] = {"dns": [], "tcp": [], "tls": [], "quic": [], "http": [], "app": [], "rate": []}
"""Current rules by layer, in the order in which they are tried."""
RETIRED: list[Rule] = []
"""Rules that were replaced. They are kept, so that a ruleset that had them can judge again."""


def rule(
    id: str,
    *,
    layer: str,
    state: str,
    mechanism: str | None = None,
    version: int = 1,
    when: Outcome = "any",
    otherwise: bool = False,
    retired: bool = False,
    doubt: str | None = None,
) -> Callable[[Condition], Rule]:
    """Register a condition as a rule. Its docstring is the reason that people read.

    `when` limits it to observations where the layer worked or failed, that are odd, or, with `compared`, to records of
    which other measurements say something. With `otherwise` it is tried only where no other rule of the layer fired. A
    rule that was part of a release is never changed: it stays, `retired`, beside the one that replaces it under a
    higher `version`. `doubt` names what is in doubt where the rule speaks of the instrument and not of the network.
    """

    def register(condition: Condition) -> Rule:
        why = inspect.cleandoc(condition.__doc__ or "").split("\n\n", maxsplit=1)[0].replace("\n", " ")
        if not why:
            raise TypeError(f"rule {id} does not say why")
        made = Rule(id, layer, state, mechanism, why, version, condition, when, otherwise, doubt)
        (RETIRED if retired else RULES[layer]).append(made)
        return made

    return register


@lru_cache(maxsize=128)
def rules_for(
    layer: str, worked: bool, odd: bool = True, compared: bool = True
) -> tuple[Sequence[Rule], Sequence[Rule]]:
    """Rules to try on a layer that worked, or that failed: first those, then the ones for when none of them fired."""
    wanted = {"any", "worked" if worked else "failed", "odd" if odd else "any", "compared" if compared else "any"}
    fitting = [r for r in rules_in_force()[layer] if r.when in wanted]
    return [r for r in fitting if not r.otherwise], [r for r in fitting if r.otherwise]


class Decided(NamedTuple):
    """What the rules say of one layer of one observation: the rule that decides, and the ids of all that fired."""

    rule: Rule
    fired: tuple[str, ...]


class _Tries:
    """The rules that `rules_for` gives, ready to be tried, and what they said before by which of them fired.

    What a set of rules says is put together once, so that a layer costs no more than to ask each rule.
    """

    __slots__ = ("_rules", "first", "otherwise", "said")

    def __init__(self, first: Sequence[Rule], otherwise: Sequence[Rule]) -> None:
        self._rules = [*first, *otherwise]
        numbered = [(1 << number, rule.fires) for number, rule in enumerate(self._rules)]
        self.first, self.otherwise = numbered[: len(first)], numbered[len(first) :]
        self.said: dict[int, Decided | None] = {0: None}

    def say(self, fired: int) -> Decided:
        """What these rules say together, a bit each in `fired`."""
        rules = [rule for number, rule in enumerate(self._rules) if fired >> number & 1]
        made = Decided(rules[0], tuple([rule.id for rule in rules]))
        if len(self.said) < MAX_OUTCOMES:
            self.said[fired] = made
        return made


_tries: dict[tuple[str, bool, bool, bool], _Tries] = {}


def decide(layer: str, seen: Observation, control: View, worked: bool) -> Decided | None:
    """What the rules say of one layer of one observation: the first that fires decides. None where none fires."""
    odd = _ODD.get(layer)
    key = (layer, worked, odd is not None and odd(seen), control.compared)
    tries = _tries.get(key)
    if tries is None:
        tries = _tries[key] = _Tries(*rules_for(*key))
    fired = 0
    for bit, fires in tries.first:
        if fires(seen, control):
            fired |= bit
    if not fired:
        for bit, fires in tries.otherwise:
            if fires(seen, control):
                fired |= bit
    return tries.said[fired] if fired in tries.said else tries.say(fired)


def rules_in_force() -> Mapping[str, Sequence[Rule]]:
    """The rules that judge in this process, by layer: the current ones, unless others were chosen."""
    return RULES if _in_force is None else _in_force


def put_in_force(rules: Mapping[str, Sequence[Rule]] | None) -> None:
    """Judge by these rules in this process from now on; none are the current ones."""
    global _in_force
    _in_force = rules
    rules_for.cache_clear()
    _tries.clear()


def rows_of(rules: Mapping[str, Sequence[Rule]]) -> list[tuple[str, ...]]:
    """What identifies rules, a row each: order, id, version, layer, state, mechanism, when, otherwise, doubt,
    digest."""
    every = [made for layer in rules.values() for made in layer]
    return [
        (
            *(str(n), r.id, str(r.version), r.layer, r.state, r.mechanism or "", r.when),
            *("yes" if r.otherwise else "no", r.doubt or "", digest_of(r.fires)),
        )
        for n, r in enumerate(every, 1)
    ]


def name_of(rules: Mapping[str, Sequence[Rule]]) -> str:
    """Name of a set of rules: `lk-`, their number, and a hash of the rules and of the code that combines them."""
    rows = rows_of(rules)
    text = "\n".join([digest_of_engine(), *("\t".join(row) for row in rows)])
    return f"lk-{len(rows)}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def ruleset() -> str:
    """Name of what judges in this process: `<rules>+<reference>`, each with a hash of all that it holds."""
    return f"{name_of(rules_in_force())}+{reference.current().name}"


_in_force: Mapping[str, Sequence[Rule]] | None = None
