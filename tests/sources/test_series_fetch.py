"""Many small requests: kept, not asked twice, one failure alone, and a silent source left in peace."""

from __future__ import annotations

import itertools
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest

from lightkeeper.archive import Archive
from lightkeeper.errors import InputError
from lightkeeper.settings import Settings
from lightkeeper.sources import series_fetch
from lightkeeper.sources.series_fetch import GIVE_UP_AFTER, FetchSummary, Request, Terms, fetch, windows
from lightkeeper.sources.web import Web
from sources.server import Answer, Asked, Replay, replaying

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


def requests(server: Replay, count: int, ends_at: datetime | None = LONG_AGO) -> list[Request]:
    return [Request(url=f"{server.url}/x", params={"n": str(n)}, ends_at=ends_at) for n in range(count)]


TERMS = Terms(source="test", licence="CC0-1.0", pause_s=0.0)


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series_fetch, "Web", partial(Web, sleep=lambda _s: None))


def fetched(tmp_path: Path, server: Replay, plan: list[Request], terms: Terms = TERMS, **more: object) -> FetchSummary:
    settings = Settings(allow_hosts=[server.host], http_timeout_s=0.3)
    return fetch(terms, plan, Archive(tmp_path), settings, **more)  # type: ignore[arg-type]


def numbered(asked: Asked) -> Answer:
    return Answer(f'{{"n": {asked.query["n"]}}}'.encode())


def test_replies_are_kept_in_the_order_of_the_plan_with_the_url_that_was_asked(tmp_path: Path) -> None:
    with replaying(numbered) as server:
        summary = fetched(tmp_path, server, requests(server, 3))
        assert [file.url for file in summary.files] == [f"{server.url}/x?n={n}" for n in range(3)]
    assert (summary.fetched, summary.skipped, summary.failed) == (3, 0, [])
    assert [Archive(tmp_path).read(file.sha256) for file in summary.files] == [b'{"n": 0}', b'{"n": 1}', b'{"n": 2}']


def test_what_is_over_and_archived_is_not_asked_again(tmp_path: Path) -> None:
    with replaying(numbered) as server:
        fetched(tmp_path, server, requests(server, 2))
        again = fetched(tmp_path, server, requests(server, 3))
        assert len(server.asked) == 3
    assert (again.fetched, again.skipped, len(again.files)) == (1, 2, 3)


@pytest.mark.parametrize("ends_at", [None, datetime.now(UTC) - timedelta(hours=2), datetime.now(UTC)])
def test_what_may_still_change_is_asked_again_and_the_newest_reply_counts(
    tmp_path: Path, ends_at: datetime | None
) -> None:
    bodies = [b'{"v": 1}', b'{"v": 2}']
    with replaying(lambda _asked: Answer(bodies.pop(0))) as server:
        fetched(tmp_path, server, requests(server, 1, ends_at))
        again = fetched(tmp_path, server, requests(server, 1, ends_at))
    assert again.fetched == 1
    assert Archive(tmp_path).read(again.files[0].sha256) == b'{"v": 2}'


def test_of_two_archived_replies_the_newer_one_is_used(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with replaying(numbered) as server:
        plan = requests(server, 1)
        for year, body in ((2025, b"new"), (2024, b"old")):
            at = datetime(year, 6, 1, tzinfo=UTC)
            archive.add_bytes(body, source="test", url=plan[0].full_url, retrieved_at=at)
        summary = fetched(tmp_path, server, plan)
        assert server.asked == []
    assert archive.read(summary.files[0].sha256) == b"new"


def test_an_archived_reply_that_is_no_answer_or_is_damaged_is_asked_for_again(tmp_path: Path) -> None:
    def check(body: bytes) -> str | None:
        return None if body.startswith(b"{") else "not JSON"

    terms = msgspec.structs.replace(TERMS, check=check)
    with replaying(numbered) as server:
        plan = requests(server, 1)
        Archive(tmp_path).add_bytes(b"<html>", source="test", url=plan[0].full_url)
        summary = fetched(tmp_path, server, plan, terms)
        path = Archive(tmp_path).path_of(summary.files[0].sha256)
        path.chmod(0o644)
        path.write_bytes(b"{}")
        again = fetched(tmp_path, server, plan, terms)
        assert len(server.asked) == 2
    assert (again.fetched, again.failed) == (1, [])
    assert path.read_bytes() == b'{"n": 0}'


def test_one_request_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    def play(asked: Asked) -> Answer:
        return Answer(b"no such network", 404) if asked.query["n"] == "1" else numbered(asked)

    with replaying(play) as server:
        summary = fetched(tmp_path, server, requests(server, 3))
    assert [request.params["n"] for request in summary.requests] == ["0", "2"]
    assert "404 (no such network)" in summary.failed[0].error
    assert summary.failed[0].remedy


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"", 429),
        Answer(b"", 500),
        Answer(b"wrong token", 403),
        Answer(b'{"n": 1}', cut=3),
        Answer(b"x" * 50, pause_s=0.5),
    ],
)
def test_a_source_that_stays_silent_is_left_after_a_few_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    monkeypatch.setattr(series_fetch, "DEADLINE_S", 0.5)
    with replaying(lambda _asked: answer) as server:
        summary = fetched(tmp_path, server, requests(server, GIVE_UP_AFTER + 3))
        tried = {asked.query["n"] for asked in server.asked}
    assert len(tried) == GIVE_UP_AFTER
    assert (summary.files, len(summary.failed)) == ([], GIVE_UP_AFTER + 3)
    assert "not tried" in summary.failed[-1].error


def test_a_source_that_asks_for_a_long_wait_is_left_at_once_and_the_wait_is_told(tmp_path: Path) -> None:
    with replaying(lambda _asked: Answer(b"", 429, {"Retry-After": "9999"})) as server:
        summary = fetched(tmp_path, server, requests(server, 4))
        assert len(server.asked) == 1
    assert [failure.retry_after_s for failure in summary.failed] == [9999.0] * 4
    assert "wait 9,999 seconds" in summary.failed[1].error


def test_the_same_bytes_again_are_a_new_answer(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with replaying(numbered) as server:
        plan = requests(server, 1, ends_at=None)
        first = datetime(2025, 6, 1, tzinfo=UTC)
        archive.add_bytes(b'{"n": 0}', source="test", url=plan[0].full_url, retrieved_at=first)
        summary = fetched(tmp_path, server, plan)
    assert summary.files[0].retrieved_at > first
    assert [file.retrieved_at for file in archive.files()] == [first]


LARGE = msgspec.structs.replace(TERMS, large=True)


@pytest.mark.parametrize("answer", [Answer(b"x" * 9000, cut=4000), Answer(b"x" * 9000, pause_s=0.5), Answer(b"", 500)])
def test_a_large_reply_that_breaks_off_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    monkeypatch.setattr(series_fetch, "DEADLINE_S", 0.5)
    with replaying(lambda _asked: answer) as server:
        summary = fetched(tmp_path, server, requests(server, 1), LARGE)
    assert (summary.files, len(summary.failed)) == ([], 1)
    assert list(Archive(tmp_path).files()) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_large_reply_beyond_the_cap_is_refused_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with replaying(lambda _asked: Answer(b"x" * 9000)) as server:
        summary = fetched(tmp_path, server, requests(server, 1), msgspec.structs.replace(LARGE, max_bytes=8000))
    assert "longer than 8,000 bytes" in summary.failed[0].error
    assert list(Archive(tmp_path).files()) == []


def test_a_large_reply_is_never_held_in_memory_and_is_checked_by_its_begin(tmp_path: Path) -> None:
    size, seen = 48 << 20, list[int]()

    def check(head: bytes) -> str | None:
        seen.append(len(head))
        return None

    body = b"x" * size
    with replaying(lambda _asked: Answer(body)) as server:
        plan = requests(server, 1)
        terms = msgspec.structs.replace(LARGE, check=check)
        tracemalloc.start()
        summary = fetched(tmp_path, server, plan, terms)
        again = fetched(tmp_path, server, plan, terms)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert summary.files[0].bytes == size
    assert (again.fetched, again.skipped) == (0, 1)
    assert peak < size / 4
    assert seen == [series_fetch.HEAD_BYTES] * 2


def test_a_large_reply_that_was_damaged_on_the_disk_is_asked_for_again(tmp_path: Path) -> None:
    with replaying(numbered) as server:
        plan = requests(server, 1)
        path = Archive(tmp_path).path_of(fetched(tmp_path, server, plan, LARGE).files[0].sha256)
        path.chmod(0o644)
        path.write_bytes(b'{"n": 7}')
        assert fetched(tmp_path, server, plan, LARGE).fetched == 1
    assert path.read_bytes() == b'{"n": 0}'


def test_a_source_that_answers_and_refuses_is_not_taken_for_silent(tmp_path: Path) -> None:
    with replaying(lambda _asked: Answer(b"", 404)) as server:
        fetched(tmp_path, server, requests(server, GIVE_UP_AFTER + 3))
        assert len(server.asked) == GIVE_UP_AFTER + 3


def test_ctrl_c_keeps_what_came_and_the_next_run_goes_on(tmp_path: Path) -> None:
    def stop(_request: Request, done: int, _of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with replaying(numbered) as server:
        with pytest.raises(KeyboardInterrupt):
            fetched(tmp_path, server, requests(server, 4), on_progress=stop)
        again = fetched(tmp_path, server, requests(server, 4))
        assert len(server.asked) == 4
    assert (again.fetched, again.skipped) == (2, 2)


def test_progress_tells_each_request_once(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with replaying(numbered) as server:
        fetched(tmp_path, server, requests(server, 3), on_progress=lambda _r, done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_request_that_stands_twice_is_sent_once(tmp_path: Path) -> None:
    with replaying(numbered) as server:
        fetched(tmp_path, server, requests(server, 2) * 2)
        assert len(server.asked) == 2


def test_a_token_that_a_source_says_back_is_not_told(tmp_path: Path) -> None:
    def play(asked: Asked) -> Answer:
        return Answer(asked.headers["authorization"].encode(), 400)

    with replaying(play) as server:
        headers = {"Authorization": "Bearer not-a-real-token"}
        summary = fetched(tmp_path, server, requests(server, 1), headers=headers)
    assert "400" in summary.failed[0].error
    assert "not-a-real" not in str(summary)


def test_headers_go_with_each_request_and_are_kept_nowhere(tmp_path: Path) -> None:
    with replaying(numbered) as server:
        fetched(tmp_path, server, requests(server, 1), headers={"Authorization": "Bearer not-a-real-token"})
        assert server.asked[0].headers["authorization"] == "Bearer not-a-real-token"
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert not any(b"not-a-real-token" in data for data in kept)


def test_a_plan_without_measure_is_refused_before_any_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series_fetch, "REQUESTS_MAX", 2)
    with replaying(numbered) as server:
        with pytest.raises(InputError, match="3 requests are too many"):
            fetched(tmp_path, server, requests(server, 3))
        assert server.asked == []


def test_pieces_cover_the_time_without_gap_and_are_cut_at_the_same_days_for_every_run() -> None:
    short = list(windows(date(2026, 1, 10), date(2026, 3, 1), 31))
    long = list(windows(date(2025, 12, 1), date(2026, 4, 1), 31))
    for pieces in (short, long):
        assert all(end == begin for (_, end), (begin, _) in itertools.pairwise(pieces))
        assert all(timedelta(0) < end - begin <= timedelta(days=31) for begin, end in pieces)
    assert (short[0][0], short[-1][1]) == (datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
    assert set(short[1:-1]) <= set(long)
    assert {begin for begin, _ in short[1:]} <= {begin for begin, _ in long}


def test_a_time_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InputError, match="no time at all"):
        list(windows(date(2026, 1, 2), date(2026, 1, 2), 31))
