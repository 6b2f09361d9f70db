"""The store is read back and compared with what rows say; what nobody names is found, and that alone deleted."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips.models import Clip
from goodfences.vault import blobs, command, inventory, keys, slowly
from goodfences.vault.models import Scrub
from tests import ingest
from tests.footage import make_video
from tests.vault.test_blobs import put

pytestmark = pytest.mark.django_db
Said = dict[str, Any]


@pytest.fixture
def clip(olives_device: Device, street_camera: Camera) -> Clip:
    return ingest.checked(olives_device, street_camera, make_video(seconds=2))


@pytest.fixture
def scrub(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Said]]:
    """The exit status and what the command says."""

    def run(*options: str) -> tuple[int, Said]:
        capsys.readouterr()
        status = command.main(["scrub", "--json", *options])
        return status, json.loads(capsys.readouterr().out)

    return run


def file_of(name: str, folder: Path) -> Path:
    return folder / "blobs" / name


def age(path: Path, hours: float) -> None:
    """Make the file as old."""
    then = time.time() - hours * 3600
    os.utime(path, (then, then))


def test_a_store_that_is_well(clip: Clip, scrub: Any) -> None:
    status, said = scrub()
    assert status == 0
    assert said["read"] == 3 and said["size"] > clip.size
    assert not any(said[what] for what in ("missing", "broken", "orphans", "strangers"))


def test_a_missing_file_is_told(clip: Clip, scrub: Any) -> None:
    blobs.store().delete(clip.poster_blob)
    status, said = scrub()
    assert (status, said["missing"]) == (1, [clip.poster_blob])


def test_one_changed_byte_is_told(clip: Clip, scrub: Any, vault_folders: Path) -> None:
    path = file_of(clip.blob, vault_folders)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    status, said = scrub()
    assert (status, list(said["broken"])) == (1, [clip.blob])


def test_another_file_in_its_place_is_told(
    clip: Clip, scrub: Any, olives_device: Device, street_camera: Camera, vault_folders: Path
) -> None:
    """One that is whole: another clip's, and one of its own, sealed to the very same key."""
    other = ingest.checked(olives_device, street_camera, make_video(seconds=2, seed=2))
    file_of(other.blob, vault_folders).write_bytes(ingest.content(clip.blob))
    file_of(clip.blob, vault_folders).write_bytes(ingest.content(clip.poster_blob))
    status, said = scrub()
    assert (status, set(said["broken"])) == (1, {clip.blob, other.blob})


def test_a_file_whose_key_is_gone_is_told(clip: Clip, scrub: Any) -> None:
    assert clip.key is not None
    keys.destroy(clip.key)
    status, said = scrub()
    assert status == 1 and set(said["broken"]) == {clip.blob, clip.poster_blob, clip.stills_blob}


def test_what_no_row_names_is_told_and_deleted_when_it_is_old(clip: Clip, scrub: Any, vault_folders: Path) -> None:
    for name, hours in (("clips/2026-12-25/old.age", 30.0), ("shared/young.age", 5.0), ("uploads/new.age", 0.0)):
        put(blobs.store(), name)
        age(file_of(name, vault_folders), hours)
    status, said = scrub()
    assert (status, said["orphans"]) == (1, ["clips/2026-12-25/old.age", "shared/young.age"])
    status, said = scrub("--mend")
    assert (status, said["orphans"], said["mended"]) == (1, ["shared/young.age"], 1)
    status, said = scrub("--mend", "--older-than", "2", "--orphans-only")
    assert (status, said["orphans"], said["mended"]) == (0, [], 1)
    assert blobs.store().size("uploads/new.age") is not None
    assert scrub()[0] == 0


def test_what_lies_in_no_rooms_folder_is_never_deleted(scrub: Any, vault_folders: Path) -> None:
    put(blobs.store(), "elsewhere/mine.age")
    age(file_of("elsewhere/mine.age", vault_folders), 1000)
    status, said = scrub("--mend")
    assert (status, said["strangers"], said["mended"]) == (1, ["elsewhere/mine.age"], 0)
    assert blobs.store().size("elsewhere/mine.age") is not None


def test_what_is_named_is_never_deleted_however_old(clip: Clip, scrub: Any, vault_folders: Path) -> None:
    for path in ingest.kept_files(vault_folders / "blobs"):
        age(path, 10_000)
    assert scrub("--mend")[0] == 0
    assert len(list(ingest.kept_files(vault_folders / "blobs"))) == 3


def test_nothing_younger_than_an_hour_may_be_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["scrub", "--mend", "--older-than", "0.5"])
    assert "not less than 1" in capsys.readouterr().err


def test_in_words(clip: Clip, capsys: pytest.CaptureFixture[str]) -> None:
    blobs.store().delete(clip.poster_blob)
    assert command.main(["scrub"]) == 1
    assert f"missing   {clip.poster_blob}" in (said := capsys.readouterr().out)
    assert "2 files were read back" in said and "1 missing, 0 broken" in said


def test_every_table_that_names_blobs_says_so() -> None:
    """Or `--mend` would delete what its rows name."""
    told = {
        (holding.rows().model._meta.label, name)
        for holding in inventory.holdings()
        for name in (*holding.fields, *holding.lists)
    }
    there = {
        (model._meta.label, each.name)
        for model in apps.get_models()
        for each in model._meta.concrete_fields
        if each.name.endswith("blob") or "blob" in str(each.help_text)
    }
    assert told == there


class TestSlowly:
    @pytest.fixture(autouse=True)
    def _rate(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        settings.SCRUB_MB_A_SECOND = 1000
        monkeypatch.setattr(slowly, "_clear_at", 0.0)

    def rounds(self) -> Scrub:
        for _ in range(50):
            slowly.run(3)
        found = slowly.last()
        assert found is not None
        return found

    def test_a_round_reads_everything_and_says_what_it_found(self, clip: Clip, vault_folders: Path) -> None:
        put(blobs.store(), "clips/2026-12-25/old.age")
        age(file_of("clips/2026-12-25/old.age", vault_folders), 5)
        blobs.store().delete(clip.stills_blob)
        found = self.rounds()
        assert (found.read, found.missing, found.broken, found.orphans) == (2, 1, 0, 1)

    def test_the_next_round_begins_a_week_later(self, clip: Clip, clock: source.SeededSource) -> None:
        first = self.rounds()
        clock.advance(slowly.EVERY - timedelta(minutes=1))
        assert self.rounds().pk == first.pk and Scrub.objects.count() == 1
        clock.advance(timedelta(minutes=2))
        assert self.rounds().pk != first.pk and Scrub.objects.count() == 2

    def test_a_round_goes_on_where_a_killed_worker_was(self, clip: Clip) -> None:
        while not (begun := Scrub.objects.first()) or not begun.read:
            slowly.run(1)
        assert begun.read == 3 and begun.ended_at is None
        assert self.rounds().read == 3

    def test_it_keeps_to_its_rate(self, clip: Clip, settings: Any) -> None:
        settings.SCRUB_MB_A_SECOND = 0.001
        while not (begun := Scrub.objects.first()) or not begun.read:
            slowly.run(1)
        paid = slowly._clear_at - time.monotonic()
        assert 0 < paid <= begun.size / 1_000
        slowly.run(100)
        begun.refresh_from_db()
        assert begun.ended_at is None  # its time hasn't come

    def test_it_can_be_switched_off(self, clip: Clip, settings: Any) -> None:
        settings.SCRUB_MB_A_SECOND = 0
        slowly.run(100)
        assert not Scrub.objects.exists()

    def test_its_log_says_no_names(self, clip: Clip, caplog: pytest.LogCaptureFixture) -> None:
        blobs.store().delete(clip.blob)
        self.rounds()
        assert "lost 1 files" in caplog.text
        assert clip.blob.rpartition("/")[2] not in caplog.text
