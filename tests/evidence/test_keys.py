"""The key that seals."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lightkeeper.errors import InputError
from lightkeeper.evidence import keys, verify


def test_a_key_is_its_owners_only_whatever_the_mask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = keys.make_key(tmp_path / "keys" / keys.PRIVATE)
    finally:
        os.umask(before)
    path = tmp_path / "keys" / keys.PRIVATE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.load_key(path).fingerprint == made.fingerprint
    assert verify.key_of_pem((tmp_path / "keys" / keys.PUBLIC).read_bytes()) == made.public
    assert verify.named_key(str(tmp_path / "keys" / keys.PUBLIC)) == made.fingerprint


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    keys.make_key(tmp_path / "k.pem")
    kept = (tmp_path / "k.pem").read_bytes()
    with pytest.raises(InputError, match="a key already"):
        keys.make_key(tmp_path / "k.pem")
    assert (tmp_path / "k.pem").read_bytes() == kept


@pytest.mark.parametrize("written", [0, 2], ids=["the key", "its public half"])
def test_a_disk_that_is_full_leaves_no_half_of_a_key_and_the_next_try_makes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    left = iter([False] * written + [True])  # each file is synced, and its folder

    def full(handle: int) -> None:
        if next(left, False):
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(InputError, match="No space left") as caught:
            keys.make_key(tmp_path / "keys/seal-key.pem")
    assert "Free some space" in (caught.value.remedy or "")
    assert list((tmp_path / "keys").iterdir()) == []
    keys.make_key(tmp_path / "keys/seal-key.pem")
    assert sorted(p.name for p in (tmp_path / "keys").iterdir()) == ["public-key.pem", "seal-key.pem"]


def test_an_empty_file_is_no_key_and_blocks_none(tmp_path: Path) -> None:
    (tmp_path / "seal-key.pem").touch()
    made = keys.make_key(tmp_path / "seal-key.pem")
    assert keys.load_key(tmp_path / "seal-key.pem").fingerprint == made.fingerprint


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "seal-key.pem").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="There is a key already"):
        keys.make_key(tmp_path / "seal-key.pem")
    assert not (tmp_path / "elsewhere").exists()


def test_a_key_that_others_may_read_does_not_sign(tmp_path: Path) -> None:
    keys.make_key(tmp_path / "k.pem")
    (tmp_path / "k.pem").chmod(0o640)
    with pytest.raises(InputError, match="Others may read the key"):
        keys.load_key(tmp_path / "k.pem")


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lightkeeper key new"):
        keys.load_key(tmp_path / "none.pem")


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path / "k.pem"
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    with pytest.raises(InputError, match="not Ed25519"):
        keys.load_key(path)
    path.write_bytes(b"nonsense")
    with pytest.raises(InputError, match="not a private key"):
        keys.load_key(path)


def test_the_secret_is_not_in_what_a_key_says_of_itself(tmp_path: Path) -> None:
    made = keys.make_key(tmp_path / "k.pem")
    secret = b"".join((tmp_path / "k.pem").read_bytes().splitlines()[1:-1]).decode()
    assert secret not in repr(made) + str(made) + repr(vars(made))
    assert made.blinding(b"a") == made.blinding(b"a") != made.blinding(b"b")
