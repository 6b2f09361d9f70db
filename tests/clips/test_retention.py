"""How clips end: with their key, at once and for good."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips import playback, retention, room, tasks
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.people.models import Account, Household
from goodfences.vault import keys
from goodfences.vault.errors import KeyDestroyed
from goodfences.vault.models import SealedKey
from tests import ingest, story
from tests.footage import make_video

pytestmark = pytest.mark.django_db(transaction=True)
VIDEO = make_video(seconds=2)


def restore(backup: dict[Path, bytes]) -> None:
    for path, content in backup.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def copies(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in ingest.kept_files(folder)}


def test_deleting_takes_key_and_files(olive: Account, clip: Clip, vault_folder: Path) -> None:
    retention.delete(account=olive, ref=clip.ref)
    clip.refresh_from_db()
    assert (clip.state, clip.blob, clip.poster_blob, clip.facts) == ("deleted", "", "", {})
    assert list(ingest.kept_files(vault_folder)) == []
    with pytest.raises(KeyDestroyed):
        keys.identity(SealedKey.objects.get(pk=clip.key_id))


def test_a_file_from_a_backup_opens_no_more(olive: Account, clip: Clip, vault_folder: Path) -> None:
    backup, before = copies(vault_folder), Clip.objects.get(pk=clip.pk)
    retention.delete(account=olive, ref=clip.ref)
    restore(backup)
    assert ingest.content(before.blob).startswith(b"age-encryption")
    before.key = SealedKey.objects.get(pk=before.key_id)
    with pytest.raises(NotFound):
        playback.open_clip(before)


@pytest.mark.parametrize(
    "person", ["hugo", "stranger", "nadia", "omar", "ada", "sam", "aggie", "audrey", "max", "otto"]
)
def test_nobody_else_deletes_it(person: str, clip: Clip, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotFound):
        retention.delete(account=request.getfixturevalue(person), ref=clip.ref)
    assert playback.poster(Clip.objects.select_related("key").get())


def test_clips_are_filed_under_the_day_that_they_expire(
    olives_device: Device, street_camera: Camera, clock: source.SeededSource
) -> None:
    clip = ingest.checked(olives_device, street_camera, VIDEO)
    assert clip.expires_on == date(2026, 12, 24)
    assert clip.blob.startswith("clips/2026-12-24/") and clip.poster_blob.startswith("clips/2026-12-24/")


def test_a_clip_is_kept_through_its_last_day_and_no_longer(
    olives_device: Device, street_camera: Camera, clock: source.SeededSource, vault_folder: Path
) -> None:
    clip = ingest.checked(olives_device, street_camera, VIDEO)
    clock.advance(timedelta(days=30, hours=11, minutes=59))
    assert retention.expire(10) == 0
    clock.advance(timedelta(minutes=1))
    assert retention.expire(10) == 1
    clip.refresh_from_db()
    assert (clip.state, list(ingest.kept_files(vault_folder))) == ("expired", [])
    assert SealedKey.objects.get(pk=clip.key_id).sealed_identity is None


def test_the_day_an_hour_before_midnight_elsewhere_counts_in_utc(
    olives_device: Device, street_camera: Camera, clock: source.SeededSource
) -> None:
    from datetime import datetime, timezone

    west = datetime(2026, 11, 23, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert ingest.announced(olives_device, street_camera, VIDEO, starts_at=west).expires_on == date(2026, 12, 24)


def test_expiring_goes_on_in_batches_then_drops_the_days_folder(
    olives_device: Device, street_camera: Camera, clock: source.SeededSource, vault_folder: Path
) -> None:
    for seed in range(3):
        ingest.checked(olives_device, street_camera, make_video(seconds=2, seed=seed))
    day = vault_folder / "clips" / "2026-12-24"
    (day / "left-by-a-crash.age").write_bytes(b"sealed")
    clock.advance(timedelta(days=31))
    assert retention.expire(2) == 2
    assert len(list(ingest.kept_files(day))) == 10  # they go as one, with those whose turn hasn't come
    assert retention.expire(2) == 1
    assert not day.exists()


def test_a_day_that_is_not_over_keeps_its_folder(
    olives_device: Device, street_camera: Camera, clock: source.SeededSource, vault_folder: Path
) -> None:
    ingest.checked(olives_device, street_camera, VIDEO)
    clock.advance(timedelta(days=30))
    retention.expire(10)
    assert len(list(ingest.kept_files(vault_folder))) == 3


def test_an_upload_under_way_expires_with_its_clip(
    olives_device: Device, street_camera: Camera, clock: source.SeededSource, vault_folder: Path
) -> None:
    clip = ingest.announced(olives_device, street_camera, VIDEO, starts_at=source.now() - timedelta(days=30))
    ingest.sent(olives_device, ingest.begun(olives_device, clip), VIDEO[:1000])
    clock.advance(timedelta(hours=13))
    while tasks.run_retention(10):
        pass
    assert list(ingest.kept_files(vault_folder)) == []
    assert not SealedKey.objects.filter(destroyed_at__isnull=True).exists()


def test_a_household_that_leaves_takes_its_clips_keys(
    olive: Account, olives_home: Household, clip: Clip, vault_folder: Path
) -> None:
    retention.forget_household(olive, olives_home)
    assert list(ingest.kept_files(vault_folder)) == []
    assert not SealedKey.objects.filter(destroyed_at__isnull=True).exists()


def test_a_member_who_leaves_takes_nothing(hugo: Account, clip: Clip) -> None:
    retention.forget_household(hugo, None)
    clip.refresh_from_db()
    assert clip.state == "stored"


def test_the_export_lists_every_clip(olive: Account, olives_home: Household, clip: Clip) -> None:
    (told,) = retention.tell_household(olive, olives_home)
    assert (told["ref"], told["camera"], told["sha256"]) == (clip.ref, "Street", clip.sha256)
    assert retention.tell_household(olive, None) == []


def test_the_end_of_many_homes_day_takes_no_more_statements(clock: source.SeededSource) -> None:
    """And each home gets back what its own clips took."""
    homes = story.neighbors_with_cameras(12)
    for number, home in enumerate(homes):
        clip = story.index_clip(Camera.objects.get(household=home), starts_at=source.now())
        Clip.objects.filter(pk=clip.pk).update(size=1000 + number, checked_at=source.now())
        room.take(home.pk, 5000, at_most=10**6)
    asked = []
    for homes_at_once in (2, 10):
        clock.advance(timedelta(days=0 if asked else 31))
        with CaptureQueriesContext(connection) as queries:
            assert retention.expire(homes_at_once) == homes_at_once
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert [room.taken(home.pk) for home in homes] == [4000 - number for number in range(12)]
