"""Fit a record with wrong types to the right ones: keep what fits, drop what does not, and say what was dropped."""

from __future__ import annotations

from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

MAX_DROPPED = 1000
_MISFIT = object()


def fit(value: Any, wanted: Any) -> tuple[Any, list[str]]:
    """Convert a decoded JSON value to `wanted`, a `Struct` type.

    Returns the struct and the paths that were dropped (at most `MAX_DROPPED`). A value that is not an object gives
    the empty struct and the path `$`.
    """
    dropped: list[str] = []
    fitted = _fit(value, wanted, "$", dropped)
    if fitted is _MISFIT:
        dropped.append("$")
        fitted = wanted()
    return fitted, dropped[:MAX_DROPPED]


def _fit(value: Any, wanted: Any, path: str, dropped: list[str]) -> Any:
    origin = get_origin(wanted)
    if origin in (Union, UnionType):
        return _fit_union(value, get_args(wanted), path, dropped)
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return _fit_struct(value, wanted, path, dropped) if isinstance(value, dict) else _MISFIT
    if origin is list:
        return _fit_list(value, get_args(wanted)[0], path, dropped) if isinstance(value, list) else _MISFIT
    if origin is dict:
        return _fit_dict(value, get_args(wanted)[1], path, dropped) if isinstance(value, dict) else _MISFIT
    if wanted is msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(value))
    try:
        return msgspec.convert(value, wanted)
    except msgspec.ValidationError:
        return _MISFIT


def _fit_union(value: Any, options: tuple[Any, ...], path: str, dropped: list[str]) -> Any:
    if value is None and type(None) in options:
        return None
    for option in options:
        if option is not type(None):
            fitted = _fit(value, option, path, dropped)
            if fitted is not _MISFIT:
                return fitted
    return _MISFIT


def _fit_struct(value: dict[str, Any], wanted: type[msgspec.Struct], path: str, dropped: list[str]) -> msgspec.Struct:
    hints = get_type_hints(wanted)
    kept = {}
    for field in wanted.__struct_fields__:
        if field in value:
            fitted = _fit(value[field], hints[field], f"{path}.{field}", dropped)
            if fitted is _MISFIT:
                dropped.append(f"{path}.{field}")
            else:
                kept[field] = fitted
    return wanted(**kept)


def _fit_list(value: list[Any], item: Any, path: str, dropped: list[str]) -> list[Any]:
    kept = []
    for number, element in enumerate(value):
        fitted = _fit(element, item, f"{path}[{number}]", dropped)
        if fitted is _MISFIT:
            dropped.append(f"{path}[{number}]")
        else:
            kept.append(fitted)
    return kept


def _fit_dict(value: dict[str, Any], item: Any, path: str, dropped: list[str]) -> dict[str, Any]:
    kept = {}
    for key, element in value.items():
        fitted = _fit(element, item, f"{path}.*", dropped)
        if fitted is _MISFIT:
            dropped.append(f"{path}.*")
        else:
            kept[key] = fitted
    return kept
