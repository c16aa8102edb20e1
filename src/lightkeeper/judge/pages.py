"""Pages: whether a page that a probe got is the one that the control got."""

from __future__ import annotations

from lightkeeper.model import Control, Observation

SAME_LENGTH = 0.7
"""Share of the longer body that the shorter must have to count as the same page (OONI ts-017)."""
COMMON_HEADERS = frozenset(
    "accept-ranges age alt-svc cache-control connection content-encoding content-language content-length content-type "
    "date etag expires keep-alive last-modified location pragma server set-cookie strict-transport-security "
    "transfer-encoding upgrade vary via x-cache x-content-type-options x-frame-options x-powered-by "
    "x-xss-protection".split()
)
"""Headers that most servers send, and that therefore tell no site from another."""
LONGEST_NOTICE = 128 * 1024
"""Bytes above which a page is no notice of a block, and below which no probe cuts a page."""
_ORIGIN = frozenset({"date", "server"})
"""What a web server sends of itself: an origin server with a clock sends the date (RFC 9110, section 6.6.1)."""
_LEAST_HEAD = 3
"""Names of headers that the head of a page must have, to be known again by them."""


def same_page(seen: Observation, page: Control | None) -> bool:
    """The page is the control's: by its title, by headers that only this site sends, or by its length with its status.

    The length alone says nothing where both titles are known and differ.
    """
    if page is None or seen.http_failure is not None or seen.http_status is None:
        return False
    if seen.http_title and seen.http_title == page.http_title:
        return True
    if seen.http_status != page.http_status:
        return False
    shared = set(seen.http_header_names) & set(page.http_header_names)
    if len(shared - COMMON_HEADERS) >= 2:
        return True
    if seen.http_title and page.http_title:
        return False
    return _same_length(seen, page)


def same_head(seen: Observation, page: Control | None) -> bool:
    """The body was cut, and what is left agrees: the status, the names of all headers, and the title if it is there."""
    return (
        page is not None
        and seen.http_body_truncated
        and seen.http_status == page.http_status
        and len(seen.http_header_names) >= _LEAST_HEAD
        and seen.http_header_names == page.http_header_names
        and seen.http_title in (None, page.http_title)
    )


def very_page(seen: Observation, page: Control | None) -> bool:
    """The control's page beyond doubt: its title, and with it a header that few send, or the length."""
    if page is None or not seen.http_title or seen.http_title != page.http_title:
        return False
    shared = set(seen.http_header_names) & set(page.http_header_names)
    return seen.http_status == page.http_status and (bool(shared - COMMON_HEADERS) or _same_length(seen, page))


def has_bare_head(seen: Observation, page: Control | None) -> bool:
    """The head lacks what a web server says of itself, while the site's own server said it to the control."""
    theirs = set(page.http_header_names) if page is not None else set()
    return not _ORIGIN & set(seen.http_header_names) and bool(_ORIGIN & theirs)


def _same_length(seen: Observation, page: Control) -> bool:
    mine, theirs = seen.http_body_bytes, page.http_body_bytes
    if not mine or not theirs:
        return False
    if min(mine, theirs) / max(mine, theirs) >= SAME_LENGTH:
        return True
    # a probe keeps at most 2^19 bytes, and not all of them say that they cut
    return LONGEST_NOTICE <= mine <= theirs and (seen.http_body_truncated or mine & (mine - 1) == 0)
