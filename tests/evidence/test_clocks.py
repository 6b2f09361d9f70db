"""What a receipt says of the recorder's clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips import actions
from goodfences.clips.models import Clip
from goodfences.evidence import clocks, pages, tasks
from goodfences.evidence.models import Share, SharedVideo


@pytest.mark.parametrize(
    ("off_ms", "words"),
    [
        (None, "was not compared"),
        (0, "differed by at most 1 s"),
        (-1000, "differed by at most 1 s"),
        (1001, "differed by at most 2 s"),
        (2001, "was 2 to 5 s behind the server's"),
        (-45_000, "was 30 to 60 s ahead of the server's"),
        (3_600_500, "was 3600 to 86400 s behind the server's"),
        (10**9, "was more than 86400 s behind the server's"),
    ],
)
def test_it_is_told_in_bands(off_ms: int | None, words: str) -> None:
    assert words in pages.clock_words({"clock": clocks.told(off_ms)})


@pytest.mark.django_db
def test_the_clip_keeps_what_was_measured_at_announcing(olives_device: Device, street_camera: Camera) -> None:
    now = source.now()
    said = {"duration_ms": 5000, "kind": "motion", "size": 5, "starts_at": now - timedelta(minutes=1)}
    for number, (sent_at, off) in enumerate([(now - timedelta(seconds=42), 42_000), (None, None)]):
        clip, _ = actions.announce(
            device=olives_device, camera_ref=street_camera.ref, sha256=f"{number:064x}", sent_at=sent_at, **said
        )
        kept = Clip.objects.get(ref=clip.ref).clock_off_ms
        assert kept is None if off is None else abs(kept - off) < 5000


@pytest.mark.django_db
def test_the_receipt_tells_the_band_and_no_more(clip: Clip, share_it: Callable[..., Share]) -> None:
    Clip.objects.filter(pk=clip.pk).update(clock_off_ms=-41_234)
    share_it(clip)
    tasks.run_due(10)
    receipt = SharedVideo.objects.get().receipt["receipt"]
    assert receipt["clock"] == {"measured": True, "recorder": "ahead of", "at_least_s": 30, "at_most_s": 60}
    assert "41" not in str(receipt["clock"])
