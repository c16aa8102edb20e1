"""Citations."""

from __future__ import annotations

import dataclasses
import json
import re

from msgspec.structs import replace

from lightkeeper.publish.exports.citation import bibtex, csl_json, ris
from lightkeeper.publish.exports.jsonld import json_ld
from lightkeeper.publish.exports.package import datapackage
from publish.exports.export_rows import hostile, record


def test_the_case_comes_first_and_then_its_documents() -> None:
    data = json.loads(csl_json(record()))
    assert [d["id"] for d in data] == ["lightkeeper-synthetic-2031", "doc-1"]
    assert data[1]["issued"] == {"date-parts": [[2031, 3, 15]]}
    assert data[1]["URL"] == "https://example.org/statement"


def test_bibtex_has_an_entry_each_and_balanced_braces() -> None:
    text = bibtex(record())
    assert text.count("@dataset{") == text.count("@misc{") == 1
    assert text.count("{") == text.count("}")


def test_tex_runs_nothing_of_a_hostile_title() -> None:
    text = bibtex(hostile())
    assert "\\input" not in text
    assert "\\textbackslash{}input" in text
    bare = re.sub(r"\\[{}]", "", text)
    assert bare.count("{") == bare.count("}")


def test_a_hostile_title_makes_no_line_of_ris() -> None:
    text = ris(hostile())
    assert all(re.match(r"^([A-Z][A-Z0-9]  - .*)?$", line) for line in text.split("\r\n"))
    assert text.count("TY  - ") == text.count("ER  - ") == 2


def test_a_record_of_which_nothing_was_read_gets_no_day_made_up() -> None:
    whole = record()
    unread = dataclasses.replace(whole, documents=[replace(d, read_on=None) for d in whole.documents])
    assert "issued" not in json.loads(csl_json(unread))[0]
    assert "year" not in bibtex(unread).split("}\n\n")[0]
    assert "dateModified" not in json.loads(json_ld(unread))
    assert "created" not in json.loads(datapackage(unread, {}, []))
