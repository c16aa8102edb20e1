"""The watch over real data: Iran, December 2025 to January 2026, as if it had run then, in rounds of six hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from lightkeeper.model import Signal, Told
from lightkeeper.run.telling import SOURCE
from lightkeeper.run.watching import Happening, Wanted, Watch
from lightkeeper.settings import Settings
from lightkeeper.sources import ioda
from lightkeeper.store.lake import Lake

FIRST, LAST = datetime(2026, 1, 7, tzinfo=UTC), datetime(2026, 1, 29, tzinfo=UTC)


def test_the_cut_of_january_2026_is_told_once_grows_and_ends_and_is_never_withdrawn(
    shared: Path, tmp_path: Path
) -> None:
    (path,) = (shared / "series" / "ioda-iran-2026").glob("*.csv")
    months: dict[str, list[Signal]] = {}
    for row in ioda.read(path, "IR"):
        if isinstance(row, Signal):
            months.setdefault(f"{row.step_at:%Y-%m}", []).append(row)
    for month, rows in months.items():
        Lake(tmp_path / "tables").write(Signal, rows, part=f"fetch-ioda-IR-country-IR-{month}")
    now, told = [FIRST], list[Told]()

    def on_event(happening: Happening) -> None:
        if happening.told is not None and happening.told.scope != SOURCE:
            told.append(happening.told)

    watch = Watch(Wanted("IR", ["ioda"]), Settings(data_dir=tmp_path), on_event, now=lambda: now[0])
    while now[0] < LAST:
        watch._detect()
        now[0] += timedelta(hours=6)
    (cut,) = [
        e
        for e in told
        if e.change == "new" and datetime(2026, 1, 8, tzinfo=UTC) <= e.onset_latest < LAST.replace(day=10)
    ]
    assert cut.onset_earliest <= datetime(2026, 1, 8, 16, 30, tzinfo=UTC) <= cut.onset_latest
    assert cut.told_at == datetime(2026, 1, 8, 18, tzinfo=UTC)
    about = [e for e in told if e.event_id == cut.event_id]
    assert [e.change for e in about] == ["new", "grew", "ended"]
    assert len(about[-1].lineages) == 4
    assert about[-1].end_latest is not None
    assert f"{about[-1].end_latest:%Y-%m-%d}" == "2026-01-27"
    assert not {"withdrawn", "merged", "returned"} & {e.change for e in told}
