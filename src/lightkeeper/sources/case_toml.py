"""Where a field stands in `case.toml`, and what to do about one that is wrong."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from lightkeeper.errors import CaseError
from lightkeeper.model.case import Case

Loc = tuple[str | int, ...]

SIZE_LIMIT = 4 << 20
"""Bytes that a case.toml may have."""

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\"'-]+)\s*\]\]?")
_KEY = re.compile(r"^\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*=")


def read_toml(
    path: Path,
    called: str = "case.toml",
    remedy: str = "Write one as cases/README.md describes, or name another folder",
) -> tuple[dict[str, Any], str]:
    """The data and the text of a TOML file. Raises CaseError with `file:line`.

    `remedy` is for a file that is not there.
    """
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise CaseError("the file is too large", remedy=f"A {called} has a few hundred lines", where=str(path))
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        return tomllib.loads(text), text
    except FileNotFoundError as error:
        raise CaseError(f"there is no {called}", remedy=remedy, where=str(path)) from error
    except OSError as error:
        raise CaseError(f"cannot be read: {error}", remedy="Check the path", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise CaseError("the text is not UTF-8", remedy="Save it as UTF-8", where=f"{path}:1") from error
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        what = re.sub(r"\s*\(at .*\)$", "", str(error))
        what = f"this is not TOML: {what[:1].lower()}{what[1:]}"
        raise CaseError(what, remedy="Look at this line and the one before", where=f"{path}:{line}") from error
    except (ValueError, RecursionError) as error:
        what = "this is no TOML that can be read: lists within lists, or a number of thousands of digits"
        raise CaseError(what, remedy="Take out what does not belong there", where=str(path)) from error


def lines_of(text: str) -> dict[Loc, int]:
    """The line (from 1) of each table, table in a list, and key: `("operators", 2, "asns")` → 117."""
    found: dict[Loc, int] = {}
    here: Loc = ()
    seen: dict[str, int] = {}
    in_text = False
    for number, line in enumerate(text.split("\n"), start=1):
        quotes = line.count('"""') + line.count("'''")
        if not in_text:
            if header := _HEADER.match(line):
                name = header[2].strip("\"'")
                here = tuple(name.split("."))
                if header[1] == "[[":
                    seen[name] = seen.get(name, -1) + 1
                    found.setdefault(here, number)
                    here = (*here, seen[name])
                found.setdefault(here, number)
            elif key := _KEY.match(line):
                found.setdefault((*here, key[1]), number)
        in_text ^= quotes % 2 == 1
    return found


def line_of(loc: Loc, lines: dict[Loc, int]) -> int:
    """The line of `loc`, or of the nearest thing around it that has one; else 1."""
    return next((lines[loc[:n]] for n in range(len(loc), 0, -1) if loc[:n] in lines), 1)


def as_case_error(error: ValidationError, path: Path, text: str, model: type[BaseModel] = Case) -> CaseError:
    """All that a validation found, as one CaseError: the first by line in full, the others by line."""
    lines = lines_of(text)
    errors = error.errors()
    misspelt = {(*e["loc"][:-1], _guess(e["loc"], model)) for e in errors if e["type"] == "extra_forbidden"}
    told = [e for e in errors if not (e["type"] == "missing" and e["loc"] in misspelt)]
    found = sorted((line_of(e["loc"], lines), *_tell(e["loc"], e["type"], e["msg"], model)) for e in told)
    return one_error([(f"{path}:{line}", what, remedy) for line, what, remedy in found])


def one_error(found: list[tuple[str, str, str]]) -> CaseError:
    """One CaseError for a list of (where, what, remedy), not empty: the first in full, then where the others are."""
    (where, what, remedy), *others = found
    if others:
        listed = "; ".join(f"{w}: {t}" for w, t, _ in others[:20])
        more = f" and {len(others) - 20} more" if len(others) > 20 else ""
        remedy = f"{remedy}. Also wrong: {listed}{more}"
    return CaseError(what, remedy=remedy, where=where)


def _tell(loc: Loc, kind: str, message: str, model: type[BaseModel]) -> tuple[str, str]:
    name, dotted = str(loc[-1]) if loc else "case", ".".join(str(part) for part in loc)
    fields = _fields_at(loc[:-1], model)
    if kind == "extra_forbidden":
        near = _guess(loc, model)
        hint = f"Did you mean `{near}`?" if near else f"It has: {', '.join(fields)}"
        return f"`{name}` is not a field of {_named(loc[:-1])}", hint
    meaning = fields.get(name, "")
    if kind == "missing":
        return f"`{name}` is missing in {_named(loc[:-1])}", f"Add it: {meaning}"
    said = message.removeprefix("Value error, ")
    about = f"`{dotted}`: " if dotted else ""
    return f"{about}{said[:1].lower()}{said[1:]}", f"It should hold: {meaning}" if meaning else "Change it"


def _guess(loc: Loc, model: type[BaseModel]) -> str | None:
    near = difflib.get_close_matches(str(loc[-1]), list(_fields_at(loc[:-1], model)), n=1)
    return near[0] if near else None


def _named(loc: Loc) -> str:
    return "the case" if not loc else "[" + ".".join(str(part) for part in loc) + "]"


def _fields_at(loc: Loc, model: type[BaseModel]) -> dict[str, str]:
    here: type[BaseModel] | None = model
    keyed = False
    for part in loc:
        if keyed:  # a key of the writer's own, as in `[asks.A1]`
            keyed = False
        elif here is not None and isinstance(part, str):
            field = here.model_fields.get(part)
            here = _model_in(field.annotation) if field else None
            keyed = field is not None and get_origin(field.annotation) is dict
    return {k: f.description or "" for k, f in here.model_fields.items()} if here else {}


def _model_in(hint: Any) -> type[BaseModel] | None:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint
    return next((m for m in map(_model_in, get_args(hint)) if m), None)
