"""Pictures and videos of posts: taken in, covered for good, seen by whom they are for, ended."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from goodfences.cameras.models import Camera, Device
from goodfences.errors import NotFound, Refused
from goodfences.feed import actions, leaving, media
from goodfences.feed.models import Post, PostMedia
from goodfences.people import erasure
from goodfences.people.models import Account
from goodfences.redaction import previewing
from goodfences.source import SeededSource
from goodfences.vault.models import SealedKey
from tests import ingest
from tests.clips import streams
from tests.pages import bytes_of

ClientOf = Callable[[Account], Client]
pytestmark = pytest.mark.django_db(transaction=True)

EXIF = b"\xff\xe1\x00\x2aExif\x00\x00II*\x00GPS 60.17121234N 24.94501234E\x00\x00\x00"
CORNER = [[0, 0], [5000, 0], [5000, 5000], [0, 5000]]


@pytest.fixture(autouse=True)
def vault(settings: Any, tmp_path: Path, clock: SeededSource, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.BLOBS, settings.KEYS = str(tmp_path / "blobs"), tmp_path / "keys"
    monkeypatch.setattr(previewing, "_kept", previewing._Kept())
    return tmp_path / "blobs"


@pytest.fixture
def post(olive: Account) -> Post:
    return actions.write_post(account=olive, kind="missing_pet", title="Milo is gone", text="", language="en")


def jpeg(side: int = 400) -> bytes:
    """Half red, half blue, with a place written into it as cameras do."""
    pixels = np.zeros((side, side, 3), np.uint8)
    pixels[:, : side // 2] = (0, 0, 220)
    pixels[:, side // 2 :] = (220, 0, 0)
    _, made = cv2.imencode(".jpg", pixels)
    data = made.tobytes()
    return data[:2] + EXIF + data[2:]


def colors(data: bytes) -> Any:
    with av.open(io.BytesIO(data), mode="r") as opened:
        return next(opened.decode(video=0)).to_ndarray(format="bgr24")


def shown(account: Account, post: Post, areas: list[Any]) -> PostMedia:
    taken = media.add_picture(account=account, ref=post.ref, data=jpeg())
    return media.show_picture(account=account, ref=taken.ref, areas=areas)


class TestPictures:
    def test_it_is_its_authors_alone_until_they_have_looked(
        self, client_of: ClientOf, olive: Account, nadia: Account, post: Post
    ) -> None:
        file = SimpleUploadedFile("a.jpg", jpeg(), content_type="image/jpeg")
        answer = client_of(olive).post(reverse("resident:feed_add_picture", args=[post.ref]), {"picture": file})
        taken = PostMedia.objects.get()
        assert answer["Location"] == reverse("resident:feed_media", args=[taken.ref])
        assert client_of(olive).get(answer["Location"]).status_code == 200
        address = reverse("resident:feed_media_picture", args=[taken.ref])
        assert client_of(olive).get(address).status_code == 200
        assert client_of(nadia).get(address).status_code == 404 and media.of(nadia, post) == []
        client_of(olive).post(answer["Location"], {"areas": "[]"})
        assert client_of(nadia).get(address)["Content-Type"] == "image/jpeg"
        assert address in client_of(nadia).get(reverse("resident:feed_post", args=[post.ref])).content.decode()

    def test_nothing_written_in_the_file_is_kept(self, olive: Account, post: Post) -> None:
        content = media.read(shown(olive, post, []))
        assert b"Exif" not in content and b"60.17" not in content and b"GPS" not in content
        assert colors(content).shape[:2] == (400, 400)

    def test_a_large_one_is_made_smaller(self, olive: Account, post: Post) -> None:
        assert media.add_picture(account=olive, ref=post.ref, data=jpeg(2000)).width == 1600

    def test_what_is_covered_is_gray_and_the_picture_as_it_came_is_destroyed(
        self, olive: Account, post: Post, vault: Path
    ) -> None:
        taken = media.add_picture(account=olive, ref=post.ref, data=jpeg())
        before = taken.key_id
        covered = media.show_picture(account=olive, ref=taken.ref, areas=[CORNER])
        pixels = colors(media.read(covered)).astype(int)
        inside, beside = pixels[20:180, 20:180], pixels[240:380, 20:180]
        assert inside.std() < 3, "One gray, with nothing of what was there."
        assert beside[..., 2].mean() > 150 and beside[..., 0].mean() < 60
        assert SealedKey.objects.get(pk=before).sealed_identity is None
        assert len(list(vault.rglob("*.age"))) == 1

    @pytest.mark.parametrize("data", [b"", b"not a picture", jpeg()[:300], streams.clip()])
    def test_what_is_no_picture_is_refused(self, olive: Account, post: Post, data: bytes) -> None:
        with pytest.raises(Refused, match="isn’t a picture"):
            media.add_picture(account=olive, ref=post.ref, data=data)
        assert not PostMedia.objects.exists()

    @pytest.mark.parametrize("areas", [None, [[[0, 0]]], [[[0, 0], [1, 1], [20000, 3]]], [CORNER] * 25])
    def test_areas_that_are_none_are_refused(self, olive: Account, post: Post, areas: Any) -> None:
        taken = media.add_picture(account=olive, ref=post.ref, data=jpeg())
        with pytest.raises(Refused):
            media.show_picture(account=olive, ref=taken.ref, areas=areas)

    def test_another_neighbor_adds_and_takes_away_nothing(self, olive: Account, nadia: Account, post: Post) -> None:
        picture = shown(olive, post, [])
        for act, given in (
            (media.add_picture, {"ref": post.ref, "data": jpeg()}),
            (media.show_picture, {"ref": picture.ref, "areas": []}),
            (media.remove, {"ref": picture.ref}),
        ):
            with pytest.raises(NotFound):
                act(account=nadia, **given)  # type: ignore[operator]

    def test_there_are_at_most_four(self, olive: Account, post: Post) -> None:
        for _ in range(media.MOST):
            PostMedia.objects.create(post=post, kind="picture", key=SealedKey.objects.create(purpose="x"))
        with pytest.raises(Refused, match="at most 4"):
            media.add_picture(account=olive, ref=post.ref, data=jpeg())

    def test_it_goes_with_its_post_its_removal_and_its_account(
        self, olive: Account, post: Post, vault: Path, clock: SeededSource
    ) -> None:
        first, second = shown(olive, post, []), shown(olive, post, [])
        media.remove(account=olive, ref=first.ref)
        with pytest.raises(NotFound):
            media.shown(olive, first.ref)
        assert len(list(vault.rglob("*.age"))) == 1
        (file,) = leaving.pictures(olive, None, "")
        assert b"".join(file.read()) == media.read(second)
        actions.delete_post(account=olive, ref=post.ref)
        clock.advance(actions.UNDO)
        actions.end_due(10)
        assert not list(vault.rglob("*.age")) and not SealedKey.objects.exclude(sealed_identity=None).exists()
        other = actions.write_post(account=olive, kind="thanks", title="Thank you", text="", language="en")
        shown(olive, other, [])
        erasure.erase(account=olive)
        assert not list(vault.rglob("pictures/*.age")) and not PostMedia.objects.exists()


def test_a_video_is_the_copy_that_was_seen_of_ones_own_clip(
    client_of: ClientOf, olive: Account, nadia: Account, post: Post, olives_device: Device, street_camera: Camera
) -> None:
    clip = ingest.checked(olives_device, street_camera, streams.clip(), duration_ms=5000)
    client, address = client_of(olive), reverse("resident:feed_add_video", args=[post.ref])
    assert clip.ref in client.get(address).content.decode()
    page = client.get(address, {"clip": clip.ref})
    made = page.context["made"]
    assert client.get(page.context["url"]).status_code == 200
    assert client.post(address, {"clip": clip.ref, "seen_sha256": "0" * 64}).status_code == 422
    client.post(address, {"clip": clip.ref, "seen_sha256": made.sha256})
    video = PostMedia.objects.get()
    file = reverse("resident:feed_media_video", args=[video.ref])
    assert bytes_of(client_of(nadia).get(file)) == made.content
    assert client_of(nadia).get(address, {"clip": clip.ref}).status_code == 404
    media.remove(account=olive, ref=video.ref)
    assert client_of(nadia).get(file).status_code == 404
