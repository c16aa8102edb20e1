"""A case that was built, as the list of all cases shows it: read from its `ledger.json`, in one language."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from pydantic import ValidationError

from lightkeeper.model.case_words import CaseWords
from lightkeeper.publish.persian import Persian
from lightkeeper.publish.pieces import Piece, is_latin
from lightkeeper.publish.tongue import Tongue


def case_row(path: Path, tongue: Tongue) -> dict[str, Any]:
    """A case as the list shows it. Its folder, and not the file, says where its page is.

    A ledger that cannot be read gives a row without a headline.
    """
    folder = quote(path.parent.name)
    up = "../" if tongue.folder else ""
    row: dict[str, Any] = {"href": f"{up}{folder}/{tongue.folder}index.html", "title": path.parent.name}
    try:
        ledger = msgspec.json.decode(path.read_bytes())
        case, asks = ledger["case"], ledger["asks"]
        words = CaseWords.model_validate(ledger.get("words", {}).get(tongue.code, {}))
        short = {
            a["id"]: (words.asks[a["id"]].short if a["id"] in words.asks else None) or a["short"] for a in case["asks"]
        }
        whole = {a["ask_id"]: a["answer"] for a in asks if a["operator"] is None}
        answers = [(k, short[k], str(whole.get(k, "untested"))) for k in short]
        headline = _told(str(ledger["headline"]), str(case["country_name"]), words, tongue)
        return {**row, "title": words.title or str(case["title"]), "headline": headline, "answers": answers}
    except (OSError, msgspec.MsgspecError, ValidationError, KeyError, TypeError, AttributeError):
        return {**row, "headline": None, "answers": []}


def _told(headline: str, country: str, words: CaseWords, tongue: Tongue) -> str:
    if not isinstance(tongue, Persian):
        return tongue.tell(headline)
    name = words.country_name or country
    return Persian({country: [Piece(name, "other" if is_latin(name) else "own")]}).tell(headline)
