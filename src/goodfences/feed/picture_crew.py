"""Looks at pictures from outside, in the jailed process of `clips.jail`. Knows no Django.

What comes out is a JPEG of a size for pages that was drawn anew: no metadata, no place, no thumbnail of what was cut.
"""

from __future__ import annotations

import io
from typing import Any

import av
import cv2
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame

from goodfences.clips.jail import Unfit
from goodfences.clips.pictures import still
from goodfences.redaction import detecting
from goodfences.redaction.detecting import LONGEST, Faces
from goodfences.redaction.marks import WHOLE, area
from goodfences.redaction.painting import cover as paint
from goodfences.redaction.painting import mask_of

CREW = {
    "take": "goodfences.feed.picture_crew:take",
    "cover": "goodfences.feed.picture_crew:cover",
}
SIDE = 1600
MOST_PIXELS = 64_000_000
MOST_FACES = 12
_WIDER = 0.14
"""On every side of a face that was found."""
_FORMS = {"jpeg_pipe", "image2", "mjpeg", "png_pipe", "webp_pipe"}


def take(_header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The picture for pages, and where faces may be in it, as areas. Raises Unfit."""
    picture, jpeg = still(_decoded(payload), SIDE)
    return {"width": picture.width, "height": picture.height, "areas": _faces(picture)}, [jpeg]


def cover(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The picture with the areas of the header in plain gray: nothing of what was there takes part in it."""
    frame = _decoded(payload)
    covered = paint(frame, [], mask_of([area(one) for one in header["areas"]], frame.width, frame.height))
    picture, jpeg = still(covered, SIDE)
    return {"width": picture.width, "height": picture.height}, [jpeg]


def warm_up() -> None:
    """A prisoner can open no file: whatever is loaded late is used once before."""
    cv2.setNumThreads(1)
    detecting.warm_up()
    plain = VideoFrame.from_ndarray(np.full((96, 128, 3), 120, np.uint8), format="bgr24")
    _, jpeg = still(plain, SIDE)
    take({}, jpeg)
    cover({"areas": [[[0, 0], [5000, 0], [0, 5000]]]}, jpeg)
    _png()


def _png() -> None:
    encoded, png = cv2.imencode(".png", np.full((32, 32, 3), 120, np.uint8))
    if encoded:
        _decoded(png.tobytes())


def _decoded(payload: bytes) -> VideoFrame:
    """The first picture in it, in yuvj420p."""
    try:
        with av.open(io.BytesIO(payload), mode="r") as opened:
            if not _FORMS & set(opened.format.name.split(",")) or not opened.streams.video:
                raise Unfit("This isn't a picture that we can open.")
            stream = opened.streams.video[0]
            stream.codec_context.thread_count = 1
            if stream.width * stream.height > MOST_PIXELS:
                raise Unfit("This picture has more pixels than we can open.")
            frame = next(opened.decode(stream), None)
    except (FFmpegError, ValueError) as error:
        raise Unfit("This isn't a picture that we can open.") from error
    if frame is None or min(frame.width, frame.height) < 16:
        raise Unfit("This isn't a picture that we can open.")
    if frame.format.name == "yuvj420p":
        return frame
    return frame.reformat(format="yuvj420p")


def _faces(picture: VideoFrame) -> list[list[list[int]]]:
    pixels = picture.to_ndarray(format="bgr24")
    height, width = pixels.shape[:2]
    factor = min(1.0, LONGEST / max(width, height))
    small = cv2.resize(pixels, (round(width * factor), round(height * factor))) if factor < 1 else pixels
    found = Faces(small.shape[1], small.shape[0])(np.ascontiguousarray(small, dtype=np.uint8))
    return [_area(one.box) for one in found[:MOST_FACES]]


def _area(box: tuple[float, float, float, float]) -> list[list[int]]:
    left, top, right, bottom = box
    wide, high = (right - left) * _WIDER, (bottom - top) * _WIDER
    sides = left - wide, top - high, right + wide, bottom + high
    x0, y0, x1, y1 = (min(WHOLE, max(0, round(side * WHOLE))) for side in sides)
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
