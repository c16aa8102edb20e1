"""Known: what public sources say happened in the real series, each with its source. Facts only, no data.

A bracket is as wide as the source leaves it. Where only the series itself shows the day, the text says so. The sources
were looked up on 25 November 2026; one that could not be found then says so.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple


class Known(NamedTuple):
    """One known event: the series it moved are those whose name begins so."""

    panel: str
    name: str
    kind: str
    direction: str
    earliest: str
    latest: str
    end: str
    depth: float
    moved: tuple[tuple[str, str], ...]
    """Begin of the series' names, and the end of the event in them; empty for the end of the event."""
    source: str
    tolerance_steps: int = 2
    touched: tuple[str, ...] = ()


NETBLOCKS_2019 = (
    "https://netblocks.org/reports/internet-disrupted-in-iran-amid-fuel-protests-in-multiple-cities-pA25L18b"
)
KNOWN = (
    Known(
        "ioda-iran-2026", "Iran, January 2026", "national", "down", "2026-01-08T16:30", "2026-01-08T16:30",
        "2026-01-25T16:30", 0.95,
        (
            ("ioda/active_probing", "2026-01-25T16:30"), ("ioda/telescope", "2026-01-25T00:00"),
            ("ioda/google_search", "2026-01-18T00:00"), ("ioda/bgp", "2026-01-10T00:00"),
            ("ioda/mozilla_city_count", "2026-01-18T00:00"),
        ),
        "IODA, https://ioda.inetintel.cc.gatech.edu/country/IR: first step of active probing that halves", 1,
    ),
    Known(
        "monash-iran-2019", "Iran, November 2019", "national", "down", "2019-11-16T06:45", "2019-11-16T18:45",
        "2019-11-20T00:00", 0.9, (("monash/connectivity/IR", ""),), NETBLOCKS_2019,
    ),
    Known(
        "monash-laura-2020", "Hurricane Laura, south-west Louisiana", "disaster", "down", "2020-08-27T03:00",
        "2020-08-27T12:00", "2020-08-30T00:00", 0.5,
        tuple(
            (f"monash/connectivity/US/Louisiana/{parish}", "")
            for parish in ("Calcasieu", "Cameron", "Beauregard", "Allen", "Vernon", "Jefferson Davis")
        ),
        "landfall at Cameron, 06:00 UTC: https://www.nhc.noaa.gov/data/tcr/AL132020_Laura.pdf", 6,
        ("monash/connectivity/US",),
    ),
    Known(
        "google-youtube", "YouTube in Russia, 2024", "throttling", "down", "2024-07-12T00:00", "2024-08-10T00:00",
        "2025-01-21T00:00", 0.4, (("google/youtube_traffic/RU", ""),),
        "https://github.com/net4people/bbs/issues/382", 12,
    ),
    Known(
        "mlab-venezuela-2014", "Venezuela, February 2014", "throttling", "down", "2014-02-12T00:00",
        "2014-02-21T00:00", "2014-02-22T00:00", 0.5, (("mlab/throughput/VE", ""),),
        "https://www.eff.org/deeplinks/2014/02/venezuelas-net-crackdown-escalates (blocks, and a shutdown of San "
        "Cristóbal; that the country was slowed is shown by the series alone)",
    ),
    Known(
        "ooni-brazil-2019", "womenonwaves.org in Brazil, 2019", "service", "up", "2019-02-28T00:00",
        "2019-03-16T00:00", "2019-09-30T00:00", 0.7, (("ooni/blocked/www.womenonwaves.org/BR", ""),),
        "https://ooni.org/post/2019-blocking-abortion-rights-websites-women-on-waves-web (day: see the series)",
    ),
    Known(
        "tor-users", "Iran, February 2012", "circumvention", "down", "2012-02-08T00:00", "2012-02-10T00:00",
        "2012-02-12T00:00", 0.9, (("tor_users/direct_users/IR", ""),),
        "https://blog.torproject.org/iran-partially-blocks-encrypted-network-traffic",
    ),
    Known(
        "tor-users", "Kazakhstan, February 2012", "circumvention", "down", "2012-02-09T00:00", "2012-02-16T00:00",
        "2012-04-01T00:00", 0.6, (("tor_users/direct_users/KZ", ""),),
        "https://blog.torproject.org/kazakhstan-upgrades-censorship-deep-packet-inspection",
    ),
    Known(
        "tor-users", "Iran, before the vote of June 2013", "circumvention", "down", "2013-03-06T00:00",
        "2013-03-10T00:00", "2013-05-01T00:00", 0.8, (("tor_users/direct_users/IR", ""),),
        "https://cn.reuters.com/article/iran-internet-idCNL6N0C24M620130310",
    ),
    Known(
        "tor-users", "Iraq, June 2014", "circumvention", "up", "2014-06-12T00:00", "2014-06-15T00:00",
        "2014-06-30T00:00", 10.0, (("tor_users/direct_users/IQ", ""),),
        "https://citizenlab.ca/research/monitoring-information-controls-in-iraq/",
    ),
    Known(
        "tor-users", "Iran, directory authorities, July 2014", "circumvention", "down", "2014-07-26T00:00",
        "2014-07-29T00:00", "2014-08-10T00:00", 0.7, (("tor_users/direct_users/IR", ""),),
        "https://gitlab.torproject.org/legacy/trac/-/issues/12727 (not found in 2026)",
    ),
    Known(
        "tor-users", "Bangladesh, November 2015", "circumvention", "up", "2015-11-18T00:00", "2015-11-19T00:00",
        "2015-12-10T00:00", 7.0, (("tor_users/direct_users/BD", ""),),
        "https://metrics.torproject.org/news.html (the entry was not found in 2026)",
    ),
)  # fmt: skip
"""Turkey, Ethiopia, Syria and Sudan are not in the file of Tor users; Egypt's cut of January 2011 lies before it."""

QUIET = {
    "ioda-iran-2026": (("2025-12-08T00:00", "2025-12-28T00:00"),),
    "monash-iran-2019": (("2019-11-11T00:00", "2019-11-15T00:00"),),
    "monash-laura-2020": (),
    "google-youtube": (("2019-03-01T00:00", "2022-02-01T00:00"), ("2022-08-01T00:00", "2024-07-01T00:00")),
    "mlab-venezuela-2014": (("2013-11-15T00:00", "2014-02-10T00:00"),),
    "ooni-brazil-2019": (("2018-11-01T00:00", "2019-02-26T00:00"),),
    "tor-users": (("2011-10-10T00:00", "2013-08-18T00:00"), ("2013-11-01T00:00", "2016-07-08T00:00")),
}
"""Where an alarm counts. Of Tor users not all events are known: there, alarms are an upper bound of false ones. Left
out are the months in which a botnet came to Tor (https://blog.torproject.org/how-handle-millions-new-tor-clients)."""


def second(text: str) -> int:
    """Seconds since 1970 of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
