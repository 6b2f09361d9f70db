"""A span of time is erased: the clips that touch it, whole, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips import retention
from goodfences.clips import tasks as checks
from goodfences.clips.actions import sweep
from goodfences.clips.models import Clip
from goodfences.errors import NotFound, Refused
from goodfences.ledger import keys as ledger_keys
from goodfences.people import erasure, tasks
from goodfences.people.archive import asking
from goodfences.people.models import Account, Archive, Erasure
from goodfences.people.registry import Part
from goodfences.source import SeededSource
from goodfences.vault import blobs
from goodfences.vault.models import SealedKey
from tests import ingest
from tests.clips import streams

pytestmark = pytest.mark.django_db(transaction=True)
FILES = 3
"""Of a clip: its video, its poster and its stills."""


@pytest.fixture(autouse=True)
def vault(settings: Any, tmp_path: Path, clock: SeededSource) -> None:
    settings.BLOBS = str(tmp_path / "blobs")
    settings.KEYS = tmp_path / "keys"


@pytest.fixture
def clips(olives_device: Device, street_camera: Camera, door_camera: Camera) -> list[Clip]:
    """Of two seconds each: street camera at -30, -20 and -10 minutes, door camera at -20."""
    film = streams.clip(30)
    places = [(street_camera, 30), (street_camera, 20), (street_camera, 10), (door_camera, 20)]
    return [
        ingest.checked(olives_device, camera, film + _free(number), starts_at=ago(minutes))
        for number, (camera, minutes) in enumerate(places)
    ]


def _free(number: int) -> bytes:
    """A box that players skip, so that each file is another."""
    return (8 + 1).to_bytes(4, "big") + b"free" + bytes([number])


def ago(minutes: float) -> Any:
    return source.now() - timedelta(minutes=minutes)


def span(start: float, end: float, **camera: str) -> Part:
    return Part(starts_at=ago(start), ends_at=ago(end), **camera)


def left() -> set[int]:
    return set(Clip.objects.values_list("pk", flat=True))


def destroyed(clips: list[Clip]) -> set[int]:
    """Those whose key is gone."""
    gone = set(SealedKey.objects.filter(sealed_identity=None).values_list("pk", flat=True))
    return {clip.pk for clip in clips if clip.key_id in gone}


def test_only_clips_that_touch_the_span_go(olive: Account, clips: list[Clip]) -> None:
    files = [clip.blob for clip in (clips[1], clips[3])]
    receipt = erasure.erase_part(account=olive, part=span(21, 19)).receipt["receipt"]
    assert left() == {clips[0].pk, clips[2].pk} and receipt["counts"]["clips"] == 2
    assert destroyed(clips) == {clips[1].pk, clips[3].pk}
    assert not [blob.name for blob in blobs.store().blobs("clips") if blob.name in files]


def test_of_one_camera_if_she_says_so(olive: Account, clips: list[Clip]) -> None:
    part = span(21, 19, camera=clips[3].camera.ref, camera_name="Front door")
    erasure.erase_part(account=olive, part=part)
    assert left() == {clip.pk for clip in clips[:3]}
    assert Camera.objects.filter(pk=clips[3].camera_id).exists()


def test_a_moment_inside_a_clip_takes_all_of_it_and_its_end_takes_nothing(olive: Account, clips: list[Clip]) -> None:
    erasure.erase_part(account=olive, part=Part(starts_at=clips[0].ends_at, ends_at=clips[1].starts_at))
    assert len(left()) == 4
    inside = clips[0].starts_at + timedelta(seconds=1)
    erasure.erase_part(account=olive, part=Part(starts_at=inside, ends_at=inside + timedelta(milliseconds=1)))
    assert left() == {clip.pk for clip in clips[1:]}


def test_a_span_that_ends_before_it_starts_is_refused(olive: Account, clips: list[Clip]) -> None:
    with pytest.raises(Refused):
        erasure.erase_part(account=olive, part=span(19, 21))
    assert len(left()) == 4


def test_a_members_and_a_strangers_span_is_nobodys(
    hugo: Account, stranger: Account, clips: list[Clip], nadia: Account
) -> None:
    with pytest.raises(NotFound):
        erasure.erase_part(account=hugo, part=span(60, 0))
    erasure.erase_part(account=stranger, part=span(60, 0))
    with pytest.raises(NotFound):
        erasure.erase_part(account=nadia, part=Part(camera=clips[0].camera.ref))
    assert len(left()) == 4


def test_a_failure_of_one_room_undoes_it_all(
    olive: Account, clips: list[Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention.room, "give_back_all", lambda held: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        erasure.erase_part(account=olive, part=span(60, 0))
    assert len(left()) == 4 and not Erasure.objects.exists()
    assert destroyed(clips) == set()
    assert len(list(blobs.store().blobs("clips"))) == FILES * len(clips)


@pytest.mark.usefixtures("seen_before")
def test_files_of_very_many_clips_are_left_to_the_worker(
    olive: Account, clips: list[Clip], monkeypatch: pytest.MonkeyPatch, clock: SeededSource
) -> None:
    monkeypatch.setattr(retention.end, "__kwdefaults__", {"at_once": 1})
    erasure.erase_part(account=olive, part=span(60, 0))
    assert not left() and len(list(blobs.store().blobs("clips"))) == FILES * len(clips)
    assert destroyed(clips) == {clip.pk for clip in clips}
    monkeypatch.setattr(sweep, "LEFT_BEHIND", timedelta(days=-9999))
    while checks.run_retention(50):
        pass
    assert not list(blobs.store().blobs("clips"))


@pytest.mark.parametrize(("ended", "stays"), [(0, False), (None, True)])
def test_an_archive_goes_with_a_clip_that_it_holds(
    ended: int | None, stays: bool, olive: Account, clips: list[Clip], olives_device: Device, street_camera: Camera
) -> None:
    asking.ask(account=olive)
    while tasks.run_archives(1):
        pass
    newer = ingest.checked(olives_device, street_camera, streams.clip(30) + _free(9), starts_at=ago(1))
    retention.delete(account=olive, ref=newer.ref if ended is None else clips[ended].ref)
    assert Archive.objects.exists() is stays


def test_its_receipt_is_checked_by_the_command(olive: Account, clips: list[Clip], tmp_path: Path) -> None:
    receipt = tmp_path / "receipt.json"
    done = erasure.erase_part(account=olive, part=span(60, 0))
    receipt.write_text(erasure.written(done.receipt))
    command = [sys.executable, "-m", "goodfences.cli", "verify", "receipt", str(receipt), "--key"]
    checked = subprocess.run([*command, ledger_keys.public_key()], capture_output=True, text=True, check=False)
    assert checked.returncode == 0 and "clips: 4" in checked.stdout, checked.stdout + checked.stderr
    receipt.write_text(erasure.written(done.receipt).replace('"clips": 4', '"clips": 5'))
    checked = subprocess.run([*command, ledger_keys.public_key()], capture_output=True, text=True, check=False)
    assert checked.returncode == 1 and "BROKEN" in checked.stdout
