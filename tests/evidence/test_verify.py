"""What the offline check accepts, and that nothing else passes it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from goodfences.evidence import command, layout, portal, receipts, signing
from goodfences.evidence.assemble import assemble
from goodfences.evidence.container import MAX_BYTES, TooLarge
from goodfences.evidence.models import SharedVideo
from goodfences.evidence.verify import Report, lines, verify_package
from goodfences.ledger import keys as ledger_keys
from goodfences.people.models import Account
from goodfences.video_requests.models.request import VideoRequest
from goodfences_record.notes import SigningKey
from tests.evidence import packages, real_bagit
from tests.evidence.packages import PUBLIC_KEY
from tests.persons import officer

FLIPS = int(os.environ.get("FLIPS", "4"))
"""Every which byte of a package is flipped; `FLIPS=1` flips each."""


def verified(data: bytes, tmp_path: Path, public_key: str | None = PUBLIC_KEY) -> Report:
    path = tmp_path / "package.zip"
    path.write_bytes(data)
    return verify_package(path, public_key)


def unpacked(data: bytes, tmp_path: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path / "unpacked")
    return next((tmp_path / "unpacked").iterdir())


def words(report: Report) -> str:
    return "\n".join(finding.words for finding in report.broken)


def test_a_package_holds(tmp_path: Path) -> None:
    report = verified(packages.made(), tmp_path)
    assert report.holds, words(report)
    assert report.trusted
    assert list(lines(report))[-1] == "Everything holds."


def test_a_package_of_two_videos_holds(tmp_path: Path) -> None:
    two = packages.video("VIDEOVIDEOVIDEOVIDEO02", b"another video")
    report = verified(packages.made(packages.video(), two), tmp_path)
    assert report.holds, words(report)


def test_it_counts_in_words(tmp_path: Path) -> None:
    two = packages.video("VIDEOVIDEOVIDEOVIDEO02", b"another video")
    one_line = "\n".join(lines(verified(packages.made(), tmp_path)))
    assert "a BagIt bag with one video, made" in one_line
    assert "a BagIt bag with 2 videos, made" in "\n".join(
        lines(verified(packages.made(packages.video(), two), tmp_path))
    )


@pytest.mark.parametrize(("count", "said"), [(1, "one thing doesn't hold."), (2, "2 things don't hold.")])
def test_it_counts_what_does_not_hold(count: int, said: str) -> None:
    report = Report()
    for _ in range(count):
        report.add("data/a.mp4", False, "It was changed.")
    assert list(lines(report))[-1] == f"This package can't be relied on: {said}"


def test_without_a_key_from_outside_it_says_so(tmp_path: Path) -> None:
    report = verified(packages.made(), tmp_path, None)
    assert report.holds
    assert not report.trusted
    assert "Compare that key" in list(lines(report))[-1]


def test_the_same_contents_give_the_same_bytes() -> None:
    contents = packages.contents()
    first, second = (b"".join(assemble(contents).chunks()) for _ in range(2))
    assert first == second
    assert len(first) == assemble(contents).size


def test_other_programs_open_the_zip() -> None:
    with zipfile.ZipFile(io.BytesIO(packages.made())) as archive:
        assert archive.testzip() is None
        names = [name.partition("/")[2] for name in archive.namelist()]
    assert layout.video_file("VIDEOVIDEOVIDEOVIDEO01", packages.NOON) in names
    assert "README.txt" in names


def test_the_bagit_library_finds_a_valid_bag(tmp_path: Path) -> None:
    bag = real_bagit.Bag(str(unpacked(packages.made(), tmp_path)))
    bag.validate()
    assert set(bag.algorithms) == {"sha256", "sha512"}


def test_the_bagit_library_finds_a_changed_video(tmp_path: Path) -> None:
    folder = unpacked(packages.made(), tmp_path)
    video = next((folder / "data").iterdir())
    video.write_bytes(video.read_bytes()[:-1] + b"!")
    with pytest.raises(real_bagit.BagValidationError):
        real_bagit.Bag(str(folder)).validate()


@pytest.mark.parametrize("level", ["bag", "around"])
def test_an_unpacked_package_holds(tmp_path: Path, level: str) -> None:
    folder = unpacked(packages.made(), tmp_path)
    report = verify_package(folder if level == "bag" else folder.parent, PUBLIC_KEY)
    assert report.holds, words(report)


@pytest.mark.slow
def test_a_flip_of_any_byte_is_found_and_named(tmp_path: Path) -> None:
    data = packages.made(packages.video(content=b"a very short video"))
    parts = list(packages.parts(data))
    assert [part.start for part in parts] == [0, *(part.end for part in parts[:-1])]
    for part in parts:
        for at in {*range(part.start, part.end, FLIPS), part.end - 1}:
            said = words(verified(packages.flipped(data, at), tmp_path))
            accused = [one.name for one in parts if one.is_named(at, said)]
            assert accused == [part.name], f"byte {at} of {part.name}: {said}"


@pytest.mark.django_db
def test_a_flip_in_a_package_of_real_video_is_found_and_named(
    ready: SharedVideo, opened: VideoRequest, omar: Account, tmp_path: Path
) -> None:
    data = b"".join(portal.download(officer=officer(omar), request_ref=opened.ref).chunks())
    key = ledger_keys.public_key()
    assert verified(data, tmp_path, key).holds
    for part in packages.parts(data):
        for at in {part.start, part.start + 14, (part.start + part.end) // 2, part.end - 1}:
            said = words(verified(packages.flipped(data, at), tmp_path, key))
            assert part.is_named(at, said), f"byte {at} of {part.name}: {said}"


def test_a_flip_in_an_unpacked_package_is_found_and_named(tmp_path: Path) -> None:
    folder = unpacked(packages.made(), tmp_path)
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        whole = path.read_bytes()
        for at in {0, len(whole) // 3, len(whole) // 2, len(whole) - 1}:
            path.write_bytes(packages.flipped(whole, at))
            assert path.relative_to(folder).as_posix() in words(verify_package(folder, PUBLIC_KEY))
        path.write_bytes(whole)
    assert verify_package(folder, PUBLIC_KEY).holds


@pytest.mark.parametrize("cut", [0, 1, 3, 4, 29, 30, 100, -1, -21, -22, -23])
def test_a_package_that_was_cut_off_is_found(tmp_path: Path, cut: int) -> None:
    assert not verified(packages.made()[:cut], tmp_path).holds


@pytest.mark.parametrize("more", [b"\0", b"PK\5\6", b"\n", b"PK\3\4" + b"\0" * 26])
def test_bytes_put_behind_or_before_a_package_are_found(tmp_path: Path, more: bytes) -> None:
    assert not verified(packages.made() + more, tmp_path).holds
    assert not verified(more + packages.made(), tmp_path).holds


def test_the_changed_file_is_named(tmp_path: Path) -> None:
    folder = unpacked(packages.made(), tmp_path)
    video = next((folder / "data").iterdir())
    video.write_bytes(b"!" + video.read_bytes()[1:])
    report = verify_package(folder, PUBLIC_KEY)
    assert f"data/{video.name} was changed or damaged" in words(report)
    assert "The receipt is for another video" in words(report)


def test_an_added_file_is_named(tmp_path: Path) -> None:
    folder = unpacked(packages.made(), tmp_path)
    (folder / "data" / "more.mp4").write_bytes(b"more")
    (folder / "note.txt").write_bytes(b"more")
    report = verify_package(folder, PUBLIC_KEY)
    assert "data/more.mp4 is in the package, but manifest-sha256.txt doesn't list it" in words(report)
    assert "note.txt is in the package, but tagmanifest-sha256.txt doesn't list it" in words(report)
    assert "nothing shows that an owner shared it" in words(report)


@pytest.mark.parametrize("name", ["README.txt", "manifest-sha512.txt", "signature.txt", "request.json"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = unpacked(packages.made(), tmp_path)
    (folder / name).unlink()
    assert f"lacks {name}" in words(verify_package(folder, PUBLIC_KEY))


def test_a_missing_video_is_named(tmp_path: Path) -> None:
    two = packages.video("VIDEOVIDEOVIDEOVIDEO02", b"another video")
    folder = unpacked(packages.made(packages.video(), two), tmp_path)
    gone = folder / two.file
    gone.unlink()
    assert f"{two.file} is listed in manifest-sha256.txt, but isn't in the package" in words(
        verify_package(folder, PUBLIC_KEY)
    )


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    folder = unpacked(packages.made(), tmp_path)
    (folder / "data" / "link.mp4").symlink_to("/etc/hostname")
    assert "is a link" in words(verify_package(folder, PUBLIC_KEY))


def test_another_instances_key_does_not_pass(tmp_path: Path) -> None:
    other = str(SigningKey.new("goodfences.example/ledger").verifier)
    assert "isn't the key you gave" in words(verified(packages.made(), tmp_path, other))


def test_an_evidence_key_that_nobody_vouches_for_does_not_pass(tmp_path: Path) -> None:
    forger = SigningKey.new(packages.EVIDENCE_KEY.name)
    report = verified(packages.made(evidence_key=forger), tmp_path)
    assert "vouches for another evidence key" in words(report)


def test_a_voucher_of_another_ledger_does_not_pass(tmp_path: Path) -> None:
    forger = SigningKey.new(packages.LEDGER_KEY.name)
    forged = signing.vouch(packages.EVIDENCE_KEY.verifier, forger)
    assert "keys.json doesn't hold" in words(verified(packages.made(voucher=forged), tmp_path))


def test_a_package_signed_anew_by_someone_else_does_not_pass(tmp_path: Path) -> None:
    """Whoever changes a package can make all hashes fit again; the signature is what they can't make."""
    forger = SigningKey.new(packages.EVIDENCE_KEY.name)
    package = assemble(packages.contents())
    forged = signing.sign_note("goodfences-evidence-package/1\n", forger).encode()
    entries = [
        replace(e, size=len(forged), crc=__import__("zlib").crc32(forged), chunks=lambda: [forged])
        if e.name.endswith("signature.txt")
        else e
        for e in package.entries
    ]
    report = verified(b"".join(replace(package, entries=entries).chunks()), tmp_path)
    assert [finding.part for finding in report.broken] == ["signature.txt"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"request": packages.REQUEST | {"ref": "ANOTHERANOTHERANOTHERA"}}, "another request"),
        ({"shared_at": 5e300}, None),
    ],
)
def test_a_receipt_for_another_request_does_not_pass(tmp_path: Path, changes: dict, said: str | None) -> None:
    if said is None:
        with pytest.raises(signing.BadSignature):
            packages.video(**changes)
        return
    assert said in words(verified(packages.made(packages.video(**changes)), tmp_path))


def test_a_receipt_that_was_changed_does_not_pass(tmp_path: Path) -> None:
    video = packages.video()
    changed = json.loads(json.dumps(video.receipt))
    changed["receipt"]["shared_at"] = "2026-11-25T12:00:00.000Z"
    report = verified(packages.made(replace(video, receipt=changed)), tmp_path)
    assert "doesn't belong to this content" in words(report)


def test_a_receipt_that_brings_another_word_for_the_key_does_not_pass(tmp_path: Path) -> None:
    video = packages.video()
    vouched = signing.vouch(packages.EVIDENCE_KEY.verifier, SigningKey.new(packages.LEDGER_KEY.name))
    report = verified(packages.made(replace(video, receipt={**video.receipt, "voucher": vouched})), tmp_path)
    assert "another word for the evidence key" in words(report)


def test_a_receipt_for_another_video_does_not_pass(tmp_path: Path) -> None:
    other = packages.video(content=b"other")
    report = verified(packages.made(replace(packages.video(), receipt=other.receipt)), tmp_path)
    assert "their hashes differ" in words(report)


def test_a_custody_log_that_lacks_an_event_does_not_pass(tmp_path: Path) -> None:
    video = packages.video()
    shorter = dict(video.custody)
    shorter["events"] = [shorter["events"][0], {**shorter["events"][2], "sequence": 2}]
    report = verified(packages.made(replace(video, custody=shorter)), tmp_path)
    assert "Event 2 doesn't follow" in words(report)


def test_a_custody_log_with_a_changed_event_does_not_pass(tmp_path: Path) -> None:
    video = packages.video()
    changed = json.loads(json.dumps(video.custody))
    changed["events"][1]["officer"]["name"] = "Officer 1"
    report = verified(packages.made(replace(video, custody=changed)), tmp_path)
    assert "Event 2 was changed" in words(report)


def test_the_custody_log_of_another_video_does_not_pass(tmp_path: Path) -> None:
    other = packages.custody("VIDEOVIDEOVIDEOVIDEO01", "11" * 32)
    report = verified(packages.made(replace(packages.video(), custody=other)), tmp_path)
    assert "log of another video" in words(report)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"public": packages.PUBLIC | {"incident_type": "burglary"}}, "says otherwise than request.json"),
        ({"agency": "Harbor Sheriff"}, "says otherwise than request.json"),
        (
            {"details": packages.DETAILS | {"reason": "Something else."}},
            "not those that the public record commits to",
        ),
        ({"case_number": "NG-1"}, "of another case"),
    ],
)
def test_a_request_that_the_public_record_does_not_show_so_does_not_pass(
    tmp_path: Path, changes: dict, said: str
) -> None:
    assert said in words(
        verified(packages.made(request=packages.REQUEST | changes, proof=packages.bundle()), tmp_path)
    )


def test_the_proof_of_another_request_does_not_pass(tmp_path: Path) -> None:
    other = packages.bundle(packages.REQUEST | {"ref": "ANOTHERANOTHERANOTHERA"})
    assert "proof is of another entry" in words(verified(packages.made(proof=other), tmp_path))


def test_the_proof_of_a_rejected_request_does_not_pass(tmp_path: Path) -> None:
    other = packages.bundle(kind="request.rejected")
    assert "proof is of another entry" in words(verified(packages.made(proof=other), tmp_path))


def test_the_proof_of_another_place_in_the_ledger_does_not_pass(tmp_path: Path) -> None:
    changed = packages.REQUEST | {"ledger_index": 7}
    assert "names another ledger entry" in words(verified(packages.made(request=changed), tmp_path))


def test_a_video_without_a_receipt_is_named(tmp_path: Path) -> None:
    folder = unpacked(packages.made(), tmp_path)
    next((folder / "receipts").iterdir()).unlink()
    assert "nothing shows that an owner shared it" in words(verify_package(folder, PUBLIC_KEY))


@pytest.mark.parametrize("rubbish", [b"", b"[]", b"{", b"null", b"\xff\xfe", b'{"a":1}', b"[" * 100_000])
@pytest.mark.parametrize("name", ["keys.json", "request.json", "ledger-proof.json", "bag-info.txt", "signature.txt"])
def test_rubbish_in_any_file_is_a_finding_and_no_crash(tmp_path: Path, name: str, rubbish: bytes) -> None:
    folder = unpacked(packages.made(), tmp_path)
    (folder / name).write_bytes(rubbish)
    assert not verify_package(folder, PUBLIC_KEY).holds


@pytest.mark.parametrize("rubbish", [b"[]", b'{"format": 1, "receipt": 2, "signature": 3}'])
def test_rubbish_for_a_receipt_is_a_finding_and_no_crash(tmp_path: Path, rubbish: bytes) -> None:
    folder = unpacked(packages.made(), tmp_path)
    next((folder / "receipts").iterdir()).write_bytes(rubbish)
    assert not verify_package(folder, PUBLIC_KEY).holds


def test_a_zip_of_another_program_is_refused_in_words(tmp_path: Path) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bag/bagit.txt", "hello" * 100)
    report = verified(sink.getvalue(), tmp_path)
    assert not report.holds


def test_an_owner_who_told_more_finds_it_in_the_receipt() -> None:
    told = {"phone": "555 0100"}
    assert "the owner's telephone number" in receipts.given(audio=False, reencoded=False, told=told)
    kept = receipts.not_given(audio=False, told=told)
    assert "the owner's telephone number" not in kept
    assert {"the owner's name", "the owner's email address", "the owner's address", "the sound"} <= set(kept)


def test_sound_that_was_given_is_not_said_to_be_kept_back() -> None:
    assert "the sound" in receipts.given(audio=True, reencoded=True, told={})
    assert "the sound" not in receipts.not_given(audio=True, told={})


def test_a_package_beyond_four_gigabytes_is_refused() -> None:
    huge = replace(packages.video(), digests=replace(packages.video().digests, size=MAX_BYTES))
    with pytest.raises(TooLarge):
        assemble(packages.contents(huge))


def test_it_runs_without_django_and_without_a_database(tmp_path: Path) -> None:
    path = tmp_path / "package.zip"
    path.write_bytes(packages.made())
    program = (
        "import sys; from goodfences.evidence import command; "
        "code = command.main(sys.argv[1:]); assert 'django' not in sys.modules; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path), "--key", PUBLIC_KEY],
        env={"PYTHONPATH": "src", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Everything holds.\n")


def test_the_command_says_what_is_broken_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "package.zip"
    path.write_bytes(packages.made()[:-1])
    assert command.main([str(path), "--key", PUBLIC_KEY]) == 1
    assert "This package can't be relied on" in capsys.readouterr().out


def test_the_command_speaks_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "package.zip"
    path.write_bytes(packages.made())
    assert command.main([str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["holds"], said["trusted"]) == (True, False)


def test_the_command_says_when_there_is_no_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([str(tmp_path / "nothing.zip")]) == 2
    assert "can't be read" in capsys.readouterr().err
