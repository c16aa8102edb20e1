"""Verify a sealed bundle: `python3 verify.py [FOLDER] [--key PUBLIC-KEY.pem | --key FINGERPRINT]`.

This file needs nothing but Python 3.8 or later, and no network. A copy of it lies in each sealed bundle. A forger could
change that copy too: who doubts a bundle takes this file from the publisher. It writes nothing. It names each file that
is not as it was sealed, with the reason. Exit code: 0 all as sealed, 4 something is not, 2 wrong use.

Formats: BagIt (RFC 8493), Ed25519 (RFC 8032), RFC 3161 for the time stamp, whose own signature is left to others.
"""

from __future__ import annotations

import sys

if __name__ == "__main__" and not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
    del sys.path[0]  # a file beside this one, such as a planted hashlib.py, must not be imported

import argparse
import hashlib
import hmac
import json
import os
import re
import stat
import unicodedata
from typing import Any, Callable, Iterator, NamedTuple, Tuple

MANIFEST, TAGMANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
SEAL, SIGNATURE, TIME_STAMP = "seal/seal.txt", "seal/seal.sig", "seal/timestamp.tsr"
CUSTODY, REMOVED, BLINDING = "data/custody.jsonl", "data/removed.json", "data/blinding.txt"
CRATE, COMMITMENTS, PUBLIC_KEY = "data/ro-crate-metadata.json", "commitments.txt", "public-key.pem"
NEEDED = ("bagit.txt", "bag-info.txt", MANIFEST, PUBLIC_KEY)
FIRST_LINE = "Lightkeeper seal 1"
FIELDS = ("bundle", "kind", "tagmanifest-sha256", "signed-at", "signed-by", "public-key", "fingerprint", "time-stamp")
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MOST_FILES, MOST_LIST_BYTES, MOST_LINE_BYTES, MOST_SEAL_LINE = 1_000_000, 256 << 20, 1 << 20, 300
HEX = re.compile(r"[0-9a-f]{64}")
LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class Refused(Exception):
    """One file, and why it is not as it was sealed."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason


class Report(NamedTuple):
    """What a check found: problems as (file, reason), the lines of the seal, and remarks for a person."""

    problems: list[tuple[str, str]]
    seal: dict[str, str]
    remarks: list[str]


def check(folder: str, key: str | None = None) -> Report:
    """Check the bundle in `folder`. `key` is the fingerprint of the key that must have signed, 64 digits."""
    found = Report([], {}, [])

    def tried(step: Callable[..., Any], *given: Any) -> Any:
        try:
            return step(folder, *given)
        except Refused as refused:
            found.problems.append((refused.path, refused.reason))
            return None

    there, odd = tried(entries) or ({}, [])
    found.problems.extend(odd)
    tags, payload = tried(read_manifest, TAGMANIFEST), tried(read_manifest, MANIFEST)
    found.seal.update(tried(check_seal, found, key) or {})
    if tags is not None and payload is not None:
        tried(check_files, there, tags, payload, found)
        tried(check_custody, payload, found)
        tried(check_commitments if found.seal.get("kind") == "whole" else check_twin, payload, found)
    return Report(sorted(set(found.problems)), found.seal, found.remarks)


def entries(folder: str) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Sizes of all regular files by their path, and what is no regular file. No link is followed."""
    files: dict[str, int] = {}
    odd: list[tuple[str, str]] = []
    waiting: list[str] = [""]
    seen: dict[str, str] = {}
    while waiting:
        at = waiting.pop()
        try:
            names = sorted(os.listdir(os.path.join(folder, *at.split("/")) if at else folder))
        except OSError as error:
            raise Refused(at or folder, f"the folder cannot be read: {error.strerror}") from error
        if at and not names:
            odd.append((at, "added: an empty folder"))
        for name in names:
            path = f"{at}/{name}" if at else name
            status = os.lstat(os.path.join(folder, *path.split("/")))
            twin = seen.setdefault(folded(path), path)
            if unsafe(path):
                odd.append((path, "added: " + unsafe(path)))
            elif twin != path:
                odd.append((path, f"its name differs from {shown(twin)} only by letter case or accents"))
            elif stat.S_ISLNK(status.st_mode) or getattr(status, "st_file_attributes", 0) & 0x400:
                odd.append((path, "is a link, not a file"))
            elif stat.S_ISDIR(status.st_mode):
                waiting.append(path)
            elif stat.S_ISREG(status.st_mode):
                files[path] = status.st_size
            else:
                odd.append((path, "is a device or pipe, not a file"))
            if len(files) + len(odd) > MOST_FILES:
                raise Refused(folder, f"holds more than {MOST_FILES:,} files")
    return files, odd


def unsafe(path: str) -> str:
    """Why a path must not be used; empty where it may. It must stay in the bundle and mean the same on any system."""
    if not path or len(path) > 1000 or not path.isprintable():
        return "its name is empty, too long or holds characters that are not seen"
    if re.search(r"[\\:]", path) or path.startswith(("/", "~")):
        return "its name is absolute, or is another file elsewhere"
    for part in path.split("/"):
        if part in ("", ".", ".."):
            return "its name leads out of the bundle"
        if part.endswith((".", " ")) or RESERVED.fullmatch(part):
            return "its name means another file on Windows"
    return ""


def folded(path: str) -> str:
    """The path as a file system that ignores letter case and forms of accents sees it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def opened(folder: str, path: str) -> Any:
    """An open regular file. Neither a link nor a pipe is opened. Raises Refused."""
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(os.path.join(folder, *path.split("/")), flags)
    except OSError as error:
        raise Refused(path, f"missing, or cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Refused(path, "is not a file")
    return os.fdopen(handle, "rb")


def read(folder: str, path: str, most: int = MOST_LIST_BYTES) -> bytes:
    """All bytes of a small file. Raises Refused."""
    with opened(folder, path) as file:
        data: bytes = file.read(most + 1)
    if len(data) > most:
        raise Refused(path, f"is longer than {most:,} bytes")
    return data


def digest(folder: str, path: str) -> str:
    """SHA-256 of a file, read in pieces."""
    made = hashlib.sha256()
    with opened(folder, path) as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            made.update(piece)
    return made.hexdigest()


def lines(data: bytes, path: str) -> list[str]:
    """The lines of a text that ends with a line break. Raises Refused."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(path, "is not text in UTF-8") from error
    if not text.endswith("\n") or "\r" in text:
        raise Refused(path, "was cut off or changed: a line does not end as it was written")
    return text[:-1].split("\n")


def read_manifest(folder: str, path: str) -> dict[str, str]:
    """SHA-256 by path, from a manifest whose lines are sorted and safe. Raises Refused with the line."""
    listed: dict[str, str] = {}
    seen: dict[str, str] = {}
    last = ""
    for number, line in enumerate(lines(read(folder, path), path), 1):
        where = f"{path}:{number}"
        parsed = LINE.fullmatch(line)
        if not parsed:
            raise Refused(where, "this is not a line of a manifest")
        name = re.sub("%(25|0[AaDd])", lambda m: chr(int(m.group(1), 16)), parsed.group(2))
        if unsafe(name):
            raise Refused(where, f"{shown(name)}: {unsafe(name)}")
        if (path == MANIFEST) != name.startswith("data/"):
            raise Refused(where, f"{shown(name)} does not belong into this list")
        if seen.setdefault(folded(name), name) != name or name in listed:
            raise Refused(where, f"{shown(name)} stands twice")
        if name < last:
            raise Refused(where, f"the lines were reordered at {shown(name)}")
        listed[name], last = parsed.group(1), name
    return listed


def check_files(
    folder: str,
    there: dict[str, int],
    tags: dict[str, str],
    payload: dict[str, str],
    found: Report,
) -> None:
    """Each file on the lists must be there with its SHA-256, and no other file."""
    sealed = {TAGMANIFEST, SEAL, SIGNATURE}
    if found.seal.get("time-stamp", "").startswith("sha256 "):
        sealed.add(TIME_STAMP)
    for name in NEEDED:
        if name not in tags:
            found.problems.append((name, f"is not on the list {TAGMANIFEST}"))
    if "bagit.txt" in there and read(folder, "bagit.txt", 1000) != DECLARATION:
        found.problems.append(("bagit.txt", "does not declare BagIt 1.0"))
    odd = {path for path, _ in found.problems}
    longest = max(MOST_LIST_BYTES, payload_bytes(folder))  # so that nobody has to hash a planted terabyte
    added = sorted(set(there) - set(tags) - set(payload) - sealed)
    digests = digests_of(folder, [name for name in added if there[name] <= longest])
    elsewhere = {made: name for name, made in digests.items()}
    by_digest = {wanted: name for listed in (tags, payload) for name, wanted in listed.items()}
    for name, wanted in sorted(list(tags.items()) + list(payload.items())):
        if name in odd and name not in there:
            continue
        if name not in there:
            moved = elsewhere.get(wanted)
            found.problems.append((name, f"missing: its bytes are in {shown(moved)}" if moved else "missing"))
            continue
        if there[name] > longest:
            found.problems.append((name, "changed: longer than all files together were"))
            continue
        try:
            actual = digest(folder, name)
        except Refused as refused:
            found.problems.append((refused.path, refused.reason))
            continue
        if actual != wanted:
            other = by_digest.get(actual)
            why = f"changed: holds the bytes of {shown(other)}" if other else "changed"
            found.problems.append((name, why))
    for name in added:
        other = by_digest.get(digests.get(name, ""))
        found.problems.append((name, "added" + (f": holds the bytes of {shown(other)}" if other else "")))


def digests_of(folder: str, names: list[str]) -> dict[str, str]:
    """SHA-256 by path, of those that can be read."""
    made: dict[str, str] = {}
    for name in names:
        try:
            made[name] = digest(folder, name)
        except Refused:
            continue
    return made


def payload_bytes(folder: str) -> int:
    """The bytes of all files of the payload, as bag-info.txt says; 0 where it does not."""
    said = re.search(rb"^Payload-Oxum: (\d{1,18})\.\d+$", read(folder, "bag-info.txt", 1 << 20), re.MULTILINE)
    return int(said.group(1)) if said else 0


def check_seal(folder: str, found: Report, key: str | None, home: str = "") -> dict[str, str]:
    """The seal under `home`: its lines, its signature, what it signs, its time stamp. Returns its lines."""
    at = home or "seal/"
    text, signature = read(folder, at + "seal.txt", 10_000), read(folder, at + "seal.sig", 10_000)
    rows = lines(text, at + "seal.txt")
    if not all(row.isprintable() and len(row) <= MOST_SEAL_LINE for row in rows):
        raise Refused(at + "seal.txt", "holds characters that are not seen, or a line that is too long")
    values = dict(zip(FIELDS, (row.partition(": ")[2] for row in rows[1:])))
    names = tuple(row.partition(": ")[0] for row in rows[1:])
    if rows[0] != FIRST_LINE or names != FIELDS or not HEX.fullmatch(values["public-key"]):
        raise Refused(at + "seal.txt", f"this is not a seal of the form `{FIRST_LINE}`")
    public = bytes.fromhex(values["public-key"])
    if values["fingerprint"] != fingerprint(public):
        found.problems.append((at + "seal.txt", "its fingerprint is not that of its key"))
    if not signature_holds(public, text, signature):
        why = "the signature does not fit: {}seal.txt or the signature was changed, or signed by another key"
        found.problems.append((at + "seal.sig", why.format(at)))
    if key is not None and fingerprint(public) != key:
        why = f"signed by another key: {fingerprint(public)}, not {key}"
        found.problems.append((at + "seal.txt", why))
    if digest(folder, home + TAGMANIFEST) != values["tagmanifest-sha256"]:
        found.problems.append((home + TAGMANIFEST, "changed: it is not the list that was signed"))
    if not home:
        check_time_stamp(folder, values, found)
        pem = read(folder, PUBLIC_KEY, 1000)
        if key_of_pem(pem) != public:
            found.problems.append((PUBLIC_KEY, f"is not the key of {SEAL}"))
    return values


def check_time_stamp(folder: str, seal: dict[str, str], found: Report) -> None:
    """The time stamp must be the one that the seal names, and be about the list of the bundle."""
    if not seal["time-stamp"].startswith("sha256 "):
        found.remarks.append(
            "There is no time stamp ({}). The time of sealing is the signer's word.".format(seal["time-stamp"])
        )
        return
    if digest(folder, TIME_STAMP) != seal["time-stamp"].split(" ")[1]:
        found.problems.append((TIME_STAMP, "changed: it is not the one that was signed"))
    if bytes.fromhex("0420" + seal["tagmanifest-sha256"]) not in read(folder, TIME_STAMP):
        found.problems.append((TIME_STAMP, "it is not about this bundle"))
    found.remarks.append(
        "There is a time stamp (RFC 3161). Its own signature is checked by `lightkeeper verify --tsa-root`, or by "
        f"`openssl ts -verify -data {TAGMANIFEST} -in {TIME_STAMP} -CAfile ROOT.pem`."
    )


def check_custody(folder: str, payload: dict[str, str], found: Report) -> None:
    """The custody log: each line names the hash of the line before, and each file stands in it once."""
    named: dict[str, str] = {}
    last = "0" * 64
    for number, line in enumerate(custody_lines(folder), 1):
        where = f"{CUSTODY}:{number}"
        try:
            entry = json.loads(line.decode("utf-8"))
        except (ValueError, RecursionError):
            entry = None
        if not isinstance(entry, dict) or not line.endswith(b"\n"):
            raise Refused(where, "this is not a line of the custody log")
        if entry.get("number") != number or entry.get("previous") != last:
            raise Refused(where, "the chain is broken: a line was changed, moved, added or removed")
        path = entry.get("path")
        if path is not None and str(path) in named:
            raise Refused(where, f"{shown(str(path))} was logged before")
        if path is not None:
            named[str(path)] = str(entry.get("sha256"))
        last = hashlib.sha256(line).hexdigest()
    for path, wanted in sorted(payload.items()):
        if path != CUSTODY and named.pop(path, None) != wanted:
            found.problems.append((path, "the custody log does not name it with this SHA-256"))
    for path in sorted(named):
        found.problems.append((CUSTODY, f"names {shown(path)}, which is not in the bundle"))


def custody_lines(folder: str) -> Iterator[bytes]:
    """The lines of the custody log with their line breaks, one at a time. Raises Refused for one without an end."""
    with opened(folder, CUSTODY) as file:
        for line in iter(lambda: file.readline(MOST_LINE_BYTES + 1), b""):
            if len(line) > MOST_LINE_BYTES:
                raise Refused(CUSTODY, f"a line is longer than {MOST_LINE_BYTES:,} bytes")
            yield line


def commitment(salt: str, sha256: str, path: str) -> str:
    """What stands for a file without telling it: nobody can try candidates without the salt."""
    return hashlib.sha256(f"lightkeeper commitment 1\n{salt}\n{sha256}\n{path}".encode()).hexdigest()


def salt_of(blinding: str, path: str) -> str:
    """The salt of one path, from the secret of the whole bundle."""
    return hmac.new(bytes.fromhex(blinding), path.encode(), "sha256").hexdigest()


def check_commitments(folder: str, payload: dict[str, str], found: Report) -> None:
    """A whole bundle commits to each file, so that a redacted twin can show what it comes from."""
    blinding = lines(read(folder, BLINDING, 1000), BLINDING)[0]
    if not HEX.fullmatch(blinding):
        raise Refused(BLINDING, "is not 64 hexadecimal digits")
    wanted = [commitment(salt_of(blinding, path), payload[path], path) for path in sorted(payload)]
    if lines(read(folder, COMMITMENTS), COMMITMENTS) != wanted:
        found.problems.append((COMMITMENTS, "does not fit the files of the bundle"))


def check_twin(folder: str, payload: dict[str, str], found: Report) -> None:
    """A redacted twin must be its whole bundle minus what its list says, and the same key must have signed both."""
    if found.seal.get("kind") != "redacted":
        raise Refused(SEAL, "says neither `whole` nor `redacted`")
    whole = check_seal(folder, found, found.seal["fingerprint"], home="whole/")
    listed = {row[66:]: row[:64] for row in lines(read(folder, "whole/" + TAGMANIFEST), "whole/" + TAGMANIFEST)}
    data = read(folder, "whole/" + COMMITMENTS)
    if whole["kind"] != "whole" or listed.get(COMMITMENTS) != hashlib.sha256(data).hexdigest():
        raise Refused("whole/" + COMMITMENTS, "is not that of the whole bundle")
    commitments = lines(data, "whole/" + COMMITMENTS)
    try:
        rows = json.loads(read(folder, REMOVED).decode("utf-8"))["files"]
        places = [row["place"] for row in rows]
        kept = {row["path"]: row["salt"] for row in rows if row["what"] == "kept"}
        shown_again = {row["path"] for row in rows if row["what"] == "replaced"}
        said = [
            commitment(row["salt"], payload.get(row["path"], ""), row["path"])
            if row["what"] == "kept"
            else row["commitment"]
            for row in rows
        ]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused(REMOVED, "is not a list of what was removed") from error
    if places != list(range(1, len(commitments) + 1)):
        raise Refused(REMOVED, "does not name each file of the whole bundle once")
    for row, one, other in zip(rows, said, commitments):
        if one != other:
            path = row.get("path") if row["what"] == "kept" else REMOVED
            found.problems.append((str(path), "number {} is not as in the whole bundle".format(row["place"])))
    for path in sorted(set(payload) - set(kept) - shown_again - {CUSTODY, REMOVED, CRATE}):
        found.problems.append((path, f"is neither of the whole bundle nor on the list {REMOVED}"))
    for path in sorted(shown_again - set(payload)):
        found.problems.append((path, f"missing: {REMOVED} says that it replaces a file"))
    removed = len(rows) - len(kept) - len(shown_again)
    text = "A redacted twin of the bundle with tagmanifest-sha256 {}: {} files kept, {} replaced, {} removed."
    found.remarks.append(text.format(whole["tagmanifest-sha256"], len(kept), len(shown_again), removed))


# Ed25519, verification only, as in RFC 8032, section 6. Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = Tuple[int, int, int, int]


def add(one: Point, other: Point) -> Point:
    """The sum of two points."""
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number: int, point: Point) -> Point:
    """A point added to itself so many times."""
    made: Point = (0, 1, 1, 0)
    while number > 0:
        if number & 1:
            made = add(made, point)
        point, number = add(point, point), number >> 1
    return made


def point_of(data: bytes) -> Point | None:
    """The point in 32 bytes; none where they are not one."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if len(data) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the 64 bytes are an Ed25519 signature of the message by the key of 32 bytes."""
    key, base = point_of(public), point_of(bytes([0x58]) + bytes([0x66]) * 31)
    nonce = point_of(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or key is None or nonce is None or base is None or scalar >= ORDER:
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = times(scalar, base), add(nonce, times(hashed, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


SPKI = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of a public Ed25519 key in DER (RFC 8410)."""


def fingerprint(public: bytes) -> str:
    """SHA-256 of the key in DER: `openssl pkey -pubin -in public-key.pem -outform DER | sha256sum` says the same."""
    return hashlib.sha256(SPKI + public).hexdigest()


def key_of_pem(text: bytes) -> bytes | None:
    """The 32 bytes of a public key as PEM; none where it is not one."""
    import base64

    found = re.fullmatch(rb"\s*-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PUBLIC KEY-----\s*", text)
    try:
        data = base64.b64decode(b"".join(found.group(1).split()), validate=True) if found else b""
    except ValueError:
        return None
    return data[len(SPKI) :] if len(data) == 44 and data.startswith(SPKI) else None


def named_key(text: str) -> str | None:
    """The fingerprint that a person names: as digits, or by the file of the public key. None where it is neither."""
    plain = re.sub(r"[\s:]", "", text).lower()
    if HEX.fullmatch(plain):
        return plain
    try:
        with open(text, "rb") as file:
            public = key_of_pem(file.read(10_000))
    except OSError:
        return None
    return fingerprint(public) if public else None


def shown(text: str) -> str:
    """Text from the bundle, safe to print: what is not seen is written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)[:300]


def quoted(text: str) -> str:
    """The words of somebody else, so that no sentence of theirs is taken for one of ours."""
    return '"' + shown(text).replace('"', "'") + '"'


def main() -> int:
    """Run as a command."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    said = argparse.ArgumentParser(description="Check that a sealed bundle is as it was sealed.")
    home = os.path.dirname(os.path.abspath(__file__))
    said.add_argument("folder", nargs="?", default=home, help="the bundle; the folder of this file if left out")
    said.add_argument("--key", help="the key that must have signed: its fingerprint, or the file of the public key")
    asked = said.parse_args()
    key = named_key(asked.key) if asked.key else None
    if asked.key and key is None:
        said.error("--key names neither a fingerprint of 64 hexadecimal digits nor a file with a public key")
    if not os.path.isdir(asked.folder):
        said.error("there is no such folder: " + shown(asked.folder))
    report = check(asked.folder, key)
    for path, reason in report.problems:
        print(f"{shown(path)}: {shown(reason)}")
    if report.problems:
        print(f"NOT as it was sealed: {len(report.problems)} found.")
        return 4
    for remark in report.remarks:
        print(shown(remark))
    print("Every file is as it was sealed.")
    print(
        "The signer's own words: sealed at {}, by {}".format(
            *(quoted(report.seal[k]) for k in ("signed-at", "signed-by"))
        )
    )
    text = (
        "Signed by the key that you named, {}."
        if key
        else ("Signed by an unknown key {}: compare it with what the publisher states.")
    )
    print(text.format(report.seal["fingerprint"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
