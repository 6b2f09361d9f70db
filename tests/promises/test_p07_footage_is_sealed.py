"""P7: footage is sealed. Every file is an age file, what was changed is never shown, a destroyed key ends a clip."""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.test import Client
from django.urls import reverse

from goodfences import source
from goodfences.appeals.models import HandIn
from goodfences.cameras.models import Camera, Device
from goodfences.clips import retention, tasks
from goodfences.clips.models import Clip, Upload
from goodfences.evidence import opening
from goodfences.evidence.models import SharedVideo
from goodfences.evidence.models.shared_video import AgencyKey
from goodfences.feed.models import PostMedia
from goodfences.legal_demands.models import LegalDemand
from goodfences.people import erasure
from goodfences.people.models import Account, ArchivePart
from goodfences.redaction.models import Copy
from goodfences.vault import inventory, keys, scrubbing
from goodfences.vault.errors import VaultError
from goodfences.vault.models import SealedKey
from goodfences.web import media
from tests import ingest
from tests.footage import STREETS, make_video, street
from tests.promises.belongings import everything_kept
from tests.web import everything as instance
from tests.web import routes
from tests.web.conftest import everything
from tests.web.everything import Everything

__all__ = ["everything"]

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Account], Client]
MAGIC = b"age-encryption.org/v1\n"
VIDEO = street("parked-van")
SECONDS = STREETS["parked-van"]


@pytest.fixture
def blob_folder(settings: Any, tmp_path: Path) -> Path:
    settings.BLOBS, settings.KEYS = str(tmp_path / "blobs"), tmp_path / "keys"
    return tmp_path / "blobs"


@pytest.fixture
def clip(blob_folder: Path, olives_device: Device, street_camera: Camera) -> Clip:
    return ingest.checked(olives_device, street_camera, VIDEO, duration_ms=SECONDS * 1000)


def master(settings: Any) -> Any:
    """The instance's own key, read as any program that knows age would."""
    return pyrage.x25519.Identity.from_str((Path(settings.KEYS) / keys.MASTER).read_text().strip())


def identities(settings: Any) -> dict[int, Any]:
    """Every key that the database and the master key still give, opened without our code."""
    kept = SealedKey.objects.filter(sealed_identity__isnull=False)
    return {
        key.pk: pyrage.x25519.Identity.from_str(
            pyrage.decrypt(bytes(key.sealed_identity or b""), [master(settings)]).decode()
        )
        for key in kept
    }


def opens(sealed: bytes, identity: Any) -> bool:
    try:
        pyrage.decrypt(sealed, [identity])
    except pyrage.DecryptError:
        return False
    return True


class TestAtRest:
    def expected(self) -> dict[str, int]:
        """Each blob that a row names, and the one key that may open it."""
        named = {}
        for clip in Clip.objects.exclude(blob=""):
            named |= dict.fromkeys([clip.blob, clip.poster_blob, clip.stills_blob], clip.key_id)
        for upload in Upload.objects.select_related("clip"):
            named |= {part["blob"]: upload.clip.key_id for part in upload.parts}
        for video in SharedVideo.objects.exclude(blob=""):
            named[video.blob] = AgencyKey.objects.get(agency=video.video_request.agency).key_id
        named |= {copy.blob: copy.key_id for copy in Copy.objects.all()}
        named |= {shown.blob: shown.key_id for shown in PostMedia.objects.exclude(blob="")}
        named |= {demand.document_blob: demand.key_id for demand in LegalDemand.objects.all()}
        for given in HandIn.objects.exclude(blob="").select_related("appeal"):
            named[given.blob] = AgencyKey.objects.get(agency=given.appeal.agency).key_id
        named |= {part.blob: part.archive.key_id for part in ArchivePart.objects.select_related("archive")}
        return named

    def test_each_file_is_an_age_file_that_its_own_key_alone_opens(
        self, everything: Everything, olives_device: Device, settings: Any
    ) -> None:
        upload = everything.upload
        ingest.sent(olives_device, upload, b"not there"[:5])
        folder, known = Path(settings.BLOBS), identities(settings)
        expected = self.expected()
        found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in ingest.kept_files(folder)}
        # Clips with poster and stills, part of an upload, a share, an archive, pictures on posts; and copies behind
        # a link, on a post and for a neighbor. Documents of two demands, and what was handed in.
        assert found.keys() == expected.keys() and len(found) >= 21
        for name, sealed in found.items():
            assert sealed.startswith(MAGIC)
            assert [pk for pk, identity in known.items() if opens(sealed, identity)] == [expected[name]]
            assert not opens(sealed, master(settings))
        # What reads the store back knows of the same files and keys, and finds each of them whole.
        assert {named.name: named.key_id for named in inventory.everything()} == expected
        read = scrubbing.Found()
        for named in inventory.everything():
            scrubbing.look(named, read)
        assert (read.read, read.is_well) == (len(found), True), read

    def test_pyrage_alone_reads_the_clip_that_was_kept(self, clip: Clip, settings: Any) -> None:
        assert clip.key_id is not None
        for name, sha256 in ((clip.blob, clip.sha256), (clip.poster_blob, ""), (clip.stills_blob, "")):
            plain = pyrage.decrypt(ingest.content(name), [identities(settings)[clip.key_id]])
            assert not sha256 or hashlib.sha256(plain).hexdigest() == sha256

    def test_two_clips_never_share_a_key(
        self, clip: Clip, olives_device: Device, street_camera: Camera, blob_folder: Path
    ) -> None:
        other = ingest.checked(olives_device, street_camera, make_video(seconds=2, seed=9))
        assert other.key_id != clip.key_id
        assert other.key and clip.key and other.key.recipient != clip.key.recipient

    def test_the_database_alone_gives_no_key(self, everything: Everything) -> None:
        for table, row in everything_kept():
            assert "AGE-SECRET-KEY" not in row.upper(), table
        guess = pyrage.x25519.Identity.generate()
        for key in SealedKey.objects.all():
            sealed = bytes(key.sealed_identity or MAGIC)
            assert sealed.startswith(MAGIC)
            assert not opens(sealed, guess)

    def test_the_master_key_stands_in_no_other_file(self, everything: Everything, settings: Any) -> None:
        secret = str(master(settings)).encode()
        folder = Path(settings.KEYS).parent
        holding = [path for path in ingest.kept_files(folder) if b"AGE-SECRET" in path.read_bytes().upper()]
        assert holding == [Path(settings.KEYS) / keys.MASTER]
        assert holding[0].read_bytes().strip() == secret
        assert holding[0].stat().st_mode & 0o077 == 0


def spoiled(sealed: bytes) -> Iterator[tuple[str, bytes]]:
    """Ways to spoil a sealed file: a flipped bit in each part of it, cut short, grown, its chunks exchanged."""
    header = sealed.index(b"\n--- ")
    start = sealed.index(b"\n", header + 1) + 1 + 16
    chunk = 64 * 1024 + 16
    assert len(sealed) > start + 2 * chunk
    places = {
        "version": 3,
        "stanza": header - 20,
        "mac": header + 10,
        "nonce": start - 8,
        "first chunk": start,
        "first tag": start + chunk - 1,
        "second chunk": start + chunk + 5,
        "last byte": len(sealed) - 1,
    }
    for name, at in places.items():
        yield name, sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
    for cut in (0, 10, start, start + chunk, start + 2 * chunk, len(sealed) - 1):
        yield f"cut at {cut}", sealed[:cut]
    yield "grown", sealed + b"\0"
    yield "exchanged", sealed[:start] + sealed[start + chunk : start + 2 * chunk] + sealed[start:]
    yield "repeated", sealed[: start + chunk] + sealed[start:]


def received(response: Any) -> bytes:
    """What came until the answer ended or broke off."""
    given = b""
    try:
        for piece in response.streaming_content if response.streaming else []:
            given += piece
    except VaultError:
        pass
    response.close()
    return given


class TestChanged:
    @pytest.fixture
    def served(self, clip: Clip, olive: Account, client_of: ClientOf, blob_folder: Path) -> Callable[[], list[bytes]]:
        """What a player and a page get of the clip: the whole, a part, the end."""
        client = client_of(olive)
        client.raise_request_exception = False

        def ask(headers: dict[str, str]) -> bytes:
            return received(client.get(media.clip_url(clip, olive), headers=headers))

        return lambda: [ask(how) for how in ({}, {"Range": "bytes=70000-140000"}, {"Range": "bytes=-1000"})]

    def test_not_one_changed_byte_is_ever_served(
        self, clip: Clip, served: Callable[[], list[bytes]], blob_folder: Path
    ) -> None:
        sealed, path = ingest.content(clip.blob), blob_folder / clip.blob
        whole = served()
        assert whole[0][70_000:140_001] == whole[1] and whole[0][-1000:] == whole[2]
        for name, bad in spoiled(sealed):
            path.write_bytes(bad)
            for right, given in zip(whole, served(), strict=True):
                assert right.startswith(given), name
            assert served()[0] != whole[0], name
        path.write_bytes(sealed)
        assert served() == whole

    def test_another_clips_file_in_its_place_is_not_served(
        self,
        clip: Clip,
        served: Callable[[], list[bytes]],
        olives_device: Device,
        street_camera: Camera,
        blob_folder: Path,
    ) -> None:
        other = ingest.checked(olives_device, street_camera, make_video(seconds=2, seed=9))
        shutil.copy(blob_folder / other.blob, blob_folder / clip.blob)
        assert served() == [b"", b"", b""]

    def test_an_officer_gets_no_changed_byte_either(
        self, everything: Everything, client_of: ClientOf, settings: Any
    ) -> None:
        client, path = client_of(everything.persons["omar"]), Path(settings.BLOBS) / everything.video.blob
        client.raise_request_exception = False
        player = routes.address(everything, "portal:shared_video_file")
        player += instance.query(everything, "portal:shared_video_file")
        package = reverse("portal:package", args=[everything.video.video_request.ref])
        sealed = path.read_bytes()
        assert received(client.get(player)) == b"".join(opening.chunks(everything.video))
        assert zipfile.ZipFile(io.BytesIO(received(client.post(package)))).testzip() is None
        for at in (3, 100, 200, 250, len(sealed) // 2, len(sealed) - 1):
            path.write_bytes(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])
            assert received(client.get(player)) == b"", at
            with pytest.raises(zipfile.BadZipFile):
                zipfile.ZipFile(io.BytesIO(received(client.post(package))))

    def test_a_spoiled_upload_is_never_kept_as_a_clip(
        self, olives_device: Device, street_camera: Camera, blob_folder: Path
    ) -> None:
        stored = ingest.stored(olives_device, street_camera, VIDEO, duration_ms=SECONDS * 1000)
        (part,) = ingest.kept_files(blob_folder)
        sealed = bytearray(part.read_bytes())
        sealed[-100] ^= 1
        part.write_bytes(sealed)
        tasks.run_due(1)
        stored.refresh_from_db()
        assert (stored.checked_at, stored.blob) == (None, "")


class TestDestroyed:
    @pytest.fixture
    def backup(self, clip: Clip, blob_folder: Path, tmp_path: Path) -> list[bytes]:
        """The blob folder as somebody copied it while the clip was there."""
        shutil.copytree(blob_folder, tmp_path / "backup")
        copied = [path.read_bytes() for path in ingest.kept_files(tmp_path / "backup")]
        assert len(copied) == 3
        return copied

    def ended_by_its_owner(self, olive: Account, clip: Clip, clock: source.SeededSource) -> None:
        retention.delete(account=olive, ref=clip.ref)

    def ended_by_its_day(self, olive: Account, clip: Clip, clock: source.SeededSource) -> None:
        clock.advance(timedelta(days=31))
        retention.expire(10)

    def ended_with_its_household(self, olive: Account, clip: Clip, clock: source.SeededSource) -> None:
        erasure.erase(account=olive)

    @pytest.mark.parametrize("how", [ended_by_its_owner, ended_by_its_day, ended_with_its_household])
    def test_the_backup_opens_no_more(
        self,
        how: Callable[..., None],
        clock: source.SeededSource,
        olive: Account,
        clip: Clip,
        backup: list[bytes],
        settings: Any,
    ) -> None:
        before = identities(settings)
        assert all(any(opens(sealed, identity) for identity in before.values()) for sealed in backup)
        how(self, olive, clip, clock)
        left = [*identities(settings).values(), master(settings)]
        assert not any(opens(sealed, identity) for sealed in backup for identity in left)
        assert list(ingest.kept_files(settings.BLOBS)) == []
