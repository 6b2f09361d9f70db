"""Uploads whose parts go straight on to an S3 store, which goes away and comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from goodfences.bench import s3_servers
from goodfences.cameras.models import Camera
from goodfences.clips import access, playback, tasks
from goodfences.clips.models import Clip
from goodfences.people.models import Account
from goodfences.vault import blobs, s3
from tests.footage import make_video
from tests.hubs import Hub, found_in, pieces_of, recorded
from tests.vault.conftest import BUCKET, use

pytestmark = pytest.mark.xdist_group("s3")


def test_an_upload_goes_on_when_its_store_is_back(
    hub: Hub, street_camera: Camera, olive: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(s3, "TRIES", 1)
    recording = recorded(street_camera, make_video(seconds=2))
    half = len(recording.data) // 2
    with s3_servers.serving("rclone", tmp_path / "server") as server:
        server.make_bucket(BUCKET)
        use(server, monkeypatch, settings, tmp_path)
        where = hub.begun(recording)
        assert hub.patch(where, recording.data[:half], 0).status_code == 204
        server.kill()
        away = hub.patch(where, recording.data[half:], half)
        assert (away.status_code, away.headers["Content-Type"]) == (503, "application/problem+json")
        assert int(away.headers["Retry-After"]) > 0
        assert hub.offset(where) == half
        server.start()
        assert hub.patch(where, recording.data[half:], half).status_code == 204
        clip = Clip.objects.get()
        assert hub.finish(clip.ref).json()["state"] == "stored"
        while tasks.run_due(4):
            pass
        seen = access.clip(olive, clip.ref)
        with playback.open_clip(seen) as reader:
            assert len(reader.read()) == seen.size
        assert not found_in(tmp_path, pieces_of(recording.data))  # sealed there, and nowhere else
        assert {blob.name.partition("/")[0] for blob in blobs.store().blobs("clips")} == {"clips"}
        assert not list(blobs.store().blobs("uploads"))
