"""Bytes on their way in: sealed before they touch the disk, durable before they count."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goodfences.cameras.models import Camera, Device
from goodfences.clips import actions, room
from goodfences.clips.models import Clip, Upload
from goodfences.errors import NotFound, Refused
from goodfences.vault import keys, parts
from goodfences.vault.models import SealedKey
from tests import ingest

receive = import_module("goodfences.clips.actions.receive")  # the act of this name hides its module
FILE = b"a face at the door, again and again. " * 300
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def upload(olives_device: Device, street_camera: Camera) -> Upload:
    return ingest.begun(olives_device, ingest.announced(olives_device, street_camera, FILE))


def files(folder: Path) -> list[Path]:
    return list(ingest.kept_files(folder))


def plain(upload: Upload) -> bytes:
    """What the sealed parts hold, opened by age itself."""
    assert upload.clip.key is not None
    identity = keys.identity(upload.clip.key)
    return b"".join(pyrage.decrypt(ingest.content(part["blob"]), [identity]) for part in upload.parts)


def test_what_is_kept_is_sealed_and_whole(olives_device: Device, upload: Upload, vault_folder: Path) -> None:
    upload = ingest.sent(olives_device, upload, FILE[:5000])
    upload = ingest.sent(olives_device, upload, FILE[5000:], offset=5000)
    assert (upload.received, plain(upload)) == (len(FILE), FILE)
    assert all(b"face" not in path.read_bytes() for path in files(vault_folder))


def test_a_long_request_becomes_several_parts(
    olives_device: Device, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", 4000)
    upload = ingest.sent(olives_device, upload, FILE)
    assert [part["size"] for part in upload.parts] == [4000, 4000, len(FILE) - 8000]
    assert plain(upload) == FILE


def test_a_file_that_came_in_one_request_is_stored_with_its_last_byte(olives_device: Device, upload: Upload) -> None:
    ingest.sent(olives_device, upload, FILE)
    assert Clip.objects.get().state == "stored"


class Cut(io.BytesIO):
    """A connection that breaks after `sent` bytes."""

    def __init__(self, sent: bytes, error: Exception | None) -> None:
        super().__init__(sent)
        self.error = error

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(min(size or 0, 1000))
        if not piece and self.error is not None:
            raise self.error
        return piece


@pytest.mark.parametrize("error", [None, ConnectionResetError("reset"), TimeoutError("silence")])
def test_a_cut_connection_keeps_what_came(olives_device: Device, upload: Upload, error: Exception | None) -> None:
    upload = actions.receive(
        device=olives_device, upload_ref=upload.ref, offset=0, body=Cut(FILE[:3500], error), length=len(FILE)
    )
    assert (Upload.objects.get().received, plain(upload)) == (3500, FILE[:3500])


def test_a_cut_connection_with_a_checksum_keeps_nothing(
    olives_device: Device, upload: Upload, vault_folder: Path
) -> None:
    checksum = receive.Checksum("sha256", hashlib.sha256(FILE[:3500]).digest())
    with pytest.raises(Refused):
        actions.receive(
            device=olives_device,
            upload_ref=upload.ref,
            offset=0,
            body=Cut(FILE[:3500], None),
            length=len(FILE),
            checksum=checksum,
        )
    assert (Upload.objects.get().received, files(vault_folder)) == (0, [])


def test_of_two_requests_at_once_one_counts(olives_device: Device, upload: Upload, vault_folder: Path) -> None:
    class Overtaken(io.BytesIO):
        """While it is read, another request brings the same bytes."""

        def read(self, size: int | None = -1) -> bytes:
            if self.tell() == 0:
                ingest.sent(olives_device, Upload.objects.get(), FILE[:5000])
            return super().read(size)

    with pytest.raises(Refused) as refused:
        actions.receive(device=olives_device, upload_ref=upload.ref, offset=0, body=Overtaken(FILE), length=len(FILE))
    assert refused.value.problems[0].rule == "upload.offset"
    assert Upload.objects.get().received == 5000
    assert len(files(vault_folder)) == 1


def test_an_upload_dropped_meanwhile_leaves_nothing(
    olives_device: Device, upload: Upload, vault_folder: Path
) -> None:
    class Dropped(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() == 0:
                actions.cancel_upload(device=olives_device, upload_ref=upload.ref)
            return super().read(size)

    with pytest.raises(Refused):
        actions.receive(device=olives_device, upload_ref=upload.ref, offset=0, body=Dropped(FILE), length=len(FILE))
    assert not Upload.objects.exists()
    assert files(vault_folder) == []
    with pytest.raises(NotFound):
        ingest.sent(olives_device, upload, FILE)


def test_a_full_disk_counts_nothing(
    olives_device: Device, upload: Upload, vault_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        ingest.sent(olives_device, upload, FILE)
    assert (Upload.objects.get().received, files(vault_folder)) == (0, [])


def test_the_file_is_durable_under_its_name_before_a_row_says_so(
    olives_device: Device, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, str, int]] = []
    really = {"fsync": os.fsync, "link": os.link}

    def note(what: str, path: str) -> None:
        kind = "folder" if Path(path).is_dir() else "file"
        done.append((what, kind, Upload.objects.get().received))

    def fsync(descriptor: int) -> None:
        really["fsync"](descriptor)
        note("fsync", str(Path(f"/proc/self/fd/{descriptor}").readlink()))

    def link(given: Path, target: Path) -> None:
        really["link"](given, target)
        note("link", str(target))

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", link)
    ingest.sent(olives_device, upload, FILE)
    # The row still said 0 at each step.
    assert done.index(("fsync", "file", 0)) < done.index(("link", "file", 0)) < len(done) - 1
    assert done[-1] == ("fsync", "folder", 0)
    assert Upload.objects.get().received == len(FILE)


def test_an_upload_that_brings_its_bytes_is_one_transaction(olives_device: Device, street_camera: Camera) -> None:
    clip = ingest.announced(olives_device, street_camera, FILE)
    with CaptureQueriesContext(connection) as said:
        upload = ingest.sent_at_once(olives_device, clip, FILE)
    assert [query["sql"] for query in said].count("COMMIT") == 1
    clip.refresh_from_db()
    assert (clip.state, Upload.objects.get(), plain(Upload.objects.get())) == ("stored", upload, FILE)


def test_until_its_bytes_are_durable_no_row_tells_of_such_an_upload(
    olives_device: Device, street_camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, really, rows = ingest.announced(olives_device, street_camera, FILE), os.fsync, []

    def fsync(descriptor: int) -> None:
        really(descriptor)
        rows.append((Upload.objects.count(), SealedKey.objects.count()))

    monkeypatch.setattr(os, "fsync", fsync)
    ingest.sent_at_once(olives_device, clip, FILE)
    assert set(rows) == {(0, 0)}
    assert (Upload.objects.count(), SealedKey.objects.count()) == (1, 1)


def test_an_upload_that_was_cut_before_its_first_byte_is_begun(olives_device: Device, street_camera: Camera) -> None:
    clip = ingest.announced(olives_device, street_camera, FILE)
    assert ingest.sent_at_once(olives_device, clip, b"").received == 0
    assert ingest.sent(olives_device, Upload.objects.get(), FILE).received == len(FILE)


def test_an_upload_that_has_bytes_is_answered_as_it_is(
    olives_device: Device, upload: Upload, vault_folder: Path
) -> None:
    ingest.sent(olives_device, upload, FILE[:700])
    again = ingest.sent_at_once(olives_device, upload.clip, FILE)
    assert (again, again.received, len(files(vault_folder))) == (upload, 700, 1)


def test_bytes_for_an_upload_without_any_go_to_it(olives_device: Device, upload: Upload) -> None:
    assert ingest.sent_at_once(olives_device, upload.clip, FILE) == upload
    assert plain(Upload.objects.get()) == FILE


def test_a_clip_that_ends_meanwhile_leaves_nothing_of_its_bytes(
    olives_device: Device, street_camera: Camera, vault_folder: Path
) -> None:
    class Ended(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            Clip.objects.update(state=Clip.State.EXPIRED)
            return super().read(size)

    clip = ingest.announced(olives_device, street_camera, FILE)
    with pytest.raises(Refused) as refused:
        actions.begin_with_bytes(
            device=olives_device, clip_ref=clip.ref, size=len(FILE), body=Ended(FILE), length=len(FILE)
        )
    assert refused.value.problems[0].rule == "upload.state"
    assert (Upload.objects.count(), SealedKey.objects.count(), files(vault_folder)) == (0, 0, [])


def test_clip_key_and_bytes_become_durable_together(olives_device: Device, street_camera: Camera) -> None:
    ingest.announced(olives_device, street_camera, FILE + b"another")  # its home has a room by now
    with CaptureQueriesContext(connection) as asked:
        upload = ingest.brought(olives_device, street_camera, FILE)
    assert (upload.clip.state, plain(Upload.objects.get())) == (Clip.State.STORED, FILE)
    assert len(asked) <= 11


def test_announced_by_another_call_meanwhile_its_bytes_are_dropped(
    olives_device: Device, street_camera: Camera, vault_folder: Path
) -> None:
    class Announced(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            ingest.announced(olives_device, street_camera, FILE)
            return super().read(size)

    with pytest.raises(Refused) as refused:
        ingest.brought(olives_device, street_camera, FILE, Announced(FILE))
    assert refused.value.problems[0].rule == "upload.offset"
    assert (Clip.objects.count(), Upload.objects.count(), files(vault_folder)) == (1, 0, [])
    assert room.taken(street_camera.household_id) == len(FILE)
    assert not SealedKey.objects.exists()
    assert ingest.brought(olives_device, street_camera, FILE).clip.state == Clip.State.STORED


def test_a_home_that_fills_up_meanwhile_keeps_nothing_of_it(
    olives_device: Device, street_camera: Camera, vault_folder: Path, settings: Any
) -> None:
    class Filled(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            settings.QUOTA_BYTES = len(FILE) - 1
            return super().read(size)

    with pytest.raises(Refused) as refused:
        ingest.brought(olives_device, street_camera, FILE, Filled(FILE))
    assert refused.value.problems[0].rule == "quota"
    assert (Clip.objects.count(), files(vault_folder), room.taken(street_camera.household_id)) == (0, [], 0)


def test_each_upload_has_a_key_of_its_own(olives_device: Device, street_camera: Camera, door_camera: Camera) -> None:
    for camera in (street_camera, door_camera):
        ingest.begun(olives_device, ingest.announced(olives_device, camera, FILE))
    assert len(set(SealedKey.objects.values_list("recipient", flat=True))) == 2
