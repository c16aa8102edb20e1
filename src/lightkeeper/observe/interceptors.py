"""Interceptors: products and authorities that are known to answer in a site's place, by the issuer they write."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files

import msgspec


class Interceptor(msgspec.Struct, frozen=True):
    """One product or authority. `kind` is `state`, or `local`: the user's own machine, firm or school."""

    name: str
    issuer: str
    kind: str
    source: str


@lru_cache(maxsize=4096)
def interceptor(issuer: str | None) -> Interceptor | None:
    """The interceptor that an issuer's name shows; none where it shows no known one. A name can be forged."""
    lowered = (issuer or "").lower()
    return next((known for known in KNOWN if known.issuer in lowered), None) if lowered else None


def parse(text: str) -> list[Interceptor]:
    """The interceptors of a text in the form of `interceptors.toml`."""
    return [msgspec.convert(one, Interceptor) for one in tomllib.loads(text)["interceptor"]]


KNOWN = parse(files("lightkeeper.observe").joinpath("interceptors.toml").read_text(encoding="utf-8"))
