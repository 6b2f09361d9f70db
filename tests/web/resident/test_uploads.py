"""A video from the owner's own phone: by a plain form, and as the island sends it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from goodfences import source
from goodfences.cameras import actions as cameras
from goodfences.cameras import queries
from goodfences.cameras.models import Camera, Device
from goodfences.clips import tasks
from goodfences.clips.models import Clip
from goodfences.people.models import Account
from goodfences.source import SeededSource
from goodfences.web.resident.views import uploads
from tests.footage import make_video

ClientOf = Callable[[Account], Client]
PAGE = "/home/upload/"
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = "application/offset+octet-stream"


@pytest.fixture(autouse=True)
def vault(settings: Any, tmp_path: Path, clock: SeededSource) -> None:
    settings.BLOBS, settings.KEYS = str(tmp_path / "blobs"), tmp_path / "keys"


@pytest.fixture
def client(olive: Account, client_of: ClientOf) -> Client:
    return client_of(olive)


def form(camera: Camera, content: bytes, starts_at: str = "2026-11-24T13:30:00") -> dict[str, Any]:
    video = SimpleUploadedFile("IMG_1.MOV", content, "video/quicktime")
    return {"camera": camera.ref, "video": video, "starts_at": starts_at}


class TestWithoutJavaScript:
    def test_a_form_becomes_a_clip_of_the_camera(self, client: Client, street_camera: Camera) -> None:
        data = make_video(seconds=2, seed=5)
        response = client.post(PAGE, form(street_camera, data))
        assert response["Location"] == "/home/?day=2026-11-24"
        while tasks.run_due(4):
            pass
        clip = Clip.objects.get()
        assert (clip.camera, clip.kind, clip.state, clip.refusal) == (street_camera, "manual", "stored", "")
        assert clip.starts_at == source.now() - timedelta(minutes=30) and clip.checked_at is not None

    def test_the_same_video_twice_is_one_clip(self, client: Client, street_camera: Camera) -> None:
        for _ in range(2):
            assert client.post(PAGE, form(street_camera, make_video(seconds=2, seed=5))).status_code == 302
        assert Clip.objects.count() == 1

    def test_without_a_time_the_file_is_asked_and_then_the_person(
        self, client: Client, street_camera: Camera
    ) -> None:
        response = client.post(PAGE, form(street_camera, make_video(seconds=2, seed=5), starts_at=""))
        assert response.status_code == 422
        assert "The file doesn’t say when it was recorded." in response.content.decode()
        assert not Clip.objects.exists()

    @pytest.mark.parametrize(
        ("content", "starts_at", "said"),
        [
            (b"not a video", "2026-11-24T13:30:00", "This file isn’t a video that we can open."),
            (make_video(seconds=2, seed=5), "2026-11-24T19:30:00", "That is in the future."),
            (make_video(seconds=2, seed=5), "2026-01-24T13:30:00", "This one is older."),
        ],
    )
    def test_what_cant_be_taken_is_explained(
        self, client: Client, street_camera: Camera, content: bytes, starts_at: str, said: str
    ) -> None:
        response = client.post(PAGE, form(street_camera, content, starts_at))
        assert response.status_code == 422 and said in response.content.decode()
        assert not Clip.objects.exists() and not Device.objects.exists()

    def test_a_home_without_room_is_left_as_it_was(
        self, client: Client, street_camera: Camera, settings: Any
    ) -> None:
        settings.QUOTA_BYTES = 1000
        response = client.post(PAGE, form(street_camera, make_video(seconds=2, seed=5)))
        assert response.status_code == 422
        assert not Clip.objects.exists() and not Device.objects.exists()

    def test_nothing_of_it_lies_in_a_temporary_file(
        self, client: Client, street_camera: Camera, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
        kept: list[str] = []
        really = uploads._take

        def look(*given: Any) -> Clip:
            kept.append(type(given[2]).__name__)
            return really(*given)

        monkeypatch.setattr(uploads, "_take", look)
        client.post(PAGE, form(street_camera, make_video(seconds=2, seed=5)))
        assert kept == ["InMemoryUploadedFile"] and Clip.objects.exists()


class TestAsTheIslandSendsIt:
    DATA = make_video(seconds=2, seed=6)

    def told(self, camera: Camera, **changes: Any) -> dict[str, Any]:
        return {
            "camera": camera.ref,
            "starts_at": "2026-11-24T11:30:00.000Z",
            "duration_ms": "2000",
            "size": str(len(self.DATA)),
            "sha256": hashlib.sha256(self.DATA).hexdigest(),
            **changes,
        }

    def begun(self, client: Client, camera: Camera) -> tuple[str, str]:
        ref = client.post(f"{PAGE}announce/", self.told(camera)).json()["clip"]
        named = base64.b64encode(ref.encode()).decode()
        headers = {**TUS, "Upload-Length": str(len(self.DATA)), "Upload-Metadata": f"clip {named}"}
        response = client.generic("POST", "/home/sends/", headers=headers)
        assert response.status_code == 201
        assert response["Location"].startswith("http://testserver/home/sends/")
        return ref, response["Location"]

    def test_an_upload_goes_on_where_it_stopped_and_becomes_a_clip(
        self, client: Client, street_camera: Camera
    ) -> None:
        ref, where = self.begun(client, street_camera)
        half = len(self.DATA) // 2
        for begin, part in ((0, self.DATA[:half]), (half, self.DATA[half:])):
            offset = client.head(where, headers=TUS)["Upload-Offset"]
            assert offset == str(begin)
            sent = client.patch(where, part, content_type=BYTES, headers={**TUS, "Upload-Offset": offset})
            assert sent.status_code == 204
        assert client.post(f"{PAGE}{ref}/finish/").json() == {"day": "/home/?day=2026-11-24"}
        assert Clip.objects.get().state == "stored"
        assert client.post(f"{PAGE}announce/", self.told(street_camera)).json()["is_there"] is True

    def test_what_is_wrong_is_said_in_her_language(
        self, client: Client, street_camera: Camera, olive: Account
    ) -> None:
        Account.objects.filter(pk=olive.pk).update(language="es")
        answer = client.post(f"{PAGE}announce/", self.told(street_camera, starts_at="2027-01-01T00:00:00Z"))
        assert answer.status_code == 422 and json.loads(answer.content)["problems"][0].startswith(
            "Eso está en el futuro"
        )

    @pytest.mark.parametrize("wrong", [{"starts_at": "2027-01-01T00:00:00Z"}, {"size": "many"}, {"camera": "none"}])
    def test_a_refusal_leaves_nothing(self, client: Client, street_camera: Camera, wrong: dict[str, str]) -> None:
        before = Device.objects.count()
        assert client.post(f"{PAGE}announce/", {**self.told(street_camera), **wrong}).status_code == 422
        assert (Device.objects.count(), Clip.objects.count()) == (before, 0)

    def test_where_nothing_was_announced_nothing_is_finished_or_made(
        self, client: Client, street_camera: Camera
    ) -> None:
        before = Device.objects.count()
        assert client.post(f"{PAGE}{street_camera.ref}/finish/").status_code == 404
        assert client.generic("POST", "/home/sends/", headers=TUS).status_code == 401
        assert Device.objects.count() == before

    def test_a_forged_page_sends_nothing(self, olive: Account, street_camera: Camera) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(olive, backend="django.contrib.auth.backends.ModelBackend")
        for where in (PAGE, f"{PAGE}announce/", "/home/sends/"):
            assert strict.post(where, self.told(street_camera)).status_code == 403
        assert not Clip.objects.exists()


@pytest.mark.parametrize("person", ["hugo", "stranger", "nadia"])
def test_others_send_nothing_for_her_cameras(
    person: str, street_camera: Camera, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    client = client_of(request.getfixturevalue(person))
    client.post(PAGE, form(street_camera, make_video(seconds=2, seed=5)))
    client.post(f"{PAGE}announce/", TestAsTheIslandSendsIt().told(street_camera))
    assert not Clip.objects.exists()


def test_what_stands_for_her_browser_is_no_device_that_she_sees(client: Client, olive: Account) -> None:
    device = cameras.uploader_by_hand(account=olive)
    assert cameras.uploader_by_hand(account=olive) == device == Device.objects.get()
    assert queries.devices_of(olive.households.get()) == []
    assert client.get(f"/cameras/devices/{device.ref}/disconnect/").status_code == 404


def test_a_share_that_no_worker_took_leads_to_the_page_and_is_never_read(client: Client) -> None:
    response = client.post("/home/upload/shared/", {"video": SimpleUploadedFile("a.mp4", b"x" * 1000)}, follow=True)
    assert "Choose the video once more here" in response.content.decode()
    assert not Clip.objects.exists()
