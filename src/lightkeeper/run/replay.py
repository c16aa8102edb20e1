"""Replay: make a case again from nothing but a bundle, and name the first thing that differs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from lightkeeper.archive import Archive
from lightkeeper.errors import ArchiveDamaged, InputError
from lightkeeper.evidence import verify
from lightkeeper.judge.verdicts import current_ruleset
from lightkeeper.model import TABLES
from lightkeeper.model.file import File
from lightkeeper.observe.reference import Reference
from lightkeeper.run import references
from lightkeeper.run.as_numbers import listing
from lightkeeper.run.build import build_case
from lightkeeper.run.choice import Choice, choice, chosen
from lightkeeper.run.differences import Difference, differences
from lightkeeper.run.software import Software, same_software
from lightkeeper.settings import Settings
from lightkeeper.store.lake import Lake

CASE, INPUTS, TABLES_AT, PAGES, RAW = "case", "inputs", "tables", "pages", "raw"
RULES, REFERENCE, SOFTWARE = "rules", "rules/reference", "software.json"
FACTS = "facts"
FACT_FOLDERS = ("reference/days", "reference/ratifications")
"""Where a person adds facts that a build reads, below the data folder."""
Step = Callable[[str], None]


class Replayed(msgspec.Struct, frozen=True):
    """What a replay found. `differences` is empty where every file came out byte for byte."""

    case_id: str
    ruleset: str
    compared: int
    differences: list[Difference]
    cautions: list[str]


def replay(bundle: Path, *, ruleset: str | None = None, on_step: Step = lambda _: None) -> Replayed:
    """Verify a bundle and make it again, without network and without any other data.

    Raises ArchiveDamaged where it is not as it was sealed, InputError for a redacted one and where this version cannot
    judge by its rules: then the error names the version that can.
    """
    on_step("Verify the bundle")
    report = verify.check(str(bundle))
    if report.problems:
        path, reason = report.problems[0]
        remedy = f"{len(report.problems)} found; `lightkeeper verify` names all. Get the bundle again"
        raise ArchiveDamaged(reason, remedy=remedy, where=path)
    if report.seal["kind"] != "whole":
        raise InputError("a redacted bundle cannot be made again", remedy="Replay the whole bundle", where=str(bundle))
    return replay_payload(bundle / "data", ruleset=ruleset, on_step=on_step)


def replay_payload(data: Path, *, ruleset: str | None = None, on_step: Step = lambda _: None) -> Replayed:
    """The same for the payload of a bag that is not sealed yet."""
    software = _decoded(data / SOFTWARE, Software)
    with tempfile.TemporaryDirectory(prefix="lightkeeper-replay-") as made:
        room = Path(made)
        case = _lay_out(data, room)
        wanted = _choice(data, room, software, ruleset)
        with chosen(wanted):
            judged_by = current_ruleset()
            settings = Settings(data_dir=room / "data")
            table = next(listing(room / "data"), None)
            build_case(room / CASE / case, room / "out", settings, table=table, on_step=on_step)
        on_step("Compare")
        pairs = _pairs(data, room, case)
        found = list(differences(pairs))
    return Replayed(case, judged_by, len(pairs), found, same_software(software))


def _lay_out(data: Path, room: Path) -> str:
    """Put case, archive and imported tables of a bundle where a build looks for them. Returns the id of the case."""
    [folder] = sorted((data / CASE).iterdir())
    shutil.copytree(folder, room / CASE / folder.name)
    archive = Archive(room / "data" / "archive")
    for file in _decoded(data / RAW / "files.json", list[File]):
        path = place_of(file, folder.name, data)
        with path.open("rb") as stored:
            archive.add_stream(
                iter(lambda stored=stored: stored.read(1 << 20), b""),  # type: ignore[misc]
                source=file.source,
                url=file.url,
                licence=file.licence,
                media_type=file.media_type,
                retrieved_at=file.retrieved_at,
            )
    if (data / INPUTS).is_dir():
        shutil.copytree(data / INPUTS, room / "data" / "tables")
    if (data / FACTS).is_dir():
        shutil.copytree(data / FACTS, room / "data" / "reference")
    return folder.name


def place_of(file: File, case_id: str, data: Path) -> Path:
    """Where the payload holds a raw file: in the folder of the case, or by its hash."""
    inside = file.url.removeprefix(f"cases/{case_id}/")
    return data / CASE / case_id / inside if file.source == "case" and inside != file.url else data / RAW / file.sha256


def _choice(data: Path, room: Path, software: Software, ruleset: str | None) -> Choice | None:
    """The rules of the bundle, where this version's own are others."""
    if ruleset is not None:
        return choice(ruleset, None, room / "data")
    if software.ruleset == current_ruleset():
        return None
    rules, _, reference = software.ruleset.partition("+")
    kept = data / REFERENCE
    contents = {p.relative_to(kept).as_posix(): p.read_bytes() for p in sorted(kept.rglob("*")) if p.is_file()}
    found = Reference(contents, software.reference_libraries)
    if found.name != reference:
        raise InputError("its reference is not what its name says", remedy="Get the bundle again", where=str(kept))
    references.save(found, [], room / "data")
    return Choice(str(data / RULES / f"{rules}.tsv"), reference, room / "data")


def _pairs(data: Path, room: Path, case: str) -> dict[str, tuple[Path, Path]]:
    """Each file that the bundle has or that was made again, by its name: where it lies in both."""
    pages = room / "out" / case
    found: dict[str, tuple[Path, Path]] = {}
    for home in (data / PAGES, pages):
        for path in sorted(p for p in home.rglob("*") if p.is_file()):
            name = path.relative_to(home).as_posix()
            found[f"{PAGES}/{name}"] = (data / PAGES / name, pages / name)
    tables = Lake(room / "data" / "tables")
    for name in sorted({p.stem for p in (data / TABLES_AT).glob("*.parquet")} | set(made_tables(tables, case))):
        again = tables.root / name / f"{case}.parquet"
        found[f"{TABLES_AT}/{name}.parquet"] = (data / TABLES_AT / f"{name}.parquet", again)
    ledger = f"{PAGES}/ledger.json"
    first = sorted(found, key=lambda name: (name != ledger, not name.startswith(TABLES_AT), name))
    return {name: found[name] for name in first}


def made_tables(lake: Lake, case: str) -> list[str]:
    """Names of the tables in which a case has a part."""
    return sorted(t.table_name for t in TABLES if (lake.root / t.table_name / f"{case}.parquet").is_file())


def _decoded(path: Path, kind: Any) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        remedy = "Only a bundle that `lightkeeper seal` made can be replayed"
        raise InputError("the bundle lacks what a replay needs", remedy=remedy, where=str(path)) from error
