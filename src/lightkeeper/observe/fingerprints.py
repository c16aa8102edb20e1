"""Block pages that are known by their text, and addresses that are known to stand for a block.

Matched once, when a measurement is observed, with RE2: its time grows with the length of the text alone, whatever the
pattern (Cox 2007, "Regular Expression Matching Can Be Simple And Fast"). All patterns of one place are one automaton.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

import re2

from lightkeeper.errors import InputError
from lightkeeper.sources.fingerprint import FALSE, NETWORK, Fingerprint, expression

TRUSTED = 5
"""`confidence_no_fp` from which a fingerprint can mean `blocked`. OONI gives 5 where nobody has weighed it."""
SURE = 8
"""From here on a fingerprint also counts on a page that is known to look like a block page and be none."""
MAX_VALUE = 2048
"""Characters of a header that are searched."""
BUILT_IN = "fingerprints.toml"
_MEMORY_BYTES = 32 << 20
_FEW = 8
_NOTHING: tuple[str | None, str | None] = (None, None)


class Patterns:
    """The patterns of one place, as one automaton. `find` gives the numbers of the fingerprints that are there."""

    def __init__(self, numbered: Sequence[tuple[int, Fingerprint]]) -> None:
        self._numbers = [number for number, _ in numbered]
        few = len(numbered) <= _FEW and all(f.kind == "contains" for _, f in numbered)
        self._plain = [(n, f.pattern) for n, f in numbered] if few else None
        self._shared = _shared([f.pattern for _, f in numbered]) if few else ""
        self._set = None if few else _automaton([f for _, f in numbered])

    def find(self, text: str) -> list[int]:
        """Numbers of the fingerprints that the text shows, in no order."""
        if self._plain is not None:
            return [n for n, pattern in self._plain if pattern in text] if self._shared in text else []
        found = self._set.Match(text.encode("utf-8", "surrogatepass")) if self._set else None
        return [self._numbers[i] for i in found] if found else []


def _shared(patterns: Sequence[str]) -> str:
    """What all patterns begin with: a text without it needs no second look."""
    first, last = min(patterns), max(patterns)
    return first[: next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]


class Fingerprints:
    """Fingerprints, ready to be matched. The first of several counts, so the order is part of what they mean."""

    def __init__(self, known: Iterable[Fingerprint]) -> None:
        """Raises InputError where the patterns together are too many for the memory that they may take."""
        self.known = list(known)
        places: dict[str, list[tuple[int, Fingerprint]]] = {}
        self._answers: dict[str, list[int]] = {}
        for number, fingerprint in enumerate(self.known):
            if fingerprint.location == "dns" and fingerprint.kind == "full":
                self._answers.setdefault(fingerprint.pattern, []).append(number)
            else:
                places.setdefault(fingerprint.location, []).append((number, fingerprint))
        made = {place: Patterns(numbered) for place, numbered in places.items()}
        self._body, self._answer = made.pop("body", None), made.pop("dns", None)
        self._any_header = made.pop("header", None)
        self._headers = {place.removeprefix("header."): patterns for place, patterns in made.items()}
        self._in_header = lru_cache(maxsize=2048)(self._find_in_header)

    def page(self, body: str, headers: Mapping[str, str], probe_cc: str | None) -> tuple[str | None, str | None]:
        """The block page of this country's networks that a response shows, and else what makes it doubtful.

        The second is `fingerprint_elsewhere:NAME` for a block page of networks elsewhere, `fingerprint:NAME` for one
        of a product, an institution or a server, for a vague one, and for one on a page that is known to look so.
        Header names are in lower case.
        """
        found = self._body.find(body) if self._body and body else []
        for name in self._headers:
            if value := headers.get(name):
                found = [*found, *self._in_header(name, value[:MAX_VALUE])]
        if self._any_header:
            found = [*found, *(n for value in headers.values() for n in self._any_header.find(value[:MAX_VALUE]))]
        if not found:
            return _NOTHING
        looks_so = any(self.known[n].scope == FALSE for n in found)
        doubt: list[tuple[int, int, str]] = []
        for number in sorted(set(found)):
            known = self.known[number]
            means = standing(known, probe_cc)
            if means == "fingerprint" and (known.confidence >= SURE or not looks_so):
                return known.name, None
            if means == "fingerprint_elsewhere":
                doubt.append((1, number, f"fingerprint_elsewhere:{known.name}"))
            elif means:
                doubt.append((0 if means == "fingerprint" else 2, number, f"fingerprint:{known.name}"))
        return None, min(doubt)[2] if doubt else None

    def answers(self, answers: Sequence[str], probe_cc: str | None) -> set[str]:
        """What the addresses and names (CNAME) of a DNS answer are known for.

        `fingerprint:NAME` stands for a block in this country, `fingerprint_elsewhere:NAME` for one in another,
        `fingerprint_other:NAME` for a product or an institution.
        """
        kinds: set[str] = set()
        if self._answer is None and self._answers.keys().isdisjoint(answers):
            return kinds
        for answer in answers:
            found = self._answers.get(answer, [])
            if self._answer:
                found = [*found, *self._answer.find(answer)]
            for number in found:
                if means := standing(self.known[number], probe_cc):
                    kinds.add(f"{means}:{self.known[number].name}")
        return kinds

    def _find_in_header(self, name: str, value: str) -> list[int]:
        return self._headers[name].find(value)


def standing(known: Fingerprint, probe_cc: str | None) -> str | None:
    """What a fingerprint means for a probe in this country; none for a page that only looks like a block page.

    Only a state's or an operator's own, known from this country and trusted, stands for a block. One without a
    country is known from nowhere: it is too vague to accuse anybody.
    """
    if known.scope == FALSE:
        return None
    if known.scope not in NETWORK or known.confidence < TRUSTED or not known.countries:
        return "fingerprint_other"
    return "fingerprint" if probe_cc in known.countries else "fingerprint_elsewhere"


def parse(text: str) -> list[Fingerprint]:
    """The fingerprints of a text in the form of `fingerprints.toml`."""
    data: dict[str, Any] = tomllib.loads(text)
    pages = [(p, {"body": "body", "location": "header.location"}[p["part"]], "contains") for p in data.get("page", [])]
    return [
        Fingerprint(
            name=one["name"],
            location=location,
            kind=kind,
            pattern=one["address" if location == "dns" else "contains"],
            scope=one.get("scope", "nat"),
            countries=tuple(one.get("countries", ())),
            confidence=10,
            source=one["source"],
        )
        for one, location, kind in [*((a, "dns", "full") for a in data.get("answer", [])), *pages]
    ]


def put_in_force(fingerprints: Fingerprints) -> None:
    """Use these fingerprints in this process from now on."""
    global _in_force
    _in_force = fingerprints


def page_fingerprint(body: str, headers: Mapping[str, str], probe_cc: str | None) -> tuple[str | None, str | None]:
    """`Fingerprints.page` of those in force."""
    return _in_force.page(body, headers, probe_cc)


def answer_fingerprints(answers: Sequence[str], probe_cc: str | None) -> set[str]:
    """`Fingerprints.answers` of those in force."""
    return _in_force.answers(answers, probe_cc)


def _automaton(known: Sequence[Fingerprint]) -> Any:
    options = re2.Options()
    options.log_errors, options.never_capture, options.max_mem = False, True, _MEMORY_BYTES
    made = re2.Set.SearchSet(options)
    try:
        for fingerprint in known:
            made.Add(expression(fingerprint))
        probe = made.Add(re2.escape(_PROBE))
        made.Compile()
    except re2.error as error:
        raise InputError("the fingerprints cannot be used together", remedy="Import fewer of them") from error
    # a set that has too little memory finds nothing and does not say so
    if probe not in (made.Match(_PROBE) or []):
        raise InputError("the fingerprints take too much memory", remedy="Import fewer of them")
    return made


_PROBE = "\x00lightkeeper\x00"
_in_force = Fingerprints(parse(files("lightkeeper.observe").joinpath(BUILT_IN).read_text(encoding="utf-8")))
