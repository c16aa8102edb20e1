"""Mutants of real and of synthetic records: each is judged or set aside, none crashes."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from lightkeeper.model.verdict import STATES
from lightkeeper.run.judging import Aside, judge_record
from observe.synthetic import SYNTHETIC
from places import DATA

REAL = [p.read_bytes() for p in sorted((DATA / "ooni").glob("*/*.json"))]
RECORDS = REAL + [json.dumps(made).encode() for made, *_ in SYNTHETIC.values()]
ODD: list[Any] = [
    None,
    True,
    -1,
    2**70,
    1e308,
    "",
    "\u202e",
    "\x00",
    "A" * 5000,
    [],
    {},
    [[[]]],
    {"a": {"b": None}},
    "ssl_",
    ["x"],
]


def mutate(value: Any, dice: random.Random) -> Any:
    """Change one place of a decoded record."""
    if isinstance(value, dict) and value and dice.random() < 0.9:
        key = dice.choice(list(value))
        if dice.random() < 0.15:
            return {k: v for k, v in value.items() if k != key}
        return value | {key: mutate(value[key], dice)}
    if isinstance(value, list) and value and dice.random() < 0.9:
        at = dice.randrange(len(value))
        if dice.random() < 0.15:
            return value + value
        return [*value[:at], mutate(value[at], dice), *value[at + 1 :]]
    return dice.choice(ODD)


def check(count: int, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(count):
        data = dice.choice(RECORDS)
        if dice.random() < 0.8:
            record = json.loads(data)
            for _ in range(dice.randint(1, 4)):
                record = mutate(record, dice)
            data = json.dumps(record).encode()
        else:
            at = dice.randrange(len(data))
            data = data[:at] + bytes([dice.randrange(256)]) * dice.randint(0, 3) + data[at + dice.randint(0, 40) :]
        result = judge_record(data, "mutant", 1)
        if isinstance(result, Aside):
            assert result.error
            assert result.remedy
            assert "cannot be judged" not in result.error, data[:2000]
        else:
            assert result.verdicts[-1].state in STATES


def test_two_thousand_mutants_are_judged_or_set_aside() -> None:
    check(2_000, seed=20210618)


WITH_CONTROL = {"http_requests", "dns_consistency"}
NEEDS_NO_CONTROL = {
    "dns.known_block_address",
    "dns.bogon_where_other_resolver_has_public_address",
    "http.block_page",
}


def test_no_mutant_of_a_record_without_a_control_accuses() -> None:
    dice = random.Random(20260108)
    made = [record for record, *_ in SYNTHETIC.values() if record["test_name"] not in WITH_CONTROL]
    for _ in range(1_000):
        record = dice.choice(made)
        for _ in range(dice.randint(1, 4)):
            record = mutate(record, dice)
        result = judge_record(json.dumps(record).encode(), "mutant", 1)
        if not isinstance(result, Aside):
            accusing = {v.rule for v in result.verdicts if v.state in ("blocked", "throttled")}
            assert accusing <= NEEDS_NO_CONTROL, record


@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_a_hundred_thousand_mutants_are_judged_or_set_aside() -> None:
    check(100_000, seed=1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"test_name": 5}',
        b'{"test_name": "signal", "test_keys": [' + b"[" * 50_000,
        b"\xff\xfe{}",
    ],
)
def test_what_is_no_measurement_is_set_aside_with_a_remedy(data: bytes) -> None:
    result = judge_record(data, "bad", 7)
    assert isinstance(result, Aside)
    assert result.remedy
