"""YAML value: one YAML document as values that JSON has. Nothing is ever constructed from a tag.

Built from libyaml's events, not by a loader: so depth, size and aliases are limited while reading, and an unknown tag
such as `!!python/object` is no more than the plain value that it stands before.
"""

from __future__ import annotations

import base64
import binascii
import math
from typing import Any

import yaml

from lightkeeper.sources import ooni_limits as limits

_PREFIX = "tag:yaml.org,2002:"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(text: bytes) -> Any:
    """The value of one document. Text that is not UTF-8 becomes OONI's `{"data": …, "format": "base64"}`.

    Raises ValueError for what is not YAML, or is larger, deeper or fuller of aliases than the limits.
    """
    try:
        loader = _LOADER(text)
    except (yaml.YAMLError, UnicodeError) as problem:
        raise ValueError(_reason(problem)) from problem
    try:
        return _Builder(loader).document()
    except (yaml.YAMLError, UnicodeError, RecursionError) as problem:
        raise ValueError(_reason(problem)) from problem
    finally:
        loader.dispose()


def _reason(problem: BaseException) -> str:
    return " ".join(str(problem).split())[:200] or type(problem).__name__


class _Builder:
    """Takes events from a loader and gives back values, counting as it goes."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._nodes = 0
        self._aliases = 0
        self._anchors: dict[str, tuple[Any, int]] = {}

    def document(self) -> Any:
        loader = self._loader
        loader.get_event()  # the start of the stream
        if loader.check_event(yaml.StreamEndEvent):
            return None
        loader.get_event()  # the start of the document
        value = self._value(0)
        loader.get_event()
        if not loader.check_event(yaml.StreamEndEvent):
            raise ValueError("there is more than one document")
        return value

    def _value(self, depth: int) -> Any:
        event = self._loader.get_event()
        before = self._nodes
        self._count(1)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor)
        if depth > limits.MAX_YAML_DEPTH:
            raise ValueError(f"values are nested more than {limits.MAX_YAML_DEPTH} deep")
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(depth)
        else:
            value = self._pairs(depth)
            if event.tag == _PREFIX + "set":
                value = list(value)
        if event.anchor:
            self._anchors[event.anchor] = value, self._nodes - before
        return value

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > limits.MAX_YAML_NODES:
            raise ValueError(f"there are more than {limits.MAX_YAML_NODES:,} values, counting repeated ones")

    def _alias(self, anchor: str | None) -> Any:
        self._aliases += 1
        if self._aliases > limits.MAX_YAML_ALIASES:
            raise ValueError(f"there are more than {limits.MAX_YAML_ALIASES:,} aliases")
        if anchor is None or anchor not in self._anchors:
            raise ValueError("an alias stands for nothing, or for what it is a part of")
        value, nodes = self._anchors[anchor]
        self._count(nodes)
        return value

    def _sequence(self, depth: int) -> list[Any]:
        found = []
        while not self._loader.check_event(yaml.SequenceEndEvent):
            found.append(self._value(depth + 1))
        self._loader.get_event()
        return found

    def _pairs(self, depth: int) -> dict[str, Any]:
        found = {}
        while not self._loader.check_event(yaml.MappingEndEvent):
            key = self._value(depth + 1)
            found[_key(key)] = self._value(depth + 1)
        self._loader.get_event()
        return found

    def _scalar(self, event: Any) -> Any:
        tag, text = event.tag, event.value
        if tag is None:
            tag = self._loader.resolve(yaml.ScalarNode, text, event.implicit)
        kind = tag.removeprefix(_PREFIX)
        if kind == "binary":
            return _binary(text)
        if kind in ("int", "float", "bool", "null"):
            return self._plain(kind, tag, text)
        return text

    def _plain(self, kind: str, tag: str, text: str) -> Any:
        if kind == "null":
            return None
        if kind == "bool":
            return yaml.SafeLoader.bool_values.get(text.lower(), text)
        node = yaml.ScalarNode(tag, text)
        try:
            number = getattr(self._loader, f"construct_yaml_{kind}")(node)
        except (ValueError, IndexError):  # not a number after all, or one of thousands of digits
            return text
        if isinstance(number, float) and not math.isfinite(number):
            return None
        return number if abs(number) < 2**63 else text


def _key(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _binary(text: str) -> str | dict[str, str]:
    packed = "".join(text.split()).rstrip("=")
    packed = packed[:-1] if len(packed) % 4 == 1 else packed  # cut off within a byte
    try:
        data = binascii.a2b_base64(packed + "=" * (-len(packed) % 4))
    except (binascii.Error, ValueError) as problem:
        raise ValueError(f"binary data is not base64: {problem}") from problem
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"data": base64.b64encode(data).decode(), "format": "base64"}
