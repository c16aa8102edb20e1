"""Digests: they change with the outcome, and not with what is said about it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

from lightkeeper.judge import digest
from lightkeeper.judge.rule import RULES


def test_what_is_said_about_the_engine_is_no_part_of_it() -> None:
    plain = "LIMIT = 3\ndef f(x):\n    return x > LIMIT\n"
    told = (
        '"""A module."""\n\nLIMIT = 3\n"""A limit."""\n\n\n'
        'def f(x):\n    """Compare.\n\n    More.\n    """\n    # why\n    return x > LIMIT\n'
    )
    assert digest._bare(told) == digest._bare(plain).strip()
    assert digest._bare(plain.replace("3", "4")) != digest._bare(plain)


def test_a_text_that_is_returned_is_part_of_the_engine() -> None:
    assert digest._bare('def f():\n    return """a"""\n') != digest._bare('def f():\n    return """b"""\n')


def test_every_rule_has_a_digest_of_its_own() -> None:
    every = [digest.digest_of(r.fires) for rules in RULES.values() for r in rules]
    assert len(set(every)) == len(every)


def test_constants_read_the_same_in_every_process() -> None:
    assert digest._constant(frozenset({"b", "a"})) == digest._constant(frozenset({"a", "b"}))
    assert (
        digest._constant({"b": 1, "a": 2}) == digest._constant({"a": 2, "b": 1}) != digest._constant({"a": 2, "b": 3})
    )
    assert digest._constant(re.compile("x")) == "'x' 32"
    assert digest._constant(object()) is None
    assert digest._constant(("a", object())) == "[\"'a'\", 'object']"


def test_conditions_that_one_function_makes_differ_by_what_it_gave_them() -> None:
    def more_than(limit: int) -> Callable[[int], bool]:
        def condition(value: int) -> bool:
            return value > limit

        return condition

    assert digest.digest_of(more_than(3)) != digest.digest_of(more_than(4))
    assert digest.digest_of(more_than(3)) == digest.digest_of(more_than(3))


def noted(text: str) -> Callable[[Callable[[int], bool]], Callable[[int], bool]]:
    """A synthetic decorator."""
    return lambda function: function


LIMIT = "a constant that only a decorator names"


@noted(
    LIMIT,
)
def decorated(value: int) -> bool:
    """A synthetic condition."""
    return abs(value) > 3


def test_the_text_of_a_condition_lacks_its_decorator_whose_names_count() -> None:
    text, names = digest._text_and_names(decorated)
    assert text == "\n".join(inspect.getsource(decorated).splitlines()[3:])
    assert text.startswith("def decorated(")
    assert {"noted", "LIMIT", "abs"} <= names


def test_a_condition_amid_a_call_has_a_text_too() -> None:
    def held(condition: Callable[[int], bool]) -> Callable[[int], bool]:
        return condition

    text, names = digest._text_and_names(held(lambda value: abs(value) > len(LIMIT)))
    assert "abs(value) > len(LIMIT)" in text
    assert {"abs", "LIMIT"} <= names
