"""What is told of incidents to machines is of the form that the reference says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator, ValidationError

from lightkeeper.publish.incident_schema import incident_schema
from lightkeeper.run.build import build_case
from lightkeeper.run.reviewing import act_on, as_told, review
from lightkeeper.settings import Settings
from places import ROOT


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A built case's incidents.json, and each of its incidents as `show --json` prints it."""
    where = tmp_path_factory.mktemp("schema")
    folder = Path(shutil.copytree(ROOT / "cases" / "iran-2021-election", where / "iran-2021-election"))
    settings = Settings(data_dir=where / "data")
    act_on(folder, settings, "dispute", ["IR-20191116"], by="Ann Other", because="I doubt it.")
    built = build_case(folder, where / "out", settings)
    now = review(folder, settings)
    shown = [json.loads(msgspec.json.encode(as_told(now, i))) for i in now.incidents]
    return json.loads((built.folder / "incidents.json").read_bytes()), shown


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(incident_schema())


def test_what_a_build_and_the_command_tell_is_valid(told: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    validator = Draft202012Validator(incident_schema())
    built, shown = told
    validator.validate(built)
    assert any(one["acts"] for one in shown)
    for one in shown:
        validator.validate(one)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("incident", "rung"), "proven"),
        (("incident", "onset_latest"), None),
        (("incident", "surprise"), 1),
        (("hypotheses", 0, "cause"), "aliens"),
        (("hypotheses", 0, "weight"), "high"),
        (("format",), "lightkeeper.incident/9"),
        (("acts",), None),
    ],
)
def test_what_does_not_fit_is_refused(
    told: tuple[dict[str, Any], list[dict[str, Any]]], path: tuple[str | int, ...], value: Any
) -> None:
    one = json.loads(json.dumps(told[1][0]))
    at: Any = one
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(ValidationError):
        Draft202012Validator(incident_schema()).validate(one)
