"""Measurements are read from every form OONI published, and what cannot be read is set aside with its reason."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lightkeeper.sources import ooni_limits
from lightkeeper.sources.ooni import Record, Unreadable, read

DATA = Path(__file__).parent.parent / "data" / "ooni"
LINES = [b'{"n":%d}' % n for n in range(5)]
JSONL = b"\n".join(LINES) + b"\n"


def piped(data: bytes) -> list[Record | Unreadable]:
    return list(read("-", stdin=io.BytesIO(data)))


def texts(found: list[Record | Unreadable]) -> list[bytes]:
    return [one.data for one in found if isinstance(one, Record)]


def problems(found: list[Record | Unreadable]) -> list[Unreadable]:
    return [one for one in found if isinstance(one, Unreadable)]


def tar_of(members: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def test_every_real_measurement_is_read() -> None:
    found = list(read(DATA))
    assert problems(found) == []
    assert len(found) == 65
    assert all("test_keys" in msgspec.json.decode(text) for text in texts(found))


@pytest.mark.parametrize("path", sorted((DATA / "wc05_qa").iterdir()), ids=lambda path: path.stem)
def test_a_document_over_many_lines_is_one_record(path: Path) -> None:
    [record] = read(path)
    assert isinstance(record, Record)
    assert (record.file, record.line) == (str(path), 1)
    assert msgspec.json.decode(record.data) == json.loads(path.read_bytes())


WRAPPINGS = {
    "a.jsonl": JSONL,
    "a.json": JSONL,
    "no_ending": JSONL,
    "a.jsonl.gz": gzip.compress(JSONL),
    "misnamed.jsonl": gzip.compress(JSONL),
    "misnamed.gz": JSONL,
    "two_gzip_members.jsonl.gz": gzip.compress(LINES[0] + b"\n" + LINES[1][:3])
    + gzip.compress(LINES[1][3:] + b"\n" + b"\n".join(LINES[2:])),
    "a.tar": tar_of({"x/a.jsonl": JSONL}),
    "a.tgz": gzip.compress(
        tar_of({"a.jsonl": b"\n".join(LINES[:2]), "b.jsonl.gz": gzip.compress(b"\n".join(LINES[2:]))})
    ),
    "old_gnu.tar": tar_of({"n" * 300 + ".jsonl": JSONL}, tarfile.GNU_FORMAT),
    "long_pax.tar": tar_of({"n" * 300 + "é.jsonl": JSONL}, tarfile.PAX_FORMAT),
    "ustar.tar": tar_of({"a.jsonl": JSONL}, tarfile.USTAR_FORMAT),
    "crlf.jsonl": JSONL.replace(b"\n", b"\r\n"),
    "no_last_newline.jsonl": JSONL.rstrip(),
    "blank_lines.jsonl": JSONL.replace(b"\n", b"\n\n  \n"),
    "byte_order_mark.jsonl": b"\xef\xbb\xbf" + JSONL,
    "indented.jsonl": b"  " + JSONL.replace(b"\n", b"\n\t "),
    "array.json": b"[" + b", ".join(LINES) + b"]",
    "array_of_lines.json": b"[\n" + b",\n".join(LINES) + b"\n]\n",
}


@pytest.mark.parametrize("name", WRAPPINGS)
def test_the_form_is_told_by_content(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(WRAPPINGS[name])
    for found in (list(read(tmp_path / name)), piped(WRAPPINGS[name])):
        assert problems(found) == []
        assert texts(found) == LINES


@pytest.mark.parametrize("indent", [0, 1, 4, "\t"])
def test_documents_over_many_lines_may_follow_one_another(indent: int | str) -> None:
    values = [{"a": {"b": [{}, {"c": "}"}, []]}, "n": n} for n in range(3)]
    data = b"\n".join(json.dumps(value, indent=indent).encode() for value in values)
    for text in (data, data + b"\n", data + b"\n" + LINES[0]):
        found = piped(text)
        assert problems(found) == []
        assert [json.loads(one) for one in texts(found)][:3] == values
    found = piped(json.dumps(values, indent=indent).encode())
    assert [json.loads(one) for one in texts(found)] == values


def test_lines_are_numbered_from_one_and_blank_ones_count() -> None:
    found = piped(b'\n{"a":1}\n\n{"b":2}\n{\n"c":3\n}\n{"d":4}')
    assert [one.line for one in found] == [2, 4, 5, 8]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"[1]", "a list"),
        (b"[]", "a list"),
        (b"null", "null"),
        (b"3", "a number"),
        (b"-1.5", "a number"),
        (b'"x"', "text"),
        (b"true", "true"),
        (b"hello", "not JSON"),
        (b"\x00\x01", "not JSON"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"cut": "of', "cut off"),
        (b'{"cut": 1,', "cut off"),
        (b'[{"cut": 1}, ', "cut off"),
    ],
)
def test_a_bad_line_is_set_aside_and_reading_goes_on(line: bytes, error: str) -> None:
    found = piped(LINES[0] + b"\n" + line + b"\n" + LINES[1] + b"\n" + LINES[2])
    [problem] = problems(found)
    assert texts(found)[:1] == LINES[:1]
    assert LINES[2] in texts(found) or error == "cut off"
    assert problem.line == 2
    assert error in problem.error
    assert problem.remedy


def test_a_line_cut_off_does_not_swallow_the_next() -> None:
    found = piped(b'{"cut": "of\n' + JSONL)
    assert texts(found) == LINES
    assert [problem.line for problem in problems(found)] == [1]


def test_a_last_line_cut_off_is_set_aside() -> None:
    found = piped(JSONL + b'{"cut": 1')
    assert texts(found) == LINES
    assert "cut off" in problems(found)[0].error


@pytest.mark.parametrize("size", [ooni_limits.CHUNK_BYTES // 2, 3 * ooni_limits.CHUNK_BYTES])
def test_a_line_too_long_is_skipped_in_little_memory(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(ooni_limits, "MAX_RECORD_BYTES", 1000)
    long = b'{"a":"' + b"x" * size + b'"}'
    found = piped(long + b"\n" + JSONL + long)
    assert texts(found) == LINES
    assert [problem.line for problem in problems(found)] == [1, 7]
    assert "longer than 1,000 bytes" in problems(found)[0].error


def test_a_document_too_long_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ooni_limits, "MAX_RECORD_BYTES", 100)
    document = json.dumps({"n": list(range(100))}, indent=1).encode()
    found = piped(document + b"\n" + JSONL)
    assert texts(found) == LINES
    assert [problem.line for problem in problems(found)] == [1]


def test_a_large_file_is_never_held_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wb", 1) as out:
        for _ in range(300):
            out.write(b'{"a":"' + b"x" * 200_000 + b'"}\n')
    tracemalloc.start()
    assert sum(1 for _ in read(path)) == 300
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("cut", [1, 5, 9, 30, 1000, 20_000])
def test_a_gzip_file_cut_off_gives_what_came_before(tmp_path: Path, cut: int) -> None:
    lines = [b'{"n":%d,"x":"%s"}' % (n, os.urandom(600).hex().encode()) for n in range(300)]
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b"\n".join(lines))[:-cut])
    found = list(read(tmp_path / "a.jsonl.gz"))
    got = texts(found)
    assert got == lines[: len(got)]
    assert len(got) > 250
    [problem] = problems(found)
    assert "gzip data is cut off" in problem.error
    assert problem.line >= len(got)


def test_damaged_gzip_data_is_set_aside(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"\n".join(LINES * 2000)))
    packed[-6] ^= 1
    (tmp_path / "a.jsonl.gz").write_bytes(packed)
    assert any("damaged" in problem.error for problem in problems(list(read(tmp_path / "a.jsonl.gz"))))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(JSONL) + b"trailing garbage")
    found = list(read(tmp_path / "a.jsonl.gz"))
    assert texts(found) == LINES
    assert "damaged" in problems(found)[0].error


@pytest.mark.parametrize("data", [b"", gzip.compress(b"", mtime=0), b"\x1f\x8b", b"\x1f\x8b\x08\x00"])
def test_a_file_with_nothing_in_it_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(data)
    [problem] = read(tmp_path / "a.jsonl.gz")
    assert isinstance(problem, Unreadable)
    assert problem.line == 0


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    [problem] = read(tmp_path / "none.json")
    assert isinstance(problem, Unreadable)
    assert "No such file" in problem.error
    assert problem.remedy == "Check the name"


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_bytes(LINES[0])
    original = Path.open

    def refuse(self: Path, *args: object, **kwargs: object) -> object:
        if self.name == "a.json":
            raise PermissionError(13, "Permission denied")
        return original(self, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    found = list(read(tmp_path))
    assert "Permission denied" in problems(found)[0].error
    assert texts(found) == LINES[:1]


def test_a_disk_that_fails_while_reading_gives_what_came_before() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            if not data:
                raise OSError(5, "Input/output error")
            return data

    found = list(read("-", stdin=Failing(JSONL)))
    assert texts(found) == LINES
    assert "Input/output error" in problems(found)[0].error


@pytest.mark.parametrize("magic", [b"\x04\x22\x4d\x18", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"BZh9", b"PK\x03\x04"])
def test_other_packings_say_how_to_convert_them(magic: bytes) -> None:
    [problem] = piped(magic + bytes(600))
    assert isinstance(problem, Unreadable)
    assert problem.remedy.startswith("Convert it with")


def test_a_folder_is_read_in_order_and_leaves_out_what_is_not_measurements(tmp_path: Path) -> None:
    for name in ("b/2.jsonl", "a.json", "b/1.jsonl.gz", "no_ending"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(LINES[0]) if name.endswith("gz") else LINES[0])
    (tmp_path / ".hidden.json").write_bytes(b"x")
    (tmp_path / "README.md").write_bytes(b"# Notes")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.json")
    names = [Path(one.file).relative_to(tmp_path).as_posix() for one in read(tmp_path)]
    assert names == ["a.json", "no_ending", "b/1.jsonl.gz", "b/2.jsonl"]


def test_a_named_pipe_is_read_where_it_is_asked_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(JSONL))
    writer.start()
    assert texts(list(read(pipe))) == LINES
    writer.join()


def test_members_are_named_after_their_archive() -> None:
    found = piped(tar_of({"x/a.json": LINES[0], "b.jsonl": JSONL}))
    assert [one.file for one in found] == ["stdin:x/a.json"] + ["stdin:b.jsonl"] * 5


def test_names_within_an_archive_are_only_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["../../etc/evil.json", "/abs.json", "a\nb\x1b[31m.json", "\u202egnp.json", "n" * 5000 + ".json"]
    found = piped(tar_of(dict.fromkeys(names, LINES[0])))
    assert len(texts(found)) == 5
    for one in found:
        assert one.file.isprintable()
        assert len(one.file) < 500
    assert list(tmp_path.iterdir()) == []


def test_links_and_devices_in_an_archive_are_passed_over() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
            info = tarfile.TarInfo("x")
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
        info = tarfile.TarInfo("a.json")
        info.size = len(LINES[0])
        tar.addfile(info, io.BytesIO(LINES[0]))
    assert texts(piped(out.getvalue())) == LINES[:1]


def test_a_bad_member_does_not_stop_the_others() -> None:
    members = {
        "a": b"",
        "b.gz": gzip.compress(JSONL)[:-4],
        "c": b"\x04\x22\x4d\x18",
        "d.json": LINES[0],
        "e.yaml": b"x",
    }
    found = piped(gzip.compress(tar_of(members)))
    assert [problem.file for problem in problems(found)] == ["stdin:a", "stdin:b.gz", "stdin:c", "stdin:e.yaml"]
    assert texts(found)[-1] == LINES[0]


def test_an_archive_cut_off_gives_what_came_before() -> None:
    data = tar_of({"a.json": LINES[0], "b.jsonl": b"\n".join(LINES * 1000)})
    for cut in (512 + 512 + 300, 512 + 512 + 512 + 700):
        found = piped(data[:cut])
        assert texts(found)[0] == LINES[0]
        assert problems(found)


def test_a_damaged_header_ends_the_archive_with_a_reason() -> None:
    data = bytearray(tar_of({"a.json": LINES[0], "b.json": LINES[1]}))
    data[1024 + 10] ^= 1
    found = piped(bytes(data))
    assert texts(found) == LINES[:1]
    assert "damaged" in problems(found)[0].error


def test_an_archive_of_too_many_members_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ooni_limits, "MAX_MEMBERS", 3)
    found = piped(tar_of({f"{n}.json": LINES[0] for n in range(10)}))
    assert len(texts(found)) == 3
    assert "more than 3 members" in problems(found)[0].error


def test_a_huge_extended_header_is_not_taken_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ooni_limits, "MAX_TAR_NOTE_BYTES", 1000)
    found = piped(tar_of({"n" * 5000: LINES[0]}))
    assert "name of more than" in problems(found)[0].error


def test_what_unpacks_to_too_much_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(b"\n".join([b'{"a":"' + b"x" * 1000 + b'"}'] * 2000))
    monkeypatch.setattr(ooni_limits, "MAX_STREAM_BYTES", 600_000)
    found = piped(bomb)
    assert 0 < len(texts(found)) < 1000
    assert "unpacks to more than 600,000 bytes" in problems(found)[0].error
    monkeypatch.setattr(ooni_limits, "MAX_STREAM_BYTES", 100_000_000)
    monkeypatch.setattr(ooni_limits, "MAX_TOTAL_BYTES", 5_000_000)
    found = piped(tar_of({f"{n}.gz": bomb for n in range(5)}))
    assert "the file unpacks to more than 5,000,000 bytes" in problems(found)[0].error


def test_wrapping_within_wrapping_is_stopped() -> None:
    data = LINES[0]
    for _ in range(ooni_limits.MAX_DEPTH):
        data = gzip.compress(data)
    assert texts(piped(data)) == LINES[:1]
    [problem] = piped(gzip.compress(data))
    assert isinstance(problem, Unreadable)
    assert "wrapped more than" in problem.error


def post(content: object, form: str = "json") -> bytes:
    return json.dumps({"format": form, "content": content}).encode()


def test_what_probes_posted_is_unwrapped_and_keeps_its_id() -> None:
    uid = "20210614004521.999962_JO_signal_68eb19b439326d60"
    members = {
        f"2021061400_JO_signal.n0.0/{uid}.post": post({"a": 1}),
        "other.post": post({"b": {}}),
        f"x/{uid[:-1]}0.post": post({"measurement_uid": "own"}),
        f"y/{uid}.post": post({}),
    }
    found = piped(gzip.compress(tar_of(members)))
    assert [json.loads(text) for text in texts(found)] == [
        {"measurement_uid": uid, "a": 1},
        {"b": {}},
        {"measurement_uid": "own"},
        {"measurement_uid": uid},
    ]


@pytest.mark.parametrize(
    ("outside", "content", "said"),
    [
        ("t", {"a": 1}, "t"),
        ("t", {}, "t"),
        ("u", {"is_verified": "t"}, "u"),
        (None, {"is_verified": "t", "a": {"b": 1}}, None),
    ],
)
def test_of_a_post_the_collectors_word_on_its_sender_counts_and_not_the_senders(
    outside: str | None, content: dict[str, object], said: str | None
) -> None:
    more = {"is_verified": outside} if outside else {}
    data = json.dumps({"format": "json", "content": content} | more).encode()
    [text] = texts(piped(tar_of({"a.post": data})))
    assert json.loads(text) == content | {"is_verified": said}


@pytest.mark.parametrize("bad", [b"{", b"[]", post("text"), post(None), post({}, "yaml"), b'{"format":"json"}'])
def test_a_bad_post_is_set_aside(bad: bytes) -> None:
    found = piped(tar_of({"a.post": bad, "b.post": post({"b": 1})}))
    assert len(problems(found)) == 1
    assert [json.loads(text) for text in texts(found)] == [{"b": 1}]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    values=st.lists(
        st.dictionaries(
            st.text(max_size=5),
            st.recursive(
                st.none() | st.integers() | st.text(max_size=5),
                lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
                max_leaves=8,
            ),
            max_size=4,
        ),
        min_size=1,
        max_size=6,
    ),
    indents=st.lists(st.sampled_from([None, 0, 1, 2]), min_size=6, max_size=6),
    packed=st.booleans(),
)
def test_any_mix_of_lines_and_documents_is_cut_where_one_ends(
    values: list[dict[str, object]], indents: list[int | None], packed: bool
) -> None:
    data = "\n".join(json.dumps(value, indent=indent) for value, indent in zip(values, indents, strict=False)).encode()
    found = piped(gzip.compress(data) if packed else data)
    assert problems(found) == []
    assert [json.loads(text) for text in texts(found)] == values


@settings(deadline=None)
@given(data=st.binary(max_size=2000), wrap=st.sampled_from(["", "gzip", "tar", "cut"]))
def test_no_bytes_whatever_make_it_fail(data: bytes, wrap: str) -> None:
    wrapped = {"": data, "gzip": gzip.compress(data), "tar": tar_of({"a.yaml": data}), "cut": gzip.compress(data)[:-3]}
    for one in piped(wrapped[wrap]):
        assert isinstance(one, Record | Unreadable)
        if isinstance(one, Unreadable):
            assert one.error
            assert one.remedy


def test_a_reader_that_is_left_early_lets_go_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(JSONL)
    found: Iterator[Record | Unreadable] = read(tmp_path / "a.jsonl")
    next(found)
    found.close()  # type: ignore[attr-defined]
    (tmp_path / "a.jsonl").unlink()
