"""Words of notices: what an entry says of an event, its scope, and how a source fell silent."""

from __future__ import annotations

from lightkeeper.publish.tongue import n_

SOURCE = "source"
"""The scope of an entry that is about a source, and not about the network."""
TAKEN_BACK = ("withdrawn", "merged")
"""Changes that take back what was told: they are sent as corrections."""

CORRECTED = (*TAKEN_BACK, "renamed")
"""Changes that correct what was told."""

HEADS = {
    "new": n_("New"),
    "grew": n_("Wider or deeper"),
    "shrank": n_("Less than was told"),
    "moved": n_("Other times than were told"),
    "renamed": n_("Correction"),
    "joined": n_("Found by ourselves too"),
    "verified": n_("Verified by its source"),
    "ended": n_("Over"),
    "reopened": n_("Goes on after all"),
    "merged": n_("Correction"),
    "withdrawn": n_("Correction"),
    "returned": n_("Found again"),
}
"""Change to the first word of a subject."""

CHANGES = {
    "grew": n_("It is wider or deeper than what was told before."),
    "shrank": n_("Later data took back a part of what was told."),
    "moved": n_("It began or ended at another time than was told."),
    "renamed": n_("It is something else than what was told before."),
    "joined": n_("What others recorded overlaps an event that we found by ourselves."),
    "verified": n_("Somebody at the source has verified it."),
    "ended": n_("It is over, as far as can be seen."),
    "reopened": n_("It was told to be over, and it goes on."),
    "returned": n_("It was taken back before, and is found again."),
}
"""Change to what it means, in one sentence."""

SCOPES = {
    "national": n_("national"),
    "regional": n_("in a part of the country"),
    "operator": n_("of some networks"),
    "mobile": n_("of mobile networks"),
    "service": n_("of some services"),
    "vpn": n_("of VPNs"),
    "throttling": n_("of speed"),
    "one_witness": n_("seen by one kind of witness alone"),
    "unknown": n_("of unknown extent"),
}
"""Scope to how far it reaches."""

SILENCES = {
    "no_delivery": n_("A source does not answer"),
    "no_news": n_("A source has nothing new"),
    "never": n_("A source has never given data"),
}
"""Kind of an entry about a source to what is wrong."""
