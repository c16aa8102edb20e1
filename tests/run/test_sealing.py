"""Sealing a case: what lies in the bundle, twice the same, made again from itself, and its redacted twin."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest

from evidence.bundles import AT
from evidence.tsa import NOW, Authority, serving
from lightkeeper.errors import ArchiveDamaged, InputError, LightkeeperError
from lightkeeper.evidence import redact, verify
from lightkeeper.evidence.bag import About, write_bag
from lightkeeper.evidence.item import Item
from lightkeeper.evidence.keys import load_key
from lightkeeper.evidence.signing import sign_bag
from lightkeeper.model import Signal
from lightkeeper.run import build, replay, verifying
from lightkeeper.run.sealing import Sealed, Wish, key_path, seal_case
from lightkeeper.settings import Settings
from run.sealed_case import REVIEWER, SIGNER, case_in, settings_in

WISH = Wish(by="A test desk", pack_as="zip", redact=True)


class Made(msgspec.Struct, frozen=True):
    """A case sealed once, with its redacted twin."""

    home: Path
    case: Path
    settings: Settings
    whole: Sealed
    twin: Sealed


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    home = tmp_path_factory.mktemp("sealed")
    case, settings = case_in(home / "cases"), settings_in(home)
    whole, twin = seal_case(case, home / "one", settings, WISH)
    return Made(home, case, settings, whole, twin)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def sealed_again(made: Made, folder: Path, change: dict[str, bytes]) -> Path:
    """A bundle with other bytes in some files, sealed by the rightful key: what only its holder could do."""
    data = made.whole.folder / "data"
    own = {verify.CUSTODY, verify.CRATE, verify.BLINDING}
    contents = {f"data/{name}": raw for name, raw in tree(data).items() if f"data/{name}" not in own} | change
    key = load_key(key_path(made.settings))
    about = About(case_id="x", title="x", kind="whole", version="0", ruleset="x", by="x")
    folder.mkdir(parents=True)
    items = [Item(path=path, origin=raw, what="x") for path, raw in contents.items()]
    sign_bag(write_bag(folder, about, items, key), about, key)
    return folder


def test_the_bundle_holds_all_that_the_case_rests_on(made: Made) -> None:
    names = set(tree(made.whole.folder / "data"))
    assert {"pages/ledger.json", "pages/index.html", "tables/verdict.parquet", "custody.jsonl"} <= names
    assert {f"case/{made.case.name}/case.toml", f"case/{made.case.name}/measurements/bug_352.json"} <= names
    assert any(n.startswith("rules/lk-") for n in names)
    assert "rules/reference/observe/fingerprints.toml" in names
    assert verify.check(str(made.whole.folder), made.whole.fingerprint).problems == []


def test_the_custody_log_says_of_each_file_where_it_came_from_and_what_judged(made: Made) -> None:
    entries = [json.loads(line) for line in (made.whole.folder / verify.CUSTODY).read_bytes().splitlines()]
    by_path = {e["path"]: e for e in entries if "path" in e}
    raw = by_path[f"data/case/{made.case.name}/measurements/bug_352.json"]
    assert (raw["event"], raw["licence"]) == ("added", "OONI, CC BY-NC-SA 4.0")
    assert raw["from"] == f"cases/{made.case.name}/measurements/bug_352.json"
    assert raw["retrieved_at"].endswith("Z")
    assert by_path["data/pages/ledger.json"]["judged_by"].startswith("lk-")
    assert (entries[-1]["event"], entries[-1]["who"]) == ("sealed", "A test desk")


def test_two_seals_of_one_build_differ_in_the_time_of_signing_only(made: Made) -> None:
    whole, twin = seal_case(made.case, made.home / "two", made.settings, WISH)
    for one, other in ((made.whole, whole), (made.twin, twin)):
        first, second = tree(one.folder), tree(other.folder)
        changed = {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}
        assert changed <= {verify.SEAL, verify.SIGNATURE, "whole/seal.txt", "whole/seal.sig", verify.TAGMANIFEST}
        rows = zip(first[verify.SEAL].splitlines(), second[verify.SEAL].splitlines(), strict=True)
        fields = {a.split(b": ")[0] for a, b in rows if a != b}
        assert fields <= {b"signed-at", b"tagmanifest-sha256"}
    assert whole.folder.name == made.whole.folder.name


def test_a_bundle_that_is_there_and_sound_is_left_as_it_is(made: Made) -> None:
    before = tree(made.whole.folder)
    whole, _ = seal_case(made.case, made.home / "one", made.settings, WISH)
    assert not whole.new
    assert tree(made.whole.folder) == before


def test_a_bundle_is_made_again_from_itself_alone_without_network(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("replay asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.chdir(tmp_path)
    assert made.whole.packed is not None
    with verifying.opened_bundle(made.whole.packed) as folder:
        found = replay.replay(folder)
    assert found.differences == []
    assert found.cautions == []
    assert found.compared == len([n for n in tree(made.whole.folder / "data") if n.startswith(("pages/", "tables/"))])


def test_a_ledger_that_does_not_follow_is_named_with_the_first_place(made: Made, tmp_path: Path) -> None:
    ledger = json.loads((made.whole.folder / "data/pages/ledger.json").read_bytes())
    ledger["asks"][1]["answer"] = "met"
    forged = sealed_again(made, tmp_path / "b", {"data/pages/ledger.json": json.dumps(ledger).encode()})
    assert verify.check(str(forged), made.whole.fingerprint).problems == [], "the holder of the key signed it"
    [first, *_] = replay.replay(forged).differences
    assert first.path == "pages/ledger.json"
    assert first.what.startswith(".asks[1].answer: 'met' in the bundle, ")


def test_a_changed_measurement_is_found_by_its_verdict(made: Made, tmp_path: Path) -> None:
    path = f"data/case/{made.case.name}/measurements/bug_352.json"
    other = sealed_again(made, tmp_path / "b", {path: b"{}\n"})
    names = [d.path for d in replay.replay(other).differences]
    assert "tables/verdict.parquet" in names
    assert "tables/measurement.parquet" in names


def test_tables_and_pages_on_one_side_only_are_named(made: Made, tmp_path: Path) -> None:
    more = {"data/pages/more.html": b"x", "data/tables/other.parquet": b"x"}
    names = {d.path: d.what for d in replay.replay(sealed_again(made, tmp_path / "b", more)).differences}
    assert names["pages/more.html"] == names["tables/other.parquet"] == "in the bundle, but not made again"


def test_a_damaged_bundle_is_not_replayed(made: Made, tmp_path: Path) -> None:
    shutil.copytree(made.whole.folder, tmp_path / "b")
    (tmp_path / "b" / "data" / "pages" / "ledger.json").write_bytes(b"{}")
    with pytest.raises(ArchiveDamaged, match=r"ledger\.json: changed"):
        replay.replay(tmp_path / "b")


def test_rules_that_this_version_lacks_are_said_with_the_version_that_has_them(made: Made, tmp_path: Path) -> None:
    software = json.loads((made.whole.folder / "data/software.json").read_bytes())
    rules, reference = software["ruleset"].split("+")
    software["ruleset"] = f"lk-1-000000000000+{reference}"
    text = (made.whole.folder / f"data/rules/{rules}.tsv").read_text().replace(rules, "lk-1-000000000000")
    lines = text.splitlines()
    lines[0] = lines[0].replace("\t0.", "\t9.", 1)
    lines[2] = lines[2][:-4] + "0000"
    changed = {
        "data/software.json": json.dumps(software).encode(),
        "data/rules/lk-1-000000000000.tsv": ("\n".join(lines) + "\n").encode(),
    }
    with pytest.raises(InputError, match=r"Install Lightkeeper 9\."):
        replay.replay(sealed_again(made, tmp_path / "b", changed))


def test_a_case_that_cannot_be_made_again_from_its_bundle_is_not_signed(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = iter(["one", "other"])  # something that is not in the bundle
    monkeypatch.setattr(build, "headline", lambda *_: next(words))
    with pytest.raises(LightkeeperError, match=r"comes out otherwise .*headline: 'one' in the bundle, 'other' now"):
        seal_case(made.case, made.home / "three", made.settings, Wish())
    assert not list((made.home / "three").glob("*/bagit.txt"))


def test_facts_that_a_person_added_are_in_the_bundle_and_enough_to_replay(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    facts = settings.data_dir / "reference" / "ratifications" / "ratifications_mine.toml"
    facts.parent.mkdir(parents=True)
    facts.write_text(
        '[[ratification]]\ncountry = "IR"\ninstrument = "icescr"\nstatus = "party"\nsince = 1975-06-24\n'
        'source = "A synthetic list"\nchecked_on = 2026-01-01\nread_on = 2026-01-02\n'
        '[[ratification]]\ncountry = "IR"\ninstrument = "iccpr-op1"\nstatus = "signatory"\n'
        'source = "A synthetic list"\nchecked_on = 2026-01-01\nread_on = 2026-01-02\n'
    )
    [whole] = seal_case(case_in(tmp_path / "cases"), tmp_path / "in", settings, Wish())
    assert "facts/ratifications/ratifications_mine.toml" in tree(whole.folder / "data")
    assert b"A synthetic list" in (whole.folder / "data/pages/law.html").read_bytes()
    assert replay.replay(whole.folder).differences == []


def test_imported_series_and_their_raw_files_are_in_the_bundle_and_enough_to_replay(
    tmp_path: Path, shared: Path
) -> None:
    from lightkeeper.run.importing import import_ioda
    from places import ROOT

    settings = settings_in(tmp_path)
    file = next((shared / "series" / "ioda-iran-2026").glob("*.csv"))
    import_ioda(file, "IR", settings)
    shutil.copytree(ROOT / "cases" / "iran-2026-blackout", tmp_path / "iran-2026-blackout")
    [whole] = seal_case(tmp_path / "iran-2026-blackout", tmp_path / "in", settings, Wish())
    names = set(tree(whole.folder / "data"))
    assert "inputs/signal/import-ioda-IR.parquet" in names
    assert any(
        n.startswith("raw/") and n != "raw/files.json" for n in names
    )  # and it was made again before it was signed
    assert pq.read_table(whole.folder / "data/inputs/signal/import-ioda-IR.parquet").num_rows > 1000
    assert Signal.table_name == "signal"


def test_the_twin_verifies_and_shows_that_it_is_the_whole_minus_its_list(made: Made) -> None:
    report = verify.check(str(made.twin.folder), made.twin.fingerprint)
    assert report.problems == []
    assert any(made.whole.tagmanifest_sha256 in remark for remark in report.remarks)
    listed = json.loads((made.twin.folder / verify.REMOVED).read_bytes())
    whole = verify.read_manifest(str(made.whole.folder), verify.MANIFEST)
    assert len(listed["files"]) == len(whole)
    blinding = (made.whole.folder / verify.BLINDING).read_text().strip()
    for row, (path, sha256) in zip(listed["files"], sorted(whole.items()), strict=True):
        if row["what"] != "kept":  # who has the whole can check each of them
            assert row["commitment"] == verify.commitment(verify.salt_of(blinding, path), sha256, path)
            assert row["why"]


def test_no_person_and_no_record_of_a_probe_is_in_the_twin(made: Made) -> None:
    measured = pq.read_table(made.whole.folder / "data/tables/measurement.parquet").to_pylist()
    assert len(measured) == 2
    secrets = {REVIEWER, SIGNER, *(m["measurement_id"] for m in measured), *(m["file_sha256"] for m in measured)}
    secrets |= {m["report_id"] for m in measured if m["report_id"]}
    secrets |= {verify.digest(str(made.case), name) for name in ("case.toml", "measurements/broken.json")}
    secrets |= {(made.whole.folder / verify.BLINDING).read_text().strip(), "broken.json", "bug_352"}
    for name, data in tree(made.twin.folder).items():
        text = data.decode("utf-8", "replace")
        if name.endswith(".parquet"):
            text = repr(pq.read_table(made.twin.folder / name).to_pylist())
        found = [s for s in secrets if s in text and not name.startswith("data/rules/")]
        assert not found, (name, found)
    whole = {p for p, data in tree(made.whole.folder).items() if REVIEWER.encode() in data}
    assert len(whole) > 3, "the test looks for what was there"
    kept = set(tree(made.twin.folder))
    assert "data/pages/ledger.json" in kept
    assert not {f"data/tables/{t}.parquet" for t in ("measurement", "observation", "verdict", "control")} & kept
    assert not [n for n in kept if "/measurements/" in n and not n.endswith("README.md")]


def test_the_answers_of_the_twin_are_those_of_the_whole(made: Made) -> None:
    whole, twin = (json.loads((b.folder / "data/pages/ledger.json").read_bytes()) for b in (made.whole, made.twin))
    assert [a["answer"] for a in twin["asks"]] == [a["answer"] for a in whole["asks"]]


def test_a_reviewer_who_agreed_is_shown(made: Made) -> None:
    items = {i.path: i for i in redact.twin_of(made.whole.folder, [], made_by="0").items}
    assert REVIEWER.encode() in b"".join(items["data/pages/incidents.json"].chunks())


def test_text_is_searched_whatever_its_name_ends_in(made: Made, tmp_path: Path) -> None:
    [record, *_] = pq.read_table(made.whole.folder / "data/tables/measurement.parquet").to_pylist()
    said = f"{REVIEWER} looked at {record['measurement_id']}".encode()
    more = {"data/pages/x.atom": said, "data/pages/y.unheard-of": REVIEWER.encode(), "data/pages/z.bin": b"\xff\xfe"}
    twin = redact.twin_of(sealed_again(made, tmp_path / "b", more), [REVIEWER], made_by="0")
    items = {i.path: b"".join(i.chunks()) for i in twin.items}
    assert "data/pages/x.atom" not in items, "it names a record"
    assert items["data/pages/y.unheard-of"] == redact.NAME.encode()
    assert "data/pages/z.bin" not in items, "it cannot be searched"


def test_small_groups_are_left_out_of_the_cells(made: Made) -> None:
    before = pq.read_table(made.whole.folder / "data/tables/cell.parquet").num_rows
    after = pq.read_table(made.twin.folder / "data/tables/cell.parquet")
    assert before > 0
    assert after.num_rows == 0, f"all have fewer than {redact.LEAST} sessions"


@pytest.mark.parametrize("change", ["a kept file", "a removed row", "another whole", "a smuggled file", "a wrong salt"])
def test_a_twin_that_is_not_of_its_whole_is_refused(made: Made, tmp_path: Path, change: str) -> None:
    """The holder of the key signs a twin that says what its whole does not."""
    twin, key = made.twin.folder, load_key(key_path(made.settings))
    own = {verify.CUSTODY, verify.CRATE}
    contents = {n: d for n, d in tree(twin).items() if n.startswith("data/") and n not in own}
    tags = {n: d for n, d in tree(twin).items() if n.startswith("whole/")}
    listed = json.loads(contents[verify.REMOVED])
    kept = next(row for row in listed["files"] if row["what"] == "kept")
    if change == "a kept file":
        contents[kept["path"]] = b"forged"
    elif change == "a removed row":
        listed["files"].remove(next(row for row in listed["files"] if row["what"] == "removed"))
    elif change == "another whole":
        tags["whole/commitments.txt"] = b"0" * 64 + b"\n"
    elif change == "a smuggled file":
        contents["data/pages/more.html"] = b"x"
    else:
        kept["salt"] = "0" * 64
    contents[verify.REMOVED] = json.dumps(listed).encode()
    about = About(case_id="x", title="x", kind="redacted", version="0", ruleset="x", by="x")
    (tmp_path / "b").mkdir()
    items = [Item(path=path, origin=raw, what="x") for path, raw in contents.items()]
    sign_bag(write_bag(tmp_path / "b", about, items, key, tags), about, key, at=AT)
    found = verify.check(str(tmp_path / "b"), key.fingerprint).problems
    assert found, change
    assert all(reason for _, reason in found)


def test_a_twin_cannot_be_replayed_and_says_what_can(made: Made) -> None:
    with pytest.raises(InputError, match="Replay the whole bundle"):
        replay.replay(made.twin.folder)


def test_a_time_stamp_is_asked_for_and_kept_under_the_signature(made: Made, tmp_path: Path) -> None:
    authority = Authority()
    with serving(authority) as url:
        more = {"timestamp_url": url, "allow_hosts": [url.removeprefix("http://")]}
        settings = made.settings.model_copy(update=more)
        shutil.copytree(made.whole.folder, tmp_path / "in" / made.whole.folder.name)
        [whole] = seal_case(made.case, tmp_path / "in", settings, Wish(by=WISH.by))
        assert whole.folder.name == made.whole.folder.name, "a time stamp that comes later takes the place of none"
        bundle = whole.folder
        [again] = seal_case(made.case, tmp_path / "in", settings, Wish(by=WISH.by))
    assert not again.new, "one that has its time stamp is left as it is"
    assert bundle == again.folder
    assert whole.stamp is not None
    assert whole.stamp.at == NOW
    (tmp_path / "root.pem").write_bytes(authority.root_pem)
    found = verifying.check(whole.folder, tsa_root=tmp_path / "root.pem")
    assert found.problems == []
    assert any("2026-11-25 12:00:00 UTC" in s and "under the root that you named" in s for s in found.said)
    (tmp_path / "other.pem").write_bytes(Authority().root_pem)
    [problem] = verifying.check(whole.folder, tsa_root=tmp_path / "other.pem").problems
    assert problem[0] == verify.TIME_STAMP
    stamp = whole.folder / verify.TIME_STAMP
    stamp.write_bytes(stamp.read_bytes()[:-1] + b"x")
    assert (verify.TIME_STAMP, "changed: it is not the one that was signed") in verify.check(str(whole.folder)).problems


@pytest.mark.parametrize("how", ["another nonce", "other data", "refusal", "nonsense", "error", "nobody"])
def test_without_a_usable_answer_the_bundle_says_that_it_has_none(made: Made, tmp_path: Path, how: str) -> None:
    with serving(Authority(), "well" if how == "nobody" else how) as url:
        asked = "http://127.0.0.1:9" if how == "nobody" else url
        more = {"timestamp_url": asked, "allow_hosts": [asked.removeprefix("http://")], "http_timeout_s": 5.0}
        bag = sealed_bag(made, tmp_path / "b", made.settings.model_copy(update=more))
    assert (bag / verify.SEAL).read_text().splitlines()[-1].startswith("time-stamp: none: ")
    assert verify.check(str(bag)).problems == []


def sealed_bag(made: Made, folder: Path, settings: Settings) -> Path:
    """A small bag, stamped and signed as `seal_case` does it."""
    from evidence.bundles import ABOUT, items
    from lightkeeper.run.sealing import _stamp

    folder.mkdir()
    key = load_key(key_path(made.settings))
    bag = write_bag(folder, ABOUT, items(), key)
    _, reply, why = _stamp(bag, settings)
    sign_bag(bag, ABOUT, key, stamp=reply, no_stamp=why)
    return folder


def test_a_damaged_bundle_of_the_same_name_is_left_for_a_person_to_look_at(made: Made, tmp_path: Path) -> None:
    shutil.copytree(made.whole.folder, tmp_path / "in" / made.whole.folder.name)
    page = tmp_path / "in" / made.whole.folder.name / "data/pages/index.html"
    page.write_bytes(b"forged")
    with pytest.raises(ArchiveDamaged, match=r"index\.html: changed"):
        seal_case(made.case, tmp_path / "in", made.settings, WISH)
    assert page.read_bytes() == b"forged"
    assert [p.name for p in (tmp_path / "in").iterdir()] == [made.whole.folder.name], "nothing half made is left"


def test_without_a_key_nothing_is_built_and_the_remedy_is_named(made: Made, tmp_path: Path) -> None:
    settings = made.settings.model_copy(update={"seal_key": tmp_path / "none.pem"})
    with pytest.raises(InputError, match="lightkeeper key new"):
        seal_case(made.case, tmp_path / "in", settings, Wish(by=WISH.by))
    assert not (tmp_path / "in").exists()
