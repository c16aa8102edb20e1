"""How a verdict is told to a person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lightkeeper.cli import app
from lightkeeper.run.across import judge_across
from lightkeeper.run.explain import explain
from lightkeeper.run.judging import Judged, judge_record
from lightkeeper.run.tables import kept
from places import DATA
from run.around_rows import CENSOR, Tables, signal, world


@pytest.mark.parametrize("path", sorted((DATA / "ooni").glob("*/*.json")), ids=lambda p: p.stem)
def test_every_verdict_can_be_explained_with_its_rule_and_reasons(path) -> None:
    result = judge_record(json.dumps(json.loads(path.read_bytes())).encode(), path.name, 1)
    assert isinstance(result, Judged)
    text = "\n".join(explain(result))
    whole = result.verdicts[-1]
    assert f"Verdict: {whole.state}" in text
    assert whole.rule in text
    assert all(reason in text for reason in whole.reasons)


def test_an_explanation_shows_the_fact_and_the_control_side_by_side() -> None:
    data = (DATA / "ooni" / "wc05_qa" / "dnsBlockingBOGON.json").read_bytes()
    text = "\n".join(explain(judge_record(data, "x", 1)))
    assert (
        "look-up of www.example.com, ANY by getaddrinfo: 10.10.34.35 (bogon, fingerprint_elsewhere:ir.block_address_35)"
        in text
    )
    assert "dns www.example.com: 93.184.216.34" in text


def test_an_explanation_begins_with_the_verdict_and_says_what_nearly_followed() -> None:
    record = json.loads((DATA / "ooni" / "wc05_qa" / "tlsBlockingConnectionResetWithConsistentDNS.json").read_bytes())
    record["test_keys"]["control"] = {}
    text = "\n".join(explain(judge_record(json.dumps(record).encode(), "x", 1)))
    assert text.index("Verdict: insufficient") < text.index("What the probe saw")
    assert "would say blocked (tls.reset)\n    but the record holds no control of its own for it" in text


def test_a_folder_of_tables_is_explained_with_what_others_saw(tmp_path: Path) -> None:
    tables = Tables()
    world(tables, signal())
    name, _ = (tables.add(CENSOR, signal(chat="connection_reset"), hours=h) for h in (0, 2))
    judge_across(tables.write(tmp_path))
    (found,) = kept(tmp_path, name)
    text = "\n".join(explain(found))
    assert "Verdict: blocked (tls.reset)" in text
    assert (
        "others in other countries, in the same hours: 12 got through, 0 did not, on 6 networks in 5 countries" in text
    )
    assert "other targets on the same line, within an hour" in text


def test_a_folder_of_tables_asks_for_a_name(tmp_path: Path) -> None:
    tables = Tables()
    name = tables.add(CENSOR, signal())
    tables.write(tmp_path)
    run = CliRunner().invoke(app, ["explain", str(tmp_path)])
    assert run.exit_code != 0
    assert "--id" in str(run.exception)
    assert "Verdict: ok" in CliRunner().invoke(app, ["explain", str(tmp_path), "--id", name]).output
