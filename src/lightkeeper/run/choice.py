"""Choice: the rules and the reference that a run judges by, named so that every process can take the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from lightkeeper import __version__
from lightkeeper.archive import atomic
from lightkeeper.errors import InputError
from lightkeeper.judge import rulesets
from lightkeeper.judge.rule import RULES, name_of
from lightkeeper.observe.reference import Reference
from lightkeeper.run import references

RULESETS = "rulesets"


class Choice(msgspec.Struct, frozen=True):
    """Names of a ruleset and of a reference, and the folder where they are kept; none are the current ones."""

    ruleset: str | None = None
    reference: str | None = None
    data: Path = Path("data")


def choice(ruleset: str | None, reference: str | None, data: Path) -> Choice | None:
    """The choice that a person made; none where they made none.

    A ruleset may be named as it stands in a verdict, `<rules>+<reference>`, and so name both.
    """
    rules, plus, named = (ruleset or "").partition("+")
    if plus and reference and reference.removeprefix("ref-") != named.removeprefix("ref-"):
        raise InputError("the ruleset names another reference", remedy="Leave out one of the two")
    wanted = reference or named or None
    return Choice(rules or None, wanted, data) if rules or wanted else None


@contextmanager
def chosen(wanted: Choice | None) -> Iterator[None]:
    """Judge by what was chosen within the block. Raises InputError where it is not here, or cannot be used."""
    if wanted is None:
        yield
        return
    with rulesets.in_force(*_load(wanted)):
        yield


def cautions(wanted: Choice | None) -> list[str]:
    """What a person must know about their choice, beside the verdicts."""
    manifest = _manifest(wanted.ruleset, wanted.data) if wanted and wanted.ruleset else None
    said = rulesets.caution(manifest) if manifest else None
    return [said] if said else []


def put_in_force(wanted: Choice | None) -> None:
    """Judge by what was chosen in this process from now on."""
    if wanted is not None:
        rulesets.put_in_force(*_load(wanted))


def manifests(data: Path) -> dict[str, str]:
    """Texts of the rulesets that are kept, by name: those of this version, and those in the data folder."""
    kept = {path.stem: _text(path) for path in sorted((data / RULESETS).glob("lk-*.tsv"))}
    return {**kept, **rulesets.released()}


def freeze_into(folder: Path) -> Path:
    """Write the current rules into `folder/<name>.tsv`; a file that is there is left as it is."""
    name, text = rulesets.freeze(__version__)
    final = folder / f"{name}.tsv"
    if not final.exists():
        with atomic.writing(folder), atomic.workspace(folder / "tmp") as made:
            atomic.write_file(made / final.name, text.encode())
            atomic.publish_once(made / final.name, final)
    return final


def _load(wanted: Choice) -> tuple[rulesets.Rules | None, Reference | None]:
    facts = references.load(wanted.reference, wanted.data) if wanted.reference else None
    return (_rules(wanted.ruleset, wanted.data) if wanted.ruleset else None), facts


def _rules(name: str, data: Path) -> rulesets.Rules | None:
    manifest = _manifest(name, data)
    return rulesets.rules_of(manifest) if manifest else None


def _manifest(name: str, data: Path) -> rulesets.Manifest | None:
    if name == name_of(RULES):
        return None
    if rulesets.NAME.fullmatch(name):
        text = manifests(data).get(name)
        if text is None:
            remedy = "`lightkeeper ruleset list` names those that are; the version that made it has it too"
            raise InputError(f"no ruleset {name} is kept", remedy=remedy)
        return rulesets.read_manifest(text, name)
    if Path(name).is_file():
        return rulesets.read_manifest(_text(Path(name)), name)
    raise InputError(f"`{name[:80]}` names no ruleset", remedy="Give a name such as lk-62-0123456789ab, or its file")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("the ruleset cannot be read", remedy="Check the file", where=str(path)) from error
