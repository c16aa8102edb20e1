"""Real panels: what is known of them fits the series, and a broken file is skipped with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from lightkeeper.evaluate import files
from lightkeeper.evaluate.known import KNOWN, QUIET, second
from lightkeeper.evaluate.real import READERS, compare_real, flags_of_tor, panel

HEADER = "date,country,event_censor,event_spike,max_user_range,min_user_range,actual_users\n"


def test_every_known_event_has_a_source_a_panel_and_an_order_of_times() -> None:
    for known in KNOWN:
        assert known.panel in READERS
        assert "https://" in known.source
        assert second(known.earliest) <= second(known.latest) < second(known.end)
    assert set(QUIET) == set(READERS)


@pytest.mark.parametrize("known", KNOWN, ids=lambda k: k.name)
def test_no_quiet_time_lies_within_a_known_event_of_a_panel_with_one(known: object) -> None:
    if known.panel == "tor-users":  # type: ignore[attr-defined]
        return
    for begin, end in QUIET[known.panel]:  # type: ignore[attr-defined]
        assert second(end) <= second(known.earliest) or second(begin) >= second(known.end)  # type: ignore[attr-defined]


@pytest.mark.parametrize("content", [b"", b"\xff\x00nonsense", b"a,b\n1,2\n", b"[{}]"])
def test_a_broken_file_is_skipped_with_its_reason(tmp_path: Path, content: bytes) -> None:
    for where, _ in READERS.values():
        path = tmp_path / where
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    rows, notes = compare_real(lambda _m: [], tmp_path, quick=True)
    assert rows == []
    assert len(notes) == len(READERS)
    assert all("is skipped" in note for note in notes)


def test_flags_on_days_in_a_row_are_one_alarm(tmp_path: Path) -> None:
    import gzip

    (tmp_path / "series").mkdir()
    days = [("2012-02-09", 1), ("2012-02-10", 1), ("2012-02-11", 0), ("2012-02-13", 1)]
    text = HEADER + "".join(f"{day},ir,{flag}.0,0.0,9,1,5\n" for day, flag in days)
    (tmp_path / "series" / "tor-users-2011-2016.csv.gz").write_bytes(gzip.compress(text.encode()))
    first, other = flags_of_tor(tmp_path).find([])
    assert first.end_s - first.begin_s == 2 * 86_400
    assert other.end_s - other.begin_s == 86_400
    assert (first.series, first.direction) == (("tor_users/direct_users/IR",), "down")


def test_epochs_of_iran_in_local_time_are_made_utc(shared: Path) -> None:
    first = next(files.monash_iran(shared))
    assert first[1] == second("2019-11-10T20:30"), "midnight in Tehran"


@pytest.mark.parametrize("name", sorted(READERS))
def test_each_known_event_finds_its_series_in_the_real_file(shared: Path, name: str) -> None:
    made = panel(name, files.gathered(READERS[name][1](shared)))
    assert made.truths
    assert all(truth.moved for truth in made.truths), [truth.name for truth in made.truths if not truth.moved]
    assert not made.synthetic
