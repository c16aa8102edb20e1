"""Digest: what a condition rests on, as one hash. It changes where the outcome could."""

from __future__ import annotations

import ast
import hashlib
import inspect
import linecache
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any

_OURS = "lightkeeper."
_BOOKKEEPING = frozenset({"__init__.py", "rule.py", "rulesets.py", "digest.py", "nearly.py"})


@lru_cache(maxsize=1024)
def digest_of(condition: Callable[..., Any]) -> str:
    """SHA-256 of a function's source, of the functions of ours that it calls and of the constants that it names.

    The decorator is left out, so that a rule can be retired and keep its digest.
    """
    parts: dict[str, str] = {}
    _collect(condition, parts)
    return hashlib.sha256("\n".join(text for _, text in sorted(parts.items())).encode()).hexdigest()


@lru_cache(maxsize=1)
def digest_of_engine() -> str:
    """SHA-256 of the code that puts verdicts together: the modules of the room, without rules and bookkeeping.

    Docstrings, comment lines and empty lines are left out.
    """
    digest = hashlib.sha256()
    for entry in sorted(files("lightkeeper").joinpath("judge").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".py") and entry.name not in _BOOKKEEPING:
            digest.update(f"{entry.name}\n{_bare(entry.read_text(encoding='utf-8'))}\n".encode())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def digest_of_facts() -> str:
    """SHA-256 of the code that makes facts of records: the modules of the room `observe`."""
    digest = hashlib.sha256()
    for entry in sorted(files("lightkeeper").joinpath("observe").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".py"):
            digest.update(f"{entry.name}\n".encode() + entry.read_bytes())
    return digest.hexdigest()


def _bare(source: str) -> str:
    lines = source.splitlines()
    for said in _statements(ast.parse(source).body):
        # a text that stands alone: the docstring of a module, class, function or constant
        if isinstance(said, ast.Expr) and isinstance(said.value, ast.Constant) and isinstance(said.value.value, str):
            lines[said.lineno - 1 : said.end_lineno] = [""] * ((said.end_lineno or said.lineno) - said.lineno + 1)
    return "\n".join(line for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _statements(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All statements, those within others too. Expressions hold none, so that most of a tree need not be walked."""
    for node in body:
        yield node
        for inner in ("body", "orelse", "handlers", "finalbody", "cases"):
            found = getattr(node, inner, None)
            if isinstance(found, list):
                yield from _statements(found)


def _collect(function: Callable[..., Any], parts: dict[str, str]) -> None:
    bare = inspect.unwrap(function)
    text, names = _text_and_names(bare)
    key = f"{bare.__module__}.{bare.__qualname__} {hashlib.sha256(text.encode()).hexdigest()}"
    if key in parts:
        return
    parts[key] = text
    cells = zip(bare.__code__.co_freevars, bare.__closure__ or (), strict=False)
    inner = {name: cell.cell_contents for name, cell in cells}
    for name in sorted(names & (bare.__globals__.keys() | inner.keys())):
        value = inner.get(name, bare.__globals__.get(name))
        if inspect.isfunction(inspect.unwrap(value)) and value.__module__.startswith(_OURS):
            if value.__module__ != "lightkeeper.judge.rule":
                _collect(value, parts)
        elif (said := _constant(value)) is not None:
            parts[f"{bare.__module__}.{name} = {said}"] = f"{name} = {said}"


def _text_and_names(function: Callable[..., Any]) -> tuple[str, set[str]]:
    """The source of a function without its decorators, and the names in it, those of the decorators too."""
    code = function.__code__
    if (node := _functions(code.co_filename).get((code.co_firstlineno, code.co_name))) is None:  # a lambda amid a call
        return textwrap.dedent(inspect.getsource(function)), {*code.co_names, *code.co_freevars}
    lines = linecache.getlines(code.co_filename)[node.lineno - 1 : node.end_lineno]
    text = "\n".join(textwrap.dedent("".join(lines)).splitlines())
    return text, {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


@lru_cache(maxsize=64)
def _functions(path: str) -> dict[tuple[int, str], ast.FunctionDef]:
    """The functions in a file, by the line at which they or their decorators begin, and by name."""
    found = [
        n for n in _statements(ast.parse("".join(linecache.getlines(path))).body) if isinstance(n, ast.FunctionDef)
    ]
    return {(min([n.lineno, *(d.lineno for d in n.decorator_list)]), n.name): n for n in found}


def _constant(value: Any) -> str | None:
    """A constant as text that is the same in every process; none for what is no constant."""
    if isinstance(value, (str, int, float, bytes)) or value is None:
        return repr(value)
    if isinstance(value, re.Pattern):
        return f"{value.pattern!r} {value.flags}"
    if isinstance(value, dict):
        return repr(sorted((repr(k), _constant(v) or "") for k, v in value.items()))
    if isinstance(value, (set, frozenset)):
        return repr(sorted(repr(v) for v in value))
    return repr([_constant(v) or type(v).__name__ for v in value]) if isinstance(value, (tuple, list)) else None
