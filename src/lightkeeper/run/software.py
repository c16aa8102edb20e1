"""Software: which program made a bundle, so that a replay can say what is other here."""

from __future__ import annotations

import hashlib
import platform
import re
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.resources import files

import msgspec

from lightkeeper import __version__
from lightkeeper.judge.verdicts import current_ruleset
from lightkeeper.observe.reference import current

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_OURS = (".py", ".toml", ".tsv", ".html", ".typ", ".css")


class Software(msgspec.Struct, frozen=True):
    """The program and what it stands on. `code` is a SHA-256 over the files of the program."""

    lightkeeper: str
    code: str
    python: str
    libraries: dict[str, str]
    ruleset: str
    reference_libraries: dict[str, str]


def software() -> Software:
    """The program that runs now."""
    return Software(
        lightkeeper=__version__,
        code=_code(),
        python=platform.python_version(),
        libraries=_libraries(),
        ruleset=current_ruleset(),
        reference_libraries=current().libraries,
    )


def same_software(then: Software) -> list[str]:
    """What is other here than it was for a bundle, one sentence each. None where all is the same."""
    now, said = software(), []
    if then.lightkeeper != now.lightkeeper:
        said.append(f"The bundle was made by Lightkeeper {then.lightkeeper}, this is {now.lightkeeper}.")
    elif then.code != now.code:
        said.append(f"This program calls itself Lightkeeper {now.lightkeeper} too, but its files are others.")
    for name in sorted(then.libraries.keys() | now.libraries.keys()):
        before, here = then.libraries.get(name, "none"), now.libraries.get(name, "none")
        if before != here:
            said.append(f"{name} was {before}, and is {here} here.")
    return said


@lru_cache(maxsize=1)
def _code() -> str:
    home = files("lightkeeper")
    made, waiting, found = hashlib.sha256(), [("", home)], {}
    while waiting:
        at, folder = waiting.pop()
        for entry in folder.iterdir():
            name = f"{at}{entry.name}"
            if entry.is_dir() and entry.name != "__pycache__":
                waiting.append((f"{name}/", entry))
            elif entry.name.endswith(_OURS):
                found[name] = hashlib.sha256(entry.read_bytes()).hexdigest()
    made.update("".join(f"{digest}  {name}\n" for name, digest in sorted(found.items())).encode())
    return made.hexdigest()


def _libraries() -> dict[str, str]:
    """Versions of what Lightkeeper needs, without what is for its development only."""
    try:
        needed = [text for text in requires("lightkeeper") or [] if "extra ==" not in text]
    except PackageNotFoundError:
        needed = []
    found = {}
    for text in needed:
        named = _NAME.match(text)
        try:
            found.update({named[0].lower(): version(named[0])} if named else {})
        except PackageNotFoundError:
            continue
    return dict(sorted(found.items()))
