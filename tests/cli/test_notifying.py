"""The commands of notices as a person runs them, and the watch that sends what it tells."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from cli.test_watching import run, world
from lightkeeper.store.delivery_log import DeliveryLog, read_deliveries
from lightkeeper.store.told_log import ToldLog
from publish.notices.entries import entry, silent
from publish.notices.servers import TOKENS, Post, posting
from run.watch_world import World
from sources.server import Answer

__all__ = ["world"]
Capture = pytest.CaptureFixture[str]
Monkey = pytest.MonkeyPatch


@pytest.fixture
def post(tmp_path: Path, monkeypatch: Monkey) -> Iterator[Post]:
    """Channels in `notices.toml`: a webhook and a chat, both on this machine."""
    monkeypatch.chdir(tmp_path)
    for name, value in TOKENS.items():
        monkeypatch.setenv(name, value)
    with posting() as (made, server):
        made.host = server.host  # type: ignore[attr-defined]
        host, port = server.host.split(":")
        monkeypatch.setenv("LIGHTKEEPER_ALLOW_HOSTS", json.dumps([server.host]))
        Path("notices.toml").write_text(
            f'[[channel]]\nname = "hook"\nkind = "webhook"\nurl = "{server.url}/hook"\nsecret_env = "LK_KEY"\n'
            f'[[channel]]\nname = "toot"\nkind = "mastodon"\nhost = "{host}"\nport = {port}\nsecurity = "none"\n'
            'token_env = "LK_MASTODON"\nlanguage = "fa"\nkinds = ["outage"]\n', encoding="utf-8",
        )  # fmt: skip
        yield made


def tell() -> None:
    log = ToldLog(Path("data/tables"), "IR")
    log.open()
    log.append(entry(1, told_at=datetime.now(UTC)))
    log.append(silent(2, told_at=datetime.now(UTC)))


def test_a_dry_run_prints_exactly_what_is_then_sent(post: Post, monkeypatch: Monkey, capsys: Capture) -> None:
    tell()
    assert run(monkeypatch, "notify", "send", "notices.toml", "--dry-run", "--after", "0", "--json") == 0
    planned = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert post.taken == []
    assert read_deliveries(Path("data/tables")) == []
    assert [(p["channel"], p["entries"]) for p in planned] == [("hook", [1]), ("hook", [2]), ("toot", [1])]
    assert run(monkeypatch, "notify", "send", "notices.toml", "--after", "0") == 0
    shown = capsys.readouterr().out
    assert "IR hook: sent: notice about entry 1" in shown
    assert "IR toot: leaves out entry 2" in shown
    hooks = [asked for asked in post.taken if asked.path == "/hook"]
    assert [asked.body.decode() for asked in hooks] == [p["exactly"].partition("\n\n")[2] for p in planned[:2]]
    (toot,) = [json.loads(asked.body) for asked in post.taken if asked.path != "/hook"]
    assert toot["status"].replace("\r\n", "\n") == planned[2]["exactly"]
    assert Webhook(TOKENS["LK_KEY"]).verify(hooks[0].body, hooks[0].headers)["data"]["country"] == "IR"


def test_the_log_tells_what_became_of_each_and_4_where_it_was_changed(
    post: Post, monkeypatch: Monkey, capsys: Capture
) -> None:
    tell()
    post.broken = lambda asked: Answer(b"", 503) if asked.path == "/hook" else None
    assert run(monkeypatch, "notify", "send", "notices.toml", "--after", "0") == 5
    shown = capsys.readouterr()
    assert "IR hook: entry 1, 2 must wait" in shown.err or "IR hook: entries 1, 2 must wait" in shown.err
    assert run(monkeypatch, "notify", "log", "--channel", "hook") == 0
    assert "hook: not sent: notice about entry 1: the receiver answered 503; next try" in capsys.readouterr().out
    assert run(monkeypatch, "notify", "log", "--json") == 0
    states = [json.loads(line)["state"] for line in capsys.readouterr().out.splitlines()]
    assert states == ["begun", "begun", "intent", "failed", "left_out", "intent", "sent"]
    log = DeliveryLog(Path("data/tables"), "IR").path
    log.write_bytes(log.read_bytes().replace(b'"failed"', b'"sent"'))
    assert run(monkeypatch, "notify", "log") == 4
    assert run(monkeypatch, "notify", "send", "notices.toml") == 4


def test_check_says_which_channel_can_be_used_and_shows_no_secret(
    post: Post, monkeypatch: Monkey, capsys: Capture
) -> None:
    assert run(monkeypatch, "notify", "check", "notices.toml") == 0
    assert "hook: webhook, en, now, all countries: it can be used" in capsys.readouterr().out
    monkeypatch.setenv("LIGHTKEEPER_ALLOW_HOSTS", "[]")
    assert run(monkeypatch, "notify", "check", "notices.toml", "--json") == 5
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "anyone can read" in told[1]["problem"]
    monkeypatch.delenv("LK_MASTODON")
    assert run(monkeypatch, "notify", "check", "notices.toml") == 2
    error = " ".join(capsys.readouterr().err.split())
    assert "`LK_MASTODON`, which channel `toot` needs, is not set" in error
    assert not any(secret in error for secret in TOKENS.values())


def test_a_trial_arrives_says_that_it_is_one_and_is_not_logged(
    post: Post, monkeypatch: Monkey, capsys: Capture
) -> None:
    assert run(monkeypatch, "notify", "try", "notices.toml", "--channel", "hook") == 0
    assert capsys.readouterr().out.strip() == "hook: sent: look whether it came"
    (asked,) = post.taken
    told = Webhook(TOKENS["LK_KEY"]).verify(asked.body, asked.headers)
    assert (told["type"], told["data"]["entries"], told["data"]["subject"]) == ("told.trial", [], "A trial: no notice")
    assert run(monkeypatch, "notify", "try", "notices.toml", "--channel", "toot", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"channel": "toot", "state": "sent", "reason": None}
    assert "آزمایش" in json.loads(post.taken[-1].body)["status"]
    assert read_deliveries(Path("data/tables")) == []


def test_a_trial_that_does_not_arrive_says_why_and_one_of_no_channel_names_those_there_are(
    post: Post, monkeypatch: Monkey, capsys: Capture
) -> None:
    post.broken = lambda _asked: Answer(b"", 503)
    assert run(monkeypatch, "notify", "try", "notices.toml", "--channel", "hook") == 5
    assert "hook: not sent: the receiver answered 503" in capsys.readouterr().out
    assert run(monkeypatch, "notify", "try", "notices.toml", "--channel", "desk") == 2
    assert "`hook`, `toot`" in " ".join(capsys.readouterr().err.split())


def test_nothing_told_is_said(post: Post, monkeypatch: Monkey, capsys: Capture) -> None:
    assert run(monkeypatch, "notify", "send", "notices.toml") == 0
    assert "Nothing was ever told here" in capsys.readouterr().err
    tell()
    assert run(monkeypatch, "notify", "send", "notices.toml", "--dry-run") == 0
    assert "Nothing is due" in capsys.readouterr().err


def test_a_watch_sends_what_it_tells_also_in_its_first_round(
    world: World, post: Post, monkeypatch: Monkey, capsys: Capture
) -> None:
    """The two servers are set up one after the other, so both hosts have to be allowed."""
    hosts = [post.host, *allowed_of("LIGHTKEEPER_IODA_URL")]  # type: ignore[attr-defined]
    monkeypatch.setenv("LIGHTKEEPER_ALLOW_HOSTS", json.dumps(hosts))
    words = ("watch", "--cc", "IR", "--once", "--sources", "ioda", "--notify", "notices.toml")
    assert run(monkeypatch, *words, "--json") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    delivered = [e["delivery"]["state"] for e in events if e["event"] == "delivery"]
    assert delivered == ["begun", "begun", "sent", "sent"]
    hook = json.loads(post.taken[0].body)
    assert (hook["type"], hook["data"]["entries"][0]["scope"]) == ("told.new", "national")
    assert "تازه: قطعی" in json.loads(post.taken[1].body)["status"]
    post.broken = lambda _asked: Answer(b"", 500)
    world.back = world.now
    tell_more()
    assert run(monkeypatch, *words) == 5
    assert "not delivered on: hook" in " ".join(capsys.readouterr().err.split())


def allowed_of(name: str) -> list[str]:
    import os

    return [os.environ[name].removeprefix("http://")]


def tell_more() -> None:
    log = ToldLog(Path("data/tables"), "IR")
    entries, _ = log.open()
    log.append(entry(entries[-1].seq + 1, told_at=datetime.now(UTC), event_id="IR-more"))


def test_watch_refuses_channels_that_cannot_be_used_before_it_begins(
    world: World, post: Post, monkeypatch: Monkey
) -> None:
    Path("notices.toml").write_text("[[channel]]\n", encoding="utf-8")
    assert run(monkeypatch, "watch", "--cc", "IR", "--once", "--notify", "notices.toml") == 2
    assert not Path("data/watch/IR.json").exists()
    assert sys.argv[1] == "watch"
