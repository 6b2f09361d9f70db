"""The bench of covering faces: its labels, its judgment, and a short run of it."""

from __future__ import annotations

import pytest

from goodfences.bench import redaction
from goodfences.bench.redaction import ARRANGEMENTS
from goodfences.redaction.marks import Anchor, Kind, Mark


def test_there_is_a_face_for_each_frame_and_it_lies_in_it() -> None:
    faces = redaction.labels()["faces"]
    assert len(faces) == len(redaction.footage()) == 120
    assert all(0 <= left < right <= 176 and 0 <= top < bottom <= 144 for left, top, right, bottom in faces)
    assert min(right - left for left, _, right, _ in faces) >= redaction.CLOSE_UP


def test_faces_are_covered_on_footage_that_taught_nothing() -> None:
    row = redaction.measured(ARRANGEMENTS[0])
    assert row["faces"] == 120 and row["recall"] >= 0.95


def test_without_its_suggestion_no_face_counts_as_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the ratio can fail: nothing in the footage is gray by itself."""
    monkeypatch.setattr(redaction, "_is_the_face", lambda *_: False)
    assert redaction.measured(ARRANGEMENTS[0])["covered"] == 0


def test_a_suggestion_that_is_no_face_is_not_accepted() -> None:
    faces = [ARRANGEMENTS[0].face(face) for face in redaction.labels()["faces"]]
    elsewhere = Mark(Kind.FACE, 0, 1000, (Anchor(0, 0, 0, 1000, 1000),))
    left, top, right, bottom = (round(side) for side in faces[0])
    box = (left * 10_000 // 176, top * 10_000 // 144, (right - left) * 10_000 // 176, (bottom - top) * 10_000 // 144)
    there = Mark(Kind.FACE, 0, 1000, (Anchor(0, *box),))
    assert not redaction._is_the_face(elsewhere, faces, (176, 144))
    assert redaction._is_the_face(there, faces, (176, 144))
