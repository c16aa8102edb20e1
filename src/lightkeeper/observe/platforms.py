"""Platforms: the services that people know by name, and which targets each is made of."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

import msgspec


class Platform(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One service: the targets that it is not usable without, and its pools, where one endpoint is enough.

    `answers` only have to answer, and `networks` are the autonomous systems of the service's own servers.
    """

    name: str
    source: str
    required: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    networks: tuple[int, ...] = ()


@cache
def platforms() -> dict[str, Platform]:
    """Every platform by its id, which is the first part of its targets' names."""
    data = files("lightkeeper.observe").joinpath("platforms.toml").read_bytes()
    return msgspec.toml.decode(data, type=dict[str, Platform])


@lru_cache(maxsize=65536)
def platform_of(target: str) -> str | None:
    """The id of the platform that a target belongs to (`signal/chat` → `signal`); none for a site of its own."""
    service, slash, _ = target.partition("/")
    return service if slash and service in platforms() else None


def parts_of(platform: str) -> tuple[str, ...]:
    """The targets that decide about a platform, those required first; none for an unknown one."""
    found = platforms().get(platform)
    return found.required + found.pools if found else ()


@cache
def that_only_answer() -> frozenset[str]:
    """Targets of which any answer of their own server shows that they work, whatever it says."""
    return frozenset(target for platform in platforms().values() for target in platform.answers)


def networks_of(target: str) -> tuple[int, ...]:
    """Autonomous systems that the servers of a target are in; none where they are not known, or may be anywhere."""
    service = target.partition("/")[0]
    found = platforms().get(service)
    return found.networks if found and target in parts_of(service) else ()
