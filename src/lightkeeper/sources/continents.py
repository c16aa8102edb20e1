"""The continent of a country, as GeoNames counts it: M-Lab's addresses begin with it.

M-Lab takes it from MaxMind's databases, which follow GeoNames. Source: GeoNames, `countryInfo.txt`
(https://download.geonames.org/export/dump/, CC BY 4.0). Where MaxMind differs for a country, M-Lab answers 404 there.
"""

from __future__ import annotations

from lightkeeper.errors import InputError

COUNTRIES = {
    "AF": "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ NA "
    "NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW",
    "AN": "AQ BV GS HM TF",
    "AS": "AE AF AM AZ BD BH BN BT CC CN GE HK ID IL IN IO IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM "
    "PH PK PS QA SA SG SY TH TJ TM TR TW UZ VN YE",
    "EU": "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME "
    "MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK",
    "NA": "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV SX TC "
    "TT US VC VG VI",
    "OC": "AS AU CK CX FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TL TO TV UM VU WF WS",
    "SA": "AR BO BR CL CO EC FK GF GY PE PY SR UY VE",
}
"""Continents and their countries, by GeoNames' codes of two letters."""

_CONTINENT = {country: continent for continent, countries in COUNTRIES.items() for country in countries.split()}


def continent_of(country: str) -> str:
    """The code of a country's continent, such as AS for IR. Raises InputError for a code that is no country's."""
    try:
        return _CONTINENT[country]
    except KeyError:
        raise InputError(
            f"the continent of `{country[:10]}` is not known",
            remedy="Give the code of a country (ISO 3166-1), as in IR",
        ) from None
