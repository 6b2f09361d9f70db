"""Every store keeps the same word: whole and durable under its name, or not there at all."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from goodfences.bench.s3_servers import SERVERS, S3Server
from goodfences.vault import blobs
from goodfences.vault.blobs import BlobStore
from goodfences.vault.errors import BlobExists, BlobMissing
from goodfences.vault.folder import FolderStore
from tests.vault.conftest import use

pytestmark = pytest.mark.xdist_group("s3")


def put(store: BlobStore, name: str, data: bytes = b"sealed") -> None:
    with store.create(name) as writer:
        writer.write(data)
        writer.commit()


def get(store: BlobStore, name: str) -> bytes:
    opened = store.open(name)
    try:
        return opened.read()
    finally:
        opened.close()


def names(store: BlobStore, folder: str) -> list[str]:
    return sorted(blob.name for blob in store.blobs(folder))


@pytest.fixture(params=["folder", *SERVERS])
def shelf(
    request: pytest.FixtureRequest,
    s3_servers_of: Callable[[str], S3Server],
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    tmp_path: Path,
) -> BlobStore:
    if request.param != "folder":
        use(s3_servers_of(request.param), monkeypatch, settings, tmp_path)
    return blobs.store()


def test_what_was_committed_is_there(shelf: BlobStore) -> None:
    put(shelf, "clips/2026-12-25/a.age", b"one" * 100_000)
    assert get(shelf, "clips/2026-12-25/a.age") == b"one" * 100_000


def test_everything_is_every_blob_and_nothing_unfinished(shelf: BlobStore) -> None:
    put(shelf, "clips/2026-12-25/a.age")
    put(shelf, "b.age")
    with shelf.create("c.age") as writer:
        writer.write(b"unfinished")
        assert sorted(blob.name for blob in shelf.everything()) == ["b.age", "clips/2026-12-25/a.age"]


def test_it_is_read_from_any_place(shelf: BlobStore) -> None:
    put(shelf, "a.age", bytes(range(256)))
    opened = shelf.open("a.age")
    assert opened.seek(0, os.SEEK_END) == 256
    assert opened.seek(250) == 250
    assert opened.read(3) == b"\xfa\xfb\xfc"
    assert opened.read() == b"\xfd\xfe\xff"
    assert opened.read(5) == b""
    opened.close()


def test_an_empty_blob_is_a_blob(shelf: BlobStore) -> None:
    put(shelf, "empty.age", b"")
    assert get(shelf, "empty.age") == b""


def test_what_was_not_committed_was_never_there(shelf: BlobStore) -> None:
    with shelf.create("clips/a.age") as writer:
        writer.write(b"half")
    with pytest.raises(BlobMissing):
        shelf.open("clips/a.age")
    assert names(shelf, "clips") == []


def test_nothing_is_there_before_the_commit(shelf: BlobStore) -> None:
    with shelf.create("a.age") as writer:
        writer.write(b"half")
        with pytest.raises(BlobMissing):
            shelf.open("a.age")
        writer.commit()
    assert get(shelf, "a.age") == b"half"


def test_a_blob_is_never_changed(shelf: BlobStore) -> None:
    put(shelf, "a.age", b"first")
    with pytest.raises(BlobExists):
        put(shelf, "a.age", b"second")
    assert get(shelf, "a.age") == b"first"


def test_a_deleted_blob_is_gone_and_deleting_again_is_no_error(shelf: BlobStore) -> None:
    put(shelf, "x/a.age")
    put(shelf, "x/b.age")
    shelf.delete("x/a.age")
    shelf.delete("x/a.age")
    shelf.delete("nowhere/a.age")
    assert names(shelf, "x") == ["x/b.age"]


def test_many_are_deleted_together(shelf: BlobStore) -> None:
    for name in ("x/a.age", "x/b.age", "y/c.age", "y/d.age"):
        put(shelf, name)
    shelf.delete_many(["x/a.age", "y/c.age", "z/nowhere.age"])
    assert (names(shelf, "x"), names(shelf, "y")) == (["x/b.age"], ["y/d.age"])
    shelf.delete_many([])


def test_a_folder_is_dropped_whole_and_its_neighbor_stays(shelf: BlobStore) -> None:
    put(shelf, "clips/2026-12-24/a.age")
    put(shelf, "clips/2026-12-24/b.age")
    put(shelf, "clips/2026-12-25/c.age")
    shelf.delete_folder("clips/2026-12-24")
    shelf.delete_folder("clips/2026-12-24")
    assert names(shelf, "clips") == ["clips/2026-12-25/c.age"]


def test_only_an_empty_folder_is_dropped_as_empty(shelf: BlobStore) -> None:
    for name in ("uploads/2026-12-24/a.age", "uploads/2026-12-25/b.age"):
        put(shelf, name)
    shelf.delete("uploads/2026-12-24/a.age")
    for folder in ("uploads/2026-12-24", "uploads/2026-12-25", "uploads/2026-12-26"):
        shelf.delete_empty_folder(folder)
    assert names(shelf, "uploads") == ["uploads/2026-12-25/b.age"]
    listed = shelf.folders("uploads")
    if not isinstance(shelf, FolderStore):  # SeaweedFS goes on to list an empty one for a while
        listed = [folder for folder in listed if names(shelf, folder)]
    assert listed == ["uploads/2026-12-25"]
    put(shelf, "uploads/2026-12-24/a.age")
    assert names(shelf, "uploads/2026-12-24") == ["uploads/2026-12-24/a.age"]


def test_the_folders_are_listed(shelf: BlobStore) -> None:
    put(shelf, "clips/2026-12-25/a.age")
    put(shelf, "clips/2026-12-24/a.age")
    put(shelf, "clips/loose.age")
    assert shelf.folders("clips") == ["clips/2026-12-24", "clips/2026-12-25"]
    assert shelf.folders("nowhere") == []


def test_a_listing_tells_size_and_time(shelf: BlobStore) -> None:
    put(shelf, "clips/a.age", b"12345")
    (blob,) = shelf.blobs("clips")
    assert (blob.name, blob.size) == ("clips/a.age", 5)
    assert abs(blob.modified_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert list(shelf.blobs("nowhere")) == []


@pytest.mark.parametrize(
    "use", ["create", "open", "delete", "delete_folder", "delete_empty_folder", "blobs", "folders"]
)
def test_a_name_can_not_lead_out_of_the_store(shelf: BlobStore, use: str) -> None:
    act: Callable[[str], object] = getattr(shelf, use)
    for name in ("", "/etc/passwd", "../a", "a/../b", "a//b", "a/", ".hidden", "a/.b", "a b", "a\n"):
        with pytest.raises(ValueError, match="name"):
            list(act(name))  # type: ignore[call-overload]


def test_a_folder_is_readable_by_its_user_alone(vault_folders: Path) -> None:
    put(blobs.store(), "clips/2026-12-25/a.age")
    for folder in ("blobs", "blobs/clips", "blobs/clips/2026-12-25"):
        assert stat.S_IMODE((vault_folders / folder).stat().st_mode) == 0o700


def test_what_a_killed_writer_left_is_swept_when_it_is_old(vault_folders: Path) -> None:
    store = blobs.store()
    (vault_folders / "blobs" / ".incoming" / "1-2-3.part").write_bytes(b"left behind")
    now = datetime.now(UTC)
    assert store.sweep(now - timedelta(hours=1)) == 0
    assert store.sweep(now + timedelta(hours=1)) == 1
    assert list((vault_folders / "blobs" / ".incoming").iterdir()) == []


def test_a_disk_that_is_full_raises_and_keeps_nothing(vault_folders: Path) -> None:
    store, (soft, hard) = blobs.store(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        for size in (200_000, 5_000_000):  # noticed when it is committed, and while it is written
            with pytest.raises(OSError, match="large"):
                put(store, "clips/a.age", bytes(size))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((vault_folders / "blobs" / ".incoming").iterdir()) == []
    assert names(store, "clips") == []


def test_an_unfinished_file_is_not_listed(vault_folders: Path) -> None:
    store = blobs.store()
    with store.create("clips/a.age") as writer:
        writer.write(b"half")
        assert names(store, "clips") == []


def test_file_and_folders_are_synced_before_the_commit_returns(
    vault_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = blobs.store()
    order: list[str] = []
    real_fsync, real_link = os.fsync, os.link

    def fsync(descriptor: int) -> None:
        order.append(f"fsync {Path(f'/proc/self/fd/{descriptor}').readlink()}")
        real_fsync(descriptor)

    def link(source: Path, target: Path) -> None:
        order.append(f"link {target}")
        real_link(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", link)
    put(store, "clips/2026-12-25/a.age")
    root = vault_folders / "blobs"
    day = root / "clips" / "2026-12-25"
    assert order[0].startswith(f"fsync {root / '.incoming'}/")
    assert order[1:] == [f"fsync {root}", f"fsync {root / 'clips'}", f"link {day / 'a.age'}", f"fsync {day}"]


def test_a_folder_that_another_process_just_made_is_brought_to_the_disk_too(
    vault_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, root, synced, really = blobs.store(), vault_folders / "blobs", [], os.fsync
    (root / "clips" / "2026-12-25").mkdir(parents=True)

    def fsync(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        really(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    put(store, "clips/2026-12-25/a.age")
    assert {root, root / "clips", root / "clips" / "2026-12-25"} < set(synced)
