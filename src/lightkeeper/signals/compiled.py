"""Compile a numeric function to machine code, and keep the result where the folder allows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """The same function, compiled by Numba at its first call, without the interpreter's lock.

    The machine code is kept beside the module or in the user's cache. Where neither can be written, Numba refuses at
    once; then each process compiles for itself.
    """
    try:
        return numba.njit(function, cache=True, nogil=True, error_model="numpy")  # type: ignore[no-any-return]
    except RuntimeError:
        return numba.njit(function, nogil=True, error_model="numpy")  # type: ignore[no-any-return]
