"""What is no honest video is taken in sealed, refused by the check with a reason, and gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from goodfences.cameras.models import Camera
from goodfences.clips import tasks
from goodfences.clips.models import Clip, Upload
from goodfences.vault.models import SealedKey
from tests import bombs
from tests.footage import make_video
from tests.hubs import Hub, recorded

REASONS = {
    "too_wide": "The picture is 4112 by 32 pixels. A clip has at most 4096 by 4096.",
    "endless": "This video lasts 209715.2 s. It was announced as 2.0 s long.",
    "grows_within": "The picture is 4112 by 32 pixels.",
    "another_codec": "This video is coded as mpeg4. Send H.264 or H.265 (HEVC).",
    "no_video": "Send MP4, MOV or Matroska.",
    "playlist": "Send MP4, MOV or Matroska.",
}


@pytest.mark.parametrize("bomb", bombs.ALL, ids=lambda bomb: bomb.__name__)
def test_a_bomb_is_refused_with_its_reason_and_nothing_is_kept(
    hub: Hub, street_camera: Camera, files: Callable[[], list[Path]], bomb: Callable[[], bytes]
) -> None:
    ref = hub.send(recorded(street_camera, bomb()))
    assert tasks.run_due(1) == 1
    told = hub.show(ref)
    assert (told["state"], told["checked"]) == ("deleted", False)
    assert told["refusal"].endswith(".") and REASONS.get(bomb.__name__, "") in told["refusal"], told
    assert not Upload.objects.exists()
    assert not SealedKey.objects.filter(destroyed_at__isnull=True).exists()
    assert files() == []
    assert Clip.objects.get().blob == ""


def test_the_same_bomb_again_is_told_why_without_a_byte(hub: Hub, street_camera: Camera) -> None:
    recording = recorded(street_camera, bombs.no_video())
    hub.send(recording)
    tasks.run_due(1)
    again = hub.announce(recording)
    assert (again.status_code, again.json()["state"]) == (200, "deleted")
    assert "MP4" in again.json()["refusal"]


def test_a_video_of_another_length_than_announced_is_refused(hub: Hub, street_camera: Camera) -> None:
    ref = hub.send(recorded(street_camera, make_video(seconds=2), duration_ms=20_000))
    tasks.run_due(1)
    assert hub.show(ref)["refusal"] == "This video lasts 2.0 s. It was announced as 20.0 s long."
