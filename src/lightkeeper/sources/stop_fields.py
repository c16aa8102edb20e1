"""What the columns of a STOP row say, in the words of our Document table."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime

from lightkeeper.sources.stop_sheets import SheetRow

NOT_SAID = re.compile(r"(unkn?own|uknown|n/?a|none|not sure|)", re.IGNORECASE)
NATIONWIDE = re.compile(r"(nation\s?wide|national(ly)?|whole country|country\s?wide|all)", re.IGNORECASE)
NOT_A_SERVICE = re.compile(
    r"\b(internet|networks?|mobile|broadband|wire(line|less)|land ?lines?|fixed|sms|[2345]g|phones?|calls?|telephony"
    r"|throttl\w*|speed\w*|shutdown|suspended|disrupted|only|other|all)\b"
)
APPS = ("facebook", "twitter", "whatsapp", "instagram", "telegram")
ACCESS = {"mobile": "mobile", "broadband": "fixed", "fixed": "fixed"}
PLACE_MAX = 300


def known(row: SheetRow, name: str) -> str | None:
    """The cell on one line, or none where it is empty or says that it does not know."""
    text = " ".join(row.text(name).split())
    return None if NOT_SAID.fullmatch(text) else text[:500]


def yes_no(row: SheetRow, name: str) -> bool | None:
    """True, False, or none for an empty cell, `Unknown` and whatever else."""
    return {"yes": True, "true": True, "no": False, "false": False}.get(row.text(name).lower())


def day(row: SheetRow, name: str) -> date | None:
    """A day: as the sheet has it, or as text `2021-06-20…` or (in the CSV of 2019) `6/20/2021`, month first."""
    value = row.cells.get(name)
    if isinstance(value, date):
        return value
    text = value or ""
    for form, part in (("%Y-%m-%d", text[:10]), ("%m/%d/%Y", text)):
        with suppress(ValueError):
            return datetime.strptime(part, form).date()  # noqa: DTZ007 (a local day has no time zone)
    return None


def flags(row: SheetRow, start: date | None, end: date | None) -> list[str]:
    """What is wrong with the days."""
    found = []
    if start is None:
        found.append("no_start")
    if row.text("start_date_type").lower() == "estimated":
        found.append("estimated_start")
    if end is None and not ongoing(row):
        found.append("no_end")
    if end is None and row.text("end_date") and not ongoing(row):
        found.append("end_not_a_day")
    if start and end and end < start:
        found.append("ends_before_it_begins")
    return found


def ongoing(row: SheetRow) -> bool:
    """It had not ended when it was recorded."""
    return "ongoing" in (row.text("shutdown_status").lower(), row.text("end_date").lower())


def extent(row: SheetRow) -> str | None:
    """full_network, service or throttle. Throttle only where the row speaks of nothing else."""
    how, kind = row.text("shutdown_extent").lower(), row.text("shutdown_type").lower()
    if kind in ("throttle", "throttling") or how == "throttling":
        return "throttle"
    if how.startswith("full") or how in ("mobile internet", "broadband internet"):
        return "full_network"
    return "service" if "service" in how else None


def services(row: SheetRow) -> list[str]:
    """The services named, in lower case: those with a column of their own, then the others.

    Words for a kind of access (`mobile internet`, `3G`) and whole sentences are not services.
    """
    found = [app for app in APPS if yes_no(row, f"{app}_affected")]
    for name in ("other_affected", "service_details"):
        parts = re.split(r"[,;\n]|\s+and\s+", row.text(name).lower())
        listed = (re.sub(r"^and\s+", "", part.strip()).strip("\"'“”. ") for part in parts)
        found += [s for s in listed if len(s) <= 40 and not NOT_SAID.fullmatch(s) and not NOT_A_SERVICE.search(s)]
    return list(dict.fromkeys(found))


def networks(row: SheetRow) -> list[str]:
    """mobile and fixed, as far as the row names them."""
    said = " ".join(row.text(n) for n in ("affected_network", "shutdown_type", "services_affected")).lower()
    return sorted({ours for theirs, ours in ACCESS.items() if theirs in said}, reverse=True)


def operators(row: SheetRow) -> list[str]:
    """Operators, as the row spells them, without the country in front: `Iran: MTN Irancell` → `MTN Irancell`."""
    named = re.split(r"[,;\n]", row.text("telcos_involved"))
    parts = (re.sub(r"^[^:]{2,60}:\s*", "", name.strip()) for name in named)
    return [name for name in dict.fromkeys(parts) if not NOT_SAID.fullmatch(name)]


def place(row: SheetRow) -> tuple[str, str | None]:
    """country, region or city; and its name, with none for the whole country."""
    scope, area = row.text("geo_scope").lower(), " ".join(row.text("area_name").split())[:PLACE_MAX]
    level = " ".join(scope.split())
    if "more than one state" in level or level in ("level 3", "national", "multi-regional"):
        kind = "country"
    elif "more than one city" in level or level in ("level 2", "regional"):
        kind = "region"
    elif "only affected one" in level or level in ("level 1", "local"):
        kind = "city"
    else:
        kind = "region" if area and not NATIONWIDE.fullmatch(area) else "country"
    if kind == "country" and (not area or NATIONWIDE.fullmatch(area)):
        return "country", None
    return kind, re.sub(r"^city of\s+", "", area, flags=re.IGNORECASE) or None


def first_address(text: str) -> str | None:
    """The first web address in a cell that may list several."""
    found = re.search(r"https?://[^\s,;<>\"']{3,2000}", text)
    return found[0] if found else None
