"""Small synthetic bundles, and ways to damage them."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lightkeeper.evidence import verify
from lightkeeper.evidence.bag import About, Bag, write_bag
from lightkeeper.evidence.item import Item
from lightkeeper.evidence.keys import SealKey
from lightkeeper.evidence.signing import sign_bag

KEY = SealKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = SealKey(Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
AT = datetime(2021, 7, 3, 12, tzinfo=UTC)
ABOUT = About(
    case_id="made-up", title="A synthetic case", kind="whole", version="0", ruleset="lk-1-0+ref-0", by="A test desk"
)


def items() -> list[Item]:
    """A payload of a few synthetic files."""
    given = {"case/made-up/case.toml": b'id = "made-up"\n', "case/made-up/documents.csv": b"a,b\n1,2\n3,4\n"}
    made = {"pages/ledger.json": b'{"asks": []}\n', "pages/index.html": b"<h1>x</h1>\n", "pages/empty.txt": b""}
    more = {f"raw/{n:02}": bytes([n]) * (50 + n) for n in range(5)}
    outside = [
        Item(path=f"data/{name}", origin=data, what="raw file", came_from="https://example.org/x", retrieved_at=AT)
        for name, data in (given | more).items()
    ]
    return outside + [Item(path=f"data/{n}", origin=data, what="page", made_by="0") for n, data in made.items()]


def bundle(folder: Path, key: SealKey = KEY, about: About = ABOUT) -> Bag:
    """A sealed bundle in a new folder."""
    folder.mkdir(parents=True)
    bag = write_bag(folder, about, items(), key)
    sign_bag(bag, about, key, at=AT)
    return bag


def forged(folder: Path, by: str, key: SealKey = KEY) -> None:
    """A bundle whose signer wrote into `signed-by` what our own sealing would not."""
    bundle(folder, key)
    seal = (folder / verify.SEAL).read_bytes()
    text = seal.replace(f"signed-by: {ABOUT.by}".encode(), f"signed-by: {by}".encode())
    assert text != seal
    (folder / verify.SEAL).write_bytes(text)
    (folder / verify.SIGNATURE).write_bytes(key.sign(text))


def files_of(folder: Path) -> list[Path]:
    """All files of a bundle, sorted."""
    return sorted(p for p in folder.rglob("*") if p.is_file())


def list_again(folder: Path) -> None:
    """What a forger without the key can do: write both lists anew, so that all hashes fit."""
    payload = sorted(p.relative_to(folder).as_posix() for p in files_of(folder / "data"))
    (folder / verify.MANIFEST).write_text("".join(f"{verify.digest(str(folder), name)}  {name}\n" for name in payload))
    tags = [line[66:] for line in (folder / verify.TAGMANIFEST).read_text().splitlines()]
    rows = [f"{verify.digest(str(folder), name)}  {name}\n" for name in tags if (folder / name).is_file()]
    (folder / verify.TAGMANIFEST).write_text("".join(rows))


def _flip(folder: Path, dice: random.Random) -> None:
    path = dice.choice([p for p in files_of(folder) if p.stat().st_size])
    data = bytearray(path.read_bytes())
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    path.write_bytes(data)


def _add(folder: Path, dice: random.Random) -> None:
    name = dice.choice(["new.txt", ".hidden", "data/new.txt", "seal/more.txt", "data/pages/.DS_Store", "hashlib.py"])
    (folder / name).write_bytes(dice.randbytes(dice.randrange(3)))


def _remove(folder: Path, dice: random.Random) -> None:
    dice.choice(files_of(folder)).unlink()


def _rename(folder: Path, dice: random.Random) -> None:
    path = dice.choice(files_of(folder))
    path.rename(path.with_name(dice.choice([path.name.upper() + "X", path.name + "~", "renamed"])))


def _swap(folder: Path, dice: random.Random) -> None:
    one, other = dice.sample(files_of(folder), 2)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def _reorder(folder: Path, dice: random.Random) -> None:
    lists = [verify.MANIFEST, verify.TAGMANIFEST, verify.CUSTODY, verify.COMMITMENTS, "bag-info.txt", verify.SEAL]
    path = folder / dice.choice(lists)
    lines = path.read_bytes().splitlines(keepends=True)
    one, other = dice.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    path.write_bytes(b"".join(lines))


def _truncate(folder: Path, dice: random.Random) -> None:
    path = dice.choice([p for p in files_of(folder) if p.stat().st_size])
    data = path.read_bytes()
    path.write_bytes(data[: dice.randrange(len(data))])


def _append(folder: Path, dice: random.Random) -> None:
    with dice.choice(files_of(folder)).open("ab") as file:
        file.write(dice.choice([b"\n", b"\0", b" ", b"more\n"]))


def _drop_line(folder: Path, dice: random.Random) -> None:
    path = folder / dice.choice([verify.MANIFEST, verify.TAGMANIFEST, verify.CUSTODY, verify.SEAL])
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[dice.randrange(len(lines))]
    path.write_bytes(b"".join(lines))


def _signature(folder: Path, dice: random.Random) -> None:
    (folder / verify.SIGNATURE).write_bytes(dice.choice([dice.randbytes(64), b"", bytes(64), dice.randbytes(63)]))


def _link(folder: Path, dice: random.Random) -> None:
    path = dice.choice(files_of(folder))
    kept = folder.with_name(f"{folder.name}.outside")
    path.replace(kept)
    path.symlink_to(kept)  # the same bytes, but what it leads to could change unseen


def _pipe(folder: Path, dice: random.Random) -> None:
    path = dice.choice(files_of(folder))
    path.unlink()
    os.mkfifo(path)


def _folder(folder: Path, dice: random.Random) -> None:
    (folder / dice.choice(["data/nothing", "nothing", "seal/nothing"])).mkdir()


def _collide(folder: Path, dice: random.Random) -> None:
    path = dice.choice([p for p in files_of(folder) if p.name.upper() != p.name])
    shutil.copy(path, path.with_name(path.name.upper()))


def _listed_again(folder: Path, dice: random.Random) -> None:
    dice.choice(files_of(folder / "data")).write_bytes(b"forged")
    list_again(folder)


def _sealed_again(folder: Path, dice: random.Random) -> None:
    """A whole new seal over the same files, by a key of their own: told only by the key that one names."""
    (folder / verify.PUBLIC_KEY).write_bytes(OTHER.pem)
    list_again(folder)
    values = dict(row.split(": ", 1) for row in (folder / verify.SEAL).read_text().splitlines()[1:])
    listed = hashlib.sha256((folder / verify.TAGMANIFEST).read_bytes()).hexdigest()
    values |= {"tagmanifest-sha256": listed, "public-key": OTHER.public.hex(), "fingerprint": OTHER.fingerprint}
    text = "\n".join([verify.FIRST_LINE, *(f"{name}: {value}" for name, value in values.items()), ""]).encode()
    (folder / verify.SEAL).write_bytes(text)
    (folder / verify.SIGNATURE).write_bytes(OTHER.sign(text))


def _seal_text(folder: Path, dice: random.Random) -> None:
    text = (folder / verify.SEAL).read_text()
    pairs = [("signed-at: 20", "signed-at: 19"), ("signed-by: ", "signed-by: not "), ("kind: whole", "kind: redacted")]
    pairs += [("seal 1", "seal 2")]
    (folder / verify.SEAL).write_text(text.replace(*dice.choice(pairs)))


def _line_ends(folder: Path, dice: random.Random) -> None:
    path = folder / dice.choice([verify.MANIFEST, verify.TAGMANIFEST, verify.SEAL, verify.CUSTODY])
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


MUTATIONS: dict[str, Callable[[Path, random.Random], None]] = {
    "flip": _flip,
    "add": _add,
    "remove": _remove,
    "rename": _rename,
    "swap": _swap,
    "reorder": _reorder,
    "truncate": _truncate,
    "append": _append,
    "drop a line": _drop_line,
    "signature": _signature,
    "link": _link,
    "pipe": _pipe,
    "empty folder": _folder,
    "colliding name": _collide,
    "both lists anew": _listed_again,
    "sealed by another key": _sealed_again,
    "text of the seal": _seal_text,
    "line ends": _line_ends,
}
