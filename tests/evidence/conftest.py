"""Olive's ask with real, sealed clips in its window, and ways to share them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from goodfences.cameras.models import Camera
from goodfences.clips.models import Clip
from goodfences.evidence import tasks
from goodfences.evidence.models import Share, SharedVideo
from goodfences.evidence.owner import actions
from goodfences.evidence.owner.choosing import Choice
from goodfences.people.models import Account
from goodfences.redaction import previewing
from goodfences.vault import blobs, keys, sealing
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest
from tests.clips import streams
from tests.video_requests.conftest import draft, olives_ask, opened, policy_published, submitted, unsigned

__all__ = ["draft", "olives_ask", "opened", "policy_published", "submitted", "unsigned"]


@lru_cache
def footage(**how: Any) -> bytes:
    """A real clip of five seconds, a key frame each second."""
    return streams.clip(**how)


@pytest.fixture(autouse=True)
def _empty_vault(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "_kept", previewing._Kept())
    settings.BLOBS = str(tmp_path / "blobs")
    settings.KEYS = tmp_path / "keys"


def keep_clip(camera: Camera, request: VideoRequest, *, after: timedelta = timedelta(minutes=5), **how: Any) -> Clip:
    """A checked clip of five seconds, sealed in the vault, that begins `after` the start of the window."""
    data = footage(**how)
    number = Clip.objects.count()
    key = keys.new_key("clip")
    name = f"clips/test/{number}.age"
    with blobs.store().create(name) as writer:
        sealing.seal_stream(io.BytesIO(data), writer, [keys.recipient(key)])
        writer.commit()
    starts_at = request.starts_at + after
    return Clip.objects.create(
        camera=camera,
        state=Clip.State.STORED,
        kind=Clip.Kind.MOTION,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(seconds=5),
        announced_size=len(data),
        announced_sha256=f"{number:064x}",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        blob=name,
        key=key,
        facts={
            "codec": "h264",
            "width": streams.WIDTH,
            "height": streams.HEIGHT,
            "frames": 75,
            "duration_ms": 5000,
            "keyframes_ms": [0, 1000, 2000, 3000, 4000],
            "has_audio": bool(how.get("audio")),
        },
        expires_on=(starts_at + timedelta(days=30)).date(),
        stored_at=starts_at,
        checked_at=starts_at,
    )


@pytest.fixture
def clip(street_camera: Camera, opened: VideoRequest) -> Clip:
    """What Olive's street camera saw: two people in the middle of the window, say."""
    return keep_clip(street_camera, opened, bframes=3, audio=True)


@pytest.fixture
def share_it(olive: Account, olives_ask: Ask) -> Callable[..., Share]:
    """`share_it(clip)` is Olive's share of its seconds 1 to 3; more clips, `told`, parts of a choice may follow."""

    def share(*clips: Clip, told: dict[str, str] | None = None, **changes: Any) -> Share:
        choices = [Choice(clip.ref, **{"starts_ms": 1000, "ends_ms": 3000, **changes}) for clip in clips]
        return actions.share(account=olive, ask_ref=olives_ask.ref, cuts=choices, told=told or {})

    return share


@pytest.fixture
def ready(clip: Clip, share_it: Callable[..., Share]) -> SharedVideo:
    """Olive's street video, shared and prepared."""
    share_it(clip)
    tasks.run_due(10)
    return SharedVideo.objects.get()
