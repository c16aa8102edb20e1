"""Resolving: what the resolvers that a probe asked say of each other's answers.

A network can write any answer that comes without encryption, also one of 8.8.8.8. It cannot write that of an encrypted
resolver. A resolver that somebody chose, and Android's own, speak for themselves and not for the network.
"""

from __future__ import annotations

from collections.abc import Iterable

from lightkeeper.judge.failure import kind
from lightkeeper.judge.place import Place
from lightkeeper.model import Observation

ENCRYPTED = frozenset({"doh", "dot", "doq"})
"""Resolvers that a network on the way cannot answer for."""
SYSTEM = frozenset({"system", "getaddrinfo", "golang_net_resolver"})
"""The resolver of the line, as the probe's system asks it."""
_DENIES = frozenset({"nxdomain", "refused"})
_ANDROIDS_OWN = "android_dns_cache_no_data"
_ANDROID_SAYS = frozenset({"nxdomain", "no_answer"})


class Resolving:
    """The look-ups of one measurement."""

    def __init__(self, lookups: Iterable[Observation], place: Place) -> None:
        self._place = place
        self._by_name: dict[str | None, list[Observation]] = {}
        for o in lookups:
            self._by_name.setdefault(o.hostname, []).append(o)

    def private_says_so_too(self, seen: Observation) -> bool:
        """An encrypted resolver of the probe gives the same odd answer: then the network did not write it."""
        return any(
            not set(seen.dns_answers).isdisjoint(o.dns_answers) or _is_odd(o)
            for o in self._others(seen)
            if o.dns_engine in ENCRYPTED and o.dns_answers
        )

    def is_of_a_chosen_resolver(self, seen: Observation) -> bool:
        """The answer is that of a resolver that somebody chose, and nothing shows that the network wrote it.

        It is shown where a plain look-up to another resolver gets a like answer, or where the answer is known to stand
        for a block in this country.
        """
        if not self._place.chosen_resolver or seen.dns_engine not in SYSTEM:
            return False
        known = any(k.startswith("fingerprint:") for k in seen.dns_answer_kinds)
        return not known and not self._plain_agrees(seen)

    def is_androids_word(self, seen: Observation) -> bool:
        """Android says that the name does not exist, or has no address, and no other plain look-up denies it too."""
        android = self._place.android or seen.dns_failure == _ANDROIDS_OWN
        if not android or seen.dns_engine not in SYSTEM or kind(seen.dns_failure) not in _ANDROID_SAYS:
            return False
        return not any(kind(o.dns_failure) in _DENIES or _is_odd(o) for o in self._plain(seen))

    def plain_says_dead(self, seen: Observation) -> bool:
        """Another plain resolver was told that the name does not exist: who answers for it is this resolver alone."""
        return any(kind(o.dns_failure) == "nxdomain" for o in self._plain(seen))

    def _plain_agrees(self, seen: Observation) -> bool:
        mine = kind(seen.dns_failure)
        for o in self._plain(seen):
            if mine is not None and kind(o.dns_failure) == mine:
                return True
            if mine is None and (not set(o.dns_answers).isdisjoint(seen.dns_answers) or (_is_odd(o) and _is_odd(seen))):
                return True
        return False

    def _plain(self, seen: Observation) -> list[Observation]:
        """Look-ups of the name by other resolvers, without encryption, and of addresses of the same version."""
        return [
            o
            for o in self._others(seen)
            if o.dns_engine not in ENCRYPTED | SYSTEM
            and (o.dns_query_type == "AAAA") == (seen.dns_query_type == "AAAA")
        ]

    def _others(self, seen: Observation) -> list[Observation]:
        return [o for o in self._by_name.get(seen.hostname, ()) if o.dns_engine != seen.dns_engine]


def _is_odd(seen: Observation) -> bool:
    return any(k == "bogon" or k.startswith("fingerprint:") for k in seen.dns_answer_kinds)
