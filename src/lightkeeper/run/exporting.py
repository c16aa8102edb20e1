"""Export a built case: its rows from the tables, in the forms that others use, into a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from lightkeeper import __version__
from lightkeeper.archive.atomic import replace_file
from lightkeeper.errors import InputError
from lightkeeper.model import Ask, Document, Event, File, Incident, Table
from lightkeeper.publish.exports.accessnow import accessnow_csv
from lightkeeper.publish.exports.cap import Sent, Status, cap_alert, cap_cancel, sent_before
from lightkeeper.publish.exports.citation import bibtex, csl_json, ris
from lightkeeper.publish.exports.jsonld import json_ld
from lightkeeper.publish.exports.misp import misp_event
from lightkeeper.publish.exports.package import datapackage
from lightkeeper.publish.exports.record import Record
from lightkeeper.publish.exports.stix import stix_bundle
from lightkeeper.publish.languages import ENGLISH, WHOLE
from lightkeeper.publish.text import safe_name
from lightkeeper.sources.case_files import load_case
from lightkeeper.sources.case_words import load_words
from lightkeeper.store.lake import Lake

TEXTS: dict[str, tuple[str, Callable[[Record], str]]] = {
    "accessnow": ("accessnow.csv", accessnow_csv),
    "stix": ("stix.json", stix_bundle),
    "misp": ("misp.json", misp_event),
    "bibtex": ("citations.bib", bibtex),
    "ris": ("citations.ris", ris),
    "csl": ("citations.json", csl_json),
}
"""Forms that are one text file each: the name of the form, of its file, and what makes it."""
FORMS = (*TEXTS, "jsonld", "cap", "frictionless")
_TABLES: tuple[type[Table], ...] = (Ask, Document, Event, Incident)


def export_case(
    folder: Path,
    out: Path,
    data_dir: Path,
    forms: Sequence[str],
    *,
    sender: str,
    sent: datetime,
    status: Status = "Exercise",
) -> list[Path]:
    """Write the record of the case in `folder` into `out`, and return the files, sorted.

    The case must have been built: its rows are those of the tables. Raises InputError where they are not there, or a
    form is not known. `sender`, `sent` and `status` are for CAP.
    """
    if unknown := [form for form in forms if form not in FORMS]:
        raise InputError(f"`{unknown[0]}` is no form of export", remedy=f"Name one of: {', '.join(FORMS)}")
    case, lake = load_case(folder), Lake(data_dir / "tables")
    if case.id not in lake.parts(Ask):
        raise InputError(f"the case {case.id} was not built yet", remedy=f"Run `lightkeeper case build {folder}` first")
    documents = lake.read(Document, case.id)
    record = Record(
        case=case,
        version=__version__,
        incidents=lake.read(Incident, case.id),
        documents=documents,
        words=load_words(folder, case, documents),
        events=lake.read(Event, case.id),
        asks=lake.read(Ask, case.id),
    )
    made: dict[str, bytes] = {}
    for form in dict.fromkeys(forms):
        if form in TEXTS:
            name, make = TEXTS[form]
            made[name] = make(record).encode("utf-8")
        elif form == "jsonld":
            for one in WHOLE:
                name = "dataset.jsonld" if one == ENGLISH else f"dataset.{one.code}.jsonld"
                made[name] = json_ld(record, one).encode("utf-8")
        elif form == "cap":
            made |= dict(_alerts(record, out, sender, sent, status))
        else:
            made |= _package(record, lake)
    return sorted(_write(out / name, body) for name, body in made.items())


def _alerts(record: Record, out: Path, sender: str, sent: datetime, status: Status) -> Iterator[tuple[str, bytes]]:
    """An alert for each incident of the window that is new or another than the one in the folder, and a cancellation
    for each alert whose incident is retracted, or no longer in the window or in the record.

    A retracted incident that was never told needs no alert. What stood before is kept beside, under its time. Raises
    InputError where the folder holds alerts of another status: an exercise cannot change what was actual.
    """
    told = dict(_told(record, out, status))
    for incident in sorted((i for i in record.incidents if i.in_window), key=lambda i: i.incident_id):
        name = f"cap/{safe_name(incident.incident_id)}.xml"
        old, before = told.pop(name, (b"", None))
        if before is None and incident.rung == "retracted":
            continue
        new = cap_alert(record, incident, sender=sender, sent=sent, status=status, before=before)
        if before is None or _content(old) != _content(new):
            yield from _kept(old, before)
            yield name, new
    for name, (old, before) in told.items():
        if before.kind != "Cancel":
            yield from _kept(old, before)
            yield name, cap_cancel(record.case.id, old, sender=sender, sent=sent)


def _told(record: Record, out: Path, status: Status) -> Iterator[tuple[str, tuple[bytes, Sent]]]:
    """The last alert on each incident of the case, as the folder has it. Alerts of other cases are left alone."""
    for path in sorted(out.glob("cap/*.xml")):
        old = path.read_bytes()
        try:
            before = sent_before(old)
        except InputError as error:
            raise InputError(error.what, remedy=error.remedy, where=str(path)) from error
        if not before.identifier.startswith(f"{record.case.id}."):
            continue
        if before.status != status:
            remedy = f"Name `--status {before.status}`, or another folder with `--out`"
            raise InputError(f"the folder holds an alert with status {before.status}", remedy=remedy, where=str(path))
        yield f"cap/{path.name}", (old, before)


def _kept(old: bytes, before: Sent | None) -> Iterator[tuple[str, bytes]]:
    if before is not None:
        yield f"cap/replaced/{safe_name(before.identifier)}.xml", old


def _content(xml: bytes) -> tuple[bool, bytes]:
    """What an alert says of its incident: an alert of the same words need not be sent again."""
    return b"<msgType>Cancel</msgType>" in xml, xml[xml.index(b"<info>") :]


def _package(record: Record, lake: Lake) -> dict[str, bytes]:
    bodies = {t: (lake.root / t.table_name / f"{record.case.id}.parquet").read_bytes() for t in _TABLES}
    licences = [f.licence or "" for f in lake.read(File, record.case.id)]
    described = datapackage(record, bodies, licences).encode("utf-8")
    files = {f"package/{t.table_name}.parquet": body for t, body in bodies.items()}
    return {**files, "package/datapackage.json": described}


def _write(path: Path, body: bytes) -> Path:
    """A file appears whole or not at all: an alert that was cut off could not be updated."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f".{path.name}.tmp")
        made.write_bytes(body)
        replace_file(made, path)
    except OSError as error:
        remedy = "Choose a folder that you may write to"
        raise InputError(f"cannot write: {error.strerror}", remedy=remedy, where=str(path)) from error
    return path
