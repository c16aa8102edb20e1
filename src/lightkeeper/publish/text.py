"""Text from outside, made safe to show: cleaned, cut, linked only where a link is safe, named only by safe names."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import urlsplit, urlunsplit

import idna
from markupsafe import Markup

# Zero-width joiner and non-joiner stay: Persian and Arabic are misspelt without them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_SPACE = re.compile("[^\\S\u00a0\u202f]+")
_UNSAFE_NAME = re.compile(r"[^A-Za-z0-9._-]+")
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a formula may begin, also in full width, which some spreadsheets read as the same."""


def clean(text: str) -> str:
    """The text without control characters, bidi overrides and other characters that are not seen."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, limit: int = 400) -> str:
    """The text cleaned, on one line, and cut with `…` after `limit` characters."""
    flat = spaced(clean(text))
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def spaced(text: str) -> str:
    """The text with one space where there were several or a line ended. No-break spaces stay: French needs them."""
    return _SPACE.sub(" ", text).strip()


def bdi(text: object) -> Markup:
    """Text from outside, escaped, and isolated so that its direction cannot turn the words around it."""
    return Markup("<bdi>{}</bdi>").format(clean(str(text)))


def with_code(text: str) -> Markup:
    """The same as `bdi`, with what stands between backticks as code: a command to type."""
    return Markup(re.sub(r"`([^`<>]+)`", r"<code>\1</code>", str(bdi(text))))  # noqa: S704 - escaped by bdi


def without_code(text: str) -> str:
    """The text without what stands between backticks: a letter names what is missing, and gives no commands."""
    return re.sub(r"\s*\(`[^`]*`\)|:?\s*`[^`]*`", "", text)


def safe_url(url: str | None) -> str | None:
    """The address, if it is http or https with a host and no user name; otherwise none, and no link is made.

    A host with letters beyond ASCII is given as RFC 5891 sends it (`xn--…`): two names that look alike are then told
    apart by eye. One that IDNA 2008 forbids makes no link.
    """
    if not url or clean(url) != url or re.search(r"[\s<>\"'\\`]", url):
        return None
    try:
        parts = urlsplit(url)
        host, user, _ = parts.hostname, parts.username, parts.port
        if parts.scheme.lower() not in {"http", "https"} or not host or user is not None:
            return None
        if host.isascii():
            return url
        return urlunsplit(parts._replace(netloc=parts.netloc.lower().replace(host, _ascii_host(host))))
    except ValueError:  # also what idna raises
        return None


def _ascii_host(host: str) -> str:
    return idna.encode(host, uts46=True, transitional=False).decode("ascii")


def host_of(url: str) -> str:
    """The host of an address that `safe_url` let pass: `example.org`."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def sentence(text: str) -> str:
    """The text with a full stop, unless it ends with one or with another mark."""
    bare = clean(text).rstrip()
    return bare if bare.endswith((".", "!", "?", "…", ":", ";")) or not bare else f"{bare}."


def safe_name(text: str) -> str:
    """A name for a file or an anchor: letters, digits, `.`, `_`, `-`. Two different texts never get the same name."""
    plain = _UNSAFE_NAME.sub("-", text).strip("-.")
    if plain and plain == text and len(plain) <= 80:
        return plain
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain[:60].strip('-.') or 'x'}-{digest}"


def public_place(place: str) -> str:
    """A URL or relative path as it is; of an absolute path only the file's name, since folders name people."""
    if "://" in place and not place.lower().startswith("file:"):
        return place
    bare = re.sub(r"^file:(//)?", "", place, flags=re.IGNORECASE)
    windows = PureWindowsPath(bare)
    if windows.drive or "\\" in bare:
        return windows.name
    return PurePosixPath(bare).name if bare.startswith(("/", "~")) else bare


def csv_field(value: object) -> str:
    """A value for a CSV file. Text that a spreadsheet would run as a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, str):
        flat = one_line(value, 2000)
        return f"'{flat}" if flat.startswith(FORMULA) else flat
    return str(value)


def joined(items: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def counted(n: int, one: str, many: str | None = None) -> str:
    """`1 incident`, `12,000 incidents`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
