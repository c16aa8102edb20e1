"""A small case for tests of sealing, made of two that are shipped, with a reviewer who must not be named."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from lightkeeper.evidence.keys import PRIVATE, make_key
from lightkeeper.model.act import FIRST, Act
from lightkeeper.settings import Settings
from lightkeeper.sources.case_reviews import line_of
from places import ROOT

REVIEWER = "Zohreh Q. Madeupname"
SIGNER = "Bahram Inventedson"
"""Who signs in the history of review, and not in case.toml."""


def case_in(folder: Path) -> Path:
    """The case of 2012 with two real measurements of other years, a broken one, and a signed review."""
    made = folder / "iran-2012-majlis-election"
    shutil.copytree(ROOT / "cases" / made.name, made)
    shutil.copytree(ROOT / "cases" / "iran-2021-election" / "measurements", made / "measurements")
    (made / "measurements" / "broken.json").write_text("no record\n")
    text = (made / "case.toml").read_text(encoding="utf-8")
    rows = (made / "documents.csv").read_text(encoding="utf-8").splitlines()
    first = rows[1].split(",")[0]
    text = MEASURED + text
    text += f"""
[[reviews]]
document_ids = ["{first}"]
verdict = "disputed"
by = "{REVIEWER}"
on = 2026-11-24
because = "A synthetic review, for a test."
"""
    (made / "case.toml").write_text(text, encoding="utf-8")
    act = Act(number=1, at=datetime(2026, 11, 24, tzinfo=UTC), by=SIGNER, verb="promote", incident_ids=["x"], events=[],
              documents=[first], because="A synthetic signature, for a test.", before=FIRST)  # fmt: skip
    (made / "reviews.jsonl").write_bytes(line_of(act) + b"\n")
    return made


MEASURED = 'measurements = ["measurements/*.json"]\nmeasurements_licence = "OONI, CC BY-NC-SA 4.0"\n'


def settings_in(folder: Path, **more: object) -> Settings:
    """Settings with a data folder of their own and a key in it."""
    key = folder / "data" / "keys" / PRIVATE
    if not key.exists():
        make_key(key)
    return Settings(data_dir=folder / "data", **more)
