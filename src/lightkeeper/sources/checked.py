"""Check: numbers and places from outside, finite and within bounds, or an error that says what stands there.

A row of a source is checked with ValueError, and set aside; what a person asks for with InputError.
"""

from __future__ import annotations

import math
import re

from lightkeeper.errors import InputError
from lightkeeper.sources.rows import clean

COUNTRY = re.compile(r"[A-Z][A-Z0-9]")
"""ISO 3166-1 alpha-2, and the codes of address databases for what is no country (A1, T1)."""
REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
ASN_MAX = (1 << 32) - 1


def amount(value: object, most: float, name: str = "number") -> float:
    """A number from 0 to `most`, given as a number or as text. Raises ValueError that says what stands there."""
    found = math.nan
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            found = float(value)
        except (ValueError, OverflowError):
            found = math.nan
    if not 0 <= found <= most:
        raise ValueError(f"`{clean(str(value)[:60])[:40]}` cannot be a {name}")
    return found


def country(text: str) -> str:
    """A country's code in capitals. Raises ValueError."""
    code = clean(text[:40]).upper()
    if not COUNTRY.fullmatch(code):
        raise ValueError(f"`{code}` is not the code of a country")
    return code


def asked_country(text: str) -> str:
    """A country's code in capitals, as a person or a caller gave it: two letters. Raises InputError."""
    try:
        code = country(text)
        if not code.isalpha():
            raise ValueError(f"`{code}` is not the code of a country")
    except ValueError as error:
        raise InputError(str(error), remedy="Give its code of two letters (ISO 3166-1), as in IR") from error
    return code


def asked_asn(value: object) -> int:
    """The number of a network, as a person or a caller gave it. Raises InputError."""
    try:
        return asn(value)
    except ValueError as error:
        raise InputError(str(error), remedy="Give a network as AS58224") from error


def asn(value: object) -> int:
    """The number of an autonomous system, from `AS58224`, `58224` or 58224. Raises ValueError."""
    digits = clean(str(value)[:40]).upper().removeprefix("AS")
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit() and 0 < int(digits) <= ASN_MAX):
        raise ValueError(f"`{digits}` is not the number of an autonomous system")
    return int(digits)
