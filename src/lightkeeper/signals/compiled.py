"""Compile a numeric function to machine code, and keep the result where the folder allows it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])
PACKAGE = Path(__file__).parents[1]
ROOMS = ("signals", "detect", "evaluate")
"""Rooms whose functions are compiled; none takes a number from another room."""


def stamp_of(package: Path) -> str:
    """A hash of name, size and time of all modules of a package's compiled rooms.

    Numba keeps machine code by the time of the one file that a function stands in. A function that takes a number or
    another function from a second file would be run as it was before that file changed. So the code is kept in a folder
    with this name.
    """
    modules = sorted(p for room in ROOMS for p in (package / room).glob("*.py"))
    told = ((p.relative_to(package), p.stat()) for p in modules)
    text = "\n".join(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in told)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


_njit: Any = partial(numba.njit, nogil=True, error_model="numpy")
_config: Any = numba.config
_config.CACHE_DIR = str(Path(_config.CACHE_DIR or PACKAGE / "signals" / "__pycache__") / f"numba-{stamp_of(PACKAGE)}")


def compiled(function: F) -> F:
    """The same function, compiled by Numba at its first call, without the interpreter's lock.

    The machine code is kept beside this module, or in the user's cache. Where neither can be written, Numba refuses at
    once; then each process compiles for itself.
    """
    return _compiled(function, counts=True)


def inlined(function: F) -> F:
    """As `compiled`, but put into the functions that call it, and without counting who holds an array.

    For small functions that are called at each step and make no array: the counting, which is locked against other
    threads, took half of the time of a scan. The memory of an array made in such a function would never be given back.
    """
    return _compiled(function, counts=False)


def plain(function: F) -> F:
    """The function as it was written, for a few values from Python: nothing is compiled."""
    return getattr(function, "py_func", function)


def _compiled(function: F, *, counts: bool) -> F:
    # What is not said is inherited from whichever function calls first.
    options = {"_nrt": counts, "forceinline": not counts}
    try:
        return _njit(function, cache=True, **options)  # type: ignore[no-any-return]
    except RuntimeError:
        return _njit(function, **options)  # type: ignore[no-any-return]
