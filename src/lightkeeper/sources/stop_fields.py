"""What the columns of a STOP row say, in the words of our Document table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from lightkeeper.sources.country_names import part_of_country
from lightkeeper.sources.day_parts import Orders
from lightkeeper.sources.days import Days, days_in
from lightkeeper.sources.stop_sheets import SheetRow

NOT_SAID = re.compile(
    r"(unkn?own|uknown|n/?a|none|null|not sure|tbd|inconnue?|desconocid[oa]|desconhecid[oa]|غير معروف|نامعلوم"
    r"|неизвестно|[-–—?.]+|)",
    re.IGNORECASE,
)
ONGOING = frozenset({"ongoing", "on-going", "on going", "en cours", "en curso", "em curso", "مستمر", "ادامه دارد"})
YES_NO = dict.fromkeys(("yes", "true", "oui", "sí", "si", "sim", "نعم", "بله", "да"), True) | dict.fromkeys(
    ("no", "false", "non", "não", "لا", "نه", "خیر", "нет"), False
)
NATIONWIDE = re.compile(r"(nation\s?wide|national(ly)?|whole country|country\s?wide|all)", re.IGNORECASE)
NOT_A_SERVICE = re.compile(
    r"\b(internet|networks?|mobile|broadband|wire(line|less)|land ?lines?|fixed|sms|[2345]g|phones?|calls?|telephony"
    r"|throttl\w*|speed\w*|shutdown|suspended|disrupted|only|other|all)\b"
)
APPS = ("facebook", "twitter", "whatsapp", "instagram", "telegram")
THROTTLED_TOO = "throttled_too"
"""Flag of a record of a cut or block that says that the network was slowed down as well."""
ACCESS = {"mobile": "mobile", "broadband": "fixed", "fixed": "fixed"}
PLACE_MAX = 300


def known(row: SheetRow, name: str) -> str | None:
    """The cell on one line, or none where it is empty or says that it does not know."""
    text = " ".join(row.text(name).split())
    return None if NOT_SAID.fullmatch(text) else text[:500]


def yes_no(row: SheetRow, name: str) -> bool | None:
    """True, False, or none for an empty cell, `Unknown` and whatever else."""
    return YES_NO.get(row.text(name).lower())


def days(row: SheetRow, name: str, orders: Orders, zones: Sequence[ZoneInfo]) -> Days | None:
    """What a cell says of days: none where it is empty, says that it does not know, or that it goes on.

    Raises ValueError for a cell that says something else.
    """
    text = row.text(name)
    if NOT_SAID.fullmatch(text.strip()) or text.lower().strip() in ONGOING:
        return None
    return days_in(text, orders, zones)


def flags(row: SheetRow, start: Days | None, end: Days | None) -> list[str]:
    """What is wrong with the days, how they were read where that leaves a doubt, and that it was throttled, too."""
    found = []
    if start is None:
        found.append("no_start")
    if row.text("start_date_type").lower() == "estimated" or (start is not None and start.kind == "month"):
        found.append("estimated_start")
    if end is None and not ongoing(row):
        found.append("no_end")
    if end is None and row.text("end_date") and not ongoing(row):
        found.append("end_not_a_day")
    if start and end and end.last < start.first:
        found.append("ends_before_it_begins")
    doubts = [flag for one in (start, end) if one is not None for flag in one.flags]
    return list(dict.fromkeys([*found, *doubts, *([THROTTLED_TOO] if throttled_too(row) else [])]))


def ongoing(row: SheetRow) -> bool:
    """It had not ended when it was recorded."""
    return not ONGOING.isdisjoint({row.text("shutdown_status").lower(), row.text("end_date").lower()})


def counted_in(row: SheetRow) -> int | None:
    """The year in whose count the row stands: of its own column, or of a sheet of one year, such as `2021 Data`."""
    found = re.fullmatch(r"(20\d\d)", row.text("count_year")) or re.match(r"\s*(20\d\d)(?!\s*[+\d-])", row.sheet)
    return int(found[1]) if found else None


def extent(row: SheetRow) -> str | None:
    """full_network, service or throttle. Throttle only where the row speaks of nothing else."""
    how, kind = row.text("shutdown_extent").lower(), row.text("shutdown_type").lower()
    if kind in ("throttle", "throttling") or how == "throttling":
        return "throttle"
    if how.startswith("full") or how in ("mobile internet", "broadband internet"):
        return "full_network"
    return "service" if "service" in how else None


def throttled_too(row: SheetRow) -> bool:
    """Whether a row of a cut or block says that the network was slowed down as well: `Shutdown, Throttle`."""
    said = f"{row.text('shutdown_extent')} {row.text('shutdown_type')}".lower()
    return "throttl" in said and extent(row) != "throttle"


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


def place(row: SheetRow, code: str) -> tuple[str, str | None]:
    """country, region or city; and its name, with none for the whole country `code`."""
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
    part = part_of_country(area, code)
    area = part if part or kind == "country" else re.split(r"[/;,|]", area)[0].strip()
    if kind == "country" and (not area or NATIONWIDE.fullmatch(area)):
        return "country", None
    return kind, re.sub(r"^city of\s+", "", area, flags=re.IGNORECASE) or None


def first_address(text: str) -> str | None:
    """The first web address in a cell that may list several."""
    found = re.search(r"https?://[^\s,;<>\"']{3,2000}", text)
    return found[0] if found else None
