"""Time stamps: a local server that speaks RFC 3161, and replies that must not be believed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from evidence.tsa import NOW, REFUSAL, Authority
from lightkeeper.errors import InputError
from lightkeeper.evidence import timestamp

DATA = b"the list of a bundle"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def test_a_stamp_says_when_and_who_and_is_checked_under_its_root(authority: Authority) -> None:
    asked = timestamp.request(DATA)
    reply = authority.reply(asked.as_bytes())
    assert timestamp.answers(reply, asked, DATA) == timestamp.Stamp(NOW, "CN=Synthetic time stamp authority", False)
    assert timestamp.read_stamp(reply, DATA, [authority.root]).checked


def test_openssl_believes_the_same_stamp(authority: Authority, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    (tmp_path / "reply.tsr").write_bytes(authority.reply(timestamp.request(DATA).as_bytes()))
    (tmp_path / "root.pem").write_bytes(authority.root_pem)
    (tmp_path / "data").write_bytes(DATA)
    words = ["openssl", "ts", "-verify", "-data", "data", "-in", "reply.tsr", "-CAfile", "root.pem"]
    found = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


def test_a_stamp_under_another_root_does_not_hold(authority: Authority) -> None:
    reply = authority.reply(timestamp.request(DATA).as_bytes())
    with pytest.raises(ValueError, match="not signed under the given root"):
        timestamp.read_stamp(reply, DATA, [Authority().root])


def test_any_flipped_byte_of_the_signed_part_is_refused_under_the_root(authority: Authority) -> None:
    reply = authority.reply(timestamp.request(DATA).as_bytes())
    place = reply.index(f"{NOW:%Y%m%d}".encode())
    wrong = reply[:place] + b"2025" + reply[place + 4 :]
    with pytest.raises(ValueError, match="not signed under"):
        timestamp.read_stamp(wrong, DATA, [authority.root])


def test_a_reply_to_another_request_or_about_other_bytes_is_refused(authority: Authority) -> None:
    asked = timestamp.request(DATA)
    with pytest.raises(ValueError, match="answers another request"):
        timestamp.answers(authority.reply(asked.as_bytes(), other_nonce=True), asked, DATA)
    with pytest.raises(ValueError, match="about other bytes"):
        timestamp.answers(authority.reply(asked.as_bytes(), other_data=True), asked, DATA)


@pytest.mark.parametrize("reply", [b"", b"\x30", b"<html>", REFUSAL, bytes(1000)])
def test_what_is_no_granted_stamp_is_refused_with_a_reason(reply: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        timestamp.read_stamp(reply, DATA)


def test_a_file_without_a_certificate_is_said() -> None:
    with pytest.raises(InputError, match="no certificate"):
        timestamp.roots_of(b"nothing")
