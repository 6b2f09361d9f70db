"""Thousands of broken and hostile videos go the whole way in: no crash, no hang, nothing kept that shouldn't be.

GOODFENCES_MUTATED_UPLOADS is how many (40), GOODFENCES_MUTATED_FROM the number of the first (0); with `-s` the test
says what became of them. Many go in as many lanes as there are cores: `make mutated`.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips import playback, retention
from goodfences.clips.actions import check
from goodfences.clips.faststart import boxes
from goodfences.clips.models import FILES, Clip, Upload
from goodfences.vault.models import SealedKey
from tests import ingest
from tests.clips import mutating
from tests.promises import planted
from tests.promises import test_p09_video_tells_no_place as p09

pytestmark = pytest.mark.django_db
MANY = int(os.environ.get("GOODFENCES_MUTATED_UPLOADS", "40"))
FIRST = int(os.environ.get("GOODFENCES_MUTATED_FROM", "0"))
LANES = (os.cpu_count() or 1) if MANY > 1000 else 1
SHORT_SECONDS = 20.0
"""Much longer than any of these few seconds needs, and far below what a check may take."""

OnCommit = Callable[..., AbstractContextManager[Any]]


@pytest.mark.parametrize("lane", range(LANES))
@pytest.mark.timeout(0 if MANY > 1000 else 300)
def test_mutated_uploads(
    lane: int,
    olives_device: Device,
    street_camera: Camera,
    clock: source.SeededSource,
    vault_folder: Path,
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    seen: Counter[str] = Counter()
    longest, at = 0.0, 0
    for done, number in enumerate(range(FIRST + lane, FIRST + MANY, LANES), start=1):
        began = time.monotonic()
        with django_capture_on_commit_callbacks(execute=True):
            clip = ingest.stored(
                olives_device, street_camera, mutating.mutated(number), duration_ms=mutating.SECONDS * 1000
            )
        for _ in range(check.MAX_FAILURES):
            with django_capture_on_commit_callbacks(execute=True):
                assert check.check_next(), number
            clip.refresh_from_db()
            if clip.checked_at or clip.refusal:
                break
            clock.advance(timedelta(hours=1))
            seen["tried again"] += 1
        took = time.monotonic() - began
        longest, at = max((longest, at), (took, number))
        assert took < SHORT_SECONDS * check.MAX_FAILURES, number
        outcome = _outcome(clip, number)
        seen[outcome] += 1
        _nothing_else(clip, vault_folder, number)
        with django_capture_on_commit_callbacks(execute=True):
            retention.end(Clip.objects.all(), Clip.State.DELETED)
        Clip.objects.all().delete()
        SealedKey.objects.all().delete()
        if done % 1000 == 0:
            print(json.dumps({"lane": lane, "done": done, "longest": [round(longest, 2), at], **seen}), flush=True)
    print(
        json.dumps({"lane": lane, "done": done, "longest": [round(longest, 2), at], **dict(seen.most_common())}),
        flush=True,
    )
    assert {"kept", "refused"} <= {outcome.partition(":")[0] for outcome in seen}


def _outcome(clip: Clip, number: int) -> str:
    """What became of it; fails where that is neither a clean video nor a refusal in words."""
    if clip.checked_at is None:
        assert (clip.state, bool(clip.refusal), clip.blob) == (Clip.State.DELETED, True, ""), number
        return f"refused: {clip.refusal[:60]}"
    assert clip.state == Clip.State.STORED, number
    assert abs(clip.facts["duration_ms"] - mutating.SECONDS * 1000) <= 1500, number
    with playback.open_clip(clip) as reader:
        video = reader.read()
    _is_clean(video, number)
    assert playback.poster(clip)[:3] == b"\xff\xd8\xff", number
    return "kept"


def _is_clean(video: bytes, number: int) -> None:
    """None of the places that were hidden in it beside picture and sound, no time, no box that it doesn't need.

    A mutation may make a coded picture of a message: what can't be told from a picture is kept (docs/clips.md).
    """
    beside = b"".join(video[each.start : each.end] for each in boxes(video) if each.kind != b"mdat")
    assert planted.marks_in(beside) == set(), number
    for each in p09.walked(video):
        assert each.kind in p09._KNOWN, (number, each.kind)
        if each.kind in p09._HEADERS:
            assert video[each.body + 4 : each.body + 12] == bytes(8), number


def _nothing_else(clip: Clip, folder: Path, number: int) -> None:
    """No upload, no key but a kept clip's, no file but its three."""
    assert not Upload.objects.exists(), number
    names = {getattr(clip, field) for field in FILES} - {""}
    assert len(names) == (3 if clip.checked_at else 0), number
    kept = {path.relative_to(folder).as_posix() for path in ingest.kept_files(folder)}
    assert kept == names, number
    alive = set(SealedKey.objects.filter(destroyed_at__isnull=True, purpose="clip").values_list("pk", flat=True))
    assert alive == ({clip.key_id} if clip.checked_at else set()), number
