"""One file with everything: made part by part, whole whatever happens to its worker, sealed, and gone in time."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from goodfences.errors import NotFound
from goodfences.mail.models import OutboxMessage
from goodfences.people import erasure, export, registry, tasks
from goodfences.people.archive import asking, making, zipped
from goodfences.people.limits import TooOften
from goodfences.people.models import Account, Archive, ArchivePart
from goodfences.source import SeededSource
from goodfences.vault.errors import KeyDestroyed
from goodfences.vault.models import SealedKey
from tests.evidence.real_bagit import Bag
from tests.ingest import kept_files

pytestmark = pytest.mark.django_db(transaction=True)

LETTERS = {f"letters/{number:02}.txt": f"letter {number} ".encode() * 40 for number in range(9)}


@pytest.fixture(autouse=True)
def vault(settings: Any, tmp_path: Path, clock: SeededSource) -> None:
    settings.BLOBS = str(tmp_path / "blobs")
    settings.KEYS = tmp_path / "keys"


@pytest.fixture(autouse=True)
def letters(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A room of nine letters, three to a part of an archive."""
    kept = dict(LETTERS)

    def read(path: str) -> Iterator[bytes]:
        if path not in kept:
            raise NotFound
        yield kept[path]

    def files(account: Account, household: object, after: str) -> Iterator[registry.File]:
        for path in LETTERS:
            if path > after:
                yield registry.File(path, path, lambda path=path: read(path))

    monkeypatch.setattr(registry, "files", {"letters": (lambda account, household: len(LETTERS), files)})
    monkeypatch.setattr(making, "FILES_A_PART", 3)
    return kept


def made(account: Account) -> Archive:
    asking.ask(account=account)
    while tasks.run_archives(1):
        pass
    return Archive.objects.get(account=account)


def content(archive: Archive) -> bytes:
    reader = asking.ArchiveReader(archive)
    try:
        return reader.read_range(0, reader.size)
    finally:
        reader.close()


def unpacked(archive: Archive, folder: Path) -> Path:
    """Unpacked by the standard library; the one folder in it."""
    with zipfile.ZipFile(io.BytesIO(content(archive))) as file:
        assert file.testzip() is None
        file.extractall(folder)
    (only,) = folder.iterdir()
    return only


def test_it_is_a_valid_bag_with_every_file_byte_for_byte(olive: Account, tmp_path: Path) -> None:
    archive = made(olive)
    assert (archive.state, archive.files, archive.files_done, archive.parts.count()) == ("ready", 9, 9, 4)
    bag = unpacked(archive, tmp_path / "out")
    assert Bag(str(bag)).is_valid()
    assert {path: (bag / "data" / path).read_bytes() for path in LETTERS} == LETTERS
    assert archive.size == len(content(archive))


def test_its_json_keeps_to_the_schema_that_comes_along(olive: Account, tmp_path: Path) -> None:
    bag = unpacked(made(olive), tmp_path / "out") / "data"
    told, schema = (json.loads((bag / name).read_text()) for name in ("export.json", "export.schema.json"))
    assert schema == export.schema()
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(told)
    assert told["account"]["email"] == olive.email


@pytest.mark.parametrize("at", ["_seal", "_keep", "_finish", "_publish"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_that_dies_leaves_the_next_one_to_go_on(
    at: str, when: str, olive: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: SeededSource
) -> None:
    class Killed(BaseException):
        pass

    def dying(*args: Any, **kwargs: Any) -> Any:
        if when == "after":
            act(*args, **kwargs)
        raise Killed

    asking.ask(account=olive)
    tasks.run_archives(1)
    act = getattr(making, at)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(making, at, dying)
        for _ in range(5):
            tasks.run_archives(1)
    done = Archive.objects.get().files_done
    clock.advance(making.LEASE + timedelta(seconds=1))
    assert done >= 3
    while tasks.run_archives(1):
        pass
    bag = unpacked(Archive.objects.get(), tmp_path / "out")
    assert Bag(str(bag)).is_valid()
    assert sorted(path.name for path in (bag / "data/letters").iterdir()) == sorted(Path(p).name for p in LETTERS)


def test_trouble_is_tried_again_and_then_given_up(
    olive: Account, monkeypatch: pytest.MonkeyPatch, clock: SeededSource
) -> None:
    monkeypatch.setattr(making, "_seal", lambda *_: (_ for _ in ()).throw(OSError("no space left")))
    asking.ask(account=olive)
    tries = 0
    while Archive.objects.get().state == "preparing":
        tries += tasks.run_archives(1)
        clock.advance(timedelta(hours=2))
    assert tries == making.TRIES and Archive.objects.get().state == "failed"
    monkeypatch.undo()
    assert asking.ask(account=olive).state == "preparing"


def test_what_was_begun_by_a_clock_that_was_ahead_goes_on_once_it_is_right(
    olive: Account, clock: SeededSource
) -> None:
    asking.ask(account=olive)
    clock.advance(timedelta(hours=25))
    assert making._claim()
    clock.advance(timedelta(hours=-25))
    assert making._claim()


def test_what_is_gone_meanwhile_is_left_out_by_name(
    olive: Account, letters: dict[str, bytes], tmp_path: Path
) -> None:
    Account.objects.filter(pk=olive.pk).update(language="es")
    asking.ask(account=olive)
    tasks.run_archives(1)
    del letters["letters/04.txt"]
    while tasks.run_archives(1):
        pass
    bag = unpacked(Archive.objects.get(), tmp_path / "out")
    assert Bag(str(bag)).is_valid() and len(list((bag / "data/letters").iterdir())) == 8
    assert Archive.objects.get().left_out == [{"path": "letters/04.txt", "why": "gone"}]
    readme = (bag / "README.txt").read_text()
    assert readme.startswith("TODO LO QUE") and "QUEDÓ FUERA" in readme and "letters/04.txt (gone)" in readme


def test_nothing_of_it_lies_unsealed(olive: Account, settings: Any) -> None:
    archive = made(olive)
    files = list(kept_files(settings.BLOBS))
    assert len(files) == archive.parts.count()
    for file in files:
        sealed = file.read_bytes()
        assert sealed.startswith(b"age-encryption.org/v1\n")
        assert not re.search(rb"letter|olive", sealed)


@pytest.mark.parametrize("end", ["discarded", "expired", "erased", "replaced"])
def test_when_it_ends_its_key_and_files_go(end: str, olive: Account, settings: Any, clock: SeededSource) -> None:
    key = made(olive).key
    assert list(kept_files(settings.BLOBS))
    if end == "expired":
        clock.advance(asking.KEPT + timedelta(seconds=1))
        tasks.run_archives(1)
    else:
        act: dict[str, Callable[..., Any]] = {
            "discarded": asking.discard,
            "erased": erasure.erase,
            "replaced": asking.ask,
        }
        act[end](account=olive)
    assert SealedKey.objects.get(pk=key.pk).sealed_identity is None
    assert not list(kept_files(settings.BLOBS)) and not ArchivePart.objects.exists()


def test_a_part_that_a_slow_worker_writes_for_a_discarded_archive_is_swept(olive: Account, settings: Any) -> None:
    archive = asking.ask(account=olive)
    asking.discard(account=olive)
    with pytest.raises(KeyDestroyed):
        archive.key.refresh_from_db()
        making._go_on(archive)
    Path(settings.BLOBS, archive.folder).mkdir(parents=True)
    Path(settings.BLOBS, archive.folder, "0-x.age").write_bytes(b"age")
    assert asking.sweep() == 1 and not list(kept_files(settings.BLOBS))


def test_asking_twice_is_one_archive_and_too_often_is_refused(olive: Account) -> None:
    assert asking.ask(account=olive) == asking.ask(account=olive)
    for _ in range(asking.A_DAY - 1):
        asking.discard(account=olive)
        asking.ask(account=olive)
    asking.discard(account=olive)
    with pytest.raises(TooOften):
        asking.ask(account=olive)


def test_one_email_says_that_it_is_ready(olive: Account) -> None:
    made(olive)
    message = OutboxMessage.objects.get(template="archive_ready")
    assert message.to == olive.email and message.context["link"].endswith("/settings/data/")


def test_a_pass_is_good_for_its_person_while_it_lasts(olive: Account, nadia: Account, clock: SeededSource) -> None:
    archive = made(olive)
    given = asking.pass_for(archive, olive)
    assert asking.archive_of_pass(given, olive) == archive
    for someone, pass_ in ((nadia, given), (olive, given[:-1])):
        with pytest.raises(NotFound):
            asking.archive_of_pass(pass_, someone)
    clock.advance(asking.PASS_LASTS + timedelta(seconds=1))
    with pytest.raises(NotFound):
        asking.archive_of_pass(given, olive)


def test_a_range_is_read_across_parts(olive: Account) -> None:
    archive = made(olive)
    whole = content(archive)
    first = archive.parts.get(number=0).size
    reader = asking.ArchiveReader(archive)
    assert reader.read_range(first - 100, 300) == whole[first - 100 : first + 200]
    assert reader.read_range(len(whole) - 5, 300) == whole[-5:]
    reader.close()


def test_beyond_four_gigabytes_the_zip_is_still_read(tmp_path: Path) -> None:
    """A sparse file of 5 GB in front of a small one: both in the directory, and the small one comes out right."""
    when = datetime(2026, 11, 24, tzinfo=UTC)
    large = zipped.described("a/large.mp4", 5 * 2**30, 0, 0, when)
    offset = len(zipped.header(large)) + large.file_size
    small = zipped.described("a/small.txt", 5, 0x3610A686, offset, when)
    path = tmp_path / "archive.zip"
    with path.open("wb") as file:
        file.write(zipped.header(large))
        file.seek(offset)
        file.write(zipped.header(small) + b"hello")
        file.write(zipped.directory([large, small], file.tell()))
    with zipfile.ZipFile(path) as read:
        assert [one.file_size for one in read.infolist()] == [5 * 2**30, 5]
        assert read.read("a/small.txt") == b"hello"
