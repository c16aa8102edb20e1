"""Beside: what comparisons of whole tables say of one measurement, out of its control rows.

Unlike what `proof` weighs, these stand beside a record's own control too: they are about speeds, about issuers of
certificates and about pages, which no test helper compares.
"""

from __future__ import annotations

from collections.abc import Iterable

from lightkeeper.judge.everywhere import EVERYWHERE, fails_in_most, said_of_everywhere
from lightkeeper.judge.failure import WRONG
from lightkeeper.judge.injection import (
    ANSWERS,
    SILENCE,
    missing_for_injection,
    missing_for_silence,
    said_of_injection,
    said_of_silence,
)
from lightkeeper.judge.interception import ISSUERS, missing_for_issuer, said_of_issuer
from lightkeeper.judge.likeness import PAGES, said_of_page
from lightkeeper.judge.proof import Key, failure_of, key_in, key_of, name_key
from lightkeeper.judge.slowness import ONE_RATE, SPEEDS, is_line, missing_in, said_of
from lightkeeper.judge.speeds import is_sample
from lightkeeper.model import Control, Observation

LINEAGES = frozenset({SPEEDS, ISSUERS, PAGES, EVERYWHERE, ANSWERS, SILENCE})
"""Lineages of the rows that are read here."""
Rows = dict[str, Control]


class Beside:
    """The rows of one measurement, asked by layer and observation."""

    def __init__(self, controls: Iterable[Control]) -> None:
        self._speeds: dict[tuple[str, str], Rows] = {}
        self._issuers: dict[str, Rows] = {}
        self._pages: dict[str, Rows] = {}
        self._everywhere: dict[Key, Control] = {}
        self._answers: dict[str, Rows] = {}
        self._silence: dict[str, Rows] = {}
        for row in controls:
            if row.lineage == SPEEDS:
                self._speeds.setdefault((row.layer, row.target or ""), {})[row.step or ""] = row
            elif row.lineage == ISSUERS:
                self._issuers.setdefault(row.failure or "", {})[row.step or ""] = row
            elif row.lineage == EVERYWHERE:
                self._everywhere[key_in(row)] = row
            elif row.lineage == ANSWERS:
                self._answers.setdefault(row.ip or "", {})[row.step or ""] = row
            elif row.lineage == SILENCE:
                self._silence.setdefault(row.hostname or "", {})[row.step or ""] = row
            else:
                kind, _, url = (row.step or "").partition(" ")
                self._pages.setdefault(url, {})[kind] = row
        every = (self._speeds, self._issuers, self._pages, self._everywhere, self._answers, self._silence)
        self.known = any(every)

    def slowed(self, layer: str, seen: Observation) -> bool:
        """It is slow here and nowhere else, by all controls that a proof takes."""
        rows = self._speed_rows(layer, seen)
        return bool(rows) and missing_in(rows) == ""

    def held_to_one_rate(self, seen: Observation) -> bool:
        """It is slowed, and its sessions are held to one rate."""
        return self.slowed("rate", seen) and ONE_RATE in self._speed_rows("rate", seen)

    def slow_line(self, seen: Observation) -> bool:
        """The line as a whole is slower than it was, while others are not."""
        rows = self._speed_rows("rate", seen)
        return bool(rows) and is_line(rows)

    def slow_without_proof(self, seen: Observation) -> bool:
        """It is slow here, and something is missing for a proof."""
        rows = self._speed_rows("rate", seen)
        return bool(rows) and not is_line(rows) and missing_in(rows) != ""

    def intercepted(self, seen: Observation) -> bool:
        """The certificate's issuer answers for unrelated names on this network, and on no other."""
        rows = self._issuer_rows(seen)
        return bool(rows) and missing_for_issuer(rows) == ""

    def intercepted_without_proof(self, seen: Observation) -> bool:
        """An issuer answers for unrelated names, and something is missing for a proof."""
        rows = self._issuer_rows(seen)
        return bool(rows) and missing_for_issuer(rows) != ""

    def like_all_others(self, seen: Observation) -> bool:
        """The page is the one that other networks got."""
        return seen.http_failure is None and "like" in self._pages.get(seen.http_url or "", {})

    def unlike_all_others(self, seen: Observation) -> bool:
        """The page is another one than all other networks got."""
        return seen.http_failure is None and "unlike" in self._pages.get(seen.http_url or "", {})

    def fails_in_most_countries(self, layer: str, seen: Observation) -> bool:
        """It fails alike in most other countries, at this address or, where none tried that, under this name."""
        row = self._everywhere_row(layer, seen)
        return row is not None and fails_in_most(row)

    def injected(self, seen: Observation) -> bool:
        """An address of the answer is given for unrelated names on this network, and is theirs on no other."""
        rows = self._answer_rows(seen)
        return bool(rows) and missing_for_injection(rows) == ""

    def injected_without_proof(self, seen: Observation) -> bool:
        """An address of the answer is given for unrelated names, and something is missing for a proof."""
        rows = self._answer_rows(seen)
        return bool(rows) and missing_for_injection(rows) != ""

    def silent_about(self, seen: Observation) -> bool:
        """The resolver of the network gives no answer for this name, and for others it does."""
        rows = self._silence.get(seen.hostname or "", {})
        return bool(rows) and missing_for_silence(rows) == ""

    def given_in_most_countries(self, seen: Observation) -> bool:
        """An address of the answer is what most other countries are given for the name."""
        row = self._given_row(seen)
        return row is not None and fails_in_most(row)

    def figures(self, layer: str, seen: Observation, rule: str) -> str:
        """What the rows say that a rule of this room rests on, as sentences; empty for other rules."""
        if not self.known:
            return ""
        if ".slow" in rule or ".line_slower" in rule or ".held" in rule:
            rows = self._speed_rows(layer, seen)
            missing = missing_in(rows) if rows else ""
            said = [missing[:1].upper() + missing[1:] + "." if missing else "", *map(said_of, rows.values())]
        elif ".one_issuer" in rule:
            rows = self._issuer_rows(seen)
            missing = missing_for_issuer(rows) if rows else ""
            said = [missing[:1].upper() + missing[1:] + "." if missing else "", said_of_issuer(rows) if rows else ""]
        elif ".one_address" in rule:
            rows = self._answer_rows(seen)
            missing = missing_for_injection(rows) if rows else ""
            said = [missing[:1].upper() + missing[1:] + "." if missing else "", said_of_injection(rows)]
        elif ".no_answer_for_this_name" in rule:
            said = [said_of_silence(self._silence.get(seen.hostname or "", {}))]
        elif rule.endswith(".answer_in_most_countries"):
            row = self._given_row(seen)
            said = [f"So it is in {row.failed} of {row.countries or 0} other countries." if row else ""]
        elif rule.endswith(".fails_in_most_countries"):
            row = self._everywhere_row(layer, seen)
            said = [said_of_everywhere(row) if row else ""]
        elif ".page_unlike" in rule or ".page_like" in rule or ".page_in_most" in rule:
            said = list(map(said_of_page, self._pages.get(seen.http_url or "", {}).values()))
        else:
            return ""
        return " ".join(filter(None, said))

    def _speed_rows(self, layer: str, seen: Observation) -> Rows:
        if not self._speeds or not is_sample(seen, "handshake" if layer == "tls" else "bits_per_s"):
            return {}
        return self._speeds.get((layer, seen.target), {})

    def _everywhere_row(self, layer: str, seen: Observation) -> Control | None:
        key = key_of(layer, seen) if self._everywhere and failure_of(layer, seen) is not None else None
        if key is None:
            return None
        name = name_key(key)
        return self._everywhere.get(key) or (self._everywhere.get(name) if name else None)

    def _given_row(self, seen: Observation) -> Control | None:
        if not self._everywhere:
            return None
        keys = (("dns", "", seen.hostname or "", address, 0, "") for address in seen.dns_answers)
        return next((self._everywhere[key] for key in keys if key in self._everywhere), None)

    def _answer_rows(self, seen: Observation) -> Rows:
        if not self._answers:
            return {}
        return next((self._answers[a] for a in seen.dns_answers if a in self._answers), {})

    def _issuer_rows(self, seen: Observation) -> Rows:
        wrong = self._issuers and seen.tls_certificate_check in WRONG
        return self._issuers.get(seen.tls_issuer or "", {}) if wrong else {}


NOTHING = Beside(())
