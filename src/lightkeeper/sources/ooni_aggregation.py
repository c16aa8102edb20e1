"""Counts of OONI's measurements an hour or a day, as OONI's own pipeline judged them: its aggregation API.

`GET /api/v1/aggregation?probe_cc=IR&test_name=…&since=&until=&axis_x=measurement_start_day&axis_y=…&time_grain=hour`
(https://api.ooni.io/apidocs/, and ooni/backend `oonimeasurements/routers/v1/aggregation.py`). `confirmed` is a
measurement that met a known block page. `anomaly` is one that looked odd, and not more: many anomalies are faults of a
site, a network or a phone. So the two are never added up here. Tested against a local server that replays the
documented answers; not run against the live API.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import msgspec

from lightkeeper.errors import InputError
from lightkeeper.model.signal import Signal
from lightkeeper.settings import Settings
from lightkeeper.sources import checked
from lightkeeper.sources.rows import Unreadable, clean
from lightkeeper.sources.series_fetch import Request, Terms, windows

SOURCE = "ooni_api"
LICENCE = "OONI, CC BY-NC-SA 4.0"
TESTS = ("web_connectivity", "telegram", "whatsapp", "signal", "facebook_messenger", "tor", "torsf", "psiphon")
STEP_S = {"hour": 3600, "day": 86_400}
WINDOW_DAYS = {"hour": 7, "day": 30}
"""The API refuses hours for more than 7 days at once."""
SETTLED = timedelta(hours=6)
"""Probes hand in late: an hour without measurements that ended less than this before the answer is not yet a zero."""
STEPS_MAX = 20_000
COUNT_MAX = 1_000_000_000
"""More measurements in one step than all probes ever made."""
UNIT = "share 0-1"
ASK_AGAIN = "Fetch it again; if it stays so, OONI's API has changed: please report it"


class _Row(msgspec.Struct):
    measurement_start_day: str
    anomaly_count: int
    confirmed_count: int
    failure_count: int
    ok_count: int
    measurement_count: int
    test_name: str | None = None
    probe_asn: int | None = None


class _Answer(msgspec.Struct):
    result: list[msgspec.Raw]


class _Asked(NamedTuple):
    """What the URL of a reply asked for."""

    country: str
    axis: str
    tests: list[str]
    grain: str
    begin: datetime
    end: datetime


def plan(
    country: str,
    since: date,
    until: date,
    settings: Settings,
    *,
    tests: Sequence[str] = TESTS,
    by_network: bool = False,
    grain: str = "hour",
) -> list[Request]:
    """One request a week (a month, for days) for all tests of a country; by network, one for each test.

    Raises InputError for a country or test that cannot be, and where the time ends before it begins.
    """
    wrong = [test for test in tests if not test.replace("_", "").isalnum() or not test.islower()]
    code = checked.asked_country(country)
    if wrong or not tests or grain not in STEP_S:
        raise InputError(
            f"{wrong or list(tests)}, {grain} cannot be asked for",
            remedy="Give names of nettests such as telegram, and hour or day",
        )
    return [
        Request(
            url=f"{settings.ooni_api_url}/api/v1/aggregation",
            params={
                "probe_cc": code,
                "test_name": names,
                "since": f"{begin:%Y-%m-%d}",
                "until": f"{end:%Y-%m-%d}",
                "time_grain": grain,
                "axis_x": "measurement_start_day",
                "axis_y": "probe_asn" if by_network else "test_name",
            },
            ends_at=end,
        )
        for begin, end in windows(since, until, WINDOW_DAYS[grain])
        for names in (tests if by_network else [",".join(tests)])
    ]


def parse(data: bytes, url: str, retrieved_at: datetime, sha256: str | None = None) -> Iterator[Signal | Unreadable]:
    """The series of one reply: for each test or network, the number of measurements and three shares of it.

    `url` is the full URL that was asked, as the archive has it. Series are dense: a step of which OONI has no row has
    zero measurements and no shares (`no_measurements`), and, close before `retrieved_at`, no number at all
    (`not_yet_published`). An anomaly is not a block. What cannot be used comes first, as Unreadable. Raises InputError
    for a reply or URL that is not of this API.
    """
    asked = _asked(url)
    try:
        answer = msgspec.json.decode(data, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not a reply of the aggregation API: {str(error)[:160]}", remedy=ASK_AGAIN) from error
    found: dict[str, dict[datetime, _Row]] = {} if asked.axis == "probe_asn" else {test: {} for test in asked.tests}
    for number, raw in enumerate(answer.result):
        try:
            name, at, row = _row(raw, asked)
            if at in found.setdefault(name, {}):
                raise ValueError(f"{name[:40]} has {at:%Y-%m-%d %H:%M} twice; the first is kept")
            found[name][at] = row
        except (msgspec.MsgspecError, ValueError, OverflowError) as error:
            yield Unreadable(f"{sha256 or 'reply'}: result {number}", str(error)[:200], ASK_AGAIN)
    for name, rows in found.items():
        yield from _series(name, rows, asked, retrieved_at, sha256)


def _asked(url: str) -> _Asked:
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    try:
        begin, end = (datetime.fromisoformat(query[name]).replace(tzinfo=UTC) for name in ("since", "until"))
        asked = _Asked(
            query["probe_cc"], query["axis_y"], query["test_name"].split(","), query["time_grain"], begin, end
        )
        if (end - begin).total_seconds() / STEP_S[asked.grain] > STEPS_MAX or asked.axis not in (
            "test_name",
            "probe_asn",
        ):
            raise ValueError("too long, or another axis")
    except (KeyError, ValueError) as error:
        remedy = "Fetch with `plan`: its URLs say what was asked"
        raise InputError(f"the URL does not say what was asked: {error}", remedy=remedy, where=url[:200]) from error
    return asked


def _row(raw: msgspec.Raw, asked: _Asked) -> tuple[str, datetime, _Row]:
    """Series, begin of the step and counts of one row. Raises ValueError for one that contradicts itself."""
    row = msgspec.json.decode(raw, type=_Row)
    at = datetime.fromisoformat(clean(row.measurement_start_day)[:40])
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    if not asked.begin <= at < asked.end or (at - asked.begin).total_seconds() % STEP_S[asked.grain]:
        raise ValueError(f"{at:%Y-%m-%d %H:%M} was not asked for")
    parts = (row.anomaly_count, row.confirmed_count, row.failure_count, row.ok_count)
    if min(parts) < 0 or sum(parts) != row.measurement_count or sum(parts) > COUNT_MAX:
        raise ValueError(f"the counts {parts} cannot add up to {row.measurement_count}")
    if asked.axis == "test_name":
        if row.test_name not in asked.tests:
            raise ValueError(f"the test `{clean(str(row.test_name))[:40]}` was not asked for")
        return row.test_name, at, row
    if row.probe_asn is None or not 0 <= row.probe_asn < 1 << 32:
        raise ValueError(f"AS {row.probe_asn} cannot be")
    return str(row.probe_asn), at, row


def _series(
    name: str, rows: dict[datetime, _Row], asked: _Asked, retrieved_at: datetime, sha256: str | None
) -> Iterator[Signal]:
    by_network = asked.axis == "probe_asn"
    entity = name if by_network else asked.country
    tail = f"{asked.country}/{'+'.join(asked.tests)}" if by_network else name
    step = timedelta(seconds=STEP_S[asked.grain])
    at = asked.begin
    while at < asked.end:
        row = rows.get(at)
        late = at + step + SETTLED > retrieved_at
        for metric, value in _values(row, late).items():
            reason = "not_yet_published" if late and row is None else "no_measurements"
            yield Signal(
                series=f"{SOURCE}/{metric}/{entity}/{tail}",
                step_at=at,
                step_s=STEP_S[asked.grain],
                source=SOURCE,
                lineage="in_country",
                entity_type="asn" if by_network else "country",
                entity=entity,
                metric=f"ooni_{metric}",
                unit="measurements" if metric == "measurements" else UNIT,
                value=value,
                missing=None if value is not None else reason,
                file_sha256=sha256,
            )
        at += step


def _values(row: _Row | None, late: bool) -> dict[str, float | None]:
    if row is None or not row.measurement_count:
        volume = None if row is None and late else 0.0
        return {"measurements": volume, "confirmed_share": None, "anomaly_share": None, "failure_share": None}
    number = row.measurement_count
    return {
        "measurements": float(number),
        "confirmed_share": row.confirmed_count / number,
        "anomaly_share": row.anomaly_count / number,
        "failure_share": row.failure_count / number,
    }


def _check(data: bytes) -> str | None:
    """What is wrong with a reply: the API answers some errors with status 200 and a body of another shape."""
    try:
        msgspec.json.decode(data, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        said = clean(data[:200].decode("utf-8", "replace"))
        return f"the reply has no result ({said[:120]})"
    return None


TERMS = Terms(source=SOURCE, licence=LICENCE, check=_check)
