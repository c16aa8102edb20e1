"""`notices.toml`: what is wrong is told by line, and no secret ever stands in the file or in an error."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from lightkeeper.errors import CaseError, InputError
from lightkeeper.sources.notice_files import HIDDEN, hidden, load_channels, secrets_of

DESK = """
[[channel]]
name = "desk"
kind = "email"
language = "fa"
time_zone = "Asia/Tehran"
countries = ["IR"]
quiet = "22:00-07:00"
host = "mail.example.org"
user = "lk"
password_env = "LK_PASSWORD"
sender = "lk@example.org"
to = "desk@example.org"
"""
HOOK = '[[channel]]\nname = "hook"\nkind = "webhook"\nurl_env = "LK_URL"\nsecret_env = "LK_KEY"\n'


def load(tmp_path: Path, text: str) -> object:
    file = tmp_path / "notices.toml"
    file.write_text(text, encoding="utf-8")
    return load_channels(file)


def test_channels_are_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "notices.toml").write_text(DESK + HOOK, encoding="utf-8")
    desk, hook = load_channels(tmp_path / "notices.toml")
    assert (desk.name, desk.zone.key, desk.security, desk.secrets) == (
        "desk", "Asia/Tehran", "starttls", ("LK_PASSWORD",),
    )  # fmt: skip
    assert hook.secrets == ("LK_URL", "LK_KEY")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (DESK.replace('"desk"', '"My Desk"'), 3, "name"),
        (DESK.replace("Asia/Tehran", "Asia/Teheran"), 6, "is not a time zone"),
        (DESK.replace("22:00-07:00", "night"), 8, "22:00-07:00"),
        (DESK.replace("22:00-07:00", "22:00-22:00"), 8, "22:00-07:00"),
        (DESK.replace("desk@example.org", "desk@example.org\\nBcc: x@example.org"), 13, "to"),
        (DESK.replace('to = "desk@example.org"\n', ""), 2, "needs `to`"),
        (DESK.replace('password_env = "LK_PASSWORD"\n', ""), 2, "go together"),
        (DESK + 'security = "none"\n', 2, "anyone can read"),
        (DESK + 'room = "!a:b"\n', 2, "has no `room`"),
        (DESK + "tokn = 1\n", 14, "is not a field"),
        (HOOK + 'url = "https://example.org/x"\n', 1, "needs one of `url` and `url_env`"),
        (HOOK.replace("url_env", "# url_env"), 1, "needs one of `url` and `url_env`"),
        (HOOK + HOOK, 1, "two channels are called `hook`"),
        ("", 1, "missing"),
        ("[[channel]\n", 1, "not TOML"),
        (HOOK.replace("webhook", "carrier pigeon"), 3, "kind"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(CaseError) as error:
        load(tmp_path, text)
    assert f"notices.toml:{line}:" in str(error.value)
    assert says in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        HOOK.replace('"LK_KEY"', '"whsec_plantedplantedplanted"'),
        HOOK.replace("url_env", "url").replace("LK_URL", "https://hooks.example/x?key=planted"),
        HOOK.replace("url_env", "url").replace("LK_URL", "https://user:planted@hooks.example/x"),
        HOOK + 'token = "planted"\n',
        HOOK + 'token_env = "123456:planted"\n',
        HOOK.replace('"LK_KEY"', '"planted'),
        DESK.replace('"LK_PASSWORD"', '"planted"'),
        DESK + 'password = "planted"\n',
    ],
)
def test_a_secret_that_somebody_writes_into_the_file_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(CaseError) as error:
        load(tmp_path, text)
    assert "planted" not in str(error.value)
    assert "planted" not in repr(error.value.__cause__)


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    (tmp_path / "notices.toml").write_text(HOOK, encoding="utf-8")
    (hook,) = load_channels(tmp_path / "notices.toml")
    with pytest.raises(InputError, match=r"`LK_URL`, which channel `hook` needs, is not set"):
        secrets_of(hook, {})
    with pytest.raises(InputError, match=r"`LK_KEY`.* is too short"):
        secrets_of(hook, {"LK_URL": "https://example.org/x", "LK_KEY": "abc"})
    with pytest.raises(InputError) as error:
        secrets_of(hook, {"LK_URL": "https://planted.example/x\nX: y", "LK_KEY": "abcdefgh"})
    assert "planted" not in str(error.value)


def test_what_is_no_token_of_telegrams_is_refused_without_showing_it(tmp_path: Path) -> None:
    text = '[[channel]]\nname = "t"\nkind = "telegram"\nchat = "-1"\ntoken_env = "LK_T"\n'
    (tmp_path / "notices.toml").write_text(text, encoding="utf-8")
    (one,) = load_channels(tmp_path / "notices.toml")
    with pytest.raises(InputError) as error:
        secrets_of(one, {"LK_T": "planted secret"})
    assert "planted" not in str(error.value)
    assert secrets_of(one, {"LK_T": "12345:abcdefghij_klm"})


def test_secrets_are_taken_out_of_whatever_text_with_their_parts() -> None:
    secrets = {"A": "12345:plantedToken_x", "B": "https://hooks.example.org/plantedpath/x?key=plantedkey"}
    said = hidden("a 12345:plantedToken_x b /plantedpath/x?key=plantedkey c plantedToken_x", secrets)
    assert "planted" not in said
    assert said.startswith(f"a {HIDDEN} b /{HIDDEN}")
    key = base64.b64encode(b"planted-key-of-a-webhook").decode()
    assert key not in hidden(f"x{key}y", {"K": f"whsec_{key}"})
