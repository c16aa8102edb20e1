"""All messages that the pages can say, taken from the code: what each catalogue has to have."""

from __future__ import annotations

from pathlib import Path

from babel.messages.extract import extract_from_dir

import lightkeeper.publish
from lightkeeper.judge import rules as _rules  # noqa: F401 registers the rules
from lightkeeper.judge.rule import RULES
from lightkeeper.model.signal import LINEAGES

ROOM = Path(lightkeeper.publish.__file__).parent
KEYWORDS = {"_": None, "gettext": None, "word": None, "n_": None, "counted": (2,)}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"templates/**.html": {"trimmed": "true"}}


def page_messages() -> set[str]:
    """What templates and code of the pages say, and the names of lineages."""
    found = set(LINEAGES.values())
    for _, _, message, _, _ in extract_from_dir(ROOM, METHODS, OPTIONS, KEYWORDS):
        if isinstance(message, str) and message:
            found.add(message)
    return found


def rule_messages() -> set[str]:
    """The reasons of the judge's rules in force."""
    return {rule.why for layer in RULES.values() for rule in layer}
