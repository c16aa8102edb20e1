"""A Chromium that tells what it asked for and what it refused, spoken to over its debugging pipe."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

CHROMIUM = next((c for c in ("chromium", "chromium-browser", "google-chrome") if shutil.which(c)), None)
LONGEST_S = 30
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI", "").casefold() not in ("true", "1"),
    reason="needs Chromium: on Debian, run 'apt-get install chromium'",
)
"""A page test is left out on a machine without Chromium, but never in CI: there it fails, so that it is missed."""


def chromium_command(*options: str) -> list[str]:
    """How Chromium is called without a screen. Fails where it is not installed."""
    assert CHROMIUM, "Chromium is not installed: on Debian, run 'apt-get install chromium'"
    return [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *options]


class Visit(NamedTuple):
    """What happened while a page was loaded."""

    asked: list[str]
    """Addresses that were asked for."""
    failed: list[str]
    """What did not come, or came with an error."""
    complaints: list[str]
    """What the console said, and what a policy forbade."""


class Browser:
    """One tab. https://chromedevtools.github.io/devtools-protocol/"""

    def __init__(self, told: int, heard: int) -> None:
        self._told, self._heard = told, heard
        self._number, self._rest = 0, b""
        self._events: list[dict[str, Any]] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Audits", "Runtime"):
            self._call(f"{domain}.enable", session=self._session)

    def visit(self, url: str) -> Visit:
        """Load a page, with all that it asks for."""
        self._events.clear()
        self._call("Page.navigate", session=self._session, url=url)
        while not any(e["method"] == "Page.loadEventFired" for e in self._events):
            self._events.append(self._message())
        self._call("Runtime.evaluate", session=self._session, expression="1")  # what was said before has come by now
        asked, failed, complaints = [], [], []
        for event in self._events:
            said, method = event["params"], event["method"]
            if method == "Network.requestWillBeSent":
                asked.append(said["request"]["url"])
            elif method == "Network.loadingFailed":
                failed.append(f"{said['errorText']} {said.get('blockedReason', '')}")
            elif method == "Network.responseReceived" and said["response"]["status"] >= 400:
                failed.append(f"{said['response']['status']} {said['response']['url']}")
            elif method == "Log.entryAdded":
                complaints.append(said["entry"]["text"])
            elif method == "Audits.issueAdded":
                complaints.append(json.dumps(said["issue"])[:300])
            elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                complaints.append(json.dumps(said)[:300])
        return Visit(asked, failed, complaints)

    @contextmanager
    def screen(self, width: int, height: int) -> Iterator[None]:
        """Show pages on a screen of this many pixels for a while."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", session=self._session, **size)
        try:
            yield
        finally:
            self._call("Emulation.clearDeviceMetricsOverride", session=self._session)

    def told(self, expression: str) -> Any:
        """What an expression of JavaScript is on the page that was visited last."""
        asked = {"expression": expression, "returnByValue": True}
        return self._call("Runtime.evaluate", session=self._session, **asked)["result"]["value"]

    def _call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self._number += 1
        asked = {"id": self._number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._told, json.dumps(asked).encode() + b"\0")
        while True:
            message = self._message()
            if message.get("id") == self._number:
                assert "error" not in message, message
                return dict(message["result"])
            self._events.append(message)

    def _message(self) -> dict[str, Any]:
        until = time.monotonic() + LONGEST_S
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._heard], [], [], max(0.0, until - time.monotonic()))
            more = os.read(self._heard, 1 << 16) if ready else b""
            assert more, "Chromium says nothing more"
            self._rest += more
        first, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(first))


@contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium with a folder of its own, ended afterwards."""
    to_it, told = os.pipe()
    heard, from_it = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        command = chromium_command(
            "--no-first-run", "--disable-background-networking", f"--user-data-dir={Path(home)}",
            "--remote-debugging-pipe", "about:blank",
        )  # fmt: skip
        # It hears on 3 and answers on 4, whatever numbers the pipes have here.
        shell = ["bash", "-c", f'exec "$@" 3<&{to_it} 4>&{from_it}', "bash", *command]
        process = subprocess.Popen(
            shell, pass_fds=(to_it, from_it), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_it)
        os.close(from_it)
        try:
            yield Browser(told, heard)
        finally:
            process.kill()
            process.wait()
            os.close(told)
            os.close(heard)
