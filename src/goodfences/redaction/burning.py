"""Makes the covered copy, in the jailed process of `clips.sandbox`: follow, cover, encode anew.

Two passes over the video: the first makes small pictures of it to follow boxes in, the second covers and
encodes. Knows no Django.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import av
import cv2
from av.video.frame import VideoFrame

from goodfences.clips import cutting
from goodfences.clips.cutting import CutError, CutPlan
from goodfences.clips.jail import Unfit
from goodfences.clips.upright import Plane
from goodfences.redaction import marks, tracking
from goodfences.redaction.film import Film, small
from goodfences.redaction.marks import Anchor, Area, Kind, Mark
from goodfences.redaction.painting import Box, cover, mask_of

FILM_MAX_MS = 300_000
"""So much of a clip is looked through to follow boxes into the part that leaves."""

NEARLY_MS = 2_000

Burnt = tuple[bytes, dict[str, Any]]


class _Painter:
    """Covers frame after frame; told each one's time, which is how it knows where the boxes are."""

    def __init__(self, film: Film, followed: list[tracking.Followed], areas: list[Area]) -> None:
        self._numbers = {at_ms: number for number, at_ms in enumerate(film.moments)}
        self._followed, self._areas = followed, areas
        self._mask: Plane | None = None
        self._masked = (0, 0)

    def __call__(self, frame: VideoFrame, at_ms: int) -> VideoFrame:
        if (frame.width, frame.height) != self._masked:
            self._masked = frame.width, frame.height
            self._mask = mask_of(self._areas, *self._masked)
        return cover(frame, self._boxes(at_ms), self._mask)

    def _boxes(self, at_ms: int) -> list[Box]:
        if not self._followed:
            return []
        number = self._numbers.get(at_ms)
        if number is None:
            raise CutError("This clip has frames without a time.")
        return [one.boxes[number] for one in self._followed if number in one.boxes]


def burn(data: bytes, plan: CutPlan, audio: bool, covered: list[Mark], areas: list[Area]) -> Burnt:
    """The MP4 of `plan` with the marks and areas covered, and its facts. Raises CutError.

    The facts are a `CutFacts` as a dict, and `lost_ms`: for each mark the first moment at which what it covers was
    lost, or None.
    """
    inside = [mark for mark in covered if mark.starts_ms < plan.ends_ms and plan.starts_ms < mark.ends_ms]
    try:
        film = _film(data, plan, inside)
        followed = [tracking.follow(film, mark) for mark in inside] if len(film) else []
    except (av.FFmpegError, ValueError) as error:
        raise CutError(f"The video couldn't be read as planned ({type(error).__name__}).") from error
    content, facts = cutting.cut(data, plan, audio, paint=_Painter(film, followed, areas))
    lost = {id(mark): one.lost_ms for mark, one in zip(inside, followed, strict=False)}
    return content, facts | {"lost_ms": [lost.get(id(mark)) for mark in covered]}


def burn_in_jail(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """`burn` as an operation of the sandbox. `header`: a CutPlan's fields and `audio`.

    `payload`: what `marks.before` puts together.
    """
    plan = CutPlan(header["starts_ms"], header["ends_ms"], exact=True)
    covered, areas, video = marks.apart(payload)
    try:
        content, facts = burn(video, plan, header["audio"], covered, areas)
    except CutError as error:
        raise Unfit(str(error)) from error
    return facts, [content]


def _film(data: bytes, plan: CutPlan, covered: list[Mark]) -> Film:
    """From the first anchor or the start, whichever comes first, to the last or the end.

    What was drawn outside the cut is followed into it. Pictures only of where something has to be followed.
    """
    if not covered:
        return Film([])
    anchors = [anchor.at_ms for mark in covered for anchor in mark.anchors]
    first, last = min([plan.starts_ms, *anchors]), max([plan.ends_ms, *(at + 1 for at in anchors)])
    if last - first > FILM_MAX_MS:
        raise CutError("A box was drawn too long before or after this part. Draw it anew inside the part.")
    film = Film(cutting.moments_of(data, first, last))
    for starts, ends in _together(part for mark in covered for part in tracking.needed(mark)):
        # A picture earlier: the one that is shown at a moment may have begun before it.
        before = film.moments[film.number_at(max(first, starts))]
        for at_ms, frame in cutting.frames_of(data, before, min(ends, last)):
            film.add(at_ms, small(frame))
    return film


def _together(parts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The parts in order, those that meet or nearly meet as one: to begin anew costs a key frame's group."""
    whole: list[tuple[int, int]] = []
    for starts, ends in sorted(parts):
        if whole and starts <= whole[-1][1] + NEARLY_MS:
            whole[-1] = whole[-1][0], max(whole[-1][1], ends)
        else:
            whole.append((starts, ends))
    return whole


def warm_up() -> None:
    """Use what is loaded late once: a prisoner can open no file (`jail`)."""
    cv2.setNumThreads(1)
    cutting.warm_up()
    tracking.warm_up()
    plain = cutting.gray_clip()
    box = Mark(Kind.DRAWN, 0, 1000, (Anchor(0, 1000, 1000, 4000, 4000),))
    burn(plain, CutPlan(0, 1000, exact=True), False, [box], [Area(((0, 0), (5000, 0), (0, 5000)))])
