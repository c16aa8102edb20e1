"""STOP headers: which row of a sheet names its columns, and what each is called in the newest sheets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

from lightkeeper.errors import InputError

ROWS_MAX = 20
"""Rows in which the header is looked for: titles and notes may stand above it."""
NEEDED = ("country", "start_date")
ONCE = frozenset({*NEEDED, "end_date"})
"""Columns that may stand only once: which of two is meant could not be told."""

RENAMED = {
    "full_or_service_based": "shutdown_extent",
    "shutdown_type_group": "shutdown_extent",
    "shutdown_type_new": "shutdown_type",
    "news_link": "info_source_link",
    "other_service_details_specify": "other_affected",
    "other_cause_details": "actual_cause_details",
    "official_just": "gov_justification",
}
"""What the older sheets call the columns of the newer ones."""
_MEANT = {
    "country": "country name|countries|pays|país|paises|البلد|بلد|الدولة|دولة|کشور|страна|ülke|negara|nchi|देश|দেশ",
    "start_date": (
        "start|begin|begin date|date start|start day|date of start|onset|date de début|date début|début|"
        "fecha de inicio|fecha inicio|inicio|data de início|data início|início|"
        "تاريخ البدء|تاريخ البداية|البداية|تاریخ شروع|شروع|"
        "дата начала|начало|başlangıç tarihi|tanggal mulai|tarehe ya kuanza"
    ),
    "end_date": (
        "end|finish|date end|end day|date of end|date de fin|fin|date fin|fecha de fin|fecha fin|"
        "fecha de finalización|data de fim|data fim|data de término|fim|تاريخ الانتهاء|تاريخ النهاية|النهاية|"
        "تاریخ پایان|پایان|дата окончания|дата конца|конец|bitiş tarihi|tanggal selesai|tarehe ya mwisho"
    ),
    "area_name": "area|région|zone|lieu|región|zona|lugar|região|المنطقة|منطقة|المكان|منطقه|محل|регион|bölge|wilayah",
    "shutdown_type": "type de coupure|tipo de corte|tipo de apagón|نوع القطع|نوع قطعی|тип отключения",
    "affected_network": "réseau touché|réseau affecté|red afectada|rede afetada|الشبكة المتأثرة|شبکه",
    "shutdown_status": "statut|état|estado|الحالة|وضعیت|статус|durum",
    "telcos_involved": "opérateurs|opérateur|operadores|operador|المشغلون|شركات الاتصالات|اپراتورها|операторы",
    "actual_cause": "cause|cause réelle|causa|causa real|السبب|علت|причина",
    "ordered_by": "ordonné par|ordenado por|أمر به|بدستور|به دستور",
    "info_source_link": "source|lien|enlace|fuente|fonte|المصدر|منبع|источник",
}
"""What other sheets and other languages call them."""


class Header(NamedTuple):
    """The names of the columns, and the number of the row (from 1) after which the rows of the sheet come."""

    names: list[str]
    row: int


def column_name(header: Any) -> str:
    """`other_service_details (specify) ` → `other_service_details_specify` → the name that newer sheets use."""
    name = _bare(str(header or ""))
    return RENAMED.get(name) or _OURS.get(name, name)


def header_of(rows: Sequence[Sequence[Any]], where: str) -> Header | None:
    """The header among the first rows of a sheet: one row, or two of which the upper spans columns.

    Raises InputError where a column that decides stands twice.
    """
    for number, row in enumerate(rows[:ROWS_MAX], 1):
        below = rows[number] if number < len(rows) else ()
        for names, last in (([column_name(c) for c in row], number), (_joined(row, below), number + 1)):
            if all(name in names for name in NEEDED):
                twice = sorted(name for name in ONCE if names.count(name) > 1)
                if twice:
                    what = f"the column `{twice[0]}` stands twice"
                    raise InputError(what, remedy="Keep one of them", where=f"{where}:{last}")
                return Header(names, last)
    return None


def _joined(upper: Sequence[Any], lower: Sequence[Any]) -> list[str]:
    """`Start | | End` over `date | type | date` as `start date`, `start type`, `end date`."""
    names, spanning = [], ""
    for place in range(max(len(upper), len(lower))):
        over = str(upper[place] or "").strip() if place < len(upper) else ""
        under = str(lower[place] or "").strip() if place < len(lower) else ""
        spanning = over or spanning
        names.append(column_name(f"{spanning} {under}" if under else over))
    return names


def _bare(text: str) -> str:
    """Lower case, without accents, words joined by `_`: letters of any script stay."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in plain if not unicodedata.combining(c)).replace("ي", "ی").replace("ك", "ک")
    return re.sub(r"[\W_]+", "_", kept).strip("_")


_OURS = {_bare(name): ours for ours, names in _MEANT.items() for name in names.split("|")}
