"""The check: real video through the real sandbox, and a clean sealed copy of it."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import av
import numpy as np
import pytest

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips import access, playback, sandbox, tasks
from goodfences.clips.actions import check
from goodfences.clips.models import Clip, Upload
from goodfences.errors import NotFound
from goodfences.people.models import Account
from goodfences.vault import keys
from goodfences.vault.errors import KeyDestroyed
from goodfences.vault.models import SealedKey
from tests import bombs, ingest
from tests.clips import streams
from tests.footage import STREETS, make_video, street

NOTES = (("title", "Front door"), ("comment", "12 Mill Street"), ("location", "+60.1712+024.9450/"))
pytestmark = pytest.mark.django_db(transaction=True)


def watched(clip: Clip) -> bytes:
    with playback.open_clip(clip) as reader:
        return reader.readall()


@pytest.mark.parametrize("name", ["corner", "crossing-hd"])
def test_real_street_video_passes_with_its_facts(olives_device: Device, street_camera: Camera, name: str) -> None:
    data = street(name)
    clip = ingest.checked(olives_device, street_camera, data, duration_ms=STREETS[name] * 1000)
    assert abs(clip.facts["duration_ms"] - STREETS[name] * 1000) < 1500
    assert clip.facts["has_audio"] is (name == "corner")
    assert (clip.facts["width"] == 1280) is (name == "crossing-hd")
    assert clip.facts["keyframes_ms"][0] == 0
    assert len(streams.packets(watched(clip))) == clip.facts["frames"]


def test_the_copy_holds_the_cameras_pictures_and_none_of_its_notes(
    olives_device: Device, street_camera: Camera
) -> None:
    data = make_video(seconds=2, metadata=NOTES, audio=True)
    assert b"Mill Street" in data
    clip = ingest.checked(olives_device, street_camera, data)
    kept = watched(clip)
    assert not any(note in kept for note in (b"Front door", b"Mill Street", b"+60.17", b"Lavf", b"x264"))
    with av.open(io.BytesIO(data)) as before, av.open(io.BytesIO(kept)) as after:
        assert [len(list(each.decode(video=0))) for each in (before, after)] == [20, 20]


def test_tags_may_be_in_any_encoding(olives_device: Device, street_camera: Camera) -> None:
    data = make_video(seconds=2, metadata=(("title", "FRONT"),)).replace(
        b"FRONT", "\u524d\u95e8".encode("gbk") + b"!"
    )
    assert ingest.checked(olives_device, street_camera, data).facts["frames"] == 20


@pytest.mark.parametrize(("track", "said"), [(b"avc1", "This video is coded"), (b"mp4a", "The sound is coded")])
def test_a_code_that_nobody_knows_is_refused_in_words(
    olives_device: Device, street_camera: Camera, track: bytes, said: str
) -> None:
    # 0x40 0x15 says AAC a second time.
    data = make_video(seconds=2, audio=True).replace(track, b"zz99").replace(b"\x40\x15", b"\xfe\x15")
    clip = ingest.stored(olives_device, street_camera, data)
    tasks.run_due(1)
    clip.refresh_from_db()
    assert clip.refusal.startswith(f"{said} as something unknown. Send ")


def test_the_clip_ends_when_its_video_does(olives_device: Device, street_camera: Camera) -> None:
    clip = ingest.checked(olives_device, street_camera, make_video(seconds=2), duration_ms=2900)
    assert clip.ends_at - clip.starts_at == timedelta(seconds=2)


def test_the_poster_is_a_small_picture_without_notes(olives_device: Device, street_camera: Camera) -> None:
    clip = ingest.checked(olives_device, street_camera, make_video(seconds=2, width=1280, height=720))
    picture = playback.poster(clip)
    assert picture.startswith(b"\xff\xd8") and b"Exif" not in picture and b"Lavc" not in picture
    with av.open(io.BytesIO(picture), format="mjpeg") as image:
        (frame,) = image.decode(video=0)
    assert (frame.width, frame.height) == (640, 360)


@pytest.mark.parametrize(("seconds", "count"), [(3, 3), (40, 16)])
def test_its_stills_stand_side_by_side_in_the_order_of_time(
    seconds: int, count: int, olives_device: Device, street_camera: Camera
) -> None:
    data = make_video(seconds=seconds, rate=5)
    clip = ingest.checked(olives_device, street_camera, data, duration_ms=seconds * 1000)
    told = clip.facts["stills"]
    assert (told["count"], told["width"], told["height"]) == (count, 160, 90)
    assert (count - 1) * told["every_ms"] < seconds * 1000 <= count * told["every_ms"]
    sheet = playback.stills(clip)
    assert sheet.startswith(b"\xff\xd8") and b"Exif" not in sheet and b"Lavc" not in sheet
    with av.open(io.BytesIO(sheet), format="mjpeg") as image:
        (frame,) = image.decode(video=0)
    assert (frame.width, frame.height) == (160 * count, 90)
    with playback.open_clip(clip) as reader, av.open(io.BytesIO(reader.readall())) as video:
        shown = list(video.decode(video=0))
    pictures = np.hsplit(frame.to_ndarray(format="gray"), count)
    for number, picture in enumerate(pictures):
        right = shown[number * told["every_ms"] // 200].reformat(160, 90, format="gray").to_ndarray()
        assert np.abs(picture.astype(int) - right).mean() < 12, number


def test_what_was_uploaded_is_gone_with_its_key(
    olives_device: Device, street_camera: Camera, vault_folder: Path
) -> None:
    clip = ingest.stored(olives_device, street_camera, make_video(seconds=2))
    first = SealedKey.objects.get()
    (uploaded,) = ingest.kept_files(vault_folder)
    tasks.run_due(1)
    first.refresh_from_db()
    assert not uploaded.exists()
    with pytest.raises(KeyDestroyed):
        keys.identity(first)
    clip.refresh_from_db()
    assert {path.name for path in ingest.kept_files(vault_folder)} == {
        Path(clip.blob).name,
        Path(clip.poster_blob).name,
        Path(clip.stills_blob).name,
    }
    assert not Upload.objects.exists()


@pytest.mark.parametrize("seed", range(16))
def test_a_damaged_index_ends_in_a_clip_or_in_a_reason(
    olives_device: Device, street_camera: Camera, vault_folder: Path, seed: int
) -> None:
    clip = ingest.stored(olives_device, street_camera, bombs.damaged(seed))
    assert tasks.run_due(1) == 1
    clip.refresh_from_db()
    if clip.checked_at:
        assert len(watched(clip)) == clip.size
    else:
        assert (clip.state, clip.refusal != "") == ("deleted", True)
        assert list(ingest.kept_files(vault_folder)) == []


def test_a_clip_deleted_while_it_is_checked_leaves_nothing(
    olives_device: Device, street_camera: Camera, vault_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = ingest.stored(olives_device, street_camera, make_video(seconds=2))
    really = sandbox.run

    def and_then_deleted(*given: Any, **how: Any) -> Any:
        made = really(*given, **how)
        Clip.objects.update(state="deleted")
        return made

    monkeypatch.setattr(sandbox, "run", and_then_deleted)
    tasks.run_due(1)
    clip.refresh_from_db()
    assert (clip.state, clip.blob, clip.checked_at) == ("deleted", "", None)
    tasks.run_retention(10)
    assert list(ingest.kept_files(vault_folder)) == []
    assert not SealedKey.objects.filter(destroyed_at__isnull=True).exists()


def test_a_check_that_was_interrupted_is_tried_again_later(
    olives_device: Device, street_camera: Camera, clock: source.SeededSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = ingest.stored(olives_device, street_camera, make_video(seconds=2))
    monkeypatch.setattr(check, "_wall_seconds", lambda _clip: 0)
    assert tasks.run_due(1) == 1
    monkeypatch.undo()
    clip.refresh_from_db()
    assert (clip.state, clip.checked_at, clip.check_failures) == ("stored", None, 1)
    assert tasks.run_due(1) == 0
    clock.advance(timedelta(minutes=1))
    assert tasks.run_due(1) == 1
    clip.refresh_from_db()
    assert clip.checked_at


def test_after_five_interruptions_it_is_given_up_with_a_reason(
    olives_device: Device,
    street_camera: Camera,
    clock: source.SeededSource,
    monkeypatch: pytest.MonkeyPatch,
    vault_folder: Path,
) -> None:
    clip = ingest.stored(olives_device, street_camera, make_video(seconds=2))
    monkeypatch.setattr(check, "_wall_seconds", lambda _clip: 0)
    for _ in range(check.MAX_FAILURES):
        assert tasks.run_due(1) == 1
        clock.advance(timedelta(hours=1))
    clip.refresh_from_db()
    assert (clip.state, clip.refusal) == ("deleted", "The video took too long to decode. It was tried 5 times.")
    assert list(ingest.kept_files(vault_folder)) == []


def test_a_file_changed_in_the_store_is_never_shown(
    olive: Account, olives_device: Device, street_camera: Camera, vault_folder: Path
) -> None:
    clip = ingest.stored(olives_device, street_camera, make_video(seconds=2))
    (path,) = ingest.kept_files(vault_folder)
    sealed = bytearray(path.read_bytes())
    sealed[-20] ^= 1
    path.write_bytes(sealed)
    tasks.run_due(1)
    clip.refresh_from_db()
    assert (clip.checked_at, clip.check_failures) == (None, 1)
    with pytest.raises(NotFound):
        access.clip(olive, clip.ref)


def test_a_killed_workers_clip_is_free_again_after_its_claim(
    olives_device: Device, street_camera: Camera, clock: source.SeededSource
) -> None:
    clip = ingest.stored(olives_device, street_camera, make_video(seconds=2))
    assert check._claim() == clip
    assert check._claim() is None
    clock.advance(timedelta(seconds=check._wall_seconds(clip) + 11))
    assert check._claim() == clip


def test_what_was_claimed_by_a_clock_that_was_ahead_is_free_once_it_is_right(
    olives_device: Device, street_camera: Camera, clock: source.SeededSource
) -> None:
    clip = ingest.stored(olives_device, street_camera, make_video(seconds=2))
    clock.advance(timedelta(hours=25))
    assert check._claim() == clip
    clock.advance(timedelta(hours=-25))
    assert check._claim() == clip


def test_the_longest_waiting_clip_comes_first(
    olives_device: Device, street_camera: Camera, clock: source.SeededSource
) -> None:
    clips = []
    for seed in (1, 2, 3):
        clips.append(ingest.stored(olives_device, street_camera, make_video(seconds=2, seed=seed)))
        clock.advance(timedelta(seconds=1))
    assert [check._claim() for _ in range(3)] == clips


def test_two_threads_check_two_clips_at_once(olives_device: Device, street_camera: Camera) -> None:
    # Each thread of a worker has a keeper of its own: what one decodes never reaches the other.
    payloads = [make_video(seconds=2, seed=seed) for seed in (1, 2)]
    start, found = Barrier(2), {}

    def examine(number: int) -> None:
        start.wait()
        header = {"announced_ms": 2000, "max_ms": 10_000}
        found[number] = sandbox.run("examine", header, payloads[number], memory_mb=512, cpu_s=30, wall_s=60)

    threads = [Thread(target=examine, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, payload in enumerate(payloads):
        assert streams.packets(found[number][1][0])[5] == streams.packets(payload)[5]
