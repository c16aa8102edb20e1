"""What the nettests share that send something odd to a server which sends it back: is it the same?"""

from __future__ import annotations

CHANGED = "echo_changed"
MISSING = "echo_missing"
WEB_SERVER = "http_answer_instead_of_echo"


def compare(sent: list[str], received: list[str]) -> str | None:
    """How what came back differs from what was sent: none, `echo_missing`, `echo_changed` or a web server's answer.

    A beginning of what was sent counts as missing, not as changed: the connection may have ended early.
    """
    worst = MISSING if len(received) < len(sent) else None
    for number, answer in enumerate(received):
        asked = sent[number] if number < len(sent) else None
        if answer.startswith("HTTP/") or answer.lstrip().lower().startswith(("<html", "<!doctype html")):
            return WEB_SERVER
        if asked is None or not asked.startswith(answer):
            worst = CHANGED
        elif len(answer) < len(asked) and worst is None:
            worst = MISSING
    return worst
