"""When a clip's bytes are all there, and when they aren't those that were announced."""

from __future__ import annotations

import itertools
import os
from datetime import timedelta
from pathlib import Path

import pytest

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips import actions, tasks
from goodfences.clips.actions import sweep
from goodfences.clips.models import Clip, Upload
from goodfences.errors import Refused
from goodfences.vault import blobs, orphans
from goodfences.vault.models import SealedKey
from tests import ingest
from tests.footage import make_video

FILE = b"what a camera saw " * 200
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def upload(olives_device: Device, street_camera: Camera) -> Upload:
    return ingest.begun(olives_device, ingest.announced(olives_device, street_camera, FILE))


def in_two(device: Device, upload: Upload, data: bytes = FILE) -> None:
    ingest.sent(device, upload, data[:1000])
    ingest.sent(device, upload, data[1000:], offset=1000)


def nothing_kept(folder: Path) -> bool:
    left = SealedKey.objects.filter(destroyed_at__isnull=True).exists() or Upload.objects.exists()
    return not left and not list(ingest.kept_files(folder))


def test_the_hash_is_read_again_where_it_came_in_several_requests(olives_device: Device, upload: Upload) -> None:
    in_two(olives_device, upload)
    assert Clip.objects.get().state == "announced"
    assert actions.finish(device=olives_device, clip_ref=upload.clip.ref).state == "stored"


def test_other_bytes_in_several_requests_are_found_out(
    olives_device: Device, upload: Upload, vault_folder: Path
) -> None:
    in_two(olives_device, upload, FILE[:-1] + b"!")
    with pytest.raises(Refused) as refused:
        actions.finish(device=olives_device, clip_ref=upload.clip.ref)
    (problem,) = refused.value.problems
    assert (problem.field, problem.limit) == ("sha256", upload.clip.announced_sha256)
    assert nothing_kept(vault_folder)


def test_finishing_again_changes_nothing(olives_device: Device, street_camera: Camera) -> None:
    clip = ingest.stored(olives_device, street_camera, FILE)
    before = Clip.objects.values().get()
    assert actions.finish(device=olives_device, clip_ref=clip.ref) == clip
    assert Clip.objects.values().get() == before


def test_a_device_that_forgets_to_finish_is_finished_for(
    olives_device: Device, upload: Upload, clock: source.SeededSource
) -> None:
    in_two(olives_device, upload)
    assert sweep.finish_complete(10) == 0
    clock.advance(timedelta(minutes=2))
    assert sweep.finish_complete(10) == 1
    assert Clip.objects.get().state == "stored"


def test_a_forgotten_file_of_another_hash_is_dropped(
    olives_device: Device, upload: Upload, clock: source.SeededSource, vault_folder: Path
) -> None:
    in_two(olives_device, upload, FILE[::-1])
    clock.advance(timedelta(minutes=2))
    sweep.finish_complete(10)
    assert Clip.objects.get().state == "announced"
    assert nothing_kept(vault_folder)


def test_an_upload_is_dropped_a_day_after_its_last_byte(
    olives_device: Device, upload: Upload, clock: source.SeededSource, vault_folder: Path
) -> None:
    clock.advance(timedelta(hours=23))
    ingest.sent(olives_device, upload, FILE[:100])
    clock.advance(timedelta(hours=23))
    assert sweep.drop_stale(10) == 0
    clock.advance(timedelta(hours=2))
    assert sweep.drop_stale(10) == 1
    assert nothing_kept(vault_folder)
    assert Clip.objects.get().state == "announced"


def test_an_announcement_without_bytes_is_forgotten_after_a_week(
    olives_device: Device, street_camera: Camera, clock: source.SeededSource
) -> None:
    ingest.announced(olives_device, street_camera, FILE)
    clock.advance(timedelta(days=6, hours=23))
    assert sweep.drop_stale(10) == 0
    clock.advance(timedelta(hours=2))
    assert sweep.drop_stale(10) == 1
    assert not Clip.objects.exists()


@pytest.mark.usefixtures("seen_before")
def test_files_that_no_row_names_are_swept_after_an_hour(
    olives_device: Device, street_camera: Camera, vault_folder: Path
) -> None:
    kept = ingest.checked(olives_device, street_camera, make_video(seconds=2))
    ingest.sent(
        olives_device, ingest.begun(olives_device, ingest.announced(olives_device, street_camera, FILE)), b"x"
    )
    named = set(ingest.kept_files(vault_folder))
    for name in ("clips/2026-12-25/lost.age", "uploads/2026-11-25/lost.age"):
        with blobs.store().create(name) as writer:
            writer.write(b"sealed")
            writer.commit()
    (vault_folder / ".incoming" / "killed.part").write_bytes(b"sealed")
    assert sweep.drop_orphans() == 0
    past = (source.now() - timedelta(hours=2)).timestamp()
    for path in ingest.kept_files(vault_folder):
        os.utime(path, (past, past))
    assert tasks.run_retention(10) == 3
    assert set(ingest.kept_files(vault_folder)) == named
    assert Clip.objects.get(pk=kept.pk).blob


def test_a_jump_of_the_clock_takes_no_file_whose_row_is_about_to_come(
    upload: Upload, clock: source.SeededSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker looks just after the jump, between the file and its row; then again, and only real time counts."""
    seconds = itertools.count(step=orphans.WATCHED_S / 2)
    monkeypatch.setattr(orphans, "monotonic", lambda: next(seconds))
    for name in ("clips/2026-12-25/kept.age", "clips/2026-12-25/lost.age"):
        with blobs.store().create(name) as writer:
            writer.write(b"sealed")
            writer.commit()
    clock.advance(timedelta(days=9999))
    assert sweep.drop_orphans() == 0
    Clip.objects.filter(pk=upload.clip_id).update(blob="clips/2026-12-25/kept.age")
    assert [sweep.drop_orphans(), sweep.drop_orphans(), sweep.drop_orphans()].count(1) == 1
    assert [blob.name for blob in blobs.store().blobs("clips")] == ["clips/2026-12-25/kept.age"]


def test_the_folder_of_a_day_goes_when_nothing_is_left_in_it(
    olives_device: Device, upload: Upload, clock: source.SeededSource, vault_folder: Path
) -> None:
    def days() -> list[str]:
        return [name.removeprefix("uploads/") for name in blobs.store().folders("uploads")]

    ingest.sent(olives_device, upload, FILE[:100])
    clock.advance(timedelta(hours=23))
    ingest.sent(olives_device, upload, FILE[100:200], offset=100)
    clock.advance(timedelta(hours=25))
    sweep.drop_orphans()
    assert days() == ["2026-11-24", "2026-11-25"]
    assert sweep.drop_stale(10) == 1
    sweep.drop_orphans()
    assert days() == ["2026-11-25"]
    clock.advance(timedelta(days=1))
    sweep.drop_orphans()
    assert days() == []
