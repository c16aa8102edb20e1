"""verify.py: what it says of each kind of damage, hostile bundles, and its own check of Ed25519."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import bagit
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from rocrate.rocrate import ROCrate

from evidence.bundles import AT, KEY, OTHER, bundle, list_again
from lightkeeper.evidence import keys, verify

SCRIPT = Path(verify.__file__)
RFC_8032 = (  # section 7.1, tests 1 to 3 and 1024 left out for its length
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
        "655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
        "b00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
        "c027beceea1ec40a",
    ),
)


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    bundle(tmp_path / "b")
    return tmp_path / "b"


def problems(folder: Path, key: str | None = KEY.fingerprint) -> list[str]:
    return [f"{path}: {reason}" for path, reason in verify.check(str(folder), key).problems]


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_vectors_of_rfc_8032_hold_and_a_flipped_bit_does_not(public: str, message: str, signature: str) -> None:
    key, text, sig = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert verify.signature_holds(key, text, sig)
    for place in range(0, 64, 7):
        wrong = bytearray(sig)
        wrong[place] ^= 1
        assert not verify.signature_holds(key, text, bytes(wrong))
    assert not verify.signature_holds(key, text + b"x", sig)


@settings(max_examples=30, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
def test_our_check_of_signatures_agrees_with_openssl(seed: bytes, message: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = private.sign(message)
    assert verify.signature_holds(public, message, signature)
    wrong = bytearray(signature)
    wrong[bit // 8] ^= 1 << bit % 8
    assert verify.signature_holds(public, message, bytes(wrong)) == keys.holds(public, message, bytes(wrong)) is False


def test_a_signature_with_the_order_added_is_no_second_signature() -> None:
    signature = KEY.sign(b"x")
    again = int.from_bytes(signature[32:], "little") + verify.ORDER
    assert not verify.signature_holds(KEY.public, b"x", signature[:32] + again.to_bytes(32, "little"))


def test_a_key_that_is_no_point_is_refused_and_not_an_exception() -> None:
    for raw in (b"\xff" * 32, b"\x02" + bytes(31), b"", b"\0" * 31, (verify.P + 1).to_bytes(32, "little")):
        assert not verify.signature_holds(raw, b"x", KEY.sign(b"x"))


def test_other_tools_accept_the_bundle(sealed: Path) -> None:
    bagit.Bag(str(sealed)).validate()
    listed = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", verify.MANIFEST], cwd=sealed, check=False)
    assert listed.returncode == 0
    crate = ROCrate(str(sealed / "data"))
    assert crate.name == "A synthetic case"
    assert {e.id for e in crate.data_entities} >= {"pages/ledger.json", "raw/00", "case/made-up/case.toml"}
    assert crate.metadata.source == sealed / "data" / "ro-crate-metadata.json" or crate.root_dataset.id == "./"


def test_each_damage_is_named_with_its_file_and_reason(sealed: Path) -> None:
    data = sealed / "data"
    (data / "pages" / "index.html").write_text("<h1>y</h1>\n")
    (data / "pages" / "empty.txt").unlink()
    (data / "raw" / "00").rename(data / "raw" / "99")
    (data / "raw" / "01").unlink()
    (data / "raw" / "01").symlink_to("/etc/hostname")
    os.mkfifo(data / "raw" / "pipe")
    shutil.copy(data / "raw" / "02", data / "raw" / "03")
    assert problems(sealed) == [
        "data/pages/empty.txt: missing",
        "data/pages/index.html: changed",
        "data/raw/00: missing: its bytes are in data/raw/99",
        "data/raw/01: is a link, not a file",
        "data/raw/03: changed: holds the bytes of data/raw/02",
        "data/raw/99: added: holds the bytes of data/raw/00",
        "data/raw/pipe: is a device or pipe, not a file",
    ]


def test_reordered_lines_are_told_from_changed_ones(sealed: Path) -> None:
    lines = (sealed / verify.MANIFEST).read_bytes().splitlines(keepends=True)
    (sealed / verify.MANIFEST).write_bytes(b"".join([lines[1], lines[0], *lines[2:]]))
    assert any("manifest-sha256.txt:2: the lines were reordered at data/" in p for p in problems(sealed))


def test_a_moved_line_of_the_custody_log_breaks_the_chain(sealed: Path) -> None:
    path = sealed / verify.CUSTODY
    lines = path.read_bytes().splitlines(keepends=True)
    for wrong in ([lines[0], lines[2], lines[1], *lines[3:]], lines[1:], [*lines[:3], *lines[4:]]):
        path.write_bytes(b"".join(wrong))
        assert any("the chain is broken" in p for p in problems(sealed))
    path.write_bytes(b"".join(lines[:-2]))
    assert "data/custody.jsonl: changed" in problems(sealed), "a log cut at its end is held by the list"


def test_lists_written_anew_do_not_fit_the_signature(sealed: Path) -> None:
    (sealed / "data" / "pages" / "ledger.json").write_text('{"asks": ["met"]}\n')
    list_again(sealed)
    assert "tagmanifest-sha256.txt: changed: it is not the list that was signed" in problems(sealed)


def test_a_seal_by_another_key_is_refused_where_the_key_is_named_and_told_where_not(tmp_path: Path) -> None:
    bundle(tmp_path / "b", OTHER)
    [said] = problems(tmp_path / "b", KEY.fingerprint)
    assert said == f"seal/seal.txt: signed by another key: {OTHER.fingerprint}, not {KEY.fingerprint}"
    found = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), str(tmp_path / "b")], capture_output=True, text=True
    )
    assert found.returncode == 0
    assert f"unknown key {OTHER.fingerprint}: compare it with what the publisher states" in found.stdout


LEADING_OUT = ("data/../../x", "/etc/passwd", "data/C:/x", "data\\x", "~/x", "data/./x", "data//x", "data/nul.txt")


@pytest.mark.parametrize("path", [*LEADING_OUT, "data/x ", "data/x\u202e"])
def test_a_list_that_leads_out_of_the_bundle_is_refused_before_a_file_is_opened(sealed: Path, path: str) -> None:
    with (sealed / verify.MANIFEST).open("a") as file:
        file.write(f"{'0' * 64}  {path}\n")
    found = [p for p in problems(sealed) if p.startswith("manifest-sha256.txt:")]
    assert found
    assert not [p for p in problems(sealed) if "root:" in p]


def test_names_that_are_one_on_other_systems_are_refused(sealed: Path) -> None:
    rows = (sealed / verify.MANIFEST).read_text().splitlines()
    doubled = sorted([*rows, f"{'0' * 64}  data/pages/INDEX.html"], key=lambda row: row[66:])
    (sealed / verify.MANIFEST).write_text("\n".join(doubled) + "\n")
    assert any("stands twice" in p for p in problems(sealed))
    (sealed / "data" / "pages" / "Index.html").write_text("")
    assert any("only by letter case" in p for p in problems(sealed))


def test_a_linked_folder_is_not_followed(sealed: Path, tmp_path: Path) -> None:
    shutil.move(sealed / "data" / "raw", tmp_path / "outside")
    (sealed / "data" / "raw").symlink_to(tmp_path / "outside")
    assert "data/raw: is a link, not a file" in problems(sealed)
    assert "data/raw/00: missing" in problems(sealed)


def test_a_module_planted_beside_verify_py_is_not_run(sealed: Path) -> None:
    (sealed / "hashlib.py").write_text("raise SystemExit('all well')")
    found = subprocess.run([sys.executable, "verify.py"], cwd=sealed, capture_output=True, text=True, check=False)
    assert found.returncode == 4
    assert "hashlib.py: added" in found.stdout


def test_what_a_bundle_says_cannot_move_the_cursor(sealed: Path) -> None:
    (sealed / "data" / "pages" / "\x1b[2Jall well\u202e").write_text("")
    found = subprocess.run([sys.executable, "verify.py"], cwd=sealed, capture_output=True, text=True, check=False)
    assert found.returncode == 4
    assert "\x1b" not in found.stdout
    assert "\\x1b[2Jall well" in found.stdout


def test_json_nested_without_end_is_refused(sealed: Path) -> None:
    (sealed / verify.CUSTODY).write_bytes(b"[" * 100_000 + b"\n")
    assert any("custody.jsonl:1: this is not a line" in p for p in problems(sealed))


def test_a_long_line_is_not_held_in_memory(sealed: Path) -> None:
    with (sealed / verify.CUSTODY).open("ab") as file:
        file.truncate(verify.MOST_LINE_BYTES * 3)
    assert any("custody.jsonl" in p for p in problems(sealed))


@pytest.mark.parametrize("name", ["python3.8", "python3.13"])
def test_it_runs_on_old_and_new_python(sealed: Path, name: str) -> None:
    found = next(iter(Path.home().glob(f".pyenv/versions/{name.removeprefix('python')}*/bin/python")), None)
    command = str(found) if found else shutil.which(name)
    if command is None or subprocess.run([command, "-V"], capture_output=True, check=False).returncode:
        pytest.skip(f"needs {name}")
    asked = [command, "-I", "-S", str(sealed / "verify.py"), "--key", KEY.fingerprint]
    assert subprocess.run(asked, check=False, capture_output=True).returncode == 0


def test_verify_py_imports_nothing_but_the_standard_library() -> None:
    lines = [line for line in SCRIPT.read_text().splitlines() if line.lstrip().startswith(("import ", "from "))]
    names = {line.split()[1].split(".")[0] for line in lines}
    assert names <= sys.stdlib_module_names


def test_a_planted_terabyte_is_named_and_not_read(sealed: Path) -> None:
    for name in ("data/pages/index.html", "data/new"):
        with (sealed / name).open("ab") as file:
            file.truncate(1 << 40)
    assert problems(sealed) == [
        "data/new: added",
        "data/pages/index.html: changed: longer than all files together were",
    ]


def test_the_copy_in_the_bundle_is_the_one_that_we_test(sealed: Path) -> None:
    assert (sealed / "verify.py").read_bytes() == SCRIPT.read_bytes()


def test_random_bytes_as_any_small_file_never_end_in_a_traceback(sealed: Path) -> None:
    dice = random.Random(5)
    for name in (verify.SEAL, verify.SIGNATURE, verify.MANIFEST, verify.TAGMANIFEST, verify.CUSTODY, "public-key.pem"):
        kept = (sealed / name).read_bytes()
        for size in (0, 1, 70, 3000):
            (sealed / name).write_bytes(dice.randbytes(size))
            assert problems(sealed), name
        (sealed / name).write_bytes(kept)
    assert problems(sealed) == []
    assert AT.year == 2021
