"""The library: the built cases of a folder, read again when a build has changed them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import msgspec

Kind = Literal["ledger", "incidents", "sources"]
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
BYTES_MAX = 256 << 20


class NotThere(LookupError):
    """There is no such case, or its file cannot be read. The text says which, and names no folder of the machine."""


class Library:
    """Built cases by id. A file is read once for each change of its size or time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._kept: dict[tuple[str, str], tuple[tuple[int, int], dict[str, Any]]] = {}

    def ids(self) -> list[str]:
        """Ids of all cases that have a ledger, sorted."""
        return sorted(p.parent.name for p in self.root.glob("*/ledger.json") if _NAME.fullmatch(p.parent.name))

    def read(self, case_id: str, kind: Kind) -> dict[str, Any]:
        """The JSON file of a case. Raises NotThere for a name that is none, and a file that cannot be used."""
        if not _NAME.fullmatch(case_id):
            raise NotThere("there is no such case")
        path = self.root / case_id / f"{kind}.json"
        try:
            told = path.stat()
            mark = (told.st_mtime_ns, told.st_size)
            kept = self._kept.get((case_id, kind))
            if kept is None or kept[0] != mark:
                if told.st_size > BYTES_MAX:
                    raise NotThere(f"{kind}.json of the case is too large to serve")
                kept = (mark, msgspec.json.decode(path.read_bytes(), type=dict[str, Any]))
                self._kept[case_id, kind] = kept
        except OSError as error:
            raise NotThere("there is no such case") from error
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise NotThere(f"{kind}.json of the case cannot be read: build it again") from error
        return kept[1]
