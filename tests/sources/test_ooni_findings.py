"""OONI's findings as documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lightkeeper.errors import InputError
from lightkeeper.model import Document
from lightkeeper.sources import ooni_findings
from lightkeeper.sources.rows import Unreadable

FINDING = {
    "id": "12", "title": "Gabon blocked social media", "start_time": "2026-02-18T00:00:00.000000Z", "end_time": None,
    "create_time": "2026-02-19T16:13:42Z", "CCs": ["GA", "CG"], "ASNs": [37616], "tags": None,
    "domains": ["www.facebook.com", "web.whatsapp.com", "example.org"], "test_names": ["web_connectivity", "signal"],
}  # fmt: skip


def read(path: Path, *findings: Any) -> list[Document | Unreadable]:
    path.write_text(json.dumps({"incidents": findings}), encoding="utf-8")
    return list(ooni_findings.read(path))


def test_a_finding_is_a_document_for_each_of_its_countries(tmp_path: Path) -> None:
    rows = read(tmp_path / "f.json", FINDING)
    assert [r.document_id for r in rows if isinstance(r, Document)] == ["ooni-finding:12:ga", "ooni-finding:12:cg"]
    first = rows[0]
    assert isinstance(first, Document)
    assert first.services == ["signal", "facebook", "whatsapp", "example.org"]
    assert (first.extent, first.publisher, first.operators) == ("service", "OONI", ["AS37616"])
    assert first.flags == ["no_end"]
    assert "Gabon" not in first.claim, "the sentences are not taken over"


@pytest.mark.parametrize("broken", [{"id": 3}, {**FINDING, "CCs": ["<b>"]}, {**FINDING, "start_time": "soon"}, 5])
def test_a_broken_finding_is_set_aside_and_the_rest_is_read(tmp_path: Path, broken: Any) -> None:
    rows = read(tmp_path / "f.json", broken, {**FINDING, "CCs": ["GA"]})
    assert [type(r) for r in rows] == [Unreadable, Document]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"incidents": 3}', "[" * 100_000])
def test_another_file_is_an_error_with_a_remedy(tmp_path: Path, text: str) -> None:
    path = tmp_path / "f.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="findings"):
        list(ooni_findings.read(path))


def test_every_published_finding_is_read(shared: Path) -> None:
    rows = list(ooni_findings.read(shared / "ooni" / "incidents.json"))
    assert not [r for r in rows if isinstance(r, Unreadable)]
    assert len({r.dataset for r in rows if isinstance(r, Document)}) == 67
