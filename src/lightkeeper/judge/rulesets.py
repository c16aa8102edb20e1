"""Rulesets: the rules of a release written down, found again by their name, and put in force."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.judge import rule, verdicts
from lightkeeper.judge.digest import digest_of, digest_of_engine, digest_of_facts
from lightkeeper.judge.rule import RETIRED, RULES, Rule
from lightkeeper.observe import reference
from lightkeeper.observe.reference import Reference

RELEASED = "released"
"""Folder of this room with a file for each ruleset that was released."""
NAME = re.compile(r"lk-\d{1,5}-[0-9a-f]{12}")
COLUMNS = ("order", "id", "version", "layer", "state", "mechanism", "when", "otherwise", "doubt", "sha256")
MAX_RULES = 10_000
_FIRST = "# Lightkeeper ruleset"

Rules = Mapping[str, Sequence[Rule]]


class Manifest(msgspec.Struct, frozen=True):
    """A ruleset as it was written down: its name, the version that made it, and a row for each rule.

    `engine` and `facts` are digests of the code that puts verdicts together, and that makes facts of records.
    """

    name: str
    made_by: str
    engine: str
    facts: str
    rows: list[tuple[str, ...]]


def freeze(made_by: str) -> tuple[str, str]:
    """Name and text of the manifest of the current rules; `made_by` is the version of Lightkeeper.

    The text is tab-separated, with COLUMNS; `sha256` is the digest of a rule's condition.
    """
    name = rule.name_of(RULES)
    head = [f"{_FIRST}\t{name}\t{made_by}\t{digest_of_engine()}\t{digest_of_facts()}", "\t".join(COLUMNS)]
    return name, "\n".join([*head, *("\t".join(row) for row in rule.rows_of(RULES))]) + "\n"


def read_manifest(text: str, where: str) -> Manifest:
    """The manifest in a text. Raises InputError with `file:line` for anything else."""
    remedy = "Take the file as `lightkeeper ruleset freeze` wrote it"
    lines = text.splitlines()
    head = lines[0].split("\t") if lines else []
    if len(head) != 5 or head[0] != _FIRST or lines[1:2] != ["\t".join(COLUMNS)] or len(lines) > MAX_RULES:
        raise InputError("this is not a ruleset", remedy=remedy, where=where)
    rows = []
    for number, line in enumerate(lines[2:], 3):
        cells = tuple(line.split("\t"))
        if len(cells) != len(COLUMNS) or cells[3] not in RULES or not cells[2].isdigit() or len(cells[2]) > 6:
            raise InputError("this is not a rule", remedy=remedy, where=f"{where}:{number}")
        rows.append(cells)
    return Manifest(head[1], head[2], head[3], head[4], rows)


def caution(manifest: Manifest) -> str | None:
    """What a person must know who judges by it: that records may be read otherwise since. None where they are not."""
    if manifest.facts == digest_of_facts():
        return None
    return (
        f"Records are read otherwise since Lightkeeper {_version(manifest)}, so that facts may differ. For the same "
        "bytes judge with that version"
    )


def rules_of(manifest: Manifest) -> dict[str, list[Rule]]:
    """The rules that a manifest names, from those that this version has, retired ones included.

    Raises InputError where a condition is missing, where verdicts are put together otherwise now, and where the
    manifest does not have the name that it bears: then its verdicts cannot be made again to the letter.
    """
    remedy = f"Install Lightkeeper {_version(manifest)}, which has it, and judge with that"
    known = {(digest_of(r.fires), r.id): r for r in (*RETIRED, *(r for found in RULES.values() for r in found))}
    made: dict[str, list[Rule]] = {layer: [] for layer in RULES}
    for _, id, version, layer, state, mechanism, when, otherwise, doubt, sha256 in manifest.rows:
        if (sha256, id) not in known:
            raise InputError(f"this version has no rule {id[:80]} as it was", remedy=remedy, where=manifest.name)
        made[layer].append(
            msgspec.structs.replace(
                known[sha256, id],
                version=int(version),
                layer=layer,
                state=state,
                mechanism=mechanism or None,
                when=_OUTCOMES.get(when, "any"),
                otherwise=otherwise == "yes",
                doubt=doubt or None,
            )
        )
    if manifest.engine != digest_of_engine():
        raise InputError("verdicts are put together otherwise since", remedy=remedy, where=manifest.name)
    if rule.name_of(made) != manifest.name:
        remedy = "Take the file as it was released"
        raise InputError("the ruleset was changed: it has another hash", remedy=remedy, where=manifest.name)
    return made


_OUTCOMES: dict[str, rule.Outcome] = {
    "worked": "worked",
    "failed": "failed",
    "odd": "odd",
    "compared": "compared",
}


def _version(manifest: Manifest) -> str:
    return manifest.made_by if re.fullmatch(r"[0-9A-Za-z.+\-]{1,40}", manifest.made_by) else "of an unknown version"


def released() -> dict[str, str]:
    """Texts of the manifests that this version carries, by name."""
    folder = files("lightkeeper.judge").joinpath(RELEASED)
    if not folder.is_dir():
        return {}
    return {
        e.name.removesuffix(".tsv"): e.read_text(encoding="utf-8") for e in folder.iterdir() if e.name[-4:] == ".tsv"
    }


def put_in_force(rules: Rules | None, facts: Reference | None) -> None:
    """Judge by these rules and this reference in this process from now on; none are the current ones."""
    reference.put_in_force(facts)
    rule.put_in_force(rules)
    verdicts.current_ruleset.cache_clear()


@contextmanager
def in_force(rules: Rules | None, facts: Reference | None) -> Iterator[None]:
    """Judge by these rules and this reference within the block, and by the current ones after it."""
    try:
        put_in_force(rules, facts)
        yield
    finally:
        put_in_force(None, None)
