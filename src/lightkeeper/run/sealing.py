"""Seal: build a case, gather all that it rests on, make it again from that alone, and sign it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from lightkeeper import __version__
from lightkeeper.archive import Archive, atomic
from lightkeeper.archive.entries import files_in
from lightkeeper.errors import ArchiveDamaged, InputError, LightkeeperError, SourceUnavailable
from lightkeeper.evidence import timestamp, verify
from lightkeeper.evidence.bag import About, Bag, write_bag
from lightkeeper.evidence.item import Item
from lightkeeper.evidence.keys import DEMONSTRATION, PRIVATE, SealKey, load_key, make_key
from lightkeeper.evidence.pack import pack
from lightkeeper.evidence.redact import twin_of
from lightkeeper.evidence.signing import NO_SERVER, sign_bag
from lightkeeper.judge import rulesets
from lightkeeper.judge.verdicts import current_ruleset
from lightkeeper.model.file import File
from lightkeeper.observe.reference import current
from lightkeeper.run import replay
from lightkeeper.run.as_numbers import newest
from lightkeeper.run.build import Built, build_case
from lightkeeper.run.software import software
from lightkeeper.settings import Settings
from lightkeeper.sources.as_numbers import packed
from lightkeeper.sources.case_reviews import load_reviews
from lightkeeper.sources.timestamp import ask
from lightkeeper.store.lake import Lake, recording

STEPS = ("Build the case", "Gather the evidence", "Make it again from the bundle alone", "Sign", "Pack")
UNNAMED = "not stated"
NOBODY = "a demonstration on one machine; no organisation stands behind it"
"""Who seals with a key for trying out, as the seal says it."""
Step = Callable[[str], None]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How a person wants a bundle to be."""

    by: str = UNNAMED
    pack_as: str | None = None
    """`zip` or `tar`; none leaves the folder only."""
    redact: bool = False
    withhold: Sequence[str] = ()
    """Names that the redacted twin must not hold, besides those of the reviewers."""
    show: Sequence[str] = ()
    """Reviewers who agreed to be named in it."""


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed bundle. `new` is false where the same one was there, sealed before: it is left as it is."""

    folder: Path
    packed: Path | None
    kind: str
    files: int
    tagmanifest_sha256: str
    fingerprint: str
    stamp: timestamp.Stamp | None
    no_stamp: str | None
    terms: list[str]
    """Terms of reuse of files in it, other than those that its maker wrote."""
    new: bool


def key_path(settings: Settings) -> Path:
    """Where the key that seals lies."""
    return settings.seal_key or settings.data_dir / "keys" / PRIVATE


def demonstration_key(settings: Settings) -> Path:
    """Where the key for trying out lies. It is made where there is none, and is never the key of `key_path`."""
    path = settings.data_dir / "keys" / DEMONSTRATION
    if not path.exists():
        make_key(path)
    return path


def seal_case(
    folder: Path, into: Path, settings: Settings, wish: Wish, *, on_step: Step = lambda _: None
) -> list[Sealed]:
    """Build the case in `folder` and seal it into `into`: the bundle, and where it is wished for its redacted twin.

    The pages are built anew, apart from those that are published. A bundle that cannot be made again from itself, byte
    for byte, is not signed. A bundle's name ends in the first digits of the hash of its list, so that one never
    replaces another. Raises CaseError, InputError, ArchiveDamaged.
    """
    key = load_key(key_path(settings))
    if wish.pack_as not in (None, "zip", "tar"):
        raise InputError(f"`{wish.pack_as}` is no way to pack", remedy="Write zip or tar")
    with _workspace(into) as made:
        on_step(STEPS[0])
        with recording() as parts:
            built = build_case(folder.resolve(), made / "out", settings)
        on_step(STEPS[1])
        gathered = list(_items(built, settings, parts))
        about = About(
            case_id=built.case.id,
            title=built.case.title,
            kind="whole",
            version=__version__,
            ruleset=current_ruleset(),
            by=wish.by,
            notes=_notes(gathered),
        )
        with atomic.writing(into):
            bag = write_bag(made / "bag", about, gathered, key)
        on_step(STEPS[2])
        _refuse_what_differs(replay.replay_payload(bag.folder / "data"))
        on_step(STEPS[3])
        found = [_finish(bag, about, key, into, settings)]
        if wish.redact:
            acts = load_reviews(folder).acts
            reviewers = {*(r.by for r in built.case.reviews), *(a.by for a in acts)} - set(wish.show)
            twin = twin_of(found[0].folder, [*sorted(reviewers), *wish.withhold], made_by=__version__)
            redacted = write_bag(made / "twin", _about_twin(about), twin.items, key, twin.tags)
            found.append(_finish(redacted, _about_twin(about), key, into, settings))
        on_step(STEPS[4])
        return [_packed(one, wish) for one in found]


@contextlib.contextmanager
def _workspace(into: Path) -> Iterator[Path]:
    """A folder to make a bundle in, on the disk where it will stay. What a killed run left a day ago is removed."""
    room = into / ".making"
    atomic.sweep(room)
    try:
        with atomic.workspace(room) as made:
            yield made
    finally:
        with contextlib.suppress(OSError):  # another seal may be under way in it
            room.rmdir()


def _items(built: Built, settings: Settings, parts: Iterable[tuple[str, str]]) -> Iterator[Item]:
    """All that the case rests on, and all that was made of it."""
    case, lake = built.case.id, Lake(settings.data_dir / "tables")
    archive = Archive(settings.data_dir / "archive")
    inputs = sorted((table, part) for table, part in parts if part != case)
    own = [f for f in lake.read(File, part=case) if isinstance(f, File)]
    files = sorted({*own, *_files_behind(inputs, lake, archive)}, key=lambda f: (f.sha256, f.source, f.url))
    seen: set[str] = set()
    for file in files:
        path = replay.place_of(file, case, Path("data")).as_posix()
        if path not in seen:
            seen.add(path)
            yield _raw(file, path, archive)
    rows = msgspec.json.format(msgspec.json.encode(files), indent=1) + b"\n"
    yield Item(
        path=f"data/{replay.RAW}/files.json", origin=rows, what="provenance of the raw files", made_by=__version__
    )
    for table, part in inputs:
        origin = lake.root / table / f"{part}.parquet"
        path = f"data/{replay.INPUTS}/{table}/{part}.parquet"
        yield Item(
            path=path, origin=origin, what=f"imported rows of the table {table}", came_from=f"tables/{table}/{part}"
        )
    judged = current_ruleset()
    for name in replay.made_tables(lake, case):
        origin, path = lake.root / name / f"{case}.parquet", f"data/{replay.TABLES_AT}/{name}.parquet"
        yield Item(path=path, origin=origin, what=f"table {name}", made_by=__version__, judged_by=judged)
    for origin in files_in(built.folder):
        path = f"data/{replay.PAGES}/{origin.relative_to(built.folder).as_posix()}"
        yield Item(path=path, origin=origin, what="page or its data", made_by=__version__, judged_by=judged)
    facts = (p for f in replay.FACT_FOLDERS for p in files_in(settings.data_dir / f) if p.suffix == ".toml")
    for origin in sorted(facts):
        path = f"data/{replay.FACTS}/{origin.parent.name}/{origin.name}"
        yield Item(path=path, origin=origin, what="facts that a person added", came_from=origin.name)
    numbers = newest(settings.data_dir)
    yield Item(
        path=f"data/{replay.FACTS}/as-numbers/{numbers.name}.txt.gz",
        origin=packed(numbers),
        what="AS numbers by country",
        came_from=numbers.about.origin,
        licence=numbers.about.licence,
    )
    yield from _rules()


def _rules() -> Iterator[Item]:
    name, text = rulesets.freeze(__version__)
    yield Item(path=f"data/{replay.RULES}/{name}.tsv", origin=text.encode(), what="ruleset", made_by=__version__)
    for path, data in sorted(current().files.items()):
        what = f"reference {current().name}"
        yield Item(
            path=f"data/{replay.REFERENCE}/{path}", origin=data, what=what, came_from=f"lightkeeper {__version__}"
        )
    text_of = msgspec.json.format(msgspec.json.encode(software(), order="sorted"), indent=1) + b"\n"
    yield Item(path=f"data/{replay.SOFTWARE}", origin=text_of, what="versions of the program", made_by=__version__)


def _files_behind(inputs: Iterable[tuple[str, str]], lake: Lake, archive: Archive) -> Iterator[File]:
    """The raw files that imported rows name, as far as the archive has them."""
    import pyarrow.parquet as pq

    wanted: set[str] = set()
    for table, part in inputs:
        path = lake.root / table / f"{part}.parquet"
        for column in (n for n in pq.read_schema(path).names if n.endswith("sha256")):
            wanted.update(v for v in pq.read_table(path, columns=[column])[column].unique().to_pylist() if v)
    if wanted:
        yield from (f for f in archive.files() if f.sha256 in wanted)


def _raw(file: File, path: str, archive: Archive) -> Item:
    origin = archive.path_of(file.sha256)
    if not origin.is_file():
        remedy = "Build the case again; `lightkeeper archive verify` names what else is missing"
        raise ArchiveDamaged("a raw file is not in the archive", remedy=remedy, where=str(origin))
    return Item(
        path=path,
        origin=origin,
        what="file of the case" if path.startswith(f"data/{replay.CASE}/") else "raw file",
        came_from=file.url,
        source=file.source,
        retrieved_at=file.retrieved_at,
        licence=file.licence,
    )


def _notes(items: Iterable[Item]) -> list[str]:
    terms = sorted({i.licence for i in items if i.licence})
    return [f"It holds files under these terms, which may limit passing it on: {'; '.join(terms)}."] if terms else []


def _refuse_what_differs(again: replay.Replayed) -> None:
    if again.differences:
        what = f"the case comes out otherwise when it is made again from the bundle alone: {again.differences[0]}"
        remedy = "It was not sealed. Something that the build reads is not in the bundle; please report it"
        raise LightkeeperError(what, remedy=remedy)


def _about_twin(about: About) -> About:
    note = f"This is a redacted twin. {verify.REMOVED} says what was left out of the whole bundle, and why."
    return msgspec.structs.replace(about, kind="redacted", notes=[note, *about.notes])


def _finish(bag: Bag, about: About, key: SealKey, into: Path, settings: Settings) -> Sealed:
    """Stamp and sign a bag, check it as a stranger would, and move it to where it stays."""
    ending = "" if about.kind == "whole" else "-redacted"
    final = into / f"{about.case_id}{ending}-{bag.tagmanifest_sha256[:12]}"
    if _is_sealed(final, key, settings):
        return _sealed(final, bag, about, key, None, None, new=False)
    stamp, reply, why = _stamp(bag, settings)
    sign_bag(bag, about, key, stamp=reply, no_stamp=why)
    report = verify.check(str(bag.folder), key.fingerprint)
    if report.problems:
        raise LightkeeperError(
            f"the sealed bundle does not verify: {': '.join(report.problems[0])}", remedy="Please report it"
        )
    with atomic.writing(final):
        if final.exists():
            final.rename(bag.folder.with_name(f"{bag.folder.name}-without-stamp"))
        atomic.publish_folder(bag.folder, final)
    return _sealed(final, bag, about, key, stamp, None if reply else why, new=True)


def _is_sealed(final: Path, key: SealKey, settings: Settings) -> bool:
    """Whether the same bundle is there, sealed before, with a time stamp if one is wanted now.

    Raises ArchiveDamaged where one of its name is there and is not as it was sealed: that is for a person to look at.
    """
    if not final.exists():
        return False
    report = verify.check(str(final), key.fingerprint)
    if report.problems:
        remedy = "Find out who changed it, and move it away; then seal again"
        raise ArchiveDamaged(f"a bundle is there already, and damaged: {': '.join(report.problems[0])}",
                             remedy=remedy, where=str(final))  # fmt: skip
    return settings.timestamp_url is None or report.seal["time-stamp"].startswith("sha256 ")


def _sealed(
    final: Path, bag: Bag, about: About, key: SealKey, stamp: timestamp.Stamp | None, why: str | None, *, new: bool
) -> Sealed:
    return Sealed(
        folder=final,
        packed=None,
        kind=about.kind,
        files=len(bag.payload),
        tagmanifest_sha256=bag.tagmanifest_sha256,
        fingerprint=key.fingerprint,
        stamp=stamp,
        no_stamp=why,
        terms=sorted({w.item.licence for w in bag.payload if w.item.licence}),
        new=new,
    )


def _stamp(bag: Bag, settings: Settings) -> tuple[timestamp.Stamp | None, bytes | None, str]:
    """A time stamp of the bag's list where a server was named and answers well; else why there is none."""
    url = settings.timestamp_url
    if url is None:
        return None, None, NO_SERVER
    data = (bag.folder / verify.TAGMANIFEST).read_bytes()
    asked = timestamp.request(data)
    try:
        reply = ask(url, asked.as_bytes(), settings)
        return timestamp.answers(reply, asked, data), reply, ""
    except SourceUnavailable as error:
        return None, None, f"none: the server did not answer ({error.what})"
    except ValueError as error:
        return None, None, f"none: the server's answer cannot be used ({error})"


def _packed(one: Sealed, wish: Wish) -> Sealed:
    if wish.pack_as is None:
        return one
    return msgspec.structs.replace(one, packed=pack(one.folder, wish.pack_as))
