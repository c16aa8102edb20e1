"""Files over HTTP: what a build wrote and nothing else, kept in memory with its ETag and, where it pays, packed.

A folder of built cases may hold what is for nobody: sealed bundles with the secret of their blinding, notes, files that
begin with a dot. So a case gives the files that its manifest names, and the folder those that every build writes there.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

import anyio
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response

from lightkeeper.errors import InputError
from lightkeeper.evidence.manifest import MANIFEST, listed
from lightkeeper.publish.web.guard import Receive, Scope, Send

OF_THE_SITE = re.compile(
    r"(?:[a-z]{2}/)?(?:index\.html|style\.css|countries/[A-Z]{2}\.html|fonts/[A-Za-z0-9._-]+)", re.ASCII
)
"""What every build writes beside the cases."""
CASE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
FILE_MAX = 64 << 20
"""Bytes of a file that is served. The largest that a build writes has a few."""
KEPT_MAX = 128 << 20
"""Bytes of files and of their packed forms that are kept in memory."""
PACKED_FROM = 1 << 10
PACKS = re.compile(r"text/.*|application/(?:.*json|.*xml|javascript)|image/svg\+xml")
MORE_TYPES = {
    ".atom": "application/atom+xml", ".csv": "text/csv", ".jsonld": "application/ld+json", ".md": "text/markdown",
    ".woff2": "font/woff2",
}  # fmt: skip
Mark = tuple[int, int]


class Kept(NamedTuple):
    """A file in memory: when and how large it was on the disk, its bytes, the same packed, its ETag and type."""

    mark: Mark
    body: bytes
    packed: bytes | None
    etag: str
    media_type: str


class Files:
    """ASGI application over the folder of built cases."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0
        self._named: dict[str, tuple[Mark, frozenset[str]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await anyio.to_thread.run_sync(self._answer, str(scope["path"]), Headers(scope=scope))
        await answer(scope, receive, send)

    def _answer(self, path: str, asked: Headers) -> Response:
        name = path.lstrip("/")
        if name == "" or name.endswith("/"):
            name += "index.html"
        elif self._is_served(f"{name}/index.html"):
            return RedirectResponse(f"/{name}/", status_code=308)
        kept = self._file(name) if self._is_served(name) else None
        if kept is None:
            return JSONResponse({"detail": "there is no such page"}, status_code=404)
        packs = kept.packed is not None and _takes_gzip(asked.get("accept-encoding", ""))
        etag = f'"{kept.etag}-gz"' if packs else f'"{kept.etag}"'
        headers = {"etag": etag, "vary": "accept-encoding"}
        if packs:
            headers["content-encoding"] = "gzip"
        if etag in {one.strip().removeprefix("W/") for one in asked.get("if-none-match", "").split(",")}:
            return Response(status_code=304, headers={k: v for k, v in headers.items() if k != "content-encoding"})
        body = kept.packed if packs and kept.packed is not None else kept.body
        return Response(body, headers=headers, media_type=kept.media_type)

    def _is_served(self, name: str) -> bool:
        """Whether a build wrote a file of this name."""
        if OF_THE_SITE.fullmatch(name):
            return True
        case, _, inside = name.partition("/")
        return bool(CASE.fullmatch(case)) and (inside == MANIFEST or inside in self._of_case(case))

    def _of_case(self, case: str) -> frozenset[str]:
        """The files that the manifest of a case names; none where it has none that can be read."""
        path = self.root / case / MANIFEST
        try:
            told = path.stat()
            mark = (told.st_mtime_ns, told.st_size)
            known = self._named.get(case)
            if known is None or known[0] != mark:
                known = self._named[case] = (mark, frozenset(listed(path.parent)))
        except (OSError, InputError):
            return frozenset()
        return known[1]

    def _file(self, name: str) -> Kept | None:
        """A file as it lies there now. No link is followed."""
        path = self.root / name
        try:
            if any((self.root / part).is_symlink() for part in _ways(name)):
                return None
            told = path.stat()
            mark = (told.st_mtime_ns, told.st_size)
            kept = self._kept.get(name)
            if kept is not None and kept.mark == mark:
                self._kept.move_to_end(name)
                return kept
            if not path.is_file() or told.st_size > FILE_MAX:
                return None
            body = path.read_bytes()
        except (OSError, ValueError, KeyError):
            return None
        return self._keep(name, body, mark)

    def _keep(self, name: str, body: bytes, mark: Mark) -> Kept:
        kind = MORE_TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        packed = gzip.compress(body, 6, mtime=0) if len(body) >= PACKED_FROM and PACKS.fullmatch(kind) else None
        kept = Kept(mark, body, packed, hashlib.sha256(body).hexdigest()[:32], kind)
        before = self._kept.pop(name, None)
        self._bytes += _size(kept) - (_size(before) if before else 0)
        self._kept[name] = kept
        while self._bytes > KEPT_MAX and len(self._kept) > 1:
            self._bytes -= _size(self._kept.popitem(last=False)[1])
        return kept


def _size(kept: Kept) -> int:
    return len(kept.body) + len(kept.packed or b"")


def _ways(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]


def _takes_gzip(accepted: str) -> bool:
    """Whether a client takes gzip (RFC 9110, section 12.5.3)."""
    for one in accepted.lower().split(","):
        coding, _, weight = one.partition(";")
        if coding.strip() in ("gzip", "x-gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
