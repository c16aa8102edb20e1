"""OONI's bucket: listed by its layouts, fetched whole or not at all. A server on this machine stands for it."""

from __future__ import annotations

import gzip
import hashlib
import socket
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from buckets import BUCKET, bucket_server, public_bucket
from lightkeeper.archive import Archive
from lightkeeper.errors import InputError, LightkeeperError, SourceUnavailable
from lightkeeper.settings import Settings
from lightkeeper.sources import ooni_fetch, ooni_remote
from lightkeeper.sources.ooni_bucket import Remote, fetch, plan, sparse

DAY = date(2021, 6, 18)
NEXT = date(2021, 6, 19)


def key(day: str, hour: int, cc: str, test: str, n: int = 0, ending: str = "jsonl.gz") -> str:
    return f"raw/{day}/{hour:02}/{cc}/{test}/{day}{hour:02}_{cc}_{test}.n0.{n}.{ending}"


KEYS = [
    key("20210617", 23, "IR", "signal"),
    key("20210618", 0, "IR", "signal"),
    key("20210618", 0, "IR", "signal", 0, "tar.gz"),
    key("20210618", 0, "IR", "webconnectivity"),
    key("20210618", 0, "IR", "webconnectivity", 1),
    key("20210618", 0, "UG", "signal"),
    key("20210618", 5, "IR", "tor", 0, "tar.gz"),
    key("20210618", 23, "IR", "signal"),
    key("20210619", 0, "IR", "signal"),
    "raw/20210618/00/IR/signal/index.html",
    "jsonl/signal/IR/20200102/00/20200102_IR_signal.l.0.jsonl.gz",
    "jsonl/webconnectivity/IR/20200102/00/20200102_IR_webconnectivity.l.0.jsonl.gz",
    "jsonl/signal/UG/20200102/00/20200102_UG_signal.l.0.jsonl.gz",
    "jsonl/signal/IR/20201020/00/20201020_IR_signal.l.0.jsonl.gz",
    key("20201020", 12, "IR", "signal"),
    key("20201021", 0, "IR", "signal"),
]


def body(name: str) -> bytes:
    return gzip.compress(b'{"key": "%s"}\n' % name.encode(), mtime=0)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    backoff = {"init_backoff": timedelta(milliseconds=1), "max_backoff": timedelta(milliseconds=5), "base": 2}
    retry = {"max_retries": 2, "retry_timeout": timedelta(seconds=5), "backoff": backoff}
    monkeypatch.setattr(ooni_remote, "RETRY", retry)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with bucket_server() as found:
        yield found


@pytest.fixture
def s3(endpoint: str) -> Iterator[Any]:
    with public_bucket(endpoint) as client:
        for name in KEYS:
            client.put_object(Bucket=BUCKET, Key=name, Body=body(name), ACL="public-read")
        yield client


@pytest.fixture
def settings(endpoint: str) -> Settings:
    return Settings(ooni_endpoint=endpoint, http_timeout_s=5, fetch_parallel=4)


@pytest.fixture
def archive(tmp_path: Any) -> Archive:
    return Archive(tmp_path / "archive")


def keys(remotes: list[Remote]) -> list[str]:
    return [remote.key for remote in remotes]


def test_each_server_has_a_store_of_its_own(s3: Any) -> None:
    with bucket_server() as other, public_bucket(other) as empty:
        assert "Contents" not in empty.list_objects_v2(Bucket=BUCKET)
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == len(KEYS)


def test_a_plan_has_one_country_and_whole_days_without_the_last(s3: Any, settings: Settings) -> None:
    assert keys(plan("IR", DAY, NEXT, None, settings)) == [KEYS[1], KEYS[3], KEYS[4], KEYS[6], KEYS[7]]
    assert keys(plan("ug", DAY, NEXT, None, settings)) == [KEYS[5]]
    assert keys(plan("IR", NEXT, date(2021, 6, 20), None, settings)) == [KEYS[8]]


def test_of_many_files_one_is_kept_for_each_nettest_and_half_of_a_day(s3: Any, settings: Settings) -> None:
    spans = [(date(2020, 1, 2), date(2020, 1, 3)), (date(2020, 10, 20), date(2020, 10, 22)), (DAY, date(2021, 6, 20))]
    every = sorted(remote for begin, end in spans for remote in plan("IR", begin, end, None, settings))
    kept = sparse(every, 12)
    assert sparse(reversed(every), 12) == kept
    stages = [(k.split("/")[1], int(k.split("/")[2]) // 12, k.split("/")[4]) for k in keys(kept) if k[:3] == "raw"]
    assert len(stages) == len(set(stages))
    assert set(stages) == {
        (k.split("/")[1], int(k.split("/")[2]) // 12, k.split("/")[4]) for k in keys(every) if k[:3] == "raw"
    }
    assert [k for k in keys(kept) if k[:3] != "raw"] == [k for k in keys(every) if k[:3] != "raw"]
    assert len(kept) == len(every) - 1


def test_a_plan_tells_size_and_checksum(s3: Any, settings: Settings) -> None:
    [remote] = plan("UG", DAY, NEXT, None, settings)
    assert remote.bytes == len(body(KEYS[5]))
    assert remote.md5 == hashlib.md5(body(KEYS[5])).hexdigest()


@pytest.mark.parametrize("name", ["web_connectivity", "webconnectivity", " Web_Connectivity "])
def test_nettests_go_by_either_spelling(s3: Any, settings: Settings, name: str) -> None:
    assert keys(plan("IR", DAY, NEXT, [name], settings)) == [KEYS[3], KEYS[4]]


def test_posts_are_taken_only_where_there_are_no_lines(s3: Any, settings: Settings) -> None:
    assert keys(plan("IR", DAY, NEXT, ["signal", "tor"], settings)) == [KEYS[1], KEYS[6], KEYS[7]]


def test_the_older_layout_is_found_with_and_without_nettests(s3: Any, settings: Settings) -> None:
    new_year = date(2020, 1, 2), date(2020, 1, 3)
    assert keys(plan("IR", *new_year, None, settings)) == [KEYS[10], KEYS[11]]
    assert keys(plan("IR", *new_year, ["signal"], settings)) == [KEYS[10]]


def test_the_day_of_the_change_is_found_in_both_layouts_and_nothing_comes_twice(s3: Any, settings: Settings) -> None:
    assert keys(plan("IR", date(2020, 10, 20), date(2020, 10, 22), None, settings)) == [KEYS[13], KEYS[14], KEYS[15]]


def test_a_day_without_files_is_an_empty_plan(s3: Any, settings: Settings) -> None:
    assert plan("IS", DAY, NEXT, None, settings) == []


@pytest.mark.parametrize(
    ("country", "until", "tests"),
    [("Iran", NEXT, None), ("../", NEXT, None), ("IR", DAY, None), ("IR", NEXT, ["a/b"]), ("IR", NEXT, [""])],
)
def test_arguments_that_make_no_sense_are_refused(
    settings: Settings, country: str, until: date, tests: list[str] | None
) -> None:
    with pytest.raises(InputError):
        plan(country, DAY, until, tests, settings)


def test_a_missing_bucket_is_a_source_that_is_unavailable(s3: Any, endpoint: str) -> None:
    with pytest.raises(SourceUnavailable, match="Check the connection") as caught:
        plan("IR", DAY, NEXT, None, Settings(ooni_endpoint=endpoint, ooni_bucket="none-such"))
    assert caught.value.exit_code == 5


def test_an_unreachable_endpoint_is_a_source_that_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SourceUnavailable, match="cannot be listed"):
        plan("IR", DAY, NEXT, None, Settings(ooni_endpoint=f"http://127.0.0.1:{port}", http_timeout_s=1))


def test_fetched_files_are_archived_with_where_they_came_from(s3: Any, settings: Settings, archive: Archive) -> None:
    remotes = plan("IR", DAY, NEXT, None, settings)
    summary = fetch(remotes, archive, settings)
    assert (summary.fetched, summary.skipped, summary.failed) == (5, 0, [])
    assert summary.bytes == sum(remote.bytes for remote in remotes)
    assert [file.url for file in summary.files] == [f"s3://{BUCKET}/{remote.key}" for remote in remotes]
    for file, remote in zip(summary.files, remotes, strict=True):
        assert (file.source, file.licence, file.media_type) == ("ooni", "CC BY-NC-SA 4.0", "application/gzip")
        assert archive.read(file.sha256) == body(remote.key)
    assert archive.verify() == []


def test_a_second_run_fetches_only_what_is_missing(s3: Any, settings: Settings, archive: Archive) -> None:
    remotes = plan("IR", DAY, NEXT, None, settings)
    first = fetch(remotes[:2], archive, settings)
    seen: dict[str, int] = {}
    second = fetch(remotes, archive, settings, on_progress=lambda remote, size: seen.update({remote.key: size}))
    assert (second.fetched, second.skipped) == (3, 2)
    assert second.files[:2] == first.files
    assert seen == {remote.key: remote.bytes for remote in remotes}
    assert fetch(remotes, archive, settings).skipped == 5


def test_an_archived_file_that_was_damaged_is_fetched_again(s3: Any, settings: Settings, archive: Archive) -> None:
    remotes = plan("UG", DAY, NEXT, None, settings)
    [file] = fetch(remotes, archive, settings).files
    path = archive.path_of(file.sha256)
    path.chmod(0o644)
    path.write_bytes(bytes(file.bytes))
    assert fetch(remotes, archive, settings).fetched == 1
    assert archive.verify() == []


def test_a_file_that_changed_in_the_bucket_is_fetched_again(s3: Any, settings: Settings, archive: Archive) -> None:
    fetch(plan("UG", DAY, NEXT, None, settings), archive, settings)
    s3.put_object(Bucket=BUCKET, Key=KEYS[5], Body=b"new", ACL="public-read")
    summary = fetch(plan("UG", DAY, NEXT, None, settings), archive, settings)
    assert summary.fetched == 1
    assert archive.read(summary.files[0].sha256) == b"new"
    assert len(list(archive.files())) == 2


@pytest.mark.parametrize("came", [b"short", b"far longer than what the list of the bucket says it is " * 40])
def test_bytes_of_another_size_than_listed_never_enter_the_archive(
    s3: Any, settings: Settings, archive: Archive, came: bytes
) -> None:
    remotes = plan("IR", DAY, NEXT, ["signal"], settings)
    s3.put_object(Bucket=BUCKET, Key=remotes[0].key, Body=came, ACL="public-read")
    summary = fetch(remotes, archive, settings)
    assert summary.fetched == 1
    [failure] = summary.failed
    assert failure.key == remotes[0].key
    assert "are listed" in failure.error
    assert [file.url for file in archive.files()] == [f"s3://{BUCKET}/{remotes[1].key}"]


def test_bytes_with_another_md5_than_listed_never_enter_the_archive(
    s3: Any, settings: Settings, archive: Archive
) -> None:
    remotes = plan("UG", DAY, NEXT, None, settings)
    s3.put_object(Bucket=BUCKET, Key=KEYS[5], Body=bytes(remotes[0].bytes), ACL="public-read")
    [failure] = fetch(remotes, archive, settings).failed
    assert "MD5" in failure.error
    assert list(archive.files()) == []


def test_an_upload_in_parts_has_no_md5_and_is_checked_by_size(s3: Any, settings: Settings, archive: Archive) -> None:
    [remote] = plan("UG", DAY, NEXT, None, settings)
    parts = Remote(remote.key, remote.bytes, f'"{"0" * 32}-2"', remote.last_modified)
    assert parts.md5 is None
    assert fetch([parts], archive, settings).fetched == 1
    assert fetch([parts], archive, settings).skipped == 1


def test_a_file_that_is_gone_fails_alone(s3: Any, settings: Settings, archive: Archive) -> None:
    remotes = plan("IR", DAY, NEXT, None, settings)
    s3.delete_object(Bucket=BUCKET, Key=remotes[2].key)
    summary = fetch(remotes, archive, settings)
    assert [failure.key for failure in summary.failed] == [remotes[2].key]
    assert "no longer" in summary.failed[0].error
    assert summary.fetched == 4


def test_ctrl_c_stops_and_leaves_the_archive_sound(s3: Any, settings: Settings, archive: Archive) -> None:
    remotes = plan("IR", DAY, NEXT, None, settings)

    def interrupt(remote: Remote, size: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(remotes, archive, settings, on_progress=interrupt)
    assert archive.verify() == []
    assert list(archive.files()) == []
    assert fetch(remotes, archive, settings).fetched == 5


def test_a_full_disk_ends_the_run(
    s3: Any, settings: Settings, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    remotes = plan("IR", DAY, NEXT, None, settings)
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(LightkeeperError, match="Free some space"):
        fetch(remotes, archive, settings)


class _Shaky(BaseHTTPRequestHandler):
    """Answers 503, then half of the file and a lost connection, then what is asked for."""

    whole = b"x" * 3_000_000
    asked = 0

    def do_GET(self) -> None:
        cls = type(self)
        cls.asked += 1
        if cls.asked == 1:
            self.send_error(503)
            return
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(self.whole) - start))
        self.send_header("Content-Range", f"bytes {start}-{len(self.whole) - 1}/{len(self.whole)}")
        self.send_header("ETag", '"' + hashlib.md5(self.whole).hexdigest() + '"')
        self.send_header("Last-Modified", "Fri, 18 Jun 2021 00:00:00 GMT")
        self.end_headers()
        self.wfile.write(self.whole[start:] if cls.asked > 2 else self.whole[:1_500_000])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def shaky() -> Iterator[str]:
    _Shaky.asked = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Shaky)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def remote_of(name: str, data: bytes) -> Remote:
    moment = ooni_remote.datetime.fromisoformat("2021-06-18T00:00:00+00:00")
    return Remote(name, len(data), f'"{hashlib.md5(data).hexdigest()}"', moment)


def test_server_errors_and_lost_connections_are_tried_again(shaky: str, archive: Archive) -> None:
    settings = Settings(ooni_endpoint=shaky, http_timeout_s=5)
    summary = fetch([remote_of("raw/a.jsonl.gz", _Shaky.whole)], archive, settings)
    assert summary.failed == []
    assert archive.read(summary.files[0].sha256) == _Shaky.whole
    assert _Shaky.asked >= 3


def test_when_the_line_is_down_the_rest_is_left_for_another_run(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setattr(ooni_fetch, "GIVE_UP_AFTER", 2)
    settings = Settings(ooni_endpoint=f"http://127.0.0.1:{port}", http_timeout_s=1, fetch_parallel=1)
    summary = fetch([remote_of(f"raw/{n}.jsonl.gz", b"x") for n in range(5)], archive, settings)
    assert [failure.error.startswith("not tried") for failure in summary.failed] == [False, False, True, True, True]
    assert all(failure.remedy for failure in summary.failed)
